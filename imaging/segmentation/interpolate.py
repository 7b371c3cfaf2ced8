"""Fill the slices between painted ones by interpolating the shape."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from imaging.errors import ImagingError
from imaging.labels import Bools, Mask
from imaging.later import edt, ndimage


def fill_between(mask: Mask, axis: int = 0) -> Mask:
    """Return a mask with the empty slices between its painted ones filled.

    Distances to the outlines above and below are blended, after the outlines were laid over each other by their middles,
    so that a structure which runs obliquely does not vanish between two slices.

    Parameters
    ----------
    mask : Mask
    axis : int
        0 for slices along k, 1 along j, 2 along i.

    Raises
    ------
    ImagingError
        ``nothing-between`` if no slice between two painted ones is empty.
    """
    array = np.moveaxis(mask.array(mask.box), axis, 0).copy()
    painted = np.flatnonzero(array.any(axis=(1, 2)))
    gaps = [(int(a), int(b)) for a, b in pairwise(painted) if b > a + 1]
    if not gaps:
        raise ImagingError(
            "There is no empty slice between two painted ones.", code="nothing-between",
            hint="Paint the structure on some slices and leave those between them empty.",
        )  # fmt: skip
    spacing_mm = np.delete(mask.grid.spacing_ijk_mm[::-1], axis)
    for low, high in gaps:
        ends = [_signed_mm(array[n], spacing_mm) for n in (low, high)]
        middles = [np.argwhere(array[n]).mean(axis=0) for n in (low, high)]
        for n in range(low + 1, high):
            share = (n - low) / (high - low)
            here = (1 - share) * middles[0] + share * middles[1]
            moved = [
                ndimage.shift(end, here - middle, order=1, mode="nearest")
                for end, middle in zip(ends, middles, strict=True)
            ]
            array[n] = (1 - share) * moved[0] + share * moved[1] < 0
    return Mask.from_array(mask.grid, np.moveaxis(array, 0, axis), mask.box.start_kji)


def _signed_mm(plane: Bools, spacing_mm: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    anisotropy = (float(spacing_mm[0]), float(spacing_mm[1]))
    half_mm = float(spacing_mm.min()) / 2
    padded = np.ascontiguousarray(np.pad(plane, 1))
    out = edt.edt(~padded, anisotropy=anisotropy) - half_mm
    inside = edt.edt(padded, anisotropy=anisotropy) - half_mm
    return np.asarray(np.where(padded, -inside, out)[1:-1, 1:-1])
