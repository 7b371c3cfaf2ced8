"""The 3D view: turned with the left button, zoomed with the wheel; a click goes to the point or places a probe end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QResizeEvent, QShowEvent, QWheelEvent
from PySide6.QtWidgets import QToolTip, QWidget

from app.contained import Contained, contained_paint, say_failed
from app.controllers.session import Session
from app.qt_painter import draw
from app.representations.camera3d import angles_towards, screen_axes
from app.representations.furniture3d import furniture3d
from app.representations.primitives import Picture, Primitive
from app.representations.scene import Scene
from app.representations.skin_map import hit
from app.representations.slice_overlay import ground_key, plan_key
from app.representations.slice_plane import Plane, SliceFrame
from app.representations.volume_look import Substance
from app.tools import SliceEvent
from app.views.slice_view import ToolHolder
from imaging.errors import DomainError
from imaging.geometry import Floats
from imaging.progress import Progress
from imaging.volume import Volume
from planning.errors import PlanError
from planning.operations.locks import require_unlocked
from planning.operations.probes import move_probe

if TYPE_CHECKING:
    from app.representations.ct_solid import CtSolid
    from app.representations.scene3d import Scene3D

_CLICK_PX = 4.0
# From above, so that a needle through the back is seen along its length.
_START_VIEW = (14.0, 34.0)
_START_HEIGHT_MM = 200.0
_GRAB_PX = 14.0
# A 3D picture within this time leaves a drag live; a slower one waits until the mouse rests this long.
_LIVE_S = 0.03
_REST_MS = 500
# Where a full picture takes longer than this, a change shows a coarse one until the view rests.
_PATIENT_S, _SETTLE_MS = 0.15, 250
# A picture in passing that takes longer than this is made in a simpler way the next time: with fewer triangles, then with fewer
# pixels along each side too.
_LIVELY_S = 0.045
_WAYS = ((False, 1.0), (True, 1.0), (True, 0.5), (True, 0.35))
_THUMBNAIL_HEIGHT_MM = 260.0


class View3D(QWidget):
    """Surfaces of structures, isotherms and probes.

    Signals
    -------
    maximise(str)
    entryTaken(ndarray)
        The skin map was clicked, at this LPS point.
    menuAsked(str, QPoint)
        The right button was clicked on what has this id, or on nothing; with the place on the screen.
    """

    maximise = Signal(str)
    entryTaken = Signal(object)
    menuAsked = Signal(str, object)

    def __init__(self, session: Session, holder: ToolHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._view, self._holder = session, session.view, holder
        self._scene3d: Scene3D | None = None
        self._azimuth, self._elevation = _START_VIEW
        self._height_mm = _START_HEIGHT_MM
        self._focus: Floats = np.zeros(3)
        self._press: QPointF | None = None
        self._last: QPointF | None = None
        self._pans = False
        self._probe_end: tuple[str, str] | None = None
        self._closed = False
        self._drawn: list[Primitive] = []
        self._seen_as: object = None
        self._pixels: npt.NDArray[np.uint8] | None = None
        self._is_coarse = False
        self._coarse_s = self._full_s = 0.0
        self._simpler = 0
        self._shown: object = None
        self._rendering, self._render_failed = Contained("“3D view”"), False
        self._due = QTimer(self, singleShot=True)
        self._due.timeout.connect(lambda: self._render_contained())
        self._settles = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settles.timeout.connect(lambda: self._render_contained(at_rest=True))
        self._solid_asked: Volume | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(120, 100)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.WheelFocus)
        self.setAccessibleName("3D view")
        self._view.changed.connect(self._render_soon)
        session.opened.connect(self.reset)

    def reset(self) -> None:
        """Look from behind at the crosshair."""
        self._azimuth, self._elevation = _START_VIEW
        self._height_mm = _START_HEIGHT_MM
        self._focus = np.array(self._view.crosshair_mm)
        self._simpler = 0
        self._render_soon()

    @property
    def seen_from_deg(self) -> tuple[float, float]:
        """Azimuth and elevation."""
        return self._azimuth, self._elevation

    @property
    def needle_from_deg(self) -> tuple[float, float] | None:
        """Azimuth and elevation along the needle, from its hub; None without one."""
        scene = self._session.scene()
        needle = None if scene is None else scene.needle
        return None if needle is None else angles_towards(needle.direction)

    def look_from(self, azimuth_deg: float, elevation_deg: float) -> None:
        """Turn, and keep what is in the middle."""
        self._azimuth, self._elevation = azimuth_deg, elevation_deg
        self._render_soon()

    def look_along_needle(self) -> None:
        """Look along the needle from its hub, with its tip in the middle."""
        scene, angles = self._session.scene(), self.needle_from_deg
        if scene is not None and scene.needle is not None and angles is not None:
            self._focus = np.array(scene.needle.tip_mm, float)
            self.look_from(*angles)

    def thumbnail(self, azimuth_deg: float, elevation_deg: float, width: int, height: int) -> QImage | None:
        """Return a small picture of the same things from another side, in device pixels; None while nothing is shown."""
        picture, size = self._scene3d, (self.width(), self.height())
        if picture is None or self._session.scene() is None:
            return None
        picture.look(self._focus, azimuth_deg, elevation_deg, _THUMBNAIL_HEIGHT_MM)
        pixels = picture.pixels(width, height, coarse=True)
        # Clicks and labels go by the picture that is shown.
        picture.look(self._focus, self._azimuth, self._elevation, self._height_mm)
        picture.resize(*(round(n * self.devicePixelRatioF()) for n in size))
        return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()

    def shut(self) -> None:
        """Free the graphics memory; the view stays black from now on."""
        self._closed = True
        self._due.stop()
        self._settles.stop()
        self._free()

    def _free(self) -> None:
        self._drawn, self._seen_as, self._shown = [], None, None
        if self._scene3d is not None:
            self._scene3d.close()
            self._scene3d = None

    @contained_paint
    def paintEvent(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        if self._render_failed:
            say_failed(painter, self)
        else:
            draw(painter, self._drawn)

    def showEvent(self, event: QShowEvent) -> None:
        self._render_soon()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._render_soon()

    def _render_soon(self) -> None:
        """Render after the slices are painted; while something moves on a slow machine, once it rests."""
        waits = self._moving and self._coarse_s > _LIVE_S
        self._due.start(_REST_MS if waits else 0)

    @property
    def _moving(self) -> bool:
        return self._session.dragging or self._view.moving

    def _render_contained(self, *, at_rest: bool = False) -> None:
        """Render; where that fails the view says so instead of showing an earlier state."""
        self._render_failed = not self._rendering.run(lambda: self._render(at_rest=at_rest))
        if self._render_failed:
            # What came half-way is not gone on with.
            self._settles.stop()
            self._free()
            self.update()

    def _render(self, *, at_rest: bool = False) -> None:
        """Render into the picture that is painted; a coarse one while something moves, and until the view rests."""
        scene = self._session.scene()
        if scene is None or self._closed or not self.isVisible():
            return
        if self._scene3d is None:
            # What renders is loaded with the first thing to be rendered: the window stands before.
            from app.representations.scene3d import Scene3D

            self._scene3d = Scene3D()
        self._see_to_solid(scene)
        picture, size = self._scene3d, (self.width(), self.height())
        moving = self._moving or self._last is not None
        coarse = moving or (self._full_s > _PATIENT_S and not at_rest)
        seen_as = (tuple(self._focus), self._azimuth, self._elevation, self._height_mm, size)
        changed = picture.update(scene) or seen_as != self._seen_as
        if changed or (self._is_coarse and not coarse):
            self._seen_as = seen_as
            self._pixels, self._shown = self._rendered(picture, coarse), None
        if self._is_coarse and not moving and (changed or not self._settles.isActive()):
            self._settles.start()
        shown = (seen_as, picture.casts, self._view.revision, plan_key(scene), ground_key(scene))
        if shown == self._shown:
            # Only the crosshair moved, which 3D does not show.
            return
        self._shown = shown
        image = Picture(pixels=self._pixels, x_px=0, y_px=0, width_px=size[0], height_px=size[1])
        self._drawn = [image, *furniture3d(scene, picture, size, (self._azimuth, self._elevation))]
        self.update()

    def _rendered(self, picture: Scene3D, coarse: bool) -> npt.NDArray[np.uint8]:
        began_s, ratio = time.perf_counter(), self.devicePixelRatioF()
        picture.look(self._focus, self._azimuth, self._elevation, self._height_mm)
        rough, share = _WAYS[self._simpler if coarse else 0]
        width, height = round(self.width() * ratio * share), round(self.height() * ratio * share)
        pixels = picture.pixels(width, height, coarse=coarse, rough=rough, ratio=ratio * share)
        took_s = time.perf_counter() - began_s
        self._is_coarse = coarse
        if coarse:
            self._coarse_s = took_s
            if took_s > _LIVELY_S:
                self._simpler = min(self._simpler + 1, len(_WAYS) - 1)
        else:
            self._full_s = took_s
        return pixels

    def _see_to_solid(self, scene: Scene) -> None:
        """Have the CT made into a volume where it is to be shown as one; until it is there surfaces are shown."""
        assert self._scene3d is not None
        held, volume = self._scene3d.solid, scene.volume
        if held is not None and held.ct is not volume:
            self._scene3d.take_solid(None)
            self._solid_asked = None
        if volume is None or not scene.volume_look.casts or volume is self._solid_asked:
            return
        self._solid_asked = volume

        def work(_: Progress) -> CtSolid:
            from app.representations.ct_solid import CtSolid

            return CtSolid(volume)

        def done(solid: CtSolid) -> None:
            if self._scene3d is not None and solid.ct is self._solid_asked:
                self._scene3d.take_solid(solid)
                self._render_soon()

        def failed(error: DomainError) -> None:
            self._solid_asked = None
            self._view.show_volume(substance=Substance.SURFACES)
            self._session.refused.emit(error)

        self._session.jobs.interactive("solid", "The CT as a volume", work, done, failed)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._press = self._last = event.position()
        self._probe_end = None
        self._pans = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.button() is Qt.MouseButton.LeftButton and self._holder.tool.name == "navigate" and not self._pans:
            self._probe_end = self._end_to_drag(event.position())
            self._session.dragging = self._probe_end is not None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._last is None:
            self._say_of_skin(event)
            return
        step = event.position() - self._last
        self._last = event.position()
        if event.buttons() & Qt.MouseButton.LeftButton:
            if self._probe_end is not None:
                self._drag_end(event.position())
                return
            if self._pans:
                self._pan(step)
            else:
                self._azimuth = (self._azimuth + 0.4 * step.x() + 180) % 360 - 180
                self._elevation = float(np.clip(self._elevation + 0.4 * step.y(), -90, 90))
        elif event.buttons() & Qt.MouseButton.MiddleButton:
            self._pan(step)
        elif event.buttons() & Qt.MouseButton.RightButton:
            self._height_mm = float(np.clip(self._height_mm * (1 + 0.005 * step.y()), 20, 1500))
        self._render_soon()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        press, self._press, self._last = self._press, None, None
        self._render_soon()
        if self._probe_end is not None:
            self._probe_end = None
            self._session.end_drag()
            return
        if press is None or self._scene3d is None or (event.position() - press).manhattanLength() > _CLICK_PX:
            return
        if event.button() is Qt.MouseButton.RightButton:
            held = self._scene3d.held_at(event.position().x(), event.position().y(), self.width(), self.height())
            self.menuAsked.emit(held, event.globalPosition().toPoint())
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        skin = self._skin_under(event.position())
        if skin is not None:
            self.entryTaken.emit(skin)
            return
        point = self._scene3d.pick(event.position().x(), event.position().y(), self.width(), self.height())
        if point is not None:
            self._click(point)

    def _skin_under(self, position: QPointF) -> Floats | None:
        """The place of the skin map under the mouse."""
        shown = self._view.skin_map
        if shown is None or self._scene3d is None:
            return None
        return hit(shown, *self._scene3d.line_through(position.x(), position.y(), self.width(), self.height()))

    def _say_of_skin(self, event: QMouseEvent) -> None:
        """Tell of the skin under the mouse how good an entry it is, or why it is none."""
        at, shown = self._skin_under(event.position()), self._view.skin_map
        if at is None or shown is None:
            QToolTip.hideText()
        else:
            QToolTip.showText(event.globalPosition().toPoint(), shown.words_at(at), self)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.maximise.emit("3d")

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._height_mm = float(np.clip(self._height_mm * 1.15 ** (-event.angleDelta().y() / 120), 20, 1500))
        self._render_soon()

    def _pan(self, step: QPointF) -> None:
        right, up = screen_axes(self._azimuth, self._elevation)
        mm_per_px = self._height_mm / max(self.height(), 1)
        self._focus = self._focus - right * step.x() * mm_per_px + up * step.y() * mm_per_px

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

    def _end_to_drag(self, position: QPointF) -> tuple[str, str] | None:
        """The end under the mouse, but for that of a probe that is locked in its place, which is told once."""
        found, case = self._end_under(position), self._session.case
        if found is None or case is None:
            return None
        try:
            require_unlocked(case.probe(found[0]))
        except PlanError as error:
            self._session.refused.emit(error)
            return None
        return found

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
        right, up = screen_axes(self._azimuth, self._elevation)
        mm_per_px = self._height_mm / max(self.height(), 1)
        moved = end + right * (position.x() - x) * mm_per_px - up * (position.y() - y) * mm_per_px
        ends = {"tip_mm": moved} if part == "tip" else {"entry_mm": moved}
        self._view.select(probe_id)
        self._session.drag(
            f"Move {probe.name} {part}",
            lambda case: move_probe(case, probe_id, **ends),
            f"drag {probe_id} {part}",
        )
