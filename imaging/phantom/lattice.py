"""A block of sample points in the patient's own frame, cheap to crop."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats

Field = npt.NDArray[np.float32]
Slices = tuple[slice, slice, slice]


@dataclass(frozen=True, eq=False)
class Lattice:
    """Sample points ``matrix @ (k, j, i) + offset`` in the patient frame (millimetres of the unscaled patient).

    Attributes
    ----------
    shape_kji : tuple of int
    matrix : ndarray, shape (3, 3)
        Columns are the steps along k, j and i.
    offset : ndarray, shape (3,)
        The point of index (0, 0, 0).
    """

    shape_kji: tuple[int, int, int]
    matrix: Floats
    offset: Floats

    @cached_property
    def xyz(self) -> tuple[Field, Field, Field]:
        """Coordinates that broadcast to ``shape_kji``: one-dimensional ones if the axes are aligned."""
        steps = [
            np.arange(n, dtype=np.float64).reshape([-1 if axis == a else 1 for a in range(3)])
            for axis, n in enumerate(self.shape_kji)
        ]
        rows = []
        for row, start in zip(self.matrix, self.offset, strict=True):
            total = np.full((1, 1, 1), start)
            for weight, step in zip(row, steps, strict=True):
                if abs(weight) > 1e-9:
                    total = total + weight * step
            rows.append(np.asarray(total, dtype=np.float32))
        return rows[0], rows[1], rows[2]

    def window(self, low: Floats, high: Floats) -> Slices | None:
        """Return the smallest block of indices that holds a box of the patient frame, or None if it is outside."""
        corners = np.array(np.meshgrid(*zip(low, high, strict=True), indexing="ij")).reshape(3, -1).T
        kji = (corners - self.offset) @ np.linalg.inv(self.matrix).T
        start = np.maximum(np.floor(kji.min(axis=0)), 0).astype(int)
        stop = np.minimum(np.ceil(kji.max(axis=0)) + 1, self.shape_kji).astype(int)
        if (stop <= start).any():
            return None
        return (slice(start[0], stop[0]), slice(start[1], stop[1]), slice(start[2], stop[2]))

    def crop(self, slices: Slices) -> Lattice:
        """Return the lattice of ``array[slices]``."""
        start = np.array([part.start for part in slices], float)
        k, j, i = (part.stop - part.start for part in slices)
        return Lattice((k, j, i), self.matrix, self.offset + self.matrix @ start)
