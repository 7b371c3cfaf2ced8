"""A lesion by one click: growth from a seed through voxels like it, limited in 3D."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from imaging.errors import ImagingError
from imaging.geometry import VoxelGrid
from imaging.labels import Bools, Box, Mask
from imaging.volume import Volume

# Nothing brighter than fat's upper end is a lesion; a click below it hit air, gas or fat.
_LOWEST_LESION_HU = -20.0
# The seed's surrounding that tells what the lesion looks like.
_SAMPLE_RADIUS_MM = 3.0
# Growth accepts this many standard deviations of the sample either side of its mean, and at least this many HU.
_SPREAD = 2.5
_MIN_TOLERANCE_HU = 35.0
_MAX_TOLERANCE_HU = 150.0
# Openings narrower than twice this are closed to growth, which stops it at thin cortex and at vessel calibre.
_NECK_MM = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthLimits:
    """How far a lesion may grow from its seed.

    Attributes
    ----------
    radius_mm : float
        No voxel further from the seed is taken.
    tolerance_hu : float or None
        Half-width of the accepted band about the seed's surrounding; None derives it from the surrounding's noise.

    Raises
    ------
    ImagingError
        ``growth-limits`` if either is not above zero.
    """

    radius_mm: float = 30.0
    tolerance_hu: float | None = None

    def __post_init__(self) -> None:
        if not self.radius_mm > 0 or not (self.tolerance_hu is None or self.tolerance_hu > 0):
            raise ImagingError("Growth needs a radius and a tolerance above 0.", code="growth-limits")


def grow_lesion(volume: Volume, seed_mm: npt.ArrayLike, limits: GrowthLimits | None = None) -> Mask:
    """Return the lesion around a clicked point.

    Parameters
    ----------
    volume : Volume
    seed_mm : array_like, shape (3,)
        LPS position of the click.
    limits : GrowthLimits, optional

    Returns
    -------
    Mask
        One connected piece without holes that contains the seed.

    Raises
    ------
    ImagingError
        ``seed-outside``, ``seed-in-air`` or ``lesion-too-small``.
    """
    limits = limits or GrowthLimits()
    grid = volume.grid
    seed = np.asarray(seed_mm, float)
    if not grid.contains(seed):
        raise ImagingError(
            "The click lies outside the CT.", code="seed-outside", hint="Click inside the lesion on a slice."
        )
    box = Box.around(grid, seed - limits.radius_mm, seed + limits.radius_mm)
    hu = ndimage.gaussian_filter(volume.hu[box.slices].astype(np.float32), 0.5 / grid.spacing_ijk_mm[::-1].clip(0.25))
    distance_mm = _distance_from(seed, box, grid)
    sample = hu[distance_mm <= max(_SAMPLE_RADIUS_MM, float(grid.spacing_ijk_mm.max()))]
    middle_hu = float(np.median(sample))
    if middle_hu < _LOWEST_LESION_HU:
        raise ImagingError(
            f"At the click the CT reads {middle_hu:.0f} HU, which is air or fat and not a lesion.",
            code="seed-in-air",
            hint="Click inside the lesion.",
        )
    spread_hu = float(np.median(np.abs(sample - middle_hu))) * 1.4826
    tolerance_hu = limits.tolerance_hu
    if tolerance_hu is None:
        tolerance_hu = float(np.clip(_SPREAD * spread_hu, _MIN_TOLERANCE_HU, _MAX_TOLERANCE_HU))
    allowed = (np.abs(hu - middle_hu) <= tolerance_hu) & (distance_mm <= limits.radius_mm)
    grown = _connected_without_necks(allowed, distance_mm, grid)
    if grown is None:
        raise ImagingError(
            "Nothing grows from the click: its surrounding differs from it on all sides.",
            code="lesion-too-small",
            hint="Click nearer to the middle of the lesion, or paint it with the brush.",
        )
    # Noise leaves pits of one voxel in the border, which a closing by one voxel mends.
    whole = ndimage.binary_fill_holes(ndimage.binary_closing(grown))
    return Mask.from_array(grid, whole, box.start_kji)


def _connected_without_necks(allowed: Bools, distance_mm: npt.NDArray[np.float64], grid: VoxelGrid) -> Bools | None:
    """The piece around the seed after narrow necks were cut, given back its own rim."""
    spacing_mm = grid.spacing_ijk_mm[::-1]
    neck_mm = max(_NECK_MM, 1.01 * float(spacing_mm.min()))
    core = ndimage.distance_transform_edt(allowed, sampling=spacing_mm) > neck_mm
    pieces, count = ndimage.label(core)
    if count == 0:
        return None
    nearest = np.where(core, distance_mm, np.inf)
    at = np.unravel_index(int(nearest.argmin()), nearest.shape)
    if nearest[at] > 2 * _SAMPLE_RADIUS_MM:
        return None
    piece = pieces == pieces[at]
    rim = allowed & (ndimage.distance_transform_edt(~piece, sampling=spacing_mm) <= neck_mm)
    whole, _ = ndimage.label(piece | rim)
    return np.asarray(whole == whole[at])


def _distance_from(seed_mm: npt.NDArray[np.float64], box: Box, grid: VoxelGrid) -> npt.NDArray[np.float64]:
    kji = np.indices(box.shape_kji).reshape(3, -1).T + np.array(box.start_kji)
    lps = grid.to_lps(kji[:, ::-1])
    return np.asarray(np.linalg.norm(lps - seed_mm, axis=1).reshape(box.shape_kji))
