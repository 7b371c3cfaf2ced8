"""What the CT shows by itself, found in the background after it was opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.proposing import Found, canal_and_roots, named_bones, skin_and_bone, with_proposals
from imaging.anatomy import FoundSpine
from imaging.labels import Mask
from planning.model import Structure

if TYPE_CHECKING:
    from app.controllers.session import Session

FINDING = ("Finding skin and bone", "Finding canal and roots", "Telling bones apart")
"""Titles of the jobs."""
_WHAT_TO_DO = "Nothing unconfirmed counts as safe: look at each, correct it, confirm it."


def find_structures(session: Session) -> None:
    """Find skin and bone, canal and roots beside them, then bones by name; what comes too late for another CT is dropped."""
    if session.volume is not None:
        _Search(session).begin()


class _Search:
    """One search of one CT: its parts come one by one, each as one step of undo."""

    def __init__(self, session: Session) -> None:
        assert session.volume is not None
        self._session, self._volume = session, session.volume
        self._bone: Mask | None = None
        self._spine: FoundSpine | None = None
        self._said = ""

    def begin(self) -> None:
        volume, jobs = self._volume, self._session.jobs
        jobs.batch(FINDING[0], lambda progress: skin_and_bone(volume, progress), self._outer_found)
        jobs.batch(FINDING[1], lambda progress: canal_and_roots(volume, progress), self._nerves_found, lane="anatomy")

    def _outer_found(self, found: tuple[Structure, Structure]) -> None:
        self._put(found, "Find skin and bone")
        if isinstance(found[1].shape, Mask):
            self._bone = found[1].shape
        self._tell_bones_apart()

    def _nerves_found(self, found: Found) -> None:
        self._put(found.structures, "Find canal and roots")
        self._spine = found.spine
        self._say(found.words)
        self._tell_bones_apart()

    def _tell_bones_apart(self) -> None:
        bone, spine, volume = self._bone, self._spine, self._volume
        if bone is None or spine is None or self._session.volume is not volume:
            return
        self._session.jobs.batch(
            FINDING[2],
            lambda progress: named_bones(volume, bone, spine, progress),
            self._bones_found,
            lane="anatomy",
        )

    def _bones_found(self, found: Found) -> None:
        self._put(found.structures, "Tell bones apart")
        self._say(" ".join(filter(None, (self._said, found.words))))

    def _put(self, structures: tuple[Structure, ...], words: str) -> None:
        if structures and self._session.volume is self._volume:
            self._session.apply(words, lambda case: with_proposals(case, structures))

    def _say(self, words: str) -> None:
        self._said = words
        if words and self._session.volume is self._volume:
            self._session.noticed.emit(words, _WHAT_TO_DO)
