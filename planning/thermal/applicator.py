"""Applicators: where a device lies and what drives it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from planning.catalogue import CryoDrive, Device, DeviceFamily, LaserDrive, MicrowaveDrive, RfControl
from planning.errors import PlanError
from planning.thermal.tines import tines_of

_AT_SHAFT_MM = 0.01
SHORTEST_DWELL_S = 1.0
"""Turns of switched electrodes are followed step by step, and every one begins with short steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WallTemperature:
    """The active surface is held at ``c``, or follows a curve, as far as the power allows.

    Attributes
    ----------
    c : float
    curve : tuple of (float, float)
        Seconds since the applicator started and wall temperature in °C, in order of time; ``c`` holds after the last.
        Empty holds ``c`` from the start.
    max_power_w : float or None
        The most heat the whole active surface takes or gives; the wall lags where the tissue would need more.
    """

    c: float
    curve: tuple[tuple[float, float], ...] = ()
    max_power_w: float | None = None

    def at(self, since_start_s: float) -> float:
        """Return the wanted wall temperature some time after the applicator started."""
        if not self.curve or since_start_s >= self.curve[-1][0]:
            return self.c
        times, walls = zip(*self.curve, strict=True)
        return float(np.interp(since_start_s, times, walls))


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePower:
    """Heat per length of the active part; negative removes heat."""

    w_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Voltage:
    """Monopolar RF at a held voltage (root mean square)."""

    v_rms: float
    cooled_c: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """Monopolar RF at a held dissipated power."""

    w: float
    cooled_c: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PulsedPower:
    """RF at a held dissipated power in pulses that end when the tissue boils.

    Attributes
    ----------
    w : float
        Power of a pulse.
    rise_ohm : float
        A pulse ends when the impedance is this much above the lowest since the pulse began.
    pause_s : float
        How long nothing is given after it.
    cooled_c : float or None
        Temperature of an internally cooled surface, in the pauses too.
    """

    w: float
    rise_ohm: float
    pause_s: float
    cooled_c: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TipTemperature:
    """RF power regulated to hold the hottest point of the active surface at ``c``.

    Where the surface is cooled, the hottest tissue around it is held instead. ``bipolar`` drives the two poles
    of the applicator against each other.
    """

    c: float
    max_power_w: float
    cooled_c: float | None = None
    bipolar: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BipolarPower:
    """Both poles on one shaft, equal lengths either side of the applicator's gap, at a held dissipated power."""

    w: float
    cooled_c: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Laser:
    """Light from the tip of a bare fibre: its power, and 1 / mu_eff of the tissue at its wavelength."""

    w: float
    penetration_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Microwave:
    """Waves from the active part of an antenna.

    Attributes
    ----------
    w : float
        What reaches the tissue: the generator's power less what the cable loses.
    penetration_mm : float
        Depth at which the power density of a plane wave falls to 1/e.
    cooled_c : float or None
        Temperature of an internally cooled shaft.
    """

    w: float
    penetration_mm: float
    cooled_c: float | None = None


