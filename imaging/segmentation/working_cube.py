"""A cube of equal steps about a click, on which tools work whatever the CT's slices are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.affine_sampling import sample_linear
from imaging.geometry import Floats, VoxelGrid
from imaging.labels import Bools, Box
from imaging.later import ndimage
from imaging.volume import Volume

_STEPS_ACROSS = 74
_FINEST_MM = 0.7


@dataclass(frozen=True, eq=False)
class WorkingCube:
    """HU about a point, by trilinear interpolation on axes that run along the CT's own.

    Attributes
    ----------
    hu : ndarray of float32, shape (k, j, i)
    grid : VoxelGrid
    inside : ndarray of bool
        Which points the CT shows; the others repeat its edge.
    """

    hu: npt.NDArray[np.float32]
    grid: VoxelGrid
    inside: Bools

    @property
    def step_mm(self) -> float:
        return float(self.grid.spacing_ijk_mm[0])

    @property
    def anisotropy(self) -> tuple[float, float, float]:
        return (self.step_mm,) * 3

    def centre_of(self, kji: npt.ArrayLike) -> Floats:
        """Return the LPS position of an index."""
        return self.grid.to_lps(np.asarray(kji, float)[::-1])

    def distance_mm(self, lps_mm: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Return the distance of every point from one point."""
        # The axes are perpendicular, as those of a CT are, so that squares add up along them.
        i, j, k = (self.grid.to_ijk(lps_mm)[n] - np.arange(self.hu.shape[2 - n]) for n in range(3))
        squares = k[:, None, None] ** 2 + j[None, :, None] ** 2 + i[None, None, :] ** 2
        return np.asarray(np.sqrt(squares) * self.step_mm, dtype=np.float32)

    def smoothed(self, sigma_mm: float) -> npt.NDArray[np.float32]:
        """Return the HU smoothed by a Gaussian."""
        return np.asarray(ndimage.gaussian_filter(self.hu, sigma_mm / self.step_mm, truncate=3.0))

    def above_zero(self, grid: VoxelGrid, level: npt.NDArray[np.float32], near: Bools) -> tuple[Box, Bools]:
        """Return which voxels of the CT lie where a field is above zero, in the box around ``near``."""
        at = np.argwhere(near)
        low, high = at.min(axis=0) - 1, at.max(axis=0) + 1
        corners = np.array(np.meshgrid(*zip(low, high, strict=True), indexing="ij")).reshape(3, -1).T
        lps = self.grid.to_lps(corners[:, ::-1])
        box = Box.around(grid, lps.min(axis=0), lps.max(axis=0))
        if box.empty:
            return box, np.zeros(box.shape_kji, bool)
        part = grid.crop(box.start_kji, box.stop_kji)
        matrix = (self.grid.ijk_from_lps @ part.lps_from_ijk)[:3]
        values = sample_linear(level, matrix[:, :3][::-1, ::-1], matrix[:, 3][::-1], box.shape_kji, -1.0)
        return box, np.asarray(values > 0)


def cube_around(
    volume: Volume, middle_mm: npt.ArrayLike, half_mm: float, steps_across: int = _STEPS_ACROSS
) -> WorkingCube:
    """Return the CT about a point, up to ``half_mm`` along each axis.

    Parameters
    ----------
    volume : Volume
    middle_mm : array_like, shape (3,)
    half_mm : float
    steps_across : int
        Unless the finest step is wider.
    """
    grid = volume.grid
    step_mm = max(_FINEST_MM, 2 * half_mm / steps_across)
    count = 2 * int(np.ceil(half_mm / step_mm)) + 1
    matrix = np.eye(4)
    matrix[:3, :3] = grid.directions * step_mm
    matrix[:3, 3] = np.asarray(middle_mm, float) - matrix[:3, :3] @ np.full(3, (count - 1) / 2)
    cube = VoxelGrid(shape_kji=(count,) * 3, lps_from_ijk=matrix, frame_uid=grid.frame_uid)
    low, high = cube.bounds_mm
    box = Box.around(grid, low, high)
    to_ct = (grid.ijk_from_lps @ matrix)[:3]
    offset = to_ct[:, 3][::-1] - np.array(box.start_kji)
    # Steps wider than the CT's voxels would take its noise as it stands: what a step spans is averaged first.
    spacing_mm = grid.spacing_ijk_mm[::-1]
    part = volume.hu[box.slices].astype(np.float32)
    wide = np.maximum(np.rint(step_mm / spacing_mm), 1).astype(int)
    if wide.max() > 1:
        part = ndimage.uniform_filter(part, tuple(int(n) for n in wide), mode="nearest")
    hu = ndimage.affine_transform(
        part, to_ct[:, :3][::-1, ::-1], offset, cube.shape_kji, np.float32, order=1, mode="nearest"
    )
    kji = [np.arange(count) * (step_mm / spacing_mm[n]) + offset[n] for n in range(3)]
    shown = [(at >= -0.5) & (at <= part.shape[n] - 0.5) for n, at in enumerate(kji)]
    inside = shown[0][:, None, None] & shown[1][None, :, None] & shown[2][None, None, :]
    return WorkingCube(np.asarray(hu), cube, np.asarray(inside))
