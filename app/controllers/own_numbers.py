"""The window's way to the numbers that the user may change: rules of paths, levels of harm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.widgets.numbers_dialog import NumbersDialog
from app.widgets.rules_dialog import RulesDialog
from app.widgets.thresholds_dialog import ThresholdsDialog

if TYPE_CHECKING:
    from app.main_window import MainWindow


def show_rules(window: MainWindow) -> None:
    """Show the rules of paths beside the work; what is changed counts at once."""
    _show(window, RulesDialog)


def show_thresholds(window: MainWindow) -> None:
    """Show the levels of harm and the goals beside the work; what is changed counts at once."""
    _show(window, ThresholdsDialog)


def _show(window: MainWindow, kind: type[RulesDialog] | type[ThresholdsDialog]) -> None:
    for open_one in window.findChildren(kind):
        open_one.raise_()
        open_one.activateWindow()
        return
    dialog: NumbersDialog = kind(window)
    dialog.changed.connect(window.session.rules_changed)
    dialog.show()
