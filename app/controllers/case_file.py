"""The file of the open case: reading it, writing it, and noticing that another window does so too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.holding import Hold
from imaging.errors import DomainError
from imaging.opening import open_reference
from imaging.progress import Progress
from imaging.volume import Volume
from planning import services
from planning.case_io import file_digest, read_case, write_case
from planning.errors import CaseFileError
from planning.model import Case
from planning.model.zone import PredictedZone

if TYPE_CHECKING:
    from app.controllers.session import Session

OVERTAKEN, IN_USE = "case-overtaken", "case-in-use"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCase:
    """A case as it was read, with its CT."""

    case: Case
    volume: Volume
    zones: dict[str, PredictedZone]


class CaseFile(QObject):
    """The file of a session's case.

    Attributes
    ----------
    path : Path or None
    saved : Case or None
        The case as its file holds it.

    Signals
    -------
    overtaken(CaseFileError, Path)
        The case was not saved: somebody else wrote the file, or has it open, and is not to be overwritten unasked.
    """

    overtaken = Signal(object, object)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.path: Path | None = None
        self.saved: Case | None = None
        self._hold: Hold | None = None
        # What this window knows files to hold, from having read or written them.
        self._known: dict[Path, str] = {}

    @property
    def digest(self) -> str:
        """The content of the file as this window read or wrote it; empty if it did neither."""
        return "" if self.path is None else self._known.get(self.path, "")

    @property
    def alone(self) -> bool:
        """Whether the file is held by this window and so by no other."""
        return self._hold is not None and self._hold.held

    # ---------------------------------------------------------------- opening

    def open(self, path: Path) -> None:
        """Open a case file and its CT, in the background."""

        def work(progress: Progress) -> tuple[ReadCase, str, Hold]:
            hold = Hold(path)
            # Before it is read: what is written while the CT is read is noticed.
            digest = file_digest(path)
            return read_with_ct(path, progress), digest, hold

        def done(got: tuple[ReadCase, str, Hold]) -> None:
            read, self._known[path], hold = got
            self._show(read, path, hold, saved=True)

        self._session.jobs.batch("Opening the case", work, done)

    def restore(
        self,
        kept: Path,
        path: Path | None,
        digest: str,
        restored: Callable[[], None],
        failed: Callable[[DomainError], None],
    ) -> None:
        """Open what was kept of a case: it is not saved, and its file is what it was.

        Parameters
        ----------
        kept : Path
            What to read.
        path : Path or None
            The case's own file.
        digest : str
            What that file held when the case was read from it or written to it last.
        restored : callable
            Called once the case is shown.
        failed : callable
            Told why it cannot be.
        """

        def work(progress: Progress) -> tuple[ReadCase, Hold | None]:
            return read_with_ct(kept, progress), None if path is None else Hold(path)

        def done(got: tuple[ReadCase, Hold | None]) -> None:
            read, hold = got
            if path is not None:
                self._known[path] = digest
            self._show(read, path, hold, saved=False)
            restored()

        self._session.jobs.batch("Restoring the case", work, done, failed)

    def take(self, path: Path | None, saved: Case | None) -> None:
        """Take a file to be that of the open case, which is ``saved`` in it; None if it is not saved."""
        if self._hold is not None and self._hold.path != path:
            self.release()
        self.path, self.saved = path, saved

    def release(self) -> None:
        """Let other windows have the file."""
        if self._hold is not None:
            self._hold.release()
            self._hold = None

    def _show(self, read: ReadCase, path: Path | None, hold: Hold | None, *, saved: bool) -> None:
        self._keep(hold)
        self._session.show_case(read.case, read.volume, read.zones, path, saved=saved)
        if hold is not None and hold.other is not None:
            self._session.noticed.emit(
                f"{hold.path.name} is also open in {hold.other.words}.",
                "You may go on here: whoever saves second is asked before anything is overwritten. "
                "“Save as…” keeps both versions.",
            )

    def _keep(self, hold: Hold | None) -> None:
        """Keep the file as long as it is that of the open case."""
        mine = self._hold
        if hold is None or (mine is not None and mine.held and mine.path == hold.path):
            return
        self.release()
        self._hold = hold

    # ---------------------------------------------------------------- saving

    def save(self, path: Path, *, over: bool = False) -> None:
        """Write the case file in the background; ``over`` what others wrote there only if the user said so."""
        case = self._session.case
        if case is None:
            return
        zones = self._session.plan_zones()

        def done(hold: Hold) -> None:
            self._written(path, case, hold)

        def failed(error: DomainError) -> None:
            if error.code in (OVERTAKEN, IN_USE):
                self.overtaken.emit(error, path)
            else:
                self._session.refused.emit(error)

        self._session.jobs.batch("Saving", lambda _: self._write(path, case, zones, over), done, failed)

    def save_now(self, path: Path, *, over: bool = False) -> None:
        """Write the case file before the window closes.

        Raises
        ------
        CaseFileError
            ``case-not-saved``, ``case-overtaken`` or ``case-in-use``.
        """
        case = self._session.case
        if case is not None:
            self._written(path, case, self._write(path, case, self._session.plan_zones(), over))

    def _write(self, path: Path, case: Case, zones: dict[str, PredictedZone], over: bool) -> Hold:
        hold = Hold(path)
        if not over:
            self._refuse_unseen(path, hold)
        self._known[path] = write_case(path, case, zones)
        return hold

    def _refuse_unseen(self, path: Path, hold: Hold) -> None:
        """Refuse to write over what this window has not seen, unless the user chose the file just now."""
        by = f" It is open in {hold.other.words}." if hold.other is not None else ""
        if path == self.path:
            there = file_digest(path)
            if there and there != self._known.get(path):
                raise CaseFileError(
                    f"{path.name} was changed by somebody else since you opened it.{by}",
                    code=OVERTAKEN,
                    hint="Nothing is overwritten yet. “Save as…” keeps both versions.",
                )
        elif by:
            raise CaseFileError(
                f"{path.name} is another case.{by}",
                code=IN_USE,
                hint="Nothing is overwritten yet. “Save as…” under another name keeps both.",
            )

    def _written(self, path: Path, case: Case, hold: Hold) -> None:
        self._keep(hold)
        self.take(path, case)
        self._session.saved.emit()


def read_with_ct(path: Path, progress: Progress) -> ReadCase:
    """Read a case file and its CT, and refuse them if they do not go together.

    Raises
    ------
    DomainError
    """
    case, zones = read_case(path)
    for plan in case.all_plans:
        services.placed_applicators(case.taking(plan.number))  # Refuses a device that is not at hand here.
    image = case.image
    volume = open_reference(image.kind, image.location, image.series_uid, progress)
    services.require_same_ct(case, volume)
    return ReadCase(case=case, volume=volume, zones=zones)
