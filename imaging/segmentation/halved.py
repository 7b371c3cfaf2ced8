"""Arrays of half as many points along each axis, and back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from imaging.affine_sampling import sample_linear
from imaging.labels import Bools

Field = npt.NDArray[np.float32]

COARSER = 2


def coarser(array: Field | Bools) -> Field:
    """Return the mean of every block of eight points; a last odd point is repeated."""
    even = np.pad(array, [(0, n % COARSER) for n in array.shape], mode="edge")
    k, j, i = (n // COARSER for n in even.shape)
    blocks = even.reshape(k, COARSER, j, COARSER, i, COARSER)
    return np.asarray(blocks.mean(axis=(1, 3, 5), dtype=np.float32))


def finer(array: Field, shape: tuple[int, ...]) -> Field:
    """Return an array from `coarser` on its first grid, linear between the middles of its blocks, the outermost repeated."""
    array = np.pad(array, 1, mode="edge")
    # The first point lies a quarter of a block before the first block's middle.
    return sample_linear(array, np.eye(3) / COARSER, np.full(3, 0.5 / COARSER + 0.5), shape, 0.0)
