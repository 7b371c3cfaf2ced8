"""Outline a structure in a slice by clicks along its edge: a live wire, or the line of one density through a border."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from app.controllers.session import Session
from app.representations.primitives import Path, Primitive, Stroke, ring
from app.representations.slice_plane import Plane, SliceFrame
from app.tools.base import SliceEvent, Tool
from app.tools.target import painted_target, target_colour
from imaging.errors import DomainError, ImagingError
from imaging.geometry import Floats, VoxelGrid
from imaging.labels import Mask
from imaging.progress import Progress
from imaging.segmentation.edge_trace import fill_outline, level_line, live_wire
from planning.errors import PlanError

_CLOSE_PX = 9.0
_SAME_SLICE_MM = 0.05
# An outline lies in voxels of one slice; farther off than this it would leave what the view shows.
_STRAIGHT_DEG = 3.0


class OutlineTool(Tool):
    """Click along an edge; what the closed line encloses is filled in this slice, or with Shift taken away."""

    name = "outline"
    hint = (
        "Click along an edge: the line snaps to it. Click the first point again, or Enter, to fill; with Shift to take away. "
        "Ctrl+click on a border fills the whole line of its density. Backspace takes a point back, Esc forgets all."
    )
    double_click_finishes = True

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._points: list[Floats] = []
        self._wires: list[Floats | None] = []
        self._mouse_mm: Floats | None = None
        self._ahead: Floats | None = None
        self._level: Floats | None = None
        self._at_start = False
        self._plane = Plane.AXIAL
        self._axis = 0
        self._filling = False

    # ---------------------------------------------------------------- gestures

    def press(self, event: SliceEvent) -> None:
        volume = self.session.volume
        if volume is None or self._filling:
            return
        try:
            if not volume.grid.contains(event.lps_mm):
                raise ImagingError("The point lies outside the CT.", code="point-outside")
            if not self._points:
                self._begin(event, volume.grid)
            elif not self._in_slice(event.frame):
                raise PlanError(
                    "The outline was begun in another slice.", code="outline-elsewhere",
                    hint="Go on there, close it with Enter, or forget it with Esc.",
                )  # fmt: skip
            elif self._closable(event):
                self._close(event.shift)
            else:
                self._add(event.lps_mm)
        except DomainError as error:
            self.session.refused.emit(error)

    def move(self, event: SliceEvent, pressed: bool) -> None:
        if self._filling:
            return
        self._mouse_mm, self._at_start = event.lps_mm, self._closable(event)
        if self._points and self._in_slice(event.frame):
            self._trace()
        elif event.control and not self._points:
            self._look_for_level(event)
        elif self._level is not None:
            self._level = None
            self.view.changed.emit()

    def finish(self, shift: bool = False) -> None:
        laid_down = self.view.tool != self.name
        if self._points and not self._filling and not (laid_down and len(self._points) < 3):
            self._close(shift)

    def take_back(self) -> None:
        if self._points and not self._filling:
            self._points.pop()
            self._wires = self._wires[: max(len(self._points) - 1, 0)]
            self._ahead = None
            self._trace()
            self.view.changed.emit()

    def cancel(self) -> None:
        self._forget()
        self.view.changed.emit()

    def preview(self, frame: SliceFrame) -> list[Primitive]:
        if frame.plane is not self._plane:
            return []
        colour = target_colour(self.session)
        marks: list[Primitive] = []
        if self._level is not None:
            dashed = Stroke(colour=colour, width_px=1.5, dash_px=(4, 3))
            marks.append(Path(lines=(frame.to_px(self._level),), closed=True, stroke=dashed))
        if not self._points:
            return marks
        # In other slices it is faint, so that it is found again.
        opacity = 1.0 if self._in_slice(frame) else 0.3
        for (start, stop), wire in zip(pairwise(self._points), self._wires, strict=True):
            way = np.array([start, stop]) if wire is None else wire
            marks.append(Path(lines=(frame.to_px(way),), stroke=Stroke(colour=colour, width_px=2, opacity=opacity)))
        if self._ahead is not None and opacity == 1.0:
            dashed = Stroke(colour=colour, width_px=1.5, dash_px=(4, 3))
            marks.append(Path(lines=(frame.to_px(self._ahead),), stroke=dashed))
        for n, point in enumerate(self._points):
            x, y = (float(v) for v in frame.to_px(point))
            edge = Stroke(colour=colour, width_px=1.5, opacity=opacity)
            size_px = 3.0 if n else _CLOSE_PX if self._at_start else 5.0
            marks.append(ring(x, y, size_px, edge, fill=None if n == 0 else colour))
        return marks

    # ---------------------------------------------------------------- the outline

    def _begin(self, event: SliceEvent, grid: VoxelGrid) -> None:
        axis = axis_across(grid, event.frame)
        if painted_target(self.session) is None:
            return
        self._plane, self._axis = event.frame.plane, axis
        if event.control:
            self._fill_level(event.lps_mm, erase=event.shift)
        else:
            self._add(event.lps_mm)

    def _add(self, lps_mm: Floats) -> None:
        if self._points:
            self._wires.append(None)
        self._points.append(lps_mm)
        self._level = self._ahead = None
        self._trace()
        self.view.changed.emit()

    def _in_slice(self, frame: SliceFrame) -> bool:
        return frame.plane is self._plane and abs(float(frame.height_mm(self._points[0]))) < _SAME_SLICE_MM

    def _closable(self, event: SliceEvent) -> bool:
        if len(self._points) < 3 or not self._in_slice(event.frame):
            return False
        return float(np.hypot(*(event.frame.to_px(self._points[0]) - event.px))) <= _CLOSE_PX

    def _trace(self) -> None:
        """Have the wires worked out that are not known yet, and the one to the mouse; of several requests the latest counts."""
        volume, axis = self.session.volume, self._axis
        points, wires, mouse = tuple(self._points), tuple(self._wires), self._mouse_mm
        if volume is None or not points:
            return

        def work(_: Progress) -> tuple[list[Floats], Floats | None]:
            known = [
                live_wire(volume, a, b, axis) if wire is None else wire
                for (a, b), wire in zip(pairwise(points), wires, strict=True)
            ]
            inside = mouse is not None and bool(volume.grid.contains(mouse))
            return known, live_wire(volume, points[-1], mouse, axis) if inside and mouse is not None else None

        def done(found: tuple[list[Floats], Floats | None]) -> None:
            known, ahead = found
            if len(self._points) < len(points) or any(a is not b for a, b in zip(points, self._points, strict=False)):
                return
            self._wires[: len(known)] = known
            self._ahead = ahead if len(self._points) == len(points) else None
            self.view.changed.emit()

        self.session.jobs.interactive("tool", "Following the edge", work, done)

    def _close(self, erase: bool) -> None:
        volume, axis, points, wires = self.session.volume, self._axis, tuple(self._points), tuple(self._wires)
        if len(points) < 3:
            hint = "Click once around what is to be filled, then press Enter."
            error = PlanError("An outline needs three points.", code="outline-too-short", hint=hint)
            self.session.refused.emit(error)
            return
        if volume is None:
            return

        def outline() -> Floats:
            ends = zip(points, (*points[1:], points[0]), (*wires, None), strict=True)
            return np.concatenate([live_wire(volume, a, b, axis) if wire is None else wire for a, b, wire in ends])

        self._fill(outline, erase)

    def _look_for_level(self, event: SliceEvent) -> None:
        """Show the line of one density under the mouse while Ctrl is held."""
        volume, at_mm = self.session.volume, event.lps_mm
        if volume is None or not volume.grid.contains(at_mm):
            return
        try:
            axis = axis_across(volume.grid, event.frame)
        except PlanError:
            return
        plane = event.frame.plane

        def done(line: Floats | None) -> None:
            if not self._points:
                self._level, self._plane = line, plane
                self.view.changed.emit()

        self.session.jobs.interactive(
            "tool", "Following the density", lambda _: level_line(volume, at_mm, axis), done, lambda _: done(None)
        )

    def _fill_level(self, at_mm: Floats, erase: bool) -> None:
        volume, axis = self.session.volume, self._axis
        if volume is not None:
            self._fill(lambda: level_line(volume, at_mm, axis), erase)

    def _fill(self, outline: Callable[[], Floats], erase: bool) -> None:
        """Fill what a line encloses, or take it away: one step of undo."""
        target = painted_target(self.session, "There is nothing to take away from." if erase else "")
        if target is None:
            return
        self._filling, axis, volume = True, self._axis, self.session.volume

        def done(made: Mask) -> None:
            self._forget()
            if self.session.volume is volume:
                target.put(self.session, "Take outline from" if erase else "Outline", made, "outlined")
            self.view.changed.emit()

        def failed(error: DomainError) -> None:
            self._filling = False
            self.session.refused.emit(error)

        self.session.jobs.interactive(
            "tool", "Filling", lambda _: fill_outline(target.mask, outline(), axis, erase=erase), done, failed
        )

    def _forget(self) -> None:
        self._points, self._wires = [], []
        self._ahead = self._level = None
        self._filling = self._at_start = False


def axis_across(grid: VoxelGrid, frame: SliceFrame) -> int:
    """Return which axis of k, j, i runs across a slice of a view.

    Raises
    ------
    PlanError
        ``slice-oblique`` where the voxels lie oblique to the view.
    """
    along = np.abs(grid.directions.T @ frame.normal)
    nearest = int(along.argmax())
    away_deg = float(np.degrees(np.arccos(min(along[nearest], 1.0))))
    if away_deg > _STRAIGHT_DEG:
        raise PlanError(
            f"The voxels of this CT lie {away_deg:.0f}° oblique to this view.", code="slice-oblique",
            hint="An outline needs a straight slice. Use the brush, scribbles or the lasso.",
        )  # fmt: skip
    return 2 - nearest
