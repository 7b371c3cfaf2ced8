"""The disc spaces above the sacrum, found as dark sheets across the bodies at the height of the neural foramina."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from imaging.anatomy.canal import Canal, SpineImage
from imaging.anatomy.straight import STEP_MM
from imaging.geometry import Floats
from imaging.later import ndimage

FRONT_MM = 15.0
"""Depth in front of the canal's front wall at which the place of a disc is given."""
_SIDE_MM, _DEPTHS_MM = 14.0, (4.0, 26.0)
_TILTS_DEG = np.arange(-30.0, 30.5, 3.0)
_DARKEST_HU, _BRIGHTEST_HU = -50.0, 400.0
_SHEET_MM = 3.0
"""Width of the dark sheet that is looked for, as the deviation of a Gaussian."""
_CLEAR_HU = 60.0
"""A disc this much darker than the plates beside it is surely one."""
_PEDICLE_ASIDE_MM, _PEDICLE_FRONT_MM = (3.0, 10.0), (-3.0, 6.0)
_FORAMEN_ABOVE_MM = (-2.0, 12.0)
"""Between two discs the pedicles begin below the foramen of the upper one, which reaches so far above its disc."""
_FORAMEN_HU = (100.0, 280.0)
_FORAMEN_WEIGHT, _BIAS = 1.0, 0.3
_SPACING_MM, _FIRST_SPACING_MM = (16.0, 50.0), (24.0, 46.0)
_UNEVEN = 3.0
"""What it costs if a vertebra is e times as high as its neighbour."""
_ABOVE_TOP_MM, _BELOW_TOP_MM = 24.0, 10.0
_APART = 7
"""Discs are looked for at most so densely, in millimetres."""
_TILTED = 0.01
"""What a degree of tilt costs."""


@dataclass(frozen=True, slots=True)
class Disc:
    """The space between two vertebrae, in the straightened spine.

    Attributes
    ----------
    s_mm : float
        Place along the canal, `FRONT_MM` in front of the canal's front wall.
    slope : float
        How much farther to the tail it lies per millimetre to the front.
    score : float
        From 0 to 1: how distinctly it is a dark sheet between plates, with foramina beside it.
    """

    s_mm: float
    slope: float
    score: float


def find_discs(image: SpineImage, canal: Canal, top_mm: float) -> tuple[Disc, ...]:
    """Return the disc spaces from the one on the sacrum upwards.

    Parameters
    ----------
    image : SpineImage
    canal : Canal
    top_mm : float
        Where the alae of the sacrum begin, along the canal.

    Returns
    -------
    tuple of Disc
        Empty if there is none near the top of the sacrum.
    """
    s = np.arange(-_FIRST_SPACING_MM[0] / 2, min(canal.spine.length_mm, top_mm + 2 * _BELOW_TOP_MM))
    radius = _radius(canal, s)
    sheets = _sheets(image, canal, s, radius)
    likely = np.tan(np.deg2rad(_TILTS_DEG))
    tilt = (sheets - _TILTED * abs(_TILTS_DEG)[:, None]).argmax(axis=0)
    sheet = np.take_along_axis(sheets, tilt[None], axis=0)[0]
    opening = _openings(image, canal, s, radius)
    score = sheet + _FORAMEN_WEIGHT * opening
    row = _row(score - _BIAS, s, top_mm)
    return tuple(Disc(float(s[n]), float(likely[tilt[n]]), float(np.clip(0.5 * score[n], 0, 1))) for n in row)


def _radius(canal: Canal, s_mm: Floats) -> Floats:
    radius = ndimage.gaussian_filter1d(canal.radii_mm, 9.0 / STEP_MM, mode="nearest")
    return np.asarray(np.interp(s_mm, STEP_MM * np.arange(len(radius)), radius))


