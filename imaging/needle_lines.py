"""Straight stretches of metal in a CT: where needles are looked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from imaging.geometry import Floats
from imaging.later import ndimage
from imaging.segmentation.pieces import labelled
from imaging.volume import Volume

THIN_SLICE_MM = 2.5
"""In thicker slices a thin needle reads less than it should, and may seem broken."""
LARGEST_GAP_MM = 8.0
FEWEST_VOXELS = 8
OWN_MM = 4.0
"""Metal so near to a line is its own."""
_LEAST_SHARE = 0.6
"""What a needle in thick slices still reads, of what counts as metal."""
_THIN_MM, _OF_THIN = 9.0, 0.4
"""What is wider than this in a slice is no needle: metal must stand out by this share from what is left without it."""
_SEED_MM = 10.0
"""So much of it must read as metal; from there it is followed as long as it stands out."""
_INLIER_MM = 1.6
_TRIALS, _POINTS = 400, 1500
_LINES_A_PIECE = 5


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A stretch of a line: a point and a unit direction, each of shape (3,), and from where to where along it, LPS."""

    point: Floats
    direction: Floats
    low_mm: float
    high_mm: float

    @property
    def length_mm(self) -> float:
        return self.high_mm - self.low_mm

    def at(self, along_mm: Floats | float) -> Floats:
        """Return places along it, shape (..., 3), from distances, shape (...)."""
        return np.asarray(self.point + np.asarray(along_mm)[..., None] * self.direction)


def step_mm(volume: Volume) -> float:
    """Return the largest distance between neighbouring voxels: nearly always that of the slices."""
    return float(volume.grid.spacing_ijk_mm.max())


def across(direction: Floats) -> tuple[Floats, Floats]:
    """Return two unit vectors perpendicular to a direction, shape (3,), and to each other."""
    first = np.cross(direction, np.eye(3)[int(np.abs(direction).argmin())])
    first /= np.linalg.norm(first)
    return first, np.cross(direction, first)


def metal_pieces(
    volume: Volume, metal_hu: float, near: Sequence[tuple[Floats, Floats]], within_mm: float
) -> Iterator[Floats]:
    """Return metal in pieces that hang together, the largest first.

    Parameters
    ----------
    volume : Volume
    metal_hu : float
    near : sequence of pairs of ndarray, shape (3,)
        Ends of paths, LPS; with them only metal within ``within_mm`` of one of them is looked at.
    within_mm : float

    Yields
    ------
    ndarray, shape (n, 3)
        Centres of voxels, LPS.
    """
    share = np.clip(THIN_SLICE_MM / volume.grid.spacing_ijk_mm[2], _LEAST_SHARE, 1.0)
    at = np.argwhere(volume.hu > share * metal_hu)
    if len(at) == 0:
        return
    wide = np.maximum(np.rint(_THIN_MM / volume.grid.spacing_ijk_mm[:2]), 3).astype(int)
    margin = np.array([0, wide[1], wide[0]])
    start = np.maximum(at.min(axis=0) - margin, 0)
    stop = np.minimum(at.max(axis=0) + margin + 1, volume.grid.shape_kji)
    box = tuple(slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))
    hu = volume.hu[box]
    thick = ndimage.grey_opening(hu, size=(1, int(wide[1]), int(wide[0])))
    metal = (hu > share * metal_hu) & (hu.astype(np.int32) - thick > _OF_THIN * share * metal_hu)
    numbers, counts = labelled(metal, 26)
    at = np.argwhere(metal)
    points = volume.grid.to_lps((at + start)[:, ::-1])
    piece = numbers[tuple(at.T)]
    if near:
        away = np.min([to_segment_mm(points, tip, entry) for tip, entry in near], axis=0)
        points, piece = points[away <= within_mm], piece[away <= within_mm]
    for number in np.argsort(-counts[1:], kind="stable") + 1:
        if counts[number] < FEWEST_VOXELS:
            return
        own = points[piece == number]
        if len(own) >= FEWEST_VOXELS:
            yield own


def to_segment_mm(points: Floats, start: Floats, stop: Floats) -> Floats:
    """Return the distances of points, shape (n, 3), from the stretch between two others, shape (n,)."""
    along = stop - start
    share = np.clip((points - start) @ along / max(float(along @ along), 1e-9), 0, 1)
    return np.asarray(np.linalg.norm(points - start - share[:, None] * along, axis=1))


def straight_lines(points: Floats, rng: np.random.Generator, slice_mm: float) -> Iterator[Line]:
    """Return the straight stretches of a piece of metal, the longest first; it may hold several where needles touch.

    Parameters
    ----------
    points : ndarray, shape (n, 3)
        Of the piece, LPS.
    rng : numpy.random.Generator
    slice_mm : float
        Distance of the slices, within which nobody knows where a thin shaft lies.

    Yields
    ------
    Line
    """
    left = points
    for _ in range(_LINES_A_PIECE):
        if len(left) < FEWEST_VOXELS:
            return
        line = _longest(left, rng, slice_mm)
        if line is None or line.length_mm < _SEED_MM:
            return
        yield line
        along = (left - line.point) @ line.direction
        off = np.linalg.norm(left - line.point - along[:, None] * line.direction, axis=1)
        left = left[off > OWN_MM]


def _longest(points: Floats, rng: np.random.Generator, slice_mm: float) -> Line | None:
    """The line through two of the points along which most of them lie without a gap."""
    some = points if len(points) <= _POINTS else points[rng.choice(len(points), _POINTS, replace=False)]
    pairs = rng.integers(0, len(some), (_TRIALS, 2))
    within_mm = max(_INLIER_MM, 0.5 * slice_mm)
    best: Line | None = None
    for a, b in some[pairs]:
        apart_mm = float(np.linalg.norm(b - a))
        if apart_mm < 0.5 * _SEED_MM:
            continue
        line = _stretch(some, a, (b - a) / apart_mm, within_mm)
        if line is not None and (best is None or line.length_mm > best.length_mm):
            best = line
    if best is None:
        return None
    for _ in range(3):
        along = (points - best.point) @ best.direction
        off = np.linalg.norm(points - best.at(along), axis=1)
        own = points[(off <= within_mm) & (along >= best.low_mm) & (along <= best.high_mm)]
        axis = np.linalg.svd(own - own.mean(axis=0), full_matrices=False)[2][0]
        better = _stretch(points, own.mean(axis=0), axis, within_mm)
        if better is None:
            break
        best = better
    return best


def _stretch(points: Floats, point: Floats, direction: Floats, within_mm: float) -> Line | None:
    """The longest stretch of a line with points beside it all along."""
    along = (points - point) @ direction
    off = np.linalg.norm(points - point - along[:, None] * direction, axis=1)
    own = np.sort(along[off <= within_mm])
    if len(own) < FEWEST_VOXELS:
        return None
    ends = np.flatnonzero(np.diff(own) > LARGEST_GAP_MM)
    starts, stops = own[np.append(0, ends + 1)], own[np.append(ends, len(own) - 1)]
    n = int(np.argmax(stops - starts))
    return Line(point, direction, float(starts[n]), float(stops[n]))
