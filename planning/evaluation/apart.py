"""How near two structures come to each other."""

from __future__ import annotations

from imaging.distance import smallest_signed_distance_mm
from imaging.labels import Mask
from planning.evaluation.structures import surface_points
from planning.model.case import Structure
from planning.trajectory.clearance import whole_surface


def apart_mm(one: Structure, other: Structure, *, within_mm: float) -> float | None:
    """Return the signed distance of two surfaces, negative where the second reaches into the first.

    Parameters
    ----------
    one : Structure
        Given by a mask that is not empty, or there is no answer.
    other : Structure
    within_mm : float
        Farther apart than this there is no answer.
    """
    if not isinstance(one.shape, Mask) or one.shape.count == 0:
        return None
    surface = whole_surface(one.shape)
    points = surface_points(other.shape)
    low, high = surface.points_mm.min(axis=0) - within_mm, surface.points_mm.max(axis=0) + within_mm
    points = points[((points >= low) & (points <= high)).all(axis=1)]
    if len(points) == 0:
        return None
    found_mm = smallest_signed_distance_mm(surface, points, one.shape.contains(points))
    return None if found_mm > within_mm else found_mm
