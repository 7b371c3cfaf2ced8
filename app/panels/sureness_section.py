"""How sure the verdict is: shares of many runs, and which input matters most."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QCheckBox, QComboBox, QVBoxLayout

from app.controllers.how_sure import HowSure
from app.panels.finding_row import finding_row
from app.view_state import ViewState
from app.widgets.basics import Section, clear, row, text
from app.widgets.swing_chart import SwingChart
from planning.ensemble.findings import MARGIN, Sureness, method_text, swings
from planning.evaluation import Judgement, Verdict
from planning.evaluation.finding import RiskFinding
from planning.quantities import length_text, temperature_text


class SurenessSection(Section):
    """What the runs say so far; better as they come."""

    def __init__(self, how_sure: HowSure, view: ViewState, go_to: Callable[[str], None]) -> None:
        super().__init__("How sure")
        self._how_sure, self._go_to = how_sure, go_to
        self._found: Sureness | None = None
        self._verdict: Verdict | None = None
        self.placed = QCheckBox("Needles were seen in place")
        self.placed.setToolTip("A check CT showed them where the plan has them: where they go is then not varied")
        self.placed.toggled.connect(how_sure.take_as_placed)
        self.drawn = QCheckBox("Inner and outer zone on the slices")
        self.drawn.setToolTip("Dotted: what 95 % of the runs treat, and what 5 % do")
        self.drawn.setChecked(view.likely_shown)
        self.drawn.toggled.connect(view.draw_likely)
        self.add(self.placed)
        self.add(self.drawn)
        self._said = QVBoxLayout()
        self._said.setSpacing(4)
        self.add(self._said)
        self._what = text("What moves the")
        self.figure = QComboBox()
        self.figure.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.figure.currentIndexChanged.connect(self._show_swings)
        self.add(row(self._what, self.figure, 1))
        self.chart = SwingChart()
        self.add(self.chart)
        self._method = text("", "label", wrap=True)
        self.add(self._method)

    def show_nothing(self) -> None:
        """There is no verdict that could be sure."""
        self._show("Not assessed.")

    def show_found(self, verdict: Verdict) -> None:
        """Show what belongs to a verdict, or that it comes."""
        found = self._how_sure.current
        if found is None:
            self._show("Runs are being made." if self._how_sure.running else "Runs begin once the physics has settled.")
            return
        self._found, self._verdict = found, verdict
        runs = found.ensemble
        self._show("", found.findings or (_NOTHING,))
        self.aside.setText(f"{runs.runs} runs" if runs.whole else f"{runs.runs} of {runs.wanted} runs")
        self._method.setText(method_text(runs))
        shown = bool(runs.effects)
        for widget in (self._what, self.figure, self.chart):
            widget.setVisible(shown)
        if shown:
            self._fill_figures(verdict, found)
            self._show_swings()

    def _show(self, words: str, findings: tuple[RiskFinding, ...] = ()) -> None:
        clear(self._said)
        self.aside.setText("")
        self._method.setText("")
        if words:
            self._said.addWidget(text(words, "label"))
            for widget in (self._what, self.figure, self.chart):
                widget.hide()
        for finding in findings:
            self._said.addWidget(finding_row(finding, lambda f=finding: self._go_to(f.structure_id)))

    def _fill_figures(self, verdict: Verdict, found: Sureness) -> None:
        """Margin and the structures that come to harm, keeping what was chosen."""
        figures = [(MARGIN, "smallest margin")] if verdict.lesion is not None else []
        extreme = "coldest" if found.ensemble.cold else "hottest"
        by_gravity = sorted(
            (r for r in verdict.structures if r.id in found.ensemble.extreme_c), key=lambda r: -r.judgement
        )
        figures += [(r.id, f"{extreme} of {r.name}") for r in by_gravity]
        if [self.figure.itemData(n) for n in range(self.figure.count())] == [name for name, _ in figures]:
            return
        chosen = self.figure.currentData()
        self.figure.blockSignals(True)
        self.figure.clear()
        for name, words in figures:
            self.figure.addItem(words, name)
        self.figure.setCurrentIndex(max(self.figure.findData(chosen), 0))
        self.figure.blockSignals(False)

    def _show_swings(self) -> None:
        found, verdict, figure = self._found, self._verdict, self.figure.currentData()
        if found is None or verdict is None or figure is None:
            return
        cold = found.ensemble.cold
        if figure == MARGIN:
            now = None if verdict.lesion is None else verdict.lesion.margin_mm
            self.chart.show_swings(swings(found.ensemble, figure), now, lambda mm: length_text(mm))
        else:
            now = next((r.extreme_c for r in verdict.structures if r.id == figure), None)
            self.chart.show_swings(swings(found.ensemble, figure), now, lambda c: temperature_text(c, cold=cold))


_NOTHING = RiskFinding(judgement=Judgement.WITHIN, sentence="No structure reaches a level in any run.", reason="")