def _sheets(image: SpineImage, canal: Canal, s_mm: Floats, radius_mm: Floats) -> Floats:
    """How distinctly a sheet of every tilt through every place is darker than what lies beside it, 0 to 1."""
    left = np.arange(-_SIDE_MM, _SIDE_MM + 0.5, 2.0)
    depth = np.arange(*_DEPTHS_MM, 2.0)
    out = []
    for tilt in np.tan(np.deg2rad(_TILTS_DEG)):
        s = s_mm[:, None, None] + tilt * (depth - FRONT_MM)
        hu = canal.spine.sample(
            image.hu, image.grid, s, left[None, :, None], radius_mm[:, None, None] + depth, outside=np.nan
        )
        inside = np.isfinite(hu)
        total = np.where(inside, np.clip(hu, _DARKEST_HU, _BRIGHTEST_HU), 0.0).sum(axis=(1, 2))
        profile = total / np.maximum(inside.sum(axis=(1, 2)), 1)
        shown = inside.mean(axis=(1, 2)) > 0.5
        if not shown.any():
            out.append(np.zeros(len(s_mm)))
            continue
        profile = np.interp(s_mm, s_mm[shown], profile[shown])
        out.append(ndimage.gaussian_filter1d(profile, _SHEET_MM, order=2, mode="nearest") * _SHEET_MM**2 * shown)
    return np.clip(np.array(out) / _CLEAR_HU, 0.0, 1.0)


def _openings(image: SpineImage, canal: Canal, s_mm: Floats, radius_mm: Floats) -> Floats:
    """How open the side of the canal is at the height of a disc: 1 for a foramen, -1 for pedicles."""
    aside = np.arange(_PEDICLE_ASIDE_MM[0], _PEDICLE_ASIDE_MM[1] + 0.5, 1.5)
    front = np.arange(_PEDICLE_FRONT_MM[0], _PEDICLE_FRONT_MM[1] + 0.5, 2.0)
    both = np.array((1.0, -1.0))[None, :, None, None]
    away = both * (radius_mm[:, None, None, None] + aside[None, None, :, None])
    hu = canal.spine.sample(
        image.hu, image.grid, s_mm[:, None, None, None], away, front[None, None, None, :], outside=_BRIGHTEST_HU
    )
    closed = np.clip(hu, _DARKEST_HU, 300.0).mean(axis=(1, 2, 3))
    low, high = _FORAMEN_HU
    opening = np.clip(1 - 2 * (closed - low) / (high - low), -1.0, 1.0)
    size = round(_FORAMEN_ABOVE_MM[1] - _FORAMEN_ABOVE_MM[0])
    middle = round(0.5 * (_FORAMEN_ABOVE_MM[1] + _FORAMEN_ABOVE_MM[0]))
    # the foramen of a disc lies at its height and above it: the mean over that range is looked up from the disc
    mean = ndimage.uniform_filter1d(opening, size, mode="nearest")
    return np.asarray(np.interp(s_mm - middle, s_mm, mean))


def _row(gain: Floats, s_mm: Floats, top_mm: float) -> list[int]:
    """Places of the best row of discs from the sacrum to the head: even spacing, all gains summed up."""
    highest = ndimage.maximum_filter1d(gain, _APART)
    peaks: list[int] = np.flatnonzero((gain == highest) & (s_mm >= 0)).tolist()
    begins = [n for n in peaks if top_mm - _ABOVE_TOP_MM <= s_mm[n] <= top_mm + _BELOW_TOP_MM]
    # best[(n, m)]: the best row that ends with the discs m and, above it, n
    best: dict[tuple[int, int], tuple[float, list[int]]] = {(n, -1): (float(gain[n]), [n]) for n in begins}
    for n in sorted(peaks, reverse=True):
        for (last, before), (score, row) in list(best.items()):
            gap = s_mm[last] - s_mm[n]
            low, high = _FIRST_SPACING_MM if before < 0 else _SPACING_MM
            if not low <= gap <= high:
                continue
            uneven = 0.0 if before < 0 else _UNEVEN * abs(float(np.log(gap / (s_mm[before] - s_mm[last])))) ** 1.5
            longer = score + float(gain[n]) - uneven
            if (n, last) not in best or longer > best[n, last][0]:
                best[n, last] = (longer, [*row, n])
    return max(best.values(), key=lambda b: b[0])[1] if best else []
