"""The way of a needle as a strip from skin to tip: what it passes, and how dense that is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from app.representations.primitives import Anchor, Label, Path, Primitive, Stroke, line, rectangle
from app.tokens import theme_colour, way_colour
from planning.quantities import length_text
from planning.trajectory.passage import Passage

BAND_PX, CURVE_PX, SCALE_PX = 12.0, 34.0, 18.0
HEIGHT_PX = CURVE_PX + BAND_PX + SCALE_PX
COLUMN_PX = CURVE_PX + BAND_PX + 28.0
_LOWEST_HU, _HIGHEST_HU = -200.0, 1200.0
_LABEL_APART_PX, _LINE_APART_PX = 44.0, 15.0
_LABEL_PX = 11

Place = Callable[[float, float], tuple[float, float]]
"""Where a depth stands in the strip, so many pixels across it."""


def way_marks(way: Passage, width_px: float, cortex_above_hu: float) -> list[Primitive]:
    """Return the strip of a way, ``HEIGHT_PX`` high, skin on the left."""
    px_per_mm = width_px / way.depth_mm
    marks = _strip(way, lambda depth_mm, across_px: (depth_mm * px_per_mm, across_px), px_per_mm, cortex_above_hu)
    return [*marks, *_scale(way, width_px)]


def way_column(way: Passage, skin_px: float, px_per_mm: float, cortex_above_hu: float) -> list[Primitive]:
    """Return the strip of a way, ``COLUMN_PX`` wide, skin above, with the depths of bone's surfaces beside it.

    Parameters
    ----------
    way : Passage
    skin_px : float
        How far down the entry lies.
    px_per_mm : float
    cortex_above_hu : float
    """

    def place(depth_mm: float, across_px: float) -> tuple[float, float]:
        return across_px, skin_px + depth_mm * px_per_mm

    marks = _strip(way, place, px_per_mm, cortex_above_hu)
    ends = ((0.0, "skin"), (way.depth_mm, "tip"))
    taken: list[float] = []
    for depth_mm, words in (*ends, *((c.depth_mm, f"{c.depth_mm:.0f}") for c in way.crossings)):
        x_px, y_px = place(depth_mm, CURVE_PX + BAND_PX + 4)
        if all(abs(y_px - other) >= _LINE_APART_PX for other in taken):
            taken.append(y_px)
            marks.append(_label(words, x_px, y_px, "left"))
    return marks


def _strip(way: Passage, place: Place, px_per_mm: float, cortex_above_hu: float) -> list[Primitive]:
    """Curve of density and band of tissue."""

    def box(from_mm: float, to_mm: float, from_px: float, to_px: float, colour: str, opacity: float = 1.0) -> Primitive:
        (left, top), (right, bottom) = place(from_mm, from_px), place(to_mm, to_px)
        return rectangle(left, top, right - left, bottom - top, colour, opacity)

    def across_px(hu: float) -> float:
        share = (np.clip(hu, _LOWEST_HU, _HIGHEST_HU) - _LOWEST_HU) / (_HIGHEST_HU - _LOWEST_HU)
        return float(CURVE_PX * (1 - share))

    marks = [box(0.0, way.depth_mm, 0, CURVE_PX, theme_colour("bg-2"))]
    for stretch in way.stretches:
        colour = way_colour(stretch.passed.value)
        # A stretch thinner than a pixel is seen too.
        end_mm = max(stretch.to_mm, stretch.from_mm + 1.0 / px_per_mm)
        marks.append(box(stretch.from_mm, end_mm, CURVE_PX, CURVE_PX + BAND_PX, colour))
        if stretch.passed.is_bone:
            marks.append(box(stretch.from_mm, stretch.to_mm, 0, CURVE_PX, colour, 0.14))
    faint = Stroke(colour=theme_colour("text-3"), width_px=1, dash_px=(3, 3), casing=False)
    cortex_px = across_px(cortex_above_hu)
    marks.append(line(place(0.0, cortex_px), place(way.depth_mm, cortex_px), faint))
    at_mm = np.linspace(0, way.depth_mm, len(way.hu))
    curve = np.array([place(depth_mm, across_px(hu)) for depth_mm, hu in zip(at_mm, way.hu, strict=True)])
    marks.append(Path(lines=(curve,), stroke=Stroke(colour=theme_colour("text-1"), width_px=1.25, casing=False)))
    return marks


def _label(words: str, x_px: float, y_px: float, anchor: Anchor) -> Label:
    grey = theme_colour("text-2")
    return Label(text=words, x_px=x_px, y_px=y_px, colour=grey, size_px=_LABEL_PX, anchor=anchor, outline=False)


def _scale(way: Passage, width_px: float) -> list[Primitive]:
    """Depths of skin and tip, and of the crossings between them where there is room."""
    y_px = CURVE_PX + BAND_PX + SCALE_PX / 2 + 1
    tip = length_text(way.depth_mm)
    marks: list[Primitive] = [_label("skin", 0, y_px, "left"), _label(f"tip {tip}", width_px, y_px, "right")]
    taken = [0.0, width_px - _LABEL_APART_PX]
    for crossing in way.crossings:
        at_px = width_px * crossing.depth_mm / way.depth_mm
        if all(abs(at_px - other) >= _LABEL_APART_PX for other in taken):
            taken.append(at_px)
            marks.append(_label(f"{crossing.depth_mm:.0f}", at_px, y_px, "centre"))
    return marks
