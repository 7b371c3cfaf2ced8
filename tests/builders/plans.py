"""Proposals made by hand: plans whose numbers are given, with small zones."""

from __future__ import annotations

import numpy as np

from imaging.structures import StructureKind
from planning.catalogue import Phase
from planning.model.zone import Fidelity
from planning.optimise import Proposal, ProposedPlan, Reached
from tests.builders.cases import centred_grid, ice_ball, zone_of
from tests.builders.paths import BODY_MM, needle

ZONE_GRID = centred_grid(20, 2.0)
SCHEDULE = (Phase(kind="on", duration_s=600), Phase(kind="off", duration_s=300), Phase(kind="on", duration_s=600))


def plan_of(case, many, covered, coldest_c, *, kept=(), broken=(), limit_c=0.0, fidelity=Fidelity.PHYSICS, **changes):
    """A plan of so many probes from behind, beside each other, those that are kept included.

    Parameters
    ----------
    case : Case
        With a root, unless ``coldest_c`` is None.
    many : int
    covered : float
    coldest_c : float or None
        Of the root; None where nothing comes near.
    kept : sequence of Probe
    broken : sequence of str
    limit_c : float
    fidelity : Fidelity
    """
    new = [
        needle((4.0 * n, float(np.sqrt(BODY_MM**2 - 16 * n**2)), 0.0), (4.0 * n, -4.0, 0.0), name=f"C{n + 11}")
        for n in range(many - len(kept))
    ]
    probes = (*kept, *new)
    reached = [
        Reached(structure=s, extreme_c=coldest_c, limit_c=limit_c, where_mm=(12.0, 30.0, 0.0), cold=True)
        for s in case.structures
        if s.kind is StructureKind.ROOT and coldest_c is not None
    ]
    planned = case.with_plan(probes=probes, schedule=SCHEDULE)
    made = {
        "probes": probes, "schedule": SCHEDULE, "covered_frac": covered, "lesion_frac": min(covered + 0.04, 1.0),
        "covers": "lesion and margin",
        "spared": tuple(reached), "broken": tuple(broken), "openings": many, "path_cost": 1.0,
        "zone": zone_of(planned, ice_ball(6.0 + many), ZONE_GRID, fidelity=fidelity),
    }  # fmt: skip
    return ProposedPlan(**(made | changes))


def proposal_of(case, *, kept=(), **changes):
    """Three plans: too little, enough, and more than the root bears."""
    plans = (
        plan_of(case, 1 + len(kept), 0.71, 24.0, kept=kept),
        plan_of(case, 2 + len(kept), 0.985, 4.0, kept=kept),
        plan_of(case, 4 + len(kept), 1.0, -6.0, kept=kept, broken=("S1 L gets −6 °C, beyond its alarm level.",)),
    )
    return Proposal(**({"plans": plans, "reached": True, "binds": "", "unlimited": ("Bowel",)} | changes))