RfDriveKind = Voltage | Power | PulsedPower | TipTemperature | BipolarPower
Drive = WallTemperature | LinePower | RfDriveKind | Laser | Microwave


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Applicator:
    """A cylinder with flat ends whose active part runs from the tip towards the hub, with or without tines.

    Attributes
    ----------
    id : str
    tip_mm : ndarray, shape (3,)
        LPS.
    direction : ndarray, shape (3,)
        Unit vector from tip to hub; normalised here.
    diameter_mm, active_length_mm : float
    gap_mm : float or None
        Insulated length in the middle of the active part of a bipolar applicator.
    drive : Drive
    generator : str
        Radiofrequency electrodes that name the same generator work together at one potential, as a cluster does; empty
        gives the electrode a generator of its own.
    polarity : {1, -1}
        Electrodes of -1 are driven against those of 1 of the same generator: the current flows between the shafts, and
        there is no other return. Voltage, power and impedance of the drive are those between the two.
    dwell_s : float or None
        Electrodes of one generator work in turn instead of together, each for this long, in the order of the request,
        from when they start and again from the begin of every phase. None lets them work together.
    start_s : float
        How long after the schedule begins this applicator starts; it then follows the schedule's phases.
    duration_s : float or None
        How long after its start it is a passive body to the end of the schedule; None if it follows all of it.
    tines : tuple of ndarray, each of shape (n, 3)
        LPS polylines of bare wires of a radiofrequency electrode, from the active part of the shaft outwards; they have
        its potential. See `planning.thermal.tines`. A held temperature is that of the hottest place of the tines; real
        arrays regulate the mean of sensors in the tines' ends, which lets single places grow hotter.
    tine_diameter_mm : float or None
        Of every tine; None without tines.

    Raises
    ------
    PlanError
        ``applicator-invalid``, naming the applicator and what is impossible about it.
    """

    id: str
    tip_mm: Floats
    direction: Floats
    diameter_mm: float
    active_length_mm: float
    drive: Drive
    gap_mm: float | None = None
    generator: str = ""
    polarity: Literal[1, -1] = 1
    dwell_s: float | None = None
    start_s: float = 0.0
    duration_s: float | None = None
    tines: tuple[Floats, ...] = ()
    tine_diameter_mm: float | None = None

    def __post_init__(self) -> None:
        tip, direction = np.array(self.tip_mm, float).reshape(-1), np.array(self.direction, float).reshape(-1)
        if (
            tip.shape != (3,)
            or direction.shape != (3,)
            or not (np.isfinite(tip).all() and np.isfinite(direction).all())
        ):
            raise self.refusal("its tip and direction are not finite points of three numbers")
        length = float(np.linalg.norm(direction))
        if length < 1e-9:
            raise self.refusal("its tip and its entry are the same point")
        for name, value in (("diameter", self.diameter_mm), ("active length", self.active_length_mm)):
            if not (math.isfinite(value) and value > 0):
                raise self.refusal(f"its {name} of {value} mm is not above zero")
        if not (math.isfinite(self.start_s) and self.start_s >= 0):
            raise self.refusal(f"its start at {self.start_s} s is not a time from 0 on")
        if self.duration_s is not None and not (math.isfinite(self.duration_s) and self.duration_s > 0):
            raise self.refusal(f"its duration of {self.duration_s} s is not above zero")
        if self.dwell_s is not None and not (math.isfinite(self.dwell_s) and self.dwell_s >= SHORTEST_DWELL_S):
            raise self.refusal(f"its turns of {self.dwell_s} s are shorter than {SHORTEST_DWELL_S:g} s")
        if self.dwell_s is not None and not self.is_rf:
            raise self.refusal("only radiofrequency electrodes take turns at a generator")
        self._check_wall()
        for name, value in _numbers_above_zero(self.drive):
            if not (math.isfinite(value) and value > 0):
                raise self.refusal(f"its {name} of {value} is not above zero")
        bipolar = isinstance(self.drive, BipolarPower) or (
            isinstance(self.drive, TipTemperature) and self.drive.bipolar
        )
        if bipolar != (self.gap_mm is not None):
            raise self.refusal("a bipolar drive and a gap between the poles belong together")
        if self.polarity not in (1, -1):
            raise self.refusal(f"its polarity of {self.polarity} is neither 1 nor -1")
        if self.polarity == -1 and (bipolar or not self.is_rf):
            raise self.refusal("only a monopolar radiofrequency electrode can be driven against another one")
        if self.gap_mm is not None and not 0 < self.gap_mm < self.active_length_mm:
            raise self.refusal(f"its gap of {self.gap_mm} mm does not fit its active length")
        object.__setattr__(self, "tip_mm", tip)
        object.__setattr__(self, "direction", direction / length)
        object.__setattr__(self, "tines", tuple(np.array(t, float) for t in self.tines))
        self._check_tines()

    def _check_tines(self) -> None:
        if bool(self.tines) != (self.tine_diameter_mm is not None):
            raise self.refusal("tines and a diameter of the tines belong together")
        if self.tine_diameter_mm is None:
            return
        if not self.is_rf or self.gap_mm is not None:
            raise self.refusal("only a radiofrequency electrode of one pole has tines")
        if not (math.isfinite(self.tine_diameter_mm) and self.tine_diameter_mm > 0):
            raise self.refusal(f"its tines' diameter of {self.tine_diameter_mm} mm is not above zero")
        for n, tine in enumerate(self.tines, start=1):
            if tine.ndim != 2 or tine.shape[1] != 3 or len(tine) < 2 or not np.isfinite(tine).all():
                raise self.refusal(f"its tine {n} is not a line of two or more finite points of three numbers")
            if (np.linalg.norm(np.diff(tine, axis=0), axis=1) < 1e-9).any():
                raise self.refusal(f"its tine {n} has two points in the same place")
            along = np.clip((tine[0] - self.tip_mm) @ self.direction, 0.0, self.active_length_mm)
            if np.linalg.norm(tine[0] - self.tip_mm - along * self.direction) > self.radius_mm + _AT_SHAFT_MM:
                raise self.refusal(f"its tine {n} does not begin at the active part of its shaft")

    def _check_wall(self) -> None:
        drive = self.drive
        if not isinstance(drive, WallTemperature):
            return
        times = [t for t, _ in drive.curve]
        numbers = [drive.c, *times, *(c for _, c in drive.curve)]
        if not all(math.isfinite(v) for v in numbers) or times != sorted(set(times)) or (times and times[0] < 0):
            raise self.refusal("its wall temperatures are not finite numbers at increasing times from 0 on")
        if min(drive.c, *(c for _, c in drive.curve), 0.0) < -197:
            raise self.refusal(f"its wall would be colder than liquid nitrogen ({drive.c} °C)")
        if drive.max_power_w is not None and not (math.isfinite(drive.max_power_w) and drive.max_power_w > 0):
            raise self.refusal(f"its largest power of {drive.max_power_w} W is not above zero")

    @property
    def radius_mm(self) -> float:
        return self.diameter_mm / 2

    @property
    def end_mm(self) -> Floats:
        """Hub end of the active part, shape (3,)."""
        return self.tip_mm + self.active_length_mm * self.direction

    @property
    def centre_mm(self) -> Floats:
        """Middle of the active part, shape (3,)."""
        return self.tip_mm + 0.5 * self.active_length_mm * self.direction

    @property
    def active_points_mm(self) -> Floats:
        """Ends of the active part and all points of the tines, shape (n, 3): nothing active lies outside their hull."""
        return np.concatenate([np.stack([self.tip_mm, self.end_mm]), *self.tines])

    @property
    def end_s(self) -> float:
        """When it becomes a passive body, in the schedule's time."""
        return math.inf if self.duration_s is None else self.start_s + self.duration_s

    @property
    def is_rf(self) -> bool:
        return isinstance(self.drive, RfDriveKind)

    @property
    def is_cold(self) -> bool:
        if isinstance(self.drive, WallTemperature):
            return self.drive.c < 37.0
        return isinstance(self.drive, LinePower) and self.drive.w_m < 0

    def refusal(self, reason: str) -> PlanError:
        """Return the error that says why this applicator cannot be used."""
        return PlanError(f"The probe '{self.id}' cannot be used: {reason}.", code="applicator-invalid")


