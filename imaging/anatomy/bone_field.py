"""The bones of a CT on equal voxels along the plane of symmetry, each voxel with its place beside the spine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.spatial import cKDTree

from imaging.anatomy.spine import FoundSpine
from imaging.anatomy.straight import STEP_MM
from imaging.geometry import Floats, VoxelGrid
from imaging.labels import Bools, Mask
from imaging.resample import rasterise, resample_hu
from imaging.volume import Volume

WORKING_MM = 1.5
_DARKEST_HU, _BRIGHTEST_HU = -50.0, 700.0
_GAP_VOXELS = 3
"""A joint is narrower than this."""
_BESIDE_MM, _FROM_CANAL_MM = 75.0, 110.0
"""Bone farther from the plane of symmetry or from the canal has no place in the straightened spine."""
_BEFORE_MM, _BEYOND_MM = 60.0, 90.0
_RADIUS_MM = 9.0


@dataclass(frozen=True, eq=False)
class BoneField:
    """Bone voxels, n in all, in the order of ``np.argwhere(bone)``.

    Attributes
    ----------
    grid : VoxelGrid
        Equal spacings of `WORKING_MM`; i runs to the left, j to the back and k to the head of the plane of symmetry.
    bone : ndarray of bool, shape (k, j, i)
    gap_hu : ndarray of float32, shape (k, j, i)
        How much darker a voxel is than what lies on both sides of it: high in a joint.
    kji : ndarray of int64, shape (n, 3)
    left_mm, back_mm, up_mm : ndarray, shape (n,)
        Distances from a point of the plane of symmetry along its axes.
    s_mm, aside_mm, front_mm, radius_mm : ndarray, shape (n,)
        Place along the canal, to its left and in front of it, and the canal's radius there; NaN far from the canal.
    """

    grid: VoxelGrid
    bone: Bools
    gap_hu: npt.NDArray[np.float32]
    kji: npt.NDArray[np.int64]
    left_mm: Floats
    back_mm: Floats
    up_mm: Floats
    s_mm: Floats
    aside_mm: Floats
    front_mm: Floats
    radius_mm: Floats

    def of(self, array: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """Return the values of an array of the grid at the bone voxels, shape (n,)."""
        return array[tuple(self.kji.T)]

    def spread(self, values: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Return values of the bone voxels as an array of the grid, 0 elsewhere."""
        out = np.zeros(self.bone.shape, np.uint8)
        out[tuple(self.kji.T)] = values
        return out


def bone_field(volume: Volume, bone: Mask, spine: FoundSpine) -> BoneField:
    """Return the bones of a CT along its plane of symmetry.

    Parameters
    ----------
    volume : Volume
    bone : Mask
        On the volume's grid; not empty.
    spine : FoundSpine
    """
    midplane, canal = spine.midplane, spine.canal
    low, high = np.array(bone.box.start_kji), np.array(bone.box.stop_kji) - 1
    corners = np.array(np.meshgrid(*zip(low, high, strict=True), indexing="ij")).reshape(3, -1).T
    along = volume.grid.to_lps(corners[:, ::-1]) @ midplane.axes
    grid = VoxelGrid.along_axes(
        midplane.axes, along.min(axis=0), along.max(axis=0), WORKING_MM, volume.grid.frame_uid
    )
    inside = rasterise(bone, grid)
    hu = np.clip(np.nan_to_num(resample_hu(volume, grid), nan=_DARKEST_HU), _DARKEST_HU, _BRIGHTEST_HU)
    gap_hu = ndimage.grey_closing(hu, size=_GAP_VOXELS) - hu
    kji = np.argwhere(inside)
    places = grid.to_lps(kji[:, ::-1])
    away = (places - midplane.point_mm) @ midplane.axes
    straight = canal.spine
    s = np.arange(-_BEFORE_MM, straight.length_mm + _BEYOND_MM, STEP_MM)
    course = straight.to_lps(s, 0.0, 0.0)
    at = np.clip(np.rint(s / STEP_MM).astype(int), 0, len(straight.points_mm) - 1)
    near = np.flatnonzero(abs(away[:, 0]) < _BESIDE_MM)
    _, row = cKDTree(course).query(places[near], distance_upper_bound=_FROM_CANAL_MM)
    near, row = near[row < len(s)], row[row < len(s)]
    offset, row_at = places[near] - course[row], at[row]
    beside = np.full((4, len(kji)), np.nan)
    for n, axis in enumerate((straight.down, straight.left, straight.front)):
        beside[n, near] = np.einsum("nc,nc->n", offset, axis[row_at])
    beside[0, near] += s[row]
    radii = ndimage.gaussian_filter1d(canal.radii_mm, _RADIUS_MM / STEP_MM, mode="nearest")
    beside[3, near] = radii[row_at]
    return BoneField(grid, inside, gap_hu, kji, *away.T, *beside)
