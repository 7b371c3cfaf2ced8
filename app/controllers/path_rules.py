"""The window's way to the rules of paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.widgets.rules_dialog import RulesDialog

if TYPE_CHECKING:
    from app.main_window import MainWindow


def show_rules(window: MainWindow) -> None:
    """Show the rules beside the work; what is changed counts at once."""
    for open_one in window.findChildren(RulesDialog):
        open_one.raise_()
        open_one.activateWindow()
        return
    dialog = RulesDialog(window)
    dialog.changed.connect(window.session.rules_changed)
    dialog.show()
