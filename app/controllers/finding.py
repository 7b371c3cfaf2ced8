"""What the CT shows by itself, found in the background after it was opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.proposing import Found, canal_and_roots, named_bones, skin_and_bone, with_proposals
from imaging.anatomy import FoundSpine, find_spine
from imaging.progress import Progress
from planning.model import Structure

if TYPE_CHECKING:
    from app.controllers.session import Session

FINDING = ("Finding skin and bone", "Finding the canal", "Finding roots", "Telling bones apart")
"""Titles of the jobs."""
STEPS = ("Find skin and bone", "Find canal and roots", "Tell bones apart")
"""What their results are called among the steps of undo."""
_WHAT_TO_DO = "Nothing unconfirmed counts as safe: look at each, correct it, confirm it."


def find_structures(session: Session) -> None:
    """Find skin and bone, canal and roots beside them, then bones by name; what comes too late for another CT is dropped."""
    if session.volume is not None:
        _Search(session).begin()


def find_roots(session: Session, lowest: str) -> None:
    """Find canal and roots anew, counted from the level of the lowest neural foramina; nothing is told of another CT."""
    volume = session.volume
    if volume is None:
        return

    def work(progress: Progress) -> Found:
        spine = find_spine(volume, progress.part(0.0, 0.5))
        return canal_and_roots(volume, spine, progress.part(0.5, 1.0), lowest=lowest)

    def done(found: Found) -> None:
        if session.volume is volume:
            session.apply(f"Find roots from {lowest} upwards", lambda case: with_proposals(case, found.structures))
            session.noticed.emit(found.words, _WHAT_TO_DO)

    session.jobs.batch(FINDING[2], work, done, lane="anatomy")


class _Search:
    """One search of one CT: its parts come one by one, each as one step of undo."""

    def __init__(self, session: Session) -> None:
        assert session.volume is not None
        self._session, self._volume = session, session.volume
        self._bone: Structure | None = None
        self._spine: FoundSpine | None = None
        self._said: list[str] = []

    def begin(self) -> None:
        volume, jobs = self._volume, self._session.jobs
        jobs.batch(FINDING[0], lambda progress: skin_and_bone(volume, progress), self._outer_found, lane="bones")
        jobs.batch(FINDING[1], lambda progress: find_spine(volume, progress), self._spine_found, lane="anatomy")

    def _outer_found(self, found: tuple[Structure, ...]) -> None:
        self._put(found, STEPS[0])
        self._bone = found[1]
        self._tell_bones_apart()

    def _spine_found(self, spine: FoundSpine) -> None:
        self._spine, volume = spine, self._volume
        if self._session.volume is volume:
            self._session.jobs.batch(
                FINDING[2],
                lambda progress: canal_and_roots(volume, spine, progress),
                lambda found: self._found(found, STEPS[1]),
                lane="anatomy",
            )
        self._tell_bones_apart()

    def _tell_bones_apart(self) -> None:
        bone, spine, volume = self._bone, self._spine, self._volume
        if bone is not None and spine is not None and self._session.volume is volume:
            self._session.jobs.batch(
                FINDING[3],
                lambda progress: named_bones(volume, bone, spine, progress),
                lambda found: self._found(found, STEPS[2]),
                lane="bones",
            )

    def _found(self, found: Found, step: str) -> None:
        self._put(found.structures, step)
        if found.words and self._session.volume is self._volume:
            # nerves first, whichever was found first
            self._said = sorted([*self._said, found.words], reverse=True)
            self._session.noticed.emit(" ".join(self._said), _WHAT_TO_DO)

    def _put(self, structures: tuple[Structure, ...], words: str) -> None:
        if structures and self._session.volume is self._volume:
            self._session.apply(words, lambda case: with_proposals(case, structures))
