"""What is locked stays as it is, whatever it is."""

from __future__ import annotations

from typing import Protocol

from planning.errors import PlanError


class Lockable(Protocol):
    """Whatever of a case can be locked."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def locked(self) -> bool: ...


def require_unlocked(held: Lockable) -> None:
    """Raise PlanError ``probe-locked``, ``structure-locked`` and so on for what is locked."""
    if held.locked:
        raise PlanError(
            f"{held.name} is locked and stays as it is.",
            code=f"{what_is(held)}-locked",
            hint=f"Unlock {held.name} first.",
        )


def what_is(held: Lockable) -> str:
    """Return what something of a case is, in a word: ``probe``, ``structure``, ``annotation``."""
    return type(held).__name__.lower()
