"""What the CT shows by itself, found in the background after it was opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.proposing import canal_and_roots, skin_and_bone, with_proposals
from planning.model import Structure

if TYPE_CHECKING:
    from app.controllers.session import Session

FINDING = ("Finding skin and bone", "Finding canal and roots")
"""Titles of the jobs."""
_WHAT_TO_DO = "Nothing unconfirmed counts as safe: look at each, correct it, confirm it."


def find_structures(session: Session) -> None:
    """Find skin and bone, then canal and roots; what comes too late for another CT is dropped."""
    volume = session.volume
    if volume is None:
        return

    def found(structures: tuple[Structure, ...], words: str) -> None:
        if structures and session.volume is volume:
            session.apply(words, lambda case: with_proposals(case, structures))

    def nerves(result: tuple[tuple[Structure, ...], str]) -> None:
        found(result[0], "Find canal and roots")
        if result[1] and session.volume is volume:
            session.noticed.emit(result[1], _WHAT_TO_DO)

    session.jobs.batch(
        FINDING[0],
        lambda progress: skin_and_bone(volume, progress),
        lambda structures: found(structures, "Find skin and bone"),
    )
    session.jobs.batch(FINDING[1], lambda progress: canal_and_roots(volume, progress), nerves)
