"""How the patient lies and what the scanner is like, as far as paths depend on it."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox, QGridLayout

from app.controllers.session import Session
from app.panels.base import RunCommand
from app.widgets.basics import Section, button, number_box, row, text
from planning.model.room import MOST_TILT_DEG, Posture, Room, posture_on_ct
from planning.operations.room import NARROWEST_MM, WIDEST_MM, change_room

_NOT_GIVEN = NARROWEST_MM - 10.0
"""What the box of the bore holds while nobody said how wide it is."""


class RoomSection(Section):
    """Posture, tilt and bore, and the way to the rules of paths.

    Parameters
    ----------
    session : Session
    run : callable
        Runs a command by its id.
    """

    def __init__(self, session: Session, run: RunCommand) -> None:
        super().__init__("Patient and scanner")
        self._session = session
        self.posture = QComboBox()
        for posture in Posture:
            self.posture.addItem(posture.value[:1].upper() + posture.value[1:], posture)
        self.posture.setToolTip(
            "How the patient lies during the procedure: only skin that looks upwards can be reached"
        )
        self.posture.activated.connect(
            lambda: self._change("Set how the patient lies", posture=Posture(self.posture.currentData()))
        )
        self.tilt = number_box(minimum=-MOST_TILT_DEG, maximum=MOST_TILT_DEG, singleStep=1, decimals=0, suffix="°")
        self.tilt.setToolTip("Positive with the slices running from cranial behind to caudal in front")
        self.tilt.valueChanged.connect(lambda value: self._change("Tilt the gantry", gantry_tilt_deg=value))
        self.bore = number_box(minimum=_NOT_GIVEN, maximum=WIDEST_MM, singleStep=10, decimals=0, suffix=" mm")
        self.bore.setSpecialValueText("not given")
        self.bore.setToolTip("Diameter of the gantry's opening: hub and hand are checked against it")
        self.bore.valueChanged.connect(
            lambda value: self._change("Set the bore", bore_mm=None if value < NARROWEST_MM else value)
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        for line, (words, box) in enumerate(
            (("Patient lies", self.posture), ("Gantry tilt", self.tilt), ("Bore", self.bore))
        ):
            grid.addWidget(text(words, "secondary"), line, 0)
            grid.addWidget(box, line, 1)
        for box in (self.tilt, self.bore):
            box.setKeyboardTracking(False)
        grid.setColumnStretch(1, 1)
        self.add(grid)
        self._note = text("", "label", wrap=True)
        self.add(self._note)
        rules = button("Rules of paths…", lambda: run("path-rules"))
        rules.setToolTip("Limits and preferences that paths are judged by, with their sources; change them here")
        self.add(row(rules, 1))

    def refresh(self) -> None:
        """Bring the section up to date."""
        case = self._session.case
        self.setVisible(case is not None)
        if case is None:
            return
        room = case.plan.room
        self._show(room)
        on_ct = posture_on_ct(case.image.patient_position)
        words = ""
        if on_ct is None:
            words = "The CT does not say how the patient lay in it."
        elif on_ct is not room.posture:
            words = (
                f"The CT was taken {on_ct.value}; the needles go in {room.posture.value}. Skin, bowel and table heights "
                "will differ."
            )
        self._note.setText(words)
        self._note.setVisible(bool(words))

    def _show(self, room: Room) -> None:
        shown = (
            (self.posture, lambda: self.posture.setCurrentIndex(list(Posture).index(room.posture))),
            (self.tilt, lambda: self.tilt.setValue(room.gantry_tilt_deg)),
            (self.bore, lambda: self.bore.setValue(_NOT_GIVEN if room.bore_mm is None else room.bore_mm)),
        )
        for box, fill in shown:
            with QSignalBlocker(box):
                fill()

    def _change(self, words: str, **changes: object) -> None:
        self._session.apply(words, lambda case: change_room(case, **changes))
