"""Move the crosshair; take probes, pockets, cement, thermocouples and measurements."""

from __future__ import annotations

from app.controllers.session import Session
from app.representations.primitives import Primitive
from app.representations.slice_plane import SliceFrame
from app.tools.base import SliceEvent, Tool
from app.tools.grabs import Grab, grab_under
from app.tools.snaps import snapped_mark, snapping
from app.view_state import Step
from imaging.geometry import Floats
from planning.errors import PlanError


class NavigateTool(Tool):
    """Click or drag: the crosshair. Drag an end or the shaft of a probe, a pocket, cement, a thermocouple or a measurement: that."""

    name = "navigate"
    hint = "Click to move the crosshair. Drag a probe by its tip, entry or shaft, with Shift along its axis, with Ctrl about its tip; a pocket, cement or thermocouple by its middle; a measurement by its points or lines."
    on_any_plane = True

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._grabbed: tuple[Grab, Floats] | None = None
        self._held = self._moved = False
        self._mouse: Floats | None = None

    def preview(self, frame: SliceFrame) -> list[Primitive]:
        held = self._grabbed is not None and self._moved
        return snapped_mark(self.view.snapped_to, frame, self._mouse) if held else []

    def press(self, event: SliceEvent) -> None:
        case, volume = self.session.case, self.session.volume
        grab = None
        if case is not None and volume is not None:
            grab = grab_under(event, case, self.view.selected, volume, self.view.hidden, snapping(self.session))
        if grab is None:
            self.view.set_crosshair(event.lps_mm)
            return
        if grab.of_plan and self.view.step is Step.CASE:
            self.view.go_to(Step.PROBES)
        self.view.select(grab.id)
        try:
            grab.require_free()
        except PlanError as error:
            # Told once, when it is taken hold of, and not for every step of the mouse.
            self.session.refused.emit(error)
            self._held = True
            return
        self._grabbed, self._moved = (grab, event.lps_mm), False
        # No zone waits for a measurement.
        self.session.dragging = grab.of_plan

    def move(self, event: SliceEvent, pressed: bool) -> None:
        if not pressed or self._held:
            return
        if self._grabbed is None:
            self.view.set_crosshair(event.lps_mm)
            return
        grab, start_mm = self._grabbed
        self._mouse = event.lps_mm
        words, operation, self._moved = f"drag {grab.words}", grab.moved(event.lps_mm - start_mm), True
        if grab.of_plan:
            self.session.drag(grab.words, operation, words)
        else:
            self.session.apply(grab.words, operation, words)

    def release(self, event: SliceEvent) -> None:
        self._held = False
        self._let_go()

    def cancel(self) -> None:
        if self._grabbed is None:
            self.view.select("")
            return
        self._let_go()
        if self._moved:
            self.session.undo()

    def _let_go(self) -> None:
        if self._grabbed is None:
            return
        grab, self._grabbed = self._grabbed[0], None
        self.view.snapped_to = ""
        if grab.of_plan:
            self.session.end_drag()
        elif self.session.store is not None:
            self.session.store.end_merge()
