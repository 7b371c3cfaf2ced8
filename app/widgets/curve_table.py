"""A small table of times and temperatures that grows with what is entered."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from app.widgets.basics import text

_ROWS_AT_FIRST, _MOST_ROWS = 2, 12
_WIDTH_PX = 76


class CurveTable(QWidget):
    """Lines of two fields; once the last one is used there is another.

    Signals
    -------
    edited()
        Somebody typed in it.
    """

    edited = Signal()

    def __init__(self, heads: tuple[str, str]) -> None:
        super().__init__()
        self._heads = heads
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(2, 1)
        for column, words in enumerate(heads):
            self._grid.addWidget(text(words, "label", right=True), 0, column)
        self.rows: list[tuple[QLineEdit, QLineEdit]] = []
        for _ in range(_ROWS_AT_FIRST):
            self._add_row()

    @property
    def lines(self) -> list[tuple[str, str]]:
        """What is entered, without lines that are empty."""
        entered = [(first.text().strip(), second.text().strip()) for first, second in self.rows]
        return [line for line in entered if any(line)]

    def _add_row(self) -> None:
        fields = QLineEdit(), QLineEdit()
        for column, (field, words) in enumerate(zip(fields, self._heads, strict=True)):
            field.setFixedWidth(_WIDTH_PX)
            field.setAlignment(Qt.AlignmentFlag.AlignRight)
            field.setAccessibleName(f"{words}, line {len(self.rows) + 1}")
            field.textEdited.connect(self._grow)
            self._grid.addWidget(field, len(self.rows) + 1, column)
            if self.rows or column:
                self.setTabOrder(self.rows[-1][1] if column == 0 else fields[0], field)
        self.rows.append(fields)

    def _grow(self) -> None:
        if any(field.text().strip() for field in self.rows[-1]) and len(self.rows) < _MOST_ROWS:
            self._add_row()
        self.edited.emit()
