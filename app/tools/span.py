"""Place what is a ball by a click, or long by a drag."""

from __future__ import annotations

import numpy as np

from app.controllers.session import Session
from app.representations.primitives import Primitive, Stroke, line, ring
from app.representations.slice_plane import SliceFrame
from app.tools.base import SliceEvent, Tool
from imaging.geometry import Floats

# A shorter drag is a click: a ball.
_LONG_MM = 3.0


class SpanTool(Tool):
    """Click for a ball, or drag along its length; what is placed is the concern of the tools derived from it."""

    on_any_plane = True

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
        placed = self.place(start, event.lps_mm if np.linalg.norm(event.lps_mm - start) > _LONG_MM else start)
        if placed is not None:
            self.view.select(placed)
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
        radius_mm = self.radius_mm(float(np.linalg.norm(ends[-1] - ends[0])))
        stroke = Stroke(colour=self.colour(), width_px=1.5)
        near = [end for end in ends if abs(float(frame.height_mm(end))) < radius_mm]
        places = [tuple(float(v) for v in frame.to_px(end)) for end in near]
        marks: list[Primitive] = [ring(x, y, radius_mm / frame.mm_per_px, stroke) for x, y in places]
        if len(places) == 2:
            marks.append(line(places[0], places[1], stroke))  # type: ignore[arg-type]
        return marks

    def place(self, start_mm: Floats, stop_mm: Floats) -> str | None:
        """Add it to the plan between two points, one for a ball; returns its id, or None if it was refused."""
        raise NotImplementedError

    def radius_mm(self, length_mm: float) -> float:
        """Return its radius, for the length that is being dragged."""
        raise NotImplementedError

    def colour(self) -> str:
        """Return the colour it is drawn in."""
        raise NotImplementedError
