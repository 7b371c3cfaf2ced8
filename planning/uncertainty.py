"""How sure a zone is: the ranges of tissue values, run through the solver."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from imaging.distance import sample
from imaging.geometry import VoxelGrid
from imaging.progress import Progress, no_progress
from imaging.volume import Volume
from planning.catalogue import Mode, load_tissues
from planning.catalogue.ranges import COLD_FACTORS, HEAT_FACTORS, End, Factor, at_end
from planning.model.case import Case
from planning.model.zone import PredictedZone
from planning.services import mode_of, prediction_digest, thermal_request
from planning.thermal import ThermalRequest, solve

_SPACING_MM = 2.0
"""Only differences between runs are used, in which the error of so coarse a grid cancels for the most part."""
_ENDS: tuple[End, End] = ("low", "high")

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


def predict_range(case: Case, volume: Volume, progress: Progress | None = None) -> ZoneRange:
    """Run every factor at both ends of its range, one at a time.

    Parameters
    ----------
    case : Case
        With at least one probe.
    volume : Volume
        The CT the case refers to.
    progress : Progress, optional

    Raises
    ------
    PlanError, SolverError, Cancelled
        As `services.predict`.
    """
    progress = progress or no_progress()
    table = load_tissues()
    asked = thermal_request(case, volume, _SPACING_MM)
    variants: list[tuple[Factor, ThermalRequest, tuple[str, ...]]] = []
    for factor in COLD_FACTORS if mode_of(case) is Mode.COLD else HEAT_FACTORS:
        for end in _ENDS:
            variant = thermal_request(case, volume, _SPACING_MM, at_end(table, factor, end))
            if changed := _changed_media(asked, variant):
                variants.append((factor, variant, changed))
    share = 1.0 / (len(variants) + 1)
    usual = solve(asked, progress.part(0.0, share)).extreme_c
    ends: dict[Factor, list[Singles]] = {}
    touched: dict[Factor, set[str]] = {}
    for n, (factor, variant, changed) in enumerate(variants, start=1):
        progress.report(n * share, factor.value.capitalize())
        away = solve(variant, progress.part(n * share, (n + 1) * share)).extreme_c - usual
        ends.setdefault(factor, [np.zeros_like(usual)]).append(away)
        touched.setdefault(factor, set()).update(changed)
    warmer, colder = np.zeros_like(usual), np.zeros_like(usual)
    effects = []
    for factor, fields in ends.items():
        up, down = np.max(fields, axis=0), -np.min(fields, axis=0)
        warmer += up
        colder += down
        effects.append(
            FactorEffect(
                factor=factor,
                media=tuple(sorted(touched[factor])),
                warmer_k=float(up.max()),
                colder_k=float(down.max()),
            )
        )
    effects.sort(key=lambda e: -max(e.warmer_k, e.colder_k))
    return ZoneRange(
        grid=asked.grid, warmer_k=warmer, colder_k=colder, effects=tuple(effects), digest=prediction_digest(case)
    )


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


def _changed_media(usual: ThermalRequest, variant: ThermalRequest) -> tuple[str, ...]:
    """Names of the media of the box that differ; bone of all densities is one name."""
    present = np.unique(usual.fields.medium)
    pairs = [(usual.fields.media[n], variant.fields.media[n]) for n in present]
    return tuple(sorted({before.name.partition(",")[0] for before, after in pairs if before != after}))
