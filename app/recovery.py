"""The folder where cases are kept against a crash: a file a case, each held by the window that writes it."""

from __future__ import annotations

import uuid
import weakref
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.holding import Hold
from imaging.errors import DomainError
from planning.case_io import SUFFIX, file_digest, read_case
from planning.case_io.journal import Journal, JournalNote, read_note
from planning.errors import CaseFileError
from planning.model import Case

_DAMAGED = ".damaged"


class Kept:
    """The place of one case in the folder, held by this window once something is there.

    Parameters
    ----------
    path : Path
    hold : Hold, optional
        If it is held already.
    """

    def __init__(self, path: Path, hold: Hold | None = None) -> None:
        self.path = path
        self._hold, self._journal = hold, Journal()

    def prepare(self, case: Case) -> None:
        """Do what takes longest of the first writing ahead of it; not on the window's thread."""
        self._journal.prepare(case)

    def write(self, case: Case, note: JournalNote) -> None:
        """Keep a state of the case; not on the window's thread.

        Raises
        ------
        CaseFileError
            ``case-not-saved`` or ``recovery-folder``.
        """
        if self._hold is None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise CaseFileError(
                    f"The folder {self.path.parent} cannot be made: {error.strerror or error}.",
                    code="recovery-folder",
                    hint="Save the case yourself from time to time.",
                ) from error
            self._hold = Hold(self.path)
        self._journal.write(self.path, case, note)

    def remove(self) -> None:
        """Delete what is kept, if anything is, and give the place up."""
        self.path.unlink(missing_ok=True)
        self.release()

    def put_aside(self) -> Path:
        """Give the file another name, under which nobody looks for cases to restore, and return it."""
        aside = self.path.with_name(self.path.name + _DAMAGED)
        self.path.replace(aside)
        self.release()
        return aside

    def release(self) -> None:
        """Give the place up: what is still there is found by the next window."""
        if self._hold is not None:
            self._hold.release()
            self._hold = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LeftBehind:
    """A case that was not saved when its window ended, and is whole.

    Attributes
    ----------
    kept : Kept
    note : JournalNote
    overtaken : bool
        The user's own file of the case was written again after that.
    """

    kept: Kept
    note: JournalNote
    overtaken: bool


class RecoveryFolder:
    """All kept cases of a user.

    Parameters
    ----------
    folder : Path
        It need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._given: weakref.WeakSet[Kept] = weakref.WeakSet()

    def release(self) -> None:
        """Give all places up: whatever is still there is found by the next window."""
        for kept in set(self._given):
            kept.release()

    def new(self) -> Kept:
        """Return a place for a case of this window; nothing is there yet."""
        return self._mine(Kept(self.folder / f"{uuid.uuid4().hex}{SUFFIX}"))

    def left_behind(self) -> tuple[list[LeftBehind], list[CaseFileError]]:
        """Take over what windows that ended have left.

        Returns
        -------
        found : list of LeftBehind
            The case that was changed last comes first. What another window holds is not among them.
        errors : list of CaseFileError
            What cannot be read was put aside, and is named.
        """
        found: list[LeftBehind] = []
        errors: list[CaseFileError] = []
        for name in sorted(self._names()):
            path = self.folder / name
            hold = Hold(path)
            if not hold.held:
                continue
            for unfinished in self.folder.glob(f".{name}.*.part"):
                with suppress(OSError):
                    unfinished.unlink()
            if not path.is_file():
                hold.release()
                continue
            kept = self._mine(Kept(path, hold))
            try:
                found.append(_looked_at(kept))
            except DomainError:
                errors.append(damaged(kept))
        return sorted(found, key=lambda left: left.note.changed_at, reverse=True), errors

    def _mine(self, kept: Kept) -> Kept:
        self._given.add(kept)
        return kept

    def _names(self) -> set[str]:
        """Names of cases that are kept, or were begun."""
        if not self.folder.is_dir():
            return set()
        begun = {lock.name[1 : -len(".lock")] for lock in self.folder.glob(f".*{SUFFIX}.lock")}
        return begun | {path.name for path in self.folder.glob(f"*{SUFFIX}")}


def damaged(kept: Kept) -> CaseFileError:
    """Put a kept case aside that cannot be read, and return what to tell."""
    aside = kept.put_aside()
    return CaseFileError(
        "Changes that were kept of a case cannot be read: their file is damaged.",
        code="recovery-damaged",
        hint=f"The case's own file is not touched: open it as usual. What was kept is now {aside}.",
    )


def _looked_at(kept: Kept) -> LeftBehind:
    note = read_note(kept.path)
    # A case is offered only if it can be read to its end.
    read_case(kept.path)
    overtaken = note.path is not None and file_digest(note.path) not in ("", note.file_digest)
    return LeftBehind(kept=kept, note=note, overtaken=overtaken)
