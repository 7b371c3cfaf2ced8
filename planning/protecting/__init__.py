"""What to protect and with what, where to watch, and when to stop: every proposal is tried in the thermal engine first."""

from planning.protecting.advice import ProtectionAdvice, advise, first_look
from planning.protecting.needs import ProtectionNeed
from planning.protecting.pockets import PocketProposal
from planning.protecting.stopping import StopRule
from planning.protecting.trials import Difference
from planning.protecting.watching import WatchPlace

__all__ = [
    "Difference",
    "PocketProposal",
    "ProtectionAdvice",
    "ProtectionNeed",
    "StopRule",
    "WatchPlace",
    "advise",
    "first_look",
]
