"""Coverage of the lesion and the margin around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from imaging.distance import closest_points, sample
from imaging.geometry import Floats
from imaging.labels import Mask
from imaging.structures import Tube
from imaging.surface import surface_of_field, surface_of_mask
from planning.catalogue.thresholds import LesionGoal
from planning.errors import PlanError
from planning.model.case import Structure
from planning.model.point import Point
from planning.model.zone import PredictedZone


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LesionVerdict:
    """How much of a lesion the zone treats.

    Attributes
    ----------
    volume_mm3 : float
    covered_frac : float
        Share of the lesion inside the goal's isotherm.
    covered_mm3 : float
    margin_mm : float or None
        Smallest signed distance from the lesion's surface to the zone's, negative where the lesion reaches beyond
        the zone; None if there is no zone.
    margin_at_mm : tuple of float or None
        Where it is.
    margins_mm : ndarray, shape (n,)
        The signed distance at every point of the lesion's surface, for histogram and quantiles.
    isotherm_c, goal_margin_mm : float
    coverage_source, margin_source : str
    """

    volume_mm3: float
    covered_frac: float
    covered_mm3: float
    margin_mm: float | None
    margin_at_mm: Point | None
    margins_mm: Floats
    isotherm_c: float
    goal_margin_mm: float
    coverage_source: str
    margin_source: str

    @property
    def margin_met(self) -> bool:
        """Whether the zone reaches far enough beyond the lesion all round."""
        return self.margin_mm is not None and self.margin_mm >= self.goal_margin_mm

    @property
    def goal_met(self) -> bool:
        """Whether the margin is met and the zone leaves no pocket out inside the lesion."""
        return self.margin_met and self.covered_frac >= 1.0


def judge_lesion(lesion: Structure, zone: PredictedZone, goal: LesionGoal) -> LesionVerdict:
    """Return coverage and margin of a lesion.

    Parameters
    ----------
    lesion : Structure
        Given by a mask.
    zone : PredictedZone
    goal : LesionGoal

    Raises
    ------
    PlanError
        If the lesion has no volume.
    GeometryError
        If lesion and zone lie in different frames of reference.
    """
    if isinstance(lesion.shape, Tube) or lesion.shape.count == 0:
        raise PlanError("The lesion has no volume.", code="lesion-empty", hint="Mark the lesion first.")
    mask: Mask = lesion.shape
    zone.grid.require_same_frame(mask.grid, "The lesion")
    # A place outside the grid is not treated, whatever the model's boundary says.
    inside_c = sample(zone.extreme_c, zone.grid, mask.points_mm(), outside=zone.body_c)
    treated = inside_c <= goal.isotherm_c if zone.cold else inside_c >= goal.isotherm_c
    covered = float(np.mean(treated))
    margins_mm, at = _margins(mask, zone, goal.isotherm_c)
    worst = int(margins_mm.argmin()) if len(margins_mm) else None
    return LesionVerdict(
        volume_mm3=mask.volume_mm3,
        covered_frac=covered,
        covered_mm3=covered * mask.volume_mm3,
        margin_mm=None if worst is None else float(margins_mm[worst]),
        margin_at_mm=None if worst is None else _point(at[worst]),
        margins_mm=margins_mm,
        isotherm_c=goal.isotherm_c,
        goal_margin_mm=goal.margin_mm,
        coverage_source=goal.coverage_source,
        margin_source=goal.margin_source,
    )


def _margins(mask: Mask, zone: PredictedZone, isotherm_c: float) -> tuple[Floats, Floats]:
    """Signed distance to the zone's surface at every vertex of the lesion's surface, and the vertices."""
    zone_surface = surface_of_field(zone.extreme_c, zone.grid, isotherm_c, below=zone.cold)
    points = surface_of_mask(mask).points_mm
    if zone_surface.empty:
        return np.zeros(0), points
    _, distance_mm = closest_points(zone_surface, points)
    field_c = sample(zone.extreme_c, zone.grid, points, outside=zone.body_c)
    inside = field_c <= isotherm_c if zone.cold else field_c >= isotherm_c
    return np.where(inside, distance_mm, -distance_mm), points


def _point(point: Floats) -> Point:
    x, y, z = point.tolist()
    return (x, y, z)
