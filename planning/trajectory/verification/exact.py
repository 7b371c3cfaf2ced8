"""Distances of a straight shaft by brute force over every triangle, to compare those of `clearance` with.

Nothing of `clearance` and `imaging.distance` is used but the surface itself. Outside a surface the distance is exact: the
smallest over all triangles that can hold it. Where a shaft goes through, what is wanted is how deep its axis comes to lie below
the surface, which no formula gives: places 0.02 mm apart are measured, so that it is told to 0.01 mm.
"""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from imaging.geometry import Floats
from imaging.structures import Tube
from imaging.surface import Mesh

_STEP_MM = 0.02
_COARSE_MM = 0.5
_ALONG_TUBE_MM = 0.02
_ALONG_SHAFT_MM = 0.1
_FAR_MM = 15.0
"""Farther away the exact place where straying takes most does not matter."""


class ExactSurface:
    """A closed surface that shafts are measured to.

    Parameters
    ----------
    mesh : Mesh
        With at least one triangle.
    """

    def __init__(self, mesh: Mesh) -> None:
        self._corners = mesh.points_mm[mesh.triangles]
        self._middles = self._corners.mean(axis=1)
        self._reach_mm = np.linalg.norm(self._corners - self._middles[:, None], axis=2).max(axis=1)
        self._tree = cKDTree(self._middles)

    @property
    def count(self) -> int:
        """How many triangles it has."""
        return len(self._corners)

    def distance_mm(self, entry_mm: npt.ArrayLike, tip_mm: npt.ArrayLike) -> float:
        """Return the smallest signed distance of an axis to the surface, negative where it goes through."""
        entry, tip = np.asarray(entry_mm, float), np.asarray(tip_mm, float)
        inside = self._spans_inside(entry, tip)
        if not inside:
            return self._outside_mm(entry, tip)
        return -max(self._deepest_mm(entry + a * (tip - entry), entry + b * (tip - entry)) for a, b in inside)

    def outside_mm(self, points_mm: Floats) -> Floats:
        """Return how far points of shape (n, 3) lie outside the surface; 0 inside."""
        away_mm = self._points_away_mm(points_mm)
        # Whether a point lies inside is the same for all that are nearer to it than to the surface.
        outside: dict[int, bool] = {}
        tree, found = cKDTree(points_mm), np.zeros(len(points_mm))
        for n in np.argsort(-away_mm):
            if int(n) not in outside:
                is_outside = not self._winds(points_mm[n])
                for m in tree.query_ball_point(points_mm[n], 0.999 * away_mm[n]):
                    outside.setdefault(m, is_outside)
                outside[int(n)] = is_outside
            found[n] = away_mm[n] if outside[int(n)] else 0.0
        return found

    def left_mm(self, entry_mm: npt.ArrayLike, tip_mm: npt.ArrayLike, strays_mm: float) -> float:
        """Return the smallest distance of an axis to the surface less what it may stray there: all at the tip, nothing at the entry."""
        entry, tip = np.asarray(entry_mm, float), np.asarray(tip_mm, float)
        nearest_mm = self.distance_mm(entry, tip)
        if nearest_mm < 0 or nearest_mm - strays_mm > _FAR_MM:
            return nearest_mm - strays_mm
        at = np.linspace(0.0, 1.0, int(np.ceil(np.linalg.norm(tip - entry) / _ALONG_SHAFT_MM)) + 1)
        return float((self._points_away_mm(entry + at[:, None] * (tip - entry)) - strays_mm * at).min())

    def _outside_mm(self, entry: Floats, tip: Floats) -> float:
        to_middles = _to_segment_mm(self._middles, entry, tip)
        # A corner is never farther away than the surface's own distance needs.
        most_mm = float((to_middles + self._reach_mm).min())
        near = self._corners[to_middles - self._reach_mm <= most_mm]
        edges = [_between_mm(entry, tip, near[:, n], near[:, (n + 1) % 3]) for n in range(3)]
        faces = [_above_mm(end[None], near) for end in (entry, tip)]
        return float(min(part.min() for part in (*edges, *faces)))

    def _spans_inside(self, entry: Floats, tip: Floats) -> list[tuple[float, float]]:
        """Fractions of the axis between which it lies inside."""
        cuts = [0.0, *self._crossings(entry, tip), 1.0]
        spans = [(a, b) for a, b in itertools.pairwise(cuts) if b - a > 1e-9]
        return [(a, b) for a, b in spans if self._winds(entry + (a + b) / 2 * (tip - entry))]

    def _crossings(self, entry: Floats, tip: Floats) -> list[float]:
        """Fractions of the axis where it goes through a triangle, in order (Möller and Trumbore 1997)."""
        along = tip - entry
        a, b, c = (self._corners[:, n] for n in range(3))
        across = np.cross(along, c - a)
        volume = np.einsum("ni,ni->n", b - a, across)
        safe = np.where(np.abs(volume) > 1e-14, volume, np.inf)
        u = np.einsum("ni,ni->n", entry - a, across) / safe
        turned = np.cross(entry - a, b - a)
        v, t = turned @ along / safe, np.einsum("ni,ni->n", turned, c - a) / safe
        met = (u >= -1e-9) & (v >= -1e-9) & (u + v <= 1 + 1e-9) & (t >= 0) & (t <= 1) & np.isfinite(safe)
        return sorted(t[met].tolist())

    def _winds(self, point: Floats) -> bool:
        """Whether the surface goes round a point: the solid angle of its triangles (Van Oosterom and Strackee 1983)."""
        a, b, c = (self._corners[:, n] - point for n in range(3))
        la, lb, lc = (np.linalg.norm(v, axis=1) for v in (a, b, c))
        volume = np.einsum("ni,ni->n", a, np.cross(b, c))
        dots = [np.einsum("ni,ni->n", p, q) for p, q in ((a, b), (b, c), (c, a))]
        angle = 2 * np.arctan2(volume, la * lb * lc + dots[0] * lc + dots[1] * la + dots[2] * lb)
        return abs(float(angle.sum())) > 2 * np.pi

    def _deepest_mm(self, start: Floats, stop: Floats) -> float:
        """How far the place of a piece of axis that lies deepest inside is from the surface."""
        length_mm = float(np.linalg.norm(stop - start))
        coarse = np.linspace(0.0, 1.0, int(np.ceil(length_mm / _COARSE_MM)) + 1)
        depths_mm = self._points_away_mm(start + coarse[:, None] * (stop - start))
        # No place between two others lies deeper than they do by more than half the way between them.
        possible = coarse[depths_mm >= depths_mm.max() - _COARSE_MM]
        half = _COARSE_MM / max(length_mm, 1e-9)
        around = np.arange(-half, half, _STEP_MM / max(length_mm, 1e-9))
        fine = np.unique(np.clip((possible[:, None] + around).ravel(), 0.0, 1.0))
        return float(max(self._points_away_mm(start + fine[:, None] * (stop - start)).max(), depths_mm.max()))

    def _points_away_mm(self, points: Floats) -> Floats:
        """Distance of every point to the nearest triangle."""
        found = np.empty(len(points))
        reach_mm = float(self._reach_mm.max())
        rough_mm, _ = self._tree.query(points)
        for n, point in enumerate(points):
            near = self._corners[self._tree.query_ball_point(point, rough_mm[n] + reach_mm + 1e-9)]
            edges = [_to_segments_mm(point, near[:, m], near[:, (m + 1) % 3]).min() for m in range(3)]
            found[n] = min(*edges, _above_mm(point[None], near).min())
        return found


