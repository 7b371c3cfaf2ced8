"""Points that a user gives."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from planning.errors import PlanError
from planning.model.point import Point


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
