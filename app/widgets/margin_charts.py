"""Margins of a lesion as a histogram, and on its surface unrolled: a click on the map goes to the place."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.contained import contained_paint
from app.qt_painter import draw
from app.representations.margin_colours import margin_judgement, margin_rgb
from app.representations.primitives import Label, Path, Primitive, Stroke, line, rectangle, ring
from app.tokens import ON_IMAGE, severity_colour, theme_colour
from app.widgets.chart_export import ChartTable, ExportMenu
from planning.evaluation.margin import MAP_COLUMNS, MAP_ROWS, MarginMap, unrolled
from planning.quantities import MINUS, NNBSP, length_text

_BARS_HIGH_PX, _MOST_BINS, _MOST_TICKS = 104, 40, 6
_AXIS_PX, _HEAD_PX, _SIDE_PX = 20.0, 18.0, 12.0
_MAP_WIDE_PX, _MAP_ROOM_PX = 330, 18.0
_STEP = 3
"""Cells of the map that an arrow key goes."""


def margin_table(found: MarginMap) -> ChartTable:
    """Return the margin at every corner of a lesion's surface, with the place and the area it stands for."""
    columns = ("left, mm", "posterior, mm", "cranial, mm", "margin, mm", "area, mm²", "known within, mm")
    places = found.surface.points_mm
    numbers = np.column_stack([places, found.margin_mm, found.area_mm2, found.known_within_mm])
    return ChartTable(columns=columns, rows=numbers.tolist())


class MarginHistogram(QWidget):
    """Shares of the lesion's surface by margin, in bins of one millimetre."""

    def __init__(self) -> None:
        super().__init__()
        self._found: MarginMap | None = None
        self._goal_mm = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Margins by share of the lesion's surface")
        ExportMenu(self, "margins", self._table)

    def sizeHint(self) -> QSize:
        return QSize(320, _BARS_HIGH_PX)

    def _table(self) -> ChartTable | None:
        return None if self._found is None else margin_table(self._found)

    def show_margins(self, found: MarginMap, goal_mm: float) -> None:
        """Show the margins of a lesion against their goal."""
        self._found, self._goal_mm = found, goal_mm
        self.update()

    @contained_paint
    def paintEvent(self, painter: QPainter) -> None:
        if self._found is not None:
            draw(painter, self._marks(self._found))

    def _marks(self, found: MarginMap) -> list[Primitive]:
        first = min(float(np.floor(found.smallest_mm)), 0.0)
        last = max(min(float(np.floor(found.margin_mm.max())) + 1, first + _MOST_BINS), self._goal_mm + 1)
        edges = np.arange(first, last + 0.5)
        areas, _ = np.histogram(np.minimum(found.margin_mm, last - 1e-6), bins=edges, weights=found.area_mm2)
        bottom = self.height() - _AXIS_PX
        scale = (self.width() - 2 * _SIDE_PX) / (last - first)
        high = bottom - _HEAD_PX
        marks: list[Primitive] = []
        for start, share in zip(edges, areas / areas.max(), strict=False):
            kind = margin_judgement(start, self._goal_mm)
            left = _SIDE_PX + (start - first) * scale
            marks.append(
                rectangle(left + 0.5, bottom - high * share, scale - 1, high * share, severity_colour(kind, fill=True))
            )
        edge = Stroke(colour=theme_colour("line-control"), width_px=1, casing=False)
        marks.append(line((_SIDE_PX, bottom), (self.width() - _SIDE_PX, bottom), edge))
        goal_x = _SIDE_PX + (self._goal_mm - first) * scale
        dashed = Stroke(colour=theme_colour("text-1"), width_px=1, dash_px=(3, 3), casing=False)
        marks.append(line((goal_x, 4), (goal_x, bottom), dashed))
        marks.append(_small(f"goal {self._goal_mm:g}", goal_x + 4, 8, "left"))
        step = next(s for s in (1, 2, 5, 10, 20, 50) if (last - first) / s <= _MOST_TICKS)
        ticks = [t for t in range(int(np.ceil(first)), int(last) + 1) if t % step == 0]
        for tick in ticks:
            words = f"{tick}".replace("-", MINUS) + (f"{NNBSP}mm" if tick == ticks[-1] else "")
            marks.append(_small(words, _SIDE_PX + (tick - first) * scale, bottom + 11, "centre"))
        return marks


