"""Is judging paths fast? Times against their budgets, on a case that is given."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import numpy as np

from imaging.progress import no_progress
from imaging.structures import StructureKind
from imaging.volume import Volume
from planning.catalogue.devices import device
from planning.catalogue.rules import load_path_rules
from planning.model.case import Case
from planning.thermal.verification import VerificationRow
from planning.trajectory.judging import judge_path, middle_mm
from planning.trajectory.screening import screen
from planning.trajectory.skin_map import skin_map
from planning.trajectory.suggest import suggest_paths

_DEVICE = "icesphere-1.5"
_PAIRS = 200_000
_PAIRS_A_SECOND = 200_000.0


def path_bench_rows(case: Case, volume: Volume, repeats: int = 5) -> list[VerificationRow]:
    """Measure speed.

    Parameters
    ----------
    case : Case
        With skin, bone, a lesion and whatever else is to be kept off; its probes are taken out.
    volume : Volume
    repeats : int
        Each time is the median of this many, after one that does not count.
    """
    probe = case.plan.probes[0]
    case = case.with_plan(probes=())
    target = middle_mm(case.of_kind(StructureKind.LESION)[0].shape)
    shown = skin_map(case, volume, target, _DEVICE, no_progress())
    entries = len(shown.mesh.points_mm)
    rng = np.random.default_rng(1)
    chosen = shown.mesh.points_mm[rng.integers(0, entries, _PAIRS)]
    tips = target + rng.normal(0.0, 4.0, (_PAIRS, 3))
    applicator, rules = device(_DEVICE), load_path_rules()
    pairs_s = _median_s(lambda: screen(case, shown.around, chosen, tips, applicator, rules), repeats)
    return [
        _budget(
            f"skin map, {entries} entries, {len(case.structures)} structures",
            _median_s(lambda: skin_map(case, volume, target, _DEVICE, no_progress()), repeats),
            1000.0,
            "with all that surrounds the target; a moved target takes a tenth",
        ),
        VerificationRow(
            name="pairs of entry and target judged a second",
            value=_PAIRS / pairs_s,
            unit="1/s",
            target=f"≥ {_PAIRS_A_SECOND:g}",
            met=pairs_s * _PAIRS_A_SECOND <= _PAIRS,
            source="all threads",
        ),
        _budget(
            "distances and way of one probe to everything",
            _median_s(lambda: judge_path(case, volume, probe), repeats),
            50.0,
            "it follows the needle",
        ),
        _budget(
            "suggestions for one probe",
            _median_s(lambda: suggest_paths(case, volume, _DEVICE, no_progress()), repeats),
            3000.0,
            "asked",
        ),
    ]


def _budget(name: str, seconds: float, target_ms: float, source: str) -> VerificationRow:
    value = seconds * 1e3
    return VerificationRow(
        name=name, value=value, unit="ms", target=f"≤ {target_ms:g}", met=value <= target_ms, source=source
    )


def _median_s(work: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return median(times[1:])
