"""Which input moves a figure most: a bar from where it is low to where it is high, the longest above."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.contained import contained_paint
from app.qt_painter import draw
from app.representations.primitives import Label, Primitive, Stroke, line, rectangle
from app.tokens import theme_colour
from app.widgets.chart_export import ChartTable, ExportMenu
from planning.ensemble.findings import Swing

_ROW_PX, _FOOT_PX, _BAR_PX = 22, 18, 9.0
_NAME_PX, _VALUE_PX = 150.0, 46.0


class SwingChart(QWidget):
    """Bars about the value that the figure has now."""

    def __init__(self) -> None:
        super().__init__()
        self._swings: tuple[Swing, ...] = ()
        self._now: float | None = None
        self._words: Callable[[float], str] = str
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setAccessibleName("Which input matters most")
        ExportMenu(self, "which input matters most", self._table)

    def sizeHint(self) -> QSize:
        return QSize(320, _ROW_PX * max(len(self._swings), 1) + _FOOT_PX)

    def show_swings(self, swings: Sequence[Swing], now: float | None, words: Callable[[float], str]) -> None:
        """Show what inputs do to a figure.

        Parameters
        ----------
        swings : sequence of Swing
            The strongest first.
        now : float or None
            The figure of the prediction.
        words : callable
            Says a value of the figure, without its unit.
        """
        self._swings, self._now, self._words = tuple(swings), now, words
        self.updateGeometry()
        self.update()

    def _table(self) -> ChartTable | None:
        if not self._swings:
            return None
        rows = [(s.input.words, s.low, s.high) for s in self._swings]
        return ChartTable(columns=("input", "where it is low", "where it is high"), rows=rows)

    @contained_paint
    def paintEvent(self, painter: QPainter) -> None:
        if self._swings:
            draw(painter, self._marks())

    def _marks(self) -> list[Primitive]:
        values = [v for s in self._swings for v in (s.low, s.high)] + ([] if self._now is None else [self._now])
        least, most = min(values), max(values)
        left, right = _NAME_PX + _VALUE_PX, self.width() - _VALUE_PX
        scale = (right - left) / max(most - least, 1e-9)
        small = {"colour": theme_colour("text-2"), "size_px": 11, "outline": False}
        marks: list[Primitive] = []
        for n, swing in enumerate(self._swings):
            y = n * _ROW_PX + _ROW_PX / 2
            ends = sorted((swing.low, swing.high))
            first, last = (left + (v - least) * scale for v in ends)
            marks.append(Label(text=swing.input.words, x_px=0, y_px=y, **(small | {"colour": theme_colour("text-1")})))
            marks.append(
                rectangle(first, y - _BAR_PX / 2, max(last - first, 1.5), _BAR_PX, theme_colour("line-control"))
            )
            marks.append(Label(text=self._words(ends[0]), x_px=first - 5, y_px=y, anchor="right", **small))
            marks.append(Label(text=self._words(ends[1]), x_px=last + 5, y_px=y, anchor="left", **small))
        if self._now is not None:
            x, bottom = left + (self._now - least) * scale, _ROW_PX * len(self._swings)
            marks.append(line((x, 2), (x, bottom), Stroke(colour=theme_colour("text-1"), width_px=1, casing=False)))
            marks.append(
                Label(text=f"as predicted: {self._words(self._now)}", x_px=x, y_px=bottom + 9, anchor="centre", **small)
            )
        return marks

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        n = int(event.position().y() // _ROW_PX)
        words = ""
        if 0 <= n < len(self._swings):
            swing = self._swings[n]
            words = (
                f"{swing.input.words}: {self._words(swing.low)} where it is as low as one draw in ten, "
                f"{self._words(swing.high)} where it is as high.\n{swing.input.source}"
            )
        QToolTip.showText(event.globalPosition().toPoint(), words, self)
