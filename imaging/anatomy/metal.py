"""Metal: what is denser than any bone, with the edge that the scanner blurred."""

from __future__ import annotations

import numpy as np

from imaging.labels import Mask
from imaging.later import ndimage
from imaging.segmentation.pieces import labelled, remove_dust
from imaging.volume import Volume

METAL_HU = 2500.0
"""Dense cortex stays below 2000 HU, and CT of 12 bits ends at 3071; an assumption."""
_EDGE_HU = 1600.0
"""Half-way from bone to where the scale ends; the edge lies within one voxel of what is surely metal."""
_SMALLEST_MM3 = 3.0
_MARGIN_VOXELS = 2


def propose_metal(volume: Volume, body: Mask) -> tuple[Mask, int] | None:
    """Return implants, clips and seeds, and in how many pieces they lie.

    Parameters
    ----------
    volume : Volume
    body : Mask

    Returns
    -------
    tuple of Mask and int, or None
        None where nothing is so dense.

    Notes
    -----
    Barium and dense cement read the same, and streaks beside large implants may; the user tells.
    """
    box = body.box
    hu = volume.hu[box.slices]
    k, j, i = ((hu > METAL_HU).any(axis=axes) for axes in ((1, 2), (0, 2), (0, 1)))
    if not k.any():
        return None
    ends = [
        (max(int(at[0]) - _MARGIN_VOXELS, 0), int(at[-1]) + _MARGIN_VOXELS + 1) for at in map(np.flatnonzero, (k, j, i))
    ]
    part = tuple(slice(low, high) for low, high in ends)
    start = tuple(a + low for a, (low, _) in zip(box.start_kji, ends, strict=True))
    hu = hu[part]
    surely = (hu > METAL_HU) & body.array(box)[part]
    metal = ndimage.binary_dilation(surely, np.ones((3, 3, 3), bool)) & (hu > _EDGE_HU)
    remove_dust(metal, max(int(np.ceil(_SMALLEST_MM3 / volume.grid.voxel_volume_mm3)), 1))
    if not metal.any():
        return None
    _, counts = labelled(metal, 26)
    return Mask.from_array(volume.grid, metal, (start[0], start[1], start[2])), len(counts) - 1
