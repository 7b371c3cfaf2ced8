"""Plans of several probes: searched on a coarse grid, confirmed by the thermal engine."""

from planning.optimise.plans import Proposal, ProposedPlan, Reached, taken
from planning.optimise.propose import propose_plans
from planning.optimise.request import MOST_PROBES, OptimiseRequest

__all__ = ["MOST_PROBES", "OptimiseRequest", "Proposal", "ProposedPlan", "Reached", "propose_plans", "taken"]
