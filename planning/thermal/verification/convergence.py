"""Second order in space: a cosine in an insulated, perfused box on three grids."""

from __future__ import annotations

import numpy as np

from imaging.geometry import VoxelGrid
from imaging.progress import no_progress
from planning.catalogue import Phase
from planning.thermal.properties import BLOOD_J_M3K
from planning.thermal.request import ThermalRequest
from planning.thermal.solver import solve
from planning.thermal.verification.rows import Comparison, at_least
from planning.tissue import Medium, uniform_fields

SPACINGS_MM = (2.0, 1.0, 0.5)
LEAST_ORDER = 1.8
_SIDE_MM, _TIME_S, _RISE_K = 24.0, 60.0, 40.0
_SOFT = Medium(name="soft", density_kg_m3=1000, specific_heat_j_kgk=3600, conductivity_w_mk=0.5, perfusion_1_s=2e-3)


def errors_k() -> list[float]:
    """Return the root mean square error after a minute on every grid."""
    return [_error_k(spacing) for spacing in SPACINGS_MM]


def second_order(errors: list[float]) -> list[Comparison]:
    """Return the order observed from every grid to the next."""
    return [
        at_least(
            "cosine in a perfused box",
            f"order of the error from {coarse:g} to {fine:g} mm",
            float(np.log(before / after) / np.log(coarse / fine)),
            "",
            LEAST_ORDER,
            "separation of variables; second order has 2",
        )
        for coarse, fine, before, after in zip(SPACINGS_MM, SPACINGS_MM[1:], errors, errors[1:], strict=False)
    ]


def _error_k(spacing_mm: float) -> float:
    n = round(_SIDE_MM / spacing_mm)
    grid = VoxelGrid.axis_aligned((n, n, n), spacing_mm, (0, 0, 0), "verification")
    wave = np.cos(2 * np.pi * (np.arange(n) + 0.5) / n)
    shape = wave[:, None, None] * wave[None, :, None] * wave[None, None, :]
    capacity = _SOFT.density_kg_m3 * _SOFT.specific_heat_j_kgk
    # the wave number of every direction is 2 pi / side
    rate = 3 * _SOFT.conductivity_w_mk * (2 * np.pi / (_SIDE_MM * 1e-3)) ** 2 + _SOFT.perfusion_1_s * BLOOD_J_M3K
    exact = 37.0 + _RISE_K * np.exp(-rate / capacity * _TIME_S) * shape
    result = solve(
        ThermalRequest(
            fields=uniform_fields(grid, _SOFT),
            applicators=(),
            schedule=(Phase(kind="on", duration_s=_TIME_S),),
            boundary="insulated",
            stasis_cem43_min=None,
            initial_c=37.0 + _RISE_K * shape,
            max_step_s=0.5,
        ),
        no_progress(),
    )
    return float(np.sqrt(np.mean((result.final_c - exact) ** 2)))
