"""Cases with a closed form that need no applicator: freezing slabs, perfused decay, kinetics."""

from __future__ import annotations

import numpy as np

from imaging.geometry import Floats, VoxelGrid
from imaging.progress import no_progress
from planning.catalogue import Phase
from planning.thermal.damage import ARRHENIUS_SETS, cem43
from planning.thermal.request import ThermalRequest, ThermalResult
from planning.thermal.solver import solve
from planning.thermal.verification.rows import Comparison, compare
from planning.tissue import Frozen, Medium, TissueFields, uniform_fields

_NEUMANN = "Neumann's solution, Carslaw and Jaeger 11.2"
_MUSH_C = 0.2
"""A front this thin stands for a sharp one; its temperature tells where in the voxel it is."""


def freezing_slab() -> list[Comparison]:
    """V1: a slab at 37 °C whose face is held at -40 °C."""
    medium = Medium(
        name="V1",
        density_kg_m3=1000,
        specific_heat_j_kgk=3600,
        conductivity_w_mk=0.5,
        frozen=_ice(2.0, 1800, 250e3),
    )
    spacing, times = 0.5, (60.0, 300.0, 600.0)
    rows = []
    for time_s, front in zip(times, (4.533, 10.137, 14.335), strict=True):
        x, t = _slab(medium, 37.0, -40.0, spacing, 110.0, time_s)
        rows.append(
            compare("V1 freezing slab", f"front at {time_s:.0f} s", _front_mm(t, spacing), "mm", front, 2, _NEUMANN)
        )
    rows.append(
        compare("V1 freezing slab", "place of -20 °C at 600 s", float(np.interp(-20, t, x)), "mm", 7.031, 2, _NEUMANN)
    )
    rows.append(
        compare("V1 freezing slab", "place of +10 °C at 600 s", float(np.interp(10, t, x)), "mm", 16.741, 2, _NEUMANN)
    )
    return rows


def freezing_water() -> list[Comparison]:
    """V1b: water at 10 °C whose face is held at -10 °C for an hour."""
    medium = Medium(
        name="V1b",
        density_kg_m3=1000,
        specific_heat_j_kgk=4200,
        conductivity_w_mk=0.556,
        frozen=_ice(2.22, 2100, 334e3),
    )
    _, t = _slab(medium, 10.0, -10.0, 1.0, 160.0, 3600.0)
    return [compare("V1b water freezing under a plate", "front at 1 h", _front_mm(t, 1.0), "mm", 19.43, 2, _NEUMANN)]


def perfused_decay() -> list[Comparison]:
    """V4: uniform tissue at 60 °C cooled by blood."""
    medium = Medium(name="V4", density_kg_m3=1000, specific_heat_j_kgk=3600, conductivity_w_mk=0.5, perfusion_1_s=3e-3)
    grid = VoxelGrid.axis_aligned((6, 6, 6), 1.0, (0, 0, 0), "verification")
    rows = []
    for time_s, expected in ((60.0, 56.02), (300.0, 45.90)):
        result = _run(uniform_fields(grid, medium), np.full(grid.shape_kji, 60.0), time_s, 5.0)
        value = float(result.final_c[3, 3, 3])
        rows.append(
            compare(
                "V4 perfused decay",
                f"temperature at {time_s:.0f} s",
                value,
                "°C",
                expected,
                0.05,
                "exp(-t/316 s)",
                relative=False,
            )
        )
    return rows


def kinetics() -> list[Comparison]:
    """V7: times to damage and dose."""
    wanted = (("liver", 50, 61.0), ("liver", 55, 14.2), ("liver", 60, 3.4), ("cell", 43, 1554.0), ("cell", 50, 23.9))
    rows = [
        compare(
            "V7 kinetics",
            f"Arrhenius {name}, {c} °C",
            ARRHENIUS_SETS[name].seconds_to_damage(c),
            "s",
            s,
            2,
            "EVIDENCE 5.1, rounded",
        )
        for name, c, s in wanted
    ]
    dose = float(cem43([0.0, 60.0], [50.0, 50.0]))
    return [*rows, compare("V7 kinetics", "CEM43 of 60 s at 50 °C", dose, "min", 128.0, 0.1, "2^7 min")]


def _ice(k: float, c: float, latent: float) -> Frozen:
    return Frozen(
        conductivity_w_mk=k,
        specific_heat_j_kgk=c,
        latent_heat_j_kg=latent,
        freezing_low_c=-_MUSH_C / 2,
        freezing_high_c=_MUSH_C / 2,
    )


def _run(fields: TissueFields, start_c: Floats, time_s: float, step_s: float) -> ThermalResult:
    return solve(
        ThermalRequest(
            fields=fields,
            applicators=(),
            schedule=(Phase(kind="on", duration_s=time_s),),
            boundary="insulated",
            stasis_cem43_min=None,
            initial_c=start_c,
            max_step_s=step_s,
        ),
        no_progress(),
    )


def _slab(
    medium: Medium, start_c: float, wall_c: float, spacing_mm: float, depth_mm: float, time_s: float
) -> tuple[Floats, Floats]:
    """Depths and temperatures of a column whose first voxel is a held, very conductive wall."""
    n = round(depth_mm / spacing_mm) + 1
    grid = VoxelGrid.axis_aligned((n, 3, 3), spacing_mm, (0, 0, 0), "verification")
    wall = Medium(name="wall", density_kg_m3=1000, specific_heat_j_kgk=1000, conductivity_w_mk=1e5, held=True)
    index = np.ones(grid.shape_kji, np.uint8)
    index[0] = 0
    start = np.full(grid.shape_kji, start_c)
    start[0] = wall_c
    result = _run(TissueFields(grid=grid, medium=index, media=(wall, medium)), start, time_s, 4.0)
    depths: Floats = spacing_mm * (np.arange(1, n, dtype=np.float64) - 0.5)
    return depths, result.final_c[1:, 1, 1].astype(np.float64)


def _front_mm(t: Floats, spacing_mm: float) -> float:
    """Frozen depth, the front's own voxel counted by how far its temperature has passed the thin freezing range."""
    return float(np.clip((_MUSH_C / 2 - t) / _MUSH_C, 0, 1).sum() * spacing_mm)
