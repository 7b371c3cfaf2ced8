"""Several plans of the case from the window: begin, copy, take, name, remove, compare and approve."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu

from app.commands import Command
from app.controllers.session import Session
from app.view_state import Step
from app.widgets.comparison_dialog import ComparisonDialog
from imaging.errors import DomainError
from imaging.progress import Progress
from planning import services
from planning.evaluation import Verdict
from planning.model import Case
from planning.model.zone import PredictedZone
from planning.operations.plans import copy_plan, new_plan, remove_plan, rename_plan, take_plan
from planning.plans import (
    Comparison,
    approve_plan,
    compare,
    devices_words,
    fallen_because,
    plan_digests,
    speaking_against,
    withdraw_approval,
)

if TYPE_CHECKING:
    from app.main_window import MainWindow

PREDICT_ALL = "Predicting the plans"
_NO_CT = "Open a CT first."
_ONE_PLAN = "There is one plan only: copy it, or begin another."


class PlanKeeping(QObject):
    """The plans of the open case.

    Attributes
    ----------
    comparison : Comparison or None
        Of the case as it is; None until it is asked for, and while it is made.
    predicting : bool
        Plans that are not in hand are being solved.

    Signals
    -------
    changed()
        The comparison differs, or whether plans are being solved.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.comparison: Comparison | None = None
        self.predicting = False
        self._wanted = False
        self._against: tuple[object, tuple[str, ...]] = (None, ())
        self._looking: object = None
        self._fallen: tuple[Case | None, dict[int, tuple[str, ...]]] = (None, {})
        session.changed.connect(lambda _: self._compare_anew())
        session.zoneChanged.connect(self._compare_anew)
        session.opened.connect(self._opened)
        session.rulesChanged.connect(self._look_again)

    # ---------------------------------------------------------------- which there are

    @property
    def many(self) -> int:
        """How many plans the case has."""
        case = self._session.case
        return 0 if case is None else len(case.all_plans)

    def new(self) -> None:
        """Begin an empty plan, and take it in hand."""
        if self._session.apply("Begin a plan", new_plan):
            self._let_go()

    def copy(self) -> None:
        """Copy the plan in hand, and take the copy in hand."""
        self._session.apply("Copy the plan", copy_plan)

    def take(self, number: int) -> None:
        """Take another plan in hand."""
        case = self._session.case
        title = next((p.title for p in case.all_plans if p.number == number), "") if case else ""
        if self._session.apply(f"Take {title}", lambda case: take_plan(case, number)):
            self._let_go()

    def step(self, by: int) -> None:
        """Take the next plan in hand, or the one before; after the last comes the first."""
        case = self._session.case
        if case is not None:
            numbers = [p.number for p in case.all_plans]
            self.take(numbers[(numbers.index(case.plan.number) + by) % len(numbers)])

    def rename(self, number: int, name: str) -> None:
        """Call a plan otherwise."""
        self._session.apply("Rename a plan", lambda case: rename_plan(case, number, name))

    def remove(self, number: int) -> None:
        """Remove a plan."""
        if self._session.apply("Remove a plan", lambda case: remove_plan(case, number)):
            self._let_go()

    def _let_go(self) -> None:
        """Select nothing that the plan in hand does not hold."""
        case, view = self._session.case, self._session.view
        if case is not None:
            plan = case.plan
            held = {x.id for x in (*plan.probes, *plan.protective, *plan.cements)} | {s.id for s in case.structures}
            if view.selected and view.selected not in held:
                view.select("")

    # ---------------------------------------------------------------- approving

    @property
    def verdict(self) -> Verdict | None:
        """The verdict on the plan in hand as it is."""
        return self._session.verdict if self._session.verdict_is_current else None

    @property
    def against(self) -> tuple[str, ...] | None:
        """What speaks against the plan in hand; None until `look_against` has found out."""
        return self._against[1] if self._against[0] == (self._session.case, self.verdict) else None

    def look_against(self) -> None:
        """Find out what speaks against the plan in hand, where that is not known."""
        session, verdict = self._session, self.verdict
        case, volume, key = session.case, session.volume, (session.case, verdict)
        if case is None or volume is None or verdict is None or key in (self._against[0], self._looking):
            return
        self._looking = key

        def done(against: tuple[str, ...]) -> None:
            self._against, self._looking = (key, against), None
            self.changed.emit()

        session.jobs.interactive(
            "against", "What speaks against the plan", lambda _: speaking_against(case, volume, verdict), done
        )

    def approve(self, by: str) -> None:
        """Approve the plan in hand, once it is known what speaks against it; a refusal is told."""
        verdict, against, at = self.verdict, self.against, datetime.now().astimezone()
        if against is not None or verdict is None:
            self._session.apply("Approve the plan", lambda case: approve_plan(case, verdict, by, at, against or ()))

    def withdraw(self) -> None:
        """Take the approval back."""
        self._session.apply("Withdraw the approval", withdraw_approval)

    @property
    def fallen_because(self) -> tuple[str, ...]:
        """What has changed since the plan in hand was approved."""
        case = self._session.case
        return () if case is None else self.fallen_of(case.plan.number)

    def fallen_of(self, number: int) -> tuple[str, ...]:
        """What has changed since a plan was approved: what one plan rests on may be changed with another in hand."""
        case = self._session.case
        if case is None:
            return ()
        if self._fallen[0] is not case:
            self._fallen = (
                case,
                {p.number: fallen_because(case.taking(p.number)) for p in case.all_plans if p.approval},
            )
        return self._fallen[1].get(number, ())

    def _look_again(self) -> None:
        """Levels, rules or devices are others now: approvals rest on them too."""
        self._fallen, self._against, self._looking = (None, {}), (None, ()), None

    # ---------------------------------------------------------------- comparing

    def want_comparison(self, wanted: bool) -> None:
        """Keep the comparison up to date from now on, or no more."""
        self._wanted = wanted
        self._compare_anew()

    def _compare_anew(self) -> None:
        case, session = self._session.case, self._session
        if not self._wanted or case is None or session.dragging:
            return
        zones = session.plan_zones()

        def done(found: Comparison) -> None:
            self.comparison = found
            self.changed.emit()

        session.jobs.interactive("comparison", "Comparing plans", lambda _: compare(case, zones), done)

    def predict_missing(self) -> None:
        """Solve every plan that is not predicted as it is."""
        case, volume, session = self._session.case, self._session.volume, self._session
        if case is None or volume is None or self.predicting:
            return
        known = session.plan_zones()
        # The plan in hand may be at it already.
        started = {case.plan.number} if session.predicting else set()
        missing = [n for n, digest in plan_digests(case).items() if digest not in known and n not in started]

        def work(progress: Progress) -> list[PredictedZone]:
            found = []
            for n, number in enumerate(missing):
                one = case.taking(number)
                progress.report(n / len(missing), one.plan.title)
                part = progress.part(n / len(missing), (n + 1) / len(missing))
                found.append(services.predict(one, volume, part, with_course=True))
            return found

        def done(zones: list[PredictedZone]) -> None:
            for zone in zones:
                session.remember(zone)
            end()
            session.show_known_zone()

        def failed(error: DomainError) -> None:
            end()
            session.refused.emit(error)

        def end() -> None:
            self.predicting = False
            self._compare_anew()
            self.changed.emit()

        self.predicting = True
        self.changed.emit()
        session.jobs.batch(PREDICT_ALL, work, done, failed)

    def _opened(self) -> None:
        self._session.jobs.cancel_batch(PREDICT_ALL)
        self.comparison, self.predicting = None, False
        self._compare_anew()
        self.changed.emit()


