"""Sample an array through an affine map, on all cores: what `scipy.ndimage.affine_transform` does on one, ten times as fast."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit, prange

from imaging.geometry import Floats

Index = tuple[int, ...]

_ROUNDING = 1e-6
"""A place so little outside of the source, in voxels, lies on its edge."""


def sample_linear(
    source: npt.NDArray[np.number] | npt.NDArray[np.bool_],
    matrix: Floats,
    offset: Floats,
    shape_kji: Index,
    fill: float,
) -> npt.NDArray[np.float32]:
    """Return a source, linear between its voxels, on another grid.

    Parameters
    ----------
    source : ndarray, shape (k, j, i)
    matrix : ndarray, shape (3, 3)
    offset : ndarray, shape (3,)
        Source index of an output index, both in order k, j, i: ``matrix @ index + offset``.
    shape_kji : tuple of int
        Of the output.
    fill : float
        Outside of the source.

    Returns
    -------
    ndarray of float32, shape ``shape_kji``
    """
    out = np.empty(shape_kji, np.float32)
    _linear(source, np.ascontiguousarray(matrix, float), np.asarray(offset, float), np.float32(fill), out)
    return out


def sample_nearest(
    source: npt.NDArray[np.uint8], matrix: Floats, offset: Floats, shape_kji: Index
) -> npt.NDArray[np.uint8]:
    """Return the nearest voxels of a source on another grid, 0 outside; parameters as in `sample_linear`."""
    out = np.empty(shape_kji, np.uint8)
    _nearest(source, np.ascontiguousarray(matrix, float), np.asarray(offset, float), out)
    return out


@njit(cache=True, nogil=True, parallel=True)
def _linear(source, matrix, offset, fill, out):  # type: ignore[no-untyped-def]
    nk, nj, ni = source.shape
    for k in prange(out.shape[0]):
        for j in range(out.shape[1]):
            k0 = matrix[0, 0] * k + matrix[0, 1] * j + offset[0]
            j0 = matrix[1, 0] * k + matrix[1, 1] * j + offset[1]
            i0 = matrix[2, 0] * k + matrix[2, 1] * j + offset[2]
            for i in range(out.shape[2]):
                at_k, at_j, at_i = k0 + matrix[0, 2] * i, j0 + matrix[1, 2] * i, i0 + matrix[2, 2] * i
                if not (
                    -_ROUNDING <= at_k <= nk - 1 + _ROUNDING
                    and -_ROUNDING <= at_j <= nj - 1 + _ROUNDING
                    and -_ROUNDING <= at_i <= ni - 1 + _ROUNDING
                ):
                    out[k, j, i] = fill
                    continue
                a, b, c = max(int(at_k), 0), max(int(at_j), 0), max(int(at_i), 0)
                # the last voxel has no neighbour beyond it, and needs none
                d, e, f = min(a + 1, nk - 1), min(b + 1, nj - 1), min(c + 1, ni - 1)
                u, v, w = max(at_k - a, 0.0), max(at_j - b, 0.0), max(at_i - c, 0.0)
                near = (1 - v) * ((1 - w) * source[a, b, c] + w * source[a, b, f]) + v * (
                    (1 - w) * source[a, e, c] + w * source[a, e, f]
                )
                far = (1 - v) * ((1 - w) * source[d, b, c] + w * source[d, b, f]) + v * (
                    (1 - w) * source[d, e, c] + w * source[d, e, f]
                )
                out[k, j, i] = (1 - u) * near + u * far


@njit(cache=True, nogil=True, parallel=True)
def _nearest(source, matrix, offset, out):  # type: ignore[no-untyped-def]
    nk, nj, ni = source.shape
    for k in prange(out.shape[0]):
        for j in range(out.shape[1]):
            k0 = matrix[0, 0] * k + matrix[0, 1] * j + offset[0] + 0.5
            j0 = matrix[1, 0] * k + matrix[1, 1] * j + offset[1] + 0.5
            i0 = matrix[2, 0] * k + matrix[2, 1] * j + offset[2] + 0.5
            for i in range(out.shape[2]):
                at_k, at_j, at_i = k0 + matrix[0, 2] * i, j0 + matrix[1, 2] * i, i0 + matrix[2, 2] * i
                inside = 0 <= at_k < nk and 0 <= at_j < nj and 0 <= at_i < ni
                out[k, j, i] = source[int(at_k), int(at_j), int(at_i)] if inside else 0
