"""Is the engine right? Closed forms and reference zones as rows of a table."""

from planning.thermal.verification.rows import VerificationRow, thermal_rows

__all__ = ["VerificationRow", "thermal_rows"]
