"""Add, move and remove probes; set the schedule. A locked probe is refused by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

import numpy as np
import numpy.typing as npt

from planning.catalogue.devices import DeviceFamily, Phase, device
from planning.errors import PlanError
from planning.model.case import Case, Probe, ProbeId
from planning.operations.generators import with_sharing_kept
from planning.operations.locks import require_unlocked
from planning.operations.points import finite_point, next_number
from planning.quantities import lps_text

_SHORTEST_PATH_MM = 5.0
# A laser's is its fibre's: "L1" would be a vertebra.
_LETTERS = {
    DeviceFamily.CRYO: "C",
    DeviceFamily.RF_MONOPOLAR: "R",
    DeviceFamily.RF_BIPOLAR: "R",
    DeviceFamily.LASER: "F",
    DeviceFamily.MICROWAVE: "M",
}


def add_probe(case: Case, device_id: str, entry_mm: npt.ArrayLike, tip_mm: npt.ArrayLike) -> Case:
    """Return the case with one more probe, named after its family and number.

    Parameters
    ----------
    case : Case
    device_id : str
    entry_mm, tip_mm : array_like, shape (3,)
        LPS.

    Raises
    ------
    PlanError
        If the device is unknown, differs in kind from the probes already placed, or the path cannot be used.
    """
    applicator = device(device_id)
    others = case.plan.probes
    if others and device(others[0].device_id).is_cold != applicator.is_cold:
        raise PlanError(
            f"{applicator.name} cannot join {others[0].name}: one plan either freezes or heats.",
            code="mixed-modality",
            hint="Remove the other probes first, or choose a device of the same kind.",
        )
    letter = _LETTERS[applicator.family]
    number = next_number(p.id for p in others)
    probe = _placed(
        case,
        Probe(
            id=ProbeId(f"probe-{number}"), name=_own_name(letter, number, others), device_id=device_id,
            entry_mm=finite_point(entry_mm), tip_mm=finite_point(tip_mm),
        ),
    )  # fmt: skip
    return case.with_plan(probes=(*others, probe))


def move_probe(
    case: Case, probe_id: str, *, entry_mm: npt.ArrayLike | None = None, tip_mm: npt.ArrayLike | None = None
) -> Case:
    """Return the case with an end of a probe, or both, moved.

    Raises
    ------
    PlanError
        As `add_probe`; ``probe-locked``.
    """
    old = case.probe(probe_id)
    require_unlocked(old)
    moved = replace(
        old,
        entry_mm=old.entry_mm if entry_mm is None else finite_point(entry_mm),
        tip_mm=old.tip_mm if tip_mm is None else finite_point(tip_mm),
    )
    return _with_probe(case, _placed(case, moved))


def set_depth(case: Case, probe_id: str, depth_mm: float) -> Case:
    """Return the case with a probe's tip moved along its shaft to a depth below its entry, which stays.

    Raises
    ------
    PlanError
        As `move_probe`.
    """
    probe = case.probe(probe_id)
    # Measured towards the tip: a negative depth would come out of the skin on the hub's side.
    depth_mm = max(depth_mm, 0.0)
    return move_probe(case, probe_id, tip_mm=np.asarray(probe.entry_mm) - depth_mm * probe.direction)


def change_device(case: Case, probe_id: str, device_id: str) -> Case:
    """Return the case with another device on a probe's path; a generator that it does not go with is left.

    Raises
    ------
    PlanError
        If the device is unknown, or freezes where the plan's other probes heat; ``probe-locked``.
    """
    old = case.probe(probe_id)
    require_unlocked(old)
    others = case.with_plan(probes=tuple(p for p in case.plan.probes if p.id != old.id))
    add_probe(others, device_id, old.entry_mm, old.tip_mm)
    letter, number = _LETTERS[device(device_id).family], old.name[1:]
    # A name that a user gave stays.
    own = old.name[0] == _LETTERS[device(old.device_id).family] and number.isdigit()
    name = _own_name(letter, int(number), others.plan.probes) if own else old.name
    changed = with_sharing_kept(_with_probe(case, replace(old, name=name, device_id=device_id)), old.id)
    # Phases made for ice mean nothing for heat.
    same_kind = device(old.device_id).is_cold == device(device_id).is_cold
    return changed if same_kind else changed.with_plan(schedule=None)


def remove_probe(case: Case, probe_id: str) -> Case:
    """Return the case without a probe, at its generator too; the last one takes the plan's own schedule with it.

    Raises
    ------
    PlanError
        ``probe-locked``.
    """
    gone = case.probe(probe_id)
    require_unlocked(gone)
    rest = tuple(p for p in case.plan.probes if p.id != gone.id)
    room = replace(case.plan.room, placing=tuple(i for i in case.plan.room.placing if i != gone.id))
    left = case.with_plan(probes=rest, schedule=case.plan.schedule if rest else None, room=room)
    return with_sharing_kept(left, gone.id)


def set_schedule(case: Case, schedule: Sequence[Phase] | None) -> Case:
    """Return the case with the plan's phases set, or handed back to the device with None."""
    if schedule is not None and not any(p.kind == "on" for p in schedule):
        raise PlanError("The schedule never switches the device on.", code="schedule-never-on")
    return case.with_plan(schedule=None if schedule is None else tuple(schedule))


def _own_name(letter: str, number: int, others: Sequence[Probe]) -> str:
    """Its letter and number, or the next number that no other probe is called by."""
    taken = {p.name for p in others}
    return next(name for n in count(number) if (name := f"{letter}{n}") not in taken)


def _with_probe(case: Case, probe: Probe) -> Case:
    return case.with_plan(probes=tuple(probe if p.id == probe.id else p for p in case.plan.probes))


def _placed(case: Case, probe: Probe) -> Probe:
    """Return the probe if its path can be used.

    Raises
    ------
    PlanError
        ``probe-outside`` if an end lies outside the CT, ``probe-too-short``.
    """
    for end, name in ((probe.tip_mm, "target"), (probe.entry_mm, "entry")):
        if not case.image.grid.contains(end):
            raise PlanError(
                f"The {name} of {probe.name} at {lps_text(end)} lies outside the CT.",
                code="probe-outside",
                hint="Choose a point on the slices.",
                context={"end": name},
            )
    if probe.depth_mm < _SHORTEST_PATH_MM:
        raise PlanError(
            f"Entry and target of {probe.name} are {probe.depth_mm:.1f} mm apart.",
            code="probe-too-short",
            hint=f"Choose an entry at least {_SHORTEST_PATH_MM:.0f} mm from the target.",
        )
    return probe
