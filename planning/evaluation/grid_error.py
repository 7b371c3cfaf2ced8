"""How far a predicted temperature may be off because of the grid it was computed on."""

from __future__ import annotations

import numpy as np

from imaging.distance import sample
from planning.model.point import Point
from planning.model.zone import PredictedZone

OFF_CELLS = 0.5
"""By so much of a cell the grid may misplace a temperature, however steep it is there."""

DOSE_PER_K = 2.0
"""A kelvin doubles a dose from 43 °C on (Sapareto and Dewey 1984)."""


def grid_error_k(zone: PredictedZone, at_mm: Point) -> float:
    """Return by how many kelvins a zone may be off at a place: by as much as temperatures differ over a part of a cell.

    Parameters
    ----------
    zone : PredictedZone
    at_mm : tuple of float
    """
    step_mm = zone.grid.spacing_ijk_mm
    steps = np.concatenate([np.diag(step_mm), -np.diag(step_mm)])
    read_c = sample(zone.extreme_c, zone.grid, np.asarray(at_mm) + steps, outside=zone.body_c)
    slopes_k_per_cell = (read_c[:3] - read_c[3:]) / 2
    return OFF_CELLS * float(np.linalg.norm(slopes_k_per_cell))
