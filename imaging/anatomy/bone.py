"""Bone: cortex by threshold, marrow by what cortex encloses."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from imaging.anatomy.planes import without_holes
from imaging.errors import ImagingError
from imaging.geometry import Floats
from imaging.labels import Bools, Mask
from imaging.later import ndimage
from imaging.segmentation.pieces import remove_dust
from imaging.volume import Volume

# Cancellous bone and cortex; contrast-filled bowel and vessels are smaller pieces and fall away by size.
_BONE_HU = 150
_SMALLEST_PIECE_MM3 = 400.0
_CLOSING_MM = 2.0
_SOFT_HU = 50.0
_CUT_MARROW_HU = 80.0
"""Muscle with contrast stays below; so does fatty marrow, which is then not filled where the image cuts it open."""
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
    # Close each slice with a disc, then fill what it encloses: that is marrow.
    radius = np.maximum(np.rint(_CLOSING_MM / grid.spacing_ijk_mm[:2]), 1).astype(int)
    y, x = np.ogrid[-radius[1] : radius[1] + 1, -radius[0] : radius[0] + 1]
    disc = (x / radius[0]) ** 2 + (y / radius[1]) ** 2 <= 1
    filled = np.zeros_like(bone)
    for k, plane in enumerate(bone):
        if plane.any():
            _with_marrow(filled[k], plane, hu[k], disc)
    _trim_blurred_rim(filled, smooth, grid.spacing_ijk_mm[::-1])
    return Mask.from_array(grid, filled, box.start_kji)


def _with_marrow(filled: Bools, plane: Bools, hu: npt.NDArray[np.int16], disc: Bools) -> None:
    """Mark the bone of one slice and its marrow, in place."""
    margins = np.array(disc.shape) // 2
    at = [np.flatnonzero(plane.any(axis=axis)) for axis in (1, 0)]
    if any(lines[0] == 0 or lines[-1] == length - 1 for lines, length in zip(at, plane.shape, strict=True)):
        # bone goes on beyond the image
        beyond = np.pad(plane, [(margin, margin) for margin in margins], mode="edge")
        closed = ndimage.binary_closing(beyond, disc)[margins[0] : -margins[0], margins[1] : -margins[1]]
        filled[:] = _filled_marrow(closed | _cut_open(closed, hu), plane, hu)
        return
    # closing and filling need no more than the bones and the width of the disc around them
    part = tuple(
        slice(max(lines[0] - 2 * margin, 0), lines[-1] + 2 * margin + 1)
        for lines, margin in zip(at, margins, strict=True)
    )
    filled[part] = _filled_marrow(ndimage.binary_closing(plane[part], disc), plane[part], hu[part])


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


def _cut_open(closed: Bools, hu: npt.NDArray[np.int16]) -> Bools:
    """What reads like marrow in one slice and has bone on all sides but for the image's edge, and more bone than edge."""
    parts, count = ndimage.label(~closed)
    edge = np.ones_like(closed)
    edge[1:-1, 1:-1] = False
    indices = np.arange(1, count + 1)
    at_edge = ndimage.sum_labels(edge, parts, indices)
    beside_bone = ndimage.sum_labels(ndimage.binary_dilation(closed), parts, indices)
    marrow = (at_edge > 0) & (at_edge < beside_bone) & (ndimage.mean(hu, parts, indices) > _CUT_MARROW_HU)
    return np.asarray(np.isin(parts, indices[marrow]))


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
