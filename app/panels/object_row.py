"""What the lines of all lists have in common: a swatch, and hide, lock and delete."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget

from app.controllers import objects
from app.controllers.session import Session
from app.widgets.basics import icon_button, text
from planning.operations.objects import CaseObject

_ROOM = 12


def name_label(name: str) -> QLabel:
    """Return the name of something as it stands in its line: a longer one is cut, and its tooltip has all of it."""
    shown = text(name if len(name) <= _ROOM else f"{name[: _ROOM - 1].rstrip()}…", "section")
    shown.setToolTip(name if len(name) > _ROOM else "")
    return shown


def object_buttons(session: Session, held: CaseObject) -> tuple[QWidget, QWidget, QWidget]:
    """Return the buttons that hide, lock and delete something, as they stand at the end of its line."""
    hidden = held.id in session.view.hidden
    return (
        icon_button(
            "eye-off" if hidden else "eye", f"{'Show' if hidden else 'Hide'} {held.name}",
            lambda: objects.toggle_hidden(session, held), size=16,
        ),
        icon_button(
            "lock" if held.locked else "lock-open", f"{'Unlock' if held.locked else 'Lock'} {held.name}",
            lambda: objects.toggle_lock(session, held), size=16,
        ),
        icon_button("trash-2", f"Delete {held.name}", lambda: objects.delete(session, held), size=16),
    )  # fmt: skip
