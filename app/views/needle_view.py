"""Slices along and across a needle, which follow it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.controllers.needle import needle_aim
from app.controllers.session import Session
from app.representations.needle_aim import NeedleAim
from app.representations.needle_marks import apart_marks, depth_line_px, planes_and_cone, turning_arms
from app.representations.primitives import Primitive
from app.representations.scene import Scene
from app.representations.slice_plane import NeedlePlane, SliceFrame
from app.tools.grabs import grab_under
from app.views.slice_view import Lens, SliceView, ToolHolder

_TURN_DEG, _STEP_MM = 3.0, 1.0
_LINE_PX = 5.0
# Nearer to the shaft than this a turning line is not taken: a pixel there would be a wide turn.
_ARM_FROM_PX = 24.0
_AROUND_MM, _ACROSS_MM = 26.0, 90.0
_BRIEF_BELOW_PX = 600


class NeedleView(SliceView):
    """A slice along a needle's shaft, hub up, or across it, seen from the hub.

    The wheel turns a plane along the shaft about it, and moves the plane across along it; the dashed lines do the same by
    dragging. While something is dragged in the view the plane stays as it was when the mouse went down, or the place under the
    mouse would run away from it; the other views follow.

    Parameters
    ----------
    plane : NeedlePlane
    session : Session
    holder : ToolHolder
    lens : Lens
        Shared by the two views along the shaft, so that they keep one scale of depth.
    parent : QWidget, optional
    """

    def __init__(
        self, plane: NeedlePlane, session: Session, holder: ToolHolder, lens: Lens, parent: QWidget | None = None
    ) -> None:
        super().__init__(plane, session, holder, parent, lens=lens)
        self._needle_plane = plane
        self._kept: SliceFrame | None = None
        self._moving: Callable[[QPointF], None] | None = None
        self._leads = False
        self.setAccessibleName(f"Slice {plane.value} the needle")

    @property
    def aim(self) -> NeedleAim | None:
        """What the view looks at now."""
        return needle_aim(self._session)

    @property
    def frame(self) -> SliceFrame | None:
        """What the view shows now; None without a CT or a probe."""
        if self._kept is not None:
            return self._kept
        aim = self.aim
        if self._session.volume is None or aim is None:
            return None
        right, down = aim.axes(self._needle_plane)
        pan_right, pan_down = self.lens.pan_mm
        return SliceFrame(
            plane=self._needle_plane, centre_mm=aim.middle_mm(self._needle_plane) + pan_right * right + pan_down * down,
            right=right, down=down, width_px=self.width(), height_px=self.height(), mm_per_px=self.lens.mm_per_px,
        )  # fmt: skip

    @property
    def takes_tool(self) -> bool:
        return self._holder.tool.on_any_plane

    @property
    def _straight_again(self) -> str:
        return "Go back to four views (N)."

    @property
    def leads(self) -> bool:
        return self._leads or super().leads

    @property
    def heading(self) -> str:
        aim = self.aim
        return "" if aim is None else aim.title(self._needle_plane, brief=self.width() < _BRIEF_BELOW_PX)

    def reset(self) -> None:
        """Show the whole shaft, or the surroundings of the plane across it."""
        aim = self.aim
        length_mm = _ACROSS_MM
        if aim is not None and self._needle_plane is not NeedlePlane.ACROSS:
            length_mm = aim.probe.depth_mm + 2 * _AROUND_MM
        self.lens.pan_mm = np.zeros(2)
        self.lens.mm_per_px = length_mm / max(self.height(), 100)
        self._kept = None
        self._show_framed()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.reset()

    def _bring_into_sight(self) -> None:
        """Have the plane across go to the depth of the place that was asked for; the planes along show every depth."""
        aim = self.aim
        if aim is not None and self._needle_plane is NeedlePlane.ACROSS:
            away_mm = np.asarray(self._view.crosshair_mm) - aim.probe.tip_mm
            self._view.look_across(float(away_mm @ aim.probe.direction))

    def _under_plan(self, scene: Scene, frame: SliceFrame) -> list[Primitive]:
        aim = self.aim
        if aim is None:
            return []
        marks = planes_and_cone(aim, frame)
        if self._needle_plane is NeedlePlane.ACROSS:
            marks += apart_marks(aim, scene.case.plan.probes, frame)
        return marks

    def scroll_slices(self, count: int) -> None:
        """Turn about the shaft, or go along it: up is towards the hub."""
        aim = self.aim
        if aim is None:
            return
        if self._needle_plane is NeedlePlane.ACROSS:
            self._lead(lambda: self._view.look_across(aim.above_tip_mm + count * _STEP_MM))
        else:
            self._lead(lambda: self._view.turn_needle(aim.turned_deg + count * _TURN_DEG))

    def _lead(self, change: Callable[[], None]) -> None:
        """Change what the views look at, and have this one painted first."""
        self._leads = True
        try:
            change()
        finally:
            self._leads = False

    # ---------------------------------------------------------------- mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        frame, left = self.frame, event.button() is Qt.MouseButton.LeftButton
        if frame is None:
            return
        if left and self.takes_tool:
            self._moving = self._line_under(event)
            if self._moving is not None:
                return
            self._kept = frame
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._moving is not None:
            moving = self._moving
            self._lead(lambda: moving(event.position()))
            return
        if self._drag is None and self._holder.tool.name == "navigate" and self.frame is not None:
            over_line = self._line_under(event) is not None
            shape = Qt.CursorShape.ArrowCursor
            if over_line:
                across = self._needle_plane is NeedlePlane.ACROSS
                shape = Qt.CursorShape.PointingHandCursor if across else Qt.CursorShape.SizeVerCursor
            self.setCursor(shape)
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._moving = None
        super().mouseReleaseEvent(event)
        if self._kept is not None:
            self._kept = None
            self.update()

    def _line_under(self, event: QMouseEvent) -> Callable[[QPointF], None] | None:
        """What dragging the line under the mouse does; None where there is none, or a probe to be taken instead."""
        frame, aim = self.frame, self.aim
        case, volume = self._session.case, self._session.volume
        if self._holder.tool.name != "navigate" or frame is None or aim is None or case is None or volume is None:
            return None
        if grab_under(self.slice_event(event), case, self._view.selected, volume, self._view.hidden) is not None:
            return None
        if self._needle_plane is NeedlePlane.ACROSS:
            return self._turning(event.position(), aim, frame)
        if abs(event.position().y() - depth_line_px(aim, frame)) > _LINE_PX:
            return None
        return self._go_across

    def _go_across(self, at: QPointF) -> None:
        frame, aim = self.frame, self.aim
        if frame is not None and aim is not None:
            away_mm = frame.to_lps([at.x(), at.y()]) - aim.probe.tip_mm
            self._view.look_across(float(away_mm @ aim.probe.direction))

    def _turning(self, at: QPointF, aim: NeedleAim, frame: SliceFrame) -> Callable[[QPointF], None] | None:
        centre = frame.to_px(aim.across_mm)
        out = np.array([at.x(), at.y()]) - centre
        if np.hypot(*out) < _ARM_FROM_PX:
            return None
        if all(abs(out[0] * arm[1] - out[1] * arm[0]) > _LINE_PX for arm in turning_arms(aim, frame).values()):
            return None
        began_deg, turned_deg = np.degrees(np.arctan2(out[1], out[0])), aim.turned_deg

        def turn(now: QPointF) -> None:
            x, y = now.x() - centre[0], now.y() - centre[1]
            self._view.turn_needle(turned_deg + float(np.degrees(np.arctan2(y, x)) - began_deg))

        return turn
