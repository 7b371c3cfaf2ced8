"""Charts taken away: as a picture, and as the numbers they show."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QMenu, QWidget

from planning.errors import PlanError

_TIMES = 3
"""A picture has so many pixels for each of the screen's: pages are printed larger than screens."""
AskForFile = Callable[[str, str, str], Path | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartTable:
    """The numbers of a chart.

    Attributes
    ----------
    columns : tuple of str
        Each with its unit.
    rows : sequence of sequence
    """

    columns: tuple[str, ...]
    rows: Sequence[Sequence[object]]


class ExportMenu:
    """The menu that a right click on a chart opens.

    Parameters
    ----------
    chart : QWidget
    name : str
        What files are called unless the user says otherwise.
    table : callable
        Returns the numbers, or None while nothing is shown.
    """

    def __init__(self, chart: QWidget, name: str, table: Callable[[], ChartTable | None]) -> None:
        self._chart, self._name, self._table = chart, name, table
        chart.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        chart.customContextMenuRequested.connect(self._open)
        # The menu lives as long as its chart.
        chart.setProperty("exportMenu", self)

    def menu(self) -> QMenu | None:
        """Return the menu, or None while the chart shows nothing."""
        if self._table() is None:
            return None
        made = QMenu(self._chart)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        made.addAction("Save the picture (PNG)…", lambda: self._save("PNG (*.png)", ".png", self._write_picture))
        made.addAction("Save the numbers (CSV)…", lambda: self._save("CSV (*.csv)", ".csv", self._write_numbers))
        return made

    def _open(self, at: QPoint) -> None:
        menu = self.menu()
        if menu is not None:
            menu.popup(self._chart.mapToGlobal(at))

    def _save(self, pattern: str, suffix: str, write: Callable[[Path], None]) -> None:
        window = self._chart.window()
        path: Path | None = window.choose_target("Save the chart", f"{self._name}{suffix}", pattern)  # type: ignore[attr-defined]
        if path is None:
            return
        path = path if path.suffix.lower() == suffix else path.with_name(path.name + suffix)
        try:
            write(path)
        except OSError as error:
            refusal = PlanError(
                f"The chart could not be saved as {path.name}: {error.strerror or error}.",
                code="chart-not-saved",
                hint="Choose another folder, or make room on the disk.",
            )
            window.messages.show_error(refusal)  # type: ignore[attr-defined]
            return
        window.status.show_written(f"Chart in {path}")  # type: ignore[attr-defined]

    def _write_picture(self, path: Path) -> None:
        image = QImage(self._chart.size() * _TIMES, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(_TIMES)
        image.fill(self._chart.palette().window().color())
        self._chart.render(image)
        if not image.save(str(path)):
            raise OSError("the picture cannot be written there")

    def _write_numbers(self, path: Path) -> None:
        table = self._table()
        assert table is not None
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(table.columns)
            writer.writerows([_plain(value) for value in row] for row in table.rows)


def _plain(value: object) -> object:
    """A number with the digits it has, without those of its storage."""
    return f"{value:.6g}" if isinstance(value, float) else value
