"""Sacral roots: from the side of the canal through their ventral foramen to some way beyond it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.graph import MCP_Geometric

from imaging.anatomy.canal import Canal, SpineImage
from imaging.anatomy.enclosure import enclosed_part
from imaging.anatomy.foramina import ForamenPair
from imaging.anatomy.straight import STEP_MM
from imaging.geometry import Floats, VoxelGrid
from imaging.labels import Bools
from imaging.resample import resample_hu
from imaging.structures import Side, Tube
from imaging.volume import Volume

BEYOND_MM = 30.0
"""Roots are followed so far beyond their foramen."""
_FINE_MM = 1.25
_BONE_HU = 170.0
_MARGIN_ASIDE_MM, _MARGIN_BACK_MM, _MARGIN_FRONT_MM, _MARGIN_ALONG_MM = 62.0, 22.0, 70.0, 45.0
_THROUGH_BONE = 40.0
_ROOMY_MM = 4.0
_REACH_MM = 14.0
_MOUTH_ENCLOSED, _OUT_ENCLOSED = 0.5, 0.3
"""A plane with a hole is half of the view from the hole's mouth."""
_IN_CANAL_MM = (36.0, 16.0)
"""A root runs at the side of the canal from so far to so far above its foramen ..."""
_ASIDE_PART, _FRONT_PART = (0.65, 0.85), 0.15
"""... at this part of the canal's radius to the side, and to the front."""
_DEEP_MM = 9.0
_NOTCH_ASIDE, _NOTCH_FRONT, _NOTCH_BELOW = 0.85, 0.26, 0.1
"""The roots run towards the greater sciatic foramen: beside and in front of the canal at the lowest foramen, and below it,
in parts of the distance from the first to the fourth pair of foramina; a guess that the user corrects."""
_USUAL_STEP_MM = 23.0
_SMOOTH_MM = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class RootCourse:
    """One root.

    Attributes
    ----------
    points_mm : ndarray, shape (n, 3)
        LPS, from the canal outwards, 1 mm apart.
    mouth_mm : ndarray, shape (3,)
        Middle of the ventral opening of its foramen.
    through_bone_mm : float
        How far the course runs through what reads like bone: 0 for a clear view.
    """

    points_mm: Floats
    mouth_mm: Floats
    through_bone_mm: float


