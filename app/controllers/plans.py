"""Asks for plans of several probes, holds what was found, and shows or takes one of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, QTimer, Signal

from app.controllers.session import Session
from app.representations.scene import Offered, ZoneSurfaces
from imaging.errors import DomainError
from imaging.progress import Cancelled, Progress
from planning.catalogue.devices import device
from planning.catalogue.rules import load_path_rules
from planning.catalogue.thresholds import Level
from planning.errors import PlanError
from planning.model import Case
from planning.model.zone import Fidelity
from planning.operations.plans import copy_plan
from planning.optimise import OptimiseRequest, Proposal, ProposedPlan, taken
from planning.optimise.propose import propose_plans
from planning.store import Change

PROPOSE = "Proposing plans"
_ANEW = "The search for plans began anew: what it depends on changed."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked of the next search, as `OptimiseRequest` has it, but for devices and probes that are there anyway.

    Attributes
    ----------
    also : tuple of str
        Devices that may be used beside the chosen one.
    kept : tuple of str
        Ids of probes that stay beside those that are locked.
    """

    also: tuple[str, ...] = ()
    most: int = 6
    margin_mm: float = 5.0
    coverage_frac: float = 0.98
    spared_to: Level = Level.ALARM
    kept: tuple[str, ...] = ()
    openings: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """A proposal, and the isotherms of its plans, so that each can be shown at once."""

    proposal: Proposal
    zones: tuple[ZoneSurfaces, ...]


