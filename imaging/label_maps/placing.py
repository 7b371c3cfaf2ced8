"""Bring labels that lie on voxels of their own onto those of a CT."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from imaging.errors import GeometryError
from imaging.geometry import Floats, VoxelGrid
from imaging.labels import Bools, Box, Mask
from imaging.later import edt, ndimage

_LEAST_SHARED_FRAC = 0.25
_SAME_VOXEL = 0.1
_FAR_MM = 1e4
# Turns the staircase of voxels into the surface it stands for.
_SMOOTHING_VOXELS = 0.5


def require_overlap(labels: VoxelGrid, ct: VoxelGrid, name: str) -> None:
    """Refuse a label map that lies elsewhere than the CT.

    Parameters
    ----------
    labels, ct : VoxelGrid
    name : str
        Of the label map.

    Raises
    ------
    GeometryError
        ``label-map-elsewhere`` where their boxes have less than a quarter of the smaller one in common.
    """
    low, high = _extent_ijk(ct, labels)
    count = np.array(ct.shape_kji[::-1], float)
    common = np.clip(np.minimum(high, count - 0.5) - np.maximum(low, -0.5), 0, None).prod()
    shared = float(common / min((high - low).prod(), count.prod()))
    if shared < _LEAST_SHARED_FRAC:
        raise GeometryError(
            f"{name} does not lie where the CT lies: the two have {100 * shared:.0f} % of the smaller one in common.",
            code="label-map-elsewhere",
            hint="Choose the label map that was made from this CT.",
            context={"shared_frac": shared},
        )


def lies_on_voxels(labels: VoxelGrid, ct: VoxelGrid) -> bool:
    """Whether the voxels of a label map are voxels of the CT, though it may be cropped and its axes run the other way."""
    matrix = ct.ijk_from_lps @ labels.lps_from_ijk
    whole = np.rint(matrix)
    if not np.array_equal(np.abs(whole[:3, :3]).sum(axis=0), np.ones(3)):
        return False
    off = (matrix - whole)[:3]
    return bool(np.abs(_corners_ijk(labels) @ off[:, :3].T + off[:, 3]).max() < _SAME_VOXEL)


def placed(part: Bools, source: VoxelGrid, grid: VoxelGrid) -> Mask:
    """Return the voxels of a CT that lie in a part of a label map.

    Parameters
    ----------
    part : ndarray of bool, shape ``source.shape_kji``
    source : VoxelGrid
        Of the part.
    grid : VoxelGrid
        The CT's, in the same frame of reference.

    Returns
    -------
    Mask
        Voxel by voxel where both have the same voxels; otherwise within the part's surface as interpolated between its
        voxels, which encloses the volume they have. Empty where the part lies outside the CT.

    Raises
    ------
    GeometryError
        ``frame-mismatch``.
    """
    source.require_same_frame(grid, "The label map")
    low, high = _extent_ijk(grid, source)
    start = np.clip(np.floor(low[::-1]), 0, None).astype(int).tolist()
    stop = np.minimum(np.ceil(high[::-1]).astype(int) + 1, grid.shape_kji).tolist()
    box = Box((start[0], start[1], start[2]), (stop[0], stop[1], stop[2]))
    if box.empty:
        return Mask.empty(grid)
    same = lies_on_voxels(source, grid)
    ijk = source.ijk_from_lps @ grid.crop(box.start_kji, box.stop_kji).lps_from_ijk
    ijk = np.rint(ijk) if same else ijk
    # One voxel of nothing on all sides closes a part that ends where its image ends.
    around, matrix, offset = np.pad(part, 1), ijk[:3, :3][::-1, ::-1], ijk[:3, 3][::-1] + 1
    if same:
        inside = ndimage.affine_transform(around.view(np.uint8), matrix, offset, box.shape_kji, order=0) > 0
    else:
        depth_mm = ndimage.affine_transform(
            _depth_mm(around, source), matrix, offset, box.shape_kji, np.float32, order=1, cval=-_FAR_MM
        )
        inside = depth_mm > _level_mm(depth_mm, part, source, grid)
    return Mask.empty(grid).with_box(box, np.asarray(inside))


def _level_mm(depth_mm: npt.NDArray[np.float32], part: Bools, source: VoxelGrid, grid: VoxelGrid) -> float:
    """Where the surface runs: interpolation rounds thin parts off, and what is to be spared must not become smaller."""
    kji = np.argwhere(part)
    shown = int(np.count_nonzero(grid.contains(source.to_lps(kji[:, ::-1]))))
    count = round(shown * source.voxel_volume_mm3 / grid.voxel_volume_mm3)
    if not 0 < count < depth_mm.size:
        return 0.0
    level = float(-np.partition(-depth_mm, count, axis=None)[count])
    half_mm = 0.5 * float(source.spacing_ijk_mm.max())
    return min(max(level, -half_mm), half_mm)


def _depth_mm(part: Bools, grid: VoxelGrid) -> npt.NDArray[np.float32]:
    """How deep a voxel's centre lies in the part, negative outside, smoothed; the surface runs between the voxels."""
    steps = tuple(float(n) for n in grid.spacing_ijk_mm[::-1])
    depth: npt.NDArray[np.float32] = edt.edt(part, anisotropy=steps)
    depth -= edt.edt(~part, anisotropy=steps)
    return np.asarray(ndimage.gaussian_filter(depth, _SMOOTHING_VOXELS, mode="nearest"))


def _corners_ijk(grid: VoxelGrid) -> Floats:
    """The eight corners of an image, half a voxel beyond the centres of its last voxels, in its own indices."""
    ends = [(-0.5, n - 0.5) for n in grid.shape_kji[::-1]]
    return np.array(np.meshgrid(*ends, indexing="ij")).reshape(3, -1).T


def _extent_ijk(grid: VoxelGrid, other: VoxelGrid) -> tuple[Floats, Floats]:
    """Lowest and highest indices of ``grid`` at the corners of another image."""
    at = grid.to_ijk(other.to_lps(_corners_ijk(other)))
    return at.min(axis=0), at.max(axis=0)
