"""Where a channel through the sacrum opens: the mouths of its ventral and dorsal foramina."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from imaging.anatomy.canal import Canal
from imaging.anatomy.canal_room import within_canal
from imaging.anatomy.fine_image import FineImage, smooth_course
from imaging.geometry import Floats
from imaging.later import ndimage, spatial
from imaging.structures import Tube

_MOUTH_ENCLOSED = 0.5
"""A plane with a hole is half of the view from the hole's mouth."""
_BEYOND_CANAL_MM = 2.0
_RAYS, _REACH_MM, _RAY_STEP_MM = 24, 12.0, 0.5
_OPEN_PART, _LEAST_SEEN = 1.3, 0.4
"""A ray that sees no bone in the plane of a mouth counts so much longer than the usual one; with fewer that do, none counts."""
_ALONG_MM = 4
_SHORTEST, _LEAST_RADIUS_MM = 3, 1.0
_WITHIN = 7, 2
"""A channel's radius is measured between so many millimetres within its mouth."""
_RINGED = 10, 4
"""So many millimetres within its mouth a ring of bone tells a channel's middle; nearer to it a way turns off already."""
_WITHIN_BONE_MM, _NEAR_MM, _OUT_MM, _AT_BACK_MM = 3.0, 2.5, 4.0, (-4.0, 2.0)
"""A dorsal channel is looked for so far within the back of the bone around it, give or take, and leads so far out of it; its
mouth lies between these distances behind that back."""


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """Where a channel opens.

    Attributes
    ----------
    middle_mm : ndarray, shape (3,)
        Middle of the mouth, LPS.
    channel : Tube
        From the canal to the mouth, as wide as the bone leaves it shortly before the mouth.
    open_part : float
        Part of the channel from which bone is less than half of the view: it lies beside the bone, not in it.
    """

    middle_mm: Floats
    channel: Tube
    open_part: float


def channel_mouth(fine: FineImage, course_mm: Floats) -> tuple[int, Opening]:
    """Return where a root leaves the bone.

    Parameters
    ----------
    fine : FineImage
    course_mm : ndarray, shape (n, 3)
        The root from the canal outwards, LPS, points 1 mm apart.

    Returns
    -------
    tuple of int and Opening
        Index of the mouth's place on the course, and the opening.
    """
    first = _leaves_canal(fine, course_mm)
    below = np.flatnonzero(_enclosed(fine, course_mm)[first:] < _MOUTH_ENCLOSED)
    at = first + int(below[0]) if len(below) else len(course_mm) - 1
    return at, _opening(fine, course_mm, min(first, at - _SHORTEST), at)


def mouth_at(fine: FineImage, course_mm: Floats, place_mm: Floats) -> tuple[int, Opening]:
    """As `channel_mouth`, where it is known from elsewhere at which place the root leaves the bone."""
    at = max(int(np.linalg.norm(course_mm - place_mm, axis=1).argmin()), 1)
    first = min(_leaves_canal(fine, course_mm[: at + 1]), at - _SHORTEST)
    opening = _opening(fine, course_mm, first, at)
    channel = np.concatenate([opening.channel.points_mm[:-1], place_mm[None]])
    return at, replace(opening, middle_mm=place_mm, channel=Tube(channel, opening.channel.radii_mm))


def _leaves_canal(fine: FineImage, course_mm: Floats) -> int:
    inside = np.flatnonzero(within_canal(fine.canal, course_mm, _BEYOND_CANAL_MM))
    return int(inside[-1]) if len(inside) else 0


