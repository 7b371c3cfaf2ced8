"""Shapes of multi-tined arrays: where the tines lie that leave the tip of a shaft.

No maker publishes the curves of its tines; the arcs here reach the deployed diameter and are models, not drawings.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from planning.errors import PlanError

_VERTICES = 25


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
    length = float(np.linalg.norm(hubwards))
    if count < 1:
        raise _refusal(f"{count} tines are none")
    if not (math.isfinite(deployed_diameter_mm) and deployed_diameter_mm > 0):
        raise _refusal(f"a deployed diameter of {deployed_diameter_mm} mm is not above zero")
    if not (math.isfinite(length) and length > 1e-9):
        raise _refusal("the shaft has no direction")
    forward = -hubwards / length
    across = np.cross(forward, np.eye(3)[int(np.argmin(np.abs(forward)))])
    across /= np.linalg.norm(across)
    beside = np.cross(forward, across)
    angles = math.radians(turned_deg) + 2 * math.pi * np.arange(count) / count
    return tuple(
        tip + forwards_mm[:, None] * forward + outwards_mm[:, None] * (math.cos(a) * across + math.sin(a) * beside)
        for a in angles
    )


def _refusal(reason: str) -> PlanError:
    return PlanError(f"The tines of a probe cannot be laid out: {reason}.", code="applicator-invalid")