class MarginOnMap(QWidget):
    """The lesion's surface unrolled and seen from the front: right on the left, back at both ends.

    Signals
    -------
    picked(tuple)
        LPS of the place on the surface that was clicked, or reached by arrow keys.
    """

    picked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._found: MarginMap | None = None
        self._goal_mm = 0.0
        self._corner = np.full((MAP_ROWS, MAP_COLUMNS), -1)
        self._image = QImage()
        self._chosen: tuple[int, int] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("Margins on the lesion's surface, unrolled")
        ExportMenu(self, "margins unrolled", self._table)

    def sizeHint(self) -> QSize:
        return QSize(_MAP_WIDE_PX, round(_MAP_WIDE_PX / 2 + 2 * _MAP_ROOM_PX))

    def _table(self) -> ChartTable | None:
        return None if self._found is None else margin_table(self._found)

    def show_margins(self, found: MarginMap, goal_mm: float) -> None:
        """Show the margins of a lesion against their goal; the smallest is chosen at first, and stays what was chosen."""
        if found is self._found and goal_mm == self._goal_mm:
            return
        self._found, self._goal_mm = found, goal_mm
        self._corner = unrolled(found).corner
        rgba = np.zeros((MAP_ROWS, MAP_COLUMNS, 4), np.uint8)
        on_map = self._corner >= 0
        rgba[on_map, :3] = margin_rgb(found.margin_mm[self._corner[on_map]], goal_mm)
        rgba[on_map, 3] = 255
        self._image = QImage(rgba.data, MAP_COLUMNS, MAP_ROWS, QImage.Format.Format_RGBA8888).copy()
        margins_mm = np.where(on_map, found.margin_mm[self._corner], np.inf)
        row, column = np.unravel_index(int(margins_mm.argmin()), margins_mm.shape)
        self._chosen = (int(row), int(column))
        self.update()

    def _area(self) -> QRectF:
        width = min(float(self.width()) - 2 * _MAP_ROOM_PX, 2 * (self.height() - 2 * _MAP_ROOM_PX))
        return QRectF((self.width() - width) / 2, (self.height() - width / 2) / 2, width, width / 2)

    @contained_paint
    def paintEvent(self, painter: QPainter) -> None:
        if self._found is None:
            return
        area = self._area()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(area, self._image)
        draw(painter, self._furniture(area))

    def _furniture(self, area: QRectF) -> list[Primitive]:
        angles = np.linspace(0, 2 * np.pi, 121)
        middle, half_wide, half_high = area.center(), area.width() / 2, area.height() / 2
        oval = np.stack([middle.x() + half_wide * np.cos(angles), middle.y() + half_high * np.sin(angles)], axis=1)
        # The cells at the rim are covered by the ground's colour, so that the oval is smooth.
        ground = Stroke(colour=theme_colour("bg-1"), width_px=3, casing=False)
        grown = middle.x(), middle.y()
        outside = (oval - grown) * 1.012 + grown
        marks: list[Primitive] = [Path(lines=(outside,), closed=True, stroke=ground)]
        marks.append(Path(lines=(oval,), closed=True, stroke=Stroke(colour=theme_colour("line-control"), casing=False)))
        for words, x, y, anchor in (
            ("S", middle.x(), area.top() - 9, "centre"), ("I", middle.x(), area.bottom() + 9, "centre"),
            ("P", area.left() - 5, middle.y(), "right"), ("P", area.right() + 5, middle.y(), "left"),
        ):  # fmt: skip
            marks.append(_small(words, x, y, anchor))
        for words, part in (("R", -0.5), ("A", 0.0), ("L", 0.5)):
            marks.append(
                Label(
                    text=words, x_px=middle.x() + part * half_wide, y_px=middle.y(), anchor="centre", size_px=11,
                    colour=theme_colour("text-1", ON_IMAGE), plate=0.45,
                )
            )  # fmt: skip
        if self._chosen is not None:
            at = self._place_of(*self._chosen, area)
            marks.append(ring(at.x(), at.y(), 5.5, Stroke(colour="#000000", width_px=4, opacity=0.55, casing=False)))
            marks.append(
                ring(at.x(), at.y(), 5.5, Stroke(colour=theme_colour("text-1", ON_IMAGE), width_px=2, casing=False))
            )
        return marks

    def _place_of(self, row: int, column: int, area: QRectF) -> QPointF:
        return QPointF(
            area.left() + (column + 0.5) * area.width() / MAP_COLUMNS,
            area.top() + (row + 0.5) * area.height() / MAP_ROWS,
        )

    def _cell_at(self, position: QPointF) -> tuple[int, int] | None:
        area = self._area()
        row = int((position.y() - area.top()) * MAP_ROWS // area.height())
        column = int((position.x() - area.left()) * MAP_COLUMNS // area.width())
        if 0 <= row < MAP_ROWS and 0 <= column < MAP_COLUMNS and self._corner[row, column] >= 0:
            return row, column
        return None

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._choose(self._cell_at(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        cell = self._cell_at(event.position())
        words = ""
        if cell is not None and self._found is not None:
            words = f"Margin {length_text(float(self._found.margin_mm[self._corner[cell]]))}. A click goes there."
        QToolTip.showText(event.globalPosition().toPoint(), words, self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {
            Qt.Key.Key_Left: (0, -_STEP), Qt.Key.Key_Right: (0, _STEP), Qt.Key.Key_Up: (-_STEP, 0),
            Qt.Key.Key_Down: (_STEP, 0),
        }.get(Qt.Key(event.key()))  # fmt: skip
        if step is None or self._chosen is None:
            super().keyPressEvent(event)
            return
        row, column = self._chosen[0] + step[0], self._chosen[1] + step[1]
        if 0 <= row < MAP_ROWS and 0 <= column < MAP_COLUMNS and self._corner[row, column] >= 0:
            self._choose((row, column))

    def _choose(self, cell: tuple[int, int] | None) -> None:
        if cell is None or self._found is None:
            return
        self._chosen = cell
        self.update()
        self.picked.emit(self._found.place(int(self._corner[cell])))


def _small(words: str, x_px: float, y_px: float, anchor: str) -> Label:
    return Label(
        text=words, x_px=x_px, y_px=y_px, colour=theme_colour("text-2"), anchor=anchor, size_px=11, outline=False
    )  # type: ignore[arg-type]
