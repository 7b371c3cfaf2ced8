"""Step 5: what the plan does to the lesion, and what it risks."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from app.controllers.how_sure import HowSure
from app.controllers.protecting import Protecting
from app.controllers.session import Session
from app.panels.base import Panel, RunCommand
from app.panels.felt_section import FeltSection
from app.panels.finding_row import finding_row
from app.panels.margin_section import MarginSection
from app.panels.protecting_section import ProtectingSection
from app.panels.sureness_section import SurenessSection
from app.widgets.basics import Row, Section, button, clear, judgement_label, row, show_property, text
from app.widgets.risk_table import RiskTable
from imaging.structures import StructureKind
from planning.catalogue import Mode, load_thresholds
from planning.evaluation import Judgement, StructureRisk, Verdict
from planning.evaluation.finding import RiskFinding
from planning.evaluation.verdict import PelvicRule
from planning.model.zone import Fidelity
from planning.quantities import length_text, level_text, temperature_text

_WIDE_PX, _MARGINS_PX = 420, 48
"""From here on other structures stand side by side, but for those whose names are too long for half of the page."""
_STEP_TO_JUDGEMENT = {
    PelvicRule.MET: Judgement.WITHIN,
    PelvicRule.UNKNOWN: Judgement.NOT_ASSESSED,
    PelvicRule.BROKEN: Judgement.INJURY,
}

_RULE_WORDS = {
    PelvicRule.MET: "hard rule met",
    PelvicRule.UNKNOWN: "not known",
    PelvicRule.BROKEN: "hard rule broken",
}


class RiskPanel(Panel):
    """S2-S4 of both sides above all, then every root, other structures, margin and findings."""

    def __init__(self, session: Session, run: RunCommand, how_sure: HowSure, protecting: Protecting) -> None:
        super().__init__("Risk", session, run)
        self._how_sure = how_sure
        self._pelvic_section = self.add_section(Section("S2–S4 on both sides"))
        self._banner = QFrame()
        self._banner.setObjectName("banner")
        banner = QVBoxLayout(self._banner)
        banner.setContentsMargins(0, 0, 0, 0)
        self._pelvic = text("", wrap=True)
        self._pelvic_reason = text("", "secondary", wrap=True)
        self._pelvic_mark = QVBoxLayout()
        banner.addLayout(self._pelvic_mark)
        banner.addWidget(self._pelvic)
        banner.addWidget(self._pelvic_reason)
        self._pelvic_section.add(self._banner)
        self._function = QVBoxLayout()
        self._function.setSpacing(2)
        self._pelvic_section.add(self._function)
        roots = self.add_section(Section())
        self._table = RiskTable()
        self._table.picked.connect(self._go_to)
        roots.add(self._table)
        self._others = QGridLayout()
        self._others.setContentsMargins(0, 4, 0, 0)
        self._others.setVerticalSpacing(0)
        self._others.setHorizontalSpacing(0)
        roots.add(self._others)
        levels = button("Levels of harm…", lambda: run("thresholds"))
        levels.setToolTip("What structures bear, with sources; every number can be changed, and blank ones given")
        roots.add(row(1, levels))
        self._felt = FeltSection()
        self.add_section(self._felt)
        found = self.add_section(Section("Findings", "by what matters"))
        self._findings = QVBoxLayout()
        self._findings.setSpacing(4)
        found.add(self._findings)
        self._protecting = ProtectingSection(session, run, protecting, self._go_to)
        self.add_section(self._protecting)
        self._margin = MarginSection(session)
        self.add_section(self._margin)
        self._sure = SurenessSection(how_sure, session.view, self._go_to)
        self.add_section(self._sure)

    def refresh(self) -> None:
        verdict, zone = self.session.verdict, self.session.zone
        for layout in (self._others, self._findings, self._pelvic_mark, self._function):
            clear(layout)
        if verdict is None or zone is None:
            self.mark("")
            self.say("Nothing is assessed: place a probe, and its zone is judged against every structure.")
            self._pelvic.setText("Not assessed.")
            self._pelvic_reason.setText("")
            show_property(self._banner, "grave", False)
            self._table.show_risks((), cold=True, isotherm_c=0.0, muted=True)
            self._felt.show_risk(None, cold=True)
            self._margin.show_lesion(None, None, "Not assessed.")
            self._sure.show_nothing()
            self._protecting.refresh()
            return
        cold, stale = zone.zone.cold, not self.session.verdict_is_current
        settled = zone.zone.fidelity is Fidelity.PHYSICS
        unsettled = zone.zone.fidelity.value.capitalize()
        self.mark("Out of date" if stale else "Physics settled" if settled else unsettled)
        self.say(_levels_of_roots(zone.zone.mode))
        self._show_pelvic(verdict, stale)
        chosen = next((r for r in verdict.structures if r.id == self.view.selected), None)
        self._felt.show_risk(None if stale else chosen, cold=cold)
        isotherm_c = max(zone.by_temperature_c) if cold else min(zone.by_temperature_c)
        sure = self._how_sure.current
        spans_c = {} if sure is None else {name: sure.ensemble.span_c(name) for name in sure.ensemble.extreme_c}
        self._table.show_risks(
            verdict.structures, cold=cold, isotherm_c=isotherm_c, muted=stale,
            spans_c=spans_c if self.width() >= _WIDE_PX else {},
        )  # fmt: skip
        others = [self._other(risk, cold, isotherm_c) for risk in verdict.structures if not risk.level]
        _side_by_side(self._others, others, self.width() - _MARGINS_PX if self.width() >= _WIDE_PX else 0)
        self._margin.show_lesion(verdict.lesion, verdict.interface)
        for finding in verdict.findings:
            self._findings.addWidget(self._finding(finding))
        self._sure.show_found(verdict)
        self._protecting.refresh()

    def _show_pelvic(self, verdict: Verdict, stale: bool) -> None:
        pelvic = verdict.pelvic
        grave = pelvic.both_sides_at_risk
        judgement = Judgement.INJURY if grave else _STEP_TO_JUDGEMENT[pelvic.rule]
        glyph = judgement_label(judgement, 18 if grave else 14)
        self._pelvic_mark.addLayout(row(glyph, text(_RULE_WORDS[pelvic.rule], "secondary"), 1))
        show_property(self._banner, "grave", grave and not stale)
        size = "font-size: 15px; font-weight: 600;" if grave else "font-weight: 500;"
        self._pelvic.setStyleSheet(size)
        self._pelvic.setText(pelvic.sentence)
        self._pelvic_reason.setText(pelvic.reason)
        outlook = verdict.function
        if outlook.sentences:
            self._function.addWidget(
                text(f"If what reaches alarm were lost ({', '.join(outlook.lost)}):", "label", wrap=True)
            )
        for words, source in outlook.sentences:
            line = text(words, "secondary", wrap=True)
            line.setToolTip(source)
            self._function.addWidget(line)
        if outlook.sentences and outlook.unknown:
            unknown = f"Not counted, since unknown: {', '.join(outlook.unknown)}."
            self._function.addWidget(text(unknown, "label", wrap=True))

    def _other(self, risk: StructureRisk, cold: bool, isotherm_c: float) -> QWidget:
        if risk.extreme_c is None:
            value = "not assessed"
        else:
            distance = risk.isotherm_mm.get(isotherm_c)
            value = temperature_text(risk.extreme_c, cold=cold)
            value += "" if distance is None else f", {length_text(distance)}"
        line = Row(
            judgement_label(risk.judgement), text(risk.name), 1,
            text(value, "secondary", right=True),
        )  # fmt: skip
        line.tighten(1)
        line.setToolTip(f"{risk.judgement.word}\n{risk.reason}")
        line.clicked.connect(lambda: self._go_to(risk.id))
        return line

    def _finding(self, finding: RiskFinding) -> QWidget:
        return finding_row(finding, lambda: self._go_to(finding.structure_id))

    def _go_to(self, structure_id: str) -> None:
        """Show a finding's place in every view."""
        verdict, case = self.session.verdict, self.session.case
        if verdict is None or case is None or not structure_id:
            return
        if structure_id == "lesion" and verdict.lesion and verdict.lesion.margin_at_mm:
            self.view.reveal(verdict.lesion.margin_at_mm)
        if structure_id == "interface" and verdict.interface is not None:
            self.view.reveal(verdict.interface.worst_at_mm)
        for risk in verdict.structures:
            if risk.id == structure_id and risk.extreme_at_mm is not None:
                self.view.reveal(risk.extreme_at_mm)
        places = {t.id: t.position_mm for t in case.plan.thermocouples} | {p.id: p.start_mm for p in case.plan.pockets}
        places |= {p.id: p.tip_mm for p in case.plan.probes}
        if structure_id in places:
            self.view.reveal(places[structure_id])
        if case.find(structure_id) or structure_id in places:
            self.view.select(structure_id)


def _side_by_side(grid: QGridLayout, lines: Sequence[QWidget], width_px: int) -> None:
    """Lay lines in two columns where they fit, and the others below them, across both; without a width all are below each other."""
    short = [line for line in lines if 2 * line.sizeHint().width() <= width_px]
    for n, line in enumerate(short):
        grid.addWidget(line, *divmod(n, 2))
    for line in lines:
        if line not in short:
            grid.addWidget(line, grid.rowCount(), 0, 1, 2)


def _levels_of_roots(mode: Mode) -> str:
    """The levels the roots are judged by, in one line."""
    limits = load_thresholds().of(StructureKind.ROOT, mode)
    sign = "≤" if mode is Mode.COLD else "≥"
    parts = []
    for limit in limits.limits if limits else ():
        by_temperature = None if limit.temperature_c is None else f"{sign} {level_text(limit.temperature_c)}"
        by_dose = None if limit.cem43_min is None else f"CEM43 > {limit.cem43_min:g} min"
        parts.append(f"{limit.level.value} {' or '.join(filter(None, (by_temperature, by_dose)))}")
    return f"Roots, {mode.value}: {', '.join(parts)} (literature, editable)"
