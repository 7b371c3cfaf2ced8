"""What is drawn only in the views of a needle: the shaft as thick as it is, its tolerance, depths, and where the other planes lie."""

from __future__ import annotations

import numpy as np

from app.representations.label_placer import LabelPlacer
from app.representations.needle_aim import NeedleAim
from app.representations.primitives import Label, Path, Primitive, Stroke, line, ring
from app.representations.slice_plane import NeedlePlane, SliceFrame
from app.tokens import ON_IMAGE, dash, needle_colour, probe_colour, theme_colour
from imaging.geometry import Floats
from planning.catalogue.devices import device
from planning.catalogue.rules import load_path_rules
from planning.model.case import Probe
from planning.quantities import NNBSP, length_text

# A shaft thinner than this on the screen would not be seen.
_THINNEST_PX = 1.5
_BODY_OPACITY, _OUTSIDE_OPACITY = 0.6, 0.35
_LINE_GAP_PX = 16.0
_FROM_EDGE_PX = 56.0
_OUTSIDE_MM = 40.0
_TICK_PX, _LONG_TICK_PX = 6.0, 11.0
_TICK_MM, _LABELLED_MM = 5, 10
_LABEL_APART_PX = 20.0
# Title and notes stand above and below the scale of depth.
_SCALE_FROM_PX, _SCALE_TO_PX = 36.0, 50.0
_PROBE_WEIGHT = 3


def planes_and_cone(aim: NeedleAim, frame: SliceFrame) -> list[Primitive]:
    """Return the tolerance of the needle, the depths along it, and the lines of the other planes."""
    if frame.plane is NeedlePlane.ACROSS:
        return [*_cone_across(aim, frame), *_turning_lines(aim, frame)]
    return [
        *_cone_along(aim.probe, frame),
        *_outside(aim.probe, frame),
        *_depth_scale(aim.probe, frame),
        *_depth_line(aim, frame),
    ]


def tolerance_mm(depth_mm: float, probe: Probe) -> float:
    """Return how far the axis may come to lie beside the path at a depth: not at the skin, where it is held, and most at the tip."""
    return load_path_rules().tolerance_mm.value * max(depth_mm, 0.0) / probe.depth_mm


def shaft_px(probe: Probe, frame: SliceFrame) -> float:
    """Return how thick a shaft is on the screen."""
    return max(device(probe.device_id).diameter_mm / frame.mm_per_px, _THINNEST_PX)


def shaft_strokes(probe: Probe, frame: SliceFrame) -> tuple[Stroke, Stroke]:
    """Return how body and active part of a shaft are drawn in the plane that holds it: as thick as they are."""
    width_px = shaft_px(probe, frame)
    body = Stroke(colour=probe_colour(probe), width_px=width_px, opacity=_BODY_OPACITY)
    return body, Stroke(colour=probe_colour(probe), width_px=width_px)


def draw_crossing(
    probe: Probe, frame: SliceFrame, *, selected: bool, drawn: list[Primitive], labels: LabelPlacer
) -> None:
    """Draw where the shaft of a probe crosses a plane: a disc as wide as it is, full where it is active; beyond its tip a ring."""
    along = float(probe.direction @ frame.normal)
    if abs(along) < 1e-3:
        return
    above_tip_mm = -float(frame.height_mm(probe.tip_mm)) / along
    if above_tip_mm > probe.depth_mm:
        return
    x, y = (float(v) for v in frame.to_px(np.asarray(probe.tip_mm) + above_tip_mm * probe.direction))
    radius_px = max(shaft_px(probe, frame) / 2, 2.0)
    active = above_tip_mm <= device(probe.device_id).active_length_mm
    edge = Stroke(colour=probe_colour(probe), width_px=1.25)
    if above_tip_mm < 0:
        beyond = Stroke(colour=probe_colour(probe), width_px=1.25, dash_px=dash("canal"))
        drawn.append(ring(x, y, radius_px + 2, beyond))
    elif active:
        drawn.append(ring(x, y, radius_px, edge, fill=probe_colour(probe)))
    else:
        drawn.append(ring(x, y, radius_px, edge))
    if selected:
        drawn.append(ring(x, y, radius_px + 5, Stroke(colour=probe_colour(probe), width_px=1.25)))
    rim = radius_px + (6 if selected else 0)
    around = np.array([[x - rim, y], [x + rim, y], [x, y - rim], [x, y + rim]])
    label = Label(text=probe.name, x_px=0, y_px=0, colour=probe_colour(probe), weight="semibold")
    labels.ask(label, around, _PROBE_WEIGHT)


