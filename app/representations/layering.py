"""Pictures of 3D put together: a volume that is drawn last, with translucent surfaces that lie in it.

VTK draws a ray-cast volume over all that is translucent. So what is in the volume before translucent surfaces, the surfaces, and
the volume with all solid bodies are drawn on their own, and put together here.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from imaging.later import ndimage

Pixels = npt.NDArray[np.float32]
"""Red, green, blue and opacity, premultiplied, 0 to 255; shape (rows, columns, 4)."""
Seen = npt.NDArray[np.bool_]
"""Shape (rows, columns)."""

# What is left of a volume before what is seen through it, and how softly that window ends.
_LEFT, _EDGE_PX = 0.3, 5.0
_OUTLINE_PX = 1.6


def within(solid: Pixels, veil: Pixels, before: Pixels) -> Pixels:
    """Return a picture with translucent surfaces at their place in a volume.

    Of the volume before the surfaces stays what they cover, and what lies behind them is seen through them: the volume with
    solid bodies is ``before + (1 - its opacity) * behind``, so that behind need not be drawn.

    Parameters
    ----------
    solid : Pixels
        Volume and solid bodies.
    veil : Pixels
        Translucent surfaces before solid bodies.
    before : Pixels
        The part of the volume that lies before the first surface.
    """
    covered = veil[..., 3:] / 255
    return np.asarray(covered * before + (1 - covered) * solid + (1 - before[..., 3:] / 255) * veil)


def over(below: Pixels, veil: Pixels) -> Pixels:
    """Return a picture with translucent surfaces before all of it."""
    return np.asarray(veil + (1 - veil[..., 3:] / 255) * below)


def seen_through(whole: Pixels, opened: Pixels, sought: Seen, ratio: float) -> Pixels:
    """Return a picture in which the volume is translucent before what is sought, and a little around it.

    Parameters
    ----------
    whole : Pixels
        Everything.
    opened : Pixels
        Without what lies before what is sought.
    sought : Seen
        Where that is.
    ratio : float
        Pixels in a logical pixel.
    """
    edge = _EDGE_PX * ratio
    near = ndimage.distance_transform_edt(~sought)
    weight = (1 - _LEFT) * np.clip(1 - near / edge, 0, 1)[..., None].astype(np.float32)
    return np.asarray(whole + weight * (opened - whole))


def outlined(picture: Pixels, seen: Seen, colour: tuple[float, float, float], ratio: float) -> Pixels:
    """Return a picture with the outline of a body drawn over it.

    Parameters
    ----------
    picture : Pixels
    seen : Seen
        Where the body is.
    colour : tuple of float
        Red, green and blue, 0 to 1.
    ratio : float
        Pixels in a logical pixel.
    """
    inwards = ndimage.distance_transform_edt(seen)
    line = np.clip(_OUTLINE_PX * ratio + 0.5 - inwards, 0, 1) * seen
    drawn = line[..., None].astype(np.float32)
    return np.asarray(picture + drawn * (np.array([*(255 * c for c in colour), 255], np.float32) - picture))
