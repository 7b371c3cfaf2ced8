"""Choices that may also be left open: a box of values, and yes or no."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QPushButton, QWidget

from app.widgets.basics import row, text

NOT_SAID = "not said"


class ChoiceBox(QComboBox):
    """One of some values, or none of them; the wheel scrolls the page unless the box has the keyboard.

    Parameters
    ----------
    choices : mapping of str to str
        Values and their words.
    unsaid : str
        What stands for none.

    Signals
    -------
    chosen(str or None)
        By the user.
    """

    chosen = Signal(object)

    def __init__(self, choices: Mapping[str, str], unsaid: str = NOT_SAID) -> None:
        super().__init__()
        self.addItem(unsaid, None)
        for value, words in choices.items():
            self.addItem(words, value)
        self.setMinimumContentsLength(6)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # The list is as wide as its words need, however narrow the box.
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 24)
        self.activated.connect(lambda n: self.chosen.emit(self.itemData(n)))

    def show_value(self, value: str | None) -> None:
        """Show a value that the case has."""
        self.setCurrentIndex(max(self.findData(value), 0))
        self.setToolTip(self.currentText())

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class YesNo(QWidget):
    """Yes, no, or neither: a second click on what is pressed takes it back.

    Signals
    -------
    chosen(bool or None)
        By the user.
    """

    chosen = Signal(object)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._said: bool | None = None
        self.words = text("", "label", right=True)
        self.buttons = {value: QPushButton(words) for value, words in ((True, "yes"), (False, "no"))}
        for value, button in self.buttons.items():
            button.setCheckable(True)
            button.setProperty("small", True)
            button.setProperty("answer", True)
            button.setFixedSize(44, 22)
            button.setAccessibleName(f"{name}: {button.text()}")
            button.clicked.connect(lambda _=False, v=value: self._choose(v))
        self.setLayout(row(self.words, *self.buttons.values(), spacing=4))

    def show_value(self, value: bool | None, *, because: str = "") -> None:
        """Show a value that the case has; what it has ``because`` of something else cannot be chosen."""
        self._said = value
        self.words.setText(because or ("" if value is not None else NOT_SAID))
        for shown, button in self.buttons.items():
            button.setChecked(shown is value)
            button.setEnabled(not because)

    def _choose(self, value: bool) -> None:
        said = None if value is self._said else value
        self.show_value(said)
        self.chosen.emit(said)
