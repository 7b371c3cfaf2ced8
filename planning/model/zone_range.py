"""How far a predicted zone may be off, and the least and the largest zone that follow from it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from imaging.distance import sample
from imaging.geometry import VoxelGrid
from planning.catalogue.ranges import Factor
from planning.model.zone import PredictedZone

Singles = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorEffect:
    """What one factor does over its range.

    Attributes
    ----------
    factor : Factor
    media : tuple of str
        Those of this plan that it changes.
    warmer_k, colder_k : float
        Largest change of the extreme temperature anywhere.
    """

    factor: Factor
    media: tuple[str, ...]
    warmer_k: float
    colder_k: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ZoneRange:
    """How far the extreme temperatures of a zone may lie from the prediction.

    Attributes
    ----------
    grid : VoxelGrid
    warmer_k, colder_k : ndarray of float32, shape ``grid.shape_kji``
        At or above zero: the sum over all factors of the worse end of each, as if all were at their worst together.
    effects : tuple of FactorEffect
        The gravest first; factors that touch no medium of the plan are left out.
    digest : str
        Of the prediction it belongs to.
    """

    grid: VoxelGrid
    warmer_k: Singles
    colder_k: Singles
    effects: tuple[FactorEffect, ...]
    digest: str


def least_and_most(zone: PredictedZone, zone_range: ZoneRange) -> tuple[PredictedZone, PredictedZone]:
    """Return the smallest and the largest zone that the ranges allow, on the grid of the prediction.

    Thermal dose follows the temperature by a factor of two a degree, which is right above 43 °C and too much below.
    """
    nk, nj, ni = zone.grid.shape_kji
    kji = np.indices((nk, nj, ni)).reshape(3, -1).T
    points = zone.grid.to_lps(kji[:, ::-1])
    warmer, colder = (
        sample(field, zone_range.grid, points, outside=0.0).reshape(zone.extreme_c.shape).astype(np.float32)
        for field in (zone_range.warmer_k, zone_range.colder_k)
    )
    warm, cold = _shifted(zone, warmer), _shifted(zone, -colder)
    return (warm, cold) if zone.cold else (cold, warm)


def _shifted(zone: PredictedZone, by_k: Singles) -> PredictedZone:
    dose = None if zone.cem43_min is None else (zone.cem43_min * np.exp2(by_k)).astype(np.float32)
    extreme = zone.extreme_c + by_k
    # Heat never leaves tissue colder than the body, nor cold warmer.
    extreme = np.minimum(extreme, zone.body_c) if zone.cold else np.maximum(extreme, zone.body_c)
    return replace(zone, extreme_c=extreme, cem43_min=dose)
