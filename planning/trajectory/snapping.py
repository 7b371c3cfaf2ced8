"""Let a needle that is nearly in the slice, upright or on a suggested way be exactly there."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from planning.trajectory.suggest import Suggestion

WITHIN_DEG = 3.0
"""How far off a direction may be and still be drawn to the exact one."""
_SAME_TARGET_MM = 5.0
_STEEPEST = 0.98


@dataclass(frozen=True, slots=True, eq=False)
class Snap:
    """A direction that was drawn to an exact one.

    Attributes
    ----------
    towards_mm : ndarray, shape (3,)
        LPS point that the shaft goes through, as far from the target as the one that was given.
    words : str
        What it is exact to: ``in one slice, vertical``; empty where nothing was near.
    """

    towards_mm: Floats
    words: str


def snapped(
    target_mm: npt.ArrayLike,
    towards_mm: npt.ArrayLike,
    *,
    gantry_tilt_deg: float = 0.0,
    ways: Iterable[Suggestion] = (),
    within_deg: float = WITHIN_DEG,
) -> Snap:
    """Return where a shaft from a target towards a point would go if it were exact.

    Parameters
    ----------
    target_mm, towards_mm : array_like, shape (3,)
        LPS; the second on the hub's side.
    gantry_tilt_deg : float
        Slices lean by so much: the hub is cranial of the tip by its tangent for every millimetre behind it.
    ways : iterable of Suggestion
        Those to the same target come before slice and axes.
    within_deg : float

    Returns
    -------
    Snap
        As given where nothing is near enough.
    """
    target, towards = np.asarray(target_mm, float), np.asarray(towards_mm, float)
    length_mm = float(np.linalg.norm(towards - target))
    if length_mm == 0:
        return Snap(towards, "")
    direction = (towards - target) / length_mm
    way = _nearest_way(target, direction, ways, within_deg)
    if way is not None:
        along = np.asarray(way.probe.entry_mm) - target
        return Snap(target + length_mm * along / np.linalg.norm(along), way.title)
    words = []
    tilt = math.radians(gantry_tilt_deg)
    normal = np.array([0.0, -math.sin(tilt), math.cos(tilt)])
    if abs(_off_deg(direction, normal)) <= within_deg:
        direction = direction - (direction @ normal) * normal
        direction /= np.linalg.norm(direction)
        words.append("in one slice")
    # Nearly along the body the projection into the axial plane has no angle worth the name.
    if abs(direction[2]) < _STEEPEST and (axis := _nearest_axis(direction, within_deg)) is not None:
        across, name = axis
        in_plane = math.hypot(direction[0], direction[1])
        direction = np.array([across[0] * in_plane, across[1] * in_plane, direction[2]])
        words.append(name)
    return Snap(target + length_mm * direction, ", ".join(words))


def _off_deg(direction: Floats, normal: Floats) -> float:
    """Angle between a direction and a plane."""
    return math.degrees(math.asin(float(np.clip(direction @ normal, -1, 1))))


def _nearest_axis(direction: Floats, within_deg: float) -> tuple[tuple[float, float], str] | None:
    """The axis of the body, in the axial plane, that a direction is nearly along, and what it is called."""
    left, posterior = float(direction[0]), float(direction[1])
    for across, name in (
        ((0.0, 1.0), "vertical"),
        ((0.0, -1.0), "vertical"),
        ((1.0, 0.0), "level"),
        ((-1.0, 0.0), "level"),
    ):
        along = left * across[0] + posterior * across[1]
        aside = left * across[1] - posterior * across[0]
        if along > 0 and math.degrees(math.atan2(abs(aside), along)) <= within_deg:
            return across, name
    return None


def _nearest_way(target: Floats, direction: Floats, ways: Iterable[Suggestion], within_deg: float) -> Suggestion | None:
    best: tuple[float, Suggestion] | None = None
    for way in ways:
        if np.linalg.norm(np.asarray(way.probe.tip_mm) - target) > _SAME_TARGET_MM:
            continue
        along = np.asarray(way.probe.entry_mm) - target
        cosine = float(direction @ along / np.linalg.norm(along))
        off_deg = math.degrees(math.acos(min(max(cosine, -1.0), 1.0)))
        if off_deg <= within_deg and (best is None or off_deg < best[0]):
            best = off_deg, way
    return None if best is None else best[1]
