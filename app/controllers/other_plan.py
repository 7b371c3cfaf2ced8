"""The plan that stands beside the one in hand."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.controllers.session import Session
from app.representations.scene import Scene, ZoneSurfaces
from planning.evaluation import Verdict, evaluate
from planning.model import Case, Plan
from planning.plans import plan_digests


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
        self._made: tuple[object, ZoneSurfaces | None, Verdict | None] = (None, None, None)
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
        return self._made[0] == self._digest and self._made[1] is not None

    def scene(self, of_hand: Scene | None) -> Scene | None:
        """Return what the views beside draw, from what those of the plan in hand do."""
        plan = self.plan
        if of_hand is None or plan is None:
            return None
        _, zone, verdict = self._made if self.predicted else (None, None, None)
        return replace(
            of_hand, case=of_hand.case.taking(plan.number), zone=zone, verdict=verdict, stale_because="", selected="", near=(),
            offered=None, draft=None, actual=None, likely=None,
        )  # fmt: skip

    @property
    def _digest(self) -> str:
        case, plan = self._session.case, self.plan
        return "" if case is None or plan is None else plan_digests(case).get(plan.number, "")

    def _follow(self) -> None:
        """Make zone and verdict of the plan beside, where its prediction is known."""
        session, plan = self._session, self.plan
        case = session.case
        if not self._shown or case is None or plan is None or session.dragging:
            return
        digest, zone = self._digest, session.plan_zones().get(self._digest)
        one = case.taking(plan.number)
        if zone is None or (self._made[0] == digest and self._judged_as(one)):
            return

        def done(made: tuple[ZoneSurfaces, Verdict]) -> None:
            self._made, self._of = (digest, *made), one
            self.changed.emit()

        session.jobs.interactive(
            "beside", "The other plan", lambda _: (ZoneSurfaces.of(zone), evaluate(one, zone)), done
        )

    _of: Case | None = None

    def _judged_as(self, case: Case) -> bool:
        return self._of is not None and (self._of.structures, self._of.clinical) == (case.structures, case.clinical)

    def _opened(self) -> None:
        self._number, self._made, self._of = 0, (None, None, None), None
        self._follow()
        self.changed.emit()
