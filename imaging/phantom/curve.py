"""The bent axis of the sacrum, and coordinates that follow it.

``s`` runs down the axis from the upper endplate of S1 (0) to the tip of the coccyx, ``v`` is the distance behind the
axis and ``u`` the distance to the left, all in millimetres of the unscaled patient.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from imaging.later import ndimage, spatial
from imaging.phantom.lattice import Field, Lattice

_STEP_MM = 0.25
_S_RANGE_MM = (-60.0, 190.0)
_TABLE_Y_MM = (-110.0, 130.0)
_TABLE_Z_MM = (-170.0, 90.0)


@dataclass(frozen=True, eq=False)
class SpineCurve:
    """An arc in the sagittal plane, given by its inclination.

    Attributes
    ----------
    at_s_mm, inclination_deg : tuple of float
        Angle of the axis from straight down towards the back, at positions along the axis; constant beyond the ends.
    """

    at_s_mm: tuple[float, ...]
    inclination_deg: tuple[float, ...]

    @cached_property
    def _line(self) -> tuple[Floats, Floats, Floats, Floats]:
        s = np.arange(_S_RANGE_MM[0], _S_RANGE_MM[1], _STEP_MM)
        angle = np.deg2rad(np.interp(s, self.at_s_mm, self.inclination_deg))
        y = np.cumsum(np.sin(angle)) * _STEP_MM
        z = -np.cumsum(np.cos(angle)) * _STEP_MM
        return s, y - np.interp(0, s, y), z - np.interp(0, s, z), angle

    @cached_property
    def _tables(self) -> Floats:
        """``v`` and ``s`` on a millimetre grid of (y, z)."""
        s, y, z, angle = self._line
        yy, zz = np.meshgrid(np.arange(*_TABLE_Y_MM), np.arange(*_TABLE_Z_MM), indexing="ij")
        _, nearest = spatial.cKDTree(np.stack([y, z], axis=1)).query(np.stack([yy.ravel(), zz.ravel()], axis=1))
        dy, dz = yy.ravel() - y[nearest], zz.ravel() - z[nearest]
        sin, cos = np.sin(angle[nearest]), np.cos(angle[nearest])
        v = dy * cos + dz * sin
        along = s[nearest] + dy * sin - dz * cos
        return np.stack([v.reshape(yy.shape), along.reshape(yy.shape)]).astype(np.float32)

    def local(self, lattice: Lattice) -> tuple[Field, Field, Field]:
        """Return u, v, s at the points of a lattice, as arrays that broadcast to its shape."""
        x, y, z = lattice.xyz
        y, z = np.broadcast_arrays(y, z)
        at = np.stack([y - np.float32(_TABLE_Y_MM[0]), z - np.float32(_TABLE_Z_MM[0])])
        v = ndimage.map_coordinates(self._tables[0], at, order=1, mode="nearest")
        s = ndimage.map_coordinates(self._tables[1], at, order=1, mode="nearest")
        return x, v, s

    def to_patient(self, uvs: npt.ArrayLike) -> Floats:
        """Map points (n, 3) of u, v, s to x, y, z."""
        u, v, s = np.asarray(uvs, float).reshape(-1, 3).T
        line_s, y, z, angle = self._line
        a = np.interp(s, line_s, angle)
        py = np.interp(s, line_s, y) + v * np.cos(a)
        pz = np.interp(s, line_s, z) + v * np.sin(a)
        return np.stack([u, py, pz], axis=1)
