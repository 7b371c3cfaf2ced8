"""The form for a device of the user's own, judged by the catalogue while it is filled in."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QGridLayout, QLineEdit, QVBoxLayout, QWidget

from app.theme import judgement_pixmap
from app.widgets.basics import button, pixmap_label, row, text
from imaging.errors import DomainError
from planning.catalogue import DeviceFamily, load_devices
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
    """A number of the form: its key in the file, and the families that have it."""

    key: str
    words: str
    families: tuple[DeviceFamily, ...] = tuple(DeviceFamily)
    optional: bool = False


_NUMBERS = (
    _Number("diameter_mm", "Diameter, mm"),
    _Number("active_length_mm", "Active length, mm"),
    _Number("pole_gap_mm", "Gap between the poles, mm", (DeviceFamily.RF_BIPOLAR,)),
    _Number("default_schedule", "Schedule, minutes"),
    _Number("drive.wall_temperature_c", "Wall temperature, °C", (DeviceFamily.CRYO,)),
    _Number("drive.cooling_power_w", "Cooling power, W", (DeviceFamily.CRYO,), optional=True),
    _Number("drive.target_c", "Held temperature, °C", _RF, optional=True),
    _Number("drive.max_power_w", "Power, W", _RF),
    _Number("drive.power_w", "Power into the tissue, W", _RADIATES),
    _Number("drive.penetration_mm", "Penetration depth, mm", _RADIATES),
    _Number("drive.cooled_c", "Cooled surface, °C", _COOLED, optional=True),
)
_TIPS = {
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
        self.numbers = {n.key: QLineEdit() for n in _NUMBERS if n.key != "default_schedule"}
        self.sources = {n.key: QLineEdit(placeholderText="Empty: stated as an assumption") for n in _NUMBERS}
        self.on_min, self.off_min, self.cycles = QLineEdit(), QLineEdit(), QLineEdit("1")
        self._schedule_words = text("", "label"), text("", "label"), text("cycles", "label")
        self._rows: list[tuple[_Number, tuple[QWidget, ...]]] = []
        self._mark = pixmap_label(judgement_pixmap(Judgement.CAUTION))
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
            source = self.sources[number.key]
            source.setAccessibleName(f"Source of {number.words}")
            field = self._schedule() if number.key == "default_schedule" else self.numbers[number.key]
            field.setAccessibleName(number.words)
            for each in (label, field):
                each.setToolTip(_TIPS.get(number.key, ""))
            if isinstance(field, QLineEdit):
                field.setAlignment(Qt.AlignmentFlag.AlignRight)
            for column, widget in enumerate((label, field, source)):
                grid.addWidget(widget, line, column)
            self._rows.append((number, (label, field, source)))
        return grid

    def _order_keys(self) -> None:
        """Have the Tab key go from a number to its source."""
        chain: list[QWidget] = [self.name, self.maker, self.family]
        for number, (_, field, source) in self._rows:
            schedule = number.key == "default_schedule"
            chain += [*((self.on_min, self.off_min, self.cycles) if schedule else (field,)), source]
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
                widget.setVisible(family in number.families)
        self._judge_now()
        self.adjustSize()

    def values(self) -> dict[str, Any]:
        """Return what is entered as a device file would hold it; what is empty is left out."""
        family = self.chosen_family
        values: dict[str, Any] = {"id": device_id_of(self.name.text()), "name": self.name.text().strip()}
        values |= {"maker": self.maker.text().strip(), "family": str(family)}
        drive: dict[str, Any] = {}
        sources: dict[str, str] = {}
        assumed: dict[str, str] = {}
        for number, _ in self._rows:
            if family not in number.families:
                continue
            given = self._schedule_values() if number.key == "default_schedule" else _entered(self.numbers[number.key])
            if given is None:
                continue
            if number.key.startswith("drive."):
                drive[number.key.removeprefix("drive.")] = given
            else:
                values[number.key] = given
            source = self.sources[number.key].text().strip()
            (sources if source else assumed)[number.key] = source or ASSUMED
        if family in _RF:
            drive["control"] = "tip_temperature" if "target_c" in drive else "power"
        return {**values, "drive": drive, "sources": sources, "assumptions": assumed}

    def _schedule_values(self) -> list[dict[str, Any]]:
        work = {"kind": "on", "duration_s": _seconds(self.on_min)}
        rest = {"kind": "off", "duration_s": _seconds(self.off_min)}
        count = self.cycles.text().strip()
        # A number of cycles that is none leaves no phase, which the catalogue refuses.
        times = int(count) if count.isascii() and count.isdigit() and int(count) <= 20 else 0
        return [work, *[rest, work] * (times - 1)] if times else []

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
            words = words or _in_words(error)
        self.save.setEnabled(not words)
        self._mark.setVisible(bool(words) and self._touched)
        self.said.setText(words or f"Will be saved as {values['id']}.toml in your folder of devices.")

    def _save(self) -> None:
        values = self.values()
        try:
            save_device(values)
        except DomainError as error:
            self._refuse(_in_words(error))
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
    words = field.text().strip().replace("−", "-")
    if not words:
        return None
    try:
        return float(words.replace(",", "."))
    except ValueError:
        return words


def _seconds(field: QLineEdit) -> float | str | None:
    minutes = _entered(field)
    return minutes * 60 if isinstance(minutes, float) else minutes


def _in_words(error: DomainError) -> str:
    """The catalogue's refusal, with the form's word for its key."""
    key, reason = str(error.context.get("key", "")), str(error.context.get("reason", error.message))
    top = next((n.words.partition(",")[0] for n in _NUMBERS if key == n.key or key.startswith(f"{n.key}.")), "")
    named = {"id": "Name", "name": "Name", "maker": "Maker"}.get(key, top)
    if key == "id" and "pattern" in reason:
        reason = "it has no letter or digit of which an id could be made"
    return f"{named}: {reason}." if named else f"{reason[:1].upper()}{reason[1:]}."