def place_mark(frame: SliceFrame, place_mm: tuple[float, float, float], within_mm: float) -> list[Primitive]:
    """Return a small cross where the crosshair lies in the plane."""
    if abs(float(frame.height_mm(place_mm))) > within_mm:
        return []
    x, y = (float(v) for v in frame.to_px(place_mm))
    stroke = Stroke(colour=theme_colour("text-2", ON_IMAGE), width_px=1, opacity=0.75)
    ends = [
        ((x + a * dx, y + a * dy), (x + b * dx, y + b * dy))
        for dx, dy in ((1, 0), (0, 1))
        for a, b in ((-9, -3), (3, 9))
    ]
    return [line(start, stop, stroke) for start, stop in ends]


def depth_line_px(aim: NeedleAim, frame: SliceFrame) -> float:
    """Return how far down a view along the shaft the plane across it lies."""
    return float(frame.to_px(aim.across_mm)[1])


def turning_arms(aim: NeedleAim, frame: SliceFrame) -> dict[NeedlePlane, Floats]:
    """Return the directions of the planes along the shaft on the view across it, as unit vectors of the screen."""
    arms = {}
    for plane in (NeedlePlane.ALONG_A, NeedlePlane.ALONG_B):
        right, _ = aim.axes(plane)
        seen = np.array([right @ frame.right, right @ frame.down])
        arms[plane] = seen / np.linalg.norm(seen)
    return arms


def _dotted(opacity: float = 1.0) -> Stroke:
    return Stroke(colour=needle_colour(), width_px=1.25, dash_px=dash("tolerance"), opacity=opacity)


def _cone_along(probe: Probe, frame: SliceFrame) -> list[Primitive]:
    tip_px, entry_px = frame.to_px(probe.tip_mm), frame.to_px(probe.entry_mm)
    along = tip_px - entry_px
    length_px = float(np.hypot(*along))
    if length_px < 1:
        return []
    along = along / length_px
    side = np.array([-along[1], along[0]])
    reach_px = tolerance_mm(probe.depth_mm, probe) / frame.mm_per_px
    bow = np.linspace(np.pi / 2, -np.pi / 2, 17)[:, None]
    around_tip = tip_px + reach_px * (np.sin(bow) * side + np.cos(bow) * along)
    outline = np.concatenate([entry_px[None], around_tip, entry_px[None]])
    return [Path(lines=(outline,), stroke=_dotted(), fill=needle_colour(), fill_opacity=0.10)]


def _cone_across(aim: NeedleAim, frame: SliceFrame) -> list[Primitive]:
    """The tolerance at this depth; beyond the tip what it is there."""
    depth_mm = min(aim.depth_mm, aim.probe.depth_mm)
    radius_px = tolerance_mm(depth_mm, aim.probe) / frame.mm_per_px
    if radius_px < 1:
        return []
    x, y = (float(v) for v in frame.to_px(aim.across_mm))
    return [ring(x, y, radius_px, _dotted())]


def _outside(probe: Probe, frame: SliceFrame) -> list[Primitive]:
    """The part of the shaft that stands out of the skin, as long as the maker says, or a piece of it where none does."""
    length_mm = device(probe.device_id).shaft_length_mm
    out_mm = _OUTSIDE_MM if length_mm is None else length_mm - probe.depth_mm
    if out_mm <= 0:
        return []
    start, stop = frame.to_px(probe.entry_mm), frame.to_px(probe.entry_mm + out_mm * probe.direction)
    stroke = Stroke(colour=probe_colour(probe), width_px=shaft_px(probe, frame), opacity=_OUTSIDE_OPACITY, casing=False)
    return [line((float(start[0]), float(start[1])), (float(stop[0]), float(stop[1])), stroke)]


