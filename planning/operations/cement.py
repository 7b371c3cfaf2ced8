"""Add, change and remove cement."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy.typing as npt

from planning.catalogue.cements import cement_kind
from planning.errors import PlanError
from planning.model.case import Case
from planning.model.cement import Cement
from planning.operations.locks import require_unlocked
from planning.operations.points import finite_point, next_number, point_in_ct, unknown

LEAST_ML, MOST_ML = 0.1, 30.0
"""Less is no more than some voxels of the simulation; more is no injection into one bone."""
MOST_MINUTES = 240.0
"""After four hours nothing is left of an ablation's heat or cold."""


def add_cement(
    case: Case,
    start_mm: npt.ArrayLike,
    volume_ml: float,
    *,
    stop_mm: npt.ArrayLike | None = None,
    kind_id: str = "pmma",
    minutes_after: float = 0.0,
    temperature_c: float | None = None,
) -> Case:
    """Return the case with one more volume of cement; a probe is needed only to predict it.

    Parameters
    ----------
    case : Case
    start_mm, stop_mm : array_like, shape (3,)
        LPS; without a stop it is a ball.
    volume_ml : float
    kind_id : str
        Into the catalogue of cements.
    minutes_after : float
        From the end of the ablation to the injection.
    temperature_c : float, optional
        At which it is injected; by default the kind's own.

    Raises
    ------
    PlanError
        ``cement-kind-unknown``, ``cement-invalid``, ``point-outside``, ``point-not-finite``.
    """
    kind = cement_kind(kind_id)
    number = next_number(c.id for c in case.plan.cements)
    made = Cement(
        id=f"cement-{number}",
        name=f"Cement {number}",
        kind_id=kind_id,
        start_mm=finite_point(start_mm),
        stop_mm=finite_point(start_mm if stop_mm is None else stop_mm),
        volume_ml=float(volume_ml),
        minutes_after=float(minutes_after),
        temperature_c=kind.injected_c.value if temperature_c is None else float(temperature_c),
    )
    return case.with_plan(cements=(*case.plan.cements, _checked(case, made)))


def change_cement(case: Case, cement_id: str, **changes: object) -> Case:
    """Return the case with fields of a cement replaced: places, volume, time, temperature.

    Raises
    ------
    PlanError
        As `add_cement`, and ``cement-unknown``, ``cement-locked``.
    """
    old = cement_of(case, cement_id)
    require_unlocked(old)
    for end in ("start_mm", "stop_mm"):
        if end in changes:
            changes[end] = finite_point(changes[end])  # type: ignore[arg-type]
    new = _checked(case, replace(old, **changes))  # type: ignore[arg-type]
    return case.with_plan(cements=tuple(new if c.id == old.id else c for c in case.plan.cements))


def remove_cement(case: Case, cement_id: str) -> Case:
    """Return the case without a cement; raises PlanError ``cement-unknown``, ``cement-locked``."""
    gone = cement_of(case, cement_id)
    require_unlocked(gone)
    return case.with_plan(cements=tuple(c for c in case.plan.cements if c.id != gone.id))


def cement_of(case: Case, cement_id: str) -> Cement:
    """Return a cement by id or name; raises PlanError ``cement-unknown`` with those that exist."""
    for cement in case.plan.cements:
        if cement_id in (cement.id, cement.name):
            return cement
    raise unknown("cement", cement_id, [c.name for c in case.plan.cements])


def _checked(case: Case, cement: Cement) -> Cement:
    cement_kind(cement.kind_id)
    for end in (cement.start_mm, cement.stop_mm):
        point_in_ct(case, cement.name, end)
    for value, low, high, words in (
        (cement.volume_ml, LEAST_ML, MOST_ML, "a volume of {:g} ml is not between 0.1 and 30 ml"),
        (cement.minutes_after, 0.0, MOST_MINUTES, "{:g} min after the ablation is not between 0 and 240 min"),
        (cement.temperature_c, 0.0, 50.0, "it cannot be injected at {:g} °C, only between 0 and 50 °C"),
    ):
        if not (math.isfinite(value) and low <= value <= high):
            raise PlanError(
                f"{cement.name} cannot be placed: {words.format(value)}.", code="cement-invalid",
                hint="Change this number.",
            )  # fmt: skip
    return cement
