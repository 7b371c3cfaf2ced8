"""Gas and fluid that protect, and thermocouples that watch: a part of the page of probes."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QComboBox, QVBoxLayout, QWidget

from app.controllers.session import Session
from app.panels.object_row import name_label, object_buttons
from app.representations.protection import way_colour
from app.widgets.basics import (
    Row,
    Section,
    button,
    clear,
    icon_button,
    judgement_label,
    number_box,
    row,
    swatch_label,
    text,
)  # fmt: skip
from planning.catalogue.agents import agent, load_agents
from planning.evaluation import Judgement, Verdict
from planning.evaluation.protection import ThermocoupleReading
from planning.model import Case
from planning.model.protection import Pocket, Thermocouple, tip_of, way_length_mm
from planning.operations.protection import change_pocket, set_way
from planning.quantities import length_text, level_text, temperature_text, time_text, volume_text
from planning.trajectory.skin_entry import entry_on_skin

_BODY_C = 0.0
"""The value of the temperature box that stands for the body's own: it lies below all that may be given."""


class ProtectionSection(Section):
    """Place pockets and thermocouples, change the selected pocket, and read what is placed."""

    def __init__(self, session: Session) -> None:
        super().__init__("Protection")
        self._session, self._view = session, session.view
        self._agents = QComboBox()
        for key, kind in load_agents().items():
            self._agents.addItem(kind.name, key)
        self._agents.currentIndexChanged.connect(self._choose_agent)
        self._radius = number_box(minimum=1, maximum=60, singleStep=1, decimals=1, suffix=" mm radius")
        self._radius.setValue(self._view.pocket_radius_mm)
        self._radius.valueChanged.connect(self._set_radius)
        self.add(row(self._agents, self._radius))
        self._use = text("", "label", wrap=True)
        self.add(self._use)
        self._place = button("Place pocket", lambda: self._view.use_tool("pocket"), icon_name="gas-pocket")
        self._place.setToolTip("Click for a ball of gas or fluid, or drag along its length (O)")
        self._watch = button("Thermocouple", lambda: self._view.use_tool("thermocouple"), icon_name="thermocouple")
        self._watch.setToolTip("Click where the temperature is to be watched (M)")
        self.add(row(self._place, self._watch, 1))
        self._hint = text("", "label", wrap=True)
        self.add(self._hint)
        self._temperature = number_box(minimum=_BODY_C, maximum=99, singleStep=1, decimals=0, suffix=" °C")
        self._temperature.setSpecialValueText("as the body")
        self._temperature.valueChanged.connect(self._set_temperature)
        self._circulating = QCheckBox("circulating")
        self._circulating.setToolTip("It is renewed all the time and keeps its temperature")
        self._circulating.clicked.connect(self._set_circulating)
        self._given = QWidget()
        self._given.setLayout(row(text("Given at", "label"), self._temperature, self._circulating, 1))
        self.add(self._given)
        self._by_crosshair = button("Needle through the crosshair", self._set_way, icon_name="crosshair")
        self._by_crosshair.setToolTip("It goes in where the line from its place through the crosshair leaves the skin")
        self._no_way = icon_button("x", "Plan no way", self._take_no_way, size=16)
        self._way_words = text("", "secondary")
        self._way = QWidget()
        self._way.setLayout(row(self._by_crosshair, self._way_words, self._no_way, 1))
        self.add(self._way)
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        self.add(self._list)
        self._listed: object = None
        self._choose_agent()

    def refresh(self) -> None:
        """Bring the section up to date."""
        case = self._session.case
        for act in (self._place, self._watch):
            act.setEnabled(case is not None)
        hints = {
            "pocket": "Click for a ball, or drag along its length. Esc cancels.",
            "thermocouple": "Click where the temperature is to be watched. Esc cancels.",
        }
        self._hint.setText(hints.get(self._view.tool, ""))
        self._hint.setVisible(self._view.tool in hints)
        chosen = self._chosen(case)
        self._given.setVisible(chosen is not None)
        if chosen is not None:
            self._show_chosen(chosen)
        self._show_way(case)
        self._show_list(case, self._session.verdict if self._session.verdict_is_current else None)

    def _chosen(self, case: Case | None) -> Pocket | None:
        pockets = case.plan.pockets if case else ()
        return next((p for p in pockets if p.id == self._view.selected), None)

    def _placed(self, case: Case | None) -> Pocket | Thermocouple | None:
        placed = case.plan.protective if case else ()
        return next((p for p in placed if p.id == self._view.selected), None)

    def _show_way(self, case: Case | None) -> None:
        """The way of the needle of what is selected."""
        placed = self._placed(case)
        self._way.setVisible(placed is not None)
        length_mm = None if placed is None else way_length_mm(placed)
        self._way_words.setText("" if length_mm is None else f"{length_text(length_mm)} deep")
        self._no_way.setVisible(length_mm is not None)

    def _set_way(self) -> None:
        placed, volume = self._placed(self._session.case), self._session.volume
        if placed is None or volume is None:
            return
        towards_mm = self._view.crosshair_mm
        self._session.apply(
            f"Plan the way of {placed.name}",
            lambda case: set_way(case, placed.id, entry_on_skin(volume, tip_of(placed), towards_mm)),
        )

    def _take_no_way(self) -> None:
        placed = self._placed(self._session.case)
        if placed is not None:
            self._session.apply(f"Plan no way of {placed.name}", lambda case: set_way(case, placed.id, None))

    def _show_chosen(self, pocket: Pocket) -> None:
        boxes = (self._radius, self._temperature, self._circulating, self._agents)
        for box in boxes:
            box.blockSignals(True)
        self._radius.setValue(pocket.radius_mm)
        self._agents.setCurrentIndex(self._agents.findData(pocket.agent_id))
        self._temperature.setValue(_BODY_C if pocket.temperature_c is None else pocket.temperature_c)
        self._circulating.setChecked(pocket.circulating)
        self._circulating.setEnabled(pocket.temperature_c is not None)
        for box in boxes:
            box.blockSignals(False)
        self._describe(pocket.agent_id)

    def _show_list(self, case: Case | None, verdict: Verdict | None) -> None:
        plan = case.plan if case else None
        listed = None if plan is None else (plan.protective, self._view.selected, self._view.hidden, verdict)
        if listed == self._listed and self._list.count():
            return
        self._listed = listed
        clear(self._list)
        if plan is None or not (plan.pockets or plan.thermocouples):
            self._list.addWidget(text("Nothing protects or watches yet.", "label"))
            return
        readings = {t.id: t for t in verdict.thermocouples} if verdict else {}
        # The gravest of each: findings are in that order.
        concerns = {f.structure_id: f for f in reversed(verdict.findings)} if verdict else {}
        for pocket in plan.pockets:
            concern = concerns.get(pocket.id)
            self._list.addWidget(self._pocket_row(pocket, None if concern is None else concern.judgement))
            if concern is not None:
                self._list.addWidget(text(f"{concern.sentence} {concern.reason}", "label", wrap=True))
        for placed in plan.thermocouples:
            self._list.addWidget(self._thermocouple_row(placed, readings.get(placed.id)))

    def _pocket_row(self, pocket: Pocket, judgement: Judgement | None) -> Row:
        mark = swatch_label(way_colour(pocket)) if judgement is None else judgement_label(judgement)
        at = "" if pocket.temperature_c is None else level_text(pocket.temperature_c)
        given = text(f"{at}, circulating" if pocket.circulating else at, "secondary")
        volume = text(volume_text(pocket.volume_mm3), right=True)
        line = Row(
            mark, name_label(pocket.name), given, 1, volume, *object_buttons(self._session, pocket),
            selected=pocket.id == self._view.selected,
        )  # fmt: skip
        line.holds(pocket.id)
        line.clicked.connect(lambda: self._select(pocket.id, pocket.start_mm))
        return line

    def _thermocouple_row(self, placed: Thermocouple, reading: ThermocoupleReading | None) -> Row:
        mark = swatch_label(way_colour(placed))
        words = "reads when the zone is known"
        if reading is not None:
            mark = judgement_label(reading.judgement)
            zone = self._session.zone
            cold = zone is None or zone.zone.cold
            when = "" if reading.at_s is None else f" at {time_text(reading.at_s)}"
            words = f"{temperature_text(reading.extreme_c, cold=cold)}{when}"
        line = Row(
            mark, name_label(placed.name), text("thermocouple", "secondary"), 1,
            text(words, right=True), *object_buttons(self._session, placed), selected=placed.id == self._view.selected,
        )  # fmt: skip
        line.holds(placed.id)
        line.clicked.connect(lambda: self._select(placed.id, placed.position_mm))
        return line

    def _select(self, object_id: str, at_mm: tuple[float, float, float]) -> None:
        self._view.select(object_id)
        self._view.reveal(at_mm)
        self.refresh()

    def _choose_agent(self) -> None:
        self._view.agent_id = self._agents.currentData()
        self._describe(self._view.agent_id)
        chosen = self._chosen(self._session.case)
        if chosen is not None and chosen.agent_id != self._view.agent_id:
            # Another agent is another pocket: the choice is for the next one.
            self._view.select("")

    def _describe(self, agent_id: str) -> None:
        kind = agent(agent_id)
        self._use.setText(kind.use)
        self._use.setToolTip(kind.source)

    def _set_radius(self, radius_mm: float) -> None:
        self._view.pocket_radius_mm = radius_mm
        self._change("Resize", radius_mm=radius_mm)

    def _set_temperature(self, value_c: float) -> None:
        given = None if value_c <= _BODY_C else value_c
        self._change("Set the temperature of", temperature_c=given, **({} if given else {"circulating": False}))

    def _set_circulating(self, on: bool) -> None:
        self._change("Set the flow of", circulating=on)

    def _change(self, verb: str, **changes: object) -> None:
        chosen = self._chosen(self._session.case)
        if chosen is not None:
            self._session.apply(
                f"{verb} {chosen.name}", lambda case: change_pocket(case, chosen.id, **changes),
                merge_key=f"{verb} {chosen.id}",
            )  # fmt: skip
