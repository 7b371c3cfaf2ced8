"""Shapes of multi-tined arrays: where the tines lie that leave the tip of a shaft.

No maker publishes the curves of its tines; the arcs here reach the deployed diameter and are models, not drawings.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from planning.catalogue.tines import Tines, TineShape
from planning.errors import PlanError

_VERTICES = 25

Vertex = tuple[float, float, float]


def everted_tines(
    tip_mm: npt.ArrayLike,
    direction: npt.ArrayLike,
    count: int,
    deployed_diameter_mm: float,
    *,
    turned_deg: float = 0.0,
) -> tuple[Floats, ...]:
    """Return tines that leave the tip forwards, curve outwards and back, as an umbrella (LeVeen).

    Every tine is half a circle from the tip to a point beside it, half the deployed diameter away from the axis; it
    reaches a quarter of that diameter beyond the tip.

    Parameters
    ----------
    tip_mm : array_like, shape (3,)
        LPS.
    direction : array_like, shape (3,)
        From tip to hub, of any length.
    count : int
        Evenly around the axis.
    deployed_diameter_mm : float
        Across the ends of the tines.
    turned_deg : float
        Turn of the array around the axis, from an arbitrary but fixed place.

    Returns
    -------
    tuple of ndarray, shape (25, 3)
        LPS, from the tip on.

    Raises
    ------
    PlanError
        ``applicator-invalid`` if there is no tine, no diameter or no direction.
    """
    angle = np.linspace(0.0, math.pi, _VERTICES)
    quarter_mm = 0.25 * deployed_diameter_mm
    outwards_mm, forwards_mm = quarter_mm * (1 - np.cos(angle)), quarter_mm * np.sin(angle)
    return _around(tip_mm, direction, count, deployed_diameter_mm, turned_deg, outwards_mm, forwards_mm)


def spread_tines(
    tip_mm: npt.ArrayLike,
    direction: npt.ArrayLike,
    count: int,
    deployed_diameter_mm: float,
    *,
    turned_deg: float = 0.0,
) -> tuple[Floats, ...]:
    """Return tines that leave the tip forwards and spread outwards, as the branches of a fir (StarBurst).

    Every tine is a quarter of a circle that ends half the deployed diameter beyond the tip and as far from the axis.
    Parameters, result and errors are those of `everted_tines`.
    """
    angle = np.linspace(0.0, 0.5 * math.pi, _VERTICES)
    radius_mm = 0.5 * deployed_diameter_mm
    outwards_mm, forwards_mm = radius_mm * (1 - np.cos(angle)), radius_mm * np.sin(angle)
    return _around(tip_mm, direction, count, deployed_diameter_mm, turned_deg, outwards_mm, forwards_mm)


def straight_tines(
    tip_mm: npt.ArrayLike,
    direction: npt.ArrayLike,
    count: int,
    deployed_diameter_mm: float,
    reach_mm: float,
    *,
    turned_deg: float = 0.0,
) -> tuple[Floats, ...]:
    """Return tines that go straight from the tip to a circle ``reach_mm`` ahead of it.

    Other parameters, result and errors are those of `everted_tines`; a reach below zero is refused too.
    """
    if not (math.isfinite(reach_mm) and reach_mm >= 0):
        raise _refusal(f"a reach of {reach_mm} mm is below zero")
    along = np.linspace(0.0, 1.0, _VERTICES)
    outwards_mm, forwards_mm = 0.5 * deployed_diameter_mm * along, reach_mm * along
    return _around(tip_mm, direction, count, deployed_diameter_mm, turned_deg, outwards_mm, forwards_mm)


def tines_of(
    tines: Tines, tip_mm: npt.ArrayLike, direction: npt.ArrayLike, *, turned_deg: float = 0.0
) -> tuple[Floats, ...]:
    """Return the tines of a device of the catalogue; other parameters, result and errors as of `everted_tines`."""
    size = (tip_mm, direction, tines.count, tines.deployed_diameter_mm)
    if tines.reach_mm is not None:
        return straight_tines(*size, tines.reach_mm, turned_deg=turned_deg)
    curved = everted_tines if tines.shape is TineShape.EVERTED else spread_tines
    return curved(*size, turned_deg=turned_deg)


@lru_cache(maxsize=32)
def swept_points_mm(tines: Tines, tip_mm: Vertex, towards_mm: Vertex, step_mm: float) -> Floats:
    """Return points on the surface that an array's tines sweep when it is turned around its shaft.

    How an array is turned is not planned: wherever a tine may come to lie, it is on this surface.

    Parameters
    ----------
    tines : Tines
    tip_mm, towards_mm : tuple of float
        LPS points of the shaft, the second one towards the hub.
    step_mm : float
        Between neighbouring points, at most.

    Returns
    -------
    ndarray, shape (n, 3)
        LPS.
    """
    hubwards = np.subtract(towards_mm, tip_mm)
    tine = tines_of(replace(tines, count=1), tip_mm, hubwards)[0]
    lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(tine, axis=0), axis=1))])
    at = np.linspace(0.0, lengths[-1], math.ceil(lengths[-1] / step_mm) + 1)
    line = np.stack([np.interp(at, lengths, tine[:, n]) for n in range(3)], axis=1) - tip_mm
    forward, across, beside = _axes(hubwards)
    ahead, away = line @ forward, np.linalg.norm(line - np.outer(line @ forward, forward), axis=1)
    angles = np.linspace(0.0, 2 * math.pi, math.ceil(2 * math.pi * away.max() / step_mm), endpoint=False)
    around = np.cos(angles)[:, None] * across + np.sin(angles)[:, None] * beside
    points = tip_mm + ahead[:, None, None] * forward + away[:, None, None] * around[None]
    return np.asarray(points.reshape(-1, 3))


def _around(
    tip_mm: npt.ArrayLike,
    direction: npt.ArrayLike,
    count: int,
    deployed_diameter_mm: float,
    turned_deg: float,
    outwards_mm: Floats,
    forwards_mm: Floats,
) -> tuple[Floats, ...]:
    """One curve, given in the half-plane of the axis, at even angles around it."""
    tip, hubwards = np.asarray(tip_mm, float), np.asarray(direction, float)
    if count < 1:
        raise _refusal(f"{count} tines are none")
    if not (math.isfinite(deployed_diameter_mm) and deployed_diameter_mm > 0):
        raise _refusal(f"a deployed diameter of {deployed_diameter_mm} mm is not above zero")
    forward, across, beside = _axes(hubwards)
    angles = math.radians(turned_deg) + 2 * math.pi * np.arange(count) / count
    return tuple(
        tip + forwards_mm[:, None] * forward + outwards_mm[:, None] * (math.cos(a) * across + math.sin(a) * beside)
        for a in angles
    )


def _axes(hubwards: Floats) -> tuple[Floats, Floats, Floats]:
    """Unit vectors ahead of the tip and two across the shaft."""
    length = float(np.linalg.norm(hubwards))
    if not (math.isfinite(length) and length > 1e-9):
        raise _refusal("the shaft has no direction")
    forward = -hubwards / length
    across = np.cross(forward, np.eye(3)[int(np.argmin(np.abs(forward)))])
    across /= np.linalg.norm(across)
    return forward, across, np.cross(forward, across)


def _refusal(reason: str) -> PlanError:
    return PlanError(f"The tines of a probe cannot be laid out: {reason}.", code="applicator-invalid")
