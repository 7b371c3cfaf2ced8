"""Whether a marked lesion looks lytic, mixed or sclerotic: its densities against soft tissue and marrow around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from imaging.errors import ImagingError
from imaging.labels import Mask
from imaging.later import edt
from imaging.segmentation.lesion_look import look_at
from imaging.volume import Volume

Looks = Literal["lytic", "mixed", "sclerotic"]

# Voxels of the border are partly bone and partly lesion.
_BORDER_MM = 1.5
_AROUND_MM = 25.0
# A kind alone, and the least of each that makes it mixed.
_PURE_FRAC, _LEAST_FRAC = 0.75, 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """What a lesion's densities say.

    Attributes
    ----------
    looks : str or None
        None where they do not say it.
    lytic_frac, dense_frac : float
        Shares of its inside below marrow, and denser than it.
    mean_hu : float
    """

    looks: Looks | None
    lytic_frac: float
    dense_frac: float
    mean_hu: float


def appearance_of(volume: Volume, lesion: Mask) -> Appearance | None:
    """Return what a lesion looks like; None where it lies in fat or gas. A proposal, for somebody to say.

    Parameters
    ----------
    volume : Volume
    lesion : Mask

    Raises
    ------
    ImagingError
        ``mask-empty``.
    """
    lesion.grid.require_same(volume.grid, "The lesion")
    if lesion.count == 0:
        raise ImagingError("An empty lesion looks like nothing.", code="mask-empty")
    array = np.pad(lesion.array(lesion.box), 1)
    depth_mm = edt.edt(array, anisotropy=lesion.grid.spacing_ijk_mm[::-1].astype(float))[1:-1, 1:-1, 1:-1]
    inside = depth_mm > min(_BORDER_MM, 0.5 * float(depth_mm.max()))
    hu = volume.hu[lesion.box.slices][inside].astype(float)
    deepest = np.array(np.unravel_index(int(depth_mm.argmax()), depth_mm.shape)) + np.array(lesion.box.start_kji)
    radius_mm = float(depth_mm.max())
    try:
        levels = look_at(volume, lesion.grid.to_lps(deepest[::-1].astype(float)), radius_mm + _AROUND_MM).levels
    except ImagingError:
        return None
    lytic_frac, dense_frac = float((hu < levels.soft_hu).mean()), float((hu > levels.dense_hu).mean())
    looks: Looks | None = None
    if lytic_frac >= _PURE_FRAC:
        looks = "lytic"
    elif dense_frac >= _PURE_FRAC:
        looks = "sclerotic"
    elif min(lytic_frac, dense_frac) >= _LEAST_FRAC:
        looks = "mixed"
    return Appearance(looks=looks, lytic_frac=lytic_frac, dense_frac=dense_frac, mean_hu=float(hu.mean()))
