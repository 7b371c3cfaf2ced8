"""Help: the manual at the chapter of the step, the sheet of keys, and what program this is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.manual import CHAPTERS
from app.widgets.about_dialog import AboutDialog
from app.widgets.keys_dialog import KeysDialog
from app.widgets.manual_window import ManualWindow

if TYPE_CHECKING:
    from app.main_window import MainWindow


def show_manual(window: MainWindow) -> None:
    """Show the manual beside the work, at the chapter of the step."""
    manual = window.findChild(ManualWindow) or ManualWindow(window)
    manual.show()
    manual.raise_()
    manual.activateWindow()
    manual.show_chapter(CHAPTERS[window.view.step])


def show_keys(window: MainWindow) -> None:
    """Show keys and gestures beside the work."""
    dialog = window.findChild(KeysDialog) or KeysDialog(window.commands, window.view.mouse, window)
    dialog.show()
    dialog.raise_()


def show_about(window: MainWindow) -> None:
    """Show what program this is."""
    dialog = window.findChild(AboutDialog) or AboutDialog(window)
    dialog.show()
    dialog.raise_()
