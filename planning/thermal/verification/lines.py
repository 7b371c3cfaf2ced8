"""Cases with a closed form around a long straight applicator: a line sink that freezes, a warm perfused cylinder."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq
from scipy.special import exp1, k0

from imaging.geometry import Floats, VoxelGrid
from imaging.progress import no_progress
from planning.catalogue import Phase
from planning.thermal.applicator import Applicator, Drive, LinePower, WallTemperature
from planning.thermal.properties import BLOOD_J_M3K
from planning.thermal.request import ThermalRequest
from planning.thermal.solver import solve
from planning.thermal.verification.rows import Comparison, compare
from planning.tissue import Frozen, Medium, uniform_fields

_ANGLES = (("straight", (0.0, 0.0, 1.0)), ("oblique", (0.0, 1.0, 2.0)))
_BEYOND_MM, _ACROSS_MM = 12.0, 30.0
_RAY_MM = np.arange(0.0, 26.0, 0.25)
_MUSH_C = 0.2
_WATERY = Medium(
    name="V2",
    density_kg_m3=1000,
    specific_heat_j_kgk=3600,
    conductivity_w_mk=0.5,
    frozen=Frozen(
        conductivity_w_mk=2.0,
        specific_heat_j_kgk=1800,
        latent_heat_j_kg=250e3,
        freezing_low_c=-_MUSH_C / 2,
        freezing_high_c=_MUSH_C / 2,
    ),
)


def line_sink() -> list[Comparison]:
    """V2: a line that takes 250 W/m out of tissue at 37 °C; the front moves with the square root of time."""
    taken_w_m, time_s, start_c = 250.0, 300.0, 37.0
    source = "line sink in a freezing medium, Carslaw and Jaeger 11.6"
    front = _front_number(_WATERY, taken_w_m, start_c)
    rows = []
    for name, direction in _ANGLES:
        t = _along_ray(_WATERY, LinePower(w_m=-taken_w_m), 1.5, direction, time_s)
        case = f"V2 freezing line sink, {name}"
        wanted_mm = 2e3 * front * math.sqrt(_diffusivity(_WATERY, frozen=True) * time_s)
        rows.append(compare(case, "radius of the front at 300 s", _crossing(t, 0.0), "mm", wanted_mm, 2, source))
        for r_mm in (4.0, 14.0, 20.0):
            wanted_c = _sink_c(_WATERY, taken_w_m, start_c, front, r_mm * 1e-3, time_s)
            obtained = float(np.interp(r_mm, _RAY_MM, t))
            rows.append(
                compare(case, f"temperature at {r_mm:g} mm", obtained, "°C", wanted_c, 1, source, relative=False)
            )
    return rows


def perfused_cylinder() -> list[Comparison]:
    """A long needle of 2 mm at 80 °C in perfused tissue, when nothing changes any more."""
    medium = Medium(
        name="soft", density_kg_m3=1000, specific_heat_j_kgk=3600, conductivity_w_mk=0.5, perfusion_1_s=6e-3
    )
    depth_mm = 1e3 * math.sqrt(medium.conductivity_w_mk / (medium.perfusion_1_s * BLOOD_J_M3K))
    rows = []
    for name, direction in _ANGLES:
        t = _along_ray(medium, WallTemperature(c=80.0), 2.0, direction, 900.0)
        for r_mm in (3.0, 5.0, 10.0):
            wanted = 37.0 + 43.0 * float(k0(r_mm / depth_mm) / k0(1.0 / depth_mm))
            rows.append(
                compare(
                    f"perfused cylinder, {name}",
                    f"temperature at {r_mm:g} mm",
                    float(np.interp(r_mm, _RAY_MM, t)),
                    "°C",
                    wanted,
                    1,
                    "Pennes, steady cylinder: K0(r/δ) / K0(a/δ)",
                    relative=False,
                )
            )
    return rows


def _diffusivity(medium: Medium, *, frozen: bool) -> float:
    state = medium.frozen if frozen and medium.frozen is not None else medium
    return state.conductivity_w_mk / (medium.density_kg_m3 * state.specific_heat_j_kgk)


def _front_number(medium: Medium, taken_w_m: float, start_c: float) -> float:
    """λ in R = 2 λ sqrt(α_s t), from the balance of heat at the front."""
    assert medium.frozen is not None
    cold, warm = _diffusivity(medium, frozen=True), _diffusivity(medium, frozen=False)
    latent = medium.density_kg_m3 * medium.frozen.latent_heat_j_kg

    def missing(number: float) -> float:
        x = number**2 * cold / warm
        from_liquid = medium.conductivity_w_mk * start_c * math.exp(-x) / float(exp1(x))
        return taken_w_m / (4 * math.pi) * math.exp(-(number**2)) - from_liquid - number**2 * cold * latent

    return float(brentq(missing, 1e-3, 2.0))


def _sink_c(medium: Medium, taken_w_m: float, start_c: float, number: float, r_m: float, time_s: float) -> float:
    """Temperature around the line sink, freezing at 0 °C."""
    assert medium.frozen is not None
    cold, warm = _diffusivity(medium, frozen=True), _diffusivity(medium, frozen=False)
    if r_m < 2 * number * math.sqrt(cold * time_s):
        rise = float(exp1(number**2)) - float(exp1(r_m**2 / (4 * cold * time_s)))
        return taken_w_m / (4 * math.pi * medium.frozen.conductivity_w_mk) * rise
    return start_c * (1 - float(exp1(r_m**2 / (4 * warm * time_s)) / exp1(number**2 * cold / warm)))


def _along_ray(
    medium: Medium, drive: Drive, diameter_mm: float, direction: tuple[float, float, float], time_s: float
) -> Floats:
    """Temperature at the end on a ray across the middle of a long applicator."""
    axis = np.array(direction) / np.linalg.norm(direction)
    long_mm = 70.0
    applicator = Applicator(
        id="long",
        tip_mm=np.array([0.3, 0.1, 0.4]) - 0.5 * long_mm * axis,
        direction=axis,
        diameter_mm=diameter_mm,
        active_length_mm=long_mm,
        drive=drive,
    )
    half = np.ceil(np.maximum(0.5 * long_mm * np.abs(axis) + _BEYOND_MM, _ACROSS_MM)).astype(int)
    grid = VoxelGrid.axis_aligned(
        (2 * int(half[2]) + 1, 2 * int(half[1]) + 1, 2 * int(half[0]) + 1), 1.0, -1.0 * half, "verification"
    )
    result = solve(
        ThermalRequest(
            fields=uniform_fields(grid, medium),
            applicators=(applicator,),
            schedule=(Phase(kind="on", duration_s=time_s),),
            record_points_mm=applicator.centre_mm + _RAY_MM[:, None] * np.array([1.0, 0.0, 0.0]),
            stasis_cem43_min=None,
        ),
        no_progress(),
    )
    return np.asarray(result.recorded_c[-1])


def _crossing(t_c: Floats, level_c: float) -> float:
    """Where the temperature last rises through a level on the ray."""
    i = int(np.flatnonzero(t_c <= level_c)[-1])
    step = _RAY_MM[1] - _RAY_MM[0]
    return float(_RAY_MM[i] + (level_c - t_c[i]) / (t_c[i + 1] - t_c[i]) * step)
