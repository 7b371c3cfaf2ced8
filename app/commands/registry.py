"""Commands and their dispatch."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from app.log import Plain, note
from app.theme import icon
from imaging.errors import DomainError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something the user can do.

    Attributes
    ----------
    id : str
    words : str
        As in the menu.
    act : callable
    keys : tuple of str
        Shortcuts, the first of which is shown.
    icon_name : str
    enabled : callable
    group : str
        Which part of the menu it stands in; empty keeps it out of the menu.
    unless : str
        Why it is disabled while it is, for its tooltip.
    checked : callable, optional
        Whether it is on, of a command that switches something on and off.
    repeats : bool
        Whether it is done again and again while its key is held.
    """

    id: str
    words: str
    act: Callable[[], object]
    keys: tuple[str, ...] = ()
    icon_name: str = ""
    enabled: Callable[[], bool] = lambda: True
    group: str = ""
    unless: str = ""
    checked: Callable[[], bool] | None = None
    repeats: bool = True

    @property
    def tooltip(self) -> str:
        """What it does, its key, and why it is disabled if it is."""
        words = self.words.rstrip("…")
        tip = f"{words} ({self.keys[0]})" if self.keys else words
        return f"{tip}. {self.unless}" if self.unless and not self.enabled() else tip


class Commands:
    """All commands of a window.

    Parameters
    ----------
    owner : QWidget
        The window the shortcuts work in.
    refused : callable
        Told of every refusal.
    """

    def __init__(self, owner: QWidget, refused: Callable[[DomainError], None]) -> None:
        self._owner, self._refused = owner, refused
        self._commands: dict[str, Command] = {}
        self.actions: dict[str, QAction] = {}

    def add(self, *commands: Command) -> None:
        """Add commands, each with its action and shortcuts."""
        for command in commands:
            action = QAction(command.words, self._owner)
            action.setShortcuts([QKeySequence(keys) for keys in command.keys])
            action.setAutoRepeat(command.repeats)
            if command.icon_name:
                action.setIcon(icon(command.icon_name))
            action.triggered.connect(lambda _=False, c=command.id: self.run(c))
            action.setCheckable(command.checked is not None)
            action.setToolTip(command.tooltip)
            self._owner.addAction(action)
            self._commands[command.id] = command
            self.actions[command.id] = action

    def run(self, command_id: str) -> None:
        """Run a command; whatever goes wrong is told, and the window goes on."""
        command = self._commands[command_id]
        if not command.enabled():
            return
        note("command %s", Plain(command_id))
        try:
            command.act()
        except DomainError as error:
            self._refused(error)
        except Exception as error:  # noqa: BLE001  command dispatch is one of the few places that catch everything
            _log.exception("command failed: %s", Plain(command_id))
            self._refused(
                DomainError(
                    f"{command.words.rstrip('…')} failed unexpectedly ({type(error).__name__}).",
                    code="command-failed",
                    hint="Your case is unharmed.",
                )
            )

    @property
    def listed(self) -> tuple[Command, ...]:
        """All commands, in the order of the menu."""
        return tuple(self._commands.values())

    def refresh(self) -> None:
        """Enable and disable the actions."""
        for name, command in self._commands.items():
            action = self.actions[name]
            action.setEnabled(command.enabled())
            if command.unless:
                action.setToolTip(command.tooltip)
            if command.checked is not None:
                action.setChecked(command.checked())

    def of_group(self, group: str) -> list[QAction]:
        """Return the actions of a part of the menu, in order."""
        return [self.actions[c.id] for c in self._commands.values() if c.group == group]
