"""What a report is made of."""

from __future__ import annotations

from dataclasses import dataclass

from imaging.volume import Volume
from planning.evaluation import Verdict
from planning.model import Case
from planning.model.zone import PredictedZone


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ReportInput:
    """Everything a report shows.

    Attributes
    ----------
    case : Case
    volume : Volume
    zone : PredictedZone
        Physics, and belonging to the case.
    verdict : Verdict
        Of that zone.
    with_identity : bool
        Whether the case's name may stand on the pages. The patient's name is never known here.
    """

    case: Case
    volume: Volume
    zone: PredictedZone
    verdict: Verdict
    with_identity: bool = False