def to_tube_mm(tube: Tube, entry_mm: npt.ArrayLike, tip_mm: npt.ArrayLike) -> float:
    """Return the distance of an axis to the body that balls of a tube's radius sweep along its centreline."""
    centres, radii_mm = _balls(tube)
    away = _to_segment_mm(centres, np.asarray(entry_mm, float), np.asarray(tip_mm, float))
    return float((away - radii_mm).min())


def left_to_tube_mm(tube: Tube, entry_mm: npt.ArrayLike, tip_mm: npt.ArrayLike, strays_mm: float) -> float:
    """Return the smallest distance of an axis to a tube less what it may stray there."""
    entry, tip = np.asarray(entry_mm, float), np.asarray(tip_mm, float)
    nearest_mm = to_tube_mm(tube, entry, tip)
    if nearest_mm - strays_mm > _FAR_MM:
        return nearest_mm - strays_mm
    centres, radii_mm = _balls(tube)
    along, length_mm = tip - entry, float(np.linalg.norm(tip - entry))
    # Only balls near the shaft can come nearest to it.
    near = _to_segment_mm(centres, entry, tip) - radii_mm <= nearest_mm + strays_mm
    at = np.linspace(0.0, 1.0, int(np.ceil(length_mm / _ALONG_SHAFT_MM)) + 1)
    left = [
        float((np.linalg.norm(centres[near] - entry - s * along, axis=1) - radii_mm[near]).min()) - strays_mm * s
        for s in at.tolist()
    ]
    return float(min(left))


