"""The three planes through the crosshair: straight, or turned together by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.representations.slice_plane import Plane, plane_axes
from imaging.geometry import Floats, VoxelGrid
from imaging.later import transform

_STRAIGHT_DEG = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class PlaneSet:
    """Three planes at right angles, and how each stands on the screen.

    Attributes
    ----------
    axes : mapping of Plane to (ndarray, ndarray)
        Unit vectors of screen-right and screen-down in LPS, each of shape (3,).
    """

    axes: Mapping[Plane, tuple[Floats, Floats]]

    @classmethod
    def straight(cls, grid: VoxelGrid) -> PlaneSet:
        """Return the axial, the coronal and the sagittal plane of a CT."""
        return cls({plane: plane_axes(plane, grid) for plane in Plane})

    def normal(self, plane: Plane) -> Floats:
        """Return the unit vector across a plane, away from who looks at it, shape (3,)."""
        return np.cross(*self.axes[plane])

    def turned(self, about: Plane, by_deg: float) -> PlaneSet:
        """Return the planes with two of them turned about the normal of a third, which stays as it is.

        Parameters
        ----------
        about : Plane
        by_deg : float
            Clockwise as seen on the screen of the plane that stays.
        """
        turn = transform.Rotation.from_rotvec(np.radians(by_deg) * self.normal(about)).as_matrix()
        return PlaneSet(
            {plane: axes if plane is about else (turn @ axes[0], turn @ axes[1]) for plane, axes in self.axes.items()}
        )

    def tilt_deg(self, plane: Plane) -> float:
        """Return how far a plane leans away from the straight one of its name, 0 to 90."""
        along = abs(float(self.normal(plane)[plane.normal_axis]))
        return float(np.degrees(np.arccos(np.clip(along, 0.0, 1.0))))

    def is_straight(self, plane: Plane) -> bool:
        """Return whether a plane is the straight one of its name."""
        return self.tilt_deg(plane) < _STRAIGHT_DEG

    def title(self, plane: Plane) -> str:
        """Return what a plane is called where it leans: ``Sagittal, tilted 20°``; empty where it is straight."""
        return "" if self.is_straight(plane) else f"{plane.value.capitalize()}, tilted {self.tilt_deg(plane):.0f}°"

    def lines_in(self, plane: Plane) -> dict[Plane, Floats]:
        """Return where the other planes cut a plane: their directions on its screen, unit vectors of shape (2,), y down."""
        right, down = self.axes[plane]
        cuts = {other: np.cross(self.normal(plane), self.normal(other)) for other in Plane if other is not plane}
        return {other: np.array([cut @ right, cut @ down]) for other, cut in cuts.items()}
