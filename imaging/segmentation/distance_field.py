"""The distance to a mask's surface, finer than its voxels and true on slices of any thickness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.errors import ImagingError
from imaging.geometry import VoxelGrid
from imaging.labels import Box, Mask
from imaging.later import edt, ndimage

_FINEST_MM = 0.4
_MOST_POINTS = 5_000_000
# Half a voxel or so: turns the staircase of voxels into the surface it stands for.
_SMOOTHING_VOXELS = 0.7


@dataclass(frozen=True, eq=False)
class DistanceField:
    """Signed distance to a surface, negative inside, on a fine grid around it.

    Attributes
    ----------
    values_mm : ndarray of float32
    grid : VoxelGrid
        Of the fine points, along the axes of the CT.
    reach_mm : float
        Beyond this from the mask the distance is only known to be more.
    """

    values_mm: npt.NDArray[np.float32]
    grid: VoxelGrid
    reach_mm: float

    def on(self, grid: VoxelGrid, box: Box) -> npt.NDArray[np.float32]:
        """Return the distance of the voxels of a CT in a box."""
        matrix = (self.grid.ijk_from_lps @ grid.crop(box.start_kji, box.stop_kji).lps_from_ijk)[:3]
        return np.asarray(
            ndimage.affine_transform(
                self.values_mm, matrix[:, :3][::-1, ::-1], matrix[:, 3][::-1], box.shape_kji, np.float32,
                order=1, mode="constant", cval=self.reach_mm,
            )
        )  # fmt: skip


def distance_field(mask: Mask, reach_mm: float) -> DistanceField:
    """Return the distance to a mask's surface, which encloses exactly the volume of its voxels.

    Parameters
    ----------
    mask : Mask
    reach_mm : float
        How far around the mask it is asked for.

    Raises
    ------
    ImagingError
        ``mask-empty``.
    """
    if mask.count == 0:
        raise ImagingError("There is no surface to measure from: the structure is empty.", code="mask-empty")
    grid, spacing_mm = mask.grid, mask.grid.spacing_ijk_mm[::-1]
    box = mask.box
    extent_mm = np.array(box.shape_kji) * spacing_mm + 2 * reach_mm
    step_mm = max(min(_FINEST_MM, float(spacing_mm.min())), float((extent_mm.prod() / _MOST_POINTS) ** (1 / 3)))
    shape = np.ceil(extent_mm / step_mm).astype(int) + 1
    matrix = np.eye(4)
    matrix[:3, :3] = grid.directions * step_mm
    middle = grid.to_lps(((np.array(box.start_kji) + np.array(box.stop_kji) - 1) / 2)[::-1])
    matrix[:3, 3] = middle - matrix[:3, :3] @ ((shape[::-1] - 1) / 2)
    fine = VoxelGrid(
        shape_kji=(int(shape[0]), int(shape[1]), int(shape[2])), lps_from_ijk=matrix, frame_uid=grid.frame_uid
    )
    pad = 3
    soft = ndimage.gaussian_filter(np.pad(mask.array(box), pad).astype(np.float32), _SMOOTHING_VOXELS, truncate=3.0)
    to_mask = (grid.ijk_from_lps @ matrix)[:3]
    values = ndimage.affine_transform(
        soft, to_mask[:, :3][::-1, ::-1], to_mask[:, 3][::-1] - np.array(box.start_kji) + pad, fine.shape_kji,
        np.float32, order=1, mode="constant", cval=0.0,
    )  # fmt: skip
    # The level that as many fine points exceed as the voxels have volume.
    count = int(np.clip(round(mask.volume_mm3 / step_mm**3), 1, values.size - 1))
    inside = values > max(float(np.partition(values.ravel(), values.size - count)[values.size - count]) - 1e-6, 0.0)
    steps = (step_mm,) * 3
    beyond_mm = edt.edt(~inside, anisotropy=steps) - step_mm / 2
    within_mm = edt.edt(inside, anisotropy=steps) - step_mm / 2
    return DistanceField(np.where(inside, -within_mm, beyond_mm).astype(np.float32), fine, reach_mm)
