"""A table of names and values."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from app.widgets.basics import clear, text

_LONG = 44


class Facts(QWidget):
    """Names on the left, values right-aligned, an optional remark behind them."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnStretch(2, 2)
        self._form: list[tuple[str, str, bool]] = []
        self._values: list[QLabel] = []

    def show_rows(self, rows: Iterable[tuple[str, str, str]]) -> None:
        """Show rows of name, value and remark; where only values differ the labels stay, for they follow a dragged probe."""
        rows = list(rows)
        form = [(name, remark, len(value) > _LONG) for name, value, remark in rows]
        if form != self._form:
            self._form = form
            self._build(rows)
            return
        for shown, (_, value, _) in zip(self._values, rows, strict=True):
            shown.setText(value)

    def _build(self, rows: Iterable[tuple[str, str, str]]) -> None:
        clear(self._grid)
        self._values = []
        for n, (name, value, remark) in enumerate(rows):
            self._grid.addWidget(text(name, "label"), n, 0, Qt.AlignmentFlag.AlignTop)
            shown = text(value, right=True, wrap=len(value) > _LONG)
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._values.append(shown)
            self._grid.addWidget(shown, n, 1, 1, 1 if remark else 2)
            if remark:
                # Wrapped, or a long remark would push the values out of a narrow inspector.
                self._grid.addWidget(text(remark, "micro", wrap=True), n, 2)
