"""Paint or erase with a ball or a disc along a stroke, where the density allows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from imaging.errors import ImagingError
from imaging.geometry import Floats, VoxelGrid
from imaging.labels import Bools, Box, Mask
from imaging.structures import Tube
from imaging.volume import Volume


@dataclass(frozen=True, slots=True, eq=False)
class BrushLimits:
    """Where a brush paints.

    Attributes
    ----------
    flat_along : ndarray, shape (3,), optional
        Unit vector across the slice: the brush is a disc in the slice of the stroke. None paints with a ball.
    volume : Volume, optional
        With ``low_hu`` and ``high_hu``: only voxels of these densities are painted.
    keep_off : sequence of Mask or Tube
        Other structures that are not painted over.
    """

    flat_along: Floats | None = None
    volume: Volume | None = None
    low_hu: float = -np.inf
    high_hu: float = np.inf
    keep_off: Sequence[Mask | Tube] = ()


def paint_stroke(
    mask: Mask, path_mm: npt.ArrayLike, radius_mm: float, *, erase: bool = False, limits: BrushLimits | None = None
) -> Mask:
    """Return the mask after a stroke of a brush.

    Parameters
    ----------
    mask : Mask
    path_mm : array_like, shape (n, 3)
        LPS positions of the brush, in order; the brush passes straight between them.
    radius_mm : float
    erase : bool
    limits : BrushLimits, optional

    Raises
    ------
    ImagingError
        If the radius is not above zero.
    """
    if not radius_mm > 0:
        raise ImagingError("A brush needs a radius above 0 mm.", code="brush-radius")
    path = np.atleast_2d(np.asarray(path_mm, float))
    box = Box.around(mask.grid, path.min(axis=0) - radius_mm, path.max(axis=0) + radius_mm)
    if box.empty:
        return mask
    touched = np.zeros(box.shape_kji, bool)
    for start_mm, stop_mm in pairwise(path if len(path) > 1 else np.repeat(path, 2, axis=0)):
        _touch(touched, mask.grid, box, start_mm, stop_mm, radius_mm)
    if limits is not None:
        _keep_within(touched, limits, mask.grid, box, path[0])
    before = mask.array(box)
    return mask.with_box(box, before & ~touched if erase else before | touched)


def _touch(touched: Bools, grid: VoxelGrid, box: Box, start_mm: Floats, stop_mm: Floats, radius_mm: float) -> None:
    """Mark the voxels of a box that a ball passes on its way from one place straight to another."""
    low, high = np.minimum(start_mm, stop_mm) - radius_mm, np.maximum(start_mm, stop_mm) + radius_mm
    part = Box.around(grid, low, high)
    if part.empty:
        return
    away_mm = _from(grid, part, start_mm)
    way = stop_mm - start_mm
    length2 = float(way @ way)
    square = away_mm[0] ** 2 + away_mm[1] ** 2 + away_mm[2] ** 2
    if length2 > 0:
        along = away_mm[0] * way[0] + away_mm[1] * way[1] + away_mm[2] * way[2]
        share = np.clip(along / length2, 0, 1)
        square = square - share * (2 * along - share * length2)
    inner = tuple(slice(a - o, b - o) for a, b, o in zip(part.start_kji, part.stop_kji, box.start_kji, strict=True))
    touched[inner] |= square <= radius_mm**2


def _from(grid: VoxelGrid, box: Box, place_mm: Floats) -> list[Floats]:
    """Return how far along L, P and S the voxels of a box lie from a place, each of a shape that broadcasts to the box.

    On a CT along the body's axes these are three rows of numbers instead of three blocks: a stroke has a frame's time.
    """
    away = []
    for component in range(3):
        total: Floats = np.full((1, 1, 1), grid.origin_mm[component] - place_mm[component])
        for axis, (first, last) in enumerate(zip(box.start_kji, box.stop_kji, strict=True)):
            step_mm = float(grid.lps_from_ijk[component, 2 - axis])
            if step_mm:
                total = total + (np.arange(first, last) * step_mm).reshape([-1 if n == axis else 1 for n in range(3)])
        away.append(total)
    return away


def _keep_within(touched: Bools, limits: BrushLimits, grid: VoxelGrid, box: Box, start_mm: Floats) -> None:
    """Leave of the touched voxels those that the limits allow."""
    if limits.flat_along is not None:
        # The slice through the stroke: voxels whose middle lies within half a voxel of it.
        along = np.asarray(limits.flat_along, float)
        away_mm = _from(grid, box, start_mm)
        height_mm = away_mm[0] * along[0] + away_mm[1] * along[1] + away_mm[2] * along[2]
        half_mm = float(np.abs(grid.directions.T @ along) @ grid.spacing_ijk_mm) / 2
        touched &= np.abs(height_mm) <= half_mm * (1 + 1e-6)
    if limits.volume is not None:
        hu = limits.volume.hu[box.slices]
        touched &= (hu >= limits.low_hu) & (hu <= limits.high_hu)
    for other in limits.keep_off:
        if isinstance(other, Mask):
            touched &= ~other.array(box)
        else:
            kji = np.argwhere(touched)
            inside = other.contains(grid.to_lps((kji + box.start_kji)[:, ::-1]))
            touched[tuple(kji[inside].T)] = False
