"""Is the engine right? Closed forms, independent finite elements and published measurements as rows of a table."""

from planning.thermal.verification.report import Verification, verify
from planning.thermal.verification.rows import Comparison, VerificationRow

__all__ = ["Comparison", "Verification", "VerificationRow", "verify"]
