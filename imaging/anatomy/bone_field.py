"""The bones of a CT on equal voxels along the plane of symmetry, each voxel with its place beside the spine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from imaging.anatomy.canal_room import within_canal
from imaging.anatomy.enclosure import enclosed_part
from imaging.anatomy.spine import FoundSpine
from imaging.anatomy.straight import STEP_MM
from imaging.geometry import Floats, VoxelGrid
from imaging.labels import Bools, Mask
from imaging.later import edt, ndimage, spatial
from imaging.resample import rasterise, resample_hu
from imaging.volume import Volume

_T = TypeVar("_T", bound=np.generic)

WORKING_MM = 1.5
_DARKEST_HU, _BRIGHTEST_HU = -50.0, 700.0
_GAP_VOXELS, _CLEFT_VOXELS, _CORTEX_VOXELS = 3, 7, 5
"""A joint is narrower than the first; the cleft behind the sacroiliac joint, filled with ligaments, than the second; cortex
is thinner than the third."""
_FACET_STEP_HU, _GAP_STEP_HU, _CLEFT_STEP_HU, _CORTEX_STEP_HU, _DEEPEST_GAP_HU = 5.0, 10.0, 20.0, 10.0, 400.0
"""A step through a place so much darker than both sides, or brighter (cortex: ways stay within a bone), costs one more."""
_GRAIN_HU = 15.0
"""Noise and trabeculae differ by this much over the size of a gap, and by twice as much over that of a cleft and of cortex:
it costs nothing, or the longer way through a bone would cost more than its joint."""
_BESIDE_MM, _FROM_CANAL_MM = 75.0, 110.0
"""Bone farther from the plane of symmetry or from the canal has no place in the straightened spine."""
_BEFORE_MM, _BEYOND_MM = 60.0, 90.0
_RADIUS_MM = 9.0

_ABOVE_TOP_MM = 22.0
_ABOVE_MM, _BELOW_MM, _SACRUM_ASIDE_MM, _SACRUM_DEEP_MM = 10.0, 20.0, 66.0, 60.0
"""Where the sacrum and its joints are looked for around the canal."""
_WIDEST_ROOM_MM, _REACH_MM, _ROOM_ENCLOSED, _CANAL_MARGIN_MM = 12.0, 24.0, 0.8, 1.0


@dataclass(frozen=True, eq=False)
class BoneField:
    """Voxels of bone, n in all, in the order of ``np.argwhere(bone)``.

    Attributes
    ----------
    grid : VoxelGrid
        Equal spacings of `WORKING_MM`; i runs to the left, j to the back and k to the head of the plane of symmetry.
    bone : ndarray of bool, shape (k, j, i)
        With the room around the sacrum that bones enclose together: marrow, lesions and joints.
    solid : ndarray of bool, shape (k, j, i)
        What reads like bone.
    gap_hu : ndarray of float32, shape (k, j, i)
        How much darker a voxel is than what lies on both sides of it: high in a joint.
    step_cost : ndarray of float32, shape (n,)
        What a step through a voxel costs on the way through a bone: 1, and more in joints and cortex.
    kji : ndarray of int64, shape (n, 3)
    left_mm, back_mm, up_mm : ndarray, shape (n,)
        Distances from a point of the plane of symmetry along its axes.
    s_mm, aside_mm, front_mm, radius_mm : ndarray, shape (n,)
        Place along the canal, to its left and in front of it, and the canal's radius there; NaN far from the canal.
    """

    grid: VoxelGrid
    bone: Bools
    solid: Bools
    gap_hu: npt.NDArray[np.float32]
    step_cost: npt.NDArray[np.float32]
    kji: npt.NDArray[np.int64]
    left_mm: Floats
    back_mm: Floats
    up_mm: Floats
    s_mm: Floats
    aside_mm: Floats
    front_mm: Floats
    radius_mm: Floats

    def of(self, array: npt.NDArray[_T]) -> npt.NDArray[_T]:
        """Return the values of an array of the grid at the bone voxels, shape (n,)."""
        return np.asarray(array[tuple(self.kji.T)])

    def spread(self, values: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Return values of the bone voxels as an array of the grid, 0 elsewhere."""
        out = np.zeros(self.bone.shape, np.uint8)
        out[tuple(self.kji.T)] = values
        return out


