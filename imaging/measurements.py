"""What a radiologist measures of a structure: volume, axes, densities, and how near it comes to another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from imaging.errors import ImagingError
from imaging.geometry import Floats
from imaging.labels import Bools, Box, Mask
from imaging.later import distances, spatial
from imaging.resample import rasterise
from imaging.structures import Tube
from imaging.volume import Volume

_FEW_POINTS = 60
_STEPS_A_VOXEL = 4
_NEAR_MM = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """Longest extent, and the longest across it, from edge to edge of the voxels.

    Attributes
    ----------
    long_mm, short_mm : float
    ends_mm : ndarray, shape (2, 3)
        LPS ends of the longest.
    third_mm : float
        Extent across both; 0 in a slice.
    """

    long_mm: float
    short_mm: float
    ends_mm: Floats
    third_mm: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Densities:
    """Hounsfield units of the voxels of a structure."""

    mean: float
    deviation: float
    lowest: float
    median: float
    highest: float


def volume_axes(mask: Mask) -> Axes:
    """Return the longest extent in space, the longest across it, and the extent across both.

    Raises
    ------
    ImagingError
        ``mask-empty``.
    """
    points = _face_middles(mask)
    corners = _outermost(points)
    long_mm, first, second = _furthest(corners)
    along = (corners[second] - corners[first]) / long_mm
    across = corners - np.outer(corners @ along, along)
    short_mm, a, b = _furthest(across)
    side = across[b] - across[a]
    third = np.cross(along, side / np.linalg.norm(side)) if short_mm > 0 else np.zeros(3)
    return Axes(
        long_mm=long_mm, short_mm=short_mm, third_mm=float(np.ptp(corners @ third)),
        ends_mm=np.array([corners[first], corners[second]]),
    )  # fmt: skip


def slice_axes(mask: Mask) -> Axes:
    """Return the longest diameter in any slice of the CT, and the longest chord across it in that slice, as RECIST asks.

    Raises
    ------
    ImagingError
        ``mask-empty``.
    """
    _require(mask)
    grid = mask.grid
    row_mm, column_mm = float(grid.spacing_ijk_mm[1]), float(grid.spacing_ijk_mm[0])
    array = mask.array(mask.box)
    best: tuple[float, int, Floats, Floats] | None = None
    for k, plane in enumerate(array):
        if not plane.any():
            continue
        at = np.argwhere(plane) * [row_mm, column_mm]
        half = np.array([[row_mm, 0], [-row_mm, 0], [0, column_mm], [0, -column_mm]]) / 2
        corners = _outermost((at[:, None] + half).reshape(-1, 2))
        length_mm, first, second = _furthest(corners)
        if best is None or length_mm > best[0] + 1e-9:
            best = (length_mm, k, corners[first], corners[second])
    assert best is not None
    length_mm, k, start, stop = best
    short_mm = _longest_chord_across(array[k], start, stop, row_mm, column_mm)
    rows_columns = np.array([start, stop]) / [row_mm, column_mm] + np.array(mask.box.start_kji[1:])
    ijk = np.column_stack([rows_columns[:, 1], rows_columns[:, 0], np.full(2, k + mask.box.start_kji[0])])
    return Axes(long_mm=length_mm, short_mm=short_mm, ends_mm=grid.to_lps(ijk))


def densities(volume: Volume, shape: Mask | Tube) -> Densities | None:
    """Return the Hounsfield units of a structure; None if no voxel's middle lies in it."""
    if isinstance(shape, Tube):
        reach_mm = float(shape.radii_mm.max())
        box = Box.around(volume.grid, shape.points_mm.min(axis=0) - reach_mm, shape.points_mm.max(axis=0) + reach_mm)
        if box.empty:
            return None
        inside = rasterise(shape, volume.grid.crop(box.start_kji, box.stop_kji))
    else:
        shape.grid.require_same(volume.grid, "The structure")
        box = shape.box
        inside = shape.array(box)
    hu = volume.hu[box.slices][inside].astype(float)
    if not hu.size:
        return None
    return Densities(
        mean=float(hu.mean()), deviation=float(hu.std()), lowest=float(hu.min()), median=float(np.median(hu)),
        highest=float(hu.max()),
    )  # fmt: skip


