"""Saving the log so that it can be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.export.written import write_atomically
from app.log import text_to_send, versions

if TYPE_CHECKING:
    from app.main_window import MainWindow


def ask_for_log(window: MainWindow) -> None:
    """Ask for a file and write the log there, with the versions of program and libraries."""
    path = window.choose_target("Save the log to send", "sacroplan-log.txt", "Text (*.txt)")
    if path is None:
        return
    words = f"{versions()}\n\n{text_to_send(window.settings.folder)}"
    write_atomically(path, words.encode())
    window.messages.show_notice(
        f"The log was saved as {path.name}.",
        "It holds versions, commands, times and faults, and no name, number or path of a patient, a case or a user. "
        "It is plain text: read it before you send it.",
    )
