"""Where a channel through the sacrum opens: the mouths of its ventral and dorsal foramina."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from imaging.anatomy.canal import Canal
from imaging.anatomy.canal_room import within_canal
from imaging.anatomy.fine_image import FineImage, smooth_course
from imaging.geometry import Floats

_MOUTH_ENCLOSED = 0.5
"""A plane with a hole is half of the view from the hole's mouth."""
_BEYOND_CANAL_MM = 2.0
_RAYS, _REACH_MM, _RAY_STEP_MM = 24, 12.0, 0.5
_OPEN_PART, _LEAST_SEEN = 1.3, 0.4
"""A ray that sees no bone in the plane of a mouth counts so much longer than the usual one; with fewer that do, none counts."""
_ALONG_MM = 4
_NEAR_MM, _OUT_MM, _BACK_MM = 2.5, 4.0, 4
"""A dorsal channel is dark within so much of where it was seen, and leads so far out; its mouth may lie so far within."""


def ventral_mouth(fine: FineImage, course_mm: Floats) -> tuple[int, Floats]:
    """Return where a root leaves the bone.

    Parameters
    ----------
    fine : FineImage
    course_mm : ndarray, shape (n, 3)
        The root from the canal outwards, LPS, points 1 mm apart.

    Returns
    -------
    tuple of int and ndarray
        Index of the place on the course, and the middle of the opening there, LPS.
    """
    inside = np.flatnonzero(within_canal(fine.canal, course_mm, _BEYOND_CANAL_MM))
    first = int(inside[-1]) if len(inside) else 0
    below = np.flatnonzero(_enclosed(fine, course_mm)[first:] < _MOUTH_ENCLOSED)
    at = first + int(below[0]) if len(below) else len(course_mm) - 1
    along = course_mm[min(at + _ALONG_MM, len(course_mm) - 1)] - course_mm[max(at - _ALONG_MM, 0)]
    return at, _middle_across(fine, course_mm[at], along)


def dorsal_mouth(fine: FineImage, canal: Canal, seen_mm: Floats) -> Floats:
    """Return the middle of a dorsal foramen's opening, from where a dark channel was seen in the bone behind the canal.

    Parameters
    ----------
    fine : FineImage
    canal : Canal
    seen_mm : ndarray, shape (3,)

    Returns
    -------
    ndarray, shape (3,)
        LPS.
    """
    at = int(cKDTree(canal.spine.points_mm).query(seen_mm)[1])
    middle, left, back = canal.spine.points_mm[at], canal.spine.left[at], -canal.spine.front[at]
    side = np.sign((seen_mm - middle) @ left)
    channel = fine.roomiest_near(seen_mm, _NEAR_MM)
    outside = fine.roomiest_near(channel + _OUT_MM * back, 2.0)
    inwards = fine.way(middle + side * 0.8 * canal.radii_mm[at] * left, channel)
    way = smooth_course(np.concatenate([inwards, fine.way(channel, outside)[1:]]))
    enclosed = _enclosed(fine, way)
    start = int(np.linalg.norm(way - channel, axis=1).argmin())
    within = enclosed >= _MOUTH_ENCLOSED
    if within[start]:
        out = np.flatnonzero(~within[start:])
        return np.asarray(way[start + int(out[0]) if len(out) else -1])
    # a short channel may be open where it was seen
    before = np.flatnonzero(within[max(start - _BACK_MM, 0) : start])
    return np.asarray(way[max(start - _BACK_MM, 0) + int(before[-1]) if len(before) else start])


def _enclosed(fine: FineImage, course_mm: Floats) -> Floats:
    return np.asarray(ndimage.gaussian_filter1d(fine.enclosed(fine.voxels(course_mm)), 1.0))


def _middle_across(fine: FineImage, point_mm: Floats, along_mm: Floats) -> Floats:
    """The middle of the room around a point in the plane across a direction."""
    along = along_mm / np.linalg.norm(along_mm)
    right = np.cross(along, np.eye(3)[np.abs(along).argmin()])
    right /= np.linalg.norm(right)
    angle = 2 * np.pi * np.arange(_RAYS) / _RAYS
    rays = np.cos(angle)[:, None] * right + np.sin(angle)[:, None] * np.cross(along, right)
    r = np.arange(0.0, _REACH_MM, _RAY_STEP_MM)
    bone = fine.bone[tuple(np.moveaxis(fine.voxels(point_mm + r[:, None, None] * rays), -1, 0))]
    wall = np.where(bone.any(axis=0), r[bone.argmax(axis=0)], np.nan)
    if np.isfinite(wall).mean() < _LEAST_SEEN or np.nanmedian(wall) == 0:
        return np.asarray(point_mm)
    longest = _OPEN_PART * float(np.nanmedian(wall))
    wall = np.fmin(wall, longest)
    # centroid of a star-shaped area: two thirds of r cubed over r squared
    return np.asarray(point_mm + (2 / 3) * (wall**3 @ rays) / (wall**2).sum())
