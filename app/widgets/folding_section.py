"""A section that folds to one line."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLayout, QToolButton, QVBoxLayout, QWidget

from app.theme import icon
from app.widgets.basics import Row, Section, text


class FoldingSection(Section):
    """Its title and what stands beside it stay; a click on the title shows or hides the rest."""

    def __init__(self, title: str, *, open_: bool = False) -> None:
        super().__init__()
        self.fold = QToolButton()
        self.fold.setIconSize(QSize(16, 16))
        self.fold.setCheckable(True)
        self.fold.setChecked(open_)
        self.fold.setAccessibleName(f"Show or hide: {title}")
        self.fold.toggled.connect(self._show)
        head = Row(text(title, "section"), 1, self.aside, self.fold)
        head.layout().setContentsMargins(0, 0, 0, 0)
        head.clicked.connect(self.fold.toggle)
        self.body.addWidget(head)
        self._inner = QWidget()
        self.folded = QVBoxLayout(self._inner)
        self.folded.setContentsMargins(0, 0, 0, 0)
        self.folded.setSpacing(6)
        self.body.addWidget(self._inner)
        self._show(open_)

    def add(self, item: QWidget | QLayout) -> None:
        """Add a widget or layout to what folds."""
        if isinstance(item, QWidget):
            self.folded.addWidget(item)
        else:
            self.folded.addLayout(item)

    def _show(self, shown: bool) -> None:
        self.fold.setIcon(icon("chevron-down" if shown else "chevron-right"))
        self._inner.setVisible(shown)
