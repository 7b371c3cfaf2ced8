"""Place cement."""

from __future__ import annotations

from app.tokens import cement_colour
from app.tools.span import SpanTool
from imaging.geometry import Floats
from planning.model.cement import radius_mm
from planning.operations.cement import add_cement


class CementTool(SpanTool):
    """Click for a ball, or drag for a long volume; the panel says how much of it."""

    name = "cement"
    hint = "Click for a ball of cement, or drag along its length. Esc cancels."

    def place(self, start_mm: Floats, stop_mm: Floats) -> str | None:
        volume_ml, minutes = self.view.cement_volume_ml, self.view.cement_minutes
        done = self.session.apply(
            "Add cement", lambda case: add_cement(case, start_mm, volume_ml, stop_mm=stop_mm, minutes_after=minutes)
        )
        case = self.session.case
        return case.plan.cements[-1].id if done and case is not None else None

    def radius_mm(self, length_mm: float) -> float:
        return radius_mm(self.view.cement_volume_ml * 1e3, length_mm)

    def colour(self) -> str:
        return cement_colour()