def dorsal_mouth(fine: FineImage, canal: Canal, seen_mm: Floats) -> Opening:
    """Return where a dorsal foramen opens, from where a dark channel was seen in the bone behind the canal.

    Parameters
    ----------
    fine : FineImage
    canal : Canal
    seen_mm : ndarray, shape (3,)
        LPS, as far to the back as the bone around reaches.
    """
    at = int(spatial.cKDTree(canal.spine.points_mm).query(seen_mm)[1])
    middle, left, back = canal.spine.points_mm[at], canal.spine.left[at], -canal.spine.front[at]
    side = np.sign((seen_mm - middle) @ left)
    # behind the bone there is more room than in any channel: it is looked for within
    channel = fine.roomiest_near(seen_mm - _WITHIN_BONE_MM * back, _NEAR_MM)
    outside = fine.roomiest_near(seen_mm + _OUT_MM * back, 2.0)
    # nor does a way lead around the bone, out of the hiatus or between two arches
    inwards = fine.way(middle + side * 0.8 * canal.radii_mm[at] * left, channel, closed=fine.beyond(seen_mm, back))
    way = smooth_course(np.concatenate([inwards, fine.way(channel, outside)[1:]]))
    inside = np.flatnonzero(within_canal(canal, way, 0.0))
    first = int(inside[-1]) if len(inside) else 0
    behind_mm = (way[first:] - seen_mm) @ back
    at_back = (behind_mm >= _AT_BACK_MM[0]) & (behind_mm <= _AT_BACK_MM[1])
    enclosed = np.flatnonzero(at_back & (_enclosed(fine, way[first:]) >= _MOUTH_ENCLOSED))
    mouth = first + int(enclosed[-1] if len(enclosed) else abs(behind_mm).argmin())
    return _opening(fine, way, min(first, mouth - _SHORTEST), mouth)


def _opening(fine: FineImage, way_mm: Floats, first: int, mouth: int) -> Opening:
    """The opening at a place on a way, whose channel began at another."""
    start = max(first, 0)
    channel = np.array(way_mm[start : max(mouth, 1) + 1])
    # at the mouth itself the ring of bone is open already
    within = range(max(start, mouth - _WITHIN[0]), max(mouth - _WITHIN[1], start) + 1)
    radius_mm = float(np.median([_room_across(fine, way_mm, n)[1] for n in within]))
    channel[-1] = _straight_on(fine, way_mm, start, mouth)
    open_part = float((_enclosed(fine, channel) < _MOUTH_ENCLOSED).mean())
    return Opening(channel[-1], Tube(channel, np.full(len(channel), max(radius_mm, _LEAST_RADIUS_MM))), open_part)


def _straight_on(fine: FineImage, way_mm: Floats, start: int, mouth: int) -> Floats:
    """Where the middle of a channel comes out: straight on from where a ring of bone tells it, as far out as the mouth."""
    ringed = range(max(start, mouth - _RINGED[0]), mouth - _RINGED[1] + 1)
    if len(ringed) < _SHORTEST:
        return np.array(way_mm[mouth])
    middles = np.array([_room_across(fine, way_mm, n)[0] for n in ringed])
    onwards = (middles[-1] - middles[0]) / max(float(np.linalg.norm(middles[-1] - middles[0])), 1e-9)
    middle = middles.mean(axis=0)
    return np.asarray(middle + ((way_mm[mouth] - middle) @ onwards) * onwards)


def _enclosed(fine: FineImage, course_mm: Floats) -> Floats:
    return np.asarray(ndimage.gaussian_filter1d(fine.enclosed(fine.voxels(course_mm)), 1.0))


def _room_across(fine: FineImage, way_mm: Floats, at: int) -> tuple[Floats, float]:
    """Middle of the room around a place in the plane across a way, and the radius of the circle of its area."""
    point_mm = way_mm[at]
    along = way_mm[min(at + _ALONG_MM, len(way_mm) - 1)] - way_mm[max(at - _ALONG_MM, 0)]
    along /= np.linalg.norm(along)
    right = np.cross(along, np.eye(3)[np.abs(along).argmin()])
    right /= np.linalg.norm(right)
    angle = 2 * np.pi * np.arange(_RAYS) / _RAYS
    rays = np.cos(angle)[:, None] * right + np.sin(angle)[:, None] * np.cross(along, right)
    r = np.arange(0.0, _REACH_MM, _RAY_STEP_MM)
    bone = fine.bone[tuple(np.moveaxis(fine.voxels(point_mm + r[:, None, None] * rays), -1, 0))]
    wall = np.where(bone.any(axis=0), r[bone.argmax(axis=0)], np.nan)
    if np.isfinite(wall).mean() < _LEAST_SEEN or np.nanmedian(wall) == 0:
        return np.asarray(point_mm), 0.0
    longest = _OPEN_PART * float(np.nanmedian(wall))
    wall = np.fmin(wall, longest)
    # centroid of a star-shaped area: two thirds of r cubed over r squared
    middle = point_mm + (2 / 3) * (wall**3 @ rays) / (wall**2).sum()
    return np.asarray(middle), float(np.sqrt((wall**2).mean()))
