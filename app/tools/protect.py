"""Place pockets of gas or fluid, and thermocouples."""

from __future__ import annotations

from app.tokens import pocket_colour
from app.tools.base import SliceEvent, Tool
from app.tools.span import SpanTool
from imaging.geometry import Floats
from planning.catalogue.agents import agent
from planning.operations.protection import add_pocket, add_thermocouple


class PocketTool(SpanTool):
    """Click for a ball, or drag for a long pocket; the panel says of what and how wide."""

    name = "pocket"
    hint = "Click for a ball of gas or fluid, or drag along its length. Esc cancels."

    def place(self, start_mm: Floats, stop_mm: Floats) -> str | None:
        agent_id, radius_mm = self.view.agent_id, self.view.pocket_radius_mm
        done = self.session.apply(
            f"Add {agent(agent_id).name}",
            lambda case: add_pocket(case, agent_id, start_mm, radius_mm, stop_mm=stop_mm),
        )
        case = self.session.case
        return case.plan.pockets[-1].id if done and case is not None else None

    def radius_mm(self, length_mm: float) -> float:
        return self.view.pocket_radius_mm

    def colour(self) -> str:
        return pocket_colour(agent(self.view.agent_id).state)


class ThermocoupleTool(Tool):
    """Click where the temperature is to be watched."""

    name = "thermocouple"
    hint = "Click where the temperature is to be watched. Esc cancels."
    on_any_plane = True

    def press(self, event: SliceEvent) -> None:
        if self.session.apply("Add thermocouple", lambda case: add_thermocouple(case, event.lps_mm)):
            case = self.session.case
            if case is not None:
                self.view.select(case.plan.thermocouples[-1].id)
            self.view.use_tool("navigate")

    def cancel(self) -> None:
        self.view.use_tool("navigate")
