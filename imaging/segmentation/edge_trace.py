"""Outlines in one slice that follow edges: a live wire between two points, and the level line at one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from imaging.errors import ImagingError
from imaging.geometry import Floats
from imaging.labels import Box, Mask
from imaging.later import draw, graph, measure, ndimage
from imaging.volume import Volume

_EDGE_VOXELS = 1.0
_AROUND_VOXELS = 25
# A smaller line of one density goes around noise.
_LEAST_VOXELS = 8.0
# Lines of lower densities than this go around the noise of air.
_AIR_HU = -850.0


def _slice_of(volume: Volume, lps_mm: npt.ArrayLike, axis: int) -> tuple[int, Floats]:
    """The slice of the CT along ``axis`` of k, j, i that holds a point, and the point's place in it."""
    kji = volume.grid.to_ijk(np.asarray(lps_mm, float))[::-1]
    if not volume.grid.contains(lps_mm):
        raise ImagingError("The point lies outside the CT.", code="point-outside")
    index = int(np.clip(round(float(kji[axis])), 0, volume.grid.shape_kji[axis] - 1))
    return index, np.delete(kji, axis)


def _to_lps(volume: Volume, places: Floats, axis: int, index: int) -> Floats:
    return volume.grid.to_lps(np.insert(places, axis, index, axis=1)[:, ::-1])


def live_wire(volume: Volume, start_mm: npt.ArrayLike, stop_mm: npt.ArrayLike, axis: int = 0) -> Floats:
    """Return the path along the strongest edge from one point to another in a slice.

    Parameters
    ----------
    volume : Volume
    start_mm, stop_mm : array_like, shape (3,)
        LPS; the slice is that of the first point.
    axis : int
        Across the slice: 0 for k, 1 for j, 2 for i.

    Returns
    -------
    ndarray, shape (n, 3)
        LPS, from start to stop, one point a pixel or closer.

    Raises
    ------
    ImagingError
        ``point-outside``.
    """
    index, start = _slice_of(volume, start_mm, axis)
    _, stop = _slice_of(volume, stop_mm, axis)
    plane: npt.NDArray[np.int16] = np.take(volume.hu, [index], axis).squeeze(axis)
    low = np.maximum(np.floor(np.minimum(start, stop)).astype(int) - _AROUND_VOXELS, 0)
    high = np.minimum(np.ceil(np.maximum(start, stop)).astype(int) + _AROUND_VOXELS + 1, plane.shape)
    # Thick slices are made finer first: seen from the side their voxels would make stairs of the wire.
    spacing_mm = np.delete(volume.grid.spacing_ijk_mm[::-1], axis)
    finer = np.maximum(np.rint(spacing_mm / spacing_mm.min()), 1).astype(int)
    part = plane[low[0] : high[0], low[1] : high[1]].astype(np.float32)
    shape = (np.array(part.shape) - 1) * finer + 1
    part = ndimage.zoom(part, shape / part.shape, order=1) if (finer > 1).any() else part
    steep = ndimage.gaussian_gradient_magnitude(part, _EDGE_VOXELS)
    cost = 0.02 + 1 / (1 + (steep / max(float(np.quantile(steep, 0.9)), 1e-3)) ** 2)
    ends = [tuple(np.clip(np.rint((p - low) * finer).astype(int), 0, np.array(part.shape) - 1)) for p in (start, stop)]
    path, _ = graph.route_through_array(cost, *ends, fully_connected=True, geometric=True)
    return _to_lps(volume, np.array(path, float) / finer + low, axis, index)


def level_line(volume: Volume, lps_mm: npt.ArrayLike, axis: int = 0) -> Floats:
    """Return the closed line of equal density nearest to a point in a slice.

    Raises
    ------
    ImagingError
        ``point-outside``, ``level-in-air``, or ``no-level-line`` where no closed line around more than noise passes within 3 voxels.
    """
    index, place = _slice_of(volume, lps_mm, axis)
    smooth = ndimage.gaussian_filter(volume.hu.take(index, axis).astype(np.float32), 0.7)
    level = float(ndimage.map_coordinates(smooth, place[:, None], order=1, mode="nearest")[0])
    if level < _AIR_HU:
        raise ImagingError("The click lies in air.", code="level-in-air", hint="Click on the border itself.")
    near = [
        (float(np.linalg.norm(line - place, axis=1).min()), line)
        for line in measure.find_contours(smooth, level) if np.array_equal(line[0], line[-1]) and _area(line) >= _LEAST_VOXELS
    ]  # fmt: skip
    distance, line = min(near, key=lambda found: found[0], default=(np.inf, np.empty((0, 2))))
    if distance > 3:
        raise ImagingError(
            "No closed line of one density passes here.", code="no-level-line", hint="Click on the border itself."
        )
    return _to_lps(volume, np.asarray(line), axis, index)


def _area(line: Floats) -> float:
    """Pixels that a closed line encloses."""
    return float(abs(line[:-1, 0] @ line[1:, 1] - line[1:, 0] @ line[:-1, 1])) / 2


def fill_outline(mask: Mask, outline_mm: npt.ArrayLike, axis: int = 0, *, erase: bool = False) -> Mask:
    """Return a mask with the inside of an outline in one slice added, or taken away.

    Raises
    ------
    ImagingError
        ``outline-too-short`` with fewer than three points.
    """
    outline = np.atleast_2d(np.asarray(outline_mm, float))
    if len(outline) < 3:
        raise ImagingError("An outline needs three points.", code="outline-too-short", hint="Go once around.")
    kji = mask.grid.to_ijk(outline)[:, ::-1]
    index = int(np.clip(round(float(kji[:, axis].mean())), 0, mask.grid.shape_kji[axis] - 1))
    flat = np.delete(kji, axis, axis=1)
    shape = np.delete(np.array(mask.grid.shape_kji), axis)
    low = np.clip(np.floor(flat.min(axis=0)).astype(int), 0, shape - 1)
    high = np.clip(np.ceil(flat.max(axis=0)).astype(int) + 1, low + 1, shape)
    inside = draw.polygon2mask(tuple(high - low), flat - low)
    start, stop = np.insert(low, axis, index).tolist(), np.insert(high, axis, index + 1).tolist()
    box = Box((start[0], start[1], start[2]), (stop[0], stop[1], stop[2]))
    before = mask.array(box)
    drawn = np.expand_dims(inside, axis)
    return mask.with_box(box, before & ~drawn if erase else before | drawn)


def encloses(outline_mm: Floats, lps_mm: npt.ArrayLike, axis_normal: npt.ArrayLike) -> bool:
    """Return whether a flat outline goes around a point, seen along a direction."""
    normal = np.asarray(axis_normal, float)
    right = np.cross(normal, np.eye(3)[np.abs(normal).argmin()])
    basis = np.stack([right, np.cross(normal, right)], axis=1)
    return bool(measure.points_in_poly((np.atleast_2d(np.asarray(lps_mm, float))) @ basis, outline_mm @ basis)[0])
