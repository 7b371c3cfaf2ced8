"""The canal's wall on the voxels of the CT: where brightness has risen half-way to that of its cortex.

Above the sacrum the canal is open between pedicles and laminae, and what a ray meets there is a facet, beside the canal.
So the wall goes on from ring to ring: nowhere is it farther out, at one angle, than the wider of the narrowest places
above and below.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from imaging.anatomy.canal import Canal
from imaging.anatomy.straight import STEP_MM, StraightSpine
from imaging.geometry import Floats
from imaging.later import ndimage
from imaging.resample import hu_at
from imaging.volume import Volume

_INWARDS_MM, _OUTWARDS_MM, _FINE_MM = 2.0, 3.0, 0.25
_LEAST_RISE_HU = 100.0
_LEVEL_MM = 36.0
"""A lumbar vertebra with its disc: in every stretch as long there is a ring of bone."""
_WITHIN = 1.06
"""What lies farther out than the rings around by more than this factor is seen through an opening."""
_BEYOND_MM = 8.0
"""A course that ends so near the border of the image goes on to it: what encloses its end lies outside."""
_SHORTEST_MM, _ANOTHER = 9.0, 1.4
"""At an end of the course less than a level is seen, and that may be facets alone, a quarter farther out than pedicles.
What lies out by more than this factor is the next vertebra, whose canal is wider."""
_UNSEEN_MM = 1e3
_SMOOTH_RAYS, _SMOOTH_MM = 0.7, 1.5


def at_half_height(canal: Canal, volume: Volume, sacrum_mm: float | None = None) -> Canal:
    """Return the canal with its wall where the CT's own voxels show it, up to the border of the image.

    Parameters
    ----------
    canal : Canal
        As found on coarser voxels, whose blurred bone reaches into the canal.
    volume : Volume
    sacrum_mm : float, optional
        Where along the canal the sacrum begins: from there on bone is nearly everywhere around the canal, and its width
        changes within a level. By default no sacrum is in the image.
    """
    longer = _to_the_border(canal, volume)
    wall_mm = _at_half_height_mm(longer, volume)
    spine = longer.spine
    if canal.seen.any() and sacrum_mm != 0:
        added = int(np.linalg.norm(spine.points_mm - canal.spine.points_mm[0], axis=1).argmin())
        above = len(wall_mm) if sacrum_mm is None else added + round(sacrum_mm / STEP_MM)
        closed_mm = _from_ring_to_ring(np.where(longer.seen, wall_mm, np.inf))
        wall_mm = np.concatenate([closed_mm[:above], wall_mm[above:]])
    return replace(longer, wall_mm=wall_mm)


def _to_the_border(canal: Canal, volume: Volume) -> Canal:
    """Let the course go on straight where the image ends shortly beyond it."""
    points_mm = canal.spine.points_mm
    reach = round(6.0 / STEP_MM)
    added = []
    for end, before in ((points_mm[0], points_mm[: reach + 1][-1]), (points_mm[-1], points_mm[-reach - 1 :][0])):
        onwards = (end - before) / max(float(np.linalg.norm(end - before)), 1e-9)
        more = end + STEP_MM * np.arange(1, int(_BEYOND_MM / STEP_MM) + 1)[:, None] * onwards
        inside = volume.grid.contains(more)
        added.append(more[: int(inside.argmin())] if not inside.all() else more[:0])
    head, tail = added
    rows = ((len(head), len(tail)), (0, 0))
    return Canal(
        StraightSpine(np.concatenate([head[::-1], points_mm, tail]), canal.spine.left_mm),
        np.pad(canal.enclosed, rows[0], mode="edge"),
        np.pad(canal.wall_mm, rows, mode="edge"),
        np.pad(canal.seen, rows, mode="edge"),
    )


def _at_half_height_mm(canal: Canal, volume: Volume) -> Floats:
    """Distance of the wall from the course; rays that left through an opening move as much as their neighbours do."""
    n, rays = canal.wall_mm.shape
    angle = 2 * np.pi * np.arange(rays) / rays
    along = np.arange(-_INWARDS_MM, _OUTWARDS_MM + _FINE_MM / 2, _FINE_MM)
    r = canal.wall_mm[:, :, None] + along
    s = (STEP_MM * np.arange(n))[:, None, None]
    places = canal.spine.to_lps(s, r * np.cos(angle)[:, None], r * np.sin(angle)[:, None])
    hu = hu_at(volume, places)
    inside, brightest = hu.min(axis=2), hu.max(axis=2)
    half = 0.5 * (inside + brightest)
    # outwards from the darkest place, the first that is half-way up
    beyond = (hu >= half[..., None]) & (np.arange(len(along)) >= hu.argmin(axis=2)[..., None])
    moved = along[beyond.argmax(axis=2)]
    told = canal.seen & (brightest - inside > _LEAST_RISE_HU)
    known, weight = np.where(told, moved, 0.0), told.astype(float)
    for axis, sigma, mode in ((0, _SMOOTH_MM / STEP_MM, "nearest"), (1, _SMOOTH_RAYS, "wrap")):
        known, weight = (ndimage.gaussian_filter1d(a, sigma, axis=axis, mode=mode) for a in (known, weight))
    usual = float(np.median(moved[told])) if told.any() else 0.0
    shift = np.where(weight > 0.05, known / np.maximum(weight, 1e-6), usual)
    return np.maximum(canal.wall_mm + shift, 0.0)


def _from_ring_to_ring(wall_mm: Floats) -> Floats:
    """Close the openings of a wall, shape (rows, rays): from ring to ring, as far as rings are seen."""
    seen = _median(np.where(np.isfinite(wall_mm), wall_mm, _UNSEEN_MM))
    rows = min(round(_LEVEL_MM / STEP_MM), len(wall_mm))
    rings, to_the_end = _opened(seen, rows, rows), _opened(seen, rows, round(_SHORTEST_MM / STEP_MM))
    rings = np.where(to_the_end > _ANOTHER * rings, to_the_end, rings)
    closed = _median(np.where(wall_mm <= _WITHIN * rings, wall_mm, rings))
    return np.asarray(ndimage.gaussian_filter(closed, (_SMOOTH_MM / STEP_MM, _SMOOTH_RAYS), mode=("nearest", "wrap")))


def _opened(seen_mm: Floats, rows: int, least: int) -> Floats:
    """The morphological opening along the canal by windows of rows, at its ends of ``least`` rows or more."""
    spare = rows - least
    padded = np.pad(seen_mm, ((spare, spare), (0, 0)), constant_values=_UNSEEN_MM)
    narrowest = _windows(padded, rows).min(axis=-1)
    narrowest = np.where(narrowest < _UNSEEN_MM, narrowest, -_UNSEEN_MM)
    beyond = rows - 1 - spare
    around = np.pad(narrowest, ((beyond, beyond), (0, 0)), constant_values=-_UNSEEN_MM)
    opened = _windows(around, rows).max(axis=-1)
    unknown = opened < 0
    if unknown.all():
        return seen_mm
    nearest = ndimage.distance_transform_edt(unknown, return_distances=False, return_indices=True)
    return np.asarray(opened[tuple(nearest)])


def _windows(rows_first: npt.NDArray[Any], rows: int) -> npt.NDArray[Any]:
    return np.lib.stride_tricks.sliding_window_view(rows_first, rows, axis=0)


def _median(wall: Floats) -> Floats:
    """Take away what single rays saw."""
    around = np.pad(np.pad(wall, ((0, 0), (1, 1)), mode="wrap"), ((1, 1), (0, 0)), mode="edge")
    return np.asarray(ndimage.median_filter(around, 3)[1:-1, 1:-1])
