"""Thermal dose between voxels, read by its logarithm.

A kelvin doubles a dose, so that between neighbours it may grow a hundredfold where temperature rises by a few kelvins, and a
straight line between them would read many times too much.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats, VoxelGrid
from imaging.later import ndimage

DOSE_PER_K = 2.0
"""A kelvin doubles a dose from 43 °C on (Sapareto and Dewey 1984)."""
_LEAST_MIN = 0.01
"""What less of a dose there is counts for nothing; about what three minutes add at 39 °C, from where doses are counted."""
_HAIR = 1 + 1e-9


def dose_at_min(dose_min: npt.NDArray[np.floating], grid: VoxelGrid, points_mm: npt.ArrayLike) -> Floats:
    """Return a dose at points, its logarithm interpolated linearly along each axis.

    Parameters
    ----------
    dose_min : ndarray, shape ``grid.shape_kji``
        Equivalent minutes at 43 °C.
    grid : VoxelGrid
    points_mm : array_like, shape (n, 3)

    Returns
    -------
    ndarray, shape (n,)
        0 outside the grid and where it is negligible.
    """
    kji = grid.to_ijk(np.atleast_2d(np.asarray(points_mm, float)))[:, ::-1]
    within = ((kji >= 0) & (kji <= np.array(dose_min.shape) - 1)).all(axis=1)
    found = np.zeros(len(kji))
    if not within.any():
        return found
    kji = kji[within]
    # A logarithm costs more than the reading: only of the voxels around the points.
    low, high = np.floor(kji.min(axis=0)).astype(int), np.ceil(kji.max(axis=0)).astype(int) + 1
    around = dose_min[tuple(slice(a, b) for a, b in zip(low, high, strict=True))].astype(np.float64)
    read = ndimage.map_coordinates(np.log2(np.maximum(around, _LEAST_MIN)), (kji - low).T, order=1, mode="nearest")
    dose = np.exp2(read)
    found[within] = np.where(dose > _LEAST_MIN * _HAIR, dose, 0.0)
    return found
