"""Say in which order probes are placed: what stands on the sheet for the CT room, and changes no temperature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from planning.errors import PlanError
from planning.model.case import Case


def set_placing(case: Case, probes: Sequence[str]) -> Case:
    """Return the case with its probes to be placed in an order.

    Parameters
    ----------
    case : Case
    probes : sequence of str
        Ids or names; those that are not named come after, in the plan's order.

    Raises
    ------
    PlanError
        ``probe-unknown``; ``placing-twice`` if one is named twice.
    """
    ids = tuple(case.probe(name).id for name in probes)
    if len(set(ids)) < len(ids):
        raise PlanError("A probe is placed once.", code="placing-twice", hint="Name every probe once.")
    return case.with_plan(room=replace(case.plan.room, placing=ids))


def place_sooner(case: Case, probe_id: str, steps: int = 1) -> Case:
    """Return the case with a probe placed so many steps sooner, or later below 0; at the ends it stays."""
    order = [p.id for p in case.plan.in_order]
    moved = case.probe(probe_id).id
    at = order.index(moved)
    order.remove(moved)
    order.insert(min(max(at - steps, 0), len(order)), moved)
    return set_placing(case, order)
