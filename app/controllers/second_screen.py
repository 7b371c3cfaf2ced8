"""The second window: opened on another screen where there is one, wired like the first, remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

from app.controllers.ct_look_commands import put_tools_on_slice
from app.controllers.object_commands import follow_right_clicks
from app.controllers.view3d_commands import put_tools_on_3d
from app.representations.slice_plane import Plane
from app.views.second_window import SecondWindow
from app.views.slice_view import SliceView

if TYPE_CHECKING:
    from app.main_window import MainWindow

_SIZE_PX = (1280, 900)


class SecondScreen(QObject):
    """Opens and closes the second window.

    Attributes
    ----------
    shown : SecondWindow or None

    Parameters
    ----------
    window : MainWindow
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.shown: SecondWindow | None = None

    @property
    def slices(self) -> tuple[SliceView, ...]:
        """Its slices; none while it is closed."""
        return () if self.shown is None else tuple(self.shown.slices.values())

    def toggle(self) -> None:
        """Open it, or close it."""
        if self.shown is None:
            self.open()
        else:
            self.shown.close()

    def open(self) -> None:
        """Show it where it was last, else on a screen that the first window is not on."""
        window, settings = self._window, self._window.settings
        shown = self.shown = SecondWindow(window.session, window, window)
        window.painting.add(self.slices)
        for view in self.slices:
            put_tools_on_slice(window, view, shown.layouts)
            view.setCursor(window.slices[Plane.AXIAL].cursor())
            window.follow_cursor(view)
        put_tools_on_3d(window, shown.view3d, shown.layouts)
        follow_right_clicks(window, self.slices, shown.view3d)
        shown.view3d.entryTaken.connect(window.ways_in.take_entry)
        shown.closed.connect(self._closed)
        other = next((s for s in QGuiApplication.screens() if s is not window.screen()), None)
        if settings.second_geometry is not None:
            shown.restoreGeometry(settings.second_geometry)
        elif other is not None:
            shown.setGeometry(other.availableGeometry())
            shown.setWindowState(Qt.WindowState.WindowMaximized)
        else:
            shown.resize(*_SIZE_PX)
        settings.second_window = True
        shown.show()
        # Once it has its size.
        QTimer.singleShot(0, shown.centre)

    def close_with_first(self) -> None:
        """Close it because the first window closes; it opens with it the next time."""
        if self.shown is not None:
            self.shown.close()
            self._window.settings.second_window = True

    def _closed(self) -> None:
        gone, self.shown = self.shown, None
        if gone is not None:
            self._window.settings.second_geometry = gone.saveGeometry()
            self._window.settings.second_window = False
            self._window.painting.remove(gone.slices.values())
            gone.deleteLater()
        self._window.commands.refresh()
