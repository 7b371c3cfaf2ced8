"""How much of the view from a place in soft tissue is bone: nearly all in the canal, little outside."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit, prange

from imaging.geometry import Floats
from imaging.labels import Bools

_DIRECTIONS = 64
_LEAST_SEEN = 1 / 3


def enclosed_part(bone: Bools, places_kji: npt.NDArray[np.int64], reach_voxels: int) -> Floats:
    """Return the part of all directions in which places see bone.

    Parameters
    ----------
    bone : ndarray of bool
        On a grid with equal spacings.
    places_kji : ndarray of int64, shape (n, 3)
    reach_voxels : int
        Nothing farther away is seen.

    Returns
    -------
    ndarray, shape (n,)
        Directions that leave the image do not count, but at least a third of all is counted.
    """
    out = np.empty(len(places_kji))
    _look_around(bone, places_kji, _sphere(_DIRECTIONS), reach_voxels, _LEAST_SEEN, out)
    return out


def _sphere(count: int) -> Floats:
    """Unit vectors evenly spread over the sphere (a Fibonacci lattice)."""
    n = np.arange(count) + 0.5
    polar, turn = np.arccos(1 - 2 * n / count), np.pi * (1 + np.sqrt(5)) * n
    return np.stack([np.cos(polar), np.sin(turn) * np.sin(polar), np.cos(turn) * np.sin(polar)], axis=1)


@njit(cache=True, nogil=True, parallel=True)
def _look_around(bone, places, directions, steps, least_seen, out):  # type: ignore[no-untyped-def]
    nk, nj, ni = bone.shape
    for n in prange(len(places)):
        seen, lost = 0, 0
        for d in range(len(directions)):
            for s in range(1, steps + 1):
                k = int(places[n, 0] + directions[d, 0] * s + 0.5)
                j = int(places[n, 1] + directions[d, 1] * s + 0.5)
                i = int(places[n, 2] + directions[d, 2] * s + 0.5)
                if k < 0 or j < 0 or i < 0 or k >= nk or j >= nj or i >= ni:
                    lost += 1
                    break
                if bone[k, j, i]:
                    seen += 1
                    break
        out[n] = seen / max(len(directions) - lost, least_seen * len(directions))
