"""A fine image around a part of the canal, and the roomiest ways through its soft tissue."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from imaging.anatomy.canal import Canal, SpineImage
from imaging.anatomy.enclosure import enclosed_part
from imaging.anatomy.straight import STEP_MM
from imaging.geometry import Floats, VoxelGrid
from imaging.labels import Bools
from imaging.later import edt, graph, ndimage
from imaging.resample import resample_hu
from imaging.structures import Tube
from imaging.volume import Volume

STEP_FINE_MM = 1.25
THROUGH_BONE = 40.0
"""What a voxel of bone or gas costs a way; the middle of an open space costs about 1."""
_BEHIND_BONE, _BEHIND_WITHIN_MM = 12.0, 45.0
"""What soft marrow costs a way in front of the bones, and all else that has bone so near in front of it."""
_BEFORE_BONE_MM = 6.0
_CLOSED = 50 * THROUGH_BONE
"""So much that a way leads through only where there is no other: it must not break off."""
_BONE_HU, _GAS_HU = 170.0, -400.0
_MARGIN_ASIDE_MM, _MARGIN_BACK_MM, _MARGIN_FRONT_MM, _MARGIN_ALONG_MM = 62.0, 22.0, 70.0, 45.0
_ROOMY_MM, _MORE_ROOM = 4.0, 0.2
_REACH_MM = 14.0
_SMOOTH_MM = 2.0
_DETOUR_MM = 10.0
"""A way leaves the box around its ends no farther than this."""


class FineImage:
    """Equal voxels around a part of the canal: what is bone, and what it costs to go through a voxel.

    Parameters
    ----------
    volume : Volume
    image : SpineImage
    canal : Canal
    from_mm, to_mm : float
        The part, in places along the canal.
    amid : bool
        Whether ways keep to the middle of what is wide, as roots do in the channels of the sacrum. Those above it run
        close below their pedicle.
    """

    def __init__(
        self, volume: Volume, image: SpineImage, canal: Canal, from_mm: float, to_mm: float, *, amid: bool = True
    ) -> None:
        self.canal = canal
        self._radii = ndimage.gaussian_filter1d(canal.radii_mm, 4.0 / STEP_MM, mode="nearest")
        self.grid = _grid(image, canal, from_mm, to_mm)
        hu = np.nan_to_num(resample_hu(volume, self.grid), nan=-1000.0)
        self.bone: Bools = ndimage.gaussian_filter(hu, 0.5) > _BONE_HU
        to_bone = edt.edt(~self.bone) * STEP_FINE_MM
        room = np.minimum(to_bone, _ROOMY_MM)
        if amid:
            # more room counts a little: else a way keeps to that side of a wide channel which comes first in memory
            room += _MORE_ROOM * np.clip(to_bone - _ROOMY_MM, 0.0, _ROOMY_MM)
        self.cost = np.where(self.bone, THROUGH_BONE, 1 / (0.1 + room / _ROOMY_MM))
        self.cost[hu < _GAS_HU] = THROUGH_BONE
        self.behind_bone = _behind(self.bone)

    def radius_mm(self, s_mm: float | Floats) -> Floats:
        """Return the canal's radius at places along it, smooth."""
        return np.asarray(np.interp(s_mm, STEP_MM * np.arange(len(self._radii)), self._radii))

    def voxels(self, points_mm: Floats) -> npt.NDArray[np.int64]:
        """Return the voxels (k, j, i) of LPS points, shape (n, 3), the nearest ones of points outside."""
        kji = np.rint(self.grid.to_ijk(points_mm)).astype(np.int64)[..., ::-1]
        return np.clip(kji, 0, np.array(self.grid.shape_kji) - 1)

    def enclosed(self, kji: npt.NDArray[np.int64]) -> Floats:
        """Return the part of the view that is bone from voxels of shape (n, 3)."""
        return enclosed_part(self.bone, kji, int(_REACH_MM / STEP_FINE_MM))

    def through_bone_mm(self, points_mm: Floats) -> float:
        """Return how far a course with points 1 mm apart runs through what reads like bone."""
        return float(self.bone[tuple(self.voxels(points_mm).T)].sum())

    def roomiest_near(self, point_mm: Floats, within_mm: float = 4.0) -> Floats:
        """Return the cheapest place around a point: the middle of an opening."""
        return self._cheapest_near(self.cost, point_mm, within_mm)

    def _cheapest_near(self, cost: Floats, point_mm: Floats, within_mm: float) -> Floats:
        n = int(np.ceil(within_mm / STEP_FINE_MM))
        at = self.voxels(point_mm)
        low, high = np.maximum(at - n, 0), np.minimum(at + n + 1, self.grid.shape_kji)
        block = cost[low[0] : high[0], low[1] : high[1], low[2] : high[2]]
        best = low + np.unravel_index(int(block.argmin()), block.shape)
        return self.grid.to_lps(best[::-1])

    def before_bone_near(self, point_mm: Floats, within_mm: float) -> Floats:
        """Return the cheapest place in front of the bones: around a point, or in front of what lies before the point.

        Soft marrow is as roomy as the tissue outside, and tells itself from it only by the bone in front of it.
        """
        k, j, i = (int(v) for v in self.voxels(point_mm))
        free = np.flatnonzero(~self.behind_bone[k, : j + 1, i] & ~self.bone[k, : j + 1, i])
        if self.behind_bone[k, j, i] and len(free):
            point_mm = self.grid.to_lps([i, free[-1] - _BEFORE_BONE_MM / STEP_FINE_MM, k])
        return self._cheapest_near(np.where(self.behind_bone, THROUGH_BONE, self.cost), point_mm, within_mm)

    def way(self, from_mm: Floats, to_mm: Floats, *, before_bone: bool = False, closed: Bools | None = None) -> Floats:
        """Return the cheapest way between two points.

        Parameters
        ----------
        from_mm, to_mm : ndarray, shape (3,)
            LPS.
        before_bone : bool
            Lead it in front of the bones.
        closed : ndarray of bool, shape (k, j, i), optional
            Voxels that no way leads through.

        Returns
        -------
        ndarray, shape (n, 3)
            LPS.
        """
        start, end = self.voxels(from_mm), self.voxels(to_mm)
        low, box = self.around(np.array([start, end]), _DETOUR_MM)
        ways = graph.MCP_Geometric(self.passable(box, closed, before_bone=before_bone))
        ways.find_costs([tuple(start - low)], [tuple(end - low)])
        return self.grid.to_lps((np.array(ways.traceback(tuple(end - low))) + low)[:, ::-1])

    def passable(
        self, box: tuple[slice, slice, slice], closed: Bools | None = None, *, before_bone: bool = False
    ) -> Floats:
        """Return what the voxels of a box cost a way, as told to `way`."""
        cost = self.cost[box]
        if before_bone:
            cost = np.where(self.behind_bone[box], np.maximum(cost, _BEHIND_BONE), cost)
        return cost.copy() if closed is None else np.where(closed[box], _CLOSED, cost)

    def beyond(self, point_mm: Floats, direction: Floats) -> Bools:
        """Return the voxels beyond the plane through a point across a direction (a unit vector, LPS)."""
        k, j, i = np.ogrid[tuple(slice(n) for n in self.grid.shape_kji)]
        di, dj, dk = direction @ self.grid.directions * STEP_FINE_MM
        return np.asarray(k * dk + j * dj + i * di > (point_mm - self.grid.origin_mm) @ direction)

    def around(
        self, voxels: npt.NDArray[np.integer], margin_mm: float
    ) -> tuple[npt.NDArray[np.int64], tuple[slice, slice, slice]]:
        """Return the lowest corner and the slices of the box around voxels of shape (n, 3)."""
        n = int(margin_mm / STEP_FINE_MM)
        low = np.maximum(voxels.min(axis=0) - n, 0).astype(np.int64)
        k, j, i = (
            slice(a, b) for a, b in zip(low, np.minimum(voxels.max(axis=0) + n + 1, self.grid.shape_kji), strict=True)
        )
        return low, (k, j, i)


