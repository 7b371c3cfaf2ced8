"""Zones of cryoprobes against a refined axisymmetric solution, for several places and angles in the grid."""

from __future__ import annotations

import numpy as np

from imaging.geometry import Floats
from imaging.progress import no_progress
from planning.catalogue import Phase
from planning.thermal.applicator import Applicator, WallTemperature
from planning.thermal.grid import simulation_grid
from planning.thermal.request import ThermalRequest
from planning.thermal.solver import solve
from planning.thermal.verification.rows import VerificationRow, row
from planning.tissue import Frozen, Medium, uniform_fields

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

_SOURCE = "refined axisymmetric finite volumes (tests/verification/axisymmetric.py), wall -140 °C, 1.5 mm, 10 min"
PLACES = (
    ("straight, on a voxel", (0.0, 0.0, 1.0), (0.0, 0.0, 0.0)),
    ("straight, between voxels", (0.0, 0.0, 1.0), (0.5, 0.5, 0.25)),
    ("oblique in a plane", (1.0, 2.0, 0.0), (0.3, 0.5, 0.2)),
    ("along the diagonal", (1.0, 1.0, 1.0), (0.1, 0.4, 0.3)),
)
REFERENCE_MM = {0.0: (29.2, 42.9), -20.0: (19.0, 34.0), -40.0: (12.1, 29.8)}
"""Width and length for an active length of 25 mm."""


def cryo_zones() -> list[VerificationRow]:
    """Width and length of three isotherms of one needle, lying in four ways."""
    rows = []
    for name, direction, offset in PLACES:
        size = cryo_zone_mm(25.0, direction, offset)
        for level, (width, length) in REFERENCE_MM.items():
            rows.append(row(f"Ice {level:g} °C width, {name}", size[level][0], "mm", width, 2, _SOURCE))
            rows.append(row(f"Ice {level:g} °C length, {name}", size[level][1], "mm", length, 2, _SOURCE))
    return rows


def cryo_zone_mm(
    active_mm: float,
    direction: tuple[float, float, float],
    offset_mm: tuple[float, float, float],
    diameter_mm: float = 1.5,
    wall_c: float = -140.0,
) -> dict[float, tuple[float, float]]:
    """Return width and length of the 0, -20 and -40 °C zones after ten minutes in gel at 37 °C, in mm."""
    axis = np.array(direction) / np.linalg.norm(direction)
    probe, grid_probe = (
        Applicator(
            id="probe",
            tip_mm=np.array(shift) - axis * active_mm / 2,
            direction=axis,
            diameter_mm=diameter_mm,
            active_length_mm=active_mm,
            drive=WallTemperature(c=wall_c),
        )
        for shift in (offset_mm, (0.0, 0.0, 0.0))
    )
    grid = simulation_grid((grid_probe,), "verification", 1.0, 34.0)
    across = np.cross(axis, (0.3, 0.5, 0.77))
    across /= np.linalg.norm(across)
    rays = (across, -across, np.cross(axis, across), -np.cross(axis, across), axis, -axis)
    at = np.arange(0.0, active_mm / 2 + 16.0, 0.25)
    points = np.concatenate([probe.centre_mm + at[:, None] * ray for ray in rays])
    low, high = grid.bounds_mm
    result = solve(
        ThermalRequest(
            fields=uniform_fields(grid, GEL),
            applicators=(probe,),
            schedule=(Phase(kind="on", duration_s=600.0),),
            record_points_mm=np.clip(points, low, high),
        ),
        no_progress(),
    )
    curves = result.recorded_c[-1].reshape(len(rays), len(at))
    sizes = {}
    for level in (0.0, -20.0, -40.0):
        edge = [_edge_mm(at, curve, level) for curve in curves]
        sizes[level] = (2 * float(np.mean(edge[:4])), edge[4] + edge[5])
    return sizes


def _edge_mm(at_mm: Floats, curve_c: Floats, level_c: float) -> float:
    """Where a curve from the probe outwards last rises through a level."""
    i = int(np.flatnonzero(curve_c <= level_c)[-1])
    return float(at_mm[i] + (level_c - curve_c[i]) / (curve_c[i + 1] - curve_c[i]) * (at_mm[i + 1] - at_mm[i]))
