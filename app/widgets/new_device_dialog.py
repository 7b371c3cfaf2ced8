"""The form for a device of the user's own, judged by the catalogue while it is filled in."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QGridLayout, QLineEdit, QVBoxLayout, QWidget

from app.widgets.basics import button, judgement_label, row, text
from app.widgets.curve_table import CurveTable
from imaging.errors import DomainError
from planning.catalogue import DeviceFamily, load_devices
from planning.catalogue.tines import TineShape
from planning.catalogue.user_files import new_device, save_device
from planning.evaluation import Judgement

FAMILY_NAMES = {
    DeviceFamily.CRYO: "Cryo",
    DeviceFamily.RF_MONOPOLAR: "RF, monopolar",
    DeviceFamily.RF_BIPOLAR: "RF, bipolar",
    DeviceFamily.LASER: "Laser, bare fibre",
    DeviceFamily.MICROWAVE: "Microwave",
}
ASSUMED = "No source was given when this device was entered"
_RF = (DeviceFamily.RF_MONOPOLAR, DeviceFamily.RF_BIPOLAR)
_RADIATES = (DeviceFamily.LASER, DeviceFamily.MICROWAVE)
_COOLED = (*_RF, DeviceFamily.MICROWAVE)


@dataclass(frozen=True)
class _Number:
    """A line of the form: its key in the file, the families that have it, and whether it tells its source."""

    key: str
    words: str
    families: tuple[DeviceFamily, ...] = tuple(DeviceFamily)
    optional: bool = False
    sourced: bool = True

    @property
    def name(self) -> str:
        return self.words.partition(",")[0]


_SCHEDULE, _THAW, _CURVE, _SHAPE = "default_schedule", "thaw", "drive.wall_curve", "tines.shape"
"""Lines that are more than one number."""
_SPECIAL = (_SCHEDULE, _THAW, _CURVE, _SHAPE)
_SHAPES = {
    "No tines": None,
    "Everted, as an umbrella": TineShape.EVERTED,
    "Spread, as a fir": TineShape.SPREAD,
    "Straight": TineShape.STRAIGHT,
}
_TINED = (DeviceFamily.RF_MONOPOLAR,)
_COLD = (DeviceFamily.CRYO,)
_NUMBERS = (
    _Number("diameter_mm", "Diameter, mm"),
    _Number("active_length_mm", "Active length, mm"),
    _Number("shaft_length_mm", "Shaft length, mm", optional=True),
    _Number("spacing_mm", "Apart from each other, mm", optional=True),
    _Number("pole_gap_mm", "Gap between the poles, mm", (DeviceFamily.RF_BIPOLAR,)),
    _Number(_SHAPE, "Tines", _TINED, sourced=False),
    _Number("tines.count", "Number of tines", _TINED),
    _Number("tines.deployed_diameter_mm", "Deployed diameter, mm", _TINED),
    _Number("tines.diameter_mm", "Tine diameter, mm", _TINED),
    _Number("tines.reach_mm", "Reach ahead of the tip, mm", _TINED),
    _Number(_SCHEDULE, "Schedule, minutes"),
    _Number(_THAW, "Active thaw", _COLD, optional=True, sourced=False),
    _Number("drive.wall_temperature_c", "Wall temperature, °C", _COLD),
    _Number(_CURVE, "Wall curve", _COLD, optional=True),
    _Number("drive.cooling_power_w", "Cooling power, W", _COLD, optional=True),
    _Number("drive.target_c", "Held temperature, °C", _RF, optional=True),
    _Number("drive.max_power_w", "Power, W", _RF),
    _Number("drive.power_w", "Power into the tissue, W", _RADIATES),
    _Number("drive.penetration_mm", "Penetration depth, mm", _RADIATES),
    _Number("drive.cooled_c", "Cooled surface, °C", _COOLED, optional=True),
)
_TIPS = {
    "spacing_mm": "How far apart the active parts of several of them are placed at least: plans of several probes keep to it.",
    "shaft_length_mm": "From tip to hub. With it, a probe whose tip lies deeper below the skin is an alarm.",
    "tines.deployed_diameter_mm": "Across the ends of the tines.",
    "tines.reach_mm": "How far ahead of the tip of the shaft the tines end.",
    _THAW: "After the last freeze the needle warms itself: for how long, and its wall's temperature. Empty: it does not.",
    _CURVE: "How the wall comes to its temperature in every freeze. Empty: it is there at once.",
    "drive.cooling_power_w": "The most heat the active surface takes up. Empty: however much the tissue gives, and "
    "probes close together gain more than they can.",
    "drive.target_c": "Empty: the power below is held. With a temperature the power is its limit.",
    "drive.penetration_mm": "Laser: 1 / μeff of the tissue at its wavelength. Microwave: depth at which the power "
    "density of a plane wave falls to 1/e.",
    "drive.power_w": "Microwave: the generator's power less what the cable loses.",
    "drive.cooled_c": "Empty: the surface is not cooled.",
    "active_length_mm": "From the tip; of a bipolar device with the gap. Of a bare fibre its stripped length.",
}


class NewDeviceDialog(QDialog):
    """Name, maker, family and every number with its source; saved as a file in the user's folder.

    Signals
    -------
    saved(str)
        The id of the device.
    """

    saved = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("New device")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(760)
        self.name, self.maker = QLineEdit(), QLineEdit()
        self.family = QComboBox()
        for family, words in FAMILY_NAMES.items():
            self.family.addItem(words, family)
        self.numbers = {n.key: QLineEdit() for n in _NUMBERS if n.key not in _SPECIAL}
        self.sources = {
            n.key: QLineEdit(placeholderText="Empty: stated as an assumption") for n in _NUMBERS if n.sourced
        }
        self.on_min, self.off_min, self.cycles = QLineEdit(), QLineEdit(), QLineEdit("1")
        self.thaw_min, self.thaw_c = QLineEdit(), QLineEdit()
        self.curve = CurveTable(("after, s", "wall, °C"))
        self.tine_shape = QComboBox()
        for words, shape in _SHAPES.items():
            self.tine_shape.addItem(words, shape)
        self._schedule_words = text("", "label"), text("", "label"), text("cycles", "label")
        self._rows: list[tuple[_Number, tuple[QWidget, ...]]] = []
        self._mark = judgement_label(Judgement.CAUTION)
        self.said = text("", "secondary", wrap=True)
        self.said.setMinimumHeight(34)
        self.save = button("Save device", self._save, primary=True)
        self.save.setDefault(True)
        self.cancel = button("Cancel", self.reject)
        self.cancel.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(10)
        layout.addLayout(self._form())
        words = row(self._mark, self.said)
        words.setStretch(1, 1)
        layout.addLayout(words)
        layout.addLayout(row(1, self.cancel, self.save))
        for field in self.findChildren(QLineEdit):
            field.textEdited.connect(self._judge)
        self.curve.edited.connect(self._judge)
        self.curve.edited.connect(self.adjustSize)
        self.tine_shape.currentIndexChanged.connect(self._arrange)
        self.family.currentIndexChanged.connect(self._arrange)
        self._touched = False
        self._order_keys()
        self._arrange()
        self.name.setFocus()

    def _form(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnMinimumWidth(0, 170)
        grid.setColumnStretch(2, 1)
        for line, (words, field) in enumerate((("Name", self.name), ("Maker", self.maker), ("Family", self.family))):
            grid.addWidget(label := text(words), line, 0)
            label.setBuddy(field)
            field.setAccessibleName(words)
            grid.addWidget(field, line, 1, 1, 2 if field is not self.family else 1)
        grid.addWidget(text("Source of the number", "label"), 2, 2, Qt.AlignmentFlag.AlignBottom)
        for line, number in enumerate(_NUMBERS, start=3):
            label = text(number.words + (", optional" if number.optional else ""))
            field = self._field(number.key)
            field.setAccessibleName(number.words)
            for each in (label, field):
                each.setToolTip(_TIPS.get(number.key, ""))
            if isinstance(field, QLineEdit):
                field.setAlignment(Qt.AlignmentFlag.AlignRight)
            widgets = [label, field]
            if number.sourced:
                self.sources[number.key].setAccessibleName(f"Source of {number.words}")
                widgets.append(self.sources[number.key])
            for column, widget in enumerate(widgets):
                tall = isinstance(widget, CurveTable)
                side = Qt.AlignmentFlag(0) if tall or number.key != _CURVE else Qt.AlignmentFlag.AlignTop
                grid.addWidget(widget, line, column, side)
            self._rows.append((number, tuple(widgets)))
        return grid

    def _field(self, key: str) -> QWidget:
        """What a line is entered in."""
        if key in self.numbers:
            return self.numbers[key]
        made = {
            _SCHEDULE: self._schedule,
            _THAW: self._thaw,
            _CURVE: lambda: self.curve,
            _SHAPE: lambda: self.tine_shape,
        }
        return made[key]()

    def _order_keys(self) -> None:
        """Have the Tab key go from a number to its source."""
        chain: list[QWidget] = [self.name, self.maker, self.family]
        within = {
            _SCHEDULE: (self.on_min, self.off_min, self.cycles),
            _THAW: (self.thaw_min, self.thaw_c),
            _CURVE: tuple(field for line in self.curve.rows for field in line),
        }
        for number, (_, field, *source) in self._rows:
            chain += [*within.get(number.key, (field,)), *source]
        chain += [self.cancel, self.save]
        for before, after in pairwise(chain):
            self.setTabOrder(before, after)

    def _schedule(self) -> QWidget:
        box = QWidget()
        on, off, cycles = self._schedule_words
        box.setLayout(row(self.on_min, on, self.off_min, off, self.cycles, cycles, spacing=4))
        for field, words in ((self.on_min, "Working"), (self.off_min, "Resting"), (self.cycles, "Cycles")):
            field.setFixedWidth(44)
            field.setAlignment(Qt.AlignmentFlag.AlignRight)
            field.setAccessibleName(f"Schedule: {words}")
        return box

    def _thaw(self) -> QWidget:
        box = QWidget()
        box.setLayout(row(self.thaw_min, text("min at", "label"), self.thaw_c, text("°C", "label"), 1, spacing=4))
        for field, words in ((self.thaw_min, "Minutes"), (self.thaw_c, "Temperature")):
            field.setFixedWidth(44)
            field.setAlignment(Qt.AlignmentFlag.AlignRight)
            field.setAccessibleName(f"Active thaw: {words}")
        return box

    @property
    def chosen_family(self) -> DeviceFamily:
        """The family that is chosen."""
        return DeviceFamily(self.family.currentData())

    def _arrange(self) -> None:
        """Show the rows of the chosen family."""
        family = self.chosen_family
        cold = family is DeviceFamily.CRYO
        self._schedule_words[0].setText("freeze" if cold else "heat")
        self._schedule_words[1].setText("thaw" if cold else "pause")
        for number, widgets in self._rows:
            for widget in widgets:
                widget.setVisible(self._asked(number))
        self._judge_now()
        self.adjustSize()

    def _asked(self, number: _Number) -> bool:
        """Whether a line belongs to the chosen family and, of tines, to their shape."""
        shape = self.tine_shape.currentData()
        if number.key == "tines.reach_mm" and shape != TineShape.STRAIGHT:
            return False
        if number.key.startswith("tines.") and number.key != _SHAPE and shape is None:
            return False
        return self.chosen_family in number.families

    def values(self) -> dict[str, Any]:
        """Return what is entered as a device file would hold it; what is empty is left out."""
        family = self.chosen_family
        values: dict[str, Any] = {"id": device_id_of(self.name.text()), "name": self.name.text().strip()}
        values |= {"maker": self.maker.text().strip(), "family": str(family)}
        tables: dict[str, dict[str, Any]] = {"drive": {}}
        sources: dict[str, str] = {}
        assumed: dict[str, str] = {}
        for number, _ in self._rows:
            given = self._given(number.key) if self._asked(number) else None
            if given is None:
                continue
            table, _, key = number.key.rpartition(".")
            (tables.setdefault(table, {}) if table else values)[key] = given
            if number.sourced:
                source = self.sources[number.key].text().strip()
                (sources if source else assumed)[number.key] = source or ASSUMED
        drive = tables["drive"]
        if family in _RF:
            drive["control"] = "tip_temperature" if "target_c" in drive else "power"
        return {**values, **tables, "sources": sources, "assumptions": assumed}

    def _given(self, key: str) -> object:
        """What a line of the form says, as the file would; None where it says nothing, or belongs to another line."""
        if key == _SCHEDULE:
            return self._schedule_values()
        if key == _CURVE:
            return [_point(*line) for line in self.curve.lines] or None
        if key == _SHAPE:
            shape = self.tine_shape.currentData()
            return None if shape is None else str(shape)
        if key == _THAW:
            return None
        number = _entered(self.numbers[key])
        whole = key == "tines.count" and isinstance(number, float) and number.is_integer()
        return int(number) if whole else number  # type: ignore[arg-type]

    def _schedule_values(self) -> list[dict[str, Any]]:
        work = {"kind": "on", "duration_s": _seconds(self.on_min)}
        rest = {"kind": "off", "duration_s": _seconds(self.off_min)}
        count = self.cycles.text().strip()
        # A number of cycles that is none leaves no phase, which the catalogue refuses.
        times = int(count) if count.isascii() and count.isdigit() and int(count) <= 20 else 0
        return [work, *[rest, work] * (times - 1), *self._thaw_values()] if times else []

    def _thaw_values(self) -> list[dict[str, Any]]:
        if not (self._thaws and self.chosen_family is DeviceFamily.CRYO):
            return []
        return [{"kind": "thaw", "duration_s": _seconds(self.thaw_min), "wall_c": _entered(self.thaw_c)}]

    @property
    def _thaws(self) -> bool:
        return any(field.text().strip() for field in (self.thaw_min, self.thaw_c))

    def _judge(self) -> None:
        self._touched = True
        self._judge_now()

    def _judge_now(self) -> None:
        """Say what the catalogue would say of the device as it stands."""
        values = self.values()
        words = "" if values["name"] else "Name: it is missing."
        try:
            made = new_device(values)
            if made.id in load_devices():
                words = f"Name: there is a device '{made.id}' already."
        except DomainError as error:
            words = words or _in_words(error, values)
        self.save.setEnabled(not words)
        self._mark.setVisible(bool(words) and self._touched)
        self.said.setText(words or f"Will be saved as {values['id']}.toml in your folder of devices.")

    def _save(self) -> None:
        values = self.values()
        try:
            save_device(values)
        except DomainError as error:
            self._refuse(_in_words(error, values))
            return
        except OSError as error:
            self._refuse(f"It could not be saved: {error.strerror or error}.")
            return
        self.saved.emit(values["id"])
        self.accept()

    def _refuse(self, words: str) -> None:
        self._mark.show()
        self.said.setText(words)


def device_id_of(name: str) -> str:
    """Return the id a device of a name gets: ``Needle 2.0`` is ``needle-2.0``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[.-]*-[.-]*|\.{2,}", "-", re.sub(r"[^a-z0-9.]+", "-", plain)).strip("-.")


