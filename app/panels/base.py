"""What every page of the inspector has."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from app.controllers.session import Session
from app.widgets.basics import Section, row, text

_FAILED = "This page could not be brought up to date: what it shows may be of an earlier state. It is tried again with the next change."
RunCommand = Callable[[str], None]


class Panel(QScrollArea):
    """A page of sections that scrolls when it is taller than the window.

    Parameters
    ----------
    title : str
    session : Session
    run : callable
        Runs a command by its id; the only way from a page to the rest of the window.
    """

    def __init__(self, title: str, session: Session, run: RunCommand) -> None:
        super().__init__()
        self.session, self.view, self.run = session, session.view, run
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        page = QWidget()
        page.setObjectName("inspectorPage")
        self._layout = QVBoxLayout(page)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self.chip = text("", "chip")
        self.chip.hide()
        head = Section()
        head.add(row(text(title, "title"), 1, self.chip))
        self.subtitle = text("", "secondary", wrap=True)
        self.subtitle.hide()
        head.add(self.subtitle)
        self._failed = text(_FAILED, wrap=True)
        self._failed.hide()
        head.add(self._failed)
        self._layout.addWidget(head)
        self._layout.addStretch(1)
        self.setWidget(page)

    def add_section(self, section: Section) -> Section:
        """Add a section below the others."""
        self._layout.insertWidget(self._layout.count() - 1, section)
        return section

    def say(self, words: str) -> None:
        """Show a sentence below the title, or none."""
        self.subtitle.setText(words)
        self.subtitle.setVisible(bool(words))

    def mark(self, words: str) -> None:
        """Show a chip beside the title, or none."""
        self.chip.setText(words)
        self.chip.setVisible(bool(words))

    def show_failed(self, failed: bool) -> None:
        """Say whether the page could not be brought up to date; nobody is to act on what it shows then."""
        self._failed.setVisible(failed)
        for n in range(1, self._layout.count()):
            if (section := self._layout.itemAt(n).widget()) is not None:
                section.setEnabled(not failed)

    def refresh(self) -> None:
        """Bring the page up to date; called when it is shown and when the case or the zone changes."""
