"""Thick slices: the largest, smallest or mean density across a slab of a CT."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats, VoxelGrid
from imaging.volume import Volume

_ALONG: Final = 1 - 1e-6
"""The cosine from which on a direction is that of an axis."""
_HAIR: Final = 1e-6


class Projection(enum.StrEnum):
    """What of the densities across a slab is shown."""

    LARGEST = "MIP"
    SMALLEST = "MinIP"
    MEAN = "mean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slab:
    """A thick slice.

    Attributes
    ----------
    projection : Projection
    thickness_mm : float
        Half of it on either side of the plane.
    """

    projection: Projection
    thickness_mm: float


def axis_along(grid: VoxelGrid, normal: Floats) -> int | None:
    """Return which axis (0 for i, 1 for j, 2 for k) a direction runs along, either way; None for an oblique one.

    Parameters
    ----------
    grid : VoxelGrid
    normal : ndarray, shape (3,)
        A unit vector, LPS.
    """
    cosines = np.abs(normal @ grid.directions)
    axis = int(cosines.argmax())
    return axis if cosines[axis] >= _ALONG else None


def layers_within(grid: VoxelGrid, axis: int, place_mm: Floats, thickness_mm: float) -> tuple[int, int]:
    """Return the layers of voxels whose middles lie in a slab; the nearest one, where it lies between two.

    Parameters
    ----------
    grid : VoxelGrid
    axis : int
        0 for i, 1 for j, 2 for k: across the slab.
    place_mm : ndarray, shape (3,)
        A point in the middle of the slab, LPS.
    thickness_mm : float

    Returns
    -------
    start, stop : int
        ``stop`` is beyond the last layer; both are equal where the slab lies outside the volume.
    """
    count = grid.shape_kji[2 - axis]
    middle = float(grid.to_ijk(place_mm)[axis])
    half = thickness_mm / 2 / float(grid.spacing_ijk_mm[axis])
    start, stop = int(np.ceil(middle - half - _HAIR)), int(np.floor(middle + half + _HAIR)) + 1
    if stop <= start:
        start = round(middle)
        stop = start + 1
    start, stop = max(start, 0), min(stop, count)
    return (start, stop) if start < stop else (0, 0)


def projected(volume: Volume, axis: int, start: int, stop: int, projection: Projection) -> npt.NDArray[np.int16]:
    """Return what layers of voxels come to, as one layer.

    Parameters
    ----------
    volume : Volume
    axis : int
        0 for i, 1 for j, 2 for k: across the layers.
    start, stop : int
        ``stop`` is beyond the last layer.
    projection : Projection

    Returns
    -------
    ndarray
        Shape of the volume, but 1 along that axis.
    """
    across = 2 - axis
    layers = volume.hu[tuple(slice(start, stop) if n == across else slice(None) for n in range(3))]
    match projection:
        case Projection.LARGEST:
            return np.asarray(layers.max(axis=across, keepdims=True))
        case Projection.SMALLEST:
            return np.asarray(layers.min(axis=across, keepdims=True))
        case Projection.MEAN:
            mean = np.asarray(layers.mean(axis=across, dtype=np.float32, keepdims=True))
            return np.asarray(np.rint(mean), np.int16)
