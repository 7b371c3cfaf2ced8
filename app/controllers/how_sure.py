"""Runs the plan many times once its zone is settled and judged, and gives it up when the plan changes."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.controllers.cement_heat import CementHeat
from app.controllers.session import Session
from app.controllers.settled import settled_digest
from imaging.progress import Progress
from planning.ensemble import MEMBERS, run_ensemble
from planning.ensemble.findings import Sureness, judge_ensemble
from planning.ensemble.result import Ensemble
from planning.store import Change

RANGE = "How sure the zone is"


class HowSure(QObject):
    """How sure the verdict shown is.

    Attributes
    ----------
    running : bool
    members : int
        How many runs are made.
    placed : bool
        The needles were seen where the plan has them.

    Parameters
    ----------
    session : Session
    cement : CementHeat
        Somebody asked for it: while it runs, the runs wait.
    parent : QObject, optional

    Signals
    -------
    changed()
        Another answer is there, or a better one of runs that go on.
    """

    changed = Signal()
    _came = Signal(int, object)
    """From the thread of the runs to that of the window."""

    def __init__(self, session: Session, cement: CementHeat, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._cement = session, cement
        self.running = self.placed = False
        self.members = MEMBERS
        self._found: Sureness | None = None
        self._asked = ""
        self._question = 0
        self._came.connect(self._came_so_far)
        session.zoneChanged.connect(self._ask)
        session.changed.connect(self._changed)
        session.opened.connect(self._give_up)
        session.rulesChanged.connect(self._forget)
        session.jobs.idle.connect(self._rest)
        session.saved.connect(self._resume)
        cement.changed.connect(self._resume)

    @property
    def current(self) -> Sureness | None:
        """The answer that belongs to the verdict shown, or None until it is there."""
        found = self._found
        return found if found is not None and found.digest == self._settled() else None

    @property
    def complete(self) -> Sureness | None:
        """The answer of all runs, for the report."""
        found = self.current
        return found if found is not None and found.ensemble.whole else None

    def take_as_placed(self, placed: bool) -> None:
        """Take the needles to lie where the plan has them, since they were seen there; or not."""
        self.placed = placed
        self._forget()
        self._ask()

    def _settled(self) -> str:
        """The digest of the zone shown if it is the physics of the case as it is, and judged; else empty."""
        return settled_digest(self._session)

    def _ask(self) -> None:
        session, digest = self._session, self._settled()
        case, volume, zone, verdict = session.case, session.volume, session.zone, session.verdict
        if not digest or digest == self._asked or self._cement.running:
            return
        if case is None or volume is None or zone is None or verdict is None:
            return
        self._asked, self.running, placed, members = digest, True, self.placed, self.members
        self._question += 1
        question = self._question

        def work(progress: Progress) -> Sureness:
            def so_far(runs: Ensemble) -> None:
                self._came.emit(question, judge_ensemble(verdict, runs))

            runs = run_ensemble(
                case, volume, zone.zone, members=members, placed=placed, progress=progress, on_partial=so_far
            )
            return judge_ensemble(verdict, runs)

        def done(found: Sureness) -> None:
            self.running = False
            self._take(found)

        # Saving and opening do not wait for it.
        session.jobs.batch(RANGE, work, done, gives_way=True)

    def _came_so_far(self, question: int, found: Sureness) -> None:
        """Take what runs say so far, unless they were given up: it may come after that."""
        if self.running and question == self._question:
            self._take(found)

    def _take(self, found: Sureness) -> None:
        self._found = found
        self._session.view.show_likely(found.likely if found.ensemble.whole else None)
        self.changed.emit()

    def _rest(self) -> None:
        """Nothing runs any more: it was cancelled, or refused."""
        if self.running:
            self.running = False
            self.changed.emit()

    def _resume(self) -> None:
        """Begin anew what gave way to other work."""
        if self.complete is None and not self.running and not self._cement.running:
            self._asked = ""
            self._ask()

    def _changed(self, change: Change) -> None:
        """Cement comes after the zone; names and measurements do nothing to it."""
        if change & ~(Change.CEMENT | Change.NAME | Change.CLINICAL | Change.ANNOTATIONS | Change.LOOKS):
            self._give_up()
            # A quick undo brings back the plan whose zone is still shown.
            self._ask()

    def _forget(self) -> None:
        """Levels are others now: what was counted against the old ones is worth nothing."""
        self._session.jobs.cancel_batch(RANGE)
        self._found, self._asked, self.running = None, "", False
        self.changed.emit()

    def _give_up(self) -> None:
        self._session.jobs.cancel_batch(RANGE)
        # What was found stays found: an undo brings its zone back.
        self._asked = self._found.digest if self._found is not None and self._found.ensemble.whole else ""
