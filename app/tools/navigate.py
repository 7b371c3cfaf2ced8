"""Move the crosshair; take probes by their ends or shaft."""

from __future__ import annotations

import numpy as np

from app.representations.slice_plane import SliceFrame
from app.tools.base import SliceEvent, Tool
from app.view_state import Step
from imaging.geometry import Floats
from planning.model.case import Probe
from planning.operations.probes import move_probe

_GRAB_PX = 10.0
# An end is taken through the slice only if it is near the slice, or the probe is selected.
_GRAB_MM = 6.0


class NavigateTool(Tool):
    """Click or drag: the crosshair. Drag an end or the shaft of a probe: the probe."""

    name = "navigate"
    hint = "Click to move the crosshair. Drag a probe by its tip, entry or shaft."

    def __init__(self, session) -> None:  # type: ignore[no-untyped-def]
        super().__init__(session)
        self._grabbed: tuple[str, str, Floats] | None = None
        self._start: tuple[Floats, Probe] | None = None

    def press(self, event: SliceEvent) -> None:
        grabbed = self._probe_under(event)
        if grabbed is None:
            self.view.set_crosshair(event.lps_mm)
            return
        probe, part = grabbed
        self._grabbed = (probe.id, part, event.lps_mm)
        self._start = (event.lps_mm, probe)
        self.session.dragging = True
        self.view.select(probe.id)

    def move(self, event: SliceEvent, pressed: bool) -> None:
        if not pressed:
            return
        if self._grabbed is None or self._start is None:
            self.view.set_crosshair(event.lps_mm)
            return
        probe_id, part, _ = self._grabbed
        start_mm, probe = self._start
        shift_mm = event.lps_mm - start_mm
        entry = np.asarray(probe.entry_mm) + (shift_mm if part in ("entry", "shaft") else 0)
        tip = np.asarray(probe.tip_mm) + (shift_mm if part in ("tip", "shaft") else 0)
        words = {"tip": "tip", "entry": "entry", "shaft": "shaft"}[part]
        self.session.drag(
            f"Move {probe.name} {words}",
            lambda case: move_probe(case, probe_id, entry_mm=entry, tip_mm=tip),
            f"drag {probe_id} {part}",
        )

    def release(self, event: SliceEvent) -> None:
        if self._grabbed is not None:
            self._grabbed = self._start = None
            self.session.end_drag()

    def cancel(self) -> None:
        if self._grabbed is not None:
            self._grabbed = self._start = None
            self.session.end_drag()
            self.session.undo()
        else:
            self.view.select("")

    def _probe_under(self, event: SliceEvent) -> tuple[Probe, str] | None:
        case = self.session.case
        if case is None:
            return None
        found: list[tuple[float, Probe, str]] = []
        for probe in case.plan.probes:
            selected = probe.id == self.view.selected
            for part, point in (("tip", probe.tip_mm), ("entry", probe.entry_mm)):
                near = abs(float(event.frame.height_mm(point))) <= _GRAB_MM or selected
                distance_px = float(np.hypot(*(event.frame.to_px(point) - event.px)))
                if near and distance_px <= _GRAB_PX:
                    found.append((distance_px - _GRAB_PX, probe, part))
            distance_px = _to_shaft_px(probe, event.frame, event.px)
            if distance_px <= _GRAB_PX / 2:
                found.append((distance_px, probe, "shaft"))
        if not found:
            return None
        _, probe, part = min(found, key=lambda f: f[0])
        self.view.go_to(Step.PROBES) if self.view.step is Step.CASE else None
        return probe, part


def _to_shaft_px(probe: Probe, frame: SliceFrame, px: tuple[float, float]) -> float:
    """Distance in pixels from the mouse to the part of the shaft that lies near the slice."""
    at = np.linspace(0, 1, 120)[:, None]
    lps = np.asarray(probe.tip_mm) * (1 - at) + np.asarray(probe.entry_mm) * at
    near = np.abs(frame.height_mm(lps)) <= _GRAB_MM
    if not near.any():
        return float("inf")
    return float(np.hypot(*(frame.to_px(lps[near]) - px).T).min())
