"""New CT of a patient who was scanned before: turned, shifted, in thick slices, noisy, with a needle in place."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from scipy.spatial.transform import Rotation

from imaging.affine_sampling import sample_linear
from imaging.geometry import VoxelGrid
from imaging.volume import AIR_HU, Provenance, Volume

NEW_FRAME = "1.2.826.0.2"
TRUE_METAL_HU = 8000.0
"""What a thin steel shaft would read if the scale went on; more makes it easier to see."""


def rescanned(
    volume, turn_deg, shift_mm, middle_mm, *, height_mm=40.0, slice_mm=3.0, noise_hu=15.0, width_mm=300.0, pixel_mm=1.0, seed=0
):  # fmt: skip
    """A stack around a point of a CT after the patient moved, and the true planning CT from new CT.

    The turn is a rotation vector in degrees; a slice is the mean over its thickness.
    """
    turn = Rotation.from_rotvec(np.radians(turn_deg)).as_matrix()
    middle = np.asarray(middle_mm, float) + shift_mm
    truth = np.eye(4)
    truth[:3, :3], truth[:3, 3] = turn, np.asarray(middle_mm, float) - turn @ middle
    slices, pixels, samples = round(height_mm / slice_mm), round(width_mm / pixel_mm), max(round(slice_mm), 1)
    origin = middle - 0.5 * np.array([(pixels - 1) * pixel_mm, (pixels - 1) * pixel_mm, (slices - 1) * slice_mm])
    fine = VoxelGrid.axis_aligned(
        (slices * samples, pixels, pixels), (pixel_mm, pixel_mm, slice_mm / samples),
        origin - [0, 0, 0.5 * slice_mm * (1 - 1 / samples)], NEW_FRAME,
    )  # fmt: skip
    ijk = volume.grid.ijk_from_lps @ truth @ fine.lps_from_ijk
    hu = sample_linear(volume.hu, ijk[:3, :3][::-1, ::-1], ijk[:3, 3][::-1], fine.shape_kji, AIR_HU)
    hu = hu.reshape(slices, samples, pixels, pixels).mean(axis=1)
    hu += np.random.default_rng(seed).normal(0, noise_hu, hu.shape)
    grid = VoxelGrid.axis_aligned((slices, pixels, pixels), (pixel_mm, pixel_mm, slice_mm), origin, NEW_FRAME)
    return _ct(hu, grid), truth


def with_needle(volume, tip_mm, to_hub, diameter_mm, length_mm=150.0, blur_mm=0.6):
    """A CT with a straight needle: sampled finer than a voxel, blurred in the plane, cut off where 12 bits end."""
    grid, spacing = volume.grid, volume.grid.spacing_ijk_mm
    axis = np.asarray(to_hub, float) / np.linalg.norm(to_hub)
    tip = np.asarray(tip_mm, float)
    ends = grid.to_ijk(np.array([tip, tip + length_mm * axis]))
    low = np.maximum(np.floor(ends.min(axis=0) - 6 / spacing - 1).astype(int), 0)
    high = np.minimum(np.ceil(ends.max(axis=0) + 6 / spacing + 2).astype(int), grid.shape_kji[::-1])
    n, steps = high - low, np.maximum(np.ceil(spacing / 0.4).astype(int), 1)
    i, j, k = ((np.arange(m * s) + 0.5) / s - 0.5 + start for m, s, start in zip(n, steps, low, strict=True))
    share = np.empty(n[::-1], np.float32)
    for index in range(n[2]):
        plane = np.zeros((len(j), len(i)), np.float32)
        for height in k[index * steps[2] : (index + 1) * steps[2]]:
            ijk = np.stack(np.broadcast_arrays(i[None, :], j[:, None], height), axis=-1)
            away = grid.to_lps(ijk) - tip
            along = away @ axis
            off = np.sqrt(np.maximum((away**2).sum(axis=-1) - along**2, 0))
            inside = np.clip(0.5 + (diameter_mm / 2 - off) / 0.4, 0, 1) * np.clip(0.5 + along / 0.4, 0, 1)
            plane += inside * (along <= length_mm)
        plane = ndimage.gaussian_filter(plane / steps[2], blur_mm / spacing[1::-1] * steps[1::-1])
        share[index] = plane.reshape(n[1], steps[1], n[0], steps[0]).mean(axis=(1, 3))
    hu = volume.hu.astype(np.float32)
    box = tuple(slice(a, b) for a, b in zip(low[::-1], high[::-1], strict=True))
    hu[box] = hu[box] * (1 - np.minimum(share, 1)) + TRUE_METAL_HU * share
    return _ct(hu, grid)


def part_of(volume, low_mm, high_mm):
    """The slices of a CT between two heights."""
    k = np.sort(np.rint([volume.grid.to_ijk((0, 0, z))[2] for z in (low_mm, high_mm)]).astype(int))
    start, stop = max(int(k[0]), 0), min(int(k[1]), volume.grid.shape_kji[0])
    grid = volume.grid.crop((start, 0, 0), (stop, *volume.grid.shape_kji[1:]))
    return _ct(volume.hu[start:stop], grid)


def error_of(matrix, truth, at_mm):
    """By how much a placement is wrong: millimetres at a point of the new CT, and degrees."""
    point = np.append(at_mm, 1.0)
    turn = Rotation.from_matrix(matrix[:3, :3] @ truth[:3, :3].T)
    return float(np.linalg.norm((matrix @ point - truth @ point)[:3])), float(np.degrees(turn.magnitude()))


def _ct(hu, grid):
    values = np.clip(np.rint(hu), -1024, 3071).astype(np.int16)
    return Volume(hu=values, grid=grid, provenance=Provenance(kind="phantom", patient_position="HFS"))
