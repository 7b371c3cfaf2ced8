"""Keeps a fault in one part of the window from the others, and tells of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication

from app.contained import FAULTS, Contained
from imaging.errors import DomainError

if TYPE_CHECKING:
    from app.main_window import MainWindow


class Containing(QObject):
    """Contains faults in what a window brings up to date, and shows all faults that are told.

    Parameters
    ----------
    window : MainWindow
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._parts: dict[str, Contained] = {}
        # Later: a fault may be told while something is painted.
        FAULTS.told.connect(self._told, Qt.ConnectionType.QueuedConnection)

    def run(self, name: str, act: Callable[[], object]) -> bool:
        """Bring a part up to date, and return whether that worked."""
        return self._parts.setdefault(name, Contained(name)).run(act)

    def _told(self, error: DomainError) -> None:
        self._window.messages.show_error(error)
        session = self._window.session
        if session.dragging and QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton:
            # The release of the mouse came to nothing; nothing else would end the drag.
            session.end_drag()
