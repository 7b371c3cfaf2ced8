"""What a tumour destroyed of one side of the sacrum, told by the mirror image of the other side."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from imaging.anatomy.bone_field import WORKING_MM, BoneField
from imaging.anatomy.bone_seeds import SACRUM
from imaging.anatomy.canal_room import within_canal
from imaging.anatomy.marrow import CANAL_MARGIN_MM, in_foramina
from imaging.anatomy.spine import FoundSpine
from imaging.labels import Bools
from imaging.later import cc3d, ndimage
from imaging.volume import Volume

_THIN_VOXELS = 3
"""Where the sides of a healthy sacrum differ, it is by layers less than twice as thick as this (4.5 mm)."""
_SMALLEST_MM3 = 5_000.0
"""An assumption: a ball of 21 mm. In one healthy sacrum nothing was left on these terms."""
_TUMOUR_HU = (0.0, 200.0)
"""On average: neither fat nor gas, nor bone."""
_RIM_VOXELS, _OPEN_MARROW = 2, 0.7
"""The rim of the bone beside what is missing is less bright than this part of the rim elsewhere: it has no cortex there. An
outgrowth on one side lies opposite to sound cortex."""


def completed(
    volume: Volume, field: BoneField, labels: npt.NDArray[np.uint8], spine: FoundSpine
) -> tuple[npt.NDArray[np.uint8], float]:
    """Return labels with what the sacrum lacks on one side, and its volume.

    Parameters
    ----------
    volume : Volume
    field : BoneField
    labels : ndarray of uint8, shape (k, j, i)
        On the field's grid, with the marrow and lesions that bones enclose.
    spine : FoundSpine

    Returns
    -------
    tuple of ndarray of uint8, shape (k, j, i), and float
        The volume in mm³, 0 where nothing is missing.
    """
    sacrum = labels == SACRUM
    missing = _mirrored(sacrum, field) & (labels == 0)
    thick = _opened(missing)
    if not thick.any():
        return labels, 0.0
    places = np.argwhere(missing)
    in_lps = field.grid.to_lps(places[:, ::-1])
    never = within_canal(spine.canal, in_lps, CANAL_MARGIN_MM) | in_foramina(spine, in_lps)
    never |= ~volume.grid.contains(in_lps)
    missing[tuple(places[never].T)] = False
    parts = cc3d.dust(_opened(missing), threshold=int(_SMALLEST_MM3 / WORKING_MM**3), connectivity=6) > 0
    numbered, count = ndimage.label(parts)
    tumour = np.zeros_like(missing)
    rim_hu = float(np.median(_hu(volume, field, _grown(labels == 0) & sacrum))) if count else 0.0
    for n in range(1, count + 1):
        # with the rim that opening took off
        part = _grown(numbered == n) & missing
        beside = _grown(part) & sacrum
        low, high = _TUMOUR_HU
        if (
            beside.any()
            and low < _hu(volume, field, part).mean() < high
            and np.median(_hu(volume, field, beside)) < _OPEN_MARROW * rim_hu
        ):
            tumour |= part
    return np.where(tumour, np.uint8(SACRUM), labels), float(tumour.sum()) * WORKING_MM**3


def _hu(volume: Volume, field: BoneField, places: Bools) -> npt.NDArray[np.int16]:
    """What the CT reads at places of the field's grid, shape (n,)."""
    i, j, k = np.rint(volume.grid.to_ijk(field.grid.to_lps(np.argwhere(places)[:, ::-1]))).astype(int).T
    last = np.array(volume.grid.shape_kji) - 1
    return np.asarray(volume.hu[np.clip(k, 0, last[0]), np.clip(j, 0, last[1]), np.clip(i, 0, last[2])])


def _grown(places: Bools) -> Bools:
    return np.asarray(ndimage.binary_dilation(places, iterations=_RIM_VOXELS))


def _opened(places: Bools) -> Bools:
    return np.asarray(ndimage.binary_opening(places, iterations=_THIN_VOXELS))


def _mirrored(own: Bools, field: BoneField) -> Bools:
    """The mirror image across the plane of symmetry; False where the other side lies outside the grid."""
    middle = field.kji[0, 2] - field.left_mm[0] / WORKING_MM
    columns = round(2 * middle) - np.arange(own.shape[2])
    inside = (columns >= 0) & (columns < own.shape[2])
    out = np.zeros_like(own)
    out[:, :, inside] = own[:, :, columns[inside]]
    return out
