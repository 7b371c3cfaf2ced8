"""Add, move, change and remove pockets and thermocouples."""

from __future__ import annotations

from dataclasses import replace

import numpy.typing as npt

from planning.catalogue.agents import agent
from planning.catalogue.devices import device
from planning.catalogue.thresholds import Mode
from planning.errors import PlanError
from planning.model.case import Case
from planning.model.protection import Pocket, Thermocouple, way_length_mm
from planning.operations.locks import require_unlocked
from planning.operations.points import finite_point, next_number, point_in_ct, unknown

_SMALLEST_MM, _LARGEST_MM = 1.0, 60.0
"""A pocket thinner than a voxel of the simulation would not be seen by it; one wider than this is no pocket."""


def add_pocket(
    case: Case,
    agent_id: str,
    start_mm: npt.ArrayLike,
    radius_mm: float,
    *,
    stop_mm: npt.ArrayLike | None = None,
    temperature_c: float | None = None,
    circulating: bool = False,
) -> Case:
    """Return the case with one more pocket of gas or fluid.

    Parameters
    ----------
    case : Case
    agent_id : str
    start_mm, stop_mm : array_like, shape (3,)
        LPS; without a stop it is a ball.
    radius_mm : float
    temperature_c : float, optional
        By default what the agent's source says for the plan's mode, else the body's.
    circulating : bool

    Raises
    ------
    PlanError
        ``agent-unknown``, ``pocket-invalid``, ``point-outside``.
    """
    kind = agent(agent_id)
    number = next_number(p.id for p in case.plan.pockets)
    mode = Mode.COLD if case.plan.probes and device(case.plan.probes[0].device_id).is_cold else Mode.HEAT
    if temperature_c is None and case.plan.probes:
        temperature_c = kind.temperature_c(mode)
    pocket = Pocket(
        id=f"pocket-{number}",
        name=f"{kind.name} {number}",
        agent_id=agent_id,
        start_mm=finite_point(start_mm),
        stop_mm=finite_point(start_mm if stop_mm is None else stop_mm),
        radius_mm=float(radius_mm),
        temperature_c=temperature_c,
        circulating=circulating,
    )
    return case.with_plan(pockets=(*case.plan.pockets, _checked_pocket(case, pocket)))


def change_pocket(case: Case, pocket_id: str, **changes: object) -> Case:
    """Return the case with fields of a pocket replaced: places, radius, temperature, whether it circulates.

    Raises
    ------
    PlanError
        As `add_pocket`, and ``pocket-unknown``, ``pocket-locked``.
    """
    old = pocket_of(case, pocket_id)
    require_unlocked(old)
    for end in ("start_mm", "stop_mm"):
        if end in changes:
            changes[end] = finite_point(changes[end])  # type: ignore[arg-type]
    new = _checked_pocket(case, replace(old, **changes))  # type: ignore[arg-type]
    return case.with_plan(pockets=tuple(new if p.id == old.id else p for p in case.plan.pockets))


def remove_pocket(case: Case, pocket_id: str) -> Case:
    """Return the case without a pocket; raises PlanError ``pocket-unknown``, ``pocket-locked``."""
    gone = pocket_of(case, pocket_id)
    require_unlocked(gone)
    return case.with_plan(pockets=tuple(p for p in case.plan.pockets if p.id != gone.id))


def add_thermocouple(case: Case, position_mm: npt.ArrayLike) -> Case:
    """Return the case with one more thermocouple; raises PlanError ``point-outside``."""
    number = next_number(t.id for t in case.plan.thermocouples)
    made = Thermocouple(
        id=f"thermocouple-{number}", name=f"T{number}", position_mm=point_in_ct(case, f"T{number}", position_mm)
    )
    return case.with_plan(thermocouples=(*case.plan.thermocouples, made))