class Plans(QObject):
    """Plans of several probes that are proposed.

    Attributes
    ----------
    wish : Wish
    request : OptimiseRequest or None
        What the last search was asked.
    proposal : Proposal or None
        What it found; None once what it depends on has changed.
    refusal : DomainError or None
        Why there is no proposal.
    running, stopping : bool
    fraction : float
    doing : str
        How far the search is, and what it does.
    looked_at : ProposedPlan or None
        The plan that the views show before it is taken.

    Parameters
    ----------
    session : Session
    parent : QObject, optional

    Signals
    -------
    changed()
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.wish = Wish()
        self.request: OptimiseRequest | None = None
        self.proposal: Proposal | None = None
        self.refusal: DomainError | None = None
        self.running = self.stopping = False
        self.fraction, self.doing = 0.0, ""
        self.looked_at: ProposedPlan | None = None
        self._offered: Offered | None = None
        self._zones: tuple[ZoneSurfaces, ...] = ()
        self._depends: tuple[object, ...] = ()
        session.opened.connect(self._opened)
        session.changed.connect(self._changed)
        session.rulesChanged.connect(self._drop_outdated)
        session.jobs.progressed.connect(self._follow)
        session.view.changed.connect(self._seen)
        # The other steps are about the plan as it is.
        session.view.stepped.connect(lambda _: self.look(None))

    # ---------------------------------------------------------------- asking

    def ask_for(self, **changes: object) -> None:
        """Change what the next search is asked."""
        self.wish = replace(self.wish, **changes)  # type: ignore[arg-type]
        self.changed.emit()

    @property
    def device_ids(self) -> tuple[str, ...]:
        """The chosen device, and those beside it that work as it does."""
        chosen = self._session.view.device_id
        cold = device(chosen).is_cold
        return (chosen, *(d for d in self.wish.also if d != chosen and device(d).is_cold == cold))

    def kept_of(self, case: Case) -> tuple[str, ...]:
        """Ids of the probes that stay: those that are locked, and those that were ticked."""
        return tuple(p.id for p in case.plan.probes if p.locked or p.id in self.wish.kept)

    def propose(self) -> None:
        """Look for plans; what was found before is forgotten."""
        case, volume, wish = self._session.case, self._session.volume, self.wish
        if case is None or volume is None or self.running:
            return
        self._forget()
        try:
            request = OptimiseRequest(
                device_ids=self.device_ids, most=wish.most, margin_mm=wish.margin_mm,
                coverage_frac=wish.coverage_frac, spared_to=wish.spared_to, kept=self.kept_of(case),
                openings=wish.openings,
            )  # fmt: skip
        except PlanError as error:
            self.refusal = error
            self.changed.emit()
            return
        self.running, self.request = True, request
        self._depends = depends = self._depends_on(case, request)
        self.changed.emit()

        def work(progress: Progress) -> _Found | None:
            try:
                progress.report(0.0)
                found = propose_plans(case, volume, request, progress)
            except Cancelled:
                return None
            return _Found(found, tuple(ZoneSurfaces.of(plan.zone) for plan in found.plans))

        def done(found: _Found | None) -> None:
            if self._depends is not depends:
                return
            self._end()
            if found is None:
                self.refusal = PlanError("The search was stopped before it found a plan.", code="stopped")
            else:
                self.proposal, self._zones = found.proposal, found.zones
            self.changed.emit()

        def failed(error: DomainError) -> None:
            if self._depends is not depends:
                return
            self._end()
            self.refusal = error
            self.changed.emit()

        self._session.jobs.batch(PROPOSE, work, done, failed, answers_when_stopped=True, lane="plans")

    def cancel(self) -> None:
        """Stop the search; the best plans so far are shown."""
        if self.running:
            self.stopping = True
            self._session.jobs.cancel_batch(PROPOSE)
            self.changed.emit()

    # ---------------------------------------------------------------- looking and taking

    def look(self, plan: ProposedPlan | None) -> None:
        """Show a plan in the views without taking it, or none."""
        view, case, proposal = self._session.view, self._session.case, self.proposal
        if plan is self.looked_at:
            return
        self.looked_at = plan
        if plan is None or case is None or proposal is None:
            if view.offered is self._offered:
                view.offer(None)
        else:
            many = len(plan.probes)
            self._offered = Offered(
                probes=tuple(p for p in plan.probes if p not in case.plan.probes),
                leaving=frozenset(p.id for p in case.plan.probes if p not in plan.probes),
                zone=self._zones[proposal.plans.index(plan)],
                words=f"Proposed plan of {many} probe{'s' if many != 1 else ''}, not taken",
            )
            view.offer(self._offered)
        self.changed.emit()

    def take(self, plan: ProposedPlan, *, as_new: bool = False) -> None:
        """Put a plan in place of the probes that do not stay, or beside the plan in hand, as one step of undo."""
        session, many = self._session, len(plan.probes)
        self.look(None)
        if plan.zone.fidelity is Fidelity.PHYSICS:
            session.remember(plan.zone)
        words = f"Take plan of {many} probe{'s' if many != 1 else ''}"
        if session.apply(words, lambda case: taken(copy_plan(case) if as_new else case, plan)):
            if all(probe.id != session.view.selected for probe in plan.probes):
                session.view.select("")
            if plan.probes:
                session.view.reveal(plan.probes[0].tip_mm)
            self.changed.emit()

    def in_use(self, plan: ProposedPlan) -> bool:
        """Whether the case holds this plan as it was proposed."""
        case = self._session.case
        return case is not None and (case.plan.probes, case.plan.schedule) == (plan.probes, plan.schedule)

    # ---------------------------------------------------------------- keeping up to date

    def _depends_on(self, case: Case, request: OptimiseRequest) -> tuple[object, ...]:
        """What a proposal depends on: not the probes it replaces, so that another plan can be tried after one is taken."""
        plan = case.plan
        kept = tuple(p for p in plan.probes if p.locked or p.id in request.kept)
        ids = {p.id for p in kept}
        sharing = tuple(g for g in plan.generators if ids.issuperset(g.probe_ids))
        return (
            case.image,
            case.structures,
            case.clinical.intent,
            kept,
            sharing,
            plan.pockets,
            plan.room,
            load_path_rules(),
        )

    def _changed(self, change: Change) -> None:
        if change & ~(Change.CEMENT | Change.NAME | Change.CLINICAL | Change.ANNOTATIONS):
            self.look(None)
        if change & ~(Change.CEMENT | Change.NAME | Change.ANNOTATIONS):
            self._drop_outdated()

    def _drop_outdated(self) -> None:
        case, request = self._session.case, self.request
        if case is not None and request is not None and self._depends_on(case, request) != self._depends:
            was_running = self.running and not self.stopping
            self._forget()
            self.changed.emit()
            if was_running:
                # What was asked for is still wanted: bones that are told apart late must not end a search in silence.
                self.propose()
                # After the change itself, which takes away what was said before it.
                QTimer.singleShot(0, lambda: self._session.noticed.emit(_ANEW, "Stop it if it is no longer wanted."))

    def _opened(self) -> None:
        self.wish = replace(self.wish, kept=())
        self._forget()
        self.changed.emit()

    def _forget(self) -> None:
        """Give up the search and what was found."""
        if self.running:
            self._session.jobs.cancel_batch(PROPOSE)
        self._end()
        self.look(None)
        self.request, self.proposal, self.refusal = None, None, None
        self._zones, self._depends = (), ()

    def _end(self) -> None:
        self.running = self.stopping = False
        self.fraction, self.doing = 0.0, ""

    def _follow(self, title: str, fraction: float, words: str) -> None:
        if title == PROPOSE and self.running:
            self.fraction, self.doing = fraction, words
            self.changed.emit()

    def _seen(self) -> None:
        """Something else is offered now."""
        if self.looked_at is not None and self._session.view.offered is not self._offered:
            self.look(None)
