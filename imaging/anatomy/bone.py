"""Bone: cortex by threshold, marrow by what cortex encloses."""

from __future__ import annotations

import cc3d
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from imaging.errors import ImagingError
from imaging.labels import Bools, Mask
from imaging.volume import Volume

# Cancellous bone and cortex; contrast-filled bowel and vessels are smaller pieces and fall away by size.
_BONE_HU = 150
_METAL_HU = 2800
_SMALLEST_PIECE_MM3 = 400.0
_CLOSING_MM = 2.0


def propose_bone(volume: Volume, body: Mask) -> Mask:
    """Return the bones inside the body, marrow included.

    Parameters
    ----------
    volume : Volume
    body : Mask
        The body, so that the table is not taken for bone.

    Raises
    ------
    ImagingError
        ``no-bone`` if there is none.
    """
    grid = volume.grid
    box = body.box
    hu = volume.hu[box.slices]
    smooth = ndimage.gaussian_filter(hu, 0.6 / grid.spacing_ijk_mm[::-1].clip(0.3), output=np.float32)
    bone = (smooth > _BONE_HU) & body.array(box)
    bone = cc3d.dust(bone, threshold=int(_SMALLEST_PIECE_MM3 / grid.voxel_volume_mm3), connectivity=6)
    if not bone.any():
        raise ImagingError("No bone was found in this CT.", code="no-bone", hint="Check that it shows the skeleton.")
    # Close along k, j, i with a disc in each slice, then fill what a slice encloses: that is marrow.
    radius = np.maximum(np.rint(_CLOSING_MM / grid.spacing_ijk_mm[:2]), 1).astype(int)
    y, x = np.ogrid[-radius[1] : radius[1] + 1, -radius[0] : radius[0] + 1]
    disc = (x / radius[0]) ** 2 + (y / radius[1]) ** 2 <= 1
    filled = np.zeros_like(bone)
    for k, plane in enumerate(bone):
        if plane.any():
            filled[k] = _filled_marrow(ndimage.binary_closing(plane, disc), plane, hu[k])
    return Mask.from_array(grid, filled, box.start_kji)


def _filled_marrow(closed: Bools, plane: Bools, hu: npt.NDArray[np.int16]) -> Bools:
    """Fill the holes of one slice that hold marrow and not the spinal canal or another opening."""
    holes, count = ndimage.label(ndimage.binary_fill_holes(closed) & ~plane)
    if count == 0:
        return plane
    indices = np.arange(1, count + 1)
    means_hu = ndimage.mean(hu, holes, indices)
    areas = ndimage.sum_labels(np.ones_like(hu, np.float32), holes, indices)
    # Marrow between trabeculae is brighter than epidural fat and sac; tiny holes are marrow whatever they read.
    marrow = (means_hu > 60) | (areas <= 4)
    return np.asarray(plane | np.isin(holes, indices[marrow]))
