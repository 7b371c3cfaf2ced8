"""The volume of a structure that gets at least as cold, or as hot, as each temperature."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.contained import contained_paint
from app.qt_painter import draw
from app.representations.primitives import Label, Path, Primitive, Stroke, line
from app.tokens import theme_colour
from app.widgets.chart_export import ChartTable, ExportMenu
from planning.catalogue.thresholds import Level
from planning.evaluation.exposure import Crossing, Cumulative
from planning.quantities import MINUS, NNBSP, volume_text

_HIGH_PX = 116
_LEFT_PX, _RIGHT_PX, _TOP_PX, _BOTTOM_PX = 46.0, 12.0, 20.0, 20.0
_MOST_TICKS = 7
_ROLES = {Level.CAUTION: "caution", Level.ALARM: "alarm", Level.INJURY: "injury"}


class CumulativeChart(QWidget):
    """Volume against temperature, from the body's on; the levels that are passed are dotted lines."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: Cumulative | None = None
        self._passed: tuple[Crossing, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Volume by temperature")
        self.setToolTip(
            "The volume that gets at least as far from the body's temperature as each temperature. Right click saves it"
        )
        ExportMenu(self, "volume by temperature", self._table)

    def sizeHint(self) -> QSize:
        return QSize(320, _HIGH_PX)

    def show_volumes(self, shown: Cumulative, passed: Sequence[Crossing]) -> None:
        """Show a structure's volumes.

        Parameters
        ----------
        shown : Cumulative
        passed : sequence of Crossing
            Temperatures that something of it passes.
        """
        self._shown, self._passed = shown, tuple(passed)
        self.update()

    def _table(self) -> ChartTable | None:
        if self._shown is None:
            return None
        rows = zip(self._shown.values.tolist(), self._shown.volume_mm3.tolist(), strict=True)
        return ChartTable(columns=("temperature, °C", "volume at least as far from body heat, mm³"), rows=list(rows))

    @contained_paint
    def paintEvent(self, painter: QPainter) -> None:
        if self._shown is not None and len(self._shown.values) > 1:
            draw(painter, self._marks(self._shown))

    def _marks(self, shown: Cumulative) -> list[Primitive]:
        first, last = float(shown.values[0]), float(shown.values[-1])
        bottom, wide = self.height() - _BOTTOM_PX, self.width() - _LEFT_PX - _RIGHT_PX
        most_mm3 = max(float(shown.volume_mm3[0]), 1e-9)

        def x_of(temperature_c: float) -> float:
            return _LEFT_PX + wide * (temperature_c - first) / (last - first)

        marks: list[Primitive] = []
        edge = Stroke(colour=theme_colour("line-control"), width_px=1, casing=False)
        marks.append(line((_LEFT_PX, bottom), (_LEFT_PX + wide, bottom), edge))
        for crossing in self._passed:
            x = x_of(crossing.temperature_c or 0.0)
            dotted = Stroke(colour=theme_colour(_ROLES[crossing.level]), width_px=1, dash_px=(2, 3), casing=False)
            marks.append(line((x, _TOP_PX - 4), (x, bottom), dotted))
        x = np.array([x_of(value) for value in shown.values])
        y = bottom - (bottom - _TOP_PX) * shown.volume_mm3 / most_mm3
        curve = Stroke(colour=theme_colour("text-1"), width_px=1.6, casing=False)
        marks.append(Path(lines=(np.stack([x, y], axis=1),), stroke=curve))
        marks.append(_small(volume_text(most_mm3, unit=False), _LEFT_PX - 6, _TOP_PX, "right"))
        marks.append(_small("cm³", _LEFT_PX - 6, _TOP_PX + 14, "right"))
        marks.append(_small("0", _LEFT_PX - 6, bottom, "right"))
        step = next(s for s in (1, 2, 5, 10, 20, 50, 100) if abs(last - first) / s <= _MOST_TICKS)
        low, high = min(first, last), max(first, last)
        ticks = [t for t in range(int(np.ceil(low)), int(high) + 1) if t % step == 0]
        for tick in ticks:
            words = f"{tick}".replace("-", MINUS) + (
                f"{NNBSP}°C" if tick == (ticks[-1] if last > first else ticks[0]) else ""
            )
            marks.append(_small(words, x_of(tick), bottom + 11, "centre"))
        return marks


def _small(words: str, x_px: float, y_px: float, anchor: str) -> Label:
    return Label(
        text=words, x_px=x_px, y_px=y_px, colour=theme_colour("text-2"), anchor=anchor, size_px=11, outline=False
    )  # type: ignore[arg-type]