def _balls(tube: Tube) -> tuple[Floats, Floats]:
    """Centres and radii of balls along a tube."""
    steps = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(tube.points_mm, axis=0), axis=1))])
    at = np.linspace(0.0, steps[-1], int(np.ceil(steps[-1] / _ALONG_TUBE_MM)) + 1)
    centres = np.stack([np.interp(at, steps, tube.points_mm[:, n]) for n in range(3)], axis=1)
    return centres, np.interp(at, steps, tube.radii_mm)


def _to_segment_mm(points: Floats, start: Floats, stop: Floats) -> Floats:
    """Distances of many points to one segment."""
    axis = stop - start
    at = np.clip((points - start) @ axis / max(float(axis @ axis), 1e-18), 0.0, 1.0)
    return np.asarray(np.linalg.norm(points - start - at[:, None] * axis, axis=1))


def _to_segments_mm(point: Floats, starts: Floats, stops: Floats) -> Floats:
    """Distances of one point to many segments."""
    axes = stops - starts
    at = np.einsum("ni,ni->n", point - starts, axes) / np.maximum(np.einsum("ni,ni->n", axes, axes), 1e-18)
    return np.asarray(np.linalg.norm(point - starts - np.clip(at, 0.0, 1.0)[:, None] * axes, axis=1))


def _between_mm(start: Floats, stop: Floats, starts: Floats, stops: Floats) -> Floats:
    """Distances of one segment to many: where their lines come nearest if that is on both, and else an end to the other."""
    ends = [_to_segments_mm(start, starts, stops), _to_segments_mm(stop, starts, stops)]
    ends += [_to_segment_mm(corner, start, stop) for corner in (starts, stops)]
    axis, axes, apart = stop - start, stops - starts, start - starts
    a, b, c = float(axis @ axis), axes @ axis, np.einsum("ni,ni->n", axes, axes)
    d, e = apart @ axis, np.einsum("ni,ni->n", apart, axes)
    spread = a * c - b * b
    safe = np.where(spread > 1e-12, spread, np.inf)
    s, t = (b * e - c * d) / safe, (a * e - b * d) / safe
    on_both = (s >= 0) & (s <= 1) & (t >= 0) & (t <= 1) & np.isfinite(safe)
    lines = np.linalg.norm(apart + s[:, None] * axis - t[:, None] * axes, axis=1)
    return np.asarray(np.minimum.reduce([*ends, np.where(on_both, lines, np.inf)]))


def _above_mm(points: Floats, corners: Floats) -> Floats:
    """Heights of points, one or as many as triangles, above the triangles that they lie over; infinite beside them."""
    a, b, c = (corners[:, n] for n in range(3))
    normal = np.cross(b - a, c - a)
    length = np.linalg.norm(normal, axis=1)
    unit = normal / np.maximum(length, 1e-18)[:, None]
    height = np.einsum("ni,ni->n", points - a, unit)
    foot = points - height[:, None] * unit
    over = length > 0
    for p, q in ((a, b), (b, c), (c, a)):
        over &= np.einsum("ni,ni->n", np.cross(q - p, foot - p), unit) >= 0
    return np.asarray(np.where(over, np.abs(height), np.inf))
