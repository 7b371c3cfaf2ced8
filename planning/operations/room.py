"""Say how the patient lies and what the scanner is like."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from planning.errors import PlanError
from planning.model.case import Case
from planning.model.room import MOST_TILT_DEG

NARROWEST_MM, WIDEST_MM = 500.0, 1000.0


def change_room(case: Case, **changes: Any) -> Case:
    """Return the case with something of its CT room changed.

    Parameters
    ----------
    case : Case
    **changes
        Attributes of `Room`.

    Raises
    ------
    PlanError
        ``room-invalid``: a tilt that no gantry has, an opening that none has.
    """
    room = replace(case.plan.room, **changes)
    if not np.isfinite(room.gantry_tilt_deg) or abs(room.gantry_tilt_deg) > MOST_TILT_DEG:
        raise PlanError(
            f"A gantry does not tilt by {room.gantry_tilt_deg:g}°.",
            code="room-invalid",
            hint=f"Give a tilt between -{MOST_TILT_DEG:g}° and {MOST_TILT_DEG:g}°.",
        )
    if room.bore_mm is not None and not NARROWEST_MM <= room.bore_mm <= WIDEST_MM:
        raise PlanError(
            f"A gantry's opening is not {room.bore_mm:g} mm wide.",
            code="room-invalid",
            hint=f"Give its diameter, between {NARROWEST_MM:g} and {WIDEST_MM:g} mm, or leave it blank.",
        )
    if room.bore_centre_mm is not None and not np.isfinite(room.bore_centre_mm).all():
        raise PlanError("The middle of the bore is no place.", code="room-invalid", hint="Give two numbers in mm.")
    return case.with_plan(room=room)
