"""The temperature at an applicator, where the grid holds it spread over about a voxel.

The engine gives the heat of every quadrature point on an applicator's axis to the cells around it with a Gaussian
weight of width s (see `planning.thermal.wells`), whose temperature is A erf(R / (sqrt(2) s)) / 2R per length: R is the
distance from the point, and A the slope of T over ln r, which follows from what the grid has under the weight and what
the surface has. In truth that heat comes from the surface, for every point from a ring around it, whose temperature is
A / 2 times the ring's potential (an elliptic integral, after Gauss one over the arithmetic-geometric mean of the distances
to the ring's nearest and farthest point; one over the distance far away). The difference of the two is put back: outside
of the surface, and inside of it the applicator's own temperature.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from imaging.geometry import Floats
from planning.thermal.applicator import Applicator

_FULL_WIDTHS, _REACH_WIDTHS = 2.5, 3.5
"""What is put back is whole up to this far from the active part, and nothing from there on: little is left by then."""
_NO_NEARER_MM = 1e-3
_NOT_ON_RING = 3e-5
_MEANS_APART = 1e-6


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class NearField:
    """What one applicator at work adds to the temperature of the grid at one time.

    Attributes
    ----------
    own_c : float
        Temperature of the applicator's body.
    points_mm : ndarray, shape (n_points, 3)
        Quadrature points.
    slope_k_mm : ndarray, shape (n_points,)
        A of every point, times its length; 0 where the surface gives no heat.
    width_mm : float
        Of the Gaussian.
    """

    applicator: Applicator
    own_c: float
    points_mm: Floats
    slope_k_mm: Floats
    width_mm: float

    @property
    def bounds_mm(self) -> tuple[Floats, Floats]:
        """Lowest and highest coordinates of where it matters, each of shape (3,)."""
        ends = self.applicator.active_points_mm
        reach = _REACH_WIDTHS * self.width_mm
        return ends.min(axis=0) - reach, ends.max(axis=0) + reach

    def temperature_c(self, points_mm: Floats, grid_c: npt.NDArray[np.floating]) -> Floats:
        """Return the temperature at points of shape (..., 3) where the grid reads ``grid_c``."""
        along, across = along_and_across(self.applicator, points_mm)
        at_mm = (self.points_mm - self.applicator.tip_mm) @ self.applicator.direction
        missing_c = np.zeros(along.size)
        _add_missing(
            at_mm,
            self.slope_k_mm,
            self.applicator.radius_mm,
            self.width_mm,
            along.reshape(-1),
            across.reshape(-1),
            missing_c,
        )
        part = (_REACH_WIDTHS - self._away_mm(along, across) / self.width_mm) / (_REACH_WIDTHS - _FULL_WIDTHS)
        true_c = grid_c + missing_c.reshape(along.shape) * np.clip(part, 0.0, 1.0)
        # No place is beyond both the grid and the wall that drives it.
        low, high = np.minimum(grid_c, self.own_c), np.maximum(grid_c, self.own_c)
        inside = body_holds(self.applicator, along, across)
        return np.asarray(np.where(inside, self.own_c, np.clip(true_c, low, high)), float)

    def reaches(self, points_mm: Floats) -> npt.NDArray[np.bool_]:
        """Whether anything is added at points of shape (n, 3)."""
        return self._away_mm(*along_and_across(self.applicator, points_mm)) < _REACH_WIDTHS * self.width_mm

    def _away_mm(self, along_mm: Floats, across_mm: Floats) -> Floats:
        """Distance from the axis of the active part."""
        beyond = np.maximum(np.maximum(-along_mm, along_mm - self.applicator.active_length_mm), 0.0)
        return np.asarray(np.hypot(beyond, across_mm))


@njit(cache=True, nogil=True)
def _add_missing(at_mm, slope_k_mm, radius_mm, width_mm, along_mm, across_mm, out):  # type: ignore[no-untyped-def]
    """Add what the rings around points of the axis have more than the Gaussians there, at places along and across it."""
    for n in range(len(out)):
        for p in range(len(at_mm)):
            if slope_k_mm[p] != 0:
                along2 = (along_mm[n] - at_mm[p]) ** 2
                r = max(math.sqrt(along2 + across_mm[n] ** 2), _NO_NEARER_MM)
                farthest = math.sqrt((across_mm[n] + radius_mm) ** 2 + along2)
                nearest = max(math.sqrt((across_mm[n] - radius_mm) ** 2 + along2), _NOT_ON_RING * farthest)
                ring = 1.0 / _arithmetic_geometric_mean(farthest, nearest)
                out[n] -= 0.5 * slope_k_mm[p] * (ring - math.erf(r / (math.sqrt(2.0) * width_mm)) / r)


@njit(cache=True, nogil=True, inline="always")
def _arithmetic_geometric_mean(a, b):  # type: ignore[no-untyped-def]
    while a - b > _MEANS_APART * a:
        a, b = 0.5 * (a + b), math.sqrt(a * b)
    return a


def along_and_across(applicator: Applicator, points_mm: Floats) -> tuple[Floats, Floats]:
    """Return distance from the tip along the axis, and from the axis, of points of shape (..., 3)."""
    away = points_mm - applicator.tip_mm
    along = away @ applicator.direction
    return along, np.asarray(np.linalg.norm(away - along[..., None] * applicator.direction, axis=-1))


def body_holds(applicator: Applicator, along_mm: Floats, across_mm: Floats) -> npt.NDArray[np.bool_]:
    """Whether places lie in the body of the active part, a cylinder with flat ends."""
    within = (along_mm >= 0) & (along_mm <= applicator.active_length_mm)
    return np.asarray(within & (across_mm <= applicator.radius_mm))
