"""The goal of palliation: bone where it meets the lesion or the soft tissue beside it, all of it inside the isotherm."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from imaging.distance import closest_points, sample
from imaging.geometry import Floats
from imaging.labels import Mask
from imaging.structures import BONES, StructureKind
from imaging.surface import surface_of_mask
from planning.catalogue.thresholds import LesionGoal
from planning.evaluation.margin import corner_areas_mm2
from planning.model.case import Case
from planning.model.point import Point
from planning.model.zone import PredictedZone
from planning.trajectory.clearance import whole_surface

_EDGE_VOXELS = 3
"""A surface near the end of what was cut out is not the bone's own."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class InterfaceVerdict:
    """How much of the bone beside a lesion a zone reaches.

    Attributes
    ----------
    area_mm2 : float
        Of bone's surface within ``within_mm`` of the lesion: against the lesion itself and against soft tissue.
    covered_frac : float
        Share of that area inside the goal's isotherm.
    worst_at_mm : tuple of float
        The place farthest from being treated.
    worst_c : float
        The temperature reached there.
    within_mm, isotherm_c : float
    source : str
    """

    area_mm2: float
    covered_frac: float
    worst_at_mm: Point
    worst_c: float
    within_mm: float
    isotherm_c: float
    source: str

    @property
    def goal_met(self) -> bool:
        return self.covered_frac >= 1.0


def judge_interface(case: Case, zone: PredictedZone, goal: LesionGoal) -> InterfaceVerdict | None:
    """Return how much of the bone beside a case's lesion a zone reaches.

    Parameters
    ----------
    case : Case
    zone : PredictedZone
    goal : LesionGoal

    Returns
    -------
    InterfaceVerdict or None
        None where no lesion or no bone is outlined, or the lesion lies nowhere near bone.
    """
    points, area_mm2 = interface_places(case, goal.interface_within_mm)
    if len(points) == 0:
        return None
    read_c = sample(zone.extreme_c, zone.grid, points, outside=zone.body_c)
    treated = read_c <= goal.isotherm_c if zone.cold else read_c >= goal.isotherm_c
    worst = int(read_c.argmax() if zone.cold else read_c.argmin())
    x, y, z = points[worst].tolist()
    whole_mm2 = float(area_mm2.sum())
    return InterfaceVerdict(
        area_mm2=whole_mm2,
        covered_frac=1.0 if treated.all() else float(area_mm2[treated].sum()) / whole_mm2,
        worst_at_mm=(x, y, z),
        worst_c=float(read_c[worst]),
        within_mm=goal.interface_within_mm,
        isotherm_c=goal.isotherm_c,
        source=goal.interface_source,
    )


def interface_places(case: Case, within_mm: float) -> tuple[Floats, Floats]:
    """Return places on bone's surface beside a case's lesion, and the area each stands for.

    Parameters
    ----------
    case : Case
    within_mm : float
        So near to the lesion.

    Returns
    -------
    points_mm : ndarray, shape (n, 3)
        Empty where no lesion or no bone is outlined, or the lesion lies nowhere near bone.
    area_mm2 : ndarray, shape (n,)
    """
    lesion = next((s.shape for s in case.of_kind(StructureKind.LESION) if isinstance(s.shape, Mask)), None)
    bones = tuple(s.shape for s in case.structures if s.kind in BONES and isinstance(s.shape, Mask))
    if lesion is None or lesion.count == 0 or not bones:
        return np.zeros((0, 3)), np.zeros(0)
    return _interface(lesion, bones, within_mm)


@lru_cache(maxsize=4)
def _interface(lesion: Mask, bones: tuple[Mask, ...], within_mm: float) -> tuple[Floats, Floats]:
    """Corners of bone's surface near a lesion, shape (n, 3), and the area each stands for, shape (n,)."""
    grid = lesion.grid
    margin = int(np.ceil(within_mm / grid.spacing_ijk_mm.min())) + _EDGE_VOXELS
    box = lesion.box.grown(margin, grid.shape_kji)
    wall = np.zeros(box.shape_kji, bool)
    for bone in bones:
        if bone.grid == grid:
            wall |= bone.array(box)
    wall &= ~lesion.array(box)
    surface = surface_of_mask(Mask.empty(grid).with_box(box, wall))
    nothing = np.zeros((0, 3)), np.zeros(0)
    if surface.empty:
        return nothing
    ijk = grid.to_ijk(surface.points_mm)
    low, high = np.array(box.start_kji)[::-1], np.array(box.stop_kji)[::-1] - 1
    own = ((ijk > low + 1) & (ijk < high - 1)).all(axis=1)
    _, away_mm = closest_points(whole_surface(lesion), surface.points_mm)
    near = own & ((away_mm <= within_mm) | lesion.contains(surface.points_mm))
    return surface.points_mm[near], corner_areas_mm2(surface)[near]
