"""The spinal canal: its course, found by how bone encloses it, and its wall, by rays from the course."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from imaging.anatomy.enclosure import enclosed_part
from imaging.anatomy.straight import STEP_MM, StraightSpine
from imaging.errors import ImagingError
from imaging.geometry import Floats, VoxelGrid
from imaging.labels import Bools
from imaging.later import cc3d, edt, graph, ndimage
from imaging.midplane import Midplane
from imaging.resample import resample_hu
from imaging.structures import Tube
from imaging.volume import Volume

WORKING_MM = 2.0
_HALF_WIDTH_MM = 72.0
"""How far to either side of the plane of symmetry is looked at."""
_BONE_HU = 170.0
_SOFT_HU = (-130.0, 120.0)
_SEARCH_MM, _REACH_MM = 24.0, 26.0
"""The canal lies within so much of the plane of symmetry, and what encloses it lies within reach."""
_CORE_ENCLOSED, _LEAST_ENCLOSED, _PASSABLE, _CORE_WIDTHS = 0.7, 0.6, 0.35, 1.0
_LIKELY_OFF_MM = 10.0
_END_OFF_MM = 7.0
_SHORTEST_MM = 30.0
_END_ENCLOSED, _END_PART = 0.75, 0.9
"""The canal ends where less is enclosed than this, or than this part of the usual in the image: at the sacral hiatus."""
_SMOOTH_MM = 6.0
_IMPASSABLE = -1.0

_RAYS = 48
_WIDEST_MM, _RAY_STEP_MM = 16.0, 0.5
_WALL_HU = 130.0
_OUTLIER, _CLOSED_PART, _AROUND_MM, _BESIDE = 1.15, 0.4, 15.0, 1
"""A ray that goes so much farther than this quantile of the rays of its angle, within half a vertebra up and down, left
through an opening: pedicles and laminae close the canal for no more than that part of its length. Only one ray to either
side counts as of its angle: the sacral canal has corners, and roots lie in them."""
_SPECKLE = 5, 3
"""Rows and rays of the median that takes away what single rays saw."""


@dataclass(frozen=True, eq=False)
class SpineImage:
    """The surroundings of the plane of symmetry on equal voxels along its axes."""

    grid: VoxelGrid
    hu: npt.NDArray[np.float32]
    bone: Bools


@dataclass(frozen=True, eq=False)
class Canal:
    """The course of the canal, head to tail, with its wall.

    Attributes
    ----------
    spine : StraightSpine
    enclosed : ndarray, shape (n,)
        Part of the view that is bone, along the course.
    wall_mm : ndarray, shape (n, 48)
        Distance of the wall from the course, at angles from the left over the front.
    seen : ndarray of bool, shape (n, 48)
        Where bone is the wall; elsewhere it lies open, and the wall is carried on from around.
    """

    spine: StraightSpine
    enclosed: Floats
    wall_mm: Floats
    seen: Bools

    @property
    def radii_mm(self) -> Floats:
        """Radius of the circle with the area of the cross-section, shape (n,)."""
        return np.asarray(np.sqrt((self.wall_mm**2).mean(axis=1)))


def spine_image(volume: Volume, midplane: Midplane) -> SpineImage:
    """Return the surroundings of the plane of symmetry."""
    low, high = volume.grid.bounds_mm
    corners = np.array(np.meshgrid(*zip(low, high, strict=True), indexing="ij")).reshape(3, -1).T
    along = (corners - midplane.point_mm) @ midplane.axes
    low, high = along.min(axis=0), along.max(axis=0)
    low[0], high[0] = max(low[0], -_HALF_WIDTH_MM), min(high[0], _HALF_WIDTH_MM)
    # a column of voxels lies in the plane itself
    low[0] = np.ceil(low[0] / WORKING_MM) * WORKING_MM - 0.5 * WORKING_MM
    origin = midplane.point_mm @ midplane.axes
    grid = VoxelGrid.along_axes(midplane.axes, origin + low, origin + high, WORKING_MM, volume.grid.frame_uid)
    hu = ndimage.gaussian_filter(np.nan_to_num(resample_hu(volume, grid), nan=-1000.0), 0.5)
    return SpineImage(grid, hu, hu > _BONE_HU)


def find_canal(image: SpineImage, midplane: Midplane) -> Canal:
    """Return the canal.

    Raises
    ------
    ImagingError
        ``no-canal`` where no long channel is enclosed by bone near the plane of symmetry.
    """
    left_mm = _left_mm(image, midplane)
    to_bone_mm = edt.edt(~image.bone) * WORKING_MM
    enclosed = _enclosed(image, left_mm, to_bone_mm)
    goal = np.clip(enclosed - 0.55, 0.0, None) * (0.25 + np.clip(to_bone_mm, 0.0, 8.0) / 8)
    cost = np.where(enclosed > _PASSABLE, (1 + (left_mm / _LIKELY_OFF_MM) ** 2) / (goal + 0.01), _IMPASSABLE)
    del goal
    core = _core(enclosed, to_bone_mm, left_mm)
    path = _path(core, cost, enclosed, left_mm)
    course = _smooth(image.grid.to_lps(path[:, ::-1]))
    spine = StraightSpine(course, midplane.axes[:, 0])
    for _ in range(2):
        wall, _ = _wall(image, spine)
        spine = StraightSpine(_smooth(_recentred(spine, wall)), midplane.axes[:, 0])
    ijk = image.grid.to_ijk(spine.points_mm)
    along = ndimage.map_coordinates(enclosed, ijk.T[::-1], order=1, mode="nearest")
    n = _hiatus(along)
    spine = StraightSpine(spine.points_mm[:n], spine.left_mm)
    wall, seen = _wall(image, spine)
    return Canal(spine, along[:n], wall, seen)


def _hiatus(enclosed: Floats) -> int:
    """Number of points up to where the canal opens."""
    smooth = ndimage.gaussian_filter1d(enclosed, 2.0 / STEP_MM, mode="nearest")
    least = min(_END_ENCLOSED, _END_PART * float(np.median(smooth)))
    return int(np.flatnonzero(smooth >= least)[-1]) + 1


def _left_mm(image: SpineImage, midplane: Midplane) -> Floats:
    """Distance of every column of voxels from the plane of symmetry."""
    i = np.arange(image.grid.shape_kji[2])
    places = image.grid.to_lps(np.stack([i, np.zeros_like(i), np.zeros_like(i)], axis=-1))
    return np.asarray((places - midplane.point_mm) @ midplane.axes[:, 0])


def _enclosed(image: SpineImage, left_mm: Floats, to_bone_mm: Floats) -> npt.NDArray[np.float32]:
    soft = ~image.bone & (image.hu > _SOFT_HU[0]) & (image.hu < _SOFT_HU[1]) & (to_bone_mm < 16.0)
    soft &= abs(left_mm) <= _SEARCH_MM
    out = np.zeros(image.grid.shape_kji, np.float32)
    out[soft] = enclosed_part(image.bone, np.argwhere(soft).astype(np.int64), int(_REACH_MM / WORKING_MM))
    return out


def _core(enclosed: npt.NDArray[np.float32], to_bone_mm: Floats, left_mm: Floats) -> Bools:
    """The piece of enclosed channels that runs farthest along the spine, weighted by its size."""
    ok = (enclosed > _CORE_ENCLOSED) & (to_bone_mm >= _CORE_WIDTHS * WORKING_MM) & (abs(left_mm) <= 16.0)
    pieces, count = cc3d.connected_components(ok, connectivity=26, return_N=True, binary_image=True)
    found = cc3d.statistics(pieces)
    lengths_mm = np.array([(b[0].stop - b[0].start) * WORKING_MM for b in found["bounding_boxes"][1 : count + 1]])
    if count == 0 or lengths_mm.max() < _SHORTEST_MM:
        raise ImagingError(
            "No spinal canal was found: no channel as long as a vertebra is enclosed by bone.",
            code="no-canal",
            hint="Check that the CT shows the spine or the sacrum; otherwise draw the canal by points.",
        )
    best = int(np.argmax(lengths_mm * np.sqrt(found["voxel_counts"][1 : count + 1]))) + 1
    return np.asarray(pieces == best)


def _path(core: Bools, cost: Floats, enclosed: npt.NDArray[np.float32], left_mm: Floats) -> npt.NDArray[np.int64]:
    """The cheapest way through the core, and on to the highest and the lowest enclosed places near the middle."""
    beside, passable = np.flatnonzero(core.any(axis=(0, 1))), np.flatnonzero((cost > 0).any(axis=(0, 2)))
    columns = slice(max(int(beside[0]) - 3, 0), int(beside[-1]) + 4)
    box = (slice(None), slice(int(passable[0]), int(passable[-1]) + 1), columns)
    cost, inside, part, off = cost[box], core[box], enclosed[box], abs(left_mm[box[2]])
    ways = graph.MCP_Geometric(cost)
    reached, _ = ways.find_costs([np.unravel_index(np.where(inside, cost, np.inf).argmin(), cost.shape)])
    middle = np.argwhere((part > _LEAST_ENCLOSED) & (off < _END_OFF_MM) & np.isfinite(reached))
    head = middle[middle[:, 0] >= middle[:, 0].max() - 1]
    tail = middle[middle[:, 0] <= middle[:, 0].min() + 1]
    up, down = (ways.traceback(min(map(tuple, ends), key=lambda at: reached[at])) for ends in (head, tail))
    return np.asarray(np.array([*up[::-1], *down[1:]]) + [s.start or 0 for s in box], np.int64)


def _smooth(points_mm: Floats) -> Floats:
    """The same course, smooth, with points `STEP_MM` apart; its ends stay."""
    course = Tube(points_mm, np.ones(len(points_mm))).resampled(0.5).points_mm
    # mirrored through its ends, a course keeps its ends and its direction there
    n = min(int(4 * _SMOOTH_MM / 0.5), len(course) - 1)
    before, after = 2 * course[0] - course[n:0:-1], 2 * course[-1] - course[-2 : -n - 2 : -1]
    smooth = ndimage.gaussian_filter1d(np.concatenate([before, course, after]), _SMOOTH_MM / 0.5, axis=0)[n:-n]
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(smooth, axis=0), axis=1))])
    at = np.arange(0.0, along[-1], STEP_MM)
    return np.stack([np.interp(at, along, smooth[:, axis]) for axis in range(3)], axis=1)


def _wall(image: SpineImage, spine: StraightSpine) -> tuple[Floats, Bools]:
    """Distance of bone from the course at all angles, and where it was seen."""
    angle = 2 * np.pi * np.arange(_RAYS) / _RAYS
    r = np.arange(0.0, _WIDEST_MM, _RAY_STEP_MM)
    s = STEP_MM * np.arange(len(spine.points_mm))
    hu = spine.sample(
        image.hu, image.grid, s[:, None, None], r * np.cos(angle)[:, None], r * np.sin(angle)[:, None], outside=-1000.0
    )
    beyond = hu >= _WALL_HU
    first = beyond.argmax(axis=2)
    seen = beyond.any(axis=2) & (first > 0)
    low, high = (np.take_along_axis(hu, np.maximum(first - n, 0)[..., None], axis=2)[..., 0] for n in (1, 0))
    part = np.clip((_WALL_HU - low) / np.where(high > low, high - low, 1.0), 0.0, 1.0)
    wall = np.where(seen, (first - 1 + part) * _RAY_STEP_MM, np.nan)
    wall = np.where(beyond.any(axis=2) & (first == 0), _RAY_STEP_MM, wall)
    return _carried_on(wall)


def _carried_on(wall: Floats) -> tuple[Floats, Bools]:
    """Close the openings: rays that saw no bone, or left through an opening, take what is above and below them."""
    usual = _usual_around(wall, int(np.ceil(_AROUND_MM / STEP_MM)))
    seen = np.isfinite(wall) & (wall < _OUTLIER * usual)
    closed = np.pad(np.where(seen, wall, usual), ((0, 0), (_BESIDE, _BESIDE)), mode="wrap")
    return ndimage.median_filter(closed, _SPECKLE, mode="nearest")[:, _BESIDE:-_BESIDE], seen


def _usual_around(wall: Floats, rows: int) -> Floats:
    """Where the wall is for rays of the same angle up and down the canal, openings apart."""
    beside = np.pad(
        np.pad(wall, ((0, 0), (_BESIDE, _BESIDE)), mode="wrap"), ((rows, rows), (0, 0)), constant_values=np.nan
    )
    around = sliding_window_view(beside, (2 * rows + 1, 2 * _BESIDE + 1)).reshape(*wall.shape, -1)
    # what was not seen sorts to the end
    ordered, count = np.sort(around, axis=-1), np.isfinite(around).sum(axis=-1)
    at = np.floor(_CLOSED_PART * np.maximum(count - 1, 0)).astype(int)
    usual = np.take_along_axis(ordered, at[..., None], axis=-1)[..., 0]
    whole = float(np.nanmedian(wall)) if np.isfinite(wall).any() else _RAY_STEP_MM
    return np.asarray(np.where(count > 0, usual, whole), float)


def _recentred(spine: StraightSpine, wall: Floats) -> Floats:
    """The middles of the cross-sections."""
    angle = 2 * np.pi * np.arange(_RAYS) / _RAYS
    # centroid of a star-shaped area: two thirds of r cubed over r squared
    area = (wall**2).sum(axis=1)
    left = (2 / 3) * (wall**3 * np.cos(angle)).sum(axis=1) / area
    front = (2 / 3) * (wall**3 * np.sin(angle)).sum(axis=1) / area
    return np.asarray(spine.points_mm + left[:, None] * spine.left + front[:, None] * spine.front)
