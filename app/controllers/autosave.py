"""Keeps what is not saved against a crash, at most three seconds behind, without the window waiting for it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from app.controllers.finding import STEPS
from app.controllers.session import Session
from app.recovery import Kept, LeftBehind, RecoveryFolder
from imaging.errors import DomainError
from planning.case_io.journal import JournalNote
from planning.errors import CaseFileError
from planning.model import Case
from planning.store import Change

# Counted from the first change that is not kept, so that a stream of changes puts nothing off. The rest of the three seconds is
# for writing: 0.1 s for a usual case, and 2 s while everything else keeps the processors busy.
_AFTER_MS = 1000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _State:
    """The open case as it was at a moment. A case never changes, so that another thread may write it."""

    case: Case
    note: JournalNote
    unsaved: bool
    alone: bool


class Autosave(QObject):
    """Keeps the open case in a file of its own, beside the user's, while it is not saved.

    Parameters
    ----------
    session : Session
    folder : RecoveryFolder
    unnamed : Path
        Where a case without a file is saved when its window closes; nobody chose that file, so it is given up for another case.
    parent : QObject

    Signals
    -------
    left(LeftBehind)
        Another case was opened over one that was not saved, which is kept.
    """

    left = Signal(object)

    def __init__(self, session: Session, folder: RecoveryFolder, unnamed: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._folder, self._unnamed = session, folder, unnamed
        self._kept: Kept | None = None
        self._now: _State | None = None
        self._touched = self._told = False
        # What is still to be written, by its place; None has it removed.
        self._pending: dict[Kept, _State | None] = {}
        self._writing = threading.Lock()
        self._due = QTimer(self, singleShot=True, interval=_AFTER_MS)
        self._due.timeout.connect(self._write)
        session.opened.connect(self._opened)
        session.changed.connect(self._changed)
        session.saved.connect(self._saved)

    def adopt(self, kept: Kept) -> None:
        """Go on with what was kept of the case that was just restored."""
        self._kept, self._touched = kept, True

    def discard(self, kept: Kept) -> None:
        """Delete what is kept of a case."""
        self._pending[kept] = None
        self._flush_soon()

    def keep_now(self) -> None:
        """Keep the open case for the next start, before the window closes, if anything was done to it.

        Raises
        ------
        CaseFileError
            ``case-not-saved`` or ``recovery-folder``.
        """
        # What was opened and never changed is opened again as easily.
        if self._now is not None and self._kept is not None and self._touched:
            self._pending[self._kept] = self._now
            self._flush()
            self._kept = None

    def finish(self) -> None:
        """End with the window, once no job runs any more: what is saved, or was given up, need not be kept."""
        self._due.stop()
        if self._kept is not None:
            self._pending[self._kept] = None
            self._kept = None
        try:
            self._flush()
        finally:
            self._folder.release()

    # ---------------------------------------------------------------- following the case

    def _state(self) -> _State | None:
        session = self._session
        if session.case is None:
            return None
        note = JournalNote(
            case_name=session.case.name, path=session.path, file_digest=session.file.digest, changed_at=datetime.now()
        )
        return _State(case=session.case, note=note, unsaved=session.unsaved, alone=session.file.alone)

    def _changed(self, _: Change) -> None:
        self._now = self._state()
        store = self._session.store
        # What was found by itself is found again as soon as the CT is opened.
        self._touched = self._touched or store is None or not set(store.undo_names[:1]) <= set(STEPS)
        if not self._due.isActive():
            self._due.start()

    def _saved(self) -> None:
        before, self._now = self._now, self._state()
        if not self._session.unsaved:
            self._due.stop()
            self._touched = False
            if self._kept is not None:
                self.discard(self._kept)
        if before is not None and before.alone and before.note.path == self._unnamed != self._session.path:
            self._unnamed.unlink(missing_ok=True)

    def _opened(self) -> None:
        self._due.stop()
        before, kept, touched = self._now, self._kept, self._touched
        self._now, self._kept, self._touched = self._state(), self._folder.new(), False
        unnamed = before is not None and before.alone and before.note.path == self._unnamed != self._session.path
        if before is not None and kept is not None and (unnamed or (before.unsaved and touched)):
            self._pending[kept] = before
            self.left.emit(LeftBehind(kept=kept, note=before.note, overtaken=False))
        elif kept is not None:
            self._pending[kept] = None
        if self._now is not None:
            fresh, case = self._kept, self._now.case
            self._session.jobs.interactive(
                "journal", "Autosave", lambda _: self._begin(fresh, case), self._done, self._failed
            )

    # ---------------------------------------------------------------- writing

    def _write(self) -> None:
        """Have the case written as it is now; on the window's thread this only names it."""
        if self._now is not None and self._now.unsaved and self._kept is not None:
            self._pending[self._kept] = self._now
            self._flush_soon()

    def _flush_soon(self) -> None:
        if self._pending:
            self._session.jobs.interactive("journal", "Autosave", lambda _: self._flush(), self._done, self._failed)

    def _begin(self, kept: Kept, case: Case) -> None:
        self._flush()
        with self._writing:
            kept.prepare(case)

    def _flush(self) -> None:
        """Write and remove all that is pending; not on the window's thread but for the end."""
        with self._writing:
            while self._pending:
                kept, state = self._pending.popitem()
                try:
                    if state is None:
                        kept.remove()
                        continue
                    kept.write(state.case, state.note)
                    if state.note.path == self._unnamed and not state.unsaved:
                        self._unnamed.unlink(missing_ok=True)
                except (CaseFileError, OSError):
                    self._pending.setdefault(kept, state)
                    raise

    def _done(self, _: None) -> None:
        self._told = False

    def _failed(self, error: DomainError) -> None:
        """Say it once, and try again."""
        if not self._told:
            self._told = True
            told = CaseFileError(
                f"Your changes are not kept against a crash at the moment. {error.message}",
                code="autosave-failed",
                hint="Save the case (Ctrl+S), and make room on the disk. It is tried again by itself.",
            )
            self._session.refused.emit(told)
        self._due.start()
