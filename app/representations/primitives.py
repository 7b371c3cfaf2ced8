"""What a slice picture is made of: paths, labels and pictures, in logical pixels from the top left corner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Anchor = Literal["left", "centre", "right"]
Weight = Literal["regular", "medium", "semibold"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """How a line is drawn.

    Attributes
    ----------
    colour : str
        ``#RRGGBB``.
    width_px : float
    dash_px : tuple of float
        Lengths of dash and gap; empty for a full line.
    opacity : float
    casing : bool
        A black line 1 px wider on each side lies under it, so that it is seen on cortex.
    """

    colour: str
    width_px: float = 1.25
    dash_px: tuple[float, ...] = ()
    opacity: float = 1.0
    casing: bool = True


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Path:
    """One or more polylines that are filled together.

    Attributes
    ----------
    lines : tuple of ndarray, each of shape (n, 2)
    closed : bool
    stroke : Stroke or None
    fill : str or None
        ``#RRGGBB``; several closed lines are filled by the even-odd rule.
    fill_opacity : float
    """

    lines: tuple[npt.NDArray[np.float64], ...]
    closed: bool = False
    stroke: Stroke | None = None
    fill: str | None = None
    fill_opacity: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A line of text.

    Attributes
    ----------
    x_px, y_px : float
        Where the anchor and the middle of the text's height lie.
    plate : float
        Opacity of the black plate under it; 0 draws a dark outline instead of a plate.
    outline : bool
        A dark outline of 2.6 px where there is no plate.
    """

    text: str
    x_px: float
    y_px: float
    colour: str
    size_px: float = 12
    weight: Weight = "medium"
    anchor: Anchor = "left"
    plate: float = 0.0
    outline: bool = True


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """A raster image stretched over a rectangle.

    Attributes
    ----------
    pixels : ndarray of uint8, shape (rows, columns), (rows, columns, 3), or with opacity (rows, columns, 4)
    """

    pixels: npt.NDArray[np.uint8]
    x_px: float
    y_px: float
    width_px: float
    height_px: float


Primitive = Path | Label | Picture


def line(start: tuple[float, float], stop: tuple[float, float], stroke: Stroke) -> Path:
    """Return a straight line."""
    return Path(lines=(np.array([start, stop], float),), stroke=stroke)


def ring(x_px: float, y_px: float, radius_px: float, stroke: Stroke, fill: str | None = None) -> Path:
    """Return a circle."""
    angles = np.linspace(0, 2 * np.pi, 33)[:-1]
    points = np.stack([x_px + radius_px * np.cos(angles), y_px + radius_px * np.sin(angles)], axis=1)
    return Path(lines=(points,), closed=True, stroke=stroke, fill=fill)


def rectangle(x_px: float, y_px: float, width_px: float, height_px: float, fill: str, opacity: float = 1.0) -> Path:
    """Return a filled rectangle without an edge."""
    corners = [[x_px, y_px], [x_px + width_px, y_px], [x_px + width_px, y_px + height_px], [x_px, y_px + height_px]]
    return Path(lines=(np.array(corners, float),), closed=True, fill=fill, fill_opacity=opacity)
