"""Labels, hairlines, rows and buttons in the program's style."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPixmap, QWheelEvent
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.theme import icon, judgement_pixmap, swatch_pixmap
from planning.model.judgement import Judgement

HELD = "held"
"""The property of a widget that names what of the case it is about."""


def text(words: str = "", role: str = "", *, wrap: bool = False, right: bool = False) -> QLabel:
    """Return a label of one of the type roles: title, section, secondary, label, micro, key, chip."""
    label = QLabel(words)
    if role:
        label.setProperty("role", role)
    label.setWordWrap(wrap)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if right:
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return label


def breakable(words: str) -> str:
    """Let a long path be broken after its slashes; else it would widen the window."""
    return words.replace("/", "/\N{ZERO WIDTH SPACE}").replace("\\", "\\\N{ZERO WIDTH SPACE}")


def shortened(words: str, most: int = 150) -> str:
    """Return a text that is no longer than so many letters, cut between words."""
    return words if len(words) <= most else words[: most - 1].rsplit(" ", 1)[0] + " …"


class Mark(QLabel):
    """A glyph, an icon or a swatch, which is drawn anew when the theme changes."""

    _drawn: Callable[[], QPixmap] | None = None

    def show_drawn(self, drawn: Callable[[], QPixmap] | None) -> None:
        """Show what a function draws in the current theme, or nothing."""
        self._drawn = drawn
        if drawn is None:
            self.clear()
        else:
            self.setPixmap(drawn())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and self._drawn is not None:
            self.setPixmap(self._drawn())


def mark_label(drawn: Callable[[], QPixmap]) -> Mark:
    """Return a label that shows what a function draws, and takes no more room than it."""
    label = Mark()
    label.show_drawn(drawn)
    label.setFixedWidth(round(label.pixmap().width() / label.pixmap().devicePixelRatio()) + 2)
    return label


def judgement_label(judgement: Judgement, size_px: int = 14) -> Mark:
    """Return a label that shows the glyph of a judgement."""
    return mark_label(lambda: judgement_pixmap(judgement, size_px))


def icon_label(name: str, size_px: int, role: str = "text-2") -> Mark:
    """Return a label that shows an icon, tinted by a theme role."""
    return mark_label(lambda: icon(name, role).pixmap(size_px, size_px))


def swatch_label(colour: str) -> Mark:
    """Return a label that shows a small square of a colour."""
    return mark_label(lambda: swatch_pixmap(colour))


def show_property(widget: QWidget, name: str, value: bool) -> None:
    """Set a property that the stylesheet asks for, and have it look so."""
    if widget.property(name) is not value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def hairline() -> QFrame:
    """Return a line between sections."""
    line = QFrame()
    line.setProperty("role", "hairline")
    return line


def button(words: str, act: Callable[[], object], *, primary: bool = False, icon_name: str = "") -> QPushButton:
    """Return a button; its act is called without arguments."""
    made = QPushButton(words)
    made.setProperty("primary", primary)
    made.setFixedHeight(28)
    if icon_name:
        made.setIcon(icon(icon_name, "on-accent" if primary else "text-2"))
        made.setIconSize(QSize(16, 16))
    made.clicked.connect(lambda: act())
    return made


def tool_button(words: str, icon_name: str, tooltip: str, take: Callable[[], object]) -> QPushButton:
    """Return a button that stays down while its tool is in the hand."""
    made = button(words, take, icon_name=icon_name)
    made.setCheckable(True)
    made.setProperty("dense", True)
    made.setToolTip(tooltip)
    return made


def icon_button(name: str, tooltip: str, act: Callable[[], object], *, size: int = 18) -> QToolButton:
    """Return a button that is only an icon; its tooltip says what it does."""
    made = QToolButton()
    made.setIcon(icon(name))
    made.setIconSize(QSize(size, size))
    made.setToolTip(tooltip)
    made.setAccessibleName(tooltip)
    made.clicked.connect(lambda: act())
    return made


class _NumberBox(QDoubleSpinBox):
    """A box that the wheel changes only while it has the keyboard: a page is scrolled over it."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


def number_box(minimum: float, maximum: float, **properties: object) -> QDoubleSpinBox:
    """Return a box for a number, its text clear of the border; further properties are those of Qt."""
    box = _NumberBox(minimum=minimum, maximum=maximum, **properties)
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    # The style sheet's padding does not reach the editor inside.
    box.lineEdit().setTextMargins(6, 0, 6, 0)
    return box


def clear(layout: QLayout) -> None:
    """Remove everything from a layout."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            # Without a parent it would become a window of its own until it is deleted.
            widget.hide()
            widget.deleteLater()
        elif item.layout() is not None:
            clear(item.layout())


def row(*items: QWidget | int, spacing: int = 8) -> QHBoxLayout:
    """Return widgets side by side; a number is a stretch."""
    layout = QHBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    for item in items:
        if isinstance(item, int):
            layout.addStretch(item)
        else:
            layout.addWidget(item)
    return layout


class Row(QFrame):
    """A line of a list that can be clicked and selected."""

    clicked = Signal()

    def __init__(self, *items: QWidget | int, selected: bool = False) -> None:
        super().__init__()
        self.setObjectName("row")
        self.setProperty("selected", selected)
        self.setMinimumHeight(28)
        layout = row(*items)
        layout.setContentsMargins(6, 1, 6, 1)
        self._items = layout
        self.setLayout(layout)

    def holds(self, object_id: str) -> None:
        """Say what of the case it is the line of, for whoever asks what can be done with it."""
        self.setProperty(HELD, object_id)

    def tighten(self, stretched: int) -> None:
        """Set the items closer, and give one of them what room there is."""
        self._items.setSpacing(4)
        self._items.setStretch(stretched, 1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.clicked.emit()


class Section(QWidget):
    """A titled part of the inspector, with a hairline below."""

    def __init__(self, title: str = "", aside: str = "") -> None:
        super().__init__()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        inner = QWidget()
        self.body = QVBoxLayout(inner)
        self.body.setContentsMargins(16, 10, 16, 10)
        self.body.setSpacing(6)
        self.aside = text(aside, "label", right=True)
        if title:
            self.body.addLayout(row(text(title, "section"), 1, self.aside))
        outer.addWidget(inner)
        outer.addWidget(hairline())

    def add(self, item: QWidget | QLayout) -> None:
        """Add a widget or layout below."""
        if isinstance(item, QWidget):
            self.body.addWidget(item)
        else:
            self.body.addLayout(item)
