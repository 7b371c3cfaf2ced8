"""Distances to nerves laid on a grid, piece by piece."""

from __future__ import annotations

from collections.abc import Sequence

import numba
import numpy as np
import numpy.typing as npt

from imaging.geometry import VoxelGrid
from imaging.structures import Tube

_LONGEST_PIECE_MM = 4.0


def lay_tubes(away_mm: npt.NDArray[np.float32], grid: VoxelGrid, tubes: Sequence[Tube], reach_mm: float) -> None:
    """Take the distance to the walls of tubes where it is smaller than what is there.

    Parameters
    ----------
    away_mm : ndarray of float32, shape ``grid.shape_kji``
        Changed in place.
    grid : VoxelGrid
        Cubes along LPS.
    tubes : sequence of Tube
    reach_mm : float
        Farther away nothing is changed.
    """
    origin, step = grid.origin_mm, float(grid.spacing_ijk_mm[0])
    for tube in tubes:
        fine = tube.resampled(_LONGEST_PIECE_MM)
        _lay(away_mm, (fine.points_mm - origin) / step, fine.radii_mm / step, reach_mm / step, step)


@numba.njit(cache=True, fastmath=True, nogil=True)
def _lay(away_mm, points, radii, reach, step):  # type: ignore[no-untyped-def]
    nk, nj, ni = away_mm.shape
    for n in range(len(points) - 1):
        ax, ay, az = points[n]
        dx, dy, dz = points[n + 1] - points[n]
        length2 = max(dx * dx + dy * dy + dz * dz, 1e-12)
        r0, dr = radii[n], radii[n + 1] - radii[n]
        far = reach + max(r0, r0 + dr)
        i0, i1 = max(int(min(ax, ax + dx) - far), 0), min(int(max(ax, ax + dx) + far) + 2, ni)
        j0, j1 = max(int(min(ay, ay + dy) - far), 0), min(int(max(ay, ay + dy) + far) + 2, nj)
        k0, k1 = max(int(min(az, az + dz) - far), 0), min(int(max(az, az + dz) + far) + 2, nk)
        for k in range(k0, k1):
            for j in range(j0, j1):
                for i in range(i0, i1):
                    px, py, pz = i - ax, j - ay, k - az
                    t = min(max((px * dx + py * dy + pz * dz) / length2, 0.0), 1.0)
                    px, py, pz = px - t * dx, py - t * dy, pz - t * dz
                    wall = (np.sqrt(px * px + py * py + pz * pz) - r0 - t * dr) * step
                    if wall < away_mm[k, j, i]:
                        away_mm[k, j, i] = wall
