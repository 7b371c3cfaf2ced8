"""Is a plan of several probes proposed in time? On a case that is given."""

from __future__ import annotations

import time

from imaging.progress import no_progress
from imaging.volume import Volume
from planning.model.case import Case
from planning.optimise.propose import propose_plans
from planning.optimise.request import OptimiseRequest
from planning.thermal.verification import VerificationRow

_DEVICE = "icerod-1.5"
_TARGET_S = 60.0


def plan_bench_rows(case: Case, volume: Volume, most: int = 4) -> list[VerificationRow]:
    """Measure how long a proposal takes, once: its predictions included.

    Parameters
    ----------
    case : Case
        With skin, bone, a lesion and roots; its probes are left out.
    volume : Volume
    most : int
        Probes at most.
    """
    began = time.perf_counter()
    found = propose_plans(case, volume, OptimiseRequest(device_ids=(_DEVICE,), most=most), no_progress())
    took_s = time.perf_counter() - began
    words = "; ".join(plan.title for plan in found.plans)
    return [
        VerificationRow(
            name=f"plans of up to {most} cryoprobes, {case.name}", value=took_s, unit="s", target=f"≤ {_TARGET_S:g}",
            met=took_s <= _TARGET_S, source=f"while one waits; {words}",
        )
    ]  # fmt: skip
