"""Measure and note on any slice: distance, angle, regions with their densities, arrows and notes."""

from __future__ import annotations

import numpy as np

from app.controllers.session import Session
from app.representations.annotations import annotation_marks, label_text
from app.representations.primitives import Label, Path, Primitive, Stroke, ring
from app.representations.slice_plane import SliceFrame
from app.tokens import annotation_colour
from app.tools.base import SliceEvent, Tool
from app.view_state import Step
from imaging.geometry import Floats
from planning.errors import PlanError
from planning.model.annotation import Annotation, AnnotationKind
from planning.model.point import Point
from planning.operations.annotations import add_annotation
from planning.operations.points import finite_point, point_in_ct

# Let go farther away than this, a press and its release are two points; nearer, they are one click.
_DRAG_PX = 5.0
_CLOSE_PX = 9.0
# A second click on the last point is none.
_SAME_PX = 2.0
_SAME_PLANE_MM = 0.05
_PARALLEL = 1 - 1e-6
_BESIDE_PX = (14.0, 16.0)
_LETTER_PX = 7.5


class MeasureTool(Tool):
    """Click every point, or drag from the first to the second; what is made of them is said by the tools derived from it."""

    kind: AnnotationKind
    on_any_plane = True
    in_every_step = True

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._points: list[Floats] = []
        self._frame: SliceFrame | None = None
        self._pressed_px: tuple[float, float] | None = None
        self._closing = False
        self._mouse: SliceEvent | None = None

    # ---------------------------------------------------------------- gestures

    def press(self, event: SliceEvent) -> None:
        case = self.session.case
        self._mouse = event
        if case is None:
            return
        try:
            if self._points and not self._in_plane(event.frame):
                raise PlanError(
                    "The measurement was begun in another slice.", code="measurement-elsewhere",
                    hint="Go on there, or forget it with Esc.",
                )  # fmt: skip
            point_in_ct(case, "This place", event.lps_mm)
        except PlanError as error:
            self.session.refused.emit(error)
            return
        self._pressed_px, self._closing = event.px, self._closes(event)
        if not self._closing:
            self._add(event)
            self.view.changed.emit()

    def move(self, event: SliceEvent, pressed: bool) -> None:
        self._mouse = event
        if self._points:
            self.view.changed.emit()

    def release(self, event: SliceEvent) -> None:
        if self._pressed_px is None:
            return
        away_px = float(np.hypot(*np.subtract(event.px, self._pressed_px)))
        self._pressed_px = None
        if away_px > _DRAG_PX and not self._complete:
            self._add(event)
        if self._complete or self._closing:
            self._place()
        self.view.changed.emit()

    def take_back(self) -> None:
        if self._points:
            self._points.pop()
            self.view.changed.emit()

    def finish(self, shift: bool = False) -> None:
        if self.view.tool != self.name:
            self._forget()

    def cancel(self) -> None:
        if not self._points:
            self.view.use_tool("navigate")
        self._forget()

    # ---------------------------------------------------------------- what is drawn

    def preview(self, frame: SliceFrame) -> list[Primitive]:
        mouse = self._mouse
        if not self._points or self._frame is None or not self._in_plane(frame):
            return []
        points = list(self._points)
        over = mouse is not None and mouse.frame.plane is frame.plane and self._in_plane(mouse.frame)
        if over and mouse is not None and not self._complete:
            points.append(mouse.lps_mm)
        if len(points) < 2:
            return [self._corner(points[0], frame)]
        marks = self._drawn(points, frame)
        marks += [self._corner(point, frame) for point in self._points]
        if over and mouse is not None:
            marks += self._told(points, mouse.px, frame)
        return marks

    def _drawn(self, points: list[Floats], frame: SliceFrame) -> list[Primitive]:
        if len(points) < self.kind.points:
            return [Path(lines=(frame.to_px(np.array(points)),), stroke=Stroke(colour=annotation_colour()))]
        return annotation_marks(self._draft(points), frame)

    def _told(self, points: list[Floats], px: tuple[float, float], frame: SliceFrame) -> list[Primitive]:
        """The numbers so far, beside the mouse and within the view."""
        if len(points) < self.kind.points or self.kind.says_words:
            return []
        shown = self.session.reslicer
        words = label_text(self._draft(points), None if shown is None else shown.volume, full=True)
        left = px[0] + _BESIDE_PX[0] + len(words) * _LETTER_PX < frame.width_px
        return [
            Label(
                text=words, x_px=px[0] + (_BESIDE_PX[0] if left else -_BESIDE_PX[0]), y_px=max(px[1] - _BESIDE_PX[1], 12.0),
                colour=annotation_colour(), plate=0.72, anchor="left" if left else "right",
            )
        ]  # fmt: skip

    def _corner(self, point: Floats, frame: SliceFrame) -> Primitive:
        x, y = (float(v) for v in frame.to_px(point))
        return ring(x, y, 3.0, Stroke(colour=annotation_colour(), width_px=1.5))

    def _draft(self, points: list[Floats]) -> Annotation:
        right, down = self._axes
        return Annotation(
            id="draft", kind=self.kind, points_mm=tuple(finite_point(p) for p in points), right=right, down=down
        )

    # ---------------------------------------------------------------- placing

    @property
    def _complete(self) -> bool:
        return len(self._points) >= self.kind.points

    @property
    def _axes(self) -> tuple[Point, Point]:
        assert self._frame is not None
        return finite_point(self._frame.right), finite_point(self._frame.down)

    def _closes(self, event: SliceEvent) -> bool:
        """Whether a click here ends it without being a point of it."""
        return False

    def _add(self, event: SliceEvent) -> None:
        if not self._points:
            self._frame = event.frame
        elif float(np.hypot(*(event.frame.to_px(self._points[-1]) - event.px))) < _SAME_PX:
            return
        self._points.append(event.lps_mm)

    def _in_plane(self, frame: SliceFrame) -> bool:
        begun = self._frame
        if begun is None or not self._points:
            return True
        parallel = abs(float(frame.normal @ begun.normal)) > _PARALLEL
        return parallel and abs(float(frame.height_mm(self._points[0]))) < _SAME_PLANE_MM

    def _place(self) -> None:
        """Take it into the case; what is refused is told, and forgotten unless points of it can still be taken back."""
        points, kind = list(self._points), self.kind
        if self._frame is None or not points:
            return
        right, down = self._axes
        verb = "Add" if kind.says_words else "Measure"
        done = self.session.apply(f"{verb} {kind.value}", lambda case: add_annotation(case, kind, points, right, down))
        if done or self._complete:
            self._forget()
        case = self.session.case
        if not done or case is None:
            return
        made = case.annotations[-1].id
        # It may have the number of one that was hidden and deleted.
        self.view.set_hidden([made], False)
        self.view.select(made)
        if self.view.tool == self.name:
            self.view.use_tool("navigate")
        if kind.says_words:
            self.view.go_to(Step.STRUCTURES)
            self.view.wordsAsked.emit(made)

    def _forget(self) -> None:
        self._points, self._frame, self._pressed_px, self._closing = [], None, None, False
        self.view.changed.emit()


