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
        return self.windows(low[None], high[None])[0]

    def windows(self, low: Floats, high: Floats) -> list[Slices | None]:
        """Return `window` of many boxes at once, corners of shape (n, 3)."""
        to_index = np.linalg.inv(self.matrix)
        middle = ((low + high) / 2 - self.offset) @ to_index.T
        reach = (high - low) / 2 @ np.abs(to_index).T
        start = np.maximum(np.floor(middle - reach), 0).astype(int)
        stop = np.minimum(np.ceil(middle + reach) + 1, self.shape_kji).astype(int)
        out: list[Slices | None] = []
        for a, b in zip(start.tolist(), stop.tolist(), strict=True):
            outside = b[0] <= a[0] or b[1] <= a[1] or b[2] <= a[2]
            out.append(None if outside else (slice(a[0], b[0]), slice(a[1], b[1]), slice(a[2], b[2])))
        return out

    def crop(self, slices: Slices) -> Lattice:
        """Return the lattice of ``array[slices]``."""
        start = np.array([part.start for part in slices], float)
        k, j, i = (part.stop - part.start for part in slices)
        return Lattice((k, j, i), self.matrix, self.offset + self.matrix @ start)
