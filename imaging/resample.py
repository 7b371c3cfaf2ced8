"""Bring a volume, mask or tube onto another grid."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from imaging.affine_sampling import sample_linear, sample_nearest
from imaging.geometry import Floats, VoxelGrid
from imaging.labels import Bools, Box, Mask
from imaging.later import ndimage
from imaging.structures import Tube
from imaging.volume import Volume

_SEGMENTS_AT_ONCE = 12


def resample_hu(volume: Volume, grid: VoxelGrid) -> npt.NDArray[np.float32]:
    """Return the CT on another grid by trilinear interpolation.

    Parameters
    ----------
    volume : Volume
    grid : VoxelGrid
        In the same frame of reference.

    Returns
    -------
    ndarray of float32, shape ``grid.shape_kji``
        NaN outside the CT.
    """
    volume.grid.require_same_frame(grid, "The other grid")
    matrix, offset = _index_map(volume.grid, grid)
    return sample_linear(volume.hu, matrix, offset, grid.shape_kji, np.nan)


def hu_at(volume: Volume, places_mm: Floats) -> Floats:
    """Return the CT at places, linear between voxels; a place outside reads the nearest voxel.

    Parameters
    ----------
    volume : Volume
    places_mm : ndarray, shape (..., 3)
        LPS; only the part of the CT around them is read.

    Returns
    -------
    ndarray, shape (...)
    """
    ijk = volume.grid.to_ijk(places_mm.reshape(-1, 3))
    low = np.clip(np.floor(ijk.min(axis=0)).astype(int) - 1, 0, None)
    high = np.ceil(ijk.max(axis=0)).astype(int) + 2
    near = volume.hu[low[2] : high[2], low[1] : high[1], low[0] : high[0]].astype(np.float32)
    hu = ndimage.map_coordinates(near, (ijk - low).T[::-1], order=1, mode="nearest")
    return np.asarray(hu.reshape(places_mm.shape[:-1]), float)


def rasterise(shape: Mask | Tube, grid: VoxelGrid) -> Bools:
    """Return which voxel centres of another grid lie in a structure.

    Parameters
    ----------
    shape : Mask or Tube
    grid : VoxelGrid

    Returns
    -------
    ndarray of bool, shape ``grid.shape_kji``
        A mask is sampled at its nearest voxel, a tube exactly.
    """
    if isinstance(shape, Tube):
        return _rasterised_tube(shape, grid)
    shape.grid.require_same_frame(grid, "The structure")
    out = np.zeros(grid.shape_kji, bool)
    low, high = grid.bounds_mm
    box = Box.around(shape.grid, low, high)
    if box.empty:
        return out
    matrix, offset = _index_map(shape.grid, grid)
    inside = sample_nearest(shape.array(box).view(np.uint8), matrix, offset - np.array(box.start_kji), grid.shape_kji)
    return inside.view(np.bool_)


def _rasterised_tube(tube: Tube, grid: VoxelGrid) -> Bools:
    """Piece by piece, each with the voxels of its own box."""
    out = np.zeros(grid.shape_kji, bool)
    reach_mm = float(tube.radii_mm.max())
    for start in range(0, len(tube.points_mm) - 1, _SEGMENTS_AT_ONCE):
        of_piece = slice(start, start + _SEGMENTS_AT_ONCE + 1)
        points = tube.points_mm[of_piece]
        box = Box.around(grid, points.min(axis=0) - reach_mm, points.max(axis=0) + reach_mm)
        if box.empty or np.ptp(points, axis=0).max() == 0:
            continue
        kji = np.indices(box.shape_kji).reshape(3, -1).T + np.array(box.start_kji)
        inside = Tube(points, tube.radii_mm[of_piece]).signed_distance_mm(grid.to_lps(kji[:, ::-1])) <= 0
        out[box.slices] |= inside.reshape(box.shape_kji)
    return out


def _index_map(source: VoxelGrid, target: VoxelGrid) -> tuple[Floats, Floats]:
    """Matrix and offset that take kji indices of ``target`` to kji indices of ``source``."""
    ijk = source.ijk_from_lps @ target.lps_from_ijk
    return ijk[:3, :3][::-1, ::-1], ijk[:3, 3][::-1]