class RootTracer:
    """Follows roots through a fine image of the sacrum.

    Parameters
    ----------
    volume : Volume
    image : SpineImage
    canal : Canal
    pairs : mapping of str to ForamenPair
        By level.
    """

    def __init__(self, volume: Volume, image: SpineImage, canal: Canal, pairs: Mapping[str, ForamenPair]) -> None:
        self._canal = canal
        self._radii = ndimage.gaussian_filter1d(canal.radii_mm, 4.0 / STEP_MM, mode="nearest")
        places = {level: pair.middle_mm for level, pair in pairs.items()}
        self._last_mm, self._sacrum_mm = _extent(places)
        self._grid = _fine_grid(image, canal, min(places.values()), max(places.values()))
        hu = np.nan_to_num(resample_hu(volume, self._grid), nan=-1000.0)
        self._bone: Bools = ndimage.gaussian_filter(hu, 0.5) > _BONE_HU
        to_bone = ndimage.distance_transform_edt(~self._bone) * _FINE_MM
        self._cost = np.where(self._bone, _THROUGH_BONE, 1 / (0.1 + np.minimum(to_bone, _ROOMY_MM) / _ROOMY_MM))
        gas = hu < -400.0
        self._cost[gas] = _THROUGH_BONE

    def trace(self, pair: ForamenPair, side: Side) -> RootCourse:
        """Return the root that leaves through one foramen of a pair."""
        s, aside = pair.s_mm[side], pair.aside_mm[side]
        sign = 1.0 if side is Side.LEFT else -1.0
        radius = self._radius(s)
        in_canal = self._in_canal(s, sign)
        inner = self._roomiest_near(self._canal.spine.to_lps(s, aside, 0.5 * radius + _DEEP_MM))
        way_in = self._way(self._voxel(in_canal[-1]), self._voxel(inner))
        out = self._way_out(inner)
        mouth_at = self._mouth(out)
        mouth = out[mouth_at]
        onwards = self._onwards(out[-1], mouth, sign)
        course = np.concatenate([in_canal, way_in[1:-1], out, onwards[1:]])
        course = _smooth(course)
        past = int(np.linalg.norm(course - mouth, axis=1).argmin())
        course = course[: past + int(BEYOND_MM) + 1]
        inside = self._bone[tuple(self._voxels(course).T)]
        return RootCourse(course, course[past], float(inside.sum()))

    def _radius(self, s_mm: float) -> float:
        return float(np.interp(s_mm, STEP_MM * np.arange(len(self._radii)), self._radii))

    def _in_canal(self, s_mm: float, sign: float) -> Floats:
        """The course at the side of the canal, above the foramen."""
        s = np.maximum(np.arange(s_mm - _IN_CANAL_MM[0], s_mm - _IN_CANAL_MM[1] + 0.5, 2.0), 0.0)
        radius = np.array([self._radius(at) for at in s])
        part = np.interp(s, (s_mm - _IN_CANAL_MM[0], s_mm - _IN_CANAL_MM[1]), _ASIDE_PART)
        return self._canal.spine.to_lps(s, sign * part * radius, _FRONT_PART * radius)

    def _voxels(self, points_mm: Floats) -> npt.NDArray[np.int64]:
        kji = np.rint(self._grid.to_ijk(points_mm)).astype(np.int64)[..., ::-1]
        return np.clip(kji, 0, np.array(self._grid.shape_kji) - 1)

    def _voxel(self, point_mm: Floats) -> tuple[int, int, int]:
        k, j, i = self._voxels(point_mm)
        return int(k), int(j), int(i)

    def _roomiest_near(self, point_mm: Floats, within_mm: float = 4.0) -> Floats:
        """The cheapest place around a point: the middle of an opening."""
        n = int(np.ceil(within_mm / _FINE_MM))
        at = np.array(self._voxel(point_mm))
        low, high = np.maximum(at - n, 0), np.minimum(at + n + 1, self._grid.shape_kji)
        block = self._cost[low[0] : high[0], low[1] : high[1], low[2] : high[2]]
        best = low + np.unravel_index(int(block.argmin()), block.shape)
        return self._grid.to_lps(best[::-1])

    def _way(self, start: tuple[int, int, int], end: tuple[int, int, int]) -> Floats:
        """The cheapest way between two voxels, in LPS."""
        low, high = self._around(np.array([start, end]), 14.0)
        box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        ways = MCP_Geometric(self._cost[box])
        ways.find_costs([tuple(np.array(start) - low)], [tuple(np.array(end) - low)])
        return self._grid.to_lps((np.array(ways.traceback(tuple(np.array(end) - low))) + low)[:, ::-1])

    def _around(
        self, voxels: npt.NDArray[np.integer], margin_mm: float
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        n = int(margin_mm / _FINE_MM)
        low = np.maximum(voxels.min(axis=0) - n, 0)
        high = np.minimum(voxels.max(axis=0) + n + 1, self._grid.shape_kji)
        return low.astype(np.int64), high.astype(np.int64)

    def _way_out(self, inner_mm: Floats) -> Floats:
        """The cheapest way from the middle of a foramen to the front, where little is enclosed any more."""
        start = np.array(self._voxel(inner_mm))
        low, high = self._around(start[None], 32.0)
        box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        cost = self._cost[box].copy()
        ways = MCP_Geometric(cost)
        reached, _ = ways.find_costs([tuple(start - low)])
        # voxels run to the back along j
        near = np.argwhere((reached < 4 * _THROUGH_BONE) & ~self._bone[box])
        near = near[near[:, 1] <= (start - low)[1]]
        order = near[np.argsort(reached[tuple(near.T)])]
        for chunk in np.array_split(order, max(len(order) // 600, 1)):
            enclosed = enclosed_part(self._bone, chunk + low, int(_REACH_MM / _FINE_MM))
            if (enclosed < _OUT_ENCLOSED).any():
                end = tuple(int(v) for v in chunk[int((enclosed < _OUT_ENCLOSED).argmax())])
                return self._grid.to_lps((np.array(ways.traceback(end)) + low)[:, ::-1])
        return np.repeat(inner_mm[None], 2, axis=0)

    def _mouth(self, out_mm: Floats) -> int:
        """Index of the place on the way out where bone is half of the view."""
        enclosed = ndimage.gaussian_filter1d(
            enclosed_part(self._bone, self._voxels(out_mm), int(_REACH_MM / _FINE_MM)), 1.0
        )
        below = np.flatnonzero(enclosed < _MOUTH_ENCLOSED)
        return int(below[0]) if len(below) else len(out_mm) - 1

    def _onwards(self, from_mm: Floats, mouth_mm: Floats, sign: float) -> Floats:
        """On along the front of the sacrum, to the side and towards the tail."""
        target = self._canal.spine.to_lps(
            self._last_mm + _NOTCH_BELOW * self._sacrum_mm,
            sign * _NOTCH_ASIDE * self._sacrum_mm,
            _NOTCH_FRONT * self._sacrum_mm,
        )
        away = target - mouth_mm
        target = mouth_mm + away * (BEYOND_MM + 6.0) / float(np.linalg.norm(away))
        return self._way(self._voxel(from_mm), self._voxel(self._roomiest_near(target, 6.0)))


def _extent(places_mm: Mapping[str, float]) -> tuple[float, float]:
    """Place of the fourth foramen along the canal, and its distance from the first; from those that were found."""
    numbers = np.array([int(level[1]) if level.startswith("S") else 0 for level in places_mm], float)
    at = np.array(list(places_mm.values()))
    step = _USUAL_STEP_MM if len(at) < 2 else float(np.polyfit(numbers, at, 1)[0])
    return float(at[-1] + (4 - numbers[-1]) * step), 3 * step


def _fine_grid(image: SpineImage, canal: Canal, from_mm: float, to_mm: float) -> VoxelGrid:
    """Equal voxels along the image's axes around a part of the canal."""
    s = np.arange(from_mm - _MARGIN_ALONG_MM, to_mm + _MARGIN_ALONG_MM)
    course = canal.spine.to_lps(s, 0.0, 0.0)
    axes = image.grid.directions
    along = course @ axes
    low = along.min(axis=0) - [_MARGIN_ASIDE_MM, _MARGIN_FRONT_MM, 0.0]
    high = along.max(axis=0) + [_MARGIN_ASIDE_MM, _MARGIN_BACK_MM, 0.0]
    return VoxelGrid.along_axes(axes, low, high, _FINE_MM, image.grid.frame_uid)


def _smooth(points_mm: Floats) -> Floats:
    """The course with points 1 mm apart, smooth, its ends where they were."""
    course = Tube(points_mm, np.ones(len(points_mm))).resampled(1.0).points_mm
    return np.asarray(ndimage.gaussian_filter1d(course, _SMOOTH_MM, axis=0, mode="nearest"))
