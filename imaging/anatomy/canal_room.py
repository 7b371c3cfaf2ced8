"""The room within the canal's wall."""

from __future__ import annotations

import numpy as np

from imaging.anatomy.canal import Canal
from imaging.geometry import Floats, VoxelGrid
from imaging.labels import Bools, Box, Mask
from imaging.later import cc3d, spatial

_WIDEST_MM = 18.0
_SLAB_MM = 2.0


def within_canal(canal: Canal, places_mm: Floats, margin_mm: float = 0.0) -> Bools:
    """Return which places, shape (n, 3) in LPS, lie within the canal's wall or at most a margin outside it."""
    spine = canal.spine
    away, nearest = spatial.cKDTree(spine.points_mm).query(places_mm, distance_upper_bound=_WIDEST_MM + margin_mm)
    near = np.flatnonzero(np.isfinite(away))
    row, offset = nearest[near], places_mm[near] - spine.points_mm[nearest[near]]
    left, front, along = (np.einsum("nc,nc->n", offset, axis[row]) for axis in (spine.left, spine.front, spine.down))
    rays = canal.wall_mm.shape[1]
    angle = (np.arctan2(front, left) % (2 * np.pi)) * rays / (2 * np.pi)
    first = np.floor(angle).astype(int) % rays
    part = angle - np.floor(angle)
    wall = (1 - part) * canal.wall_mm[row, first] + part * canal.wall_mm[row, (first + 1) % rays]
    inside = np.zeros(len(places_mm), bool)
    inside[near] = (np.hypot(left, front) <= wall + margin_mm) & (abs(along) <= _SLAB_MM)
    return inside


def canal_mask(canal: Canal, grid: VoxelGrid) -> Mask:
    """Return the voxels within the canal's wall, in one piece."""
    points = canal.spine.points_mm
    box = Box.around(grid, points.min(axis=0) - _WIDEST_MM, points.max(axis=0) + _WIDEST_MM)
    if box.empty:
        return Mask.empty(grid)
    kji = np.indices(box.shape_kji).reshape(3, -1).T + np.array(box.start_kji)
    inside = within_canal(canal, grid.to_lps(kji[:, ::-1])).reshape(box.shape_kji)
    return Mask.from_array(grid, cc3d.largest_k(inside, k=1).astype(bool), box.start_kji)