def _behind(bone: Bools) -> Bools:
    """Where there is bone straight in front, not far away; voxels run to the back along j."""
    j = np.arange(bone.shape[1], dtype=np.int32)[:, None]
    far = np.int32(_BEHIND_WITHIN_MM / STEP_FINE_MM)
    last = np.maximum.accumulate(np.where(bone, j, -far - 1), axis=1)
    return np.asarray((j - last <= far) & ~bone)


def smooth_course(points_mm: Floats) -> Floats:
    """Return a course with points 1 mm apart, smooth, its ends where they were."""
    course = Tube(points_mm, np.ones(len(points_mm))).resampled(1.0).points_mm
    return np.asarray(ndimage.gaussian_filter1d(course, _SMOOTH_MM, axis=0, mode="nearest"))


def _grid(image: SpineImage, canal: Canal, from_mm: float, to_mm: float) -> VoxelGrid:
    """Equal voxels along the image's axes around a part of the canal."""
    s = np.arange(from_mm - _MARGIN_ALONG_MM, to_mm + _MARGIN_ALONG_MM)
    course = canal.spine.to_lps(s, 0.0, 0.0)
    axes = image.grid.directions
    along = course @ axes
    low = along.min(axis=0) - [_MARGIN_ASIDE_MM, _MARGIN_FRONT_MM, 0.0]
    high = along.max(axis=0) + [_MARGIN_ASIDE_MM, _MARGIN_BACK_MM, 0.0]
    return VoxelGrid.along_axes(axes, low, high, STEP_FINE_MM, image.grid.frame_uid)