def surface_distance_mm(first: Mask | Tube, second: Mask | Tube) -> float:
    """Return the smallest distance between the surfaces of two structures; 0 where they touch or overlap.

    Raises
    ------
    ImagingError
        ``mask-empty``.
    """
    if isinstance(first, Tube) and isinstance(second, Tube):
        along = first.resampled(0.5)
        apart = second.signed_distance_mm(along.points_mm) - along.radii_mm
        return max(float(apart.min()), 0.0)
    if isinstance(first, Tube):
        first, second = second, first
    assert isinstance(first, Mask)
    if isinstance(second, Tube):
        # A tube that ends inside without touching the surface overlaps all the same.
        if first.contains(second.resampled(0.5).points_mm).any():
            return 0.0
        return max(float(second.signed_distance_mm(_face_middles(first)).min()), 0.0)
    first.grid.require_same(second.grid, "The second structure")
    _require(first)
    _require(second)
    for near_mm in (_NEAR_MM, np.inf):
        part = _part_near(second, first, near_mm)
        if part.count == 0:
            continue
        if first.minus(part).count < first.count:
            return 0.0
        away_mm, _ = spatial.cKDTree(_face_middles(part)).query(_face_middles(first))
        if float(away_mm.min()) <= near_mm:
            return float(away_mm.min())
    return float(away_mm.min())


def _part_near(mask: Mask, other: Mask, near_mm: float) -> Mask:
    """The part of a large structure that is worth measuring to."""
    if not np.isfinite(near_mm):
        return mask
    voxels = int(np.ceil(near_mm / mask.grid.spacing_ijk_mm.min())) + 1
    box = other.box.grown(voxels, mask.grid.shape_kji)
    return Mask.from_array(mask.grid, mask.array(box), box.start_kji)


def _face_middles(mask: Mask) -> Floats:
    """LPS middles of the voxel faces between a mask and what is not in it."""
    _require(mask)
    array: Bools = np.pad(mask.array(mask.box), 1)
    out = []
    for axis in range(3):
        low = [slice(None)] * 3
        high = [slice(None)] * 3
        low[axis], high[axis] = slice(None, -1), slice(1, None)
        at = np.argwhere(array[tuple(low)] != array[tuple(high)]).astype(float)
        at[:, axis] += 0.5
        out.append(at - 1 + np.array(mask.box.start_kji))
    return mask.grid.to_lps(np.concatenate(out)[:, ::-1])


def _outermost(points: Floats) -> Floats:
    """The corners of the convex hull, among which the furthest apart are."""
    if len(points) <= _FEW_POINTS:
        return points
    try:
        return np.asarray(points[spatial.ConvexHull(points).vertices])
    except spatial.QhullError:
        return points


def _furthest(points: Floats) -> tuple[float, int, int]:
    apart = distances.squareform(distances.pdist(points))
    a, b = np.unravel_index(int(apart.argmax()), apart.shape)
    return float(apart[a, b]), int(a), int(b)


def _longest_chord_across(plane: Bools, start: Floats, stop: Floats, row_mm: float, column_mm: float) -> float:
    """The longest unbroken line in a slice across a given one, to a quarter of a voxel."""
    along = (stop - start) / np.linalg.norm(stop - start)
    across = np.array([-along[1], along[0]])
    step_mm = min(row_mm, column_mm) / _STEPS_A_VOXEL
    length_mm = float(np.linalg.norm(stop - start))
    s = np.arange(step_mm / 2, length_mm, step_mm)
    t = np.arange(-length_mm, length_mm, step_mm) + step_mm / 2
    at = start + s[:, None, None] * along + t[None, :, None] * across
    rc = np.rint(at / [row_mm, column_mm]).astype(int)
    valid = ((rc >= 0) & (rc < plane.shape)).all(axis=-1)
    inside = np.zeros(valid.shape, bool)
    inside[valid] = plane[tuple(rc[valid].T)]
    padded = np.pad(inside.astype(np.int8), ((0, 0), (1, 1)))
    change = np.diff(padded, axis=1)
    longest = 0
    for row in change:
        begins, ends = np.flatnonzero(row == 1), np.flatnonzero(row == -1)
        if len(begins):
            longest = max(longest, int((ends - begins).max()))
    return longest * step_mm


def _require(mask: Mask) -> None:
    if mask.count == 0:
        raise ImagingError("An empty structure has no size.", code="mask-empty")
