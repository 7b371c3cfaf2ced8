"""Parts of masks that fall between the cells of a grid, laid voxel by voxel."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from imaging.geometry import VoxelGrid
from imaging.labels import Box, Mask
from imaging.later import ndimage

_PASSED_OVER_CELLS = 0.5
"""A voxel of a mask whose centre is told to lie farther than this outside it is passed over; one at a flat face is told to lie less."""


def lay_thin_parts(away_mm: npt.NDArray[np.float32], grid: VoxelGrid, mask: Mask, reach_mm: float) -> None:
    """Take the distance to those voxels of a mask that its distance on cells passes over.

    Parameters
    ----------
    away_mm : ndarray of float32, shape ``grid.shape_kji``
        Distance to the mask as cells tell it whose centres lie in it, from half a cell before them; changed in place.
    grid : VoxelGrid
        Cubes along LPS.
    mask : Mask
    reach_mm : float
        Farther away nothing is changed.
    """
    low, high = grid.bounds_mm
    near, own = Box.around(mask.grid, low, high), mask.box
    start = tuple(max(a, b) for a, b in zip(near.start_kji, own.start_kji, strict=True))
    stop = tuple(min(a, b) for a, b in zip(near.stop_kji, own.stop_kji, strict=True))
    box = Box((start[0], start[1], start[2]), (stop[0], stop[1], stop[2]))
    if box.empty:
        return
    cell_mm = float(grid.spacing_ijk_mm[0])
    to_cells = grid.ijk_from_lps @ mask.grid.crop(box.start_kji, box.stop_kji).lps_from_ijk
    centres = _out_of_cells(away_mm, mask.array(box), to_cells[:3, :3], to_cells[:3, 3])
    told_mm = ndimage.map_coordinates(away_mm, centres.T[::-1], order=1, mode="nearest")
    passed_over = centres[told_mm > _PASSED_OVER_CELLS * cell_mm]
    half = mask.grid.spacing_ijk_mm / 2 / cell_mm
    _lay(away_mm, passed_over, mask.grid.directions, half, reach_mm / cell_mm, cell_mm)


@numba.njit(cache=True, nogil=True)
def _out_of_cells(away_mm, inside, turn, offset):  # type: ignore[no-untyped-def]
    """Centres, in cells, of the voxels inside whose nearest cell is not."""
    nk, nj, ni = away_mm.shape
    found = []
    for k in range(inside.shape[0]):
        for j in range(inside.shape[1]):
            for i in range(inside.shape[2]):
                if not inside[k, j, i]:
                    continue
                x = turn[0, 0] * i + turn[0, 1] * j + turn[0, 2] * k + offset[0]
                y = turn[1, 0] * i + turn[1, 1] * j + turn[1, 2] * k + offset[1]
                z = turn[2, 0] * i + turn[2, 1] * j + turn[2, 2] * k + offset[2]
                a, b, c = int(np.rint(x)), int(np.rint(y)), int(np.rint(z))
                if 0 <= a < ni and 0 <= b < nj and 0 <= c < nk and away_mm[c, b, a] > 0:
                    found.append((x, y, z))
    centres = np.empty((len(found), 3))
    for n in range(len(found)):
        centres[n, 0], centres[n, 1], centres[n, 2] = found[n]
    return centres


@numba.njit(cache=True, fastmath=True, nogil=True)
def _lay(away_mm, centres, axes, half, reach, cell_mm):  # type: ignore[no-untyped-def]
    """The distance to the faces of voxels; everything but `away_mm` is in cells."""
    nk, nj, ni = away_mm.shape
    far = reach + np.sqrt(half[0] ** 2 + half[1] ** 2 + half[2] ** 2)
    for n in range(len(centres)):
        x, y, z = centres[n]
        for k in range(max(int(z - far), 0), min(int(z + far) + 2, nk)):
            for j in range(max(int(y - far), 0), min(int(y + far) + 2, nj)):
                for i in range(max(int(x - far), 0), min(int(x + far) + 2, ni)):
                    px, py, pz = i - x, j - y, k - z
                    # Along the voxel's own axes, as far as it lies beyond its faces.
                    u = max(abs(axes[0, 0] * px + axes[1, 0] * py + axes[2, 0] * pz) - half[0], 0.0)
                    v = max(abs(axes[0, 1] * px + axes[1, 1] * py + axes[2, 1] * pz) - half[1], 0.0)
                    w = max(abs(axes[0, 2] * px + axes[1, 2] * py + axes[2, 2] * pz) - half[2], 0.0)
                    wall_mm = np.sqrt(u * u + v * v + w * w) * cell_mm
                    if wall_mm < away_mm[k, j, i]:
                        away_mm[k, j, i] = wall_mm
