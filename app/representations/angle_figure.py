"""The two angles of the CT room, drawn on the patient: what they are measured between, and to which side."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from app.representations.primitives import Anchor, Label, Path, Primitive, Stroke, Weight, line, rectangle, ring
from app.tokens import Theme, kind_colour, theme_colour
from imaging.geometry import Floats
from imaging.structures import StructureKind
from planning.trajectory.angle_views import AngleView

_HUB_MM = 12.0
_ARC_OF_SHAFT = 0.62
_ARC_STEPS = 24
_GAP_PX = 7.0
_EDGE_PX = 12.0

Words = Callable[[str, Floats, Anchor], Label]


def angle_figure(
    view: AngleView,
    x_px: float,
    y_px: float,
    width_px: float,
    height_px: float,
    theme: Theme = "light",
    size_px: float = 15.5,
) -> list[Primitive]:
    """Return a view of an angle in a frame.

    Parameters
    ----------
    view : AngleView
        Of the frame's aspect.
    x_px, y_px, width_px, height_px : float
        Of the frame.
    theme : {"light", "dark"}
    size_px : float
        Of its words.
    """
    scale = width_px / float(view.high_mm[0] - view.low_mm[0])

    def px(mm: Floats) -> Floats:
        return np.stack(
            [x_px + (mm[..., 0] - view.low_mm[0]) * scale, y_px + (view.high_mm[1] - mm[..., 1]) * scale], -1
        )

    def stroke(role: str, wide_px: float, *dash_px: float) -> Stroke:
        return Stroke(colour=theme_colour(role, theme), width_px=wide_px, dash_px=dash_px, casing=False)

    def words(text: str, at: Floats, anchor: Anchor, role: str = "text-2", weight: Weight = "regular") -> Label:
        x, y = (float(v) for v in at)
        return Label(
            text=text, x_px=x, y_px=y, colour=theme_colour(role, theme), size_px=size_px, anchor=anchor, weight=weight,
            outline=False,
        )  # fmt: skip

    drawn: list[Primitive] = [rectangle(x_px, y_px, width_px, height_px, theme_colour("bg-2", theme))]
    for lines, fill, opacity in (
        (view.outlines.body, theme_colour("bg-3", theme), 1.0),
        (view.outlines.bone, theme_colour("bg-5", theme), 1.0),
        (view.outlines.lesion, kind_colour(StructureKind.LESION), 0.75),
    ):
        if lines:
            drawn.append(Path(lines=tuple(px(at) for at in lines), closed=True, fill=fill, fill_opacity=opacity))
    drawn += [Path(lines=(px(at),), stroke=stroke("text-3", 1.5)) for at in view.outlines.skin]
    tip, entry = px(np.zeros(2)), px(view.entry_mm)
    towards = (entry - tip) / max(float(np.linalg.norm(entry - tip)), 1e-9)
    for line_of in view.slices:
        ends = px(_through(view, line_of.at_mm, line_of.direction))
        drawn.append(Path(lines=(ends,), stroke=stroke("text-3", 1.0, 2, 3)))
    drawn += _positions(view, px, words)
    reference = view.reference * (1, -1)
    length_px = float(np.linalg.norm(entry - tip))
    drawn.append(line(_pair(tip), _pair(tip + reference * length_px * 1.02), stroke("text-1", 1.25, 7, 4)))
    drawn += _arc(tip, reference, towards, length_px * _ARC_OF_SHAFT, stroke("accent", 2.0))
    drawn.append(line(_pair(tip), _pair(entry + towards * _HUB_MM * scale), stroke("text-1", 2.5)))
    drawn.append(
        line(
            _pair(entry + towards * 0.5 * _HUB_MM * scale),
            _pair(entry + towards * _HUB_MM * scale),
            stroke("text-1", 7),
        )
    )
    drawn.append(ring(*_pair(tip), 3.5, stroke("text-1", 1.0), theme_colour("text-1", theme)))
    # The angle stands on the side of its reference line that the shaft is not on.
    right_of = 1.0 if reference[0] * towards[1] - reference[1] * towards[0] < 0 else -1.0
    beside = np.array([-reference[1], reference[0]]) * right_of
    at = tip + reference * length_px * 0.8 + beside * _GAP_PX
    drawn.append(words(view.angle_words, at, "left" if beside[0] > 0 else "right", "accent", "semibold"))
    return [
        *drawn,
        *_sides(view, x_px, y_px, width_px, height_px, words),
        *_frame(x_px, y_px, width_px, height_px, stroke("line-2", 1)),
    ]


def _arc(tip: Floats, reference: Floats, towards: Floats, radius_px: float, stroke: Stroke) -> list[Primitive]:
    """From the reference line to the shaft, the shorter way round, with an arrow's head at the shaft."""
    begin, end = (float(np.arctan2(v[1], v[0])) for v in (reference, towards))
    turn = (end - begin + np.pi) % (2 * np.pi) - np.pi
    if abs(turn) * radius_px < 2.0:
        return []
    angles = begin + turn * np.linspace(0.0, 1.0, _ARC_STEPS)
    points = tip + radius_px * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    along = np.array([-np.sin(end), np.cos(end)]) * np.sign(turn)
    head_px = min(9.0, 0.6 * abs(turn) * radius_px)
    back = points[-1] - head_px * along
    side = 0.45 * head_px * np.array([np.cos(end), np.sin(end)])
    head = np.stack([points[-1], back + side, back - side])
    return [Path(lines=(points,), stroke=stroke), Path(lines=(head,), closed=True, fill=stroke.colour)]


