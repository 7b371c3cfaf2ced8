"""One thing that a verdict says."""

from __future__ import annotations

from dataclasses import dataclass

from planning.model.judgement import Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskFinding:
    """One sentence with its subject and number, its reason, and the structure it is about."""

    judgement: Judgement
    sentence: str
    reason: str
    structure_id: str = ""
