"""Bone shared out among seeds: a voxel belongs to the seed with the easiest way to it through bone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from imaging.labels import Bools


def shared_out(
    bone: Bools, cost: npt.NDArray[np.float32], seeds: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint8]:
    """Return for all bone the seed it belongs to.

    Parameters
    ----------
    bone : ndarray of bool, shape (k, j, i)
        Voxels with equal spacings.
    cost : ndarray of float32, shape (n,)
        What a step costs in every voxel of ``bone``, in the order of the array; above 0.
    seeds : ndarray of uint8, shape (n,)
        Label of each of these voxels, 0 where it is to be found out.

    Returns
    -------
    ndarray of uint8, shape (n,)
        0 where no seed is connected.
    """
    flat = np.flatnonzero(bone.ravel())
    number = np.full(bone.size, -1, np.int32)
    number[flat] = np.arange(len(flat), dtype=np.int32)
    number = number.reshape(bone.shape)
    ends: list[npt.NDArray[np.int32]] = []
    for step in ((0, 0, 1), (0, 1, 0), (1, 0, 0)):
        low = tuple(slice(None, -1) if n else slice(None) for n in step)
        high = tuple(slice(1, None) if n else slice(None) for n in step)
        a, b = number[low].ravel(), number[high].ravel()
        both = (a >= 0) & (b >= 0)
        a, b = a[both], b[both]
        # between two seeds nothing is to be found out
        open_ = (seeds[a] == 0) | (seeds[b] == 0)
        ends.append(np.stack([a[open_], b[open_]]))
    a, b = np.concatenate(ends, axis=1)
    steps = sparse.coo_matrix((0.5 * (cost[a] + cost[b]).astype(float), (a, b)), shape=(len(flat),) * 2).tocsr()
    from_ = np.unique(np.concatenate([a[seeds[a] > 0], b[seeds[b] > 0]]))
    out = seeds.copy()
    if len(from_) == 0:
        return out
    _, _, source = dijkstra(steps, directed=False, indices=from_, min_only=True, return_predecessors=True)
    reached = (seeds == 0) & (source >= 0)
    out[reached] = seeds[source[reached]]
    return out
