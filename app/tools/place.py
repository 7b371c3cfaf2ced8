"""Place a probe: first the target, then the entry."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from app.controllers.session import Session
from app.representations.primitives import Primitive, Stroke, line, ring
from app.representations.slice_plane import SliceFrame
from app.tokens import dash, needle_colour
from app.tools.base import SliceEvent, Tool
from app.tools.snaps import snapped_mark, snapping
from imaging.geometry import Floats
from planning.errors import PlanError
from planning.model import Case
from planning.operations.probes import add_probe
from planning.trajectory.aiming import entry_at_angles
from planning.trajectory.skin_entry import entry_on_skin, require_target


class PlaceProbeTool(Tool):
    """Click the target, then the entry; the entry is set on the skin along the line between them."""

    name = "probe"
    hint = (
        "Click the target, then click towards the entry: it is set on the skin. E and T do the same at the crosshair."
    )
    on_any_plane = True

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._target_mm: Floats | None = None
        self._mouse: Floats | None = None

    def press(self, event: SliceEvent) -> None:
        if self._target_mm is None:
            self.set_target(event.lps_mm)
        else:
            self.set_entry(event.lps_mm)

    def move(self, event: SliceEvent, pressed: bool) -> None:
        self._mouse = event.lps_mm
        if self._target_mm is not None:
            self.view.changed.emit()

    def cancel(self) -> None:
        self._target_mm = None
        self.view.changed.emit()

    def set_target(self, lps_mm: Floats) -> None:
        """Fix the target; the next point is the entry. One that cannot be a target is refused before an entry is asked for."""
        try:
            if self.session.volume is not None:
                require_target(self.session.volume, lps_mm)
        except PlanError as error:
            self.session.refused.emit(error)
            return
        self._target_mm = np.asarray(lps_mm, float)
        self.view.set_crosshair(lps_mm)
        self.view.changed.emit()

    def set_entry(self, lps_mm: Floats) -> None:
        """Fix the entry side, and place the probe."""
        volume, target = self.session.volume, self._target_mm
        if target is not None and volume is not None:
            towards = snapping(self.session)(target, np.asarray(lps_mm, float))
            self._place(target, lambda: entry_on_skin(volume, target, towards))

    def set_angles(self) -> None:
        """Place the probe at the angles set, its target where one was clicked, or else at the crosshair."""
        if self._target_mm is None:
            self.set_target(np.array(self.view.crosshair_mm))
        volume, target = self.session.volume, self._target_mm
        if target is not None and volume is not None:
            angles_deg, anterior = self.view.aim_deg, self.view.aim_anterior
            self._place(target, lambda: entry_at_angles(volume, target, *angles_deg, anterior=anterior))

    def _place(self, target: Floats, entry: Callable[[], Floats]) -> None:
        def place(case: Case) -> Case:
            return add_probe(case, self.view.device_id, entry(), target)

        if self.session.apply("Add probe", place):
            self._target_mm, self.view.snapped_to = None, ""
            case = self.session.case
            if case is not None:
                self.view.select(case.plan.probes[-1].id)
            self.view.use_tool("navigate")

    def preview(self, frame: SliceFrame) -> list[Primitive]:
        if self._target_mm is None:
            return []
        x, y = (float(v) for v in frame.to_px(self._target_mm))
        edge = Stroke(colour=needle_colour(), width_px=1.5)
        marks: list[Primitive] = [ring(x, y, 6, edge)]
        if self._mouse is not None:
            towards = snapping(self.session)(self._target_mm, self._mouse)
            mx, my = (float(v) for v in frame.to_px(towards))
            marks.append(line((x, y), (mx, my), Stroke(colour=needle_colour(), dash_px=dash("projected_needle"))))
            marks += snapped_mark(self.view.snapped_to, frame, towards)
        return marks
