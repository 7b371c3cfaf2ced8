"""A check during the procedure: a new CT is compared with the plan in the background, and shown in its place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.checking import Check, check
from app.controllers.session import Session
from app.representations.actual_needle import ActualNeedles
from app.representations.reslice import Reslicer
from imaging.errors import DomainError
from imaging.opening import open_ct
from imaging.progress import Progress
from planning.operations.replanning import replan
from planning.trajectory.check import Deviation

if TYPE_CHECKING:
    from app.main_window import MainWindow

CHECK = "Checking with the new CT"
"""Title of the job."""


def ask_for_new_ct(window: MainWindow) -> None:
    """Ask for the folder of a new CT and compare it with the plan."""
    folder = window.choose_folder("New CT with the needle")
    if folder is not None:
        window.checking.begin(folder)


class Checking(QObject):
    """The check of the case shown.

    Attributes
    ----------
    found : Check or None
    refusal : DomainError or None
        Why the last one came to nothing.
    running : bool

    Parameters
    ----------
    session : Session
    parent : QObject, optional

    Signals
    -------
    changed()
        It began or ended, or another image is shown.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.found: Check | None = None
        self.refusal: DomainError | None = None
        self.running = False
        session.opened.connect(self._forget)
        session.changed.connect(lambda _: self._follow())

    @property
    def deviations(self) -> tuple[Deviation, ...]:
        """Planned against actual, of the plan as it is now; probes that are gone are left out."""
        case = self._session.case
        if self.found is None or case is None:
            return ()
        planned = {p.id: p for p in case.plan.probes}
        return tuple(replace(d, probe=planned[d.probe.id]) for d in self.found.deviations if d.probe.id in planned)

    @property
    def shows_new_ct(self) -> bool:
        """Whether the slices are those of the new CT."""
        return self._session.actual is not None and self._session.actual.on_new_ct

    def begin(self, folder: Path) -> None:
        """Read a new CT and compare it with the plan as it stands."""
        session = self._session
        case, volume = session.case, session.volume
        if case is None or volume is None or self.running:
            return
        self.show_new_ct(False)
        self.running, self.found, self.refusal = True, None, None
        session.actual = None

        def work(progress: Progress) -> Check:
            new_ct = open_ct(folder, progress=progress.part(0.0, 0.1))
            return check(case, volume, new_ct, progress.part(0.1, 1.0))

        def done(found: Check) -> None:
            if session.volume is volume:
                self.running, self.found = False, found
                self._follow()
                session.view.reveal(found.deviations[0].needle.tip_mm)
                self.changed.emit()

        def failed(error: DomainError) -> None:
            if session.volume is volume:
                self.running, self.refusal = False, error
                self.changed.emit()

        session.jobs.batch(CHECK, work, done, failed, lane="check")
        self.changed.emit()

    def cancel(self) -> None:
        """Stop the comparison."""
        self._session.jobs.cancel_batch(CHECK)
        if self.running:
            self.running = False
            self.changed.emit()

    def show_new_ct(self, new: bool) -> None:
        """Show the new CT's slices, or the planning CT's again."""
        session = self._session
        if session.volume is None or new == self.shows_new_ct or (new and self.found is None):
            return
        session.reslicer = Reslicer(self.found.volume if new and self.found is not None else session.volume)
        session.actual = ActualNeedles(self.deviations, new)
        session.view.changed.emit()
        self.changed.emit()

    def replan(self, probe_id: str, *, advance: bool) -> None:
        """Set a probe to where its needle is, or on along its line to where it is nearest to the target."""
        found = next((d for d in self.deviations if d.probe.id == probe_id), None)
        if found is not None:
            where = "on along its needle" if advance else "to its needle"
            self._session.apply(f"Replan {found.probe.name} {where}", lambda c: replan(c, found, advance=advance))

    def close(self) -> None:
        """Put the check away; the plan stays as it is."""
        self.show_new_ct(False)
        self.found = self.refusal = self._session.actual = None
        self._session.view.changed.emit()
        self.changed.emit()

    def _follow(self) -> None:
        """Names and numbers follow the plan."""
        if self.found is not None:
            self._session.actual = ActualNeedles(self.deviations, self.shows_new_ct)

    def _forget(self) -> None:
        """Another case is shown."""
        self._session.jobs.cancel_batch(CHECK)
        self.found, self.refusal, self.running = None, None, False
        self.changed.emit()
