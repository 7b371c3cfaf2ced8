"""Points that a user gives, and the numbers and names of what is placed there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from planning.errors import PlanError
from planning.model.case import Case
from planning.model.point import Point
from planning.quantities import lps_text


def finite_point(lps_mm: npt.ArrayLike) -> Point:
    """Return three coordinates as a point.

    Raises
    ------
    PlanError
        ``point-not-finite``.
    """
    x, y, z = np.asarray(lps_mm, float).reshape(3).tolist()
    if not np.isfinite([x, y, z]).all():
        raise PlanError("A point has a coordinate that is not a number.", code="point-not-finite")
    return (x, y, z)


def point_in_ct(case: Case, name: str, lps_mm: npt.ArrayLike) -> Point:
    """Return the place of something that is put into the patient; raises PlanError ``point-outside``."""
    point = finite_point(lps_mm)
    if not case.image.grid.contains(point):
        raise PlanError(
            f"{name} at {lps_text(point)} lies outside the CT.",
            code="point-outside",
            hint="Choose a point on the slices.",
        )
    return point


def next_number(ids: Iterable[str]) -> int:
    """Return the number of the next of some things: one more than the highest in use, so that none is reused."""
    return max((int(i.rpartition("-")[2]) for i in ids), default=0) + 1


def unknown(what: str, name: str, there: Sequence[str]) -> PlanError:
    """Return the refusal of a name that the plan does not have, with those it has."""
    return PlanError(
        f"The plan has no {what} '{name}'.", code=f"{what}-unknown", hint=f"It has: {', '.join(there) or 'none yet'}."
    )
