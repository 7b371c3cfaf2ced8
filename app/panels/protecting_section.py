"""What would protect: which structures call for it, what helps, where to watch, when to stop; a part of the page of risks."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from app.controllers.protecting import Protecting
from app.controllers.session import Session
from app.panels.base import RunCommand
from app.panels.finding_row import finding_row
from app.tokens import pocket_colour, thermocouple_colour
from app.widgets.basics import Row, Section, button, clear, icon_button, row, swatch_label, text
from planning.catalogue.agents import agent
from planning.evaluation import Judgement
from planning.evaluation.finding import RiskFinding
from planning.model.point import Point
from planning.protecting import PocketProposal, ProtectionAdvice
from planning.protecting.wording import METHOD, NOTHING_NEEDED, difference_text, helpless_text, pocket_text, watch_text

_SHOWN_NEEDS, _SHOWN_POCKETS = 5, 3


class ProtectingSection(Section):
    """Proposals with one button each; nothing of them is in the plan until it is pressed."""

    def __init__(self, session: Session, run: RunCommand, protecting: Protecting, go_to: Callable[[str], None]) -> None:
        super().__init__("What would protect")
        self._session, self._protecting, self._go_to = session, protecting, go_to
        self._try = button("Try what helps", lambda: run("try-protection"), icon_name="gas-pocket")
        self._try.setToolTip("Try pockets, and when to stop, in the thermal engine; some seconds (F8)")
        self._cancel = button("Cancel", protecting.cancel)
        self.add(row(self._try, self._cancel, 1))
        self.without = QCheckBox("Show the zone without the plan's pockets")
        self.without.setToolTip(
            "Predict the plan without its gas and fluid, and show that zone in the views until it is switched off"
        )
        self.without.clicked.connect(protecting.show_without)
        self.add(self.without)
        self._body = QVBoxLayout()
        self._body.setSpacing(4)
        self.add(self._body)
        self._shown: object = None

    def refresh(self) -> None:
        """Bring the section up to date."""
        found, running = self._protecting.current, self._protecting.running
        self._cancel.setVisible(running)
        self._try.setVisible(not running and (found is None or not found.tried))
        self._try.setEnabled(self._protecting.can_try)
        case = self._session.case
        self.without.setVisible(case is not None and bool(case.plan.pockets) and bool(case.plan.probes))
        self.without.setChecked(self._protecting.without)
        if (found, running) == self._shown and self._body.count():
            return
        self._shown = (found, running)
        clear(self._body)
        self.aside.setText("tried in the engine" if found is not None and found.tried else "")
        zone = self._session.zone
        if found is None or zone is None or case is None:
            self._say("Said once the physics has settled.")
            return
        cold = zone.zone.cold
        if not found.needs:
            self._say(NOTHING_NEEDED)
        self._show_needs(found, cold=cold)
        if words := helpless_text(case, found):
            self._say(words)
        self._show_watch(found, cold=cold)
        self._show_stops(found)
        self._show_differences(found, cold=cold)
        if found.tried and found.needs:
            self._say(METHOD)

    def _say(self, words: str) -> None:
        self._body.addWidget(text(words, "label", wrap=True))

    def _show_needs(self, found: ProtectionAdvice, *, cold: bool) -> None:
        for need in found.needs[:_SHOWN_NEEDS]:
            finding = RiskFinding(
                judgement=need.risk.judgement,
                sentence=need.sentence,
                structure_id=need.risk.id,
                # What a level says stands among the findings already.
                reason="" if need.risk.limit is not None else need.reason,
            )
            self._body.addWidget(finding_row(finding, lambda f=finding: self._go_to(f.structure_id)))
            for proposal in [p for p in found.pockets if p.for_id == need.risk.id][:_SHOWN_POCKETS]:
                self._body.addWidget(self._pocket(proposal, cold=cold))
        more = found.needs[_SHOWN_NEEDS:]
        if more:
            self._say(f"Also: {', '.join(n.risk.name for n in more)}.")

    def _pocket(self, proposal: PocketProposal, *, cold: bool) -> Row:
        kind = agent(proposal.pocket.agent_id)
        line = self._proposed(
            pocket_colour(kind.state), pocket_text(proposal, cold=cold), f"Place this {kind.name}",
            lambda: self._protecting.place_pocket(proposal), proposal.pocket.start_mm,
        )  # fmt: skip
        line.setToolTip(f"{kind.use}\n{kind.source}")
        return line

    def _show_watch(self, found: ProtectionAdvice, *, cold: bool) -> None:
        if found.watch:
            self._body.addWidget(text("Where a thermocouple tells most", "secondary"))
        for place in found.watch:
            line = self._proposed(
                thermocouple_colour(), watch_text(place, cold=cold), "Place a thermocouple here",
                lambda p=place: self._protecting.place_thermocouple(p), place.position_mm,
            )  # fmt: skip
            line.setToolTip(place.source)
            self._body.addWidget(line)

    def _proposed(self, colour: str, words: str, tooltip: str, act: Callable[[], None], at_mm: Point) -> Row:
        """A row whose button places what is proposed; a click on it goes to the place."""
        line = Row(
            swatch_label(colour),
            text(words, "secondary", wrap=True),
            icon_button("plus", tooltip, act, size=16),
        )
        line.layout().setStretch(1, 1)
        line.clicked.connect(lambda: self._session.view.reveal(at_mm))
        return line

    def _show_stops(self, found: ProtectionAdvice) -> None:
        if found.stops:
            self._body.addWidget(text("When to stop", "secondary"))
        for rule in found.stops:
            judgement = Judgement.ALARM if rule.at_s is None else Judgement.CAUTION
            finding = RiskFinding(judgement=judgement, sentence=rule.sentence, reason="")
            self._body.addWidget(finding_row(finding, lambda at=rule.position_mm: self._session.view.reveal(at)))
        for source in dict.fromkeys(rule.source for rule in found.stops):
            self._say(source)

    def _show_differences(self, found: ProtectionAdvice, *, cold: bool) -> None:
        if not found.differences:
            return
        self._body.addWidget(text("Without and with the plan's pockets", "secondary"))
        for difference in found.differences[:_SHOWN_NEEDS]:
            holder: QWidget = text(difference_text(difference, cold=cold), wrap=True)
            self._body.addWidget(holder)
