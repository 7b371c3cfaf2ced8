"""The middle of the body as the canal shows it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from imaging.geometry import Floats
from imaging.labels import Mask
from imaging.structures import StructureKind, Tube
from planning.model.case import Case
from planning.model.point import Point

_BEYOND_MM = 60.0
"""So far above and below its ends the canal still tells where the middle is."""


def canal_axis_mm(case: Case) -> Floats | None:
    """Return points along the middle of the canal, LPS, shape (n, 3); None where no canal is outlined."""
    canals = [s.shape for s in case.of_kind(StructureKind.CANAL)]
    return _axis(canals[0]) if canals else None


def from_midline_mm(case: Case, point_mm: Point) -> float | None:
    """Return how far to the patient's left of the canal's middle, at its own level, a point lies; negative to the right.

    Returns
    -------
    float or None
        None where no canal is outlined, or none within 60 mm of that level.
    """
    axis = canal_axis_mm(case)
    if axis is None:
        return None
    nearest = axis[np.abs(axis[:, 2] - point_mm[2]).argmin()]
    if abs(nearest[2] - point_mm[2]) > _BEYOND_MM:
        return None
    return float(point_mm[0] - nearest[0])


@lru_cache(maxsize=8)
def _axis(canal: Mask | Tube) -> Floats:
    """Points along the middle of a canal, one a slice."""
    if isinstance(canal, Tube):
        return canal.resampled(2.0).points_mm
    points = canal.points_mm()
    level = np.round(points[:, 2])
    return np.array([points[level == z].mean(axis=0) for z in np.unique(level)])
