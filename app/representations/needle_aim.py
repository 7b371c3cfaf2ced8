"""Planes along and across a needle: two that hold its shaft, at right angles, and the one it looks through from the hub."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.representations.slice_plane import NeedlePlane
from imaging.geometry import Floats
from planning.catalogue.devices import device
from planning.model.case import Probe
from planning.quantities import length_text

_BEYOND_TIP_MM, _ABOVE_SKIN_MM = 40.0, 10.0
# A needle this near to the body's axis has no cranial side; its posterior one takes that place.
_AXIAL_BELOW = 0.05
_SEEN_FROM = (("the left", "the right"), ("behind", "the front"), ("the head", "the feet"))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class NeedleAim:
    """Which planes are looked at, of which needle.

    Attributes
    ----------
    probe : Probe
    turned_deg : float
        How far both planes along the shaft are turned about it, clockwise as seen from the hub.
    above_tip_mm : float
        Where the plane across the shaft lies, from the tip towards the hub.
    """

    probe: Probe
    turned_deg: float = 0.0
    above_tip_mm: float = 0.0

    @classmethod
    def of(cls, probe: Probe, turned_deg: float, above_tip_mm: float | None) -> NeedleAim:
        """Return the aim at a probe; without a place the plane across lies in the middle of its active part."""
        if above_tip_mm is None:
            above_tip_mm = device(probe.device_id).active_length_mm / 2
        kept = float(np.clip(above_tip_mm, -_BEYOND_TIP_MM, probe.depth_mm + _ABOVE_SKIN_MM))
        return cls(probe=probe, turned_deg=(turned_deg + 180) % 360 - 180, above_tip_mm=kept)

    @property
    def depth_mm(self) -> float:
        """Depth of the plane across the shaft, from the skin entry."""
        return self.probe.depth_mm - self.above_tip_mm

    @property
    def across_mm(self) -> Floats:
        """Where the plane across meets the axis, shape (3,)."""
        return np.asarray(self.probe.tip_mm) + self.above_tip_mm * self.probe.direction

    def axes(self, plane: NeedlePlane) -> tuple[Floats, Floats]:
        """Return the unit vectors of screen-right and screen-down in LPS, each of shape (3,).

        Along the shaft the hub is above. Across it, one looks from the hub to the tip, with the head above; the turn of the
        other two does not turn this one, so that it stays a place to turn them by.
        """
        down = -self.probe.direction
        up, right = self._around()
        if plane is NeedlePlane.ACROSS:
            return right, -up
        turn = np.radians(self.turned_deg)
        up, right = np.cos(turn) * up + np.sin(turn) * right, np.cos(turn) * right - np.sin(turn) * up
        return (-up if plane is NeedlePlane.ALONG_A else right), down

    def _around(self) -> tuple[Floats, Floats]:
        """The most cranial direction across the shaft, and what lies to its right as seen from the hub."""
        hub = self.probe.direction
        towards = np.array([0.0, 0.0, 1.0]) if 1 - abs(hub[2]) > _AXIAL_BELOW else np.array([0.0, 1.0, 0.0])
        up = towards - (towards @ hub) * hub
        up = up / np.linalg.norm(up)
        return up, np.cross(up, hub)

    def middle_mm(self, plane: NeedlePlane) -> Floats:
        """Return the place in the middle of an untouched view, shape (3,)."""
        if plane is NeedlePlane.ACROSS:
            return self.across_mm
        return (np.asarray(self.probe.tip_mm) + np.asarray(self.probe.entry_mm)) / 2

    def title(self, plane: NeedlePlane, *, brief: bool = False) -> str:
        """Return what the view says it is: ``Along C1, A  seen from the left, turned 20°``; brief without whence it is seen."""
        if plane is NeedlePlane.ACROSS:
            depth = self.depth_mm
            where = f"at {length_text(depth)}" if depth >= 0 else f"{length_text(-depth)} outside the skin"
            return f"Across {self.probe.name}  {where}{'' if brief else ', from the hub'}"
        right, down = self.axes(plane)
        turned = f", turned {self.turned_deg:.0f}°".replace("-", "−") if round(self.turned_deg) else ""
        if brief:
            return f"Along {self.probe.name}, {plane.letter}{turned}"
        return f"Along {self.probe.name}, {plane.letter}  {_seen_from(np.cross(right, down))}{turned}"


def _seen_from(towards: Floats) -> str:
    """Where one stands who looks in a direction."""
    axis = int(np.abs(towards).argmax())
    return f"seen from {_SEEN_FROM[axis][0 if towards[axis] < 0 else 1]}"
