"""The history of edits: what was done and undone, and a click to be back at any of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QDialog, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.tokens import theme_colour
from app.widgets.basics import button, row, text

_STEPS = Qt.ItemDataRole.UserRole
_OPENED = "As it was opened"


class HistoryList(QListWidget):
    """Edits, the newest above; those that were undone stand dimmed over the one that the case is at.

    Parameters
    ----------
    jump : callable
        Takes how many steps to go: below 0 back, above 0 on.
    """

    def __init__(self, jump: Callable[[int], object]) -> None:
        super().__init__()
        self.setObjectName("history")
        self.setAccessibleName("History of edits")
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._shown: object = None
        self._jump = jump
        self.itemClicked.connect(self._go)
        self.itemActivated.connect(self._go)

    def show_steps(self, undo_names: Sequence[str], redo_names: Sequence[str]) -> None:
        """Show what can be undone, newest first, and what can be done again, next first."""
        shown = (tuple(undo_names), tuple(redo_names), theme_colour("text-off"))
        if shown == self._shown:
            return
        self._shown = shown
        self.clear()
        for n in range(len(redo_names), 0, -1):
            self._add(redo_names[n - 1], n, undone=True)
        for n, name in enumerate(undo_names):
            self._add(name, -n)
        if undo_names or redo_names:
            self._add(_OPENED, -len(undo_names))
            self.setCurrentRow(len(redo_names))

    def _add(self, name: str, steps: int, *, undone: bool = False) -> None:
        item = QListWidgetItem(name)
        item.setData(_STEPS, steps)
        teaches = "the case is as it was after this" if steps == 0 else "click: the case as it was after this"
        item.setToolTip(f"{name}: {teaches}")
        if undone:
            item.setForeground(QColor(theme_colour("text-off")))
        self.addItem(item)

    def _go(self, item: QListWidgetItem) -> None:
        if steps := item.data(_STEPS):
            self._jump(steps)


class HistoryDialog(QDialog):
    """The whole history beside the work; not modal.

    Parameters
    ----------
    jump : callable
        As of `HistoryList`.
    parent : QWidget
    """

    def __init__(self, jump: Callable[[int], object], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("History of edits")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(360, 480)
        self.list = HistoryList(jump)
        close = button("Close", self.close)
        close.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addWidget(
            text(
                "A click brings the case back to how it was then; nothing after it is lost until you edit.",
                "secondary",
                wrap=True,
            )
        )
        layout.addWidget(self.list, 1)
        layout.addLayout(row(1, close))
