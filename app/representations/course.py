"""Power and impedance of a generator over time."""

from __future__ import annotations

import numpy as np

from app.representations.primitives import Label, Path, Primitive, Stroke, rectangle
from app.tokens import theme_colour
from imaging.geometry import Floats
from planning.evaluation.generators import GeneratorCourse
from planning.quantities import NNBSP

_SIDE_PX, _PAD_PX = 44.0, 4.0
_FILL_OPACITY = 0.35
POWER_ROLE, IMPEDANCE_ROLE = "accent", "text-1"


def draw_course(course: GeneratorCourse, width_px: float, height_px: float) -> list[Primitive]:
    """Return the power as steps from the left scale, and the impedance as a line of the right one.

    Parameters
    ----------
    course : GeneratorCourse
        Of a generator that works at some time.
    width_px, height_px : float
    """
    left, right, top, bottom = _SIDE_PX, width_px - _SIDE_PX, _PAD_PX, height_px - _PAD_PX
    most_w = max(float(course.power_w.max()), 1e-3)
    low, high = float(np.nanmin(course.impedance_ohm)), float(np.nanmax(course.impedance_ohm))
    # One that hardly changes is a line at the top, not its noise over the whole height.
    low = min(low, 0.9 * high)

    def at(time_s: Floats, part: Floats) -> Floats:
        x = left + (right - left) * time_s / max(float(course.times_s[-1]), 1e-9)
        return np.stack([x, bottom - (bottom - top) * part], axis=1)

    # The power of a step holds from the time before to its own.
    steps_s = np.repeat(course.times_s, 2)[1:-1]
    steps = at(steps_s, np.repeat(course.power_w[1:], 2) / most_w)
    ground = at(steps_s[[-1, 0]], np.zeros(2))
    power, impedance = theme_colour(POWER_ROLE), theme_colour(IMPEDANCE_ROLE)
    drawn: list[Primitive] = [
        rectangle(left, top, right - left, bottom - top, theme_colour("bg-2")),
        Path(lines=(np.concatenate([steps, ground]),), closed=True, fill=power, fill_opacity=_FILL_OPACITY),
        Path(lines=(steps,), stroke=Stroke(colour=power, width_px=1.2, casing=False)),
    ]
    on = np.isfinite(course.impedance_ohm)
    points = at(course.times_s, (course.impedance_ohm - low) / (high - low))
    runs = [run for run in np.split(np.arange(len(on)), np.flatnonzero(np.diff(on)) + 1) if on[run[0]] and len(run) > 1]
    if runs:
        stroke = Stroke(colour=impedance, width_px=1.4, casing=False)
        drawn.append(Path(lines=tuple(points[run] for run in runs), stroke=stroke))
    for words, y in ((f"{most_w:.0f}{NNBSP}W", top + 6), ("0", bottom - 6)):
        drawn.append(_scale(words, left - 6, y, POWER_ROLE, "right"))
    for words, y in ((f"{high:.0f}{NNBSP}Ω", top + 6), (f"{low:.0f}", bottom - 6)):
        drawn.append(_scale(words, right + 6, y, IMPEDANCE_ROLE, "left"))
    return drawn


def _scale(words: str, x_px: float, y_px: float, role: str, anchor: str) -> Label:
    return Label(
        text=words, x_px=x_px, y_px=y_px, colour=theme_colour(role), size_px=11, anchor=anchor, outline=False  # type: ignore[arg-type]
    )  # fmt: skip
