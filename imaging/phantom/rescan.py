"""A new CT of a patient who was scanned before: turned, shifted, in other slices, with a needle in place."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from imaging.affine_sampling import sample_linear
from imaging.geometry import Floats, VoxelGrid
from imaging.later import ndimage
from imaging.volume import AIR_HU, Provenance, Volume

NEW_FRAME = "2.25.302957340951840195230941829640163520"
TRUE_METAL_HU = 8000.0
"""What a thin steel shaft would read if the scale went on: a low choice, since more makes it easier to see."""
_HIGHEST_HU = 3071
_FINE_MM = 0.4
_AROUND_MM = 6.0
_STREAK_REACH_MM, _STREAKS = 60.0, 9


def rescanned(
    volume: Volume, turn_deg: npt.ArrayLike, shift_mm: npt.ArrayLike, middle_mm: npt.ArrayLike, *,
    height_mm: float = 40.0, slice_mm: float = 3.0, noise_hu: float = 15.0, width_mm: float = 300.0,
    pixel_mm: float = 1.0, seed: int = 0,
) -> tuple[Volume, Floats]:  # fmt: skip
    """Return a stack around a point of a CT after the patient moved, and where it truly lies.

    Parameters
    ----------
    volume : Volume
    turn_deg : array_like, shape (3,)
        Rotation vector.
    shift_mm : array_like, shape (3,)
    middle_mm : array_like, shape (3,)
        Point of the CT that comes to lie in the middle of the stack, LPS.
    height_mm, slice_mm, noise_hu, width_mm, pixel_mm : float
        A slice is the mean over its thickness.
    seed : int
        Of the noise.

    Returns
    -------
    tuple of Volume and ndarray, shape (4, 4)
        The new CT, and the old CT from the new one.
    """
    turn = Rotation.from_rotvec(np.radians(np.asarray(turn_deg, float))).as_matrix()
    old = np.asarray(middle_mm, float)
    middle = old + np.asarray(shift_mm, float)
    truth = np.eye(4)
    truth[:3, :3], truth[:3, 3] = turn, old - turn @ middle
    slices, pixels, samples = round(height_mm / slice_mm), round(width_mm / pixel_mm), max(round(slice_mm), 1)
    origin = middle - 0.5 * np.array([(pixels - 1) * pixel_mm, (pixels - 1) * pixel_mm, (slices - 1) * slice_mm])
    fine = VoxelGrid.axis_aligned(
        (slices * samples, pixels, pixels), (pixel_mm, pixel_mm, slice_mm / samples),
        origin - [0, 0, 0.5 * slice_mm * (1 - 1 / samples)], NEW_FRAME,
    )  # fmt: skip
    ijk = volume.grid.ijk_from_lps @ truth @ fine.lps_from_ijk
    hu = sample_linear(volume.hu, ijk[:3, :3][::-1, ::-1], ijk[:3, 3][::-1], fine.shape_kji, AIR_HU)
    means = hu.reshape(slices, samples, pixels, pixels).mean(axis=1)
    means += np.random.default_rng(seed).normal(0, noise_hu, means.shape)
    grid = VoxelGrid.axis_aligned((slices, pixels, pixels), (pixel_mm, pixel_mm, slice_mm), origin, NEW_FRAME)
    return _ct(means, grid), truth


def with_needle(
    volume: Volume, tip_mm: npt.ArrayLike, to_hub: npt.ArrayLike, diameter_mm: float, *,
    length_mm: float = 150.0, blur_mm: float = 0.6, streaks_hu: float = 0.0,
) -> Volume:  # fmt: skip
    """Return a CT with a straight needle: sampled finer than a voxel, blurred in the plane, cut off where 12 bits end.

    Parameters
    ----------
    volume : Volume
    tip_mm, to_hub : array_like, shape (3,)
        LPS.
    diameter_mm, length_mm, blur_mm : float
    streaks_hu : float
        Height of bright and dark streaks that go out from it in every slice it passes.
    """
    grid, spacing = volume.grid, volume.grid.spacing_ijk_mm
    axis, tip = np.asarray(to_hub, float) / np.linalg.norm(to_hub), np.asarray(tip_mm, float)
    ends = grid.to_ijk(np.array([tip, tip + length_mm * axis]))
    low = np.maximum(np.floor(ends.min(axis=0) - _AROUND_MM / spacing - 1).astype(int), 0)
    high = np.minimum(np.ceil(ends.max(axis=0) + _AROUND_MM / spacing + 2).astype(int), grid.shape_kji[::-1])
    hu = volume.hu.astype(np.float32)
    if (high <= low).any():
        return _ct(hu, grid)
    share = _share(grid, low, high, tip, axis, diameter_mm, length_mm, blur_mm)
    box = tuple(slice(int(a), int(b)) for a, b in zip(low[::-1], high[::-1], strict=True))
    if streaks_hu:
        _add_streaks(hu, grid, share, low, streaks_hu)
    hu[box] = hu[box] * (1 - np.minimum(share, 1)) + TRUE_METAL_HU * share
    return _ct(hu, grid)


def _share(
    grid: VoxelGrid, low: npt.NDArray[np.int64], high: npt.NDArray[np.int64], tip: Floats, axis: Floats,
    diameter_mm: float, length_mm: float, blur_mm: float,
) -> npt.NDArray[np.float32]:  # fmt: skip
    """How much of every voxel of a box is needle, after the scanner's blur."""
    spacing, n = grid.spacing_ijk_mm, high - low
    steps = np.maximum(np.ceil(spacing / _FINE_MM).astype(int), 1)
    i, j, k = ((np.arange(m * s) + 0.5) / s - 0.5 + start for m, s, start in zip(n, steps, low, strict=True))
    share = np.empty(n[::-1], np.float32)
    for index in range(n[2]):
        plane = np.zeros((len(j), len(i)), np.float32)
        for height in k[index * steps[2] : (index + 1) * steps[2]]:
            ijk = np.stack(np.broadcast_arrays(i[None, :], j[:, None], height), axis=-1)
            away = grid.to_lps(ijk) - tip
            along = away @ axis
            off = np.sqrt(np.maximum((away**2).sum(axis=-1) - along**2, 0))
            inside = np.clip(0.5 + (diameter_mm / 2 - off) / _FINE_MM, 0, 1) * np.clip(0.5 + along / _FINE_MM, 0, 1)
            plane += inside * (along <= length_mm)
        plane = ndimage.gaussian_filter(plane / steps[2], blur_mm / spacing[1::-1] * steps[1::-1])
        share[index] = plane.reshape(n[1], steps[1], n[0], steps[0]).mean(axis=(1, 3))
    return share


