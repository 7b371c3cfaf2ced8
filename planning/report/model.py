"""What a report is made of, and what may not be reported."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from imaging.volume import Volume
from planning.ensemble.findings import Sureness
from planning.errors import PlanError
from planning.evaluation import Verdict
from planning.evaluation.cement import CementVerdict
from planning.model import Case
from planning.model.zone import Fidelity, PredictedZone
from planning.protecting import ProtectionAdvice


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ReportInput:
    """Everything a report shows.

    Attributes
    ----------
    case : Case
    case_digest : str
        The digest a prediction of this case must carry to be current.
    volume : Volume
    zone : PredictedZone
        Physics, and belonging to the case.
    verdict : Verdict
        Of that zone.
    with_identity : bool
        Whether the case's name and the series' identifiers may stand on the pages. The patient's name is never
        known here.
    sureness : Sureness or None
        What many runs with other values say; None where they were not made.
    cement : CementVerdict or None
        What the plan's cement does; None where it was not predicted.
    advice : ProtectionAdvice or None
        What protects, tried in the engine; None where it was not tried.
    made_on : date
    """

    case: Case
    case_digest: str
    volume: Volume
    zone: PredictedZone
    verdict: Verdict
    with_identity: bool = False
    sureness: Sureness | None = None
    cement: CementVerdict | None = None
    advice: ProtectionAdvice | None = None
    made_on: date = field(default_factory=date.today)


def require_reportable(given: ReportInput) -> None:
    """Refuse to report a result that is not the plan's own, or not from the physics.

    Raises
    ------
    PlanError
        ``zone-stale`` or ``zone-not-physics``.
    """
    if {given.zone.digest, given.verdict.zone_digest} != {given.case_digest}:
        raise PlanError(
            "The predicted zone does not belong to the plan as it is now; a stale result is not reported.",
            code="zone-stale",
            hint="Solve the plan again first.",
        )
    if given.zone.fidelity is not Fidelity.PHYSICS or given.verdict.fidelity != Fidelity.PHYSICS.value:
        raise PlanError(
            f"Only the {given.zone.fidelity.value} of the zone is there; a report needs the physics.",
            code="zone-not-physics",
            hint="Wait for the physics to settle, or solve the plan.",
        )
