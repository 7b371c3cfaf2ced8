"""What the selected structure feels: how much of it passes which level, from when on, and its volume against temperature."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout

from app.widgets.basics import Section, clear, text
from app.widgets.cumulative_chart import CumulativeChart
from planning.evaluation import StructureRisk
from planning.evaluation.exposure import Exposure
from planning.evaluation.exposure_text import crossing_text
from planning.evaluation.verdict import inner_name
from planning.quantities import dose_text, lps_text, temperature_text, time_text

_HEADS = ("level", "from", "length", "volume")


class FeltSection(Section):
    """Hidden while nothing that is judged is selected."""

    def __init__(self) -> None:
        super().__init__(" ")
        self._title = self.body.itemAt(0).layout().itemAt(0).widget()
        self._said = text("", "secondary", wrap=True)
        self.add(self._said)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(0, 1)
        self.add(self._grid)
        self.chart = CumulativeChart()
        self.add(self.chart)
        self._shown: StructureRisk | None = None
        self.hide()

    def show_risk(self, risk: StructureRisk | None, *, cold: bool) -> None:
        """Show what a structure feels, or nothing."""
        if risk is not None and risk is self._shown:
            return
        self._shown = risk
        clear(self._grid)
        felt = None if risk is None else risk.exposure
        self.setVisible(felt is not None)
        if risk is None or felt is None:
            return
        self._title.setText(f"What {inner_name(risk)} feels")
        self.aside.setText(risk.judgement.word)
        self._said.setText(_extreme_text(felt, cold=cold))
        for column, words in enumerate(_HEADS if felt.crossings else ()):
            self._grid.addWidget(text(words, "label", right=column > 0), 0, column)
        for line, crossing in enumerate(felt.crossings, start=1):
            for column, words in enumerate(crossing_text(crossing, cold=cold)):
                self._grid.addWidget(text(words, right=column > 0), line, column)
        if not felt.crossings:
            self._grid.addWidget(text("It passes no level on file.", "label"), 0, 0)
        self.chart.setVisible(felt.by_temperature is not None and bool(felt.crossings))
        if felt.by_temperature is not None:
            self.chart.show_volumes(felt.by_temperature, [c for c in felt.crossings if c.temperature_c is not None])


def _extreme_text(felt: Exposure, *, cold: bool) -> str:
    """The extreme with its place and time."""
    if felt.extreme_at_mm is None:
        return "It lies outside what the prediction changes."
    when = "" if felt.extreme_at_s is None else f" at {time_text(felt.extreme_at_s)}"
    dose = "" if felt.cem43_min is None else f", {dose_text(felt.cem43_min)} min CEM43"
    word = "Coldest" if cold else "Hottest"
    return f"{word} {temperature_text(felt.extreme_c, cold=cold)}{when}{dose}, at {lps_text(felt.extreme_at_mm)}."
