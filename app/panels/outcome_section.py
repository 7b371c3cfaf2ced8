"""How it went: pain, function, complications and local control, a part of the page of the case."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QDoubleSpinBox, QGridLayout, QWidget

from app.controllers.session import Session
from app.panels.base import RunCommand
from app.widgets.basics import button, number_box, row, text
from app.widgets.choices import NOT_SAID, ChoiceBox, YesNo
from app.widgets.folding_section import FoldingSection
from planning.catalogue.decision_facts import CIRSE_SOURCE, PAIN_SOURCE
from planning.model.course import MOST_PAIN, Complication, Course, PainScale
from planning.operations.clinical import change_course

_UNSAID = -1.0
"""The value of a number box that stands for what nobody recorded: it lies below all that can be."""


class OutcomeSection(FoldingSection):
    """What was recorded before and after; what was not stays open."""

    def __init__(self, session: Session, run: RunCommand) -> None:
        super().__init__("How it went")
        self._session = session
        self.scale = ChoiceBox({s.value: f"{s.value}, 0 to {MOST_PAIN}" for s in PainScale})
        self.scale.chosen.connect(self._take_scale)
        self.numbers = {
            "pain_before": self._number("pain_before", "Set pain before", MOST_PAIN),
            "pain_after": self._number("pain_after", "Set pain after", MOST_PAIN),
            "pain_after_weeks": self._number("pain_after_weeks", "Set when pain was taken", 520, " weeks"),
            "local_control_months": self._number("local_control_months", "Set when it was seen", 240, " months"),
        }
        tens = {str(pct): f"{pct} %" for pct in range(100, -1, -10)}
        self.karnofsky = {key: ChoiceBox(tens) for key in ("karnofsky_before_pct", "karnofsky_after_pct")}
        for key, box in self.karnofsky.items():
            box.chosen.connect(
                lambda value, k=key: self._record("Set Karnofsky", k, None if value is None else int(value))
            )
        self.cirse = ChoiceBox({grade.value: grade.words for grade in Complication})
        self.cirse.chosen.connect(lambda value: self._record("Set the complication", "complication", value))
        self.control = YesNo("Local control")
        self.control.chosen.connect(lambda value: self._record("Set local control", "local_control", value))
        self.control.layout().insertStretch(0, 1)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        fields: tuple[tuple[str, str, QWidget], ...] = (
            ("Scale of pain", PAIN_SOURCE, self.scale),
            ("Pain before", PAIN_SOURCE, self.numbers["pain_before"]),
            ("Pain after", PAIN_SOURCE, self.numbers["pain_after"]),
            ("Taken after", "", self.numbers["pain_after_weeks"]),
            ("Karnofsky before", "", self.karnofsky["karnofsky_before_pct"]),
            ("Karnofsky after", "", self.karnofsky["karnofsky_after_pct"]),
            ("Complication", CIRSE_SOURCE, self.cirse),
            ("Local control", "", self.control),
            ("Seen at", "", self.numbers["local_control_months"]),
        )
        for n, (name, source, field) in enumerate(fields):
            label = text(name, "label")
            label.setToolTip(source)
            grid.addWidget(label, n, 0)
            field.setAccessibleName(name)
            grid.addWidget(field, n, 1)
        self.add(grid)
        self.add(row(button("Registry of cases…", lambda: run("registry")), 1))

    def _number(self, key: str, words: str, most: float, suffix: str = "") -> QDoubleSpinBox:
        box = number_box(_UNSAID, most, singleStep=1, decimals=0, suffix=suffix)
        box.setSpecialValueText(NOT_SAID)
        # A number that is typed counts once it is whole.
        box.setKeyboardTracking(False)
        box.valueChanged.connect(lambda value: self._record(words, key, None if value < 0 else value))
        return box

    def refresh(self) -> None:
        """Show what was recorded."""
        case = self._session.case
        self.setVisible(case is not None)
        if case is None:
            return
        course = case.clinical.course
        self.scale.show_value(course.pain_scale)
        for key, box in self.numbers.items():
            value = getattr(course, key)
            box.blockSignals(True)
            if key in ("pain_before", "pain_after"):
                box.setDecimals(0 if course.pain_scale is PainScale.NPRS else 1)
                box.setEnabled(course.pain_scale is not None)
            box.setValue(_UNSAID if value is None else value)
            box.blockSignals(False)
        for key, choice in self.karnofsky.items():
            pct = getattr(course, key)
            choice.show_value(None if pct is None else str(pct))
        self.cirse.show_value(course.complication)
        self.control.show_value(course.local_control)
        self.aside.setText("" if course != Course() else "nothing recorded")

    def _take_scale(self, scale: str | None) -> None:
        """A number of one scale is none of another."""
        self._session.apply(
            "Set the scale of pain",
            lambda case: change_course(case, pain_scale=scale, pain_before=None, pain_after=None),
        )

    def _record(self, words: str, key: str, value: Any) -> None:
        self._session.apply(words, lambda case: change_course(case, **{key: value}), merge_key=words)
