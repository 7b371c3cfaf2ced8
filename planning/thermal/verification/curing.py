"""Cement with a closed form: an insulated block warms by its heat of cure, and sets on time."""

from __future__ import annotations

import numpy as np

from imaging.geometry import Floats, VoxelGrid
from imaging.progress import no_progress
from planning.catalogue import Phase
from planning.thermal.curing import CureKinetics, Curing
from planning.thermal.request import ThermalRequest, ThermalResult
from planning.thermal.solver import solve
from planning.thermal.verification.rows import Comparison, compare
from planning.tissue import Medium, uniform_fields

_BLOCK = Medium(name="V11", density_kg_m3=1180, specific_heat_j_kgk=1460, conductivity_w_mk=0.19)
_HEAT_J_M3 = 8e7
_HALF_S, _REFERENCE_C, _FASTEST_C, _ACTIVATION_J_MOL, _ORDER = 510.0, 22.0, 60.0, 78.7e3, 4.0


def curing_block() -> list[Comparison]:
    """V11: an insulated block of cement, once with its heat of cure and once without."""
    grid = VoxelGrid.axis_aligned((6, 6, 6), 1.0, (0, 0, 0), "verification")
    warm = _cured(grid, _kinetics(_HEAT_J_M3), 22.0, 1200.0)
    rise_k = _HEAT_J_M3 / (_BLOCK.density_kg_m3 * _BLOCK.specific_heat_j_kgk)
    rows = [
        compare(
            "V11 curing block", "rise when all has cured", float(warm.final_c.mean()) - 22.0, "K", rise_k, 0.5,
            "heat of cure over ρ c",
        ),
        compare(
            "V11 curing block", "half cured in its own heat", _half_time_s(warm), "s", _adiabatic_half_s(rise_k), 1,
            "quadrature of dt = d age / pace(T), T = 22 °C + rise times the share that reacted",
        ),
    ]  # fmt: skip
    for start_c in (22.0, 0.0):
        held = _cured(grid, _kinetics(0.0), start_c, 2.0 * _kinetics(0.0).seconds_to(0.5, start_c))
        expected_s = _HALF_S * np.exp(
            _ACTIVATION_J_MOL / 8.314462618 * (1 / (start_c + 273.15) - 1 / (_REFERENCE_C + 273.15))
        )
        rows.append(
            compare(
                "V11 curing block", f"half cured at a constant {start_c:g} °C", _half_time_s(held), "s",
                float(expected_s), 1, "Arrhenius",
            )
        )  # fmt: skip
    return rows


def _kinetics(heat_j_m3: float) -> CureKinetics:
    return CureKinetics(
        heat_j_m3=heat_j_m3, half_time_s=_HALF_S, reference_c=_REFERENCE_C, activation_j_mol=_ACTIVATION_J_MOL,
        fastest_c=_FASTEST_C, order=_ORDER,
    )  # fmt: skip


def _cured(grid: VoxelGrid, kinetics: CureKinetics, start_c: float, time_s: float) -> ThermalResult:
    cells = np.arange(np.prod(grid.shape_kji), dtype=np.int64)
    return solve(
        ThermalRequest(
            fields=uniform_fields(grid, _BLOCK),
            applicators=(),
            schedule=(Phase(kind="off", duration_s=time_s),),
            boundary="insulated",
            initial_c=np.full(grid.shape_kji, start_c),
            curing=Curing(cells=cells, kinetics=kinetics),
        ),
        no_progress(),
    )


def _half_time_s(result: ThermalResult) -> float:
    assert result.curing is not None
    mean: Floats = result.curing.cured.mean(axis=1, dtype=np.float64)
    return float(np.interp(0.5, mean, result.times_s))


def _adiabatic_half_s(rise_k: float) -> float:
    kinetics = _kinetics(_HEAT_J_M3)
    age_s = np.linspace(0.0, _HALF_S, 20_001)
    middle = 0.5 * (age_s[1:] + age_s[:-1])
    return float((np.diff(age_s) / kinetics.pace(_REFERENCE_C + rise_k * kinetics.cured(middle))).sum())
