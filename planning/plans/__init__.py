"""Several plans of one case: their predictions, how they compare, and who approved them."""

from planning.plans.approving import approve_plan, fallen_because, inputs_of, speaking_against, withdraw_approval
from planning.plans.comparing import Cell, ComparedRow, Comparison, approval_words, compare, devices_words
from planning.plans.zones import current_zones, plan_digests

__all__ = [
    "Cell",
    "ComparedRow",
    "Comparison",
    "approval_words",
    "approve_plan",
    "compare",
    "current_zones",
    "devices_words",
    "fallen_because",
    "inputs_of",
    "plan_digests",
    "speaking_against",
    "withdraw_approval",
]
