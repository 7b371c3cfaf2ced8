"""What a plan is to cover, as places: to cure the lesion with its margin, to relieve pain the bone beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from imaging.geometry import Floats, VoxelGrid
from imaging.later import edt
from imaging.resample import rasterise
from imaging.structures import StructureKind
from planning.catalogue.thresholds import LesionGoal
from planning.errors import PlanError
from planning.evaluation.interface import interface_places
from planning.evaluation.structures import surface_points
from planning.model.case import Case, Structure
from planning.model.clinical import Intent
from planning.trajectory.suggest import thinned

_SPACING_MM = 1.0
_ABOUT = 2500
_BONE_APART_MM = 1.5


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Targets:
    """What is to be covered.

    Attributes
    ----------
    target_mm : ndarray, shape (n, 3)
        Each stands for the same volume, or for about the same area of bone.
    off_lesion_mm : ndarray, shape (n,), or None
        How far outside the lesion, zero within; None where no margin is asked for.
    lesion_mm : ndarray, shape (m, 3)
        In the lesion: what else a probe may be aimed at, and what is told of it.
    words : str
        ``lesion and margin``.
    """

    target_mm: Floats
    off_lesion_mm: Floats | None
    lesion_mm: Floats
    words: str


def targets_of(
    case: Case, lesion: Structure, margin_mm: float, sensitive: Sequence[Structure], goal: LesionGoal
) -> Targets:
    """Return what a plan for a case is to cover.

    Parameters
    ----------
    case : Case
        Its intent says whether to cure, which nobody having said counts as too.
    lesion : Structure
    margin_mm : float
        What of it lies in a structure that can come to harm, or outside the body, is not asked to be covered.
    sensitive : sequence of Structure
    goal : LesionGoal

    Raises
    ------
    PlanError
        ``lesion-empty``; ``no-bone``: pain is to be relieved and no bone is outlined beside the lesion.
    """
    places_mm, away_mm = _around_lesion(case, lesion, margin_mm, sensitive)
    lesion_mm = places_mm[away_mm == 0]
    if case.clinical.intent is not Intent.PALLIATIVE:
        return Targets(target_mm=places_mm, off_lesion_mm=away_mm, lesion_mm=lesion_mm, words="lesion and margin")
    bone_mm, _ = interface_places(case, goal.interface_within_mm)
    if not len(bone_mm):
        raise PlanError(
            "The goal is to relieve pain, and no bone is outlined beside the lesion.",
            code="no-bone", hint="Outline the bone, or set the goal to cure.",
        )  # fmt: skip
    bone_mm = thinned(bone_mm, _BONE_APART_MM)
    return Targets(target_mm=bone_mm, off_lesion_mm=None, lesion_mm=lesion_mm, words="bone beside the lesion")


def _around_lesion(
    case: Case, lesion: Structure, margin_mm: float, sensitive: Sequence[Structure]
) -> tuple[Floats, Floats]:
    """Places in a lesion and its margin, but for what of the margin can come to harm or lies outside the body."""
    points = surface_points(lesion.shape)
    if not len(points):
        raise PlanError("The lesion has no volume.", code="lesion-empty", hint="Mark the lesion first.")
    low, high = points.min(axis=0) - margin_mm - 2, points.max(axis=0) + margin_mm + 2
    grid = VoxelGrid.along_axes(np.eye(3), low, high, _SPACING_MM, case.image.grid.frame_uid)
    inside = rasterise(lesion.shape, grid)
    # Between the middles of voxels; the border lies half a voxel before the first one outside.
    away_mm = np.maximum(edt.edt(~inside, anisotropy=(_SPACING_MM,) * 3) - _SPACING_MM / 2, 0.0)
    wanted = inside | (away_mm <= margin_mm)
    for structure in sensitive:
        wanted &= inside | ~rasterise(structure.shape, grid)
    for body in case.of_kind(StructureKind.SKIN):
        wanted &= inside | rasterise(body.shape, grid)
    kji = np.argwhere(wanted)
    # One of so many along each axis, so that each stands for the same volume.
    every = max(round((len(kji) / _ABOUT) ** (1 / 3)), 1)
    kept = kji[(kji % every == every // 2).all(axis=1)]
    return grid.to_lps(kept[:, ::-1]), np.asarray(away_mm[tuple(kept.T)], float)
