"""Predicts the heat of the plan's cement when asked to, and gives it up when the plan changes."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.controllers.session import Session
from imaging.errors import DomainError
from imaging.progress import Progress
from planning.cementing import course_digest, predict_cement
from planning.evaluation.cement import CementVerdict, judge_cement

CEMENT = "Heat of the cement"


class CementHeat(QObject):
    """What is said of the cement of the case shown.

    Attributes
    ----------
    running : bool

    Parameters
    ----------
    session : Session
    parent : QObject, optional

    Signals
    -------
    changed()
        It began or ended, or another answer is there.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.running = False
        self._found: CementVerdict | None = None
        self._asked = ""
        session.changed.connect(lambda _: self._give_up())
        session.opened.connect(self._give_up)
        session.jobs.idle.connect(self._rest)
        session.saved.connect(self._again)

    @property
    def can_predict(self) -> bool:
        """Whether there is cement and an ablation before it, and no answer yet."""
        case = self._session.case
        placed = case is not None and bool(case.plan.cements) and bool(case.plan.probes)
        return placed and not self.running and self.current is None

    @property
    def current(self) -> CementVerdict | None:
        """The answer that belongs to the case as it is, or None until it is there."""
        found = self._found
        return found if found is not None and found.digest == self._digest() else None

    def predict(self) -> None:
        """Predict the cement of the case as it is, in the background."""
        session, digest = self._session, self._digest()
        case, volume = session.case, session.volume
        if not digest or not self.can_predict or case is None or volume is None:
            return
        self._asked, self.running = digest, True
        self.changed.emit()

        def work(progress: Progress) -> CementVerdict:
            return judge_cement(case, predict_cement(case, volume, progress))

        def done(found: CementVerdict) -> None:
            self._found, self.running, self._asked = found, False, ""
            self.changed.emit()

        def failed(error: DomainError) -> None:
            self.running, self._asked = False, ""
            session.refused.emit(error)
            self.changed.emit()

        # Saving and opening do not wait for it.
        session.jobs.batch(CEMENT, work, done, failed, gives_way=True)

    def cancel(self) -> None:
        """Stop it, and do not take it up again."""
        self._asked = ""
        self._session.jobs.cancel_batch(CEMENT)
        self._rest()

    def _digest(self) -> str:
        case = self._session.case
        return course_digest(case) if case is not None and case.plan.cements and case.plan.probes else ""

    def _rest(self) -> None:
        """Nothing runs any more: it was cancelled, or gave way."""
        if self.running:
            self.running = False
            self.changed.emit()

    def _again(self) -> None:
        """It gave way to saving: begin anew."""
        if self._asked and self._asked == self._digest():
            self.predict()

    def _give_up(self) -> None:
        """What is being predicted no longer belongs to the case; what was found stays for an undo."""
        if self._asked and self._asked != self._digest():
            self.cancel()