def _entered(field: QLineEdit) -> float | str | None:
    """A field's number, its words where they are none, or None if it is empty."""
    return _number(field.text())


def _number(given: str) -> float | str | None:
    words = given.strip().replace("−", "-")
    if not words:
        return None
    try:
        return float(words.replace(",", "."))
    except ValueError:
        return words


def _seconds(field: QLineEdit) -> float | str | None:
    minutes = _entered(field)
    return minutes * 60 if isinstance(minutes, float) else minutes


def _point(after_s: str, wall_c: str) -> dict[str, Any]:
    """A line of the curve as a file has it; what is empty is left out, to be missed."""
    given = {"after_s": _number(after_s), "wall_c": _number(wall_c)}
    return {key: value for key, value in given.items() if value is not None}


def _in_words(error: DomainError, values: dict[str, Any]) -> str:
    """The catalogue's refusal, with the form's words for its keys."""
    key, reason = str(error.context.get("key", "")), str(error.context.get("reason", error.message))
    top = next((n.name for n in _NUMBERS if key == n.key or key.startswith(f"{n.key}.")), "")
    named = {"id": "Name", "name": "Name", "maker": "Maker"}.get(key, top)
    if key == "id" and "pattern" in reason:
        reason = "it has no letter or digit of which an id could be made"
    last = values[_SCHEDULE][-1] if values.get(_SCHEDULE) else {}
    of_thaw = key.startswith(f"{_SCHEDULE}.{len(values.get(_SCHEDULE, ())) - 1}") or "thaws with a wall" in reason
    if last.get("kind") == "thaw" and of_thaw:
        named, reason = "Active thaw", reason.removeprefix(f"{_SCHEDULE}: ")
        reason = "it needs minutes and a temperature" if None in last.values() else reason
    if key.startswith(f"{_CURVE}.") and len(parts := key.split(".")) > 2:
        named += f", line {int(parts[2]) + 1}" + {"after_s": ", time", "wall_c": ", temperature"}.get(parts[-1], "")
    if key == "tines" and "reach_mm" in reason:
        # In the form only straight tines have this line, so that it can only be empty.
        named, reason = "Reach ahead of the tip", "it is missing"
    for number in sorted((n for n in _NUMBERS if n.key not in _SPECIAL), key=lambda n: -len(n.key)):
        reason = reason.replace(number.key, number.name.lower())
    return f"{named}: {reason}." if named else f"{reason[:1].upper()}{reason[1:]}."
