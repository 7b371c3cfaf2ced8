"""Depth and angles of a probe as numbers that can be changed, and the angles of one that is to be placed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QGridLayout, QLabel, QWidget

from app.controllers.session import Session
from app.panels.base import RunCommand
from app.widgets.basics import button, number_box, row, text
from planning.model import Case, Probe
from planning.operations.probes import move_probe, set_depth
from planning.quantities import length_shown_mm
from planning.trajectory.aiming import (
    CRANIOCAUDAL_LIMIT_DEG,
    IN_PLANE_LIMIT_DEG,
    entry_at_angles,
    hub_is_anterior,
)
from planning.trajectory.console import CRANIOCAUDAL_DEFINITION, IN_PLANE_DEFINITION, ConsoleNumbers, console_numbers

_DEEPEST_MM = 400.0
_BOX_PX = 92
_LOCKED = "The probe is locked: unlock it in the list above to change this."


def _angle_box(limit_deg: float, tooltip: str) -> QDoubleSpinBox:
    box = number_box(minimum=-limit_deg, maximum=limit_deg, singleStep=1, decimals=1, suffix="°")
    box.setKeyboardTracking(False)
    box.setFixedWidth(_BOX_PX)
    box.setToolTip(tooltip)
    return box


def _in_plane_box() -> QDoubleSpinBox:
    return _angle_box(IN_PLANE_LIMIT_DEG, "In-plane angle: above 0 the hub lies to the patient's left of the tip")


def _craniocaudal_box() -> QDoubleSpinBox:
    return _angle_box(CRANIOCAUDAL_LIMIT_DEG, "Craniocaudal angle: above 0 the hub lies cranial of the tip")


class AimRows(QWidget):
    """Depth, in-plane and craniocaudal angle of one probe. The tip stays where angles change, and the entry where the depth does.

    Parameters
    ----------
    session : Session
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._probe: Probe | None = None
        self.depth = number_box(minimum=5, maximum=_DEEPEST_MM, singleStep=1, decimals=1, suffix=" mm")
        self.depth.setKeyboardTracking(False)
        self.depth.setFixedWidth(_BOX_PX)
        self.depth.setToolTip("Moves the tip along the shaft; the entry stays")
        self.in_plane, self.craniocaudal = _in_plane_box(), _craniocaudal_box()
        self._boxes = (self.depth, self.in_plane, self.craniocaudal)
        self._tips = [box.toolTip() for box in self._boxes]
        self._words = [text("along the shaft", "micro", wrap=True), *(text("", "micro", wrap=True) for _ in range(2))]
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(2, 1)
        names = ("Depth, skin to tip", "In-plane angle", "Craniocaudal angle")
        for n, (name, box, words) in enumerate(zip(names, self._boxes, self._words, strict=True)):
            grid.addWidget(text(name, "label"), n, 0)
            grid.addWidget(box, n, 1)
            grid.addWidget(words, n, 2)
            box.setAccessibleName(name)
        self.depth.valueChanged.connect(self._set_depth)
        self.in_plane.valueChanged.connect(self._set_angles)
        self.craniocaudal.valueChanged.connect(self._set_angles)

    def show_probe(self, probe: Probe) -> None:
        """Show the numbers of a probe; a number that is being typed is left alone while the probe stays."""
        if probe == self._probe:
            return
        self._probe = probe
        numbers = console_numbers(probe)
        self._fill(numbers)
        for box, tip in zip(self._boxes, self._tips, strict=True):
            # Readable all the same: these are the numbers for the CT room.
            box.setReadOnly(probe.locked)
            box.setToolTip(_LOCKED if probe.locked else tip)

    def _fill(self, numbers: ConsoleNumbers) -> None:
        values = (length_shown_mm(numbers.depth_mm), numbers.in_plane_deg, numbers.craniocaudal_deg)
        for box, value in zip(self._boxes, values, strict=True):
            box.blockSignals(True)
            box.setValue(value)
            box.blockSignals(False)
        side = "from the front, " if self._probe is not None and hub_is_anterior(self._probe) else ""
        for label, side_words, definition in (
            (self._words[1], _side_of(numbers.in_plane_text), f"{side}{IN_PLANE_DEFINITION}"),
            (self._words[2], _side_of(numbers.craniocaudal_text), CRANIOCAUDAL_DEFINITION),
        ):
            label.setText(f"{side_words}: {definition}" if side_words else definition)

    def _set_depth(self, depth_mm: float) -> None:
        self._change("Set the depth of", lambda probe: lambda case: set_depth(case, probe.id, depth_mm))

    def _set_angles(self) -> None:
        volume = self._session.volume
        assert volume is not None
        changed = self.sender()

        def turned(probe: Probe) -> Callable[[Case], Case]:
            # The number that was not changed is the probe's own, not as it is rounded in its box.
            now = console_numbers(probe)
            in_plane_deg = self.in_plane.value() if changed is self.in_plane else now.in_plane_deg
            craniocaudal_deg = self.craniocaudal.value() if changed is self.craniocaudal else now.craniocaudal_deg

            def turn(case: Case) -> Case:
                entry = entry_at_angles(
                    volume, probe.tip_mm, in_plane_deg, craniocaudal_deg, anterior=hub_is_anterior(probe)
                )
                return move_probe(case, probe.id, entry_mm=entry)

            return turn

        self._change("Turn", turned)

    def _change(self, verb: str, operation: Callable[[Probe], Callable[[Case], Case]]) -> None:
        probe = self._probe
        if probe is None:
            return
        key = f"{verb} {probe.id}"
        if not self._session.apply(f"{verb} {probe.name}", operation(probe), merge_key=key):
            # What was refused is not left standing as if it were so.
            self._fill(console_numbers(probe))


def _side_of(words: str) -> str:
    """``hub left`` of ``18° hub left``; empty of ``0°``."""
    return words.partition(" ")[2]


class PlaceByAngles(QWidget):
    """Places the probe that is begun by its target and two angles instead of a second click.

    Parameters
    ----------
    session : Session
    run : callable
        Runs a command by its id.
    """

    def __init__(self, session: Session, run: RunCommand) -> None:
        super().__init__()
        self._view = session.view
        self.in_plane, self.craniocaudal = _in_plane_box(), _craniocaudal_box()
        self.front = QCheckBox("From the front")
        self.front.setToolTip("The hub lies in front of the tip instead of behind it")
        self.place = button("Place at these angles", lambda: run("place-by-angles"))
        self.place.setToolTip("The target is the point clicked, or the crosshair; the entry is set on the skin (A)")
        for box in (self.in_plane, self.craniocaudal):
            box.valueChanged.connect(self._keep)
        self.front.toggled.connect(self._keep)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(2, 1)
        lines: tuple[tuple[str, QDoubleSpinBox, str], ...] = (
            ("In-plane angle", self.in_plane, f"+ hub left: {IN_PLANE_DEFINITION}"),
            ("Craniocaudal angle", self.craniocaudal, f"+ hub cranial: {CRANIOCAUDAL_DEFINITION}"),
        )
        for n, (name, box, words) in enumerate(lines):
            label: QLabel = text(name, "label")
            grid.addWidget(label, n, 0)
            grid.addWidget(box, n, 1)
            grid.addWidget(text(words, "micro", wrap=True), n, 2)
        grid.addLayout(row(self.place, self.front, 1), 2, 0, 1, 3)

    def _keep(self) -> None:
        self._view.aim_deg = (self.in_plane.value(), self.craniocaudal.value())
        self._view.aim_anterior = self.front.isChecked()
