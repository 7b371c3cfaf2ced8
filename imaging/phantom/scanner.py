"""What the scanner adds to the truth: blur, slice profile, correlated noise, streaks from metal."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from imaging.geometry import VoxelGrid
from imaging.later import ndimage
from imaging.phantom.lattice import Field
from imaging.phantom.tissues import PhantomLabel

LOWEST_HU, HIGHEST_HU = -1024, 3071

_SLICE_PROFILE_SIGMA = 0.42
"""Deviation of the slice profile in slice thicknesses, for slices that were sampled once."""

_NOISE_GRAIN_MM = 0.62
_NOISE_PATCH_MM = 1.9


def noise_slice(seed: int, k: int, grid: VoxelGrid) -> Field:
    """Return one slice of correlated noise of unit deviation, shape (rows, columns)."""
    rng = np.random.default_rng([seed, 13, k])
    white = rng.standard_normal(grid.shape_kji[1:], dtype=np.float32)
    spacing = grid.spacing_ijk_mm[1::-1]
    grain = ndimage.gaussian_filter(white, _NOISE_GRAIN_MM / spacing, truncate=3.0)
    patch = ndimage.gaussian_filter(white, _NOISE_PATCH_MM / spacing, truncate=3.0)
    noise = grain - np.float32(0.9) * patch
    return np.asarray(noise / max(float(noise.std()), 1e-6), dtype=np.float32)


def noise_weight(grid: VoxelGrid, centre_mm: tuple[float, float]) -> Field:
    """Return how strong the noise is over a slice: more in the middle of the patient, less in air."""
    j, i = np.meshgrid(*(np.arange(n) for n in grid.shape_kji[1:]), indexing="ij")
    x = grid.origin_mm[0] + grid.lps_from_ijk[0, 0] * i - centre_mm[0]
    y = grid.origin_mm[1] + grid.lps_from_ijk[1, 1] * j - centre_mm[1]
    return np.asarray(0.4 + 0.6 * np.exp(-((x / 175) ** 2) - (y / 130) ** 2), dtype=np.float32)


def scan(
    truth: npt.NDArray[np.int16],
    labels: npt.NDArray[np.uint8],
    grid: VoxelGrid,
    start_k: int,
    stop_k: int,
    *,
    blur_mm: float,
    noise_hu: float,
    seed: int,
    thick_already: bool,
) -> npt.NDArray[np.int16]:
    """Return slices ``start_k`` to ``stop_k`` as a scanner would show the truth.

    Parameters
    ----------
    truth : ndarray of int16, shape (k, j, i)
        Hounsfield units without blur, the whole image.
    labels : ndarray of uint8, shape (k, j, i)
    grid : VoxelGrid
    start_k, stop_k : int
    blur_mm, noise_hu : float
    seed : int
    thick_already : bool
        The truth was averaged over the slice thickness.
    """
    halo = 0 if thick_already else 2
    low, high = max(start_k - halo, 0), min(stop_k + halo, len(truth))
    block = truth[low:high].astype(np.float32)
    if halo and len(block) > 1:
        block = ndimage.gaussian_filter1d(block, _SLICE_PROFILE_SIGMA, axis=0, mode="nearest", truncate=4.5)
    block = block[start_k - low : start_k - low + stop_k - start_k]
    sigma = blur_mm / grid.spacing_ijk_mm[1::-1]
    weight = noise_weight(grid, (0.0, -15.0)) * np.float32(noise_hu)
    out = np.empty(block.shape, np.int16)
    for n, k in enumerate(range(start_k, stop_k)):
        plane = block[n]
        if blur_mm > 0:
            plane = ndimage.gaussian_filter(plane, sigma, truncate=3.0)
        metal = labels[k] == PhantomLabel.METAL
        if metal.any():
            plane = plane + metal_streaks(metal, grid)
        if noise_hu > 0:
            plane = plane + weight * noise_slice(seed, k, grid)
        out[n] = np.clip(np.rint(plane), LOWEST_HU, HIGHEST_HU)
    return out


def metal_streaks(metal: npt.NDArray[np.bool_], grid: VoxelGrid) -> Field:
    """Return dark and bright rays out of the metal of one slice, fading with distance; a sketch, not physics."""
    j, i = np.nonzero(metal)
    dx, dy = grid.spacing_ijk_mm[0], grid.spacing_ijk_mm[1]
    points = np.stack([i * dx, j * dy])
    middle = points.mean(axis=1, keepdims=True)
    spread = np.cov(points - middle) if points.shape[1] > 2 else np.eye(2)
    _, axes = np.linalg.eigh(np.atleast_2d(spread))
    along = axes[:, 1]
    jj, ii = np.meshgrid(np.arange(metal.shape[0]), np.arange(metal.shape[1]), indexing="ij")
    x, y = ii * dx - middle[0], jj * dy - middle[1]
    r = np.hypot(x, y) + 1.0
    angle = np.arctan2(y, x) - np.arctan2(along[1], along[0])
    length = float(np.ptp(points - middle, axis=1).max())
    size = np.sqrt(points.shape[1] * dx * dy)
    dark = -260.0 * np.exp(-((np.sin(angle) / 0.10) ** 2))
    rays = 60.0 * np.sin(17 * angle) + 40.0 * np.sin(29 * angle + 0.7)
    fade = np.exp(-np.maximum(r - length / 2, 0) / (2.2 * size + 6.0)) * np.minimum(r / 4.0, 1.0)
    return np.asarray(np.where(metal, 0.0, (dark + rays) * fade), dtype=np.float32)
