"""Where a plan is looked at: places that are to be covered, and places that are to be spared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from imaging.structures import StructureKind
from planning.catalogue import Mode
from planning.catalogue.thresholds import Level, Thresholds
from planning.evaluation.structures import SENSITIVE_KINDS, surface_points
from planning.model.case import Case, Structure
from planning.optimise.targets import Targets, targets_of
from planning.trajectory.suggest import thinned

_SPARED_WITHIN_MM = 45.0
_SPARED_APART_MM = 1.5


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Places:
    """Places that a plan is judged at.

    Attributes
    ----------
    targets : Targets
    spared_mm : ndarray, shape (m, 3)
    spared_of : ndarray of int, shape (m,)
        Into `spared`.
    spared : tuple of Structure
    limits_c : ndarray, shape (len(spared),)
        What the temperature may not reach.
    dose_limits_min : ndarray, shape (len(spared),)
        What CEM43 may not reach; infinite where no dose is published, and in the cold.
    unlimited : tuple of str
        Names of sensitive structures near by that have no published limit: nothing keeps a plan off them but its paths.
    """

    targets: Targets
    spared_mm: Floats
    spared_of: npt.NDArray[np.int64]
    spared: tuple[Structure, ...]
    limits_c: Floats
    dose_limits_min: Floats
    unlimited: tuple[str, ...]


def places_of(case: Case, lesion: Structure, margin_mm: float, mode: Mode, level: Level, table: Thresholds) -> Places:
    """Return the places of a case.

    Parameters
    ----------
    case : Case
    lesion : Structure
    margin_mm : float
        Where the goal of the case is to cure; as of `targets_of`.
    mode : Mode
    level : Level
        Of the limits. A structure without a limit of that level has the next graver one.
    table : Thresholds

    Raises
    ------
    PlanError
        As `targets_of`.
    """
    sensitive = [s for s in case.structures if s.kind is StructureKind.ROOT or s.kind in SENSITIVE_KINDS]
    sensitive = [s for s in sensitive if s.kind is not StructureKind.SKIN]
    targets = targets_of(case, lesion, margin_mm, sensitive, table.goal(mode))
    middle = targets.target_mm.mean(axis=0)
    reach_mm = float(np.linalg.norm(targets.target_mm - middle, axis=1).max()) + _SPARED_WITHIN_MM
    spared: list[Structure] = []
    unlimited: list[str] = []
    points_mm: list[Floats] = [np.zeros((0, 3))]
    limits: list[tuple[float, float]] = []
    for structure in sensitive:
        points = thinned(surface_points(structure.shape), _SPARED_APART_MM)
        near = points[np.linalg.norm(points - middle, axis=1) < reach_mm]
        if not len(near):
            continue
        limit = _limit(structure, mode, level, table)
        if limit is None:
            unlimited.append(structure.name)
            continue
        spared.append(structure)
        points_mm.append(near)
        limits.append(limit)
    owners = np.repeat(np.arange(len(spared)), [len(points) for points in points_mm[1:]])
    limits_c, doses_min = np.array(limits, float).reshape(-1, 2).T
    return Places(
        targets=targets,
        spared_mm=np.concatenate(points_mm),
        spared_of=owners,
        spared=tuple(spared),
        limits_c=limits_c,
        dose_limits_min=doses_min,
        unlimited=tuple(unlimited),
    )


def _limit(structure: Structure, mode: Mode, level: Level, table: Thresholds) -> tuple[float, float] | None:
    """Temperature and dose of a level, each of the next graver one that has it; None where no temperature is published."""
    limits = table.of(structure.kind, mode)
    if limits is None:
        return None
    graver = [limit for limit in limits.limits if limit.level.rank >= level.rank]
    temperature = next((limit.temperature_c for limit in graver if limit.temperature_c is not None), None)
    dose = next((limit.cem43_min for limit in graver if limit.cem43_min is not None), np.inf)
    if temperature is None and np.isfinite(dose):
        # Only a dose is published for the level: the temperature of the milder one is on the safe side of it.
        temperature = next((o.temperature_c for o in reversed(limits.limits) if o.temperature_c is not None), None)
    return None if temperature is None else (temperature, dose)
