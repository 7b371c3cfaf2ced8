"""Which predictions belong to the plans of a case as they are."""

from __future__ import annotations

from collections.abc import Mapping

from planning import services
from planning.model.case import Case
from planning.model.zone import PredictedZone


def plan_digests(case: Case) -> dict[int, str]:
    """Return the digest that a prediction of each plan must carry, by the plan's number; of those that have a probe."""
    return {plan.number: services.prediction_digest(case.taking(plan.number)) for plan in case.all_plans if plan.probes}


def current_zones(case: Case, zones: Mapping[str, PredictedZone]) -> dict[str, PredictedZone]:
    """Return the predictions, by digest, that belong to a plan of the case as it is."""
    wanted = set(plan_digests(case).values())
    return {digest: zone for digest, zone in zones.items() if digest in wanted}
