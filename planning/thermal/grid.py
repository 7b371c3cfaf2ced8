"""The box a prediction is computed in."""

from __future__ import annotations

import numpy as np

from imaging.geometry import VoxelGrid
from planning.errors import PlanError
from planning.thermal.applicator import Applicator
from planning.thermal.request import check_grid

DEFAULT_REACH_MM = 42.0
"""Beyond the active parts; ten minutes of freezing move the far tissue by less than half a degree there."""


def simulation_grid(
    applicators: tuple[Applicator, ...],
    frame_uid: str,
    spacing_mm: float = 1.0,
    reach_mm: float = DEFAULT_REACH_MM,
) -> VoxelGrid:
    """Return a box along L, P, S around the active parts of some applicators.

    Parameters
    ----------
    applicators : tuple of Applicator
        At least one.
    frame_uid : str
        Frame of reference of the applicators.
    spacing_mm : float
    reach_mm : float
        How far the box goes beyond the active parts.

    Raises
    ------
    PlanError
        ``request-invalid`` without applicators or with a spacing or reach that is not above zero;
        ``grid-too-large``.
    """
    if not applicators:
        raise PlanError("There is no probe to simulate.", code="request-invalid", hint="Place a probe first.")
    for name, value in (("spacing", spacing_mm), ("reach", reach_mm)):
        if not (np.isfinite(value) and value > 0):
            raise PlanError(f"A {name} of {value} mm is not above zero.", code="request-invalid")
    ends = np.concatenate([a.active_points_mm for a in applicators])
    low, high = ends.min(axis=0) - reach_mm, ends.max(axis=0) + reach_mm
    n_i, n_j, n_k = (int(n) for n in np.ceil((high - low) / spacing_mm) + 1)
    origin = 0.5 * (low + high) - 0.5 * spacing_mm * (np.array([n_i, n_j, n_k]) - 1)
    grid = VoxelGrid.axis_aligned((n_k, n_j, n_i), spacing_mm, origin, frame_uid)
    check_grid(grid)
    return grid
