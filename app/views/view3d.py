"""The 3D view: turned with the left button, zoomed with the wheel; a click goes to the point or places a probe end."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.controllers.session import Session
from app.qt_painter import draw
from app.representations.furniture3d import furniture3d
from app.representations.primitives import Picture
from app.representations.scene3d import Scene3D
from app.representations.slice_plane import Plane, SliceFrame
from app.tools import SliceEvent
from app.views.slice_view import ToolHolder
from imaging.geometry import Floats
from planning.operations.probes import move_probe

_CLICK_PX = 4.0
# From above, so that a needle through the back is seen along its length.
_START_VIEW = (14.0, 34.0)
_START_HEIGHT_MM = 200.0
_GRAB_PX = 14.0


class View3D(QWidget):
    """Surfaces of structures, isotherms and probes."""

    maximise = Signal(str)

    def __init__(self, session: Session, holder: ToolHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._view, self._holder = session, session.view, holder
        self._scene3d: Scene3D | None = None
        self._azimuth, self._elevation = _START_VIEW
        self._height_mm = _START_HEIGHT_MM
        self._focus: Floats = np.zeros(3)
        self._press: QPointF | None = None
        self._last: QPointF | None = None
        self._probe_end: tuple[str, str] | None = None
        self._closed = False
        self.setMinimumSize(120, 100)
        self.setFocusPolicy(Qt.FocusPolicy.WheelFocus)
        self.setAccessibleName("3D view")
        self._view.changed.connect(self.update)
        session.opened.connect(self.reset)

    def reset(self) -> None:
        """Look from behind at the crosshair."""
        self._azimuth, self._elevation = _START_VIEW
        self._height_mm = _START_HEIGHT_MM
        self._focus = np.array(self._view.crosshair_mm)
        self.update()

    def shut(self) -> None:
        """Free the graphics memory; the view stays black from now on."""
        self._closed = True
        if self._scene3d is not None:
            self._scene3d.close()
            self._scene3d = None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        scene = self._session.scene()
        if scene is None or self._closed:
            return
        if self._scene3d is None:
            self._scene3d = Scene3D()
        picture = self._scene3d
        picture.update(scene)
        picture.look(self._focus, self._azimuth, self._elevation, self._height_mm)
        ratio = self.devicePixelRatioF()
        pixels = picture.pixels(round(self.width() * ratio), round(self.height() * ratio))
        image = Picture(pixels=pixels, x_px=0, y_px=0, width_px=self.width(), height_px=self.height())
        marks = furniture3d(scene, picture, (self.width(), self.height()), (self._azimuth, self._elevation))
        draw(painter, [image, *marks])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._press = self._last = event.position()
        self._probe_end = None
        if event.button() is Qt.MouseButton.LeftButton and self._holder.tool.name == "navigate":
            self._probe_end = self._end_under(event.position())
            self._session.dragging = self._probe_end is not None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._last is None:
            return
        step = event.position() - self._last
        self._last = event.position()
        if event.buttons() & Qt.MouseButton.LeftButton:
            if self._probe_end is not None:
                self._drag_end(event.position())
                return
            self._azimuth = (self._azimuth + 0.4 * step.x() + 180) % 360 - 180
            self._elevation = float(np.clip(self._elevation + 0.4 * step.y(), -89, 89))
        elif event.buttons() & Qt.MouseButton.MiddleButton:
            right, up = self._screen_axes()
            mm_per_px = self._height_mm / max(self.height(), 1)
            self._focus = self._focus - right * step.x() * mm_per_px + up * step.y() * mm_per_px
        elif event.buttons() & Qt.MouseButton.RightButton:
            self._height_mm = float(np.clip(self._height_mm * (1 + 0.005 * step.y()), 20, 1500))
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        press, self._press, self._last = self._press, None, None
        if self._probe_end is not None:
            self._probe_end = None
            self._session.end_drag()
            return
        if press is None or event.button() is not Qt.MouseButton.LeftButton or self._scene3d is None:
            return
        if (event.position() - press).manhattanLength() > _CLICK_PX:
            return
        point = self._scene3d.pick(event.position().x(), event.position().y(), self.width(), self.height())
        if point is not None:
            self._click(point)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.maximise.emit("3d")

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._height_mm = float(np.clip(self._height_mm * 1.15 ** (-event.angleDelta().y() / 120), 20, 1500))
        self.update()

    def _click(self, point: Floats) -> None:
        """A click on a surface: a probe's target or entry if that tool is in the hand, else the crosshair."""
        volume = self._session.volume
        if volume is None:
            return
        if self._holder.tool.name == "probe":
            frame = SliceFrame.of(Plane.AXIAL, volume.grid, point, self.width(), self.height(), 1.0)
            self._holder.tool.press(SliceEvent(frame, (0.0, 0.0), point))
        else:
            self._view.set_crosshair(point)

    def _end_under(self, position: QPointF) -> tuple[str, str] | None:
        case, picture = self._session.case, self._scene3d
        if case is None or picture is None:
            return None
        best: tuple[float, str, str] | None = None
        for probe in case.plan.probes:
            for part, point in (("tip", probe.tip_mm), ("entry", probe.entry_mm)):
                x, y = picture.to_px(point, self.width(), self.height())[0]
                distance_px = float(np.hypot(x - position.x(), y - position.y()))
                if distance_px <= _GRAB_PX and (best is None or distance_px < best[0]):
                    best = (distance_px, probe.id, part)
        return None if best is None else best[1:]

    def _drag_end(self, position: QPointF) -> None:
        """Move an end in the plane through it that faces the viewer."""
        assert self._probe_end is not None and self._scene3d is not None and self._session.case is not None
        probe_id, part = self._probe_end
        probe = self._session.case.probe(probe_id)
        end = np.asarray(probe.tip_mm if part == "tip" else probe.entry_mm)
        x, y = self._scene3d.to_px(end, self.width(), self.height())[0]
        right, up = self._screen_axes()
        mm_per_px = self._height_mm / max(self.height(), 1)
        moved = end + right * (position.x() - x) * mm_per_px - up * (position.y() - y) * mm_per_px
        ends = {"tip_mm": moved} if part == "tip" else {"entry_mm": moved}
        self._view.select(probe_id)
        self._session.apply(
            f"Move {probe.name} {part}",
            lambda case: move_probe(case, probe_id, **ends),
            merge_key=f"drag {probe_id} {part}",
        )

    def _screen_axes(self) -> tuple[Floats, Floats]:
        azimuth, elevation = np.radians(self._azimuth), np.radians(self._elevation)
        towards = np.array(
            [-np.sin(azimuth) * np.cos(elevation), np.cos(azimuth) * np.cos(elevation), np.sin(elevation)]
        )
        right = np.cross([0, 0, 1.0], towards)
        right /= np.linalg.norm(right)
        return right, np.cross(towards, right)
