"""Move the crosshair; take probes, pockets, cement and thermocouples."""

from __future__ import annotations

from app.controllers.session import Session
from app.tools.base import SliceEvent, Tool
from app.tools.grabs import Grab, grab_under
from app.view_state import Step
from imaging.geometry import Floats
from planning.errors import PlanError


class NavigateTool(Tool):
    """Click or drag: the crosshair. Drag an end or the shaft of a probe, a pocket, cement or a thermocouple: that."""

    name = "navigate"
    hint = "Click to move the crosshair. Drag a probe by its tip, entry or shaft, with Shift along its axis, with Ctrl about its tip; a pocket, cement or thermocouple by its middle."
    on_any_plane = True

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._grabbed: tuple[Grab, Floats] | None = None
        self._held = False

    def press(self, event: SliceEvent) -> None:
        case, volume = self.session.case, self.session.volume
        grab = None if case is None or volume is None else grab_under(event, case, self.view.selected, volume)
        if grab is None:
            self.view.set_crosshair(event.lps_mm)
            return
        if self.view.step is Step.CASE:
            self.view.go_to(Step.PROBES)
        self.view.select(grab.id)
        try:
            grab.require_free()
        except PlanError as error:
            # Told once, when it is taken hold of, and not for every step of the mouse.
            self.session.refused.emit(error)
            self._held = True
            return
        self._grabbed = (grab, event.lps_mm)
        self.session.dragging = True

    def move(self, event: SliceEvent, pressed: bool) -> None:
        if not pressed or self._held:
            return
        if self._grabbed is None:
            self.view.set_crosshair(event.lps_mm)
            return
        grab, start_mm = self._grabbed
        self.session.drag(grab.words, grab.moved(event.lps_mm - start_mm), f"drag {grab.words}")

    def release(self, event: SliceEvent) -> None:
        self._held = False
        if self._grabbed is not None:
            self._grabbed = None
            self.session.end_drag()

    def cancel(self) -> None:
        if self._grabbed is not None:
            self._grabbed = None
            self.session.end_drag()
            self.session.undo()
        else:
            self.view.select("")
