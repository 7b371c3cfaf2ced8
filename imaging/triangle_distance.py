"""Compiled loops: the closest point among a few triangles, for many points."""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def closest_of_candidates(points, corners, triangles, candidates, closest, distance, chosen):  # type: ignore[no-untyped-def]
    """Find the closest point on the candidate triangles of every point.

    Parameters
    ----------
    points : ndarray, shape (n, 3)
    corners : ndarray, shape (c, 3)
    triangles : ndarray of int, shape (m, 3)
    candidates : ndarray of int, shape (n, k)
        Triangles that are tried for each point.
    closest : ndarray, shape (n, 3)
    distance : ndarray, shape (n,)
    chosen : ndarray of int, shape (n,)
        Filled: the closest place, how far it is, and the triangle it lies on.
    """
    for n in range(len(points)):
        p = (points[n, 0], points[n, 1], points[n, 2])
        best = np.inf
        for k in range(candidates.shape[1]):
            t = candidates[n, k]
            near = _closest_on_triangle(
                p, _row(corners, triangles[t, 0]), _row(corners, triangles[t, 1]), _row(corners, triangles[t, 2])
            )
            away = _less(p, near)
            apart = _dot(away, away)
            if apart < best:
                best, chosen[n] = apart, t
                closest[n, 0], closest[n, 1], closest[n, 2] = near
        distance[n] = math.sqrt(best)


# Three numbers in a tuple stay in registers; a row of an array would be an object made anew every time.


@njit(cache=True, nogil=True, inline="always")
def _row(values, n):  # type: ignore[no-untyped-def]
    return (values[n, 0], values[n, 1], values[n, 2])


@njit(cache=True, nogil=True, inline="always")
def _dot(u, v):  # type: ignore[no-untyped-def]
    return u[0] * v[0] + u[1] * v[1] + u[2] * v[2]


@njit(cache=True, nogil=True, inline="always")
def _less(u, v):  # type: ignore[no-untyped-def]
    return (u[0] - v[0], u[1] - v[1], u[2] - v[2])


@njit(cache=True, nogil=True)
def _closest_on_triangle(p, a, b, c):  # type: ignore[no-untyped-def]
    """The place over which a point lies, or the closest on an edge; a triangle without area has only edges."""
    ab, ac, ap = _less(b, a), _less(c, a), _less(p, a)
    bb, bc, cc, pb, pc = _dot(ab, ab), _dot(ab, ac), _dot(ac, ac), _dot(ap, ab), _dot(ap, ac)
    whole = bb * cc - bc * bc
    if whole > 0.0:
        # Shares of b and c.
        v, w = (cc * pb - bc * pc) / whole, (bb * pc - bc * pb) / whole
        if v >= 0.0 and w >= 0.0 and v + w <= 1.0:
            return (a[0] + v * ab[0] + w * ac[0], a[1] + v * ab[1] + w * ac[1], a[2] + v * ab[2] + w * ac[2])
    best, near = np.inf, a
    for start, stop in ((a, b), (b, c), (c, a)):
        along, away = _less(stop, start), _less(p, start)
        length2 = _dot(along, along)
        share = min(max(_dot(away, along) / length2, 0.0), 1.0) if length2 > 0.0 else 0.0
        place = (start[0] + share * along[0], start[1] + share * along[1], start[2] + share * along[2])
        beside = _less(p, place)
        apart = _dot(beside, beside)
        if apart < best:
            best, near = apart, place
    return near
