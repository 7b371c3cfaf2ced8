"""How sure a zone is: the ranges of tissue values, run through the solver."""

from __future__ import annotations

import numpy as np

from imaging.progress import Progress, no_progress
from imaging.volume import Volume
from planning.catalogue import Mode, load_tissues
from planning.catalogue.ranges import COLD_FACTORS, HEAT_FACTORS, End, Factor, at_end
from planning.model.case import Case
from planning.model.zone_range import FactorEffect, Singles, ZoneRange
from planning.services import mode_of, prediction_digest, simulated_box, thermal_request
from planning.thermal import ThermalRequest, solve

_SPACING_MM = 2.0
"""Only differences between runs are used, in which the error of so coarse a grid cancels for the most part."""
_ENDS: tuple[End, End] = ("low", "high")


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
    box = simulated_box(case, volume, _SPACING_MM)
    asked = thermal_request(case, box)
    variants: list[tuple[Factor, ThermalRequest, tuple[str, ...]]] = []
    for factor in COLD_FACTORS if mode_of(case) is Mode.COLD else HEAT_FACTORS:
        for end in _ENDS:
            variant = thermal_request(case, box, at_end(table, factor, end))
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


def _changed_media(usual: ThermalRequest, variant: ThermalRequest) -> tuple[str, ...]:
    """Names of the media of the box that differ; bone of all densities is one name."""
    present = np.unique(usual.fields.medium)
    pairs = [(usual.fields.media[n], variant.fields.media[n]) for n in present]
    return tuple(sorted({before.name.partition(",")[0] for before, after in pairs if before != after}))
