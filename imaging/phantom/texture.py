"""Band-limited noise: the look of marrow, fat and muscle."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from imaging.later import fft, ndimage
from imaging.phantom.lattice import Field

_SIZE = 64


@lru_cache(maxsize=64)
def noise_tile(seed: int) -> Field:
    """Return a periodic cube of noise of unit deviation, features about four samples wide."""
    rng = np.random.default_rng([seed, 7])
    shape = (_SIZE, _SIZE, _SIZE // 2 + 1)
    f = np.stack(
        np.meshgrid(np.fft.fftfreq(_SIZE), np.fft.fftfreq(_SIZE), np.fft.rfftfreq(_SIZE), indexing="ij", copy=False)
    )
    radius = np.sqrt((f**2).sum(axis=0))
    envelope = np.exp(-(((radius - 0.16) / 0.09) ** 2))
    spectrum = envelope * (rng.standard_normal(shape) + 1j * rng.standard_normal(shape))
    tile = fft.irfftn(spectrum, s=(_SIZE, _SIZE, _SIZE)).astype(np.float32)
    return np.asarray(tile / tile.std(), dtype=np.float32)


def noise_at(seed: int, a: Field, b: Field, c: Field, size_mm: tuple[float, float, float]) -> Field:
    """Sample noise whose features are about ``size_mm`` along three axes.

    Parameters
    ----------
    seed : int
    a, b, c : ndarray
        Positions in millimetres; they broadcast.
    size_mm : tuple of float
    """
    scale = [np.float32(4.0 / size) for size in size_mm]
    at = np.stack(np.broadcast_arrays(a * scale[0], b * scale[1], c * scale[2]))
    return np.asarray(ndimage.map_coordinates(noise_tile(seed), at, order=1, mode="grid-wrap"), dtype=np.float32)
