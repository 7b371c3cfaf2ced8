"""What speaks for and against each option, and what to expect afterwards: parts of the page of the case."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from app.widgets.basics import Mark, Row, Section, clear, icon_label, judgement_label, text
from app.widgets.folding_section import FoldingSection
from planning.decision.decide import Advice, Decision, Standing, source_text
from planning.evaluation import Judgement

_GROUPS = {"goal": "Goal", "treatment": "Treatments", "beside": "Beside"}
_OPENED = (Standing.SUPPORTED, Standing.CONTESTED)
_SIGN_PX = 48


class DecisionSection(Section):
    """Options in order, each with the rules that fired; a click shows or hides what is said of one."""

    def __init__(self) -> None:
        super().__init__("What speaks for what", "rules on file")
        self._standing = text("", "label", wrap=True)
        self.add(self._standing)
        self._list = QVBoxLayout()
        self._list.setSpacing(2)
        self.add(self._list)
        self._turned: set[str] = set()
        self._decision: Decision | None = None

    def refresh(self, decision: Decision | None) -> None:
        """Show what is said of the case."""
        self.setVisible(decision is not None)
        if decision is None or decision is self._decision:
            return
        self._decision = decision
        self._fill()

    def _fill(self) -> None:
        decision = self._decision
        assert decision is not None
        clear(self._list)
        self._standing.setText(" ".join(sentence for sentence, _ in decision.remarks))
        self._standing.setToolTip("\n".join(source for _, source in decision.remarks))
        group = ""
        for advice in decision.options:
            if advice.option.kind != group:
                group = advice.option.kind
                self._list.addSpacing(4)
                self._list.addWidget(text(_GROUPS[group], "micro"))
            self._list.addWidget(self._head(advice))
            if self._is_open(advice):
                self._list.addWidget(_body(advice))

    def _is_open(self, advice: Advice) -> bool:
        return (advice.standing in _OPENED) != (advice.option.id in self._turned)

    def _head(self, advice: Advice) -> Row:
        fold = icon_label("chevron-down" if self._is_open(advice) else "chevron-right", 14)
        name = text(advice.option.name, "section", wrap=True)
        name.setToolTip(advice.option.about)
        line = Row(fold, _mark(advice.standing), name, text(_counted(advice), "secondary", right=True))
        line.tighten(2)
        line.clicked.connect(lambda: self._turn(advice.option.id))
        return line

    def _turn(self, option_id: str) -> None:
        self._turned ^= {option_id}
        self._fill()


class AfterwardsSection(FoldingSection):
    """What to expect after the options that something speaks for."""

    def __init__(self) -> None:
        super().__init__("What to expect afterwards")
        self._list = QVBoxLayout()
        self._list.setSpacing(6)
        self.add(self._list)
        self._decision: Decision | None = None

    def refresh(self, decision: Decision | None) -> None:
        """Show what belongs to the decision."""
        self.setVisible(decision is not None and bool(decision.afterwards))
        if decision is None or decision is self._decision:
            return
        self._decision = decision
        self.aside.setText(f"{len(decision.afterwards)} on file")
        clear(self._list)
        for entry, names in decision.afterwards:
            sentence = text(entry.sentence, wrap=True)
            sentence.setToolTip(source_text(entry))
            self._list.addWidget(sentence)
            self._list.addWidget(text(f"After {_listed(names)}", "label", wrap=True))


def _body(advice: Advice) -> QWidget:
    """Everything that is said of an option; sources are tooltips."""
    holder = QWidget()
    grid = QGridLayout(holder)
    grid.setContentsMargins(42, 0, 6, 6)
    grid.setHorizontalSpacing(6)
    grid.setVerticalSpacing(3)
    grid.setColumnMinimumWidth(0, _SIGN_PX)
    grid.setColumnStretch(1, 1)
    lines = [(name, standing.word, "") for name, standing in advice.parts]
    for word, reasons in (("for", advice.speaks_for), ("against", advice.speaks_against), ("note", advice.notes)):
        lines += [(word, reason.sentence, reason.source) for reason in advice.own(reasons)]
    if advice.open_words:
        lines.append(("open", advice.open_words, ""))
    for n, (sign, sentence, source) in enumerate(lines):
        said = text(sentence, "secondary", wrap=True)
        said.setToolTip(source)
        grid.addWidget(text(sign, "label"), n, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(said, n, 1)
    if not lines:
        grid.addWidget(text("All facts are known, and no rule on file applies.", "label", wrap=True), 0, 0, 1, 2)
    return holder


def _counted(advice: Advice) -> str:
    """What all rules together come to, and how many facts could still change it."""
    known = advice.standing in (Standing.NOT_ASSESSED, Standing.NEITHER) or not advice.missing
    return advice.standing.word if known else f"{advice.standing.word}, {len(advice.missing)} open"


def _mark(standing: Standing) -> Mark:
    """The glyph of a standing: open ones are hatched, never blank."""
    if standing is Standing.SUPPORTED:
        return icon_label("check", 16, "text-1")
    if standing is Standing.AGAINST:
        return icon_label("x", 16, "text-1")
    return judgement_label(Judgement.CAUTION if standing is Standing.CONTESTED else Judgement.NOT_ASSESSED)


def _listed(names: tuple[str, ...]) -> str:
    lowered = [n if n[1:2].isupper() else n[:1].lower() + n[1:] for n in names]
    return lowered[0] if len(lowered) == 1 else f"{', '.join(lowered[:-1])} or {lowered[-1]}"