def plan_commands(window: MainWindow) -> list[Command]:
    """Return the commands on the plans of a case."""

    def keeping() -> PlanKeeping:
        return window.plan_keeping

    def has_case() -> bool:
        return window.session.case is not None

    def several() -> bool:
        return keeping().many > 1

    def in_hand(act: Callable[[int], object]) -> Callable[[], None]:
        def on_it() -> None:
            if window.session.case is not None:
                act(window.session.case.plan.number)

        return on_it

    return [
        Command(id="copy-plan", words="Copy the plan", act=lambda: keeping().copy(), keys=("Ctrl+Shift+D",), icon_name="copy",
                group="plan", enabled=has_case, unless=_NO_CT),
        Command(id="new-plan", words="New plan", act=lambda: keeping().new(), icon_name="plus", group="plan",
                enabled=has_case, unless=_NO_CT),
        Command(id="next-plan", words="Next plan", act=lambda: keeping().step(1), keys=("Alt+PgDown",), group="plan",
                enabled=several, unless=_ONE_PLAN),
        Command(id="previous-plan", words="Previous plan", act=lambda: keeping().step(-1), keys=("Alt+PgUp",), group="plan",
                enabled=several, unless=_ONE_PLAN),
        Command(id="compare-plans", words="Compare plans…", act=lambda: show_comparison(window), keys=("Ctrl+Shift+C",),
                icon_name="columns-3", group="plan", enabled=several, unless=_ONE_PLAN),
        Command(id="remove-plan", words="Remove the plan", act=in_hand(lambda n: keeping().remove(n)), group="plan",
                enabled=several, unless=_ONE_PLAN),
        Command(id="approve-plan", words="Approve the plan…", act=lambda: window.view.go_to(Step.PRESENT), group="plan",
                icon_name="badge-check", enabled=has_case, unless=_NO_CT),
    ]  # fmt: skip


def plans_menu(window: MainWindow) -> QMenu:
    """Return the menu that lists the plans of the case and what can be done with them."""
    menu = QMenu(window)

    def fill() -> None:
        menu.clear()
        case = window.session.case
        for plan in case.all_plans if case is not None else ():
            words = f"{plan.title}   {devices_words(plan) or 'no probes'}"
            act = menu.addAction(words, lambda n=plan.number: window.plan_keeping.take(n))
            act.setCheckable(True)
            act.setChecked(case is not None and plan.number == case.plan.number)
        if several := case is not None and len(case.all_plans) > 2:
            beside = menu.addMenu("Beside the plan in hand (Ctrl+4)")
            for plan in case.all_plans if several and case is not None else ():
                if plan.number != case.plan.number:
                    act = beside.addAction(plan.title, lambda n=plan.number: window.show_beside(n))
                    act.setCheckable(True)
                    act.setChecked(window.view.beside and plan is window.other_plan.plan)
        menu.addSeparator()
        menu.addActions(window.commands.of_group("plan"))

    menu.aboutToShow.connect(fill)
    return menu


def show_comparison(window: MainWindow) -> None:
    """Show the plans side by side, beside the work."""
    keeping = window.plan_keeping
    dialog = window.findChild(ComparisonDialog)
    if dialog is None:
        dialog = ComparisonDialog(keeping.take, keeping.predict_missing, window)
        shown = dialog

        def follow() -> None:
            case = window.session.case
            shown.show_comparison(
                keeping.comparison, case.plan.number if case is not None else 0, predicting=keeping.predicting
            )

        keeping.changed.connect(follow)
        dialog.destroyed.connect(lambda: keeping.want_comparison(False))
        dialog.finished.connect(lambda _: keeping.changed.disconnect(follow))
        keeping.want_comparison(True)
        follow()
    dialog.show()
    dialog.raise_()
