"""What is known of the patient beside the CT, and what the case knows by itself: a part of the page of the case."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from app.controllers.session import Session
from app.widgets.basics import Section, button, row, text
from app.widgets.choices import ChoiceBox, YesNo
from imaging.segmentation.appearance import Appearance
from planning.catalogue.decision_facts import FACTS
from planning.decision.facts import CaseFacts
from planning.operations.clinical import change_clinical
from planning.quantities import NNBSP, percent_text

_CHOSEN = ("intent", "appearance", "canal")
_YES_OR_NO = (
    "cortex_eroded", "soft_tissue", "fracture", "weight_bearing", "debulking", "oligometastatic", "radiosensitive",
    "prior_radiotherapy", "hardware",
)  # fmt: skip
_MEASURED = ("size_mm", "region", "nerve_gap_mm")


class ClinicalSection(Section):
    """One line a fact; what is not said stays open, and is never guessed."""

    def __init__(self, session: Session) -> None:
        super().__init__("Clinical facts")
        self._session = session
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        self.measured = {key: text("", wrap=True, right=True) for key in _MEASURED}
        for n, (key, value) in enumerate(self.measured.items()):
            grid.addWidget(text(FACTS[key].name, "label"), n, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, n, 1)
        self.boxes: dict[str, ChoiceBox] = {}
        self.answers: dict[str, YesNo] = {}
        for key in (*_CHOSEN, *_YES_OR_NO):
            kind = FACTS[key]
            name = text(kind.name, "label")
            name.setToolTip(kind.about)
            field: ChoiceBox | YesNo
            if key in _CHOSEN:
                field = self.boxes[key] = ChoiceBox(kind.values)
                field.setAccessibleName(kind.name)
                grid.addWidget(field, grid.rowCount(), 1)
            else:
                field = self.answers[key] = YesNo(kind.name)
                grid.addWidget(field, grid.rowCount(), 1, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(name, grid.rowCount() - 1, 0)
            field.chosen.connect(lambda value, k=key: self._say(k, value))
            if key == "appearance":
                grid.addWidget(self._proposal(), grid.rowCount(), 1)
        self.add(grid)

    def _proposal(self) -> QWidget:
        """What the CT says of the appearance: a proposal, until somebody takes it or says otherwise."""
        self._looks: Appearance | None = None
        self.looks = text("", "label", wrap=True)
        self.take = button("Take", lambda: self._looks and self._say("appearance", self._looks.looks))
        self.take.setProperty("small", True)
        self.take.setFixedSize(52, 22)
        self._offered = QWidget()
        self._offered.setLayout(row(self.looks, self.take))
        self._offered.layout().setStretch(0, 1)
        self._offered.hide()
        return self._offered

    def _offer(self, looks: Appearance | None, said: object) -> None:
        self._looks = looks
        self._offered.setVisible(said is None and looks is not None)
        if looks is None:
            return
        lytic, dense = (f"{percent_text(f)}" for f in (looks.lytic_frac, looks.dense_frac))
        word = "Does not look like one of them" if looks.looks is None else f"Looks {looks.looks}"
        self.looks.setText(f"{word}: {lytic} below marrow, {dense} denser")
        self.looks.setToolTip(
            "By the densities inside the lesion, against soft tissue and marrow around it. Not counted until it is taken."
        )
        self.take.setVisible(looks.looks is not None)

    def refresh(self, facts: CaseFacts | None, looks: Appearance | None = None) -> None:
        """Show the facts of the case, and what the lesion ``looks`` like; without measures only what was said."""
        case = self._session.case
        self.setVisible(case is not None)
        if case is None:
            return
        for key, box in self.boxes.items():
            box.show_value(getattr(case.clinical, key))
        self._offer(looks, case.clinical.appearance)
        metal = facts is not None and facts.measures.metal
        for key, answer in self.answers.items():
            on_ct = key == "hardware" and metal
            answer.show_value(
                True if on_ct else getattr(case.clinical, key), because="marked on the CT" if on_ct else ""
            )
        if facts is not None:
            for key, shown in self.measured.items():
                shown.setText(_with_origin(facts, key))
                shown.setToolTip(facts[key].origin)
            unknown = len(facts.missing)
            self.aside.setText(f"{unknown} of {len(FACTS)} not assessed" if unknown else "all known")
            self.aside.setToolTip(", ".join(facts.missing))

    def _say(self, key: str, value: Any) -> None:
        name = FACTS[key].name
        words = f"Set {name[:1].lower() + name[1:]}"
        # Going through a list by keys is one step of undo.
        self._session.apply(words, lambda case: change_clinical(case, **{key: value}), merge_key=words)


def _with_origin(facts: CaseFacts, key: str) -> str:
    """A measured fact in a line, with what it was measured to."""
    fact, measures = facts[key], facts.measures
    if fact.value is None:
        return fact.words
    if key == "region":
        return fact.words if measures.place == "Sacrum" else f"{fact.words} ({measures.place})"
    if key == "nerve_gap_mm":
        return f"{f'≤{NNBSP}' if fact.may_be_less else ''}{fact.words} to {measures.nearest}"
    return fact.words
