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
class Profile:
    """Places beside an applicator, as its fields at all times have to do with them.

    Attributes
    ----------
    missing_1_mm : ndarray of float32, shape (n_places, n_points)
        What is put back at a place of every quadrature point, for a slope of one.
    inside : ndarray of bool, shape (n_places,)
        Whether the place lies in the applicator's body.
    """

    missing_1_mm: npt.NDArray[np.float32]
    inside: npt.NDArray[np.bool_]


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
        missing_c = np.zeros(along.size)
        _add_missing(
            self._points_along_mm,
            self.slope_k_mm,
            self.applicator.radius_mm,
            self.width_mm,
            along.reshape(-1),
            across.reshape(-1),
            missing_c,
        )
        inside = body_holds(self.applicator, along, across)
        return self._put_back(self._part(along, across) * missing_c.reshape(along.shape), inside, grid_c)

    def at_places(self, points_mm: Floats) -> Profile:
        """Return what any field of the same applicator needs to know of points of shape (n, 3), to be asked of them again."""
        along, across = along_and_across(self.applicator, points_mm)
        missing = np.empty((len(along), len(self.points_mm)), np.float32)
        _missing_of_each(
            self._points_along_mm,
            self.applicator.radius_mm,
            self.width_mm,
            along,
            across,
            self._part(along, across),
            missing,
        )
        return Profile(missing_1_mm=missing, inside=body_holds(self.applicator, along, across))

    def temperature_at(self, places: Profile, grid_c: npt.NDArray[np.floating]) -> Floats:
        """As `temperature_c`, at the points of a profile."""
        missing_c = np.empty(len(places.inside))
        _sum_of_points(places.missing_1_mm, self.slope_k_mm, missing_c)
        return self._put_back(missing_c, places.inside, grid_c)

    @property
    def _points_along_mm(self) -> Floats:
        """How far from the tip the quadrature points are."""
        return np.asarray((self.points_mm - self.applicator.tip_mm) @ self.applicator.direction)

    def _part(self, along_mm: Floats, across_mm: Floats) -> Floats:
        """The part of what is missing that is put back."""
        part = (_REACH_WIDTHS - self._away_mm(along_mm, across_mm) / self.width_mm) / (_REACH_WIDTHS - _FULL_WIDTHS)
        return np.clip(part, 0.0, 1.0)

    def _put_back(self, missing_c: Floats, inside: npt.NDArray[np.bool_], grid_c: npt.NDArray[np.floating]) -> Floats:
        # No place is beyond both the grid and the wall that drives it.
        low, high = np.minimum(grid_c, self.own_c), np.maximum(grid_c, self.own_c)
        return np.asarray(np.where(inside, self.own_c, np.clip(grid_c + missing_c, low, high)), float)

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
                out[n] += slope_k_mm[p] * _missing_1_mm(along_mm[n] - at_mm[p], across_mm[n], radius_mm, width_mm)


@njit(cache=True, nogil=True)
def _missing_of_each(at_mm, radius_mm, width_mm, along_mm, across_mm, part, out):  # type: ignore[no-untyped-def]
    """As `_add_missing`, but every point of the axis for itself and of slope 1; of each place a part."""
    for n in range(len(along_mm)):
        for p in range(len(at_mm)):
            out[n, p] = part[n] * _missing_1_mm(along_mm[n] - at_mm[p], across_mm[n], radius_mm, width_mm)


@njit(cache=True, nogil=True)
def _sum_of_points(missing, slope_k_mm, out):  # type: ignore[no-untyped-def]
    for n in range(len(out)):
        total = 0.0
        for p in range(len(slope_k_mm)):
            total += missing[n, p] * slope_k_mm[p]
        out[n] = total


@njit(cache=True, nogil=True, inline="always")
def _missing_1_mm(along_mm, across_mm, radius_mm, width_mm):  # type: ignore[no-untyped-def]
    """What the ring around a point has more than the Gaussian there, at a place."""
    along2 = along_mm**2
    r = max(math.sqrt(along2 + across_mm**2), _NO_NEARER_MM)
    farthest = math.sqrt((across_mm + radius_mm) ** 2 + along2)
    nearest = max(math.sqrt((across_mm - radius_mm) ** 2 + along2), _NOT_ON_RING * farthest)
    ring = 1.0 / _arithmetic_geometric_mean(farthest, nearest)
    return 0.5 * (math.erf(r / (math.sqrt(2.0) * width_mm)) / r - ring)


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
