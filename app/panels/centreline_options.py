"""Which centreline is placed next and how wide, and the radius at a point of the selected one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from app.controllers.session import Session
from app.tools.centreline import CentrelineTool
from app.widgets.basics import number_box, row, text
from imaging.structures import SACRAL_ROOT_LEVELS, SPINE_LEVELS, Side, StructureKind, Tube
from planning.model.naming import root_id

_TUBE_RADII_MM = {"canal": 8.0, "sac": 6.0, "L5": 2.6, "S1": 2.7, "S2": 2.3, "S3": 1.6, "S4": 1.1, "S5": 0.8}
_ABOVE_L5_MM = 2.6


class CentrelineOptions(QWidget):
    """Shown while the centreline tool is in the hand.

    Parameters
    ----------
    session : Session
    tool : callable
        Returns the tool in the hand.
    """

    def __init__(self, session: Session, tool: Callable[[], object]) -> None:
        super().__init__()
        self._session, self._tool = session, tool
        self.which = QComboBox()
        self.which.addItem("Canal", (StructureKind.CANAL, "canal", None))
        self.which.addItem("Thecal sac", (StructureKind.THECAL_SAC, "sac", None))
        for level in (*SACRAL_ROOT_LEVELS, *SPINE_LEVELS[-2::-1]):
            for side in (Side.RIGHT, Side.LEFT):
                self.which.addItem(f"Root {level} {side.value}", (StructureKind.ROOT, level, side))
        self.radius = number_box(minimum=0.5, maximum=20, singleStep=0.1, decimals=1, suffix=" mm radius")
        self.radius.setToolTip("Radius of the next line")
        self.radius.valueChanged.connect(self._set_radius)
        self._words = text("", "label")
        self.at_point = number_box(minimum=0.3, maximum=20, singleStep=0.1, decimals=1, suffix=" mm")
        self.at_point.setKeyboardTracking(False)
        self.at_point.setToolTip("Radius at this point; what lies within 6 mm of it along the line follows")
        self.at_point.valueChanged.connect(self._set_radius_at_point)
        self._point_row = QWidget()
        at_point = row(self._words, self.at_point)
        at_point.setStretch(0, 1)
        at_point.setStretch(1, 1)
        self._point_row.setLayout(at_point)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(row(self.which, self.radius))
        layout.addWidget(self._point_row)
        self.which.currentIndexChanged.connect(self._choose)
        self.which.setCurrentIndex(self.which.findText("Root S2 L"))

    def refresh(self) -> None:
        """Show the selected line and the point of it that was taken."""
        held = self._tool()
        if not isinstance(held, CentrelineTool):
            return
        self._show_selected()
        self._hand_over(held)
        line, radius_mm = held.edited(), held.radius_at(held.chosen)
        self._point_row.setVisible(radius_mm is not None)
        if line is not None and radius_mm is not None and isinstance(line.shape, Tube) and held.chosen is not None:
            self._words.setText(f"Radius at point {held.chosen + 1} of {len(line.shape.points_mm)}")
            self.at_point.setEnabled(not line.locked)
            self.at_point.blockSignals(True)
            self.at_point.setValue(radius_mm)
            self.at_point.blockSignals(False)

    def _show_selected(self) -> None:
        """Take the selected line for the one that would be placed next."""
        selected = self._session.view.selected
        for n in range(self.which.count()):
            if self._id_of(n) == selected and n != self.which.currentIndex():
                self.which.blockSignals(True)
                self.which.setCurrentIndex(n)
                self.which.blockSignals(False)
                self._suggest_radius()

    def _id_of(self, n: int) -> str:
        kind, key, side = self.which.itemData(n)
        return StructureKind(kind).value if side is None else root_id(key, Side(side))

    def _choose(self) -> None:
        """Another line was chosen: it is selected, or nothing where it is still to be placed."""
        self._suggest_radius()
        case, chosen = self._session.case, self._id_of(self.which.currentIndex())
        held = self._tool()
        if isinstance(held, CentrelineTool):
            self._hand_over(held)
            self._session.view.select(chosen if case is not None and case.find(chosen) is not None else "")

    def _hand_over(self, held: CentrelineTool) -> None:
        kind, key, side = self.which.currentData()
        held.kind = StructureKind(kind)
        if side is not None:
            held.level, held.side = key, Side(side)

    def _suggest_radius(self) -> None:
        self.radius.setValue(_TUBE_RADII_MM.get(self.which.currentData()[1], _ABOVE_L5_MM))

    def _set_radius(self, value: float) -> None:
        self._session.view.tube_radius_mm = value

    def _set_radius_at_point(self, value: float) -> None:
        held = self._tool()
        if isinstance(held, CentrelineTool):
            held.set_radius(value)
