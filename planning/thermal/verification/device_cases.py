"""Cases like the devices', as data: what lies where around one applicator, what drives it, and what is compared.

Everything has the applicator's axis as its axis of rotation, so that an independent solver can compute it in the
half-plane of r and z. z runs from the tip (0) towards the hub, in mm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from planning.catalogue import Phase, load_tissues
from planning.thermal.applicator import BipolarPower, Drive, LinePower, Voltage, WallTemperature
from planning.tissue import Frozen, Medium, medium_of

BODY_C = 37.0
GEL = Medium(
    name="gel",
    density_kg_m3=1000,
    specific_heat_j_kgk=3600,
    conductivity_w_mk=0.5,
    frozen=Frozen(
        conductivity_w_mk=2.0,
        specific_heat_j_kgk=1800,
        latent_heat_j_kg=250e3,
        freezing_low_c=-8.0,
        freezing_high_c=-1.0,
    ),
)
"""Gel with the frozen properties of Micromachines 2025;16:1321."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ball:
    """A sphere around a point of the axis."""

    medium: Medium
    centre_mm: float
    radius_mm: float

    def holds(self, r_mm: Floats, z_mm: Floats) -> npt.NDArray[np.bool_]:
        return np.asarray(np.hypot(r_mm, z_mm - self.centre_mm) < self.radius_mm)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """All that lies between two planes across the axis."""

    medium: Medium
    from_mm: float
    to_mm: float

    def holds(self, r_mm: Floats, z_mm: Floats) -> npt.NDArray[np.bool_]:
        return np.asarray((z_mm >= self.from_mm) & (z_mm < self.to_mm) & (r_mm >= 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCase:
    """One applicator in media around its axis.

    Attributes
    ----------
    regions : tuple of Ball or Layer
        Painted in order over the background; a later one wins.
    levels_c : tuple of float
        Isotherms whose width and length at the end are compared.
    points_rz_mm : tuple of (float, float)
        Places whose temperature at the end of every phase is compared.
    """

    name: str
    diameter_mm: float
    active_length_mm: float
    drive: Drive
    schedule: tuple[Phase, ...]
    background: Medium
    regions: tuple[Ball | Layer, ...] = ()
    levels_c: tuple[float, ...]
    points_rz_mm: tuple[tuple[float, float], ...]
    gap_mm: float | None = None

    @property
    def media(self) -> tuple[Medium, ...]:
        """The background first, then one medium a region."""
        return (self.background, *(region.medium for region in self.regions))

    def medium_at(self, r_mm: Floats, z_mm: Floats) -> npt.NDArray[np.uint8]:
        """Return the index into ``media`` at places of the half-plane, same shape."""
        index = np.zeros(np.broadcast(r_mm, z_mm).shape, np.uint8)
        for n, region in enumerate(self.regions, start=1):
            index[region.holds(r_mm, z_mm)] = n
        return index

    @property
    def is_rf(self) -> bool:
        return isinstance(self.drive, Voltage | BipolarPower)

    @property
    def is_cold(self) -> bool:
        return isinstance(self.drive, WallTemperature) and self.drive.c < BODY_C


_COLD_LEVELS, _HOT_LEVELS = (0.0, -20.0, -40.0), (50.0, 60.0)


def _minutes(*minutes: float) -> tuple[Phase, ...]:
    """On and off by turns, beginning with on."""
    return tuple(Phase(kind="off" if n % 2 else "on", duration_s=60.0 * m) for n, m in enumerate(minutes))


def _needle(name: str, background: Medium, **changes: object) -> DeviceCase:
    """A cryoprobe of 1.5 mm and 25 mm at -140 °C for ten minutes, but for what is changed."""
    needle = DeviceCase(
        name=name,
        diameter_mm=1.5,
        active_length_mm=25.0,
        drive=WallTemperature(c=-140.0),
        schedule=_minutes(10),
        background=background,
        levels_c=_COLD_LEVELS,
        points_rz_mm=((8.0, 12.5), (14.0, 12.5), (20.0, 12.5), (0.0, -6.0), (5.0, 27.0)),
    )
    return replace(needle, **changes)  # type: ignore[arg-type]


def _electrode(name: str, background: Medium, **changes: object) -> DeviceCase:
    """A monopolar electrode of 1.5 mm and 10 mm for six minutes, but for what is changed."""
    electrode = DeviceCase(
        name=name,
        diameter_mm=1.5,
        active_length_mm=10.0,
        drive=Voltage(v_rms=13.0),
        schedule=_minutes(6),
        background=background,
        levels_c=_HOT_LEVELS,
        points_rz_mm=((3.0, 5.0), (5.0, 5.0), (10.0, 5.0), (0.0, -4.0), (4.0, 14.0)),
    )
    return replace(electrode, **changes)  # type: ignore[arg-type]


@cache
def device_cases() -> tuple[DeviceCase, ...]:
    """Return all cases, tissues from the catalogue; but for one case with constant properties on either side of freezing."""
    tissues = load_tissues()
    following = medium_of(tissues, "muscle")
    tissues = replace(
        tissues,
        ice_conductivity_rise_1_k=replace(tissues.ice_conductivity_rise_1_k, value=0.0, low=None),
        ice_heat_capacity_fall_1_k=replace(tissues.ice_heat_capacity_fall_1_k, value=0.0),
    )
    muscle, cancellous, cortical, lytic, csf = (
        replace(medium_of(tissues, name), conductivity_rise_1_k=0.0)
        for name in ("muscle", "cancellous_bone", "cortical_bone", "lytic_metastasis", "csf")
    )

    def lesion_in_bone(centre_mm: float) -> tuple[Ball, Ball]:
        return (
            Ball(medium=cortical, centre_mm=centre_mm, radius_mm=11.5),
            Ball(medium=lytic, centre_mm=centre_mm, radius_mm=10.0),
        )

    return (
        _needle("cryo 1.5 x 25 mm, gel", GEL),
        _needle(
            "cryo 2.4 x 40 mm, gel",
            GEL,
            diameter_mm=2.4,
            active_length_mm=40.0,
            points_rz_mm=((8.0, 20.0), (16.0, 20.0), (22.0, 20.0), (0.0, -6.0), (5.0, 42.0)),
        ),
        _needle("cryo 10-8-10 min, perfused muscle", muscle, schedule=_minutes(10, 8, 10)),
        _needle("cryo, muscle whose ice follows temperature", following),
        _needle("cryo, lytic sphere and cortical shell in cancellous bone", cancellous, regions=lesion_in_bone(12.5)),
        _needle(
            "cryo, cancellous bone | cortex | CSF",
            cancellous,
            regions=(
                Layer(medium=csf, from_mm=-1000.0, to_mm=-3.0),
                Layer(medium=cortical, from_mm=-5.0, to_mm=-3.0),
            ),
        ),
        _electrode(
            "warm wall 80 °C, perfused muscle", muscle, active_length_mm=20.0, drive=WallTemperature(c=80.0),
            schedule=_minutes(10), points_rz_mm=((3.0, 10.0), (5.0, 10.0), (10.0, 10.0), (0.0, -3.0)),
        ),
        _electrode(
            "line heat 60 W/m, perfused muscle", muscle, active_length_mm=20.0, drive=LinePower(w_m=60.0),
            schedule=_minutes(10), points_rz_mm=((3.0, 10.0), (5.0, 10.0), (10.0, 10.0), (0.0, -3.0)),
        ),
        _electrode("RF 13 V, muscle, σ constant", replace(muscle, electrical_temperature_coefficient_1_k=0.0)),
        _electrode("RF 12 V, muscle, σ rises 1.82 %/K", muscle, drive=Voltage(v_rms=12.0)),
        _electrode(
            "RF 22 V, lytic sphere and cortical shell in cancellous bone", cancellous, regions=lesion_in_bone(5.0),
            drive=Voltage(v_rms=22.0),
        ),
        _electrode(
            "RF bipolar 2 W, muscle", muscle, diameter_mm=1.8, active_length_mm=20.0, gap_mm=4.0,
            drive=BipolarPower(w=2.0), points_rz_mm=((3.0, 10.0), (5.0, 4.0), (10.0, 10.0), (0.0, -4.0)),
        ),
    )  # fmt: skip
