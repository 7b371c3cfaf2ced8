"""Colours of margins, on the lesion in 3D and on its unrolled map: what fails stands out, what suffices is quiet."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from app.representations.reslice import arrays, core, polydata
from app.representations.shading import with_normals
from app.tokens import ON_IMAGE, severity_colour
from imaging.geometry import Floats
from planning.evaluation import Judgement
from planning.evaluation.margin import MarginMap

_DARKEST = 0.55
"""What is left of the colour where a margin is twice the goal, or just short of failing."""


def margin_judgement(margin_mm: float, goal_mm: float) -> Judgement:
    """Return what a margin amounts to: untreated, short of the goal, or enough."""
    if margin_mm >= goal_mm:
        return Judgement.WITHIN
    return Judgement.CAUTION if margin_mm >= 0 else Judgement.ALARM


def margin_rgb(margin_mm: Floats, goal_mm: float) -> npt.NDArray[np.uint8]:
    """Return the colours of margins, shape (..., 3): three hues, each darker the better it is.

    Parameters
    ----------
    margin_mm : ndarray, shape (...)
    goal_mm : float
    """
    bands = ((-np.inf, 0.0, Judgement.ALARM), (0.0, goal_mm, Judgement.CAUTION), (goal_mm, np.inf, Judgement.WITHIN))
    worse_by = {
        Judgement.ALARM: np.clip(1 + margin_mm / goal_mm, 0, 1),
        Judgement.CAUTION: np.clip(margin_mm / goal_mm, 0, 1),
        Judgement.WITHIN: np.clip(margin_mm / goal_mm - 1, 0, 1),
    }
    rgb = np.zeros((*np.shape(margin_mm), 3))
    for low, high, judgement in bands:
        inside = (margin_mm >= low) & (margin_mm < high)
        light = 1 - (1 - _DARKEST) * worse_by[judgement]
        rgb[inside] = (light[..., None] * _rgb(severity_colour(judgement, ON_IMAGE, fill=True)))[inside]
    return np.asarray(np.rint(rgb), np.uint8)


@lru_cache(maxsize=2)
def coloured_by_margin(found: MarginMap, goal_mm: float) -> Any:
    """Return a lesion's surface with the colours of its margins at its corners, for VTK."""
    surface = with_normals(polydata(found.surface))
    rgb = margin_rgb(found.margin_mm, goal_mm)
    surface.GetPointData().SetScalars(arrays.numpy_to_vtk(rgb, deep=True, array_type=core.VTK_UNSIGNED_CHAR))
    return surface


def _rgb(colour: str) -> Floats:
    return np.array([int(colour[n : n + 2], 16) for n in (1, 3, 5)], float)
