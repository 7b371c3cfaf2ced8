"""Bone shared out among seeds: a voxel belongs to the seed with the easiest way to it through bone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from imaging.anatomy.bone_field import BoneField
from imaging.labels import Bools
from imaging.later import csgraph, ndimage, sparse

_BORDER_VOXELS, _SMOOTH_VOXELS = 5, 1.5


def shared_out(bone: Bools, cost: npt.NDArray[np.float32], seeds: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
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
    number = np.full(bone.shape, -1, np.int32)
    number.ravel()[flat] = np.arange(len(flat), dtype=np.int32)
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
    _, _, source = csgraph.dijkstra(steps, directed=False, indices=from_, min_only=True, return_predecessors=True)
    reached = (seeds == 0) & (source >= 0)
    out[reached] = seeds[source[reached]]
    return out


def smoothed(field: BoneField, shared: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return labels with smooth borders: near a border the label that prevails around has a voxel.

    Parameters
    ----------
    field : BoneField
    shared : ndarray of uint8, shape (n,)
    """
    labels = field.spread(shared)
    high = ndimage.maximum_filter(labels, size=_BORDER_VOXELS)
    low = ndimage.minimum_filter(np.where(labels > 0, labels, 255), size=_BORDER_VOXELS)
    border = (labels > 0) & (high > low)
    best, owner = np.zeros(labels.shape, np.float32), labels.copy()
    for label, box in enumerate(ndimage.find_objects(labels), 1):
        if box is None:
            continue
        grown = tuple(slice(max(s.start - _BORDER_VOXELS, 0), s.stop + _BORDER_VOXELS) for s in box)
        share = ndimage.gaussian_filter((labels[grown] == label).astype(np.float32), _SMOOTH_VOXELS, truncate=2.5)
        more = border[grown] & (share > best[grown])
        best[grown][more] = share[more]
        owner[grown][more] = label
    return np.asarray(field.of(owner), np.uint8)
