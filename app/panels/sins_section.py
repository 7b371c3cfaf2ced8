"""The form of the Spinal Instability Neoplastic Score: a part of the page of the case that folds to its sum."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout

from app.controllers.session import Session
from app.widgets.basics import text
from app.widgets.choices import NOT_SAID, ChoiceBox
from app.widgets.folding_section import FoldingSection
from planning.catalogue.decision_facts import SINS_SOURCE
from planning.decision.facts import CaseFacts
from planning.decision.sins import SINS_ITEMS, Stability
from planning.operations.clinical import change_sins
from planning.quantities import NNBSP

_QUALITY = "quality"


class SinsSection(FoldingSection):
    """Six items with their points; the lesion's quality is its appearance, and not asked twice."""

    def __init__(self, session: Session) -> None:
        super().__init__("Stability (SINS)")
        self._session = session
        self.aside.setToolTip(SINS_SOURCE)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        self.boxes: dict[str, ChoiceBox] = {}
        self._points = {item.key: text("", right=True) for item in SINS_ITEMS}
        self._quality = text("", "secondary")
        for n, item in enumerate(SINS_ITEMS):
            grid.addWidget(text(item.name, "label"), n, 0)
            if item.key == _QUALITY:
                grid.addWidget(self._quality, n, 1)
            else:
                box = ChoiceBox({value: words for value, (words, _) in item.choices.items()})
                box.setAccessibleName(item.name)
                box.chosen.connect(lambda value, k=item.key: self._say(k, value))
                self.boxes[item.key] = box
                grid.addWidget(box, n, 1)
            self._points[item.key].setMinimumWidth(16)
            grid.addWidget(self._points[item.key], n, 2)
        self.add(grid)
        self._sum = text("", "secondary", wrap=True)
        self.add(self._sum)

    def refresh(self, facts: CaseFacts | None) -> None:
        """Show the form and its sum."""
        case = self._session.case
        self.setVisible(case is not None)
        if case is None or facts is None:
            return
        said, score = case.clinical, facts.sins
        for key, box in self.boxes.items():
            box.show_value(getattr(said.sins, key))
        derived = said.sins.location is None and facts.measures.location is not None
        self.boxes["location"].setItemText(0, f"{facts.measures.location} (by the CT)" if derived else NOT_SAID)
        item = next(i for i in SINS_ITEMS if i.key == _QUALITY)
        looks = said.appearance
        self._quality.setText(
            "as its appearance: not said" if looks is None else f"{item.choices[looks][0]}, as its appearance"
        )
        for key, points in score.points.items():
            self._points[key].setText("" if points is None else str(points))
        self.aside.setText(
            f"{score.total}{NNBSP}of{NNBSP}18, {score.stability.words}" if score.stability else "not assessed"
        )
        # What the line above says already is not said twice.
        told = score.stability in (None, Stability.STABLE) and len(score.missing) in (0, len(SINS_ITEMS))
        self._sum.setText("" if told else f"{score.words[:1].upper()}{score.words[1:]}.")
        self._sum.setVisible(bool(self._sum.text()))

    def _say(self, key: str, value: str | None) -> None:
        name = next(i.name for i in SINS_ITEMS if i.key == key)
        words = f"Set SINS {name.lower()}"
        self._session.apply(words, lambda case: change_sins(case, **{key: value}), merge_key=words)