class DistanceTool(MeasureTool):
    """A length between two points."""

    name = "distance"
    hint = "Drag from end to end, or click both. Esc forgets."
    kind = AnnotationKind.DISTANCE


class AngleTool(MeasureTool):
    """An angle between two arms."""

    name = "angle"
    hint = (
        "Click the end of an arm, the vertex, and the end of the other arm. Backspace takes a point back, Esc forgets."
    )
    kind = AnnotationKind.ANGLE


class EllipseTool(MeasureTool):
    """An ellipse whose densities are told."""

    name = "ellipse"
    hint = "Drag from corner to corner around what is to be measured: its densities and its area are told. Esc forgets."
    kind = AnnotationKind.ELLIPSE


class PolygonTool(MeasureTool):
    """A polygon whose densities are told."""

    name = "polygon"
    hint = (
        "Click around what is to be measured; Enter, a double click or the first point ends it. Backspace takes a point "
        "back, Esc forgets."
    )
    kind = AnnotationKind.POLYGON
    double_click_finishes = True

    @property
    def _complete(self) -> bool:
        return False

    def _closes(self, event: SliceEvent) -> bool:
        if len(self._points) < self.kind.points or not self._in_plane(event.frame):
            return False
        return float(np.hypot(*(event.frame.to_px(self._points[0]) - event.px))) <= _CLOSE_PX

    def finish(self, shift: bool = False) -> None:
        laid_down = self.view.tool != self.name
        if laid_down and len(self._points) < self.kind.points:
            self._forget()
        else:
            self._place()


class ArrowTool(MeasureTool):
    """An arrow with its words."""

    name = "arrow"
    hint = "Drag from what it points at to where its words stand, or click both; then type. Esc forgets."
    kind = AnnotationKind.ARROW


class NoteTool(MeasureTool):
    """Words at a place."""

    name = "note"
    hint = "Click the place, then type. Esc cancels."
    kind = AnnotationKind.NOTE


MEASURE_TOOLS: tuple[type[MeasureTool], ...] = (DistanceTool, AngleTool, EllipseTool, PolygonTool, ArrowTool, NoteTool)
