"""Paint or erase with a ball along a stroke."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from imaging.errors import ImagingError
from imaging.labels import Box, Mask
from imaging.structures import Tube


def paint_stroke(mask: Mask, path_mm: npt.ArrayLike, radius_mm: float, *, erase: bool = False) -> Mask:
    """Return the mask after a stroke of a ball-shaped brush.

    Parameters
    ----------
    mask : Mask
    path_mm : array_like, shape (n, 3)
        LPS positions of the brush, in order; the brush passes straight between them.
    radius_mm : float
    erase : bool

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
    before = mask.array(box)
    return mask.with_box(box, before & ~touched if erase else before | touched)
