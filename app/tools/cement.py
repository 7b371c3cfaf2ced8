"""Place cement."""

from __future__ import annotations

import numpy as np

from app.controllers.session import Session
from app.representations.primitives import Primitive, Stroke, line, ring
from app.representations.slice_plane import SliceFrame
from app.tokens import cement_colour
from app.tools.base import SliceEvent, Tool
from imaging.geometry import Floats
from planning.model.cement import radius_mm
from planning.operations.cement import add_cement

# A shorter drag is a click: a ball.
_LONG_MM = 3.0


class CementTool(Tool):
    """Click for a ball, or drag for a long volume; the panel says how much of it."""

    name = "cement"
    hint = "Click for a ball of cement, or drag along its length. Esc cancels."

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
        volume_ml, minutes = self.view.cement_volume_ml, self.view.cement_minutes
        if self.session.apply(
            "Add cement", lambda case: add_cement(case, start, volume_ml, stop_mm=stop, minutes_after=minutes)
        ):
            case = self.session.case
            if case is not None:
                self.view.select(case.plan.cements[-1].id)
            self.view.use_tool("navigate")

    def cancel(self) -> None:
        if self._start_mm is None:
            self.view.use_tool("navigate")
        self._start_mm = None
        self.view.changed.emit()

    def preview(self, frame: SliceFrame) -> list[Primitive]:
        if self._at_mm is None:
            return []
        ends = [self._at_mm] if self._start_mm is None else [self._start_mm, self._at_mm]
        reach_mm = radius_mm(self.view.cement_volume_ml * 1e3, float(np.linalg.norm(ends[-1] - ends[0])))
        stroke = Stroke(colour=cement_colour(), width_px=1.5)
        near = [end for end in ends if abs(float(frame.height_mm(end))) < reach_mm]
        places = [tuple(float(v) for v in frame.to_px(end)) for end in near]
        marks: list[Primitive] = [ring(x, y, reach_mm / frame.mm_per_px, stroke) for x, y in places]
        if len(places) == 2:
            marks.append(line(places[0], places[1], stroke))  # type: ignore[arg-type]
        return marks
