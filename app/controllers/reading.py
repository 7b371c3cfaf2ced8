"""A CT folder is read: its first slice is shown at once, and again hidden when the CT is there or is not to be had."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.views.reading_cover import ReadingCover

if TYPE_CHECKING:
    from app.main_window import MainWindow
    from imaging.dicom import Glance

LOOKING_FOR_SERIES, OPENING = "Looking for series", "Opening"


class Reading(QObject):
    """Covers the views while a folder is read.

    Parameters
    ----------
    window : MainWindow
    cover : ReadingCover
    """

    def __init__(self, window: MainWindow, cover: ReadingCover) -> None:
        super().__init__(window)
        self._window, self._cover = window, cover
        self._folder: Path | None = None
        window.session.opened.connect(self.end)
        window.jobs.failed.connect(self._look)
        # A job that ends begins the next one, or does not, once it is delivered.
        window.jobs.idle.connect(lambda: QTimer.singleShot(0, self._look))

    def begin(self, folder: Path) -> None:
        """Show the first slice of a folder as soon as it is read; the folder itself is read by others."""
        self._folder = folder

        def work(_: object) -> Glance | None:
            from imaging.dicom import first_glance

            return first_glance(folder) if folder.is_dir() else None

        def done(glance: Glance | None) -> None:
            if glance is not None and self._folder == folder and self._at_work:
                self._cover.show_slice(glance, self._window.view.window_hu)
                # What is shown there may be of the case before.
                self._window.inspector.setEnabled(False)

        # That it cannot be looked at is told when it is read.
        self._window.jobs.interactive("glance", "First slice", work, done, lambda _: None)

    def end(self) -> None:
        """Show the views again."""
        self._folder = None
        self._cover.end()
        self._window.inspector.setEnabled(True)

    @property
    def _at_work(self) -> bool:
        return self._window.jobs.at_work(LOOKING_FOR_SERIES, OPENING)

    def _look(self) -> None:
        if self._folder is not None and not self._at_work:
            self.end()
