"""What is left of every distance that a path must keep, by brute force."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from imaging.labels import Mask
from imaging.structures import Tube
from planning.catalogue.devices import device
from planning.catalogue.rules import PathRules
from planning.model.case import Case, Probe
from planning.trajectory.clearance import whole_surface
from planning.trajectory.verification.exact import ExactSurface, left_to_tube_mm


def least_left_mm(case: Case, probe: Probe, rules: PathRules) -> tuple[float, str]:
    """Return what is left at the narrowest, and of what; below 0 a hard limit is broken.

    Parameters
    ----------
    case : Case
    probe : Probe
        Without tines: only its shaft is looked at.
    rules : PathRules

    Returns
    -------
    left_mm : float
        Distance from surface to surface, less what the needle may stray there, less the limit.
    name : str
        Of the structure or the other probe; empty where there is none.
    """
    radius_mm, strays_mm = device(probe.device_id).diameter_mm / 2, rules.tolerance_mm.value
    left, name = np.inf, ""
    ends = (probe.entry_mm, probe.tip_mm)
    others = [(p.name, _shaft(p), rules.limits["probes"]) for p in case.plan.probes if p.id != probe.id]
    bodies = [(s.name, s.shape, found[1]) for s in case.structures if (found := rules.limit_of(s.kind)) is not None]
    for named, shape, limit in (*bodies, *others):
        axis_mm = (
            _exact(shape).left_mm(*ends, strays_mm)
            if isinstance(shape, Mask)
            else left_to_tube_mm(shape, *ends, strays_mm)
        )
        found_mm = axis_mm - radius_mm - limit.refused_below
        if found_mm < left:
            left, name = found_mm, named
    return float(left), name


def _shaft(probe: Probe) -> Tube:
    return Tube(np.array([probe.entry_mm, probe.tip_mm], float), np.full(2, device(probe.device_id).diameter_mm / 2))


@lru_cache(maxsize=16)
def _exact(mask: Mask) -> ExactSurface:
    return ExactSurface(whole_surface(mask))
