"""Where a surface crosses a plane, found among the few triangles that can cross it.

A slice that is scrolled crosses every surface anew. Of a million triangles some thousands lie at a height, and those are found
without a look at the others; the lines through them are followed from triangle to triangle.
"""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from imaging.surface import Mesh

Triangles = npt.NDArray[np.integer]

_FEW_TRIANGLES = 20_000
"""A smaller surface is looked through as fast as it is looked up."""
_ALONG = 1 - 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class _Heights:
    """The triangles of a surface by the height at which they begin along an axis of LPS."""

    order: npt.NDArray[np.int32]
    low_mm: npt.NDArray[np.float64]
    tallest_mm: float

    @classmethod
    def along(cls, mesh: Mesh, axis: int) -> _Heights:
        heights_mm = np.ascontiguousarray(mesh.points_mm[:, axis])[mesh.triangles]
        low_mm = heights_mm.min(axis=1)
        order = np.argsort(low_mm).astype(np.int32)
        return cls(order, low_mm[order], float((heights_mm.max(axis=1) - low_mm).max(initial=0.0)))

    def near(self, height_mm: float) -> npt.NDArray[np.int32]:
        """Those that begin below a height and may end above it."""
        start, stop = np.searchsorted(self.low_mm, (height_mm - self.tallest_mm, height_mm))
        return self.order[start:stop]


_prepared: WeakKeyDictionary[Mesh, tuple[_Heights, ...]] = WeakKeyDictionary()


def prepare(mesh: Mesh) -> None:
    """Sort the triangles of a large surface, so that its sections are found fast; off the window's thread, it takes a moment."""
    if len(mesh.triangles) > _FEW_TRIANGLES and mesh not in _prepared:
        _prepared[mesh] = tuple(_Heights.along(mesh, axis) for axis in range(3))


def crossed_triangles(mesh: Mesh, height_mm: float, normal: tuple[float, float, float]) -> Triangles:
    """Return the triangles with corners on both sides of a plane.

    Parameters
    ----------
    mesh : Mesh
    height_mm : float
        Of the plane along its normal, from the origin of LPS.
    normal : tuple of float
        A unit vector, LPS.

    Returns
    -------
    ndarray, shape (n, 3)
    """
    triangles: Triangles = mesh.triangles
    axis = int(np.abs(normal).argmax())
    prepared = _prepared.get(mesh)
    if prepared is not None and abs(normal[axis]) >= _ALONG:
        triangles = triangles[prepared[axis].near(height_mm * np.sign(normal[axis]))]
        above = (mesh.points_mm[triangles.ravel()] @ normal > height_mm).reshape(-1, 3)
    else:
        above = (mesh.points_mm @ normal > height_mm)[triangles]
    a, b, c = above.T
    return triangles[(a != b) | (b != c)]


def traced(
    points_mm: Floats, triangles: Triangles, height_mm: float, normal: tuple[float, float, float]
) -> tuple[Floats, ...] | None:
    """Return the closed lines in which a plane crosses triangles, or None where these are no closed, consistently turned surface.

    Parameters
    ----------
    points_mm : ndarray, shape (n, 3)
    triangles : ndarray, shape (m, 3)
        All that cross the plane; none has a corner on it.
    height_mm : float
    normal : tuple of float

    Returns
    -------
    tuple of ndarray, each of shape (k, 3), or None
        In LPS; the last point of a line is its first.
    """
    heights_mm = (points_mm[triangles.ravel()] @ normal - height_mm).reshape(-1, 3)
    above = heights_mm > 0
    following = np.roll(above, -1, axis=1)
    # Every triangle is crossed where an edge goes up and where one goes down, and its neighbour the other way round.
    up, down = np.argmax(~above & following, axis=1), np.argmax(above & ~following, axis=1)
    rows = np.arange(len(triangles))
    count = np.int64(len(points_mm))

    def edges(first: npt.NDArray[np.intp]) -> npt.NDArray[np.int64]:
        one, other = triangles[rows, first].astype(np.int64), triangles[rows, (first + 1) % 3].astype(np.int64)
        return np.asarray(np.minimum(one, other) * count + np.maximum(one, other))

    going_up, going_down = edges(up), edges(down)
    by_up, by_down = np.argsort(going_up), np.argsort(going_down)
    keys = going_up[by_up]
    if not np.array_equal(keys, going_down[by_down]) or (keys[1:] == keys[:-1]).any():
        return None
    # From each triangle on to the one whose edge down is its edge up.
    onward = np.empty(len(rows), np.intp)
    onward[by_up] = by_down
    low_mm, high_mm = heights_mm[rows, up], heights_mm[rows, (up + 1) % 3]
    share = (low_mm / (low_mm - high_mm))[:, None]
    begin, end = points_mm[triangles[rows, up]], points_mm[triangles[rows, (up + 1) % 3]]
    crossings = begin + share * (end - begin)
    return tuple(crossings[line] for line in _cycles(onward.tolist()))


def _cycles(onward: list[int]) -> list[list[int]]:
    """Follow a permutation round and round; every cycle ends where it begins."""
    found, seen = [], bytearray(len(onward))
    for start in range(len(onward)):
        if seen[start]:
            continue
        line, at = [], start
        while not seen[at]:
            seen[at] = 1
            line.append(at)
            at = onward[at]
        line.append(start)
        found.append(line)
    return found
