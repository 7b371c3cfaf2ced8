"""Cement after the ablation: a part of the page of the zone."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.controllers.cement_heat import CementHeat
from app.controllers.session import Session
from app.panels.base import RunCommand
from app.panels.finding_row import finding_row
from app.panels.object_row import name_label, object_buttons
from app.tokens import cement_colour, colour_or
from app.widgets.basics import (
    Row,
    Section,
    button,
    clear,
    judgement_label,
    number_box,
    row,
    swatch_label,
    text,
)
from planning.catalogue.cements import cement_kind
from planning.evaluation.cement import CementVerdict, Warmed
from planning.model import Case
from planning.model.cement import Cement
from planning.operations.cement import LEAST_ML, MOST_MINUTES, MOST_ML, change_cement
from planning.quantities import dose_text, level_text, millilitre_text, temperature_text, time_text

_HINT = "Click for a ball, or drag along its length. Esc cancels."
_SHOWN, _WARMER_K = 8, 0.5
"""So many structures are listed, the hottest first, and only those that get so much warmer than the body."""


class CementSection(Section):
    """Place cement, change the selected one, have its heat predicted, and read what it does."""

    def __init__(self, session: Session, run: RunCommand, heat: CementHeat) -> None:
        super().__init__("Cement", "after the ablation")
        self._session, self._view, self._heat = session, session.view, heat
        self._volume = number_box(minimum=LEAST_ML, maximum=MOST_ML, singleStep=0.5, decimals=1, suffix=" ml")
        self._minutes = number_box(minimum=0, maximum=MOST_MINUTES, singleStep=1, decimals=0, suffix=" min after")
        self._temperature = number_box(minimum=0, maximum=50, singleStep=1, decimals=0, suffix=" °C")
        self._volume.setValue(self._view.cement_volume_ml)
        self._minutes.setValue(self._view.cement_minutes)
        self._volume.setToolTip("Volume of the cement")
        self._minutes.setToolTip("From the end of the ablation to the injection")
        self._temperature.setToolTip("At which it is injected")
        for box in (self._volume, self._minutes, self._temperature):
            box.setKeyboardTracking(False)
        self._volume.valueChanged.connect(self._set_volume)
        self._minutes.valueChanged.connect(self._set_minutes)
        self._temperature.valueChanged.connect(
            lambda c: self._change("Set the temperature of", temperature_c=c)
        )  # fmt: skip
        self.add(row(self._volume, self._minutes))
        self._given = QWidget()
        self._given.setLayout(row(text("Injected at", "label"), self._temperature, 1))
        self.add(self._given)
        self._place = button("Place cement", lambda: self._view.use_tool("cement"), icon_name="syringe")
        self._place.setToolTip("Click for a ball of cement, or drag along its length (I)")
        self._predict = button("Predict its heat", lambda: run("predict-cement"))
        self._predict.setToolTip("Solve the ablation and the wait, then the cement in what they leave (F6)")
        self._cancel = button("Cancel", heat.cancel)
        self.add(row(self._place, self._predict, self._cancel, 1))
        self._hint = text("", "label", wrap=True)
        self.add(self._hint)
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        self.add(self._list)
        self._answer = QVBoxLayout()
        self._answer.setSpacing(4)
        self.add(self._answer)
        self._listed: object = None

    def refresh(self) -> None:
        """Bring the section up to date."""
        case = self._session.case
        self._place.setEnabled(case is not None)
        self._predict.setEnabled(self._heat.can_predict)
        self._cancel.setVisible(self._heat.running)
        chosen = self._chosen(case)
        self._given.setVisible(chosen is not None)
        if chosen is not None:
            self._show_chosen(chosen)
        words = self._words(case)
        self._hint.setText(words)
        self._hint.setVisible(bool(words))
        cements = () if case is None else case.plan.cements
        listed = (cements, self._view.selected, self._view.hidden, self._heat.current)
        if listed == self._listed:
            return
        self._listed = listed
        clear(self._list)
        clear(self._answer)
        for cement in cements:
            self._list.addWidget(self._row(cement))
        if self._heat.current is not None:
            self._show_answer(self._heat.current)

    def _words(self, case: Case | None) -> str:
        """What is to be said below the buttons."""
        if self._view.tool == "cement":
            return _HINT
        if case is None or not case.plan.cements:
            return "No cement is planned."
        if not case.plan.probes:
            return "Its heat is predicted after an ablation: place a probe first."
        if self._heat.running:
            return "Being predicted; the status line shows how far it is."
        return "" if self._heat.current is not None else "Its heat is not predicted yet."

    def _chosen(self, case: Case | None) -> Cement | None:
        cements = case.plan.cements if case else ()
        return next((c for c in cements if c.id == self._view.selected), None)

    def _show_chosen(self, cement: Cement) -> None:
        shown = (
            (self._volume, cement.volume_ml), (self._minutes, cement.minutes_after),
            (self._temperature, cement.temperature_c),
        )  # fmt: skip
        for box, value in shown:
            box.blockSignals(True)
            box.setValue(value)
            box.blockSignals(False)

    def _row(self, cement: Cement) -> Row:
        kind = text(cement_kind(cement.kind_id).name, "secondary")
        when = text(f"{cement.minutes_after:g} min after", "secondary")
        line = Row(
            swatch_label(colour_or(cement, cement_colour())), name_label(cement.name), kind, 1, when,
            text(millilitre_text(cement.volume_ml), right=True), *object_buttons(self._session, cement), selected=cement.id == self._view.selected,
        )  # fmt: skip
        line.holds(cement.id)
        line.clicked.connect(lambda: self._select(cement))
        return line

    def _show_answer(self, verdict: CementVerdict) -> None:
        for finding in verdict.findings:
            self._answer.addWidget(finding_row(finding, lambda f=finding: self._go_to(f.structure_id), whole=True))
        self._answer.addLayout(row(text("Hottest", "section"), 1, text("after the injection", "label")))
        level_c = verdict.course.after.body_c + _WARMER_K
        warmed = [w for w in verdict.warmed if max(w.hottest_c, w.alone_c) > level_c]
        for warm in sorted(warmed, key=lambda w: -max(w.hottest_c, w.alone_c))[:_SHOWN]:
            self._answer.addWidget(self._warmed_row(warm, level_c))
        if not warmed:
            self._answer.addWidget(text(f"Nothing that is marked reaches {level_text(level_c)}.", "secondary"))
        for note in verdict.notes:
            self._answer.addWidget(text(note, "label", wrap=True))

    def _warmed_row(self, warm: Warmed, level_c: float) -> Row:
        when = "" if warm.at_s is None or warm.hottest_c <= level_c else f" at {time_text(warm.at_s)}"
        alone = text(f"{temperature_text(warm.alone_c, cold=False)} in warm tissue", "label", right=True)
        here = text(f"{temperature_text(warm.hottest_c, cold=False)}{when}", right=True)
        line = Row(judgement_label(warm.judgement), text(warm.name), 1, alone, here)
        line.setToolTip(f"{warm.judgement.word}, {dose_text(warm.cem43_min)} min CEM43")
        line.clicked.connect(lambda: self._go_to(warm.id))
        return line

    def _select(self, cement: Cement) -> None:
        self._view.select(cement.id)
        self._view.reveal(cement.centre_mm)
        self.refresh()

    def _go_to(self, structure_id: str) -> None:
        case = self._session.case
        if case is not None and case.find(structure_id):
            self._view.select(structure_id)

    def _set_volume(self, volume_ml: float) -> None:
        self._view.cement_volume_ml = volume_ml
        self._change("Resize", volume_ml=volume_ml)

    def _set_minutes(self, minutes: float) -> None:
        self._view.cement_minutes = minutes
        self._change("Set the time of", minutes_after=minutes)

    def _change(self, verb: str, **changes: object) -> None:
        chosen = self._chosen(self._session.case)
        if chosen is not None:
            self._session.apply(
                f"{verb} {chosen.name}", lambda case: change_cement(case, chosen.id, **changes),
                merge_key=f"{verb} {chosen.id}",
            )  # fmt: skip