def _through(view: AngleView, at_mm: Floats, direction: Floats) -> Floats:
    """The ends of a line within a view."""
    low = (view.low_mm - at_mm) / np.where(np.abs(direction) < 1e-9, np.inf, direction)
    high = (view.high_mm - at_mm) / np.where(np.abs(direction) < 1e-9, np.inf, direction)
    steep = np.abs(direction) > 1e-9
    begin = float(np.minimum(low, high)[steep].max())
    end = float(np.maximum(low, high)[steep].min())
    return np.stack([at_mm + begin * direction, at_mm + end * direction])


def _positions(view: AngleView, px: Callable[[Floats], Floats], words: Words) -> list[Primitive]:
    """Table positions at the foot of the slices, outside of the two."""
    feet = [
        max(px(_through(view, s.at_mm, s.direction)), key=lambda at: float(at[1])) - (0, _EDGE_PX + 2)
        for s in view.slices
    ]
    drawn: list[Primitive] = []
    for n, (at, one) in enumerate(zip(feet, view.slices, strict=True)):
        to_the_left = at[0] < feet[1 - n][0] or (n == 0 and at[0] == feet[1 - n][0])
        drawn.append(
            words(one.words, at + (-_GAP_PX if to_the_left else _GAP_PX, 0), "right" if to_the_left else "left")
        )
    return drawn


def _sides(view: AngleView, x: float, y: float, width: float, height: float, words: Words) -> list[Primitive]:
    """What lies on every side of the view."""
    left, right, above, below = view.sides
    return [
        words(left, np.array([x + _EDGE_PX, y + height / 2]), "left"),
        words(right, np.array([x + width - _EDGE_PX, y + height / 2]), "right"),
        words(above, np.array([x + width - _EDGE_PX, y + _EDGE_PX + 3]), "right"),
        words(below, np.array([x + width - _EDGE_PX, y + height - _EDGE_PX - 2]), "right"),
    ]


def _frame(x: float, y: float, width: float, height: float, stroke: Stroke) -> list[Primitive]:
    corners = np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]])
    return [Path(lines=(corners,), closed=True, stroke=stroke)]


def _pair(at: Floats) -> tuple[float, float]:
    return float(at[0]), float(at[1])
