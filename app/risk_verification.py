"""Does the verdict miss alarms? Random plans, each judged as the program does and recomputed on a grid twice as fine."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from app.risk_plans import PLANS_A_PATIENT, RandomPlan, judged, random_plan
from imaging.progress import Progress
from planning import services
from planning.catalogue.own_thresholds import load_thresholds
from planning.evaluation import evaluate
from planning.evaluation.verification.brute_force import Figures, figures_of, graded
from planning.evaluation.verification.compare import Pair, alarm_groups, told_felt
from planning.model.zone import PredictedZone
from planning.thermal import solve
from planning.trajectory.verification.groups import RowGroup

PLANS = 200
FINE_MM = 0.5
_PARTS = ((0, 1), (2, 3), (4,))
_WAY = "way 2"
"""How a plan is recomputed: what was kept of another way is not used."""
Kept = dict[str, Mapping[str, Figures]]
"""Figures of structures by their ids, of plans by all that their prediction depends on."""


def risk_groups(
    progress: Progress,
    plans: int = PLANS,
    keep: Path | None = None,
    plan_of: Callable[[int], RandomPlan] = random_plan,
) -> list[RowGroup]:
    """Return what the verdicts on random plans come to; ten to thirty seconds a plan.

    Parameters
    ----------
    progress : Progress
    plans : int
        How many.
    keep : Path, optional
        Where each recomputation is kept, a line a plan, so that the study may be interrupted and go on. What the program
        itself says is always made anew.
    plan_of : callable
        From seed to plan.
    """
    kept = _read(keep)
    pairs: list[Pair] = []
    for n, seed in enumerate(seeds(plans)):
        progress.report(n / plans, f"Plan {n + 1} of {plans}")
        pairs += pairs_of(plan_of(seed), progress.part(n / plans, (n + 1) / plans), kept, keep)
    progress.report(1.0, "")
    return alarm_groups(pairs, plans, load_thresholds())


def seeds(plans: int) -> list[int]:
    """Return the seeds of a study, two of every patient first, so that few plans already come from all of them."""
    patients = range(-(-max(plans, PLANS) // PLANS_A_PATIENT))
    return [PLANS_A_PATIENT * n + m for part in _PARTS for n in patients for m in part][:plans]


def pairs_of(plan: RandomPlan, progress: Progress, kept: Kept, keep: Path | None = None) -> list[Pair]:
    """Return every structure of a plan as the program judges it and as it is recomputed, unless that is kept."""
    zone = services.predict(plan.case, plan.volume, progress.part(0.0, 0.2))
    risks = {risk.id: risk for risk in evaluate(plan.case, zone).structures}
    name = f"{zone.digest}, {FINE_MM:g} mm, {_WAY}"
    if name not in kept:
        kept[name] = recomputed(plan, zone, progress.part(0.2, 1.0))
        if keep is not None:
            with keep.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"plan": plan.words, "of": name, "figures": kept[name]}) + "\n")
    table = load_thresholds()
    return [
        Pair(
            plan=plan.words, name=s.name, kind=s.kind, mode=zone.mode,
            told=told_felt(risks[s.id]), exact=graded(s.kind, zone.mode, kept[name][s.id], table),
        )
        for s, _ in judged(plan.case)
    ]  # fmt: skip


def recomputed(plan: RandomPlan, zone: PredictedZone, progress: Progress) -> dict[str, Figures]:
    """Return what every structure of a plan feels on the fine grid, by id.

    Parameters
    ----------
    plan : RandomPlan
    zone : PredictedZone
        What the program predicts; its fields are not looked at.
    progress : Progress
    """
    box = services.simulated_box(plan.case, plan.volume, FINE_MM)
    result = solve(services.to_the_end(plan.case, services.thermal_request(plan.case, box)), progress)
    doses = None if result.is_cold else result.cem43_min
    fine = replace(zone, grid=result.grid, extreme_c=result.extreme_c, cem43_min=doses)
    return {s.id: figures_of(tube, fine, plan.case.plan.probes) for s, tube in judged(plan.case)}


def _read(keep: Path | None) -> Kept:
    if keep is None or not keep.exists():
        return {}
    lines = [json.loads(line) for line in keep.read_text(encoding="utf-8").splitlines()]
    return {line["of"]: {key: tuple(figures) for key, figures in line["figures"].items()} for line in lines}
