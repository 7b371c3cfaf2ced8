"""The spine straightened along its canal: s along the canal, left across, front towards the vertebral bodies."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats, VoxelGrid
from imaging.later import ndimage

STEP_MM = 1.5
"""Distance of the points of the canal's course."""


@dataclass(frozen=True, eq=False)
class StraightSpine:
    """Axes at every point of the canal's course.

    Attributes
    ----------
    points_mm : ndarray, shape (n, 3)
        LPS, from head to tail, `STEP_MM` apart.
    left_mm : ndarray, shape (3,)
        Unit vector to the patient's left, across the plane of symmetry.
    """

    points_mm: Floats
    left_mm: Floats

    @cached_property
    def down(self) -> Floats:
        """Unit vectors along the canal towards the tail, shape (n, 3)."""
        along = np.gradient(self.points_mm, axis=0)
        return np.asarray(along / np.linalg.norm(along, axis=1, keepdims=True))

    @cached_property
    def left(self) -> Floats:
        """Unit vectors to the left across the canal, shape (n, 3)."""
        across = self.left_mm - (self.down @ self.left_mm)[:, None] * self.down
        return np.asarray(across / np.linalg.norm(across, axis=1, keepdims=True))

    @cached_property
    def front(self) -> Floats:
        """Unit vectors towards the vertebral bodies, shape (n, 3)."""
        return np.cross(self.down, self.left)

    def to_lps(self, s_mm: npt.ArrayLike, left_mm: npt.ArrayLike, front_mm: npt.ArrayLike) -> Floats:
        """Return places of the straightened spine in LPS; all three broadcast together, shape (..., 3)."""
        s, left, front = np.broadcast_arrays(*(np.asarray(v, float) for v in (s_mm, left_mm, front_mm)))
        at = np.clip(s / STEP_MM, 0, len(self.points_mm) - 1)
        out = np.zeros((*s.shape, 3))
        for axis in range(3):
            for values, times in ((self.points_mm, 1.0), (self.left, left), (self.front, front)):
                out[..., axis] += times * np.interp(at, np.arange(len(values)), values[:, axis])
        # beyond the ends it goes on straight
        beyond = (s - at * STEP_MM)[..., None]
        out += np.where(beyond < 0, beyond * self.down[0], beyond * self.down[-1])
        return out

    def sample(
        self, field: npt.NDArray[np.floating], grid: VoxelGrid, s_mm: npt.ArrayLike, left_mm: npt.ArrayLike,
        front_mm: npt.ArrayLike, outside: float = np.nan,
    ) -> Floats:  # fmt: skip
        """Return a field of a grid at places of the straightened spine, linear between voxels."""
        places = self.to_lps(s_mm, left_mm, front_mm)
        ijk = grid.to_ijk(places.reshape(-1, 3))
        values = ndimage.map_coordinates(field, ijk.T[::-1], order=1, mode="constant", cval=outside)
        return np.asarray(values.reshape(places.shape[:-1]), float)

    @property
    def length_mm(self) -> float:
        return STEP_MM * (len(self.points_mm) - 1)
