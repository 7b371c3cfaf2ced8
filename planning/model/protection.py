"""What a plan puts into the patient beside its probes: pockets that protect, and thermocouples that watch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from imaging.structures import Tube
from planning.model.look import OwnColour
from planning.model.point import Point

_BALL_MM = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Pocket:
    """A gas or fluid around the line between two points; a ball where they are one.

    Attributes
    ----------
    id : str
        ``pocket-1``.
    name : str
        ``CO₂ 1``.
    agent_id : str
        Into the catalogue of agents.
    start_mm, stop_mm : tuple of float
        LPS.
    radius_mm : float
    temperature_c : float or None
        At which it is given; None for the body's.
    circulating : bool
        It is renewed all the time and keeps its temperature; otherwise it is injected once.
    entry_mm : tuple of float or None
        Where the needle that brings it to ``start_mm`` goes through the skin; None where no way is planned.
    locked : bool
        It is not moved, changed or removed until it is unlocked.
    colour : OwnColour or None
        None has its usual one.
    """

    id: str
    name: str
    agent_id: str
    start_mm: Point
    stop_mm: Point
    radius_mm: float
    temperature_c: float | None = None
    circulating: bool = False
    entry_mm: Point | None = None
    locked: bool = False
    colour: OwnColour | None = None

    @property
    def volume_mm3(self) -> float:
        """Of the whole shape; bone and organs in it keep their place."""
        length_mm = float(np.linalg.norm(np.subtract(self.stop_mm, self.start_mm)))
        return float(np.pi * self.radius_mm**2 * (length_mm + 4 / 3 * self.radius_mm))

    def as_tube(self) -> Tube:
        """Return the shape as a tube, to be drawn and rasterised."""
        return rounded_tube(self.start_mm, self.stop_mm, self.radius_mm)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thermocouple:
    """A point whose temperature is watched.

    Attributes
    ----------
    id : str
        ``thermocouple-1``.
    name : str
        ``T1``.
    position_mm : tuple of float
        LPS.
    entry_mm : tuple of float or None
        Where its needle goes through the skin; None where no way is planned.
    locked : bool
        It is not moved or removed until it is unlocked.
    colour : OwnColour or None
        None has its usual one.
    """

    id: str
    name: str
    position_mm: Point
    entry_mm: Point | None = None
    locked: bool = False
    colour: OwnColour | None = None


def tip_of(placed: Pocket | Thermocouple) -> Point:
    """Return where the needle of a pocket or thermocouple ends."""
    return placed.start_mm if isinstance(placed, Pocket) else placed.position_mm


def way_length_mm(placed: Pocket | Thermocouple) -> float | None:
    """Return the length of a needle's way from the skin; None where no way is planned."""
    if placed.entry_mm is None:
        return None
    return float(np.linalg.norm(np.subtract(placed.entry_mm, tip_of(placed))))


def rounded_tube(start_mm: Point, stop_mm: Point, radius_mm: float) -> Tube:
    """Return a tube between two points, LPS; where they are one, one so short that with rounded ends it is a ball."""
    start, stop = np.array(start_mm), np.array(stop_mm)
    if np.linalg.norm(stop - start) < _BALL_MM:
        stop = start + [0.0, 0.0, _BALL_MM]
    return Tube(np.stack([start, stop]), np.full(2, radius_mm))
