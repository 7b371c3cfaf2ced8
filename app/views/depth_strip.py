"""What a needle passes, between the two views along it and on their scale of depth."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from app.contained import contained_paint
from app.controllers.session import Session
from app.controllers.ways import Ways
from app.qt_painter import draw
from app.representations.primitives import Stroke, line, rectangle
from app.representations.slice_plane import SliceFrame
from app.representations.way import COLUMN_PX, way_column
from app.tokens import dash, theme_colour
from app.views.needle_view import NeedleView
from planning.catalogue.rules import load_path_rules


class DepthStrip(QWidget):
    """The way of the needle that is looked at, every depth beside itself in the views along it; a click shows the place.

    Parameters
    ----------
    session : Session
    ways : Ways
    along : sequence of NeedleView
        The views beside it, which share one scale of depth.
    """

    def __init__(self, session: Session, ways: Ways, along: Sequence[NeedleView]) -> None:
        super().__init__()
        self._session, self._ways, self._along = session, ways, tuple(along)
        self.setFixedWidth(int(COLUMN_PX))
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("What the needle passes from skin to tip, beside the views along it")
        self.setToolTip(
            "From skin to tip, on the scale of the views along the needle: density of the CT, and soft tissue dark, cancellous bone "
            "brown, cortex light, lesion pink. Numbers are the depths of surfaces of bone. Click to see a place."
        )
        session.view.changed.connect(self.update)
        ways.changed.connect(self.update)
        for view in self._along:
            view.framed.connect(self.update)

    @property
    def frame(self) -> SliceFrame | None:
        """What the view beside it shows; None without a CT or a probe."""
        beside = next((view for view in self._along if view.isVisible()), self._along[0])
        return beside.frame

    @contained_paint
    def paintEvent(self, painter: QPainter) -> None:
        width, height = float(self.width()), float(self.height())
        draw(painter, [rectangle(0, 0, width, height, theme_colour("bg-1"))])
        aim, frame = self._along[0].aim, self.frame
        judged = None if aim is None else self._ways.latest(aim.probe)
        if aim is None or frame is None or judged is None or judged.way is None:
            return
        skin_px = float(frame.to_px(aim.probe.entry_mm)[1])
        draw(painter, way_column(judged.way, skin_px, 1 / frame.mm_per_px, load_path_rules().cortex_above_hu.value))
        across_px = float(frame.to_px(aim.across_mm)[1])
        stroke = Stroke(colour=theme_colour("text-2"), width_px=1, dash_px=dash("projected_needle"), casing=False)
        draw(painter, [line((0, across_px), (width, across_px), stroke)])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._show_place(event.position().y())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._show_place(event.position().y())

    def _show_place(self, y_px: float) -> None:
        """Have the views show the place of the axis at a height of the strip, as far as the needle reaches."""
        aim, frame = self._along[0].aim, self.frame
        if aim is None or frame is None:
            return
        depth_mm = (y_px - float(frame.to_px(aim.probe.entry_mm)[1])) * frame.mm_per_px
        above_tip_mm = aim.probe.depth_mm - min(max(depth_mm, 0.0), aim.probe.depth_mm)
        self._session.view.reveal(aim.probe.tip_mm + above_tip_mm * aim.probe.direction)
