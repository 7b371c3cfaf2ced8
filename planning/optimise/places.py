"""Where a plan is looked at: places that are to be covered, and places that are to be spared."""

from __future__ import annotations

from dataclasses import dataclass

import edt
import numpy as np

from imaging.geometry import Floats, VoxelGrid
from imaging.resample import rasterise
from imaging.structures import StructureKind
from planning.catalogue import Mode
from planning.catalogue.thresholds import Level, Thresholds
from planning.errors import PlanError
from planning.evaluation.structures import SENSITIVE_KINDS, surface_points
from planning.model.case import Case, Structure

_SPACING_MM = 1.0
_ABOUT = 2500
_SPARED_WITHIN_MM = 45.0
_SPARED_APART_MM = 2.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Places:
    """Places that a plan is judged at.

    Attributes
    ----------
    target_mm : ndarray, shape (n, 3)
        In lesion and margin, each standing for the same volume.
    in_lesion : ndarray of bool, shape (n,)
    spared_mm : ndarray, shape (m, 3)
    spared_of : ndarray of int, shape (m,)
        Into `spared`.
    spared : tuple of Structure
    limits_c : ndarray, shape (m,)
        What the temperature may not reach there.
    unlimited : tuple of str
        Names of sensitive structures near by that have no published limit: nothing keeps a plan off them but its paths.
    """

    target_mm: Floats
    in_lesion: np.ndarray
    spared_mm: Floats
    spared_of: np.ndarray
    spared: tuple[Structure, ...]
    limits_c: Floats
    unlimited: tuple[str, ...]


def places_of(case: Case, lesion: Structure, margin_mm: float, mode: Mode, level: Level, table: Thresholds) -> Places:
    """Return the places of a case.

    Parameters
    ----------
    case : Case
    lesion : Structure
    margin_mm : float
        What of it lies in a structure that is spared, or outside the body, is not asked to be covered.
    mode : Mode
    level : Level
    table : Thresholds

    Raises
    ------
    PlanError
        ``lesion-empty``.
    """
    sensitive = [s for s in case.structures if s.kind is StructureKind.ROOT or s.kind in SENSITIVE_KINDS]
    sensitive = [s for s in sensitive if s.kind is not StructureKind.SKIN]
    target, in_lesion = _targets(case, lesion, margin_mm, sensitive)
    spared: list[Structure] = []
    unlimited: list[str] = []
    places, owners, limits = [], [], []
    middle, reach = target.mean(axis=0), np.linalg.norm(target - target.mean(axis=0), axis=1).max()
    for structure in sensitive:
        points = _thinned(surface_points(structure.shape))
        near = points[np.linalg.norm(points - middle, axis=1) < reach + _SPARED_WITHIN_MM]
        if not len(near):
            continue
        limit_c = _limit_c(structure, mode, level, table)
        if limit_c is None:
            unlimited.append(structure.name)
            continue
        places.append(near)
        owners.append(np.full(len(near), len(spared)))
        limits.append(np.full(len(near), limit_c))
        spared.append(structure)
    return Places(
        target_mm=target,
        in_lesion=in_lesion,
        spared_mm=np.concatenate([np.zeros((0, 3)), *places]),
        spared_of=np.concatenate([np.zeros(0, int), *owners]),
        spared=tuple(spared),
        limits_c=np.concatenate([np.zeros(0), *limits]),
        unlimited=tuple(unlimited),
    )


def _targets(case: Case, lesion: Structure, margin_mm: float, sensitive: list[Structure]) -> tuple[Floats, np.ndarray]:
    """Places in a lesion and its margin, but for what of the margin is spared or lies outside the body."""
    points = surface_points(lesion.shape)
    if not len(points):
        raise PlanError("The lesion has no volume.", code="lesion-empty", hint="Mark the lesion first.")
    low, high = points.min(axis=0) - margin_mm - 2, points.max(axis=0) + margin_mm + 2
    grid = VoxelGrid.along_axes(np.eye(3), low, high, _SPACING_MM, case.image.grid.frame_uid)
    inside = rasterise(lesion.shape, grid)
    away_mm = edt.edt(~inside, anisotropy=(_SPACING_MM,) * 3) - _SPACING_MM / 2
    wanted = inside | (away_mm <= margin_mm)
    for structure in sensitive:
        wanted &= inside | ~rasterise(structure.shape, grid)
    for body in case.of_kind(StructureKind.SKIN):
        wanted &= inside | rasterise(body.shape, grid)
    kji = np.argwhere(wanted)
    # One of so many along each axis, so that each stands for the same volume.
    every = max(round((len(kji) / _ABOUT) ** (1 / 3)), 1)
    kept = kji[(kji % every == every // 2).all(axis=1)] if every > 1 else kji
    return grid.to_lps(kept[:, ::-1]), inside[tuple(kept.T)]


def _limit_c(structure: Structure, mode: Mode, level: Level, table: Thresholds) -> float | None:
    """The temperature of a level, or of the next graver one that has a temperature."""
    limits = table.of(structure.kind, mode)
    if limits is None:
        return None
    graver = [limit.temperature_c for limit in limits.limits if limit.level.rank >= level.rank]
    return next((c for c in graver if c is not None), None)


def _thinned(points: Floats) -> Floats:
    _, first = np.unique(np.round(points / _SPARED_APART_MM), axis=0, return_index=True)
    return np.asarray(points[np.sort(first)])
