"""The search for plans of several probes."""

from __future__ import annotations

from imaging.progress import Progress
from imaging.volume import Volume
from planning.catalogue.rules import PathRules
from planning.model.case import Case
from planning.optimise.plans import Proposal
from planning.optimise.request import OptimiseRequest


def propose_plans(
    case: Case, volume: Volume, request: OptimiseRequest, progress: Progress, rules: PathRules | None = None
) -> Proposal:
    """Return the plans that a search came to."""
    raise NotImplementedError
