"""The plans of the case: which is in hand, and beginning, copying, naming and removing them."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout

from app.controllers.plan_keeping import PlanKeeping
from app.controllers.session import Session
from app.panels.base import RunCommand
from app.widgets.basics import Row, Section, button, clear, icon_button, icon_label, judgement_label, row, text
from app.widgets.words_edit import WordsEdit
from planning.model import Plan
from planning.model.judgement import Judgement
from planning.operations.plans import LONGEST_NAME
from planning.plans import devices_words


class PlanListSection(Section):
    """One row a plan; a click takes it in hand.

    Parameters
    ----------
    session : Session
    keeping : PlanKeeping
    run : callable
        Runs a command by its id.
    """

    def __init__(self, session: Session, keeping: PlanKeeping, run: RunCommand) -> None:
        super().__init__("Plans")
        self._session, self._keeping = session, keeping
        self._listed: object = None
        self._renaming = 0
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        self.add(self._list)
        copy = button("Copy", lambda: run("copy-plan"), icon_name="copy")
        copy.setToolTip("Copy the plan in hand, and go on with the copy (Ctrl+Shift+D)")
        new = button("New", lambda: run("new-plan"), icon_name="plus")
        new.setToolTip("Begin an empty plan beside the others")
        self._compare = button("Compare…", lambda: run("compare-plans"), icon_name="columns-3")
        self.add(row(copy, new, self._compare, 1))
        self._acts = (copy, new)

    def refresh(self) -> None:
        """Bring the list up to date."""
        case = self._session.case
        plans = () if case is None else case.all_plans
        for act in self._acts:
            act.setEnabled(case is not None)
        several = len(plans) > 1
        self._compare.setEnabled(several)
        self._compare.setToolTip(
            "What every plan takes, reaches and risks, side by side (Ctrl+Shift+C)" if several
            else "There is one plan only: copy it, or begin another"
        )  # fmt: skip
        in_hand = 0 if case is None else case.plan.number
        listed = (in_hand, self._renaming, [self._words(p) for p in plans])
        if listed == self._listed:
            return
        self._listed = listed
        clear(self._list)
        for plan in plans:
            self._list.addWidget(self._row(plan, mine=plan.number == in_hand, alone=not several))

    def _words(self, plan: Plan) -> tuple[object, ...]:
        return plan.number, plan.title, plan.approval, self._keeping.fallen_of(plan.number), devices_words(plan)

    def _row(self, plan: Plan, *, mine: bool, alone: bool) -> Row:
        if plan.number == self._renaming:
            field = WordsEdit(plan.title)
            field.setMaxLength(LONGEST_NAME)
            field.setAccessibleName("Name of the plan")
            field.selectAll()
            field.left.connect(lambda counts: self._call(plan, field.text() if counts else plan.title))
            QTimer.singleShot(0, field.setFocus)
            return Row(field, selected=mine)
        marks = []
        if plan.approval is not None:
            fallen = self._keeping.fallen_of(plan.number)
            mark = judgement_label(Judgement.CAUTION, 16) if fallen else icon_label("badge-check", 16, "text-1")
            mark.setToolTip(
                f"The approval by {plan.approval.by} fell: {', '.join(fallen)}" if fallen
                else f"Approved by {plan.approval.by}"
            )  # fmt: skip
            marks.append(mark)
        about = text(devices_words(plan) or "no probes", "secondary")
        rename = icon_button("pencil", f"Rename {plan.title}", lambda: self._rename(plan), size=16)
        remove = icon_button("trash-2", f"Remove {plan.title}", lambda: self._keeping.remove(plan.number), size=16)
        remove.setEnabled(not alone)
        line = Row(text(plan.title, "section"), about, 1, *marks, rename, remove, selected=mine and not alone)
        line.setToolTip("In hand: shown, edited and judged" if mine else f"Click to take {plan.title} in hand")
        if not mine:
            line.clicked.connect(lambda: self._keeping.take(plan.number))
        return line

    def _rename(self, plan: Plan) -> None:
        self._renaming = plan.number
        self.refresh()

    def _call(self, plan: Plan, name: str) -> None:
        if self._renaming != plan.number:
            return
        self._renaming = 0
        if name.strip() != plan.title:
            self._keeping.rename(plan.number, name)
        self.refresh()
