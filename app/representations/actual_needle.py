"""The real needles of a new CT over the slices: dashed and dotted, beside what was planned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.representations.label_placer import LabelPlacer
from app.representations.primitives import Label, Path, Primitive, Stroke, ring
from app.representations.slice_plane import SliceFrame
from app.tokens import ON_IMAGE, dash, needle_colour, stroke_px, theme_colour
from planning.trajectory.check import Deviation

_WEIGHT = 3
_IN_PLANE_MM = 2.5
_TIP_PX = 4.0
_FROM_TOP_PX = 38.0
NEW_CT_WORDS = "New CT, registered on bone"


@dataclass(frozen=True, slots=True, eq=False)
class ActualNeedles:
    """What a new CT shows.

    Attributes
    ----------
    deviations : sequence of Deviation
    on_new_ct : bool
        The slices are those of the new CT, not of the planning CT.
    """

    deviations: Sequence[Deviation]
    on_new_ct: bool = False


def draw_actual(actual: ActualNeedles | None, frame: SliceFrame, drawn: list[Primitive], labels: LabelPlacer) -> None:
    """Add the real needles to a slice, strong where they lie in it, and say whose image it is where it is the new CT."""
    if actual is None:
        return
    colour = needle_colour()
    near_stroke = Stroke(colour=colour, width_px=stroke_px("needle"), dash_px=dash("actual_needle"))
    far_stroke = Stroke(colour=colour, width_px=1.25, dash_px=dash("actual_needle"), opacity=0.62)
    for found in actual.deviations:
        tip, entry = found.needle.tip_mm, found.entry_mm
        length_mm = float(np.linalg.norm(entry - tip))
        lps = tip + np.linspace(0.0, length_mm, max(int(length_mm), 2) + 1)[:, None] * found.needle.direction
        points, near = frame.to_px(lps), np.abs(frame.height_mm(lps)) <= _IN_PLANE_MM
        # One piece lies in the slice at most, as both are straight.
        inside, pieces = np.flatnonzero(near), [points]
        if len(inside) > 1:
            drawn.append(Path(lines=(points[inside[0] : inside[-1] + 1],), stroke=near_stroke))
            pieces = [points[: inside[0] + 1], points[inside[-1] :]]
        drawn.extend(Path(lines=(piece,), stroke=far_stroke) for piece in pieces if len(piece) > 1)
        if abs(float(frame.height_mm(tip))) <= _IN_PLANE_MM:
            x, y = (float(v) for v in frame.to_px(tip))
            drawn.append(ring(x, y, _TIP_PX, Stroke(colour=colour, width_px=1.5)))
        name = Label(text=f"{found.probe.name} actual", x_px=0, y_px=0, colour=colour, weight="semibold")
        # The plan's name stands where the shaft leaves the skin: this one keeps off it.
        middle = len(points) // 2
        labels.ask(name, points[middle - 1 : middle + 2], _WEIGHT)
    if actual.on_new_ct:
        words = Label(
            text=NEW_CT_WORDS, x_px=frame.width_px / 2, y_px=_FROM_TOP_PX, colour=theme_colour("text-1", ON_IMAGE),
            anchor="centre", plate=0.72,
        )  # fmt: skip
        labels.fix(words)
