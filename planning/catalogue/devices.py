"""Ablation devices: geometry, drive, schedule and limits, each number with its source."""

from __future__ import annotations

import enum
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from imaging.errors import DomainError, Finding
from planning.catalogue.tines import Tines
from planning.catalogue.toml_file import STRICT, read_values, refusal, refuse_booleans, validated
from planning.catalogue.user_folder import left_out, read_each, user_folder
from planning.errors import PlanError
from resources import resource

Positive = Annotated[float, Field(gt=0)]
Text = Annotated[str, Field(min_length=1)]

_FROM_PHYSICS = "zone from physics"


class DeviceFamily(enum.StrEnum):
    """How a device makes its zone."""

    CRYO = "cryo"
    RF_MONOPOLAR = "rf_monopolar"
    RF_BIPOLAR = "rf_bipolar"
    LASER = "laser"
    MICROWAVE = "microwave"


class RfControl(enum.StrEnum):
    """What a radiofrequency generator holds."""

    POWER = "power"
    TIP_TEMPERATURE = "tip_temperature"
    IMPEDANCE_PULSED = "impedance_pulsed"


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Phase:
    """One part of a treatment: the device works (``on``), is a passive body (``off``), or warms (``thaw``).

    Attributes
    ----------
    kind : {"on", "off", "thaw"}
    duration_s : float
    wall_c : float or None
        What the walls are held at while they thaw actively; None otherwise.
    """

    kind: Literal["on", "off", "thaw"]
    duration_s: Positive
    wall_c: Annotated[float, Field(gt=-197)] | None = None

    @model_validator(mode="after")
    def _thaw_has_a_temperature(self) -> Phase:
        if (self.kind == "thaw") != (self.wall_c is not None):
            raise ValueError("an active thaw, and nothing else, has a wall temperature (wall_c)")
        return self


def working_s(phases: Iterable[Phase]) -> float:
    """Return for how long the device works in some phases."""
    return sum(p.duration_s for p in phases if p.kind == "on")


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class WallPoint:
    """What the wall of a cryoprobe has come to some time after a freeze began."""

    after_s: Annotated[float, Field(ge=0)]
    wall_c: Annotated[float, Field(gt=-197, lt=60)]


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class CryoDrive:
    """The active surface is held at a temperature, as far as the device's cooling power allows.

    Attributes
    ----------
    wall_temperature_c : float
        What it settles at.
    wall_curve : tuple of WallPoint
        How it gets there, in order of time; empty where nothing is published: it is there at once.
    cooling_power_w : float or None
        The most heat the active surface takes up; None where nothing is published: however much the tissue gives.
    """

    wall_temperature_c: Annotated[float, Field(gt=-197, lt=0)]
    wall_curve: tuple[WallPoint, ...] = ()
    cooling_power_w: Positive | None = None

    @model_validator(mode="after")
    def _in_order_of_time(self) -> CryoDrive:
        times = [p.after_s for p in self.wall_curve]
        if any(b <= a for a, b in itertools.pairwise(times)):
            raise ValueError("the points of wall_curve do not follow each other in time")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class RfDrive:
    """A generator at 460-500 kHz.

    Attributes
    ----------
    control : RfControl
    max_power_w : float
        The held power under power control, that of a pulse under pulsed control, the limit under temperature control.
    target_c : float or None
        Regulated temperature: of the electrode's surface, or of the hottest tissue if the surface is cooled.
    cooled_c : float or None
        Temperature of an internally cooled surface.
    impedance_rise_ohm, pause_s : float or None
        Under pulsed control: rise of the impedance over the lowest of a pulse that ends it, and the pause after it.
    """

    control: RfControl
    max_power_w: Positive
    target_c: Annotated[float, Field(gt=37, le=110)] | None = None
    cooled_c: Annotated[float, Field(ge=0, le=60)] | None = None

    impedance_rise_ohm: Positive | None = None
    pause_s: Positive | None = None

    @model_validator(mode="after")
    def _pulses_need_their_numbers(self) -> RfDrive:
        pulsed = self.control is RfControl.IMPEDANCE_PULSED
        if pulsed != (self.impedance_rise_ohm is not None) or pulsed != (self.pause_s is not None):
            raise ValueError("impedance_rise_ohm and pause_s belong to control = 'impedance_pulsed', and only to it")
        return self

    @model_validator(mode="after")
    def _needs_target(self) -> RfDrive:
        if (self.control is RfControl.TIP_TEMPERATURE) != (self.target_c is not None):
            raise ValueError("target_c belongs to control = 'tip_temperature', and only to it")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class LaserDrive:
    """Light from the tip of a bare fibre.

    Attributes
    ----------
    power_w : float
        What leaves the fibre.
    penetration_mm : float
        1 / mu_eff of the tissue at the laser's wavelength.
    """

    power_w: Annotated[float, Field(gt=0, le=200)]
    penetration_mm: Annotated[float, Field(gt=0, le=50)]


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class MicrowaveDrive:
    """Waves from the active part of an antenna.

    Attributes
    ----------
    power_w : float
        What reaches the tissue: the generator's power less what the cable loses.
    penetration_mm : float
        Depth at which the power density of a plane wave falls to 1/e in the tissue.
    cooled_c : float or None
        Temperature of an internally cooled shaft.
    """

    power_w: Annotated[float, Field(gt=0, le=500)]
    penetration_mm: Annotated[float, Field(gt=0, le=50)]
    cooled_c: Annotated[float, Field(ge=0, le=60)] | None = None