def _depth_scale(probe: Probe, frame: SliceFrame) -> list[Primitive]:
    """Depths from the skin on the left edge; every fifth millimetre a tick where there is room."""
    skin_px, tip_px = float(frame.to_px(probe.entry_mm)[1]), float(frame.to_px(probe.tip_mm)[1])
    px_per_mm = (tip_px - skin_px) / probe.depth_mm
    if px_per_mm <= 0:
        return []
    labelled_mm = next((n for n in (10, 20, 50, 100) if n * px_per_mm >= _LABEL_APART_PX), 200)
    grey, marks = theme_colour("text-2", ON_IMAGE), list[Primitive]()
    stroke = Stroke(colour=grey, width_px=1)
    low_mm = max(0, -int(skin_px / px_per_mm) // _TICK_MM * _TICK_MM)
    for depth_mm in range(low_mm, int(probe.depth_mm + _LABELLED_MM) + 1, _TICK_MM):
        y = skin_px + depth_mm * px_per_mm
        if not _SCALE_FROM_PX < y < frame.height_px - _SCALE_TO_PX:
            continue
        is_long = depth_mm % labelled_mm == 0
        if is_long or labelled_mm <= _LABELLED_MM:
            marks.append(line((0, y), (_LONG_TICK_PX if is_long else _TICK_PX, y), stroke))
        # The letters of the orientation stand in the middle of the edge.
        if is_long and abs(y - frame.height_px / 2) > 16:
            marks.append(Label(text=f"{depth_mm}", x_px=_LONG_TICK_PX + 4, y_px=y, colour=grey, size_px=11))
    return marks


def _depth_line(aim: NeedleAim, frame: SliceFrame) -> list[Primitive]:
    y, width = depth_line_px(aim, frame), float(frame.width_px)
    if not 0 < y < frame.height_px:
        return []
    x = float(frame.to_px(aim.across_mm)[0])
    stroke = Stroke(
        colour=theme_colour("text-2", ON_IMAGE),
        width_px=1,
        dash_px=dash("projected_needle"),
        opacity=0.75,
        casing=False,
    )
    halves = [line((36, y), (x - _LINE_GAP_PX, y), stroke), line((x + _LINE_GAP_PX, y), (width, y), stroke)]
    words = f"across, {aim.depth_mm:.0f}{NNBSP}mm"
    label = Label(text=words, x_px=44, y_px=y - 11, colour=theme_colour("text-2", ON_IMAGE), size_px=11)
    return [*halves, label]


def _turning_lines(aim: NeedleAim, frame: SliceFrame) -> list[Primitive]:
    centre = frame.to_px(aim.across_mm)
    stroke = Stroke(
        colour=theme_colour("text-2", ON_IMAGE),
        width_px=1,
        dash_px=dash("projected_needle"),
        opacity=0.75,
        casing=False,
    )
    reach_px = 0.5 * min(frame.width_px, frame.height_px) - _FROM_EDGE_PX
    marks: list[Primitive] = []
    for plane, arm in turning_arms(aim, frame).items():
        for sign in (-1, 1):
            start, stop = centre + sign * 2 * _LINE_GAP_PX * arm, centre + sign * reach_px * arm
            marks.append(line((float(start[0]), float(start[1])), (float(stop[0]), float(stop[1])), stroke))
        end = centre + (reach_px + 9) * arm
        marks.append(
            Label(
                text=plane.letter, x_px=float(end[0]), y_px=float(end[1]), colour=theme_colour("text-2", ON_IMAGE), size_px=11,
                anchor="centre",
            )
        )  # fmt: skip
    return marks


def apart_marks(aim: NeedleAim, others: tuple[Probe, ...], frame: SliceFrame) -> list[Primitive]:
    """Return lines to the other probes with the distance from axis to axis, where both cross the plane."""
    marks: list[Primitive] = []
    here = aim.across_mm
    for other in others:
        along = float(other.direction @ frame.normal)
        if other.id == aim.probe.id or abs(along) < 1e-3:
            continue
        above_tip_mm = -float(frame.height_mm(other.tip_mm)) / along
        if not (0 <= above_tip_mm <= other.depth_mm and 0 <= aim.above_tip_mm <= aim.probe.depth_mm):
            continue
        there = np.asarray(other.tip_mm) + above_tip_mm * other.direction
        (x0, y0), (x1, y1) = frame.to_px(here).tolist(), frame.to_px(there).tolist()
        thin = Stroke(colour=needle_colour(), width_px=1)
        words = length_text(float(np.linalg.norm(there - here)))
        marks.append(line((x0, y0), (x1, y1), thin))
        marks.append(
            Label(
                text=words, x_px=(x0 + x1) / 2 + 8, y_px=(y0 + y1) / 2, colour=theme_colour("text-1", ON_IMAGE), plate=0.72,
                size_px=11,
            )
        )  # fmt: skip
    return marks
