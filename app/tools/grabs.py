"""What of the plan, or which measurement, lies under the mouse, and what dragging it means."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from app.representations.annotations import shown_on
from app.representations.slice_plane import NeedlePlane, SliceFrame
from app.tools.base import SliceEvent
from app.tools.snaps import Snapping, as_given
from imaging.geometry import Floats
from imaging.volume import Volume
from planning.model.annotation import Annotation
from planning.model.case import Case, Probe
from planning.model.cement import Cement
from planning.model.point import Point
from planning.model.protection import Pocket
from planning.operations.annotations import move_annotation, move_handle
from planning.operations.cement import change_cement
from planning.operations.locks import require_unlocked
from planning.operations.probes import move_probe, set_depth
from planning.operations.protection import change_pocket, move_thermocouple
from planning.trajectory.skin_entry import entry_on_skin

_GRAB_PX = 10.0
_LINE_PX = 4.0
# An end is taken through the slice only if it is near the slice, or selected.
_GRAB_MM = 6.0
# A shaft that points at the viewer has no length on the slice to drag along.
_SEEN_END_ON = 0.02
# Held nearer to the tip than this, the shaft would spin.
_SHORTEST_LEVER_MM = 10.0

Operation = Callable[[Case], Case]


@dataclass(frozen=True, slots=True, eq=False)
class Grab:
    """Something that can be dragged.

    Attributes
    ----------
    id : str
        Of the probe, pocket, cement, thermocouple or measurement.
    words : str
        What a drag of it does: ``Move C1 tip``.
    moved : callable
        Takes the shift in LPS millimetres since the mouse went down, and returns the operation.
    require_free : callable
        Raises PlanError if it is locked in its place.
    of_plan : bool
        What is predicted may depend on it.
    """

    id: str
    words: str
    moved: Callable[[Floats], Operation]
    require_free: Callable[[], None] = lambda: None
    of_plan: bool = True


def grab_under(
    event: SliceEvent, case: Case, selected: str, volume: Volume, hidden: Collection[str] = (),
    snap: Snapping = as_given,
) -> Grab | None:  # fmt: skip
    """Return what lies under the mouse and is nearest to it; ends come before shafts.

    Of a probe, Shift held moves it along its own axis, and Ctrl turns it about its tip, with the entry kept on the skin. What has
    one of the ids that are ``hidden`` cannot be taken. ``snap`` draws the direction of a needle to an exact one.
    """
    candidates = [
        *_probes(event, case, selected, volume, snap),
        *_capsules(event, case.plan.pockets, change_pocket, selected),
        *_capsules(event, case.plan.cements, change_cement, selected), *_thermocouples(event, case, selected),
        *_annotations(event, case),
    ]  # fmt: skip
    candidates = [found for found in candidates if found[1].id not in hidden]
    return min(candidates, key=lambda found: found[0])[1] if candidates else None


def _probes(
    event: SliceEvent, case: Case, selected: str, volume: Volume, snap: Snapping
) -> Iterator[tuple[float, Grab]]:
    # Across a needle its ends lie one behind the other: there it is taken as a whole.
    end_on = event.frame.plane is NeedlePlane.ACROSS
    for probe in case.plan.probes:
        for part, point in () if end_on else (("tip", probe.tip_mm), ("entry", probe.entry_mm)):
            distance_px = _to_point_px(event, point, selected=probe.id == selected)
            if distance_px <= _GRAB_PX:
                yield distance_px - _GRAB_PX, _probe_grab(probe, part, event, volume, snap)
        distance_px = _to_shaft_px(probe, event.frame, event.px)
        if distance_px <= _GRAB_PX / (1 if end_on else 2):
            yield distance_px, _probe_grab(probe, "shaft", event, volume, snap)


def _probe_grab(probe: Probe, part: str, event: SliceEvent, volume: Volume, snap: Snapping) -> Grab:
    """What a drag of a probe means is settled by the keys held when it is taken."""
    words, moved = f"Move {probe.name} {part}", _freely(probe, part, snap)
    if event.shift:
        words, moved = f"Move {probe.name} along its shaft", _along(probe, event.frame)
    elif event.control and part != "tip":
        words, moved = f"Turn {probe.name} about its tip", _about_tip(probe, event.lps_mm, volume, snap)
    return Grab(probe.id, words, moved, lambda: require_unlocked(probe))


def _freely(probe: Probe, part: str, snap: Snapping) -> Callable[[Floats], Operation]:
    def moved(shift_mm: Floats) -> Operation:
        entry = np.asarray(probe.entry_mm) + (shift_mm if part != "tip" else 0)
        tip = np.asarray(probe.tip_mm) + (shift_mm if part != "entry" else 0)
        if part == "entry":
            entry = snap(tip, entry)
        elif part == "tip":
            # The hub stays: the shaft is as long, and its tip comes to where the exact direction has it.
            tip = tip + entry - snap(tip, entry)
        return lambda case: move_probe(case, probe.id, entry_mm=entry, tip_mm=tip)

    return moved


def _along(probe: Probe, frame: SliceFrame) -> Callable[[Floats], Operation]:
    """The tip goes along the shaft, and stays under the mouse also where the shaft crosses the slice obliquely."""
    seen = probe.direction - (probe.direction @ frame.normal) * frame.normal
    seen_sq = float(seen @ seen)

    def moved(shift_mm: Floats) -> Operation:
        outwards_mm = float(shift_mm @ seen) / seen_sq if seen_sq > _SEEN_END_ON else 0.0
        return lambda case: set_depth(case, probe.id, probe.depth_mm - outwards_mm)

    return moved


def _about_tip(probe: Probe, held_mm: Floats, volume: Volume, snap: Snapping) -> Callable[[Floats], Operation]:
    """The place of the shaft that is held follows the mouse; the entry is where that line leaves the skin."""
    away_mm = max(float((held_mm - probe.tip_mm) @ probe.direction), _SHORTEST_LEVER_MM)
    lever_mm = np.asarray(probe.tip_mm) + away_mm * probe.direction

    def moved(shift_mm: Floats) -> Operation:
        towards_mm = snap(np.asarray(probe.tip_mm), lever_mm + shift_mm)

        def turned(case: Case) -> Case:
            return move_probe(case, probe.id, entry_mm=entry_on_skin(volume, probe.tip_mm, towards_mm))

        return turned

    return moved


def _capsules(
    event: SliceEvent, placed: Sequence[Pocket | Cement], change: Callable[..., Case], selected: str
) -> Iterator[tuple[float, Grab]]:
    """By their ends; one that is selected anywhere else inside it, as a whole."""
    for capsule in placed:
        ends = {"start_mm": capsule.start_mm, "stop_mm": capsule.stop_mm}
        if capsule.start_mm == capsule.stop_mm:
            ends.pop("stop_mm")
        for end, point in ends.items():
            distance_px = _to_point_px(event, point, selected=capsule.id == selected)
            if distance_px <= _GRAB_PX:
                taken = tuple(ends) if len(ends) == 1 else (end,)
                yield distance_px - _GRAB_PX, _capsule_grab(capsule, change, taken)
        if capsule.id == selected and bool(capsule.as_tube().contains(event.lps_mm)[0]):
            yield 0.0, _capsule_grab(capsule, change, ("start_mm", "stop_mm"))


def _capsule_grab(capsule: Pocket | Cement, change: Callable[..., Case], ends: tuple[str, ...]) -> Grab:
    is_ball = capsule.start_mm == capsule.stop_mm

    def moved(shift_mm: Floats) -> Operation:
        places = {end: np.asarray(getattr(capsule, end)) + shift_mm for end in ends}
        if is_ball:
            places["stop_mm"] = places["start_mm"]
        return lambda case: change(case, capsule.id, **places)

    return Grab(capsule.id, f"Move {capsule.name}", moved, lambda: require_unlocked(capsule))


def _thermocouples(event: SliceEvent, case: Case, selected: str) -> Iterator[tuple[float, Grab]]:
    for placed in case.plan.thermocouples:
        distance_px = _to_point_px(event, placed.position_mm, selected=placed.id == selected)
        if distance_px > _GRAB_PX:
            continue

        def moved(shift_mm: Floats, thermocouple_id: str = placed.id, at: Point = placed.position_mm) -> Operation:
            return lambda case: move_thermocouple(case, thermocouple_id, np.asarray(at) + shift_mm)

        free = partial(require_unlocked, placed)
        yield distance_px - _GRAB_PX, Grab(placed.id, f"Move {placed.name}", moved, free)


def _annotations(event: SliceEvent, case: Case) -> Iterator[tuple[float, Grab]]:
    """By their points, and as a whole by their lines."""
    for annotation in case.annotations:
        if not shown_on(annotation, event.frame, case.image.grid):
            continue
        for number, handle in enumerate(annotation.handles_mm):
            distance_px = float(np.hypot(*(event.frame.to_px(handle) - event.px)))
            if distance_px <= _GRAB_PX:
                yield distance_px - _GRAB_PX, _handle_grab(annotation, number)
        distance_px = _to_line_px(event, annotation)
        if distance_px <= _LINE_PX:
            yield distance_px, _annotation_grab(annotation)


def _handle_grab(annotation: Annotation, number: int) -> Grab:
    at = np.array(annotation.handles_mm[number])

    def moved(shift_mm: Floats) -> Operation:
        # Of the corners of an ellipse another one may come to have this number while it is dragged over the opposite one.
        return lambda case: move_handle(_with(case, annotation), annotation.id, number, at + shift_mm)

    free = partial(require_unlocked, annotation)
    return Grab(annotation.id, f"Move a point of {annotation.name}", moved, free, of_plan=False)


def _annotation_grab(annotation: Annotation) -> Grab:
    def moved(shift_mm: Floats) -> Operation:
        return lambda case: move_annotation(_with(case, annotation), annotation.id, shift_mm)

    free = partial(require_unlocked, annotation)
    return Grab(annotation.id, f"Move {annotation.name}", moved, free, of_plan=False)


def _with(case: Case, annotation: Annotation) -> Case:
    """The case with a measurement as it was when the mouse went down."""
    return replace(case, annotations=tuple(annotation if a.id == annotation.id else a for a in case.annotations))


def _to_line_px(event: SliceEvent, annotation: Annotation) -> float:
    """Distance in pixels from the mouse to the lines of a measurement."""
    points = event.frame.to_px(annotation.outline_mm)
    if annotation.kind.is_region:
        points = np.concatenate([points, points[:1]])
    if len(points) < 2:
        return float("inf")
    along, to_mouse = np.diff(points, axis=0), np.array(event.px) - points[:-1]
    at = np.clip((along * to_mouse).sum(axis=1) / np.maximum((along**2).sum(axis=1), 1e-9), 0, 1)
    return float(np.linalg.norm(to_mouse - at[:, None] * along, axis=1).min())


def _to_point_px(event: SliceEvent, point_mm: Point, *, selected: bool) -> float:
    """Distance in pixels from the mouse to a point that lies near the slice or is selected."""
    if not selected and abs(float(event.frame.height_mm(point_mm))) > _GRAB_MM:
        return float("inf")
    return float(np.hypot(*(event.frame.to_px(point_mm) - event.px)))


def _to_shaft_px(probe: Probe, frame: SliceFrame, px: tuple[float, float]) -> float:
    """Distance in pixels from the mouse to the part of the shaft that lies near the slice."""
    at = np.linspace(0, 1, 120)[:, None]
    lps = np.asarray(probe.tip_mm) * (1 - at) + np.asarray(probe.entry_mm) * at
    near = np.abs(frame.height_mm(lps)) <= _GRAB_MM
    if not near.any():
        return float("inf")
    return float(np.hypot(*(frame.to_px(lps[near]) - px).T).min())
