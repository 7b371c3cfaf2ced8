"""The windows beside the work: which series to open, and a question. None is modal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHeaderView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from app.widgets.basics import button, row, text

if TYPE_CHECKING:
    from imaging.dicom import Series


class SeriesDialog(QDialog):
    """The series of a folder, with slices, spacing, orientation and what is wrong with them."""

    chosen = Signal(object)

    def __init__(self, series: Sequence[Series], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Choose a series")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(860, 360)
        self._series = list(series)
        heads = ("Description", "Modality", "Slices", "Spacing, mm", "Orientation", "Finding")
        self.table = QTableWidget(len(series), len(heads))
        self.table.setHorizontalHeaderLabels(heads)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.horizontalHeader().setHighlightSections(False)
        self.table.setShowGrid(False)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        for n, item in enumerate(self._series):
            for column, words in enumerate(_series_row(item)):
                self.table.setItem(n, column, QTableWidgetItem(words))
        self.table.resizeColumnsToContents()
        self.table.horizontalHeader().setSectionResizeMode(len(heads) - 1, QHeaderView.ResizeMode.Stretch)
        best = next((n for n, s in enumerate(self._series) if s.modality == "CT" and s.readable), 0)
        self.table.selectRow(best)
        self.table.cellDoubleClicked.connect(lambda *_: self._open())
        layout = QVBoxLayout(self)
        layout.addWidget(text("Several series were found. Which one shall be opened?", "section"))
        layout.addWidget(self.table)
        layout.addLayout(row(1, button("Cancel", self.reject), button("Open series", self._open, primary=True)))

    def _open(self) -> None:
        self.chosen.emit(self._series[self.table.currentRow()])
        self.accept()


def choose_series_dialog(series: Sequence[Series], parent: QWidget) -> SeriesDialog:
    """Return the dialog that asks which series to open."""
    return SeriesDialog(series, parent)


def _series_row(series: Series) -> tuple[str, ...]:
    spacing = "" if series.spacing_mm is None else " × ".join(f"{v:.2f}" for v in series.spacing_mm)
    finding = series.findings[0].message if series.findings else ""
    return (
        series.description or "without description",
        series.modality,
        str(len(series.slices)),
        spacing,
        series.orientation,
        finding,
    )


def ask(parent: QWidget, title: str, words: str, yes: str, act: Callable[[], object]) -> QDialog:
    """Show a question with what is to be known before; ``act`` is done if it is answered by ``yes``."""
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setMinimumWidth(460)
    dialog.accepted.connect(act)
    layout = QVBoxLayout(dialog)
    layout.addWidget(text(words, wrap=True))
    layout.addLayout(row(1, button("Cancel", dialog.reject), button(yes, dialog.accept, primary=True)))
    dialog.show()
    return dialog