def move_thermocouple(case: Case, thermocouple_id: str, position_mm: npt.ArrayLike) -> Case:
    """Return the case with a thermocouple elsewhere.

    Raises
    ------
    PlanError
        ``thermocouple-unknown``, ``thermocouple-locked``, ``point-outside``.
    """
    old = thermocouple_of(case, thermocouple_id)
    require_unlocked(old)
    new = replace(old, position_mm=point_in_ct(case, old.name, position_mm))
    return case.with_plan(thermocouples=tuple(new if t.id == old.id else t for t in case.plan.thermocouples))


def remove_thermocouple(case: Case, thermocouple_id: str) -> Case:
    """Return the case without a thermocouple; raises PlanError ``thermocouple-unknown``, ``thermocouple-locked``."""
    gone = thermocouple_of(case, thermocouple_id)
    require_unlocked(gone)
    return case.with_plan(thermocouples=tuple(t for t in case.plan.thermocouples if t.id != gone.id))


def set_way(case: Case, placed_id: str, entry_mm: npt.ArrayLike | None) -> Case:
    """Return the case with another way of the needle that brings a pocket or thermocouple.

    Parameters
    ----------
    case : Case
    placed_id : str
        Id or name of the pocket or thermocouple.
    entry_mm : array_like of shape (3,) or None
        LPS, on the skin; None for no way.

    Raises
    ------
    PlanError
        ``pocket-unknown``, ``pocket-locked``, ``thermocouple-locked``, ``point-outside``, ``way-too-short``.
    """
    placed = next((p for p in case.plan.protective if placed_id in (p.id, p.name)), None)
    if placed is None:
        raise unknown("pocket", placed_id, [p.name for p in case.plan.protective])
    require_unlocked(placed)
    entry = None if entry_mm is None else point_in_ct(case, f"The entry of {placed.name}", entry_mm)
    changed: Pocket | Thermocouple = replace(placed, entry_mm=entry)
    length_mm = way_length_mm(changed)
    if length_mm is not None and length_mm < _SMALLEST_MM:
        raise PlanError(
            f"The way of {placed.name} has no length.", code="way-too-short", hint="Choose an entry away from it."
        )
    return case.with_plan(
        pockets=tuple(replace(p, entry_mm=entry) if p.id == placed.id else p for p in case.plan.pockets),
        thermocouples=tuple(replace(t, entry_mm=entry) if t.id == placed.id else t for t in case.plan.thermocouples),
    )


def pocket_of(case: Case, pocket_id: str) -> Pocket:
    """Return a pocket by id or name; raises PlanError ``pocket-unknown`` with those that exist."""
    for pocket in case.plan.pockets:
        if pocket_id in (pocket.id, pocket.name):
            return pocket
    raise unknown("pocket", pocket_id, [p.name for p in case.plan.pockets])


def thermocouple_of(case: Case, thermocouple_id: str) -> Thermocouple:
    """Return a thermocouple by id or name; raises PlanError ``thermocouple-unknown`` with those that exist."""
    for thermocouple in case.plan.thermocouples:
        if thermocouple_id in (thermocouple.id, thermocouple.name):
            return thermocouple
    raise unknown("thermocouple", thermocouple_id, [t.name for t in case.plan.thermocouples])


def _checked_pocket(case: Case, pocket: Pocket) -> Pocket:
    for end in (pocket.start_mm, pocket.stop_mm):
        point_in_ct(case, pocket.name, end)
    if not _SMALLEST_MM <= pocket.radius_mm <= _LARGEST_MM:
        raise _refusal(pocket, f"its radius of {pocket.radius_mm:g} mm is not between 1 and 60 mm")
    given_c = pocket.temperature_c
    if given_c is not None and not 0 < given_c < 100:
        raise _refusal(pocket, f"it cannot be given at {given_c:g} °C, only between 0 and 100 °C")
    if pocket.circulating and given_c is None:
        raise _refusal(pocket, "it circulates, and its temperature is not said")
    return pocket


def _refusal(pocket: Pocket, reason: str) -> PlanError:
    return PlanError(f"{pocket.name} cannot be placed: {reason}.", code="pocket-invalid", hint="Change this number.")