def bone_field(volume: Volume, bone: Mask, spine: FoundSpine) -> BoneField:
    """Return the bones of a CT along its plane of symmetry.

    Parameters
    ----------
    volume : Volume
    bone : Mask
        On the volume's grid; not empty.
    spine : FoundSpine
    """
    midplane, canal = spine.midplane, spine.canal
    low, high = np.array(bone.box.start_kji), np.array(bone.box.stop_kji) - 1
    corners = np.array(np.meshgrid(*zip(low, high, strict=True), indexing="ij")).reshape(3, -1).T
    along = volume.grid.to_lps(corners[:, ::-1]) @ midplane.axes
    grid = VoxelGrid.along_axes(midplane.axes, along.min(axis=0), along.max(axis=0), WORKING_MM, volume.grid.frame_uid)
    inside = rasterise(bone, grid)
    hu = np.clip(np.nan_to_num(resample_hu(volume, grid), nan=_DARKEST_HU), _DARKEST_HU, _BRIGHTEST_HU)
    gap_hu = ndimage.grey_closing(hu, size=_GAP_VOXELS) - hu
    room = inside | _enclosed(inside, hu, grid, spine)
    kji = np.argwhere(room)
    step_cost = _step_cost(hu, gap_hu, _rows_of_sacrum(grid, spine))[room]
    places = grid.to_lps(kji[:, ::-1])
    away = (places - midplane.point_mm) @ midplane.axes
    straight = canal.spine
    s = np.arange(-_BEFORE_MM, straight.length_mm + _BEYOND_MM, STEP_MM)
    course = straight.to_lps(s, 0.0, 0.0)
    at = np.clip(np.rint(s / STEP_MM).astype(int), 0, len(straight.points_mm) - 1)
    near = np.flatnonzero(abs(away[:, 0]) < _BESIDE_MM)
    _, row = spatial.cKDTree(course).query(places[near], distance_upper_bound=_FROM_CANAL_MM)
    near, row = near[row < len(s)], row[row < len(s)]
    offset, row_at = places[near] - course[row], at[row]
    beside = np.full((4, len(kji)), np.nan)
    for n, axis in enumerate((straight.down, straight.left, straight.front)):
        beside[n, near] = np.einsum("nc,nc->n", offset, axis[row_at])
    beside[0, near] += s[row]
    radii = ndimage.gaussian_filter1d(canal.radii_mm, _RADIUS_MM / STEP_MM, mode="nearest")
    beside[3, near] = radii[row_at]
    return BoneField(grid, room, inside, gap_hu, step_cost, kji, *away.T, *beside)


def _rows_of_sacrum(grid: VoxelGrid, spine: FoundSpine) -> int:
    """How many of the lowest rows show the sacrum and the joints of L5 with it."""
    top_mm = spine.levels.top_mm
    if top_mm is None:
        return grid.shape_kji[0]
    row = grid.to_ijk(spine.canal.spine.to_lps(top_mm - _ABOVE_TOP_MM, 0.0, 0.0))[2]
    return int(np.clip(np.rint(row), 0, grid.shape_kji[0]))


def _step_cost(
    hu: npt.NDArray[np.float32], gap_hu: npt.NDArray[np.float32], sacrum_rows: int
) -> npt.NDArray[np.float32]:
    """What a step costs; the sacroiliac joints have clefts, and the thin arches of vertebrae are nothing but cortex."""
    gap_hu = _without_grain(gap_hu, _GRAIN_HU)
    cost = 1 + gap_hu / np.float32(_FACET_STEP_HU)
    low = hu[:sacrum_rows]
    if len(low):
        cleft_hu = ndimage.grey_closing(low, size=_CLEFT_VOXELS) - low
        cortex_hu = low - ndimage.grey_opening(low, size=_CORTEX_VOXELS)
        cost[:sacrum_rows] = 1 + gap_hu[:sacrum_rows] / np.float32(_GAP_STEP_HU)
        cost[:sacrum_rows] += _without_grain(cleft_hu, 2 * _GRAIN_HU) / np.float32(_CLEFT_STEP_HU)
        cost[:sacrum_rows] += np.maximum(cortex_hu - np.float32(2 * _GRAIN_HU), 0) / np.float32(_CORTEX_STEP_HU)
    return np.asarray(cost, np.float32)


def _without_grain(hu: npt.NDArray[np.float32], grain_hu: float) -> npt.NDArray[np.float32]:
    return np.asarray(np.clip(hu - np.float32(grain_hu), 0, _DEEPEST_GAP_HU), np.float32)


def _enclosed(bone: Bools, hu: npt.NDArray[np.float32], grid: VoxelGrid, spine: FoundSpine) -> Bools:
    """What bones enclose around the sacrum, so that fatty marrow is no obstacle on the way through a bone."""
    out = np.zeros(bone.shape, bool)
    canal, levels = spine.canal, spine.levels
    first = levels.pairs[0].middle_mm if levels.top_mm is None else levels.top_mm
    course = canal.spine.to_lps(np.arange(first - _ABOVE_MM, canal.spine.length_mm + _BELOW_MM), 0.0, 0.0)
    low, high = grid.to_ijk(course).min(axis=0), grid.to_ijk(course).max(axis=0)
    reach = np.array([_SACRUM_ASIDE_MM, _SACRUM_DEEP_MM, 0.0]) / WORKING_MM
    start = np.clip(np.floor(low - reach), 0, None).astype(int)[::-1]
    stop = np.clip(np.ceil(high + reach), 0, np.array(bone.shape)[::-1]).astype(int)[::-1]
    box = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    part = bone[box]
    if not part.any():
        return out
    open_ = between(part) & (hu[box] > _DARKEST_HU - 1)
    open_ &= edt.edt(~part) * WORKING_MM < _WIDEST_ROOM_MM
    places = np.argwhere(open_)
    places = places[enclosed_part(part, places, int(_REACH_MM / WORKING_MM)) > _ROOM_ENCLOSED]
    outside = ~within_canal(canal, grid.to_lps((places + start)[:, ::-1]), _CANAL_MARGIN_MM)
    out[tuple((places + start)[outside].T)] = True
    return out


def between(own: Bools) -> Bools:
    """Return the places that have bone on both sides along at least two of the axes."""
    count = np.zeros(own.shape, np.uint8)
    for axis in range(3):
        before = np.maximum.accumulate(own, axis=axis)
        behind = np.flip(np.maximum.accumulate(np.flip(own, axis), axis=axis), axis)
        count += before & behind
    return (count >= 2) & ~own