DriveData = CryoDrive | RfDrive | LaserDrive | MicrowaveDrive
_DRIVES: Mapping[DeviceFamily, type[DriveData]] = MappingProxyType(
    {
        DeviceFamily.CRYO: CryoDrive,
        DeviceFamily.RF_MONOPOLAR: RfDrive,
        DeviceFamily.RF_BIPOLAR: RfDrive,
        DeviceFamily.LASER: LaserDrive,
        DeviceFamily.MICROWAVE: MicrowaveDrive,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Device:
    """One applicator as it is sold, with what is known about it.

    Attributes
    ----------
    active_length_mm : float
        Length that cools or heats, from the tip towards the hub; for a bipolar device it contains the gap. Of a bare
        fibre the stripped length: the light leaves from its end.
    shaft_length_mm : float or None
        From tip to hub: what can lie in the patient.
    spacing_mm : float or None
        How far apart the active parts of several of them are placed at least; None where nothing is published.
    tines : Tines or None
        Of a multi-tined electrode.
    sources : mapping of str to str
        Citation for every number, by key.
    assumptions : mapping of str to str
        Reason for every number that has no source. Shown wherever the device's zone is shown.
    zone_note : str
        Where the zone comes from.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$")]
    name: Text
    maker: Text
    family: DeviceFamily
    diameter_mm: Annotated[float, Field(gt=0, le=6)]
    active_length_mm: Annotated[float, Field(gt=0, le=80)]
    pole_gap_mm: Positive | None = None
    shaft_length_mm: Positive | None = None
    spacing_mm: Positive | None = None
    default_schedule: Annotated[tuple[Phase, ...], Field(min_length=1)]
    tines: Tines | None = None
    drive: DriveData
    notes: str = ""
    sources: Mapping[str, Text]
    assumptions: Mapping[str, Text] = field(default_factory=dict)
    zone_note: Text = _FROM_PHYSICS

    @property
    def is_cold(self) -> bool:
        return self.family is DeviceFamily.CRYO

    @property
    def is_rf(self) -> bool:
        return self.family in (DeviceFamily.RF_MONOPOLAR, DeviceFamily.RF_BIPOLAR)

    @property
    def label(self) -> str:
        return f"{self.name} ({self.maker})"

    def origin_of(self, key: str) -> str:
        """Return the source of a number, or that and why it was assumed."""
        return self.sources.get(key) or f"Assumed. {self.assumptions[key]}"

    @model_validator(mode="after")
    def _consistent(self) -> Device:
        if not isinstance(self.drive, _DRIVES[self.family]):
            raise ValueError("the drive does not belong to this family")
        pulsed = isinstance(self.drive, RfDrive) and self.drive.control is RfControl.IMPEDANCE_PULSED
        if pulsed and self.family is not DeviceFamily.RF_MONOPOLAR:
            raise ValueError("control = 'impedance_pulsed' belongs to monopolar devices")
        if (self.pole_gap_mm is not None) != (self.family is DeviceFamily.RF_BIPOLAR):
            raise ValueError("pole_gap_mm belongs to bipolar devices, and every one needs it")
        if self.pole_gap_mm is not None and self.pole_gap_mm >= self.active_length_mm:
            raise ValueError("pole_gap_mm must be shorter than active_length_mm")
        self._check_shaft_and_tines()
        if any(not 0 < p.wall_c <= 100 for p in self.default_schedule if p.wall_c is not None):
            raise ValueError("default_schedule: a device thaws with a wall above 0 and up to 100 °C")
        if all(p.kind != "on" for p in self.default_schedule):
            raise ValueError("default_schedule: the device never works; one phase must be of kind 'on'")
        given, numbers = {*self.sources, *self.assumptions}, set(_number_keys(self))
        if missing := sorted(numbers - given):
            raise ValueError(f"no source for {', '.join(missing)}")
        if unknown := sorted(given - numbers):
            raise ValueError(f"a source for {', '.join(unknown)}, which is not given")
        if both := sorted({*self.sources} & {*self.assumptions}):
            raise ValueError(f"{', '.join(both)} has both a source and an assumption")
        return self

    def _check_shaft_and_tines(self) -> None:
        if self.shaft_length_mm is not None and self.shaft_length_mm <= self.active_length_mm:
            raise ValueError("shaft_length_mm must be longer than active_length_mm")
        if self.tines is None:
            return
        if self.family is not DeviceFamily.RF_MONOPOLAR:
            raise ValueError("tines belong to monopolar radiofrequency devices")
        if self.tines.diameter_mm > self.diameter_mm:
            raise ValueError("tines.diameter_mm must not be larger than diameter_mm: the tines come out of the shaft")
        if self.tines.deployed_diameter_mm <= self.diameter_mm:
            raise ValueError("tines.deployed_diameter_mm must be larger than diameter_mm")


def _number_keys(device: Device) -> Iterator[str]:
    """Names of everything in a device file that must say where it comes from."""
    yield from ("diameter_mm", "active_length_mm", "default_schedule")
    for key in ("pole_gap_mm", "shaft_length_mm", "spacing_mm"):
        if getattr(device, key) is not None:
            yield key
    if device.tines is not None:
        yield from ("tines.count", "tines.deployed_diameter_mm", "tines.diameter_mm")
        if device.tines.reach_mm is not None:
            yield "tines.reach_mm"
    if isinstance(device.drive, CryoDrive):
        yield "drive.wall_temperature_c"
        if device.drive.wall_curve:
            yield "drive.wall_curve"
        if device.drive.cooling_power_w is not None:
            yield "drive.cooling_power_w"
        return
    if isinstance(device.drive, (LaserDrive, MicrowaveDrive)):
        yield from ("drive.power_w", "drive.penetration_mm")
        if isinstance(device.drive, MicrowaveDrive) and device.drive.cooled_c is not None:
            yield "drive.cooled_c"
        return
    yield "drive.max_power_w"
    for key in ("target_c", "cooled_c", "impedance_rise_ohm", "pause_s"):
        if getattr(device.drive, key) is not None:
            yield f"drive.{key}"


def read_device(file: Traversable | Path) -> Device:
    """Return the device a TOML file describes.

    Raises
    ------
    DomainError
        Naming file, key and reason, if the file is not a complete and consistent device.
    """
    return device_of(file.name, read_values(file))


def device_of(name: str, values: dict[str, Any]) -> Device:
    """Return the device that plain ``values`` of the file ``name`` describe, or refuse them as `read_device` does."""
    refuse_booleans(name, values)
    given, family = values.get("drive"), values.get("family")
    kind = next((k for f, k in _DRIVES.items() if f == family), None)
    if kind is not None and isinstance(given, dict):
        # The drive by itself first: its refusal then speaks of this family's keys, not of all drives there are.
        try:
            values = {**values, "drive": validated(name, given, kind, "drive")}
        except DomainError:
            if not any(_fits(given, other) for other in set(_DRIVES.values()) - {kind}):
                _refuse_what_precedes(name, values)
                raise
    return validated(name, values, Device)


def _refuse_what_precedes(name: str, values: dict[str, Any]) -> None:
    """Refuse what is wrong before the drive: a file is judged from its top."""
    try:
        validated(name, {**values, "drive": None}, Device)
    except DomainError as error:
        if not str(error.context["key"]).startswith("drive"):
            raise


def _fits(values: dict[str, Any], kind: type[DriveData]) -> bool:
    try:
        validated("", values, kind)
    except DomainError:
        return False
    return True


@cache
def builtin_devices() -> Mapping[str, Device]:
    """Return the devices that ship with the program, by id."""
    files = [f for f in resource("devices").iterdir() if f.name.endswith(".toml")]
    return _by_id(read_device(f) for f in files)


def load_devices() -> Mapping[str, Device]:
    """Return all devices, the built-in ones and the user's own, by id: cold ones first and then by name."""
    return _catalogue(user_folder() / "devices").devices


def device_findings() -> tuple[Finding, ...]:
    """Return what is wrong with files in the user's folder of devices; the devices of the others are loaded."""
    return _catalogue(user_folder() / "devices").findings


def user_device_files() -> Mapping[str, Path]:
    """Return the file of every device of the user's own, by id."""
    return _catalogue(user_folder() / "devices").files


def reload_devices() -> None:
    """Read the user's folder anew. A device that was known before and is gone stays usable by plans that hold it."""
    _known.update(load_devices())
    _catalogue.cache_clear()


def device(device_id: str) -> Device:
    """Return one device.

    Raises
    ------
    PlanError
        ``device-unknown``, naming the id and the ids that exist.
    """
    devices = load_devices()
    found = devices.get(device_id) or _known.get(device_id)
    if found is None:
        raise PlanError(
            f"There is no device '{device_id}' in the catalogue.",
            code="device-unknown",
            hint=f"If it is one of your own, add its file first. Known devices: {', '.join(devices)}.",
            context={"id": device_id},
        )
    return found


_known: dict[str, Device] = {}


class _Catalogue(NamedTuple):
    devices: Mapping[str, Device]
    files: Mapping[str, Path]
    findings: tuple[Finding, ...]


@cache
def _catalogue(folder: Path) -> _Catalogue:
    """All devices, with those of one folder of a user's."""
    own, findings = read_each(folder, read_device)
    devices, files = dict(builtin_devices()), dict[str, Path]()
    for file, read in own:
        if read.id in devices:
            findings.append(left_out(file, id_taken(file.name, read.id, files.get(read.id))))
        else:
            devices[read.id], files[read.id] = read, file
    return _Catalogue(_by_id(devices.values()), MappingProxyType(files), tuple(findings))


def id_taken(name: str, device_id: str, other: Path | None) -> DomainError:
    """Return the refusal of a file whose device's id belongs to another device, built in where ``other`` is None."""
    whose = "a built-in device has this id" if other is None else f"{other.name} has this id too"
    return refusal(name, "id", f"'{device_id}' is taken, {whose}")


def _by_id(devices: Iterable[Device]) -> Mapping[str, Device]:
    ordered = sorted(devices, key=lambda d: (not d.is_cold, _counting(d.name), d.active_length_mm))
    return MappingProxyType({d.id: d for d in ordered})


def _counting(name: str) -> list[tuple[float, str]]:
    """Sort key of a name by which 7 mm comes before 10 mm."""
    parts = re.split(r"(\d+(?:\.\d+)?)", name.casefold())
    return [(float(part), "") if n % 2 else (-1.0, part) for n, part in enumerate(parts)]
