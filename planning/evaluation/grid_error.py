"""How far a predicted temperature may be off because of the grid it was computed on.

The numbers are fitted to `sacroplan verify --risk`, so that none of its 493 alarms in 200 plans is missed: by cold one lies
0.75 of a cell deeper, by heat half a cell and 5 % of the rise are enough. Tissue is read cell by cell, which misplaces
isotherms beside thin bone, fluid and metal; and the power of electrodes hangs on the few cells around them.
"""

from __future__ import annotations

import numpy as np

from imaging.distance import sample
from imaging.geometry import Floats
from planning.model.point import Point
from planning.model.zone import PredictedZone

OFF_CELLS_COLD, OFF_CELLS_HEAT = 0.8, 0.5
"""By so much of a cell a temperature may be misplaced, however steep it is there."""
OFF_BY_HEAT = 0.05
"""By so much of its rise above the body's a temperature by heat may be off besides."""


def grid_error_k(zone: PredictedZone, at_mm: Point) -> float:
    """Return by how many kelvins a zone may be off at a place.

    Parameters
    ----------
    zone : PredictedZone
    at_mm : tuple of float
    """
    return float(grid_errors_k(zone, np.array([at_mm]))[0])


def grid_errors_k(zone: PredictedZone, places_mm: Floats, on_mm: float | None = None) -> Floats:
    """Return by how many kelvins a zone may be off at places.

    Parameters
    ----------
    zone : PredictedZone
    places_mm : ndarray, shape (places, 3)
    on_mm : float, optional
        What it would be off on cells of this size; by default on its own.

    Returns
    -------
    ndarray, shape (places,)
    """
    step_mm = np.diag(zone.grid.spacing_ijk_mm)
    steps = np.concatenate([step_mm, -step_mm, np.zeros((1, 3))])
    read_c = sample(
        zone.extreme_c, zone.grid, (places_mm[:, None] + steps).reshape(-1, 3), outside=zone.body_c
    ).reshape(-1, 7)
    finer = 1.0 if on_mm is None else on_mm / float(zone.grid.spacing_ijk_mm.max())
    k_per_cell = finer * np.linalg.norm(read_c[:, :3] - read_c[:, 3:6], axis=1) / 2
    if zone.cold:
        return np.asarray(OFF_CELLS_COLD * k_per_cell, float)
    return np.asarray(OFF_CELLS_HEAT * k_per_cell + OFF_BY_HEAT * np.abs(read_c[:, 6] - zone.body_c), float)
