"""From where 3D is looked at: directions by azimuth and elevation, and the standard views."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from imaging.geometry import Floats


def towards_viewer(azimuth_deg: float, elevation_deg: float) -> Floats:
    """Return the unit vector from what is looked at to the viewer, LPS, shape (3,).

    Parameters
    ----------
    azimuth_deg : float
        0 looks from behind, 90 from the patient's right, 180 from the front, -90 from the left.
    elevation_deg : float
        90 looks from above the head, -90 from below the feet.
    """
    azimuth, elevation = np.radians(azimuth_deg), np.radians(elevation_deg)
    return np.array([-np.sin(azimuth) * np.cos(elevation), np.cos(azimuth) * np.cos(elevation), np.sin(elevation)])


def screen_axes(azimuth_deg: float, elevation_deg: float) -> tuple[Floats, Floats]:
    """Return the unit vectors to the right and upwards on the screen, LPS, each of shape (3,)."""
    azimuth = np.radians(azimuth_deg)
    right = np.array([-np.cos(azimuth), -np.sin(azimuth), 0.0])
    return right, np.cross(towards_viewer(azimuth_deg, elevation_deg), right)


def angles_towards(direction: Floats) -> tuple[float, float]:
    """Return azimuth and elevation in degrees of a viewer in a direction, LPS, shape (3,).

    Exactly along the body's axis it is seen from behind, as by a viewer who went there over the back.
    """
    x, y, z = (direction / np.linalg.norm(direction)).tolist()
    level = float(np.hypot(x, y))
    azimuth = float(np.degrees(np.arctan2(-x, y))) if level > 1e-6 else 0.0
    return azimuth, float(np.degrees(np.arctan2(z, level)))


@dataclass(frozen=True, slots=True)
class StandardView:
    """A direction to look from that has a name.

    Attributes
    ----------
    name : str
        Also its part of command ids.
    words : str
        From where, in a sentence's middle.
    teaches : str
        How the patient lies in the picture.
    azimuth_deg, elevation_deg : float
    """

    name: str
    words: str
    teaches: str
    azimuth_deg: float
    elevation_deg: float


STANDARD_VIEWS = (
    StandardView("posterior", "from behind", "The patient's left is on the left, the head above.", 0, 0),
    StandardView("anterior", "from the front", "The patient's left is on the right, the head above.", 180, 0),
    StandardView("left", "from the left", "The back is on the right, the head above.", -90, 0),
    StandardView("right", "from the right", "The back is on the left, the head above.", 90, 0),
    StandardView("cranial", "from above", "Down on the patient from the head: the patient's left is on the left, the front above.", 0, 90),
    StandardView(
        "caudal", "from below", "From the feet, as axial slices: the patient's left is on the right, the front above.", 180, -90
    ),
)  # fmt: skip
