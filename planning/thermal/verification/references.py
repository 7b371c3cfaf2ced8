"""What the independent finite elements make of the device-like cases, stored with how finely they were computed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from imaging.geometry import Floats
from planning.thermal.verification.device_cases import DeviceCase
from planning.thermal.verification.zones import Size

PATH = Path(__file__).with_name("references.json")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Reference:
    """One stored solution.

    Attributes
    ----------
    case : str
        Digest of the case it was computed for.
    points_c : ndarray, shape (n_phases, n_points)
    impedance_ohm : list of float or None
        At the first and the last step.
    outlines_mm : dict of float to ndarray, shape (n_z,)
        Radius of the zones at ``outline_z_mm``.
    change_on_refinement : dict of str to float
        Largest change when all cells and steps were halved; the error that is left is smaller.
    """

    case: str
    sizes: dict[float, Size]
    points_c: Floats
    impedance_ohm: list[float] | None
    power_w: float | None
    hottest_c: float
    nodes: int
    steps: int
    change_on_refinement: dict[str, float]
    outline_z_mm: Floats
    outlines_mm: dict[float, Floats]


def digest(case: DeviceCase) -> str:
    """Return a text that changes with every number of a case; what properties may do with temperature counts where it does."""
    text = repr(case).replace(", conductivity_rise_1_k=0.0", "").replace(", heat_capacity_fall_1_k=0.0", "")
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def references() -> dict[str, Reference]:
    """Return the stored solutions by the name of their case."""
    stored: dict[str, dict[str, Any]] = json.loads(PATH.read_text(encoding="utf-8"))
    return {name: _reference(values) for name, values in stored.items()}


def _reference(stored: dict[str, Any]) -> Reference:
    return Reference(
        case=stored["case"],
        sizes={float(level): Size(*size) for level, size in stored["sizes"].items()},
        points_c=np.array(stored["points_c"]),
        impedance_ohm=stored["impedance_ohm"],
        power_w=stored["power_w"],
        hottest_c=stored["hottest_c"],
        nodes=stored["resolution"]["nodes"],
        steps=stored["resolution"]["steps"],
        change_on_refinement=stored["change_on_refinement"],
        outline_z_mm=np.array(stored["outline_z_mm"]),
        outlines_mm={float(level): np.array(radii, float) for level, radii in stored["outlines_mm"].items()},
    )
