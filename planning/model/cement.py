"""Cement that a plan injects after its ablation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from imaging.structures import Tube
from planning.model.look import OwnColour
from planning.model.point import Point
from planning.model.protection import rounded_tube


@dataclass(frozen=True, slots=True, kw_only=True)
class Cement:
    """A volume of cement around the line between two points; a ball where they are one.

    Attributes
    ----------
    id : str
        ``cement-1``.
    name : str
        ``Cement 1``.
    kind_id : str
        Into the catalogue of cements.
    start_mm, stop_mm : tuple of float
        LPS.
    volume_ml : float
    minutes_after : float
        From the end of the last phase of the ablation to the injection.
    temperature_c : float
        At which it is injected.
    locked : bool
        It is not moved, changed or removed until it is unlocked.
    colour : OwnColour or None
        None has its usual one.
    """

    id: str
    name: str
    kind_id: str
    start_mm: Point
    stop_mm: Point
    volume_ml: float
    minutes_after: float
    temperature_c: float
    locked: bool = False
    colour: OwnColour | None = None

    @property
    def volume_mm3(self) -> float:
        return self.volume_ml * 1e3

    @property
    def radius_mm(self) -> float:
        """The radius that gives the volume, ends rounded."""
        return radius_mm(self.volume_mm3, float(np.linalg.norm(np.subtract(self.stop_mm, self.start_mm))))

    @property
    def centre_mm(self) -> Point:
        x, y, z = (0.5 * np.add(self.start_mm, self.stop_mm)).tolist()
        return (x, y, z)

    def as_tube(self) -> Tube:
        """Return the shape as a tube, to be drawn and measured to."""
        return rounded_tube(self.start_mm, self.stop_mm, self.radius_mm)


@lru_cache(maxsize=256)
def radius_mm(volume_mm3: float, length_mm: float) -> float:
    """Return the radius of a rounded tube of a volume and a length: the only root above zero of pi r² (l + 4/3 r) = v."""
    roots = np.roots([4 / 3 * np.pi, np.pi * length_mm, 0.0, -volume_mm3])
    return float(roots[np.abs(roots.imag) < 1e-9 * np.abs(roots).max()].real.max())
