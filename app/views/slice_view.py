"""One slice of the CT with everything over it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.contained import contained_paint
from app.controllers.session import Session
from app.mouse_scheme import Button, Gesture, MouseScheme
from app.qt_painter import draw
from app.representations.label_placer import LabelMemory
from app.representations.plane_set import PlaneSet
from app.representations.primitives import Label, Primitive
from app.representations.reslice import Reslicer
from app.representations.scene import Scene
from app.representations.slice_furniture import slice_furniture
from app.representations.slice_overlay import ground_key, plan_key, slice_crosshair, slice_ground, slice_plan
from app.representations.slice_picture import ct_picture
from app.representations.slice_plane import NeedlePlane, Plane, SliceFrame
from app.tokens import ON_IMAGE, theme_colour
from app.tools import SliceEvent, Tool
from app.tools.grabs import grab_under
from app.views.kept_layer import KeptLayer
from app.views.magnifier import paint_magnifier
from app.views.turning_lines import TurningLines
from imaging.geometry import Floats
from imaging.structures import StructureKind
from imaging.volume import Volume
from planning.errors import PlanError

_WHEEL_ZOOM, _DRAG_ZOOM = 1.15, 1.008
_CLICK_PX = 4
_BUTTONS = {
    Qt.MouseButton.LeftButton: Button.LEFT,
    Qt.MouseButton.MiddleButton: Button.MIDDLE,
    Qt.MouseButton.RightButton: Button.RIGHT,
}
_THICKER_MM = 1.0
# What the shorter side shows: the whole pelvis of a new CT, or the surroundings of a lesion or plan.
_WHOLE_MM, _CLOSE_MM = 330.0, 180.0
# A place that was asked for is shown within this part of the view.
_IN_SIGHT = 0.8


class ToolHolder(Protocol):
    """Whoever holds the tool in the hand."""

    @property
    def tool(self) -> Tool: ...


@dataclass(slots=True, eq=False)
class Lens:
    """How large a view shows its plane, and how far from the middle it looks: along screen-right and screen-down."""

    mm_per_px: float = 0.0
    pan_mm: Floats = field(default_factory=lambda: np.zeros(2))


class SliceView(QWidget):
    """An axial, sagittal or coronal slice; `NeedleView` makes it one along or across a needle.

    What the buttons do the `MouseScheme` says. Wheel: slices; with Ctrl zoom, or the size of brush or lesion; with Shift the
    thickness of thick slices. Double click: maximise. `PaintingOrder` has it painted.

    Signals
    -------
    hovered(lps_mm)
    maximise(plane)
    framed()
        Its scale or the part it looks at is another.
    menuAsked(SliceEvent, QPoint)
        The right button was clicked; with the place on the screen.
    """

    hovered = Signal(object)
    maximise = Signal(str)
    framed = Signal()
    menuAsked = Signal(object, object)

    def __init__(
        self, plane: Plane | NeedlePlane, session: Session, holder: ToolHolder, parent: QWidget | None = None, *,
        lens: Lens | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.plane = plane
        self._session, self._view, self._holder = session, session.view, holder
        self.lens = lens or Lens()
        self._middle_mm: Floats = np.zeros(3)
        self._drag: tuple[Gesture, QPointF] | None = None
        self._pressed: QMouseEvent | None = None
        self._ct, self._ground, self._plan = KeptLayer(self), KeptLayer(self), KeptLayer(self)
        self._labels = LabelMemory()
        self._lines = TurningLines(self, session)
        self._mouse: QPointF | None = None
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(120, 100)
        self.setFocusPolicy(Qt.FocusPolicy.WheelFocus)
        self.setAccessibleName(f"{plane.value.capitalize()} slice")
        session.opened.connect(self.reset)
        session.view.revealed.connect(self._bring_into_sight)

    @property
    def frame(self) -> SliceFrame | None:
        """What the view shows now; None without a CT."""
        volume = self._session.volume
        if volume is None:
            return None
        right, down = self._planes(volume).axes[Plane(self.plane)]
        crosshair = np.array(self._view.crosshair_mm)
        middle = self._middle_mm
        normal = np.cross(right, down)
        centre = middle + ((crosshair - middle) @ normal) * normal
        return SliceFrame(
            plane=self.plane, centre_mm=centre + self.lens.pan_mm[0] * right + self.lens.pan_mm[1] * down,
            right=right, down=down, width_px=self.width(), height_px=self.height(), mm_per_px=self.lens.mm_per_px,
        )  # fmt: skip

    @property
    def reslicer(self) -> Reslicer | None:
        """What cuts the CT that the view shows."""
        return self._session.reslicer

    @property
    def name(self) -> str:
        """Of the view among all of the window."""
        return self.plane.value

    def _planes(self, volume: Volume) -> PlaneSet:
        return self._view.planes or PlaneSet.straight(volume.grid)

    @property
    def scene(self) -> Scene | None:
        """What the view draws now."""
        return self._session.scene()

    @property
    def heading(self) -> str:
        """What the view calls itself, where that is not the name of a standard plane."""
        case = self._session.case
        if self._view.beside and case is not None:
            return f"{case.plan.title}, in hand  {self.position}"
        return "" if self._is_straight else self.position

    @property
    def position(self) -> str:
        """Which plane this is, and where it lies or how it leans: ``Axial I 33.7 mm``."""
        plane, frame = Plane(self.plane), self.frame
        if not self._is_straight and self._view.planes is not None:
            return self._view.planes.title(plane)
        return plane.value.capitalize() + ("" if frame is None else f" {frame.position_text}")

    @property
    def _is_straight(self) -> bool:
        return self._view.planes is None or self._view.planes.is_straight(Plane(self.plane))

    @property
    def takes_tool(self) -> bool:
        """Whether the gestures of the tool in the hand mean something in this view's plane."""
        return self._is_straight or self._holder.tool.on_any_plane

    @property
    def turns_planes(self) -> bool:
        """Whether dragging the lines of the other planes turns them."""
        return self._holder.tool.name == "navigate"

    @property
    def _straight_again(self) -> str:
        """How to come back to planes on which every tool draws."""
        return "Have the planes straight again (Home)."

    @property
    def leads(self) -> bool:
        """Whether what changes now was asked for in this view, so that it is painted before the others."""
        return self._session.dragging and self.held

    @property
    def held(self) -> bool:
        """Whether a mouse button that was pressed in this view is still down."""
        return self._drag is not None

    def reset(self) -> None:
        """Centre the view on the crosshair, at a scale that shows the pelvis, or the plan if there is one."""
        case = self._session.case
        planned = case is not None and bool(case.plan.probes or case.of_kind(StructureKind.LESION))
        self._middle_mm = np.array(self._view.crosshair_mm)
        self.lens.pan_mm = np.zeros(2)
        self.lens.mm_per_px = (_CLOSE_MM if planned else _WHOLE_MM) / max(
            min(self.width(), round(self.height() * 1.4)), 100
        )
        self._show_framed()

    def _bring_into_sight(self) -> None:
        """Centre the crosshair where it lies outside the view or close to its edge."""
        frame = self.frame
        if frame is None:
            return
        away_mm = np.array(self._view.crosshair_mm) - frame.centre_mm
        away = np.array([away_mm @ frame.right, away_mm @ frame.down])
        if (abs(away) > _IN_SIGHT * 0.5 * frame.mm_per_px * np.array([frame.width_px, frame.height_px])).any():
            self.lens.pan_mm = self.lens.pan_mm + away
            self._show_framed()

    # ---------------------------------------------------------------- painting

    @contained_paint
    def paintEvent(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        scene, frame, reslicer = self.scene, self.frame, self.reslicer
        if scene is None or frame is None or reslicer is None:
            draw(painter, [_empty_text(self.width(), self.height())] if self.plane is Plane.AXIAL else [])
            return
        window_hu = self._view.window_hu
        self._draw_ground(painter, scene, frame, reslicer)
        self._draw_plan(painter, scene, frame)
        draw(painter, self._lines.marks())
        if self.takes_tool:
            draw(painter, self._holder.tool.preview(frame))
        if self._view.magnifier and self._mouse is not None:
            look, ratio = self._view.ct_look, self.devicePixelRatioF()
            paint_magnifier(painter, self._mouse, scene, frame, reslicer, window_hu, ratio, look)

    def _under_plan(self, scene: Scene, frame: SliceFrame) -> list[Primitive]:
        """What lies between the outlines of structures and what is planned."""
        return []

    def _draw_ground(self, painter: QPainter, scene: Scene, frame: SliceFrame, reslicer: Reslicer) -> None:
        """Draw CT, crosshair and structures: while a probe is dragged, or another slice scrolled, most of it stays."""
        window_hu, look, ratio = self._view.window_hu, self._view.ct_look, self.devicePixelRatioF()
        key = (reslicer, frame.place, window_hu, look)
        self._ct.draw(painter, key, lambda: [ct_picture(reslicer, frame, window_hu, ratio, look)])
        draw(painter, slice_crosshair(scene, frame))
        self._ground.draw(painter, (frame.place, ground_key(scene)), lambda: slice_ground(scene, frame))

    def _draw_plan(self, painter: QPainter, scene: Scene, frame: SliceFrame) -> None:
        """Draw what is planned, with the names of everything, and what stands on the edges."""
        window_hu, look, heading = self._view.window_hu, self._view.ct_look, self.heading

        def made() -> list[Primitive]:
            under = self._under_plan(scene, frame)
            # Labels of planned things keep clear of these.
            placed = [mark for mark in under if isinstance(mark, Label)]
            furniture = slice_furniture(frame, scene.case.image, window_hu, words=heading, look=look)
            plan = slice_plan(scene, frame, self._labels, placed)
            return [*(mark for mark in under if not isinstance(mark, Label)), *plan, *furniture]

        # Whatever was said to have changed, a move of the crosshair apart, has it drawn anew, whether or not the scene tells.
        key = (frame.place, window_hu, look, heading, self._view.revision, ground_key(scene), plan_key(scene))
        self._plan.draw(painter, key, made)

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.oldSize().width() > 0 and self.lens.mm_per_px:
            self.lens.mm_per_px *= event.oldSize().height() / max(event.size().height(), 1)
        elif self._session.volume is not None:
            self.reset()

    # ---------------------------------------------------------------- mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.frame is None:
            return
        left = event.button() is Qt.MouseButton.LeftButton
        if left and not self.takes_tool:
            self._session.refused.emit(
                PlanError(
                    "This tool draws on axial, coronal and sagittal slices only.",
                    code="plane-oblique",
                    hint=self._straight_again,
                )
            )
            return
        button = _BUTTONS.get(event.button())
        if button is None:
            return
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        gesture = self._view.mouse.gesture(button, in_hand=not left or self._in_hand(event), control=control)
        self._drag, self._pressed = (gesture, event.position()), QMouseEvent(event)
        if gesture is Gesture.TOOL and not self._lines.press(event):
            self._holder.tool.press(self.slice_event(event))

    def _in_hand(self, event: QMouseEvent) -> bool:
        """Whether a drag here is the tool's in every scheme: one that draws, or something to be moved."""
        case, volume = self._session.case, self._session.volume
        if self._holder.tool.name != "navigate" or case is None or volume is None or self._lines.over(event):
            return True
        return grab_under(self.slice_event(event), case, self._view.selected, volume, self._view.hidden) is not None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        frame = self.frame
        if frame is None:
            return
        under = self.slice_event(event)
        self._mouse = event.position()
        if self._view.magnifier:
            self.update()
        self.hovered.emit(under.lps_mm)
        gesture = self._drag[0] if self._drag else None
        if gesture is not None and gesture is not Gesture.TOOL:
            self._look(gesture, event.position())
            return
        if self._lines.move(event):
            return
        follows = self._view.mouse is MouseScheme.SLICER and under.shift and not event.buttons()
        if follows and self._holder.tool.name == "navigate":
            self._view.set_crosshair(under.lps_mm)
        if self.takes_tool:
            self._holder.tool.move(under, gesture is Gesture.TOOL)

    def _look(self, gesture: Gesture, at: QPointF) -> None:
        """Change the window, the part that is shown, or how large."""
        assert self._drag is not None
        step = at - self._drag[1]
        self._drag = (gesture, at)
        if gesture is Gesture.WINDOW:
            width_hu, level_hu = self._view.window_hu
            self._view.set_window(width_hu + 4 * step.x(), level_hu - 4 * step.y())
        elif gesture is Gesture.PAN:
            self.lens.pan_mm = self.lens.pan_mm - np.array([step.x(), step.y()]) * self.lens.mm_per_px
            self._show_framed()
        elif self._pressed is not None:
            self._zoom(_DRAG_ZOOM ** step.y(), self._pressed.position().toPoint())

    def leaveEvent(self, event: QEvent) -> None:
        self._lines.leave()
        self._mouse = None
        if self._view.magnifier:
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._lines.held:
            self._drag = None
            if (click := self._lines.release()) is not None:
                self._holder.tool.press(self.slice_event(click))
                self._holder.tool.release(self.slice_event(event))
            return
        drag, pressed, self._drag = self._drag, self._pressed, None
        if drag is None or pressed is None or self.frame is None:
            return
        left = event.button() is Qt.MouseButton.LeftButton
        click = (event.position() - pressed.position()).manhattanLength() < _CLICK_PX
        if click and event.button() is Qt.MouseButton.RightButton:
            self.menuAsked.emit(self.slice_event(pressed), event.globalPosition().toPoint())
        elif drag[0] is not Gesture.TOOL and left and click:
            self._holder.tool.press(self.slice_event(pressed))
            self._holder.tool.release(self.slice_event(event))
        elif drag[0] is Gesture.TOOL:
            self._holder.tool.release(self.slice_event(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._holder.tool.double_click_finishes:
            self._holder.tool.finish(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif event.button() is Qt.MouseButton.LeftButton and self._holder.tool.name == "navigate":
            self.maximise.emit(self.name)

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / 120
        if notches == 0:
            return
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if not self._holder.tool.wheel(notches):
                self._zoom(_WHEEL_ZOOM**-notches, event.position().toPoint())
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self._view.ct_look.thick:
            self._view.thicken_slab(float(np.sign(notches)) * _THICKER_MM)
        else:
            self.scroll_slices(int(np.sign(notches)) * max(1, round(abs(notches))))

    def scroll_slices(self, count: int) -> None:
        """Move the crosshair by slices: up is cranial, left or posterior."""
        volume = self._session.volume
        if volume is None:
            return
        plane, crosshair = Plane(self.plane), np.array(self._view.crosshair_mm)
        normal = self._planes(volume).normal(plane)
        # Towards the larger LPS coordinate of the straight plane, however it leans.
        normal = normal * np.sign(normal[plane.normal_axis])
        spacing_mm = volume.grid.spacing_ijk_mm
        across = int(np.abs(volume.grid.directions[plane.normal_axis]).argmax())
        step_mm = float(spacing_mm[across] if self._is_straight else spacing_mm.min())
        to = crosshair + count * step_mm * normal
        low, high = volume.grid.bounds_mm
        if self._is_straight:
            self._view.set_crosshair(np.clip(to, low, high))
        elif ((to >= low) & (to <= high)).all():
            self._view.set_crosshair(to)

    def _zoom(self, factor: float, at: QPoint) -> None:
        frame = self.frame
        if frame is None:
            return
        before = frame.to_lps([at.x(), at.y()])
        self.lens.mm_per_px = float(np.clip(self.lens.mm_per_px * factor, 0.02, 3.0))
        after = self.frame
        assert after is not None
        shift = before - after.to_lps([at.x(), at.y()])
        self.lens.pan_mm = self.lens.pan_mm + np.array([shift @ after.right, shift @ after.down])
        self._show_framed()

    def _show_framed(self) -> None:
        self.update()
        self.framed.emit()

    def slice_event(self, event: QMouseEvent) -> SliceEvent:
        """Return a mouse event with the place in the patient that it is over."""
        frame = self.frame
        assert frame is not None
        px = (event.position().x(), event.position().y())
        modifiers = event.modifiers()
        return SliceEvent(
            frame,
            px,
            frame.to_lps(px),
            bool(modifiers & Qt.KeyboardModifier.ShiftModifier),
            bool(modifiers & Qt.KeyboardModifier.ControlModifier),
        )


def _empty_text(width: int, height: int) -> Label:
    return Label(
        text="Drop a CT folder here, or press Ctrl+O", x_px=width / 2, y_px=height / 2, colour=theme_colour("text-3", ON_IMAGE),
        anchor="centre", size_px=13,
    )  # fmt: skip
