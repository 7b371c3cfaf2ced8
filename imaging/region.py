"""Hounsfield units of a region that is drawn in a plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats, VoxelGrid
from imaging.later import measure
from imaging.volume import Volume


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionStatistics:
    """Hounsfield units in a region.

    Attributes
    ----------
    mean_hu, deviation_hu : float
        Over all voxels; the deviation is theirs, and not an estimate for more than these.
    lowest_hu, highest_hu : float
    count : int
        Voxels of the plane's lattice.
    """

    mean_hu: float
    deviation_hu: float
    lowest_hu: float
    highest_hu: float
    count: int


def region_statistics(
    volume: Volume, outline_mm: Floats, right: npt.ArrayLike, down: npt.ArrayLike
) -> RegionStatistics | None:
    """Return the Hounsfield units inside an outline in any plane of the CT; None where no voxel lies inside.

    Each place of the plane's lattice inside the outline (see `lattice_inside`) counts once, with the value of the voxel of the
    CT that holds it: nothing is smoothed, so that the deviation is that of the voxels. In an axial slice these are the voxels of
    that slice, each once; in planes across thick slices a voxel counts as often as places of the lattice lie in it.

    Parameters
    ----------
    volume : Volume
    outline_mm : ndarray, shape (n, 3)
        Corners, LPS, in one plane; closed from the last to the first.
    right, down : array_like, shape (3,)
        Unit vectors of the plane.
    """
    places = lattice_inside(volume.grid, outline_mm, right, down)
    if len(places) == 0:
        return None
    last = np.array(volume.grid.shape_kji[::-1]) - 1
    i, j, k = np.clip(np.rint(volume.grid.to_ijk(places)).astype(int), 0, last).T
    hu = volume.hu[k, j, i].astype(float)
    return RegionStatistics(
        mean_hu=float(hu.mean()), deviation_hu=float(hu.std()), lowest_hu=float(hu.min()), highest_hu=float(hu.max()),
        count=len(hu),
    )  # fmt: skip


def lattice_inside(grid: VoxelGrid, outline_mm: Floats, right: npt.ArrayLike, down: npt.ArrayLike) -> Floats:
    """Return the places of a plane's own lattice that lie inside an outline and inside the CT, LPS, shape (n, 3).

    The lattice has the smallest voxel spacing for its step, along both axes of the plane, and one of its places lies where the
    first voxel's centre falls on the plane: in slices along the rows and columns of square voxels its places are their centres.
    Places on the edge itself may count as inside or not.

    Parameters
    ----------
    grid : VoxelGrid
    outline_mm : ndarray, shape (n, 3)
    right, down : array_like, shape (3,)
    """
    axes = np.array([right, down], float)
    step_mm = float(grid.spacing_ijk_mm.min())
    first = grid.origin_mm + (outline_mm[0] - grid.origin_mm) @ (normal := np.cross(*axes)) * normal
    flat = (outline_mm - first) @ axes.T / step_mm
    low, high = np.ceil(flat.min(axis=0)).astype(int), np.floor(flat.max(axis=0)).astype(int)
    if (high < low).any():
        return np.empty((0, 3))
    columns, rows = (np.arange(a, b + 1) for a, b in zip(low, high, strict=True))
    at = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2).astype(float)
    inside = at[measure.points_in_poly(at, flat)]
    places = first + inside * step_mm @ axes
    return np.asarray(places[grid.contains(places)])
