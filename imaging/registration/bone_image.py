"""A CT as it is registered: its skeleton, on equal voxels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from imaging.affine_sampling import sample_linear
from imaging.anatomy.body import propose_body
from imaging.errors import ImagingError
from imaging.geometry import Floats, VoxelGrid
from imaging.labels import Bools
from imaging.later import ndimage
from imaging.registration.errors import RegistrationError
from imaging.segmentation.pieces import remove_dust
from imaging.volume import AIR_HU, Volume

SPACING_MM = 2.0
BONE_HU = 180.0
"""Half-way from muscle to thin cortex, on voxels of 2 mm."""
BRIGHTEST_HU = 900.0
"""Denser than this is all the same: metal and its streaks must not pull."""
_METAL_HU = 2000.0
_METAL_MARGIN_MM = 6.0
_SMALLEST_PIECE_MM3 = 1000.0
_MARGIN_MM = 20.0


@dataclass(frozen=True, eq=False)
class BoneImage:
    """The skeleton of a CT.

    Attributes
    ----------
    grid : VoxelGrid
        Equal voxels along the CT's own axes, around its bones.
    hu : ndarray of float32, shape ``grid.shape_kji``
        Between soft tissue and dense bone; brighter and darker is cut off.
    seen : ndarray of bool, shape ``grid.shape_kji``
        What the CT shows, without what lies near metal.
    bone : ndarray of bool, shape ``grid.shape_kji``
    slice_mm : float
        Distance of the CT's slices.
    """

    grid: VoxelGrid
    hu: npt.NDArray[np.float32]
    seen: Bools
    bone: Bools
    slice_mm: float

    @property
    def bone_cm3(self) -> float:
        return float(np.count_nonzero(self.bone)) * self.grid.voxel_volume_mm3 / 1000

    @cached_property
    def bone_points_mm(self) -> Floats:
        """Centres of the voxels of bone, shape (n, 3), LPS."""
        return self.grid.to_lps(np.argwhere(self.bone)[:, ::-1])


def bone_image(volume: Volume, what: str, least_cm3: float) -> BoneImage:
    """Return the skeleton of a CT.

    Parameters
    ----------
    volume : Volume
    what : str
        How a refusal calls this CT: ``The new CT``.
    least_cm3 : float
        Least bone to register on.

    Raises
    ------
    RegistrationError
        ``registration-no-bone`` if there is too little bone to register on.
    """
    hu, grid = _on_equal_voxels(volume)
    whole = Volume(hu=np.rint(hu).astype(np.int16), grid=grid, provenance=volume.provenance)
    try:
        body = propose_body(whole).array()
    except ImagingError:
        # a field too small to tell the body from the table shows no table
        body = np.ones(grid.shape_kji, bool)
    metal = ndimage.maximum_filter(hu, round(2 * _METAL_MARGIN_MM / SPACING_MM) + 1) > _METAL_HU
    bone = (hu > BONE_HU) & body & ~metal
    remove_dust(bone, round(_SMALLEST_PIECE_MM3 / grid.voxel_volume_mm3))
    image = BoneImage(grid, np.clip(hu, 0.0, BRIGHTEST_HU), ~metal, bone, float(volume.grid.spacing_ijk_mm[2]))
    if image.bone_cm3 < least_cm3:
        raise _no_bone(what, image.bone_cm3, least_cm3)
    return _around_bone(image)


def _no_bone(what: str, bone_cm3: float, least_cm3: float) -> RegistrationError:
    return RegistrationError(
        f"{what} shows {bone_cm3:.0f} cm³ of bone, too little to register on: {least_cm3:.0f} cm³ are needed.",
        code="registration-no-bone",
        hint="Choose a CT of the same region with bone in it, at least 20 mm high.",
        context={"bone_cm3": bone_cm3},
    )


def _on_equal_voxels(volume: Volume) -> tuple[npt.NDArray[np.float32], VoxelGrid]:
    """The CT on voxels of `SPACING_MM` along its own axes, blurred before where its own are smaller."""
    old = volume.grid
    steps = SPACING_MM / old.spacing_ijk_mm[::-1]
    sigma = np.where(steps > 1, 0.5 * np.sqrt(np.maximum(steps**2 - 1, 0)), 0.0)
    smooth = ndimage.gaussian_filter(volume.hu, sigma, output=np.float32, truncate=2.5)
    n = np.floor((np.array(old.shape_kji) - 1) / steps + 1e-9).astype(int) + 1
    matrix = old.lps_from_ijk.copy()
    matrix[:3, :3] = old.directions * SPACING_MM
    grid = VoxelGrid(shape_kji=(int(n[0]), int(n[1]), int(n[2])), lps_from_ijk=matrix, frame_uid=old.frame_uid)
    return sample_linear(smooth, np.diag(steps), np.zeros(3), grid.shape_kji, AIR_HU), grid


def _around_bone(image: BoneImage) -> BoneImage:
    margin = round(_MARGIN_MM / SPACING_MM)
    at = np.argwhere(image.bone)
    start = np.maximum(at.min(axis=0) - margin, 0)
    stop = np.minimum(at.max(axis=0) + margin + 1, image.bone.shape)
    box = tuple(slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))
    grid = image.grid.crop(tuple(start.tolist()), tuple(stop.tolist()))
    return BoneImage(grid, image.hu[box], image.seen[box], image.bone[box], image.slice_mm)
