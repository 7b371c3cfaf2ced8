"""Who approved the plan, what speaks against it, and whether the approval still stands."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QVBoxLayout

from app.controllers.plan_keeping import PlanKeeping
from app.controllers.session import Session
from app.settings import Settings
from app.widgets.basics import Section, button, clear, judgement_label, row, text
from planning.evaluation import Judgement
from planning.plans.approving import LONGEST_NAME

_SHOWN = 6


class ApprovalSection(Section):
    """Approve the plan in hand, see what made an approval fall, take it back.

    Parameters
    ----------
    session : Session
    keeping : PlanKeeping
    settings : Settings
        Remembers who approved last.
    """

    def __init__(self, session: Session, keeping: PlanKeeping, settings: Settings) -> None:
        super().__init__("Approval")
        self._session, self._keeping, self._settings = session, keeping, settings
        self._state = QVBoxLayout()
        self._state.setSpacing(4)
        self.add(self._state)
        self.by = QLineEdit(settings.approver)
        self.by.setPlaceholderText("Name or initials")
        self.by.setAccessibleName("Who approves")
        self.by.setMaxLength(LONGEST_NAME)
        self.by.returnPressed.connect(self._approve)
        self.by.textChanged.connect(lambda _: self._enable())
        self.approve = button("Approve", self._approve, icon_name="badge-check")
        self.withdraw = button("Withdraw", keeping.withdraw)
        self.withdraw.setToolTip("Take the approval back; undo brings it again")
        line = row(self.by, self.approve, self.withdraw)
        line.setStretch(0, 1)
        self.add(line)
        self._shown: object = None
        keeping.changed.connect(self.refresh)

    def refresh(self) -> None:
        """Bring the section up to date."""
        case = self._session.case
        approval = None if case is None else case.plan.approval
        verdict, against = self._keeping.verdict, self._keeping.against
        fallen = self._keeping.fallen_because
        if approval is None or fallen:
            self._keeping.look_against()
        shown = (case, verdict, against, fallen)
        self._enable()
        self.withdraw.setVisible(approval is not None)
        if self._shown is not None and shown == self._shown:
            return
        self._shown = shown
        clear(self._state)
        title = case.plan.title if case is not None else "The plan"
        self.aside.setText("" if approval is None else "fallen" if fallen else "stands")
        if approval is None:
            self._say(Judgement.NOT_ASSESSED, f"Nobody has approved {title} yet.")
            self._list("Known when it is approved:", against or ())
            return
        if fallen:
            self._say(Judgement.CAUTION, f"The approval by {approval.by}, {approval.when}, fell.")
            self._list("Since then:", tuple(f"{words[0].upper()}{words[1:]}." for words in fallen))
        else:
            self._say(Judgement.WITHIN, f"{title} is approved by {approval.by}, {approval.when}.")
            self._list("In spite of:", approval.in_spite_of)

    def _enable(self) -> None:
        """Only what is predicted as it is can be approved, by somebody."""
        case = self._session.case
        verdict = self._keeping.verdict
        why = (
            "Place a probe first." if case is None or not case.plan.probes
            else "Wait for the physics, or solve it: only a settled prediction can be approved."
            if verdict is None or verdict.fidelity != "physics"
            else "Give a name or initials." if not self.by.text().strip()
            else "It is approved, and nothing has changed since."
            if case.plan.approval is not None and not self._keeping.fallen_because
            else "Looking at what speaks against it." if self._keeping.against is None
            else ""
        )  # fmt: skip
        self.approve.setEnabled(not why)
        self.approve.setToolTip(why or "The approval falls when anything that it rests on changes, and says what did")

    def _approve(self) -> None:
        if self.approve.isEnabled():
            self._settings.approver = " ".join(self.by.text().split())
            self._keeping.approve(self.by.text())

    def _list(self, head: str, sentences: tuple[str, ...]) -> None:
        if not sentences:
            return
        self._state.addWidget(text(head, "label"))
        for sentence in sentences[:_SHOWN]:
            self._state.addWidget(text(sentence, "secondary", wrap=True))
        if len(sentences) > _SHOWN:
            self._state.addWidget(text(f"And {len(sentences) - _SHOWN} more.", "label"))

    def _say(self, judgement: Judgement, words: str) -> None:
        line = row(judgement_label(judgement), text(words, wrap=True))
        line.setStretch(1, 1)
        self._state.addLayout(line)
