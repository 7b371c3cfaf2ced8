"""Connected pieces of an array and the holes in it."""

from __future__ import annotations

import cc3d
import numpy as np
import numpy.typing as npt

from imaging.labels import Bools


def labelled(array: Bools, connectivity: int = 6) -> tuple[npt.NDArray[np.integer], npt.NDArray[np.int64]]:
    """Return pieces numbered from 1, and the voxel count of every number, that of 0 included."""
    pieces = np.asarray(cc3d.connected_components(np.ascontiguousarray(array), connectivity=connectivity))
    return pieces, np.bincount(pieces.ravel())


def filled(array: Bools) -> Bools:
    """Return an array with everything filled that is enclosed on all sides, and that no face of the array opens."""
    holes, counts = labelled(~array)
    open_ = np.zeros(len(counts), bool)
    for axis in range(3):
        for face in (0, -1):
            open_[np.unique(holes.take(face, axis))] = True
    open_[0] = False
    return np.asarray(~open_[holes])
