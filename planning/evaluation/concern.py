"""What is wrong with one thing of a plan."""

from __future__ import annotations

from dataclasses import dataclass

from planning.model.judgement import Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanConcern:
    """What is wrong with one probe, generator, pocket or thermocouple of a plan, and why."""

    id: str
    sentence: str
    reason: str
    judgement: Judgement
