"""Bone: cortex by threshold, marrow by what cortex encloses."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from imaging.anatomy.planes import without_holes
from imaging.errors import ImagingError
from imaging.geometry import Floats
from imaging.labels import Bools, Mask
from imaging.segmentation.pieces import remove_dust
from imaging.volume import Volume

# Cancellous bone and cortex; contrast-filled bowel and vessels are smaller pieces and fall away by size.
_BONE_HU = 150
_SMALLEST_PIECE_MM3 = 400.0
_CLOSING_MM = 2.0
_SOFT_HU = 50.0
_EDGE_MM, _CORTEX_WITHIN_MM, _EDGE_PART = 0.8, 2.0, 0.6
"""The rim of bone up to this depth is looked at: what is less bright than this part of cortex so near was blurred there. Half
would do for a thick layer; blurred by 0.8 mm, a cortex of 1.5 mm has 0.7 of its brightness at its edge, one of 3 mm half."""


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
    smooth = ndimage.gaussian_filter(hu, 0.6 / grid.spacing_ijk_mm[::-1].clip(0.3), output=np.int16)
    bone = (smooth > _BONE_HU) & body.array(box)
    remove_dust(bone, int(_SMALLEST_PIECE_MM3 / grid.voxel_volume_mm3))
    if not bone.any():
        raise ImagingError("No bone was found in this CT.", code="no-bone", hint="Check that it shows the skeleton.")
    # Close along k, j, i with a disc in each slice, then fill what a slice encloses: that is marrow.
    radius = np.maximum(np.rint(_CLOSING_MM / grid.spacing_ijk_mm[:2]), 1).astype(int)
    y, x = np.ogrid[-radius[1] : radius[1] + 1, -radius[0] : radius[0] + 1]
    disc = (x / radius[0]) ** 2 + (y / radius[1]) ** 2 <= 1
    filled = np.zeros_like(bone)
    for k, plane in enumerate(bone):
        rows, columns = (np.flatnonzero(plane.any(axis=axis)) for axis in (1, 0))
        if len(rows):
            # closing and filling need no more than the bones and the width of the disc around them
            part = tuple(
                slice(max(at[0] - margin, 0), at[-1] + margin + 1)
                for at, margin in ((rows, 2 * radius[1]), (columns, 2 * radius[0]))
            )
            filled[k][part] = _filled_marrow(ndimage.binary_closing(plane[part], disc), plane[part], hu[k][part])
    _trim_blurred_rim(filled, smooth, grid.spacing_ijk_mm[::-1])
    return Mask.from_array(grid, filled, box.start_kji)


def _filled_marrow(closed: Bools, plane: Bools, hu: npt.NDArray[np.int16]) -> Bools:
    """Fill the holes of one slice that hold marrow and not the spinal canal or another opening."""
    holes, count = ndimage.label(without_holes(closed) & ~plane)
    if count == 0:
        return plane
    indices = np.arange(1, count + 1)
    means_hu = ndimage.mean(hu, holes, indices)
    areas = ndimage.sum_labels(np.ones_like(hu, np.float32), holes, indices)
    # Marrow between trabeculae is brighter than epidural fat and sac; tiny holes are marrow whatever they read.
    marrow = (means_hu > 60) | (areas <= 4)
    return np.asarray(plane | np.isin(holes, indices[marrow]))


def _trim_blurred_rim(bone: Bools, hu: npt.NDArray[np.int16], spacing_kji_mm: Floats) -> None:
    """Take off the blurred rim, in place: the edge of bone lies where cortex has lost much of its brightness."""
    reach = np.floor(_CORTEX_WITHIN_MM / spacing_kji_mm + 0.1).astype(int)
    for _ in range(max(round(_EDGE_MM / float(spacing_kji_mm[1:].min())), 1)):
        inner = bone.copy()
        for axis in range(3):
            low = tuple(slice(None, -1) if n == axis else slice(None) for n in range(3))
            high = tuple(slice(1, None) if n == axis else slice(None) for n in range(3))
            inner[low] &= bone[high]
            inner[high] &= bone[low]
        rim = np.flatnonzero((bone & ~inner).ravel())
        places = np.stack(np.unravel_index(rim, bone.shape))
        own, brightest = hu.ravel()[rim], np.full(len(rim), -1024, np.int16)
        for axis in range(3):
            for step in range(-reach[axis], reach[axis] + 1):
                moved = places.copy()
                moved[axis] = np.clip(moved[axis] + step, 0, bone.shape[axis] - 1)
                np.maximum(brightest, hu[tuple(moved)], out=brightest)
        bone.ravel()[rim[own - _SOFT_HU < _EDGE_PART * (brightest - _SOFT_HU)]] = False
