"""The plan that stands beside the one in hand."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from app.controllers.session import Session
from app.representations.scene import Scene, ZoneSurfaces
from imaging.progress import Progress
from planning import services
from planning.evaluation import Verdict, evaluate
from planning.model import Case, Plan


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """What was made of a plan, and of which state of the case."""

    digest: str
    case: Case
    zone: ZoneSurfaces
    verdict: Verdict

    def is_of(self, case: Case, digest: str) -> bool:
        """Whether it holds for a case: names and confirmations change what is said of a structure."""
        mine = (self.digest, self.case.structures, self.case.clinical)
        return mine == (digest, case.structures, case.clinical)


class OtherPlan(QObject):
    """Another plan of the open case, with its zone where that is predicted.

    Signals
    -------
    changed()
        It is another one, or its zone is.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._shown = False
        self._number = 0
        self._seen: _Seen | None = None
        session.changed.connect(lambda _: self._follow())
        session.zoneChanged.connect(self._follow)
        session.opened.connect(self._opened)

    @property
    def plan(self) -> Plan | None:
        """The plan beside: the one that was chosen, or else that before the one in hand, or after it."""
        case = self._session.case
        if case is None or not case.other_plans:
            return None
        others = sorted(case.other_plans, key=lambda p: p.number)
        chosen = next((p for p in others if p.number == self._number), None)
        before = [p for p in others if p.number < case.plan.number]
        return chosen or (before[-1] if before else others[0])

    def choose(self, number: int) -> None:
        """Have another plan stand beside."""
        self._number = number
        self._follow()
        self.changed.emit()

    def show(self, shown: bool) -> None:
        """Say whether the plan is looked at; while it is not, nothing is made for it."""
        self._shown = shown
        self._follow()

    @property
    def predicted(self) -> bool:
        """Whether its zone is shown."""
        return self._seen is not None and self._seen.digest == self._digest

    def scene(self, of_hand: Scene | None) -> Scene | None:
        """Return what the views beside draw, from what those of the plan in hand do."""
        plan = self.plan
        if of_hand is None or plan is None:
            return None
        seen = self._seen if self.predicted else None
        return replace(
            of_hand, case=of_hand.case.taking(plan.number), zone=seen and seen.zone, verdict=seen and seen.verdict,
            stale_because="", selected="", near=(), offered=None, draft=None, actual=None, likely=None,
        )  # fmt: skip

    @property
    def _digest(self) -> str:
        case, plan = self._session.case, self.plan
        if case is None or plan is None or not plan.probes:
            return ""
        return services.prediction_digest(case.taking(plan.number))

    def _follow(self) -> None:
        """Make zone and verdict of the plan beside, where its prediction is known."""
        session, plan = self._session, self.plan
        case = session.case
        if not self._shown or case is None or plan is None or session.dragging:
            return
        digest = self._digest
        zone, one = session.plan_zones().get(digest), case.taking(plan.number)
        if zone is None or (self._seen is not None and self._seen.is_of(one, digest)):
            return

        def work(_: Progress) -> _Seen:
            return _Seen(digest, one, ZoneSurfaces.of(zone), evaluate(one, zone))

        def done(seen: _Seen) -> None:
            self._seen = seen
            self.changed.emit()

        session.jobs.interactive("beside", "The other plan", work, done)

    def _opened(self) -> None:
        self._number, self._seen = 0, None
        self._follow()
        self.changed.emit()
