"""The margin around the lesion: its smallest value, its histogram, and where on the surface it is how large."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QComboBox, QVBoxLayout

from app.controllers.session import Session
from app.widgets.basics import Row, Section, clear, judgement_label, row, text
from app.widgets.margin_charts import MarginHistogram, MarginOnMap
from planning.evaluation import Judgement, LesionVerdict
from planning.evaluation.exposure_text import small_volume_text
from planning.evaluation.interface import InterfaceVerdict
from planning.evaluation.lesion import ResidualLesion
from planning.model.clinical import Intent
from planning.operations.clinical import change_clinical
from planning.quantities import NNBSP, deviation_text, length_text, level_text, percent_text, volume_text

_GOALS = {
    None: "not said: judged as to cure",
    Intent.CURATIVE: "cure: whole lesion and margin",
    Intent.PALLIATIVE: "relieve pain: bone beside the lesion",
}
_SHARES = ((0.05, f"5{NNBSP}% has"), (0.25, "a quarter"), (0.5, "half"))


class MarginSection(Section):
    """What the zone leaves around the lesion, or of it."""

    def __init__(self, session: Session) -> None:
        super().__init__("Lesion")
        self._session = session
        self.goal = QComboBox()
        for intent, words in _GOALS.items():
            self.goal.addItem(words, intent)
        self.goal.setToolTip("What the ablation is for decides what of the lesion must be treated")
        self.goal.activated.connect(self._set_goal)
        self.add(row(text("Goal", "label"), self.goal, 1))
        self._head = QVBoxLayout()
        self._head.setSpacing(2)
        self.add(self._head)
        self.histogram = MarginHistogram()
        self.map = MarginOnMap()
        self.map.setToolTip(
            "The lesion's surface seen from the front: the patient's right on the left, the back at both ends"
        )
        self.map.picked.connect(session.view.reveal)
        self.add(self.histogram)
        self.add(self.map)
        self.in_3d = QCheckBox("Colour the lesion in 3D by its margin")
        self.in_3d.setChecked(session.view.margin_in_3d)
        self.in_3d.toggled.connect(session.view.show_margin_in_3d)
        self.add(self.in_3d)
        self._left = QVBoxLayout()
        self._left.setSpacing(4)
        self.add(self._left)

    def show_lesion(
        self,
        lesion: LesionVerdict | None,
        interface: InterfaceVerdict | None,
        why_not: str = "Not assessed: no lesion is marked.",
    ) -> None:
        """Show the verdict on the lesion, and on the bone beside it where that is the goal, or why there is none."""
        case = self._session.case
        self.goal.setEnabled(case is not None)
        self.goal.setCurrentIndex(list(_GOALS).index(None if case is None else case.clinical.intent))
        clear(self._head)
        clear(self._left)
        found = None if lesion is None else lesion.margin
        for widget in (self.histogram, self.map, self.in_3d):
            widget.setVisible(found is not None)
        self.aside.setText("")
        if lesion is None:
            self._head.addWidget(text(why_not, "label"))
            return
        isotherm = level_text(lesion.isotherm_c)
        if interface is not None:
            self._head.addWidget(self._interface_row(interface))
        self.aside.setText(f"{percent_text(lesion.covered_frac)} of {volume_text(lesion.volume_mm3)} inside")
        if found is None:
            self._head.addWidget(text(f"The zone never reaches {isotherm}: nothing is treated.", wrap=True))
            return
        low_mm, high_mm = found.smallest_within_mm
        words = (
            f"smallest, lesion to {isotherm}; goal {length_text(lesion.goal_margin_mm)}. Between {length_text(low_mm)} and "
            f"{deviation_text(high_mm)}, wherever in its voxels the surface lies."
        )
        number = text(length_text(found.smallest_mm), "key")
        number.setMinimumWidth(110)
        line = row(number, text(words, "secondary", wrap=True))
        line.setStretch(1, 1)
        self._head.addLayout(line)
        parts = [f"{words} ≤{NNBSP}{length_text(found.quantile_mm(share), unit=False)}" for share, words in _SHARES]
        enough = percent_text(found.share_at_least(lesion.goal_margin_mm))
        told = f"{enough} of the surface reaches the goal; {', '.join(parts)}{NNBSP}mm."
        self._head.addWidget(text(told, "label", wrap=True))
        self.histogram.show_margins(found, lesion.goal_margin_mm)
        self.map.show_margins(found, lesion.goal_margin_mm)
        if lesion.residual is not None:
            self._left.addWidget(self._residual_row(lesion, lesion.residual))

    def _set_goal(self) -> None:
        intent = self.goal.currentData()
        self._session.apply("Change the goal", lambda case: change_clinical(case, intent=intent))

    def _interface_row(self, interface: InterfaceVerdict) -> Row:
        judgement = Judgement.WITHIN if interface.goal_met else Judgement.CAUTION
        said = (
            f"{percent_text(interface.covered_frac)} of {interface.area_mm2 / 100:.1f}{NNBSP}cm² of bone within "
            f"{length_text(interface.within_mm)} of the lesion lies inside {level_text(interface.isotherm_c)}."
        )
        line = Row(judgement_label(judgement), text(said, wrap=True))
        line.tighten(1)
        line.setToolTip(f"{interface.source}\nA click goes to the place farthest from being treated.")
        line.clicked.connect(lambda: self._session.view.reveal(interface.worst_at_mm))
        return line

    def _residual_row(self, lesion: LesionVerdict, residual: ResidualLesion) -> Row:
        pieces = "" if residual.pieces == 1 else f" in {residual.pieces} pieces"
        said = f"{small_volume_text(lesion.residual_mm3)} of the lesion stays untreated{pieces}."
        line = Row(judgement_label(Judgement.ALARM), text(said, wrap=True))
        line.tighten(1)
        line.setToolTip("Drawn filled on the slices. A click goes to the largest piece.")
        line.clicked.connect(lambda: self._session.view.reveal(residual.largest_at_mm))
        return line
