"""The temperature at an applicator, where the grid holds it spread over about a voxel.

The engine gives the heat of every quadrature point on an applicator's axis to the cells around it with a Gaussian
weight of width s (see `planning.thermal.wells`), whose temperature is A erf(R / (sqrt(2) s)) / 2R per length: R is the
distance from the point, and A the slope of T over ln r, which follows from what the grid has under the weight and what
the surface has. In truth that heat comes from the surface, for every point from a ring around it, whose temperature is
A / 2 times the ring's potential (an elliptic integral; one over the distance far away). The difference of the two is put
back: outside of the surface, and inside of it the applicator's own temperature.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ellipkm1, erf

from imaging.geometry import Floats
from planning.thermal.applicator import Applicator

_FULL_WIDTHS, _REACH_WIDTHS = 2.5, 3.5
"""What is put back is whole up to this far from the active part, and nothing from there on: little is left by then."""
_NO_NEARER_MM = 1e-3
_NOT_ON_RING = 1e-9


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
        missing_c = np.zeros(along.shape)
        for at_mm, slope_k_mm in zip(self.points_mm, self.slope_k_mm, strict=True):
            if slope_k_mm != 0:
                at = float((at_mm - self.applicator.tip_mm) @ self.applicator.direction)
                missing_c -= 0.5 * slope_k_mm * self._missing_1_mm(along - at, across)
        part = (_REACH_WIDTHS - self._away_mm(along, across) / self.width_mm) / (_REACH_WIDTHS - _FULL_WIDTHS)
        true_c = grid_c + missing_c * np.clip(part, 0.0, 1.0)
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

    def _missing_1_mm(self, along_mm: Floats, across_mm: Floats) -> Floats:
        """What the ring around a point of the axis has more than the Gaussian there."""
        r = np.maximum(np.hypot(along_mm, across_mm), _NO_NEARER_MM)
        smeared = erf(r / (np.sqrt(2) * self.width_mm)) / r
        return np.asarray(_ring_1_mm(along_mm, across_mm, self.applicator.radius_mm) - smeared, float)


def _ring_1_mm(along_mm: Floats, across_mm: Floats, radius_mm: float) -> Floats:
    """Mean of one over the distance from the points of a ring around the axis."""
    farthest2 = (across_mm + radius_mm) ** 2 + along_mm**2
    nearest2 = (across_mm - radius_mm) ** 2 + along_mm**2
    # K of the parameter m, given 1 - m, which keeps its digits beside the ring
    return np.asarray(2 / np.pi * ellipkm1(np.maximum(nearest2 / farthest2, _NOT_ON_RING)) / np.sqrt(farthest2))


def along_and_across(applicator: Applicator, points_mm: Floats) -> tuple[Floats, Floats]:
    """Return distance from the tip along the axis, and from the axis, of points of shape (..., 3)."""
    away = points_mm - applicator.tip_mm
    along = away @ applicator.direction
    return along, np.asarray(np.linalg.norm(away - along[..., None] * applicator.direction, axis=-1))


def body_holds(applicator: Applicator, along_mm: Floats, across_mm: Floats) -> npt.NDArray[np.bool_]:
    """Whether places lie in the body of the active part, a cylinder with flat ends."""
    within = (along_mm >= 0) & (along_mm <= applicator.active_length_mm)
    return np.asarray(within & (across_mm <= applicator.radius_mm))
