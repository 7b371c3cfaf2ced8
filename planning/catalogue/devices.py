"""Ablation devices: geometry, drive, schedule and limits, each number with its source."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator
from pydantic.dataclasses import dataclass

from planning.catalogue.toml_file import STRICT, read_toml
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


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class CryoDrive:
    """The active surface is held at a temperature."""

    wall_temperature_c: Annotated[float, Field(gt=-197, lt=0)]


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


def _kind_of_drive(given: object) -> str:
    """Which drive a table describes, so that its faults are told as those of that kind."""
    rf = "control" in given if isinstance(given, Mapping) else isinstance(given, RfDrive)
    return "rf" if rf else "cryo"


AnyDrive = Annotated[Annotated[CryoDrive, Tag("cryo")] | Annotated[RfDrive, Tag("rf")], Discriminator(_kind_of_drive)]


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Device:
    """One applicator as it is sold, with what is known about it.

    Attributes
    ----------
    active_length_mm : float
        Length that cools or heats, from the tip towards the hub; for a bipolar device it contains the gap.
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
    default_schedule: Annotated[tuple[Phase, ...], Field(min_length=1)]
    drive: AnyDrive
    notes: str = ""
    sources: Mapping[str, Text]
    assumptions: Mapping[str, Text] = field(default_factory=dict)
    zone_note: Text = _FROM_PHYSICS

    @property
    def is_cold(self) -> bool:
        return self.family is DeviceFamily.CRYO

    @property
    def label(self) -> str:
        return f"{self.name} ({self.maker})"

    @model_validator(mode="after")
    def _consistent(self) -> Device:
        if self.is_cold != isinstance(self.drive, CryoDrive):
            raise ValueError("the drive does not belong to this family")
        pulsed = isinstance(self.drive, RfDrive) and self.drive.control is RfControl.IMPEDANCE_PULSED
        if pulsed and self.family is not DeviceFamily.RF_MONOPOLAR:
            raise ValueError("control = 'impedance_pulsed' belongs to monopolar devices")
        if (self.pole_gap_mm is not None) != (self.family is DeviceFamily.RF_BIPOLAR):
            raise ValueError("pole_gap_mm belongs to bipolar devices, and every one needs it")
        if self.pole_gap_mm is not None and self.pole_gap_mm >= self.active_length_mm:
            raise ValueError("pole_gap_mm must be shorter than active_length_mm")
        if any(not 0 < p.wall_c <= 100 for p in self.default_schedule if p.wall_c is not None):
            raise ValueError("default_schedule: a device thaws with a wall above 0 and up to 100 °C")
        given, numbers = {*self.sources, *self.assumptions}, set(_number_keys(self))
        if missing := sorted(numbers - given):
            raise ValueError(f"no source for {', '.join(missing)}")
        if unknown := sorted(given - numbers):
            raise ValueError(f"a source for {', '.join(unknown)}, which is not given")
        if both := sorted({*self.sources} & {*self.assumptions}):
            raise ValueError(f"{', '.join(both)} has both a source and an assumption")
        return self


def _number_keys(device: Device) -> Iterator[str]:
    """Names of everything in a device file that must say where it comes from."""
    yield from ("diameter_mm", "active_length_mm", "default_schedule")
    for key in ("pole_gap_mm", "shaft_length_mm"):
        if getattr(device, key) is not None:
            yield key
    if isinstance(device.drive, CryoDrive):
        yield "drive.wall_temperature_c"
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
    return read_toml(file, Device)


@cache
def load_devices() -> Mapping[str, Device]:
    """Return all devices that ship with the program, by id, cold ones first and then by name."""
    files = [f for f in resource("devices").iterdir() if f.name.endswith(".toml")]
    devices = sorted((read_device(f) for f in files), key=lambda d: (not d.is_cold, d.name, d.active_length_mm))
    return MappingProxyType({d.id: d for d in devices})


def device(device_id: str) -> Device:
    """Return one device.

    Raises
    ------
    PlanError
        ``device-unknown``, naming the id and the ids that exist.
    """
    devices = load_devices()
    if device_id not in devices:
        raise PlanError(
            f"There is no device '{device_id}' in the catalogue.",
            code="device-unknown",
            hint=f"Known devices: {', '.join(devices)}.",
            context={"id": device_id},
        )
    return devices[device_id]
