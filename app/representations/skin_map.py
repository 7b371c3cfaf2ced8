"""The map of the skin as a coloured surface: bright is a good entry, clear skin none at all."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from app.representations.primitives import Label, Primitive, Stroke, line, rectangle
from app.representations.reslice import arrays, core, data_model, polydata
from app.representations.shading import with_normals
from app.tokens import ON_IMAGE, field_colours, theme_colour
from imaging.geometry import Floats
from planning.trajectory.skin_map import SkinMap

WORST_ABOVE_BEST = 5.0
"""Paths that cost so much more than the best have the darkest colour."""
_LEGEND_PX, _BAR_PX, _STEPS = 150.0, 8.0, 30
_CLEAR, _SOLID = 26, 235


def shares(shown: SkinMap) -> Floats:
    """Return how good every entry is, from 0 to 1 for the best; not a number where none is allowed."""
    cost = shown.cost
    best = float(np.nanmin(cost)) if np.isfinite(cost).any() else 0.0
    return np.asarray(1.0 - np.clip((cost - best) / WORST_ABOVE_BEST, 0.0, 1.0))


@lru_cache(maxsize=2)
def coloured(shown: SkinMap) -> Any:
    """Return the surface with its colours at its points."""
    good = shares(shown)
    table = np.array(_ramp(256), np.uint8)
    rgba = np.empty((len(good), 4), np.uint8)
    allowed = np.isfinite(good)
    rgba[:, :3] = table[np.where(allowed, np.nan_to_num(good) * 255, 0).astype(int)]
    rgba[~allowed, :3] = _rgb(theme_colour("text-3", ON_IMAGE))
    rgba[:, 3] = np.where(allowed, _SOLID, _CLEAR)
    surface = with_normals(polydata(shown.mesh))
    surface.GetPointData().SetScalars(arrays.numpy_to_vtk(rgba, deep=True, array_type=core.VTK_UNSIGNED_CHAR))
    return surface


def hit(shown: SkinMap, start_mm: Floats, stop_mm: Floats) -> Floats | None:
    """Return where a line first meets the map, LPS, shape (3,); None where it does not."""
    fraction, sub, cell = core.reference(0.0), core.reference(0), core.reference(0)
    at, where = [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]
    if not _locator(shown).IntersectWithLine(start_mm, stop_mm, 0.01, fraction, at, where, sub, cell):
        return None
    return np.array(at)


@lru_cache(maxsize=2)
def _locator(shown: SkinMap) -> Any:
    locator = data_model.vtkStaticCellLocator()
    locator.SetDataSet(polydata(shown.mesh))
    locator.BuildLocator()
    return locator


def legend(width_px: float, height_px: float) -> list[Primitive]:
    """Return the bar of colours at the lower edge of a view."""
    left, top = width_px - _LEGEND_PX - 110, height_px - 30.0
    marks: list[Primitive] = []
    for n, (r, g, b) in enumerate(_ramp(_STEPS)):
        at = left + n * _LEGEND_PX / _STEPS
        marks.append(rectangle(at, top, _LEGEND_PX / _STEPS + 1, _BAR_PX, f"#{r:02X}{g:02X}{b:02X}"))
    edge = Stroke(colour=theme_colour("text-3", ON_IMAGE), width_px=1, casing=False)
    marks.append(line((left, top + _BAR_PX), (left + _LEGEND_PX, top + _BAR_PX), edge))

    def label(words: str, x_px: float, y_px: float, anchor: str) -> Label:
        return Label(
            text=words,
            x_px=x_px,
            y_px=y_px,
            colour=theme_colour("text-1", ON_IMAGE),
            anchor=anchor,
            size_px=11,
            plate=0.72,
        )  # type: ignore[arg-type]

    return [
        *marks,
        label("poor path", left, top + 18, "left"),
        label("good path", left + _LEGEND_PX, top + 18, "right"),
        label("clear skin: no allowed path", left + _LEGEND_PX, top - 9, "right"),
    ]


def _ramp(steps: int) -> list[tuple[int, int, int]]:
    """Colours from poor to good, between those of the tokens."""
    named = np.array([_rgb(c) for c in field_colours()], float)
    at = np.linspace(0, len(named) - 1, steps)
    channels = [np.interp(at, np.arange(len(named)), named[:, n]) for n in range(3)]
    return [tuple(round(v) for v in colour) for colour in zip(*channels, strict=True)]  # type: ignore[misc]


def _rgb(colour: str) -> npt.NDArray[np.uint8]:
    return np.array([int(colour[n : n + 2], 16) for n in (1, 3, 5)], np.uint8)
