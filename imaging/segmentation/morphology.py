"""Edits of a mask as a whole: threshold, islands, holes, smoothing, and one mask with another."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from imaging.errors import ImagingError
from imaging.geometry import VoxelGrid
from imaging.labels import Bools, Box, Mask
from imaging.later import ndimage
from imaging.resample import rasterise
from imaging.segmentation.pieces import filled, labelled
from imaging.structures import Tube
from imaging.volume import Volume

Combination = Literal["union", "intersection", "difference"]


def threshold(volume: Volume, low_hu: float, high_hu: float, within: Mask | Box) -> Mask:
    """Return the voxels from ``low_hu`` to ``high_hu`` in a box or in another structure.

    Raises
    ------
    ImagingError
        ``threshold-range`` if the lower end is not below the upper one.
    """
    if not low_hu < high_hu:
        raise ImagingError(
            f"No HU lie between {low_hu:g} and {high_hu:g}.", code="threshold-range",
            hint="Give the lower end first.",
        )  # fmt: skip
    box = within.box if isinstance(within, Mask) else within
    if box.empty:
        return Mask.empty(volume.grid)
    hu = volume.hu[box.slices]
    found = (hu >= low_hu) & (hu <= high_hu)
    if isinstance(within, Mask):
        within.grid.require_same(volume.grid, "The structure to search in")
        found &= within.array(box)
    return Mask.from_array(volume.grid, found, box.start_kji)


def keep_largest(mask: Mask) -> Mask:
    """Return the largest connected piece of a mask."""
    if mask.count == 0:
        return mask
    pieces, counts = labelled(mask.array(mask.box))
    counts[0] = 0
    return Mask.from_array(mask.grid, pieces == int(counts.argmax()), mask.box.start_kji)


def keep_at(mask: Mask, lps_mm: npt.ArrayLike) -> Mask:
    """Return the connected piece of a mask that holds a point.

    Raises
    ------
    ImagingError
        ``no-island-there`` if the point is not in the mask.
    """
    return Mask.from_array(mask.grid, _piece_at(mask, lps_mm), mask.box.start_kji)


def without_piece_at(mask: Mask, lps_mm: npt.ArrayLike) -> Mask:
    """Return a mask without the connected piece of it that holds a point.

    Raises
    ------
    ImagingError
        ``no-island-there`` if the point is not in the mask.
    """
    return mask.with_box(mask.box, mask.array(mask.box) & ~_piece_at(mask, lps_mm))


def _piece_at(mask: Mask, lps_mm: npt.ArrayLike) -> Bools:
    if not mask.contains(lps_mm)[0]:
        raise ImagingError(
            "The click is not on the structure.", code="no-island-there", hint="Click on the piece itself."
        )
    pieces, _ = labelled(mask.array(mask.box))
    at = np.rint(mask.grid.to_ijk(lps_mm)).astype(int)[::-1] - np.array(mask.box.start_kji)
    return np.asarray(pieces == pieces[tuple(at)])


def without_islands(mask: Mask, smallest_mm3: float) -> Mask:
    """Return a mask without its pieces smaller than a volume.

    Raises
    ------
    ImagingError
        ``island-size`` if the volume is not above zero.
    """
    if not smallest_mm3 > 0:
        raise ImagingError("Islands are removed below a volume above 0 mm³.", code="island-size")
    if mask.count == 0:
        return mask
    pieces, counts = labelled(mask.array(mask.box))
    kept = counts * mask.grid.voxel_volume_mm3 >= smallest_mm3
    kept[0] = False
    return Mask.from_array(mask.grid, kept[pieces], mask.box.start_kji)


def fill_holes(mask: Mask) -> Mask:
    """Return a mask with everything it encloses on all sides."""
    if mask.count == 0:
        return mask
    return Mask.from_array(mask.grid, filled(np.pad(mask.array(mask.box), 1))[1:-1, 1:-1, 1:-1], mask.box.start_kji)


def smooth(mask: Mask, sigma_mm: float) -> Mask:
    """Return a mask with a smoother surface and as many voxels as before.

    Parameters
    ----------
    mask : Mask
    sigma_mm : float
        What is narrower than about twice this goes, what is wider stays.

    Raises
    ------
    ImagingError
        ``smoothing-range`` if it is not above 0 and at most 20 mm.
    """
    if not 0 < sigma_mm <= 20:
        raise ImagingError(
            f"Smoothing by {sigma_mm:g} mm cannot be done.", code="smoothing-range", hint="Choose above 0 up to 20 mm."
        )
    if mask.count == 0:
        return mask
    spacing_mm = mask.grid.spacing_ijk_mm[::-1]
    around = int(np.ceil(2 * sigma_mm / spacing_mm.min()))
    box = mask.box.grown(around, mask.grid.shape_kji)
    soft = ndimage.gaussian_filter(mask.array(box).astype(np.float32), sigma_mm / spacing_mm, truncate=3.0)
    # As many of the highest values as there were voxels: the volume stays, whatever the shape.
    order = np.argpartition(soft.ravel(), soft.size - mask.count)[soft.size - mask.count :]
    out = np.zeros(soft.size, bool)
    out[order] = True
    return Mask.from_array(mask.grid, out.reshape(box.shape_kji), box.start_kji)


def painted(shape: Mask | Tube, grid: VoxelGrid) -> Mask:
    """Return a structure as voxels of a CT; a mask as it is."""
    if isinstance(shape, Mask):
        return shape
    around_mm = shape.radii_mm.max()
    box = Box.around(grid, shape.points_mm.min(axis=0) - around_mm, shape.points_mm.max(axis=0) + around_mm)
    if box.empty:
        return Mask.empty(grid)
    return Mask.from_array(grid, rasterise(shape, grid.crop(box.start_kji, box.stop_kji)), box.start_kji)


def combine(first: Mask, second: Mask, how: Combination) -> Mask:
    """Return the union, the intersection or the difference of two masks."""
    if how == "union":
        return first.union(second)
    if how == "difference":
        return first.minus(second)
    return first.minus(first.minus(second))
