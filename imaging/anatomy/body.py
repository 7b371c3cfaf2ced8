"""The body, whose outer surface is the skin: the largest non-air piece, with table and clothes cut off."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from imaging.anatomy.planes import without_holes
from imaging.errors import ImagingError
from imaging.geometry import Floats
from imaging.labels import Bools, Box, Mask
from imaging.later import edt, ndimage
from imaging.segmentation.pieces import labelled, remove_dust
from imaging.volume import Volume

# Halfway between air and fat.
_BODY_HU = -350
# The table touches the skin along a thin line at most; opening by this cuts it off.
_OPENING_MM = 6.0
_WORKING_SPACING_MM = 3.0
_SMALLEST_BODY_CM2 = 50.0
_SMALLEST_PIECE = 1000


def propose_body(volume: Volume) -> Mask:
    """Return the body with everything inside it filled, gas included.

    Parameters
    ----------
    volume : Volume

    Raises
    ------
    ImagingError
        ``no-body`` if the volume holds nothing the size of a body.
    """
    tissue = volume.hu > _BODY_HU
    spacing_mm = volume.grid.spacing_ijk_mm[::-1]
    step = np.maximum(np.rint(_WORKING_SPACING_MM / spacing_mm), 1).astype(int)
    coarse = tissue[:: step[0], :: step[1], :: step[2]]
    core = _opened(coarse, spacing_mm * step)
    labels, counts = labelled(core)
    sizes = counts[1:]
    pixel_cm2 = float(np.prod((spacing_mm * step)[1:])) / 100
    if len(sizes) == 0 or sizes.max() * pixel_cm2 / len(coarse) < _SMALLEST_BODY_CM2:
        raise ImagingError(
            "No body was found in this CT.",
            code="no-body",
            hint="Check that it is a CT of a patient, and that it shows more than some centimetres of it.",
        )
    body = labels == int(sizes.argmax()) + 1
    # The coarse body, grown back by what opening took, says which fine voxels belong to it.
    near = ndimage.binary_dilation(body, iterations=2)
    box = _box_of(near, step, tissue.shape)
    coarse_box = tuple(slice(s.start // n, -(-s.stop // n)) for s, n in zip(box.slices, step, strict=True))
    fine = near[coarse_box].repeat(step[0], 0).repeat(step[1], 1).repeat(step[2], 2)
    fine = fine[tuple(slice(0, n) for n in box.shape_kji)]
    fine &= tissue[box.slices]
    del tissue, coarse
    for plane in fine:
        plane[:] = without_holes(plane)
    remove_dust(fine, _SMALLEST_PIECE)
    return Mask.from_array(volume.grid, fine, box.start_kji)


def _box_of(coarse: Bools, step: npt.NDArray[np.int64], shape_kji: tuple[int, ...]) -> Box:
    """The part of the image that holds a mask with voxels so many times as large."""
    at = np.argwhere(coarse)
    start, stop = at.min(axis=0) * step, np.minimum((at.max(axis=0) + 1) * step, shape_kji)
    return Box(tuple(start.tolist()), tuple(stop.tolist()))


def _opened(tissue: Bools, spacing_kji_mm: Floats) -> Bools:
    """Erode and dilate slice by slice with a disc of `_OPENING_MM`, after holes are filled."""
    out = np.zeros_like(tissue)
    for k, plane in enumerate(tissue):
        filled = without_holes(plane)
        inner = edt.edt(filled, anisotropy=tuple(spacing_kji_mm[1:])) > _OPENING_MM
        out[k] = filled & (edt.edt(~inner, anisotropy=tuple(spacing_kji_mm[1:])) <= _OPENING_MM)
    return out
