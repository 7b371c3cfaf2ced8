"""A small field over the window in which something is given another name."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.widgets.basics import text
from app.widgets.words_edit import WordsEdit

_WIDTH_PX = 280


class NameField(QFrame):
    """Asks for a name: Enter keeps it, Esc or a click elsewhere leaves it as it was.

    Parameters
    ----------
    name : str
        As it is now.
    keep : callable
        Takes the name, and returns why it is refused, or nothing. What was typed stays until it is taken.
    parent : QWidget
    """

    def __init__(self, name: str, keep: Callable[[str], str], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("nameField")
        self._keep = keep
        self.editor = WordsEdit(name)
        self.editor.setAccessibleName(f"Name of {name}")
        self.editor.selectAll()
        self.editor.left.connect(self._leave)
        self._refusal = text("", "secondary", wrap=True)
        self._refusal.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(6)
        layout.addWidget(text(f"Name of {name}", "label"))
        layout.addWidget(self.editor)
        layout.addWidget(self._refusal)
        self.setFixedWidth(_WIDTH_PX)

    def ask(self, at: QPoint) -> None:
        """Show it at a place of the screen, with the keyboard."""
        self.adjustSize()
        room = self.screen().availableGeometry()
        x = min(max(at.x(), room.left()), room.right() - self.width())
        y = min(max(at.y(), room.top()), room.bottom() - self.height())
        self.move(x, y)
        self.show()
        self.editor.setFocus(Qt.FocusReason.PopupFocusReason)

    def _leave(self, kept: bool) -> None:
        if not self.isVisible():
            return
        # A popup that is clicked beside loses the keyboard too; only Enter is meant.
        if not kept or not self.editor.hasFocus():
            self.close()
            return
        refusal = self._keep(self.editor.text())
        if refusal:
            self._refusal.setText(refusal)
            self._refusal.show()
            self.adjustSize()
        else:
            self.close()
