"""The way of a needle as a strip from skin to tip: what it passes, and how dense that is."""

from __future__ import annotations

import numpy as np

from app.representations.primitives import Label, Path, Primitive, Stroke, line, rectangle
from app.tokens import theme_colour, way_colour
from planning.quantities import length_text
from planning.trajectory.passage import Passage

BAND_PX, CURVE_PX, SCALE_PX = 12.0, 34.0, 18.0
HEIGHT_PX = CURVE_PX + BAND_PX + SCALE_PX
_LOWEST_HU, _HIGHEST_HU = -200.0, 1200.0
_LABEL_APART_PX = 44.0
_LABEL_PX = 11


def way_marks(way: Passage, width_px: float, cortex_above_hu: float) -> list[Primitive]:
    """Return the strip of a way, ``HEIGHT_PX`` high, skin on the left."""

    def x(depth_mm: float) -> float:
        return width_px * depth_mm / way.depth_mm

    def y(hu: float) -> float:
        share = (np.clip(hu, _LOWEST_HU, _HIGHEST_HU) - _LOWEST_HU) / (_HIGHEST_HU - _LOWEST_HU)
        return float(CURVE_PX * (1 - share))

    marks: list[Primitive] = [rectangle(0, 0, width_px, CURVE_PX, theme_colour("bg-2"))]
    for stretch in way.stretches:
        left, right = x(stretch.from_mm), x(stretch.to_mm)
        colour = way_colour(stretch.passed.value)
        marks.append(rectangle(left, CURVE_PX, max(right - left, 1.0), BAND_PX, colour))
        if stretch.passed.is_bone:
            marks.append(rectangle(left, 0, right - left, CURVE_PX, colour, 0.14))
    faint = Stroke(colour=theme_colour("text-3"), width_px=1, dash_px=(3, 3), casing=False)
    marks.append(line((0, y(cortex_above_hu)), (width_px, y(cortex_above_hu)), faint))
    at_px = np.linspace(0, width_px, len(way.hu))
    curve = np.stack([at_px, [y(value) for value in way.hu]], axis=1)
    marks.append(Path(lines=(curve,), stroke=Stroke(colour=theme_colour("text-1"), width_px=1.25, casing=False)))
    return [*marks, *_scale(way, width_px)]


def _scale(way: Passage, width_px: float) -> list[Primitive]:
    """Depths of skin and tip, and of the crossings between them where there is room."""
    y_px = CURVE_PX + BAND_PX + SCALE_PX / 2 + 1
    grey = theme_colour("text-2")

    def label(words: str, x_px: float, anchor: str) -> Label:
        return Label(text=words, x_px=x_px, y_px=y_px, colour=grey, size_px=_LABEL_PX, anchor=anchor, outline=False)  # type: ignore[arg-type]

    tip = length_text(way.depth_mm)
    marks: list[Primitive] = [label("skin", 0, "left"), label(f"tip {tip}", width_px, "right")]
    taken = [0.0, width_px - _LABEL_APART_PX]
    for crossing in way.crossings:
        at_px = width_px * crossing.depth_mm / way.depth_mm
        if all(abs(at_px - other) >= _LABEL_APART_PX for other in taken):
            taken.append(at_px)
            marks.append(label(f"{crossing.depth_mm:.0f}", at_px, "centre"))
    return marks
