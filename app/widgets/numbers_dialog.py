"""A window with a table of numbers and their sources that the user may change. Not modal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHeaderView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from app.widgets.basics import button, judgement_label, row, text
from imaging.errors import DomainError, Finding
from planning.catalogue.own_thresholds import BLANK
from planning.catalogue.rules import SET_BY_USER
from planning.model.judgement import Judgement

_NUMBER = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_EDITED = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberLine:
    """One line: its cells, the source in full, and what the numbers among them are kept under.

    Attributes
    ----------
    cells : sequence
        Words and numbers; None is blank.
    source : str
        Shown whole where the mouse rests.
    keys : mapping of int to tuple of str
        By column; a column without a key cannot be changed.
    numbers : frozenset of int
        Columns that hold numbers, whether they can be changed or not.
    """

    cells: Sequence[Any]
    source: str
    keys: dict[int, tuple[str, ...]] = field(default_factory=dict)
    numbers: frozenset[int] = frozenset()


class NumbersDialog(QDialog):
    """All numbers of one kind; a double click on one changes it.

    Parameters
    ----------
    parent : QWidget
    title : str
    heads : sequence of str
        Of the columns.
    about : str
        What the numbers do.

    Signals
    -------
    changed()
        A number was changed.
    """

    changed = Signal()

    def __init__(self, parent: QWidget, title: str, heads: Sequence[str], about: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(1080, 660)
        self.table = QTableWidget(0, len(heads))
        self.table.setHorizontalHeaderLabels(list(heads))
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.setShowGrid(False)
        self.table.setWordWrap(True)
        header = self.table.horizontalHeader()
        for column in range(len(heads) - 1):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(len(heads) - 1, QHeaderView.ResizeMode.Stretch)
        self.table.itemChanged.connect(self._edited)
        self._mark = judgement_label(Judgement.CAUTION)
        self.said = text("", wrap=True)
        answer = row(self._mark, self.said)
        answer.setStretch(1, 1)
        self.reset_button = button("Back to those that ship", self._reset)
        self.close_button = button("Close", self.close)
        for each in (self.reset_button, self.close_button):
            each.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addWidget(text(about, "secondary", wrap=True))
        layout.addWidget(self.table, 1)
        layout.addLayout(answer)
        layout.addLayout(row(self.reset_button, 1, self.close_button))
        findings = self.findings()
        self._say(findings[0].message if findings else "", refused=bool(findings))
        self._fill()

    def lines(self) -> Iterable[NumberLine]:
        """Return the lines as they are now."""
        raise NotImplementedError

    def findings(self) -> tuple[Finding, ...]:
        """Return what is wrong with the user's file."""
        raise NotImplementedError

    def keep(self, key: tuple[str, ...], value: float | str) -> None:
        """Keep a number, or "blank"; raises DomainError or OSError, and nothing is kept then."""
        raise NotImplementedError

    def go_back(self) -> None:
        """Take the user's numbers away; raises OSError."""
        raise NotImplementedError

    def _say(self, words: str, *, refused: bool = False) -> None:
        self.said.setText(words)
        self.said.setVisible(bool(words))
        self._mark.setVisible(refused)

    def _fill(self) -> None:
        self.table.blockSignals(True)
        self.table.setRowCount(0)
        for line in self.lines():
            at = self.table.rowCount()
            self.table.insertRow(at)
            for column, value in enumerate(line.cells):
                words = "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
                item = QTableWidgetItem(words)
                item.setToolTip(line.source)
                if column in line.numbers or column in line.keys:
                    item.setTextAlignment(_NUMBER)
                if column in line.keys:
                    item.setData(_EDITED, line.keys[column])
                else:
                    item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
                self.table.setItem(at, column, item)
        self.table.blockSignals(False)

    def _edited(self, item: QTableWidgetItem) -> None:
        """Keep a number, or say why it cannot be."""
        words = item.text().strip().replace(",", ".").replace("−", "-")
        try:
            value: float | str = float(words) if words else BLANK
        except ValueError:
            self._say(f"'{item.text()}' is not a number.", refused=True)
            self._fill()
            return
        try:
            self.keep(tuple(item.data(_EDITED)), value)
        except DomainError as error:
            reason = error.context.get("reason", str(error))
            self._say(f"Not changed: {reason}.", refused=True)
        except OSError as error:
            self._say(f"Not kept: {error.strerror or error}.", refused=True)
        else:
            self._say(f"Changed. {SET_BY_USER} It counts for every case.")
            self.changed.emit()
        self._fill()

    def _reset(self) -> None:
        try:
            self.go_back()
        except OSError as error:
            self._say(f"Not removed: {error.strerror or error}.", refused=True)
            return
        self._say("They are those that ship with the program.")
        self._fill()
        self.changed.emit()