def _add_streaks(
    hu: npt.NDArray[np.float32], grid: VoxelGrid, share: npt.NDArray[np.float32], low: npt.NDArray[np.int64], height_hu: float
) -> None:  # fmt: skip
    """Rays around the middle of the metal in every slice, in place."""
    j, i = np.indices(hu.shape[1:])
    for k, plane in enumerate(share):
        if plane.max() < 0.1:
            continue
        at_j, at_i = ndimage.center_of_mass(plane)
        dy, dx = (j - at_j - low[1]) * grid.spacing_ijk_mm[1], (i - at_i - low[0]) * grid.spacing_ijk_mm[0]
        fade = np.exp(-np.hypot(dx, dy) / _STREAK_REACH_MM)
        hu[k + low[2]] += height_hu * fade * np.sin(2 * _STREAKS * np.arctan2(dy, dx))


def part_of(volume: Volume, low_mm: float, high_mm: float) -> Volume:
    """Return the slices of a CT, stacked along its third axis, between two heights."""
    k = np.sort(np.rint([volume.grid.to_ijk((0, 0, z))[2] for z in (low_mm, high_mm)]).astype(int))
    depth, rows, columns = volume.grid.shape_kji
    start, stop = max(int(k[0]), 0), min(int(k[1]), depth)
    return _ct(volume.hu[start:stop], volume.grid.crop((start, 0, 0), (stop, rows, columns)))


def placement_error(matrix: Floats, truth: Floats, at_mm: npt.ArrayLike) -> tuple[float, float]:
    """Return by how much a placement, shape (4, 4), is wrong: millimetres at a point of the new CT, and degrees."""
    point = np.append(np.asarray(at_mm, float), 1.0)
    turn = Rotation.from_matrix(matrix[:3, :3] @ truth[:3, :3].T)
    return float(np.linalg.norm((matrix @ point - truth @ point)[:3])), float(np.degrees(turn.magnitude()))


def _ct(hu: npt.NDArray[np.floating] | npt.NDArray[np.int16], grid: VoxelGrid) -> Volume:
    values = np.clip(np.rint(hu), -1024, _HIGHEST_HU).astype(np.int16)
    provenance = Provenance(kind="phantom", description="New CT of a phantom", patient_position="HFS", synthetic=True)
    return Volume(hu=values, grid=grid, provenance=provenance)
