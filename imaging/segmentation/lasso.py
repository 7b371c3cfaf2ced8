"""Cut with a lasso: a polygon on a plane of any orientation, through everything or within a slab."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from imaging.errors import ImagingError
from imaging.labels import Mask
from imaging.later import measure


def cut(
    mask: Mask,
    outline_mm: npt.ArrayLike,
    normal: npt.ArrayLike,
    *,
    keep: bool = False,
    half_slab_mm: float | None = None,
) -> Mask:
    """Return a mask without what lies in the lasso, or with ``keep`` without what lies out of it.

    Parameters
    ----------
    mask : Mask
    outline_mm : array_like, shape (n, 3)
        LPS corners on a plane, at least three.
    normal : array_like, shape (3,)
        Along which the lasso cuts.
    keep : bool
    half_slab_mm : float, optional
        Only voxels nearer to the plane than this are cut; None cuts through everything.

    Raises
    ------
    ImagingError
        ``lasso-too-small`` or ``lasso-slab``.
    """
    outline, along = np.atleast_2d(np.asarray(outline_mm, float)), np.asarray(normal, float)
    if half_slab_mm is not None and not half_slab_mm > 0:
        raise ImagingError("A lasso cuts a slab thicker than 0 mm.", code="lasso-slab")
    along = along / np.linalg.norm(along)
    right = np.cross(along, np.eye(3)[np.abs(along).argmin()])
    right /= np.linalg.norm(right)
    basis = np.stack([right, np.cross(along, right)], axis=1)
    flat = (outline - outline.mean(axis=0)) @ basis
    area_mm2 = abs(np.sum(flat[:, 0] * np.roll(flat[:, 1], -1) - np.roll(flat[:, 0], -1) * flat[:, 1])) / 2
    if len(outline) < 3 or area_mm2 < 1.0:
        raise ImagingError("The lasso encloses nothing.", code="lasso-too-small", hint="Draw around what is to be cut.")
    points = mask.points_mm() - outline.mean(axis=0)
    inside = measure.points_in_poly(points @ basis, flat)
    reached = np.ones(len(points), bool) if half_slab_mm is None else np.abs(points @ along) <= half_slab_mm
    kept = ~reached | (inside if keep else ~inside)
    out = np.zeros(mask.box.shape_kji, bool)
    out[mask.array(mask.box)] = kept
    return Mask.from_array(mask.grid, out, mask.box.start_kji)
