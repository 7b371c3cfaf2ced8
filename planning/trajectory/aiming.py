"""A needle by its target and its two angles: the numbers of the CT room the other way round."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from imaging.volume import Volume
from planning.errors import PlanError
from planning.model.case import Probe
from planning.trajectory.skin_entry import entry_on_skin

IN_PLANE_LIMIT_DEG = 90.0
CRANIOCAUDAL_LIMIT_DEG = 85.0
"""A steeper shaft has no in-plane angle worth the name: a degree of it would no longer turn the needle."""
_TOWARDS_MM = 50.0


def hub_direction(in_plane_deg: float, craniocaudal_deg: float, *, anterior: bool = False) -> Floats:
    """Return the unit vector from tip to hub of a shaft with these angles, as `console_numbers` tells them.

    Parameters
    ----------
    in_plane_deg : float
        Positive with the hub to the patient's left of the tip; 90 lies flat.
    craniocaudal_deg : float
        Positive with the hub cranial of the tip.
    anterior : bool
        The angle is told from the line between front and back, so that its side has to be said: whether the hub is in front.

    Returns
    -------
    ndarray, shape (3,)

    Raises
    ------
    PlanError
        ``angle-out-of-range``
    """
    for name, value_deg, limit_deg in (
        ("in-plane", in_plane_deg, IN_PLANE_LIMIT_DEG),
        ("craniocaudal", craniocaudal_deg, CRANIOCAUDAL_LIMIT_DEG),
    ):
        if not (math.isfinite(value_deg) and abs(value_deg) <= limit_deg):
            raise PlanError(
                f"The {name} angle of {value_deg:g}° is out of range.",
                code="angle-out-of-range",
                hint=f"Choose one from −{limit_deg:g}° to {limit_deg:g}°, or the other side of the patient.",
            )
    a, b = math.radians(in_plane_deg), math.radians(craniocaudal_deg)
    posterior = -math.cos(a) if anterior else math.cos(a)
    return np.array([math.cos(b) * math.sin(a), math.cos(b) * posterior, math.sin(b)])


def entry_at_angles(
    volume: Volume, target_mm: npt.ArrayLike, in_plane_deg: float, craniocaudal_deg: float, *, anterior: bool = False
) -> Floats:
    """Return where a shaft with these angles, its tip at the target, leaves the skin; LPS, shape (3,).

    Raises
    ------
    PlanError
        As `hub_direction` and `entry_on_skin`.
    """
    direction = hub_direction(in_plane_deg, craniocaudal_deg, anterior=anterior)
    return entry_on_skin(volume, target_mm, np.asarray(target_mm, float) + _TOWARDS_MM * direction)


def hub_is_anterior(probe: Probe) -> bool:
    """Whether a probe comes from the front."""
    return bool(probe.direction[1] < 0)
