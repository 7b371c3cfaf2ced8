"""Place pockets of gas or fluid, and thermocouples."""

from __future__ import annotations

import numpy as np

from app.controllers.session import Session
from app.representations.primitives import Primitive, Stroke, line, ring
from app.representations.slice_plane import SliceFrame
from app.tokens import pocket_colour
from app.tools.base import SliceEvent, Tool
from imaging.geometry import Floats
from planning.catalogue.agents import agent
from planning.operations.protection import add_pocket, add_thermocouple

# A shorter drag is a click: a ball.
_LONG_MM = 3.0


class PocketTool(Tool):
    """Click for a ball, or drag for a long pocket; the panel says of what and how wide."""

    name = "pocket"
    hint = "Click for a ball of gas or fluid, or drag along its length. Esc cancels."

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._start_mm: Floats | None = None
        self._at_mm: Floats | None = None

    def press(self, event: SliceEvent) -> None:
        self._start_mm = self._at_mm = event.lps_mm

    def move(self, event: SliceEvent, pressed: bool) -> None:
        self._at_mm = event.lps_mm
        self.view.changed.emit()

    def release(self, event: SliceEvent) -> None:
        start = self._start_mm
        if start is None:
            return
        self._start_mm = None
        stop = event.lps_mm if np.linalg.norm(event.lps_mm - start) > _LONG_MM else start
        agent_id, radius_mm = self.view.agent_id, self.view.pocket_radius_mm
        if self.session.apply(
            f"Add {agent(agent_id).name}", lambda case: add_pocket(case, agent_id, start, radius_mm, stop_mm=stop)
        ):
            case = self.session.case
            if case is not None:
                self.view.select(case.plan.pockets[-1].id)
            self.view.use_tool("navigate")

    def cancel(self) -> None:
        if self._start_mm is None:
            self.view.use_tool("navigate")
        self._start_mm = None
        self.view.changed.emit()

    def preview(self, frame: SliceFrame) -> list[Primitive]:
        if self._at_mm is None:
            return []
        stroke = Stroke(colour=pocket_colour(agent(self.view.agent_id).state), width_px=1.5)
        radius_px = self.view.pocket_radius_mm / frame.mm_per_px
        ends = [self._at_mm] if self._start_mm is None else [self._start_mm, self._at_mm]
        ends = [end for end in ends if abs(float(frame.height_mm(end))) < self.view.pocket_radius_mm]
        places = [tuple(float(v) for v in frame.to_px(end)) for end in ends]
        marks: list[Primitive] = [ring(x, y, radius_px, stroke) for x, y in places]
        if len(places) == 2:
            marks.append(line(places[0], places[1], stroke))  # type: ignore[arg-type]
        return marks


class ThermocoupleTool(Tool):
    """Click where the temperature is to be watched."""

    name = "thermocouple"
    hint = "Click where the temperature is to be watched. Esc cancels."

    def press(self, event: SliceEvent) -> None:
        if self.session.apply("Add thermocouple", lambda case: add_thermocouple(case, event.lps_mm)):
            case = self.session.case
            if case is not None:
                self.view.select(case.plan.thermocouples[-1].id)
            self.view.use_tool("navigate")

    def cancel(self) -> None:
        self.view.use_tool("navigate")
