"""The history of edits as a list beside the work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.widgets.history_list import HistoryDialog

if TYPE_CHECKING:
    from app.main_window import MainWindow


def show_history(window: MainWindow) -> None:
    """Show what was done and undone; a click brings the case back to it."""
    session = window.session
    dialog = window.findChild(HistoryDialog)
    if dialog is None:
        dialog = HistoryDialog(session.jump, window)
        shown = dialog

        def follow() -> None:
            store = session.store
            shown.list.show_steps(*((store.undo_names, store.redo_names) if store is not None else ((), ())))

        session.changed.connect(follow)
        session.opened.connect(follow)
        dialog.finished.connect(lambda _: (session.changed.disconnect(follow), session.opened.disconnect(follow)))
        follow()
    dialog.show()
    dialog.raise_()
