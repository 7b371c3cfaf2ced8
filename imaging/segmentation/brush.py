"""Paint or erase with a ball or a disc along a stroke, where the density allows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
    keep_off : sequence of Mask
        Other structures that are not painted over.
    """

    flat_along: Floats | None = None
    volume: Volume | None = None
    low_hu: float = -np.inf
    high_hu: float = np.inf
    keep_off: Sequence[Mask] = ()


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
    # A stroke of one point is a tube of no length; the nudge is far below a voxel.
    if len(path) == 1 or np.ptp(path, axis=0).max() == 0:
        path = np.array([path[0], path[0] + [1e-6, 0.0, 0.0]])
    grid = mask.grid
    box = Box.around(grid, path.min(axis=0) - radius_mm, path.max(axis=0) + radius_mm)
    if box.empty:
        return mask
    kji = np.indices(box.shape_kji).reshape(3, -1).T + np.array(box.start_kji)
    touched = (Tube(path, np.full(len(path), radius_mm)).signed_distance_mm(grid.to_lps(kji[:, ::-1])) <= 0).reshape(
        box.shape_kji
    )
    if limits is not None:
        touched &= _allowed(limits, grid, box, path)
    before = mask.array(box)
    return mask.with_box(box, before & ~touched if erase else before | touched)


def _allowed(limits: BrushLimits, grid: VoxelGrid, box: Box, path: Floats) -> Bools:
    allowed = np.ones(box.shape_kji, bool)
    if limits.flat_along is not None:
        # The slice through the stroke: voxels whose middle lies within half a voxel of it.
        along = np.asarray(limits.flat_along, float)
        kji = np.indices(box.shape_kji).reshape(3, -1).T + np.array(box.start_kji)
        height_mm = (grid.to_lps(kji[:, ::-1]) - path[0]) @ along
        half_mm = float(np.abs(grid.directions.T @ along) @ grid.spacing_ijk_mm) / 2
        allowed &= (np.abs(height_mm) <= half_mm * (1 + 1e-6)).reshape(box.shape_kji)
    if limits.volume is not None:
        hu = limits.volume.hu[box.slices]
        allowed &= (hu >= limits.low_hu) & (hu <= limits.high_hu)
    for other in limits.keep_off:
        allowed &= ~other.array(box)
    return allowed