def _numbers_above_zero(drive: Drive) -> tuple[tuple[str, float], ...]:
    if isinstance(drive, (Laser, Microwave)):
        return (("power", drive.w), ("penetration depth", drive.penetration_mm))
    if isinstance(drive, PulsedPower):
        return (("power", drive.w), ("impedance rise", drive.rise_ohm), ("pause", drive.pause_s))
    return ()


def from_device(
    device: Device, tip_mm: npt.ArrayLike, entry_mm: npt.ArrayLike, *, applicator_id: str | None = None
) -> Applicator:
    """Return a device of the catalogue placed with its tip at one point and its shaft through another.

    Parameters
    ----------
    device : Device
    tip_mm, entry_mm : array_like, shape (3,)
        LPS.
    applicator_id : str, optional
        Defaults to the device's id.

    Raises
    ------
    PlanError
        If the two points coincide or are not finite.
    """
    tip = np.asarray(tip_mm, float)
    return Applicator(
        id=applicator_id or device.id,
        tip_mm=tip,
        direction=np.asarray(entry_mm, float) - tip,
        diameter_mm=device.diameter_mm,
        active_length_mm=device.active_length_mm,
        gap_mm=device.pole_gap_mm,
        drive=_drive_of(device),
        tines=() if device.tines is None else tines_of(device.tines, tip, np.asarray(entry_mm, float) - tip),
        tine_diameter_mm=None if device.tines is None else device.tines.diameter_mm,
    )


def _drive_of(device: Device) -> Drive:
    drive = device.drive
    if isinstance(drive, CryoDrive):
        curve = tuple((p.after_s, p.wall_c) for p in drive.wall_curve)
        return WallTemperature(c=drive.wall_temperature_c, curve=curve, max_power_w=drive.cooling_power_w)
    if isinstance(drive, LaserDrive):
        return Laser(w=drive.power_w, penetration_mm=drive.penetration_mm)
    if isinstance(drive, MicrowaveDrive):
        return Microwave(w=drive.power_w, penetration_mm=drive.penetration_mm, cooled_c=drive.cooled_c)
    bipolar = device.family is DeviceFamily.RF_BIPOLAR
    if drive.control is RfControl.TIP_TEMPERATURE and drive.target_c is not None:
        return TipTemperature(c=drive.target_c, max_power_w=drive.max_power_w, cooled_c=drive.cooled_c, bipolar=bipolar)
    if drive.impedance_rise_ohm is not None and drive.pause_s is not None:
        return PulsedPower(
            w=drive.max_power_w, rise_ohm=drive.impedance_rise_ohm, pause_s=drive.pause_s, cooled_c=drive.cooled_c
        )
    if bipolar:
        return BipolarPower(w=drive.max_power_w, cooled_c=drive.cooled_c)
    return Power(w=drive.max_power_w, cooled_c=drive.cooled_c)
