"""Everything that is proposed to protect in one plan, with what its own protection does."""

from __future__ import annotations

from dataclasses import dataclass, replace

from imaging.progress import Progress, no_progress
from imaging.structures import StructureKind
from imaging.volume import Volume
from planning.catalogue.own_thresholds import load_thresholds
from planning.catalogue.thresholds import Level
from planning.errors import PlanError
from planning.evaluation import Verdict
from planning.evaluation.structures import surface_points
from planning.model.case import Case
from planning.model.zone import Fidelity, PredictedZone
from planning.protecting.needs import ProtectionNeed, protection_needs
from planning.protecting.pockets import PocketProposal, propose_pockets
from planning.protecting.stopping import StopRule, stop_rules
from planning.protecting.trials import Difference, Trials
from planning.protecting.watching import WatchPlace, watch_places
from planning.services import prediction_digest, require_same_ct

_TOLD_K = 0.5
"""Smaller changes are within what long steps leave open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionAdvice:
    """What is proposed to protect.

    Attributes
    ----------
    needs : tuple of ProtectionNeed
        What calls for protection, the gravest first.
    pockets : tuple of PocketProposal
        What helps, tried in the engine.
    helpless : tuple of str
        Ids of structures that no pocket tried helps: they lie in bone, or nothing gives way beside them.
    watch : tuple of WatchPlace
    stops : tuple of StopRule
    differences : tuple of Difference
        What the plan's own pockets do; the largest first.
    digest : str
        The prediction it rests on.
    tried : bool
        Pockets and moments to stop were tried in the engine; before that only what the verdict shows is said.
    """

    needs: tuple[ProtectionNeed, ...]
    watch: tuple[WatchPlace, ...]
    pockets: tuple[PocketProposal, ...] = ()
    helpless: tuple[str, ...] = ()
    stops: tuple[StopRule, ...] = ()
    differences: tuple[Difference, ...] = ()
    digest: str
    tried: bool = False


def first_look(case: Case, zone: PredictedZone, verdict: Verdict) -> ProtectionAdvice:
    """Return what calls for protection and where to watch, from the verdict alone; well within a second.

    Raises
    ------
    PlanError
        ``zone-stale`` or ``zone-not-physics``.
    """
    _check(case, zone, verdict)
    needs = protection_needs(case, zone, verdict)
    limits = load_thresholds().of(StructureKind.ROOT, zone.mode)
    alarm = limits.at(Level.ALARM) if limits else None
    alarm_c = alarm.temperature_c if alarm else None
    return ProtectionAdvice(needs=needs, watch=watch_places(case, zone, needs, alarm_c), digest=zone.digest)


def advise(
    case: Case, volume: Volume, zone: PredictedZone, verdict: Verdict, progress: Progress | None = None
) -> ProtectionAdvice:
    """Return what protects a plan, where to watch and when to stop; some seconds.

    Parameters
    ----------
    case : Case
        With at least one probe.
    volume : Volume
        The CT the case refers to.
    zone : PredictedZone
        Its settled physics.
    verdict : Verdict
        Of that zone.
    progress : Progress, optional

    Raises
    ------
    PlanError
        ``zone-stale`` or ``zone-not-physics``; another CT.
    SolverError, Cancelled
    """
    progress = progress or no_progress()
    require_same_ct(case, volume)
    seen = first_look(case, zone, verdict)
    if not (seen.needs or case.plan.pockets or case.plan.thermocouples):
        return replace(seen, tried=True)
    places = {r.id: surface_points(case.structure(r.id).shape) for r in verdict.structures if r.exposure is not None}
    inside = {name: points[zone.grid.contains(points)] for name, points in places.items()}
    trials = Trials(case, volume, zone, {name: points for name, points in inside.items() if len(points)})
    needed = tuple(n for n in seen.needs if len(inside[n.risk.id]))
    proposals, helpless = propose_pockets(case, zone, needed, trials, progress.part(0.05, 0.6))
    return replace(
        seen,
        pockets=proposals,
        helpless=helpless,
        stops=stop_rules(case, zone, verdict, trials, progress.part(0.6, 0.95)),
        differences=_differences(case, trials, progress.part(0.95, 1.0)),
        tried=True,
    )


def _check(case: Case, zone: PredictedZone, verdict: Verdict) -> None:
    if zone.digest != prediction_digest(case) or verdict.zone_digest != zone.digest:
        raise PlanError(
            "The prediction does not belong to the plan as it is.", code="zone-stale", hint="Predict it again first."
        )
    if zone.fidelity is not Fidelity.PHYSICS:
        raise PlanError(
            "What protects is tried on the settled prediction only.",
            code="zone-not-physics",
            hint="Wait for the prediction, or run 'simulate'.",
        )


def _differences(case: Case, trials: Trials, progress: Progress) -> tuple[Difference, ...]:
    """What every structure feels without the plan's pockets, and with them."""
    if not case.plan.pockets:
        return ()
    without, with_them = trials.extremes_c((), progress), trials.as_it_is_c
    assert without is not None
    found = [
        Difference(structure_id=name, name=case.structure(name).name, without_c=c, with_c=with_them[name])
        for name, c in without.items()
        if abs(with_them[name] - c) >= _TOLD_K
    ]
    return tuple(sorted(found, key=lambda d: -abs(d.change_k)))
