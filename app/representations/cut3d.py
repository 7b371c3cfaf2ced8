"""What is left of 3D when it is cut: convex pieces, each before all of its planes."""

from __future__ import annotations

import numpy as np

from app.representations.volume_look import Cut, VolumeLook
from imaging.geometry import Floats
from planning.model import Probe

_NORMALS = {
    # What is left: everything caudal, anterior, or right of the crosshair. So a view from behind and above looks into the cut.
    Cut.AXIAL: (0.0, 0.0, -1.0),
    Cut.CORONAL: (0.0, -1.0, 0.0),
    Cut.SAGITTAL: (-1.0, 0.0, 0.0),
}
# A wedge along a needle begins so far behind the shaft, so that what is treated around it lies open, and opens so far to each side.
_BEHIND_MM, _OPENING = 15.0, np.radians(42)
# Deeper than this beyond the tip nothing is cut out.
_BEYOND_TIP_MM = 25.0
# Looked at along its shaft, within this sine, a needle has no side that faces the viewer.
_ALONG = 0.05

HalfSpace = tuple[Floats, Floats]
"""A point of a plane, and the normal to the half that is left; LPS, each of shape (3,)."""


def pieces_left(
    look: VolumeLook, place_mm: Floats, needle: Probe | None, eye_mm: Floats, towards: Floats, up: Floats
) -> list[list[HalfSpace]]:
    """Return the pieces that a cut leaves, the one farthest from the viewer first; one without planes is everything.

    Parameters
    ----------
    look : VolumeLook
    place_mm : ndarray, shape (3,)
        LPS point that planes go through: the crosshair.
    needle : Probe or None
        Along whose shaft a wedge is cut out; without one nothing is.
    eye_mm : ndarray, shape (3,)
        Where the viewer is, LPS.
    towards, up : ndarray, shape (3,)
        Unit vectors to the viewer from the middle of the picture, and upwards on the screen.
    """
    if look.at_crosshair:
        normal = np.array(_NORMALS[look.cut])
        return [[(place_mm, -normal if look.other_side else normal)]]
    if look.cut is Cut.NONE or needle is None:
        return [[]]
    return _beside_wedge(needle, eye_mm, towards, up)


def _beside_wedge(needle: Probe, eye_mm: Floats, towards: Floats, up: Floats) -> list[list[HalfSpace]]:
    """All but a wedge that holds the shaft, opens to the viewer, and ends beyond the tip."""
    shaft = needle.direction
    opens = _across(towards, shaft)
    if np.linalg.norm(opens) < _ALONG:
        opens = _across(up, shaft)
    opens /= np.linalg.norm(opens)
    sideways = np.cross(shaft, opens)
    edge = np.asarray(needle.tip_mm, float) - _BEHIND_MM * opens
    one = np.cos(_OPENING) * sideways - np.sin(_OPENING) * opens
    other = -np.cos(_OPENING) * sideways - np.sin(_OPENING) * opens
    end = np.asarray(needle.tip_mm, float) - _BEYOND_TIP_MM * shaft
    # A plane divides what is on its two sides: nearer is what is on the side of the viewer.
    beside = [[(edge, one), (end, shaft)], [(edge, other), (edge, -one), (end, shaft)]]
    beside = beside[::-1] if (eye_mm - edge) @ one > 0 else beside
    beyond = [[(end, -shaft)]]
    return [*beside, *beyond] if (eye_mm - end) @ shaft < 0 else [*beyond, *beside]


def _across(direction: Floats, shaft: Floats) -> Floats:
    return np.asarray(direction - (direction @ shaft) * shaft)
