"""The neural foramina above the sacrum, found in pairs as dark places beside the canal between the pedicles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from imaging.anatomy.canal import Canal, SpineImage
from imaging.anatomy.straight import STEP_MM
from imaging.geometry import Floats
from imaging.later import ndimage
from imaging.structures import SPINE_LEVELS, Side

_SHEET_MM = (2.0, 4.0, 6.0)
"""Distances of the sheet from the canal's side wall; its mean is looked at."""
_FRONT_MM = (-25.0, 45.0)
_NEAR_MM = (-6.0, 14.0)
"""How far behind and in front of the canal's middle a foramen lies."""
_DARKEST_HU, _BRIGHTEST_HU = -100.0, 400.0
_BLOB_MM = 4.0
_LEAST_CONTRAST_HU, _LEAST_PART = 60.0, 0.45
"""A foramen is as dark as this, and has this part of the contrast of the median one."""
_APART_MM, _LEVEL_MM = (16.0, 50.0), 8.0
"""Spacing of neighbours, and how far the two of a pair may lie apart along the canal."""
_SKIPPED = 1.5
_PEDICLE_HU, _PEDICLE_MM = 200.0, 14.0
"""The lower edge of a pedicle is as bright as this, and not farther above the middle of its foramen."""
_BELOW_TOP_MM = 6.0
_FROM_EDGE_MM = 5.0


@dataclass(frozen=True, slots=True)
class NeuralPair:
    """The two foramina between two vertebrae, in the straightened spine.

    Attributes
    ----------
    s_mm, front_mm, top_mm : dict of Side to float
        Place along the canal, distance in front of its middle, and place along the canal of the pedicle's lower edge.
    contrast_hu : float
        How much darker the less distinct one is than its surroundings.
    """

    s_mm: dict[Side, float]
    front_mm: dict[Side, float]
    top_mm: dict[Side, float]
    contrast_hu: float

    @property
    def middle_mm(self) -> float:
        return 0.5 * (self.s_mm[Side.LEFT] + self.s_mm[Side.RIGHT])


@dataclass(frozen=True, slots=True, eq=False)
class _OneSide:
    """A sheet beside the canal: how dark it is along the canal, and where it is darkest."""

    contrast_hu: Floats
    front_mm: Floats
    hu: Floats


def find_neural_foramina(image: SpineImage, canal: Canal, to_mm: float | None) -> tuple[NeuralPair, ...]:
    """Return the pairs above a place along the canal, from head to tail.

    Parameters
    ----------
    image : SpineImage
    canal : Canal
    to_mm : float or None
        The top of the sacrum; None looks at the whole canal.
    """
    end = canal.spine.length_mm if to_mm is None else to_mm + _BELOW_TOP_MM
    s = np.arange(0.0, canal.spine.length_mm, 1.0)
    if len(s) < _APART_MM[0]:
        return ()
    sides = {side: _sheet(image, canal, s, sign) for side, sign in ((Side.LEFT, 1.0), (Side.RIGHT, -1.0))}
    together = 0.5 * (sides[Side.LEFT].contrast_hu + sides[Side.RIGHT].contrast_hu)
    peaks = _peaks(together, s, end)
    found = [pair for at in peaks if (pair := _pair(sides, s, at)) is not None]
    usual = float(np.median([p.contrast_hu for p in found])) if found else 0.0
    return tuple(p for p in found if p.contrast_hu >= max(_LEAST_CONTRAST_HU, _LEAST_PART * usual))


def name_neural_levels(pairs: tuple[NeuralPair, ...], lowest: str) -> tuple[dict[str, NeuralPair], list[str]]:
    """Return the pairs by the level of their roots, counted upwards, and what is doubtful about it.

    Parameters
    ----------
    pairs : tuple of NeuralPair
        From head to tail.
    lowest : str
        Level of the lowest one: ``L5`` above an ordinary sacrum.
    """
    if not pairs:
        return {}, []
    last = SPINE_LEVELS.index(lowest)
    names = SPINE_LEVELS[max(last + 1 - len(pairs), 0) : last + 1]
    named = dict(zip(names, pairs[-len(names) :], strict=True))
    gaps = np.diff([p.middle_mm for p in pairs])
    wide = [n for n, gap in enumerate(gaps) if gap > _SKIPPED * np.median(gaps)]
    doubts = ["a neural foramen may be missing between others, so that the levels above are uncertain"] if wide else []
    return named, doubts


def _sheet(image: SpineImage, canal: Canal, s_mm: Floats, sign: float) -> _OneSide:
    radius = ndimage.gaussian_filter1d(canal.radii_mm, 6.0 / STEP_MM, mode="nearest")
    aside = np.interp(s_mm, STEP_MM * np.arange(len(radius)), radius)[:, None, None] + np.array(_SHEET_MM)
    front = np.arange(_FRONT_MM[0], _FRONT_MM[1] + 0.5)
    hu = canal.spine.sample(
        image.hu, image.grid, s_mm[:, None, None], sign * aside, front[None, :, None], outside=-1000.0
    )
    sheet = np.clip(hu, _DARKEST_HU, _BRIGHTEST_HU).mean(axis=2)
    dark = ndimage.gaussian_laplace(sheet, _BLOB_MM) * _BLOB_MM**2
    near = (front >= _NEAR_MM[0]) & (front <= _NEAR_MM[1])
    at = dark[:, near].argmax(axis=1)
    return _OneSide(dark[:, near].max(axis=1), front[near][at], sheet[:, near])


def _peaks(contrast: Floats, s_mm: Floats, end_mm: float) -> list[int]:
    """Where it is darkest along the canal, the more distinct one where two are too near each other."""
    highest = ndimage.maximum_filter1d(contrast, int(_APART_MM[0]))
    inside = (s_mm >= _FROM_EDGE_MM) & (s_mm <= min(end_mm, float(s_mm[-1]) - _FROM_EDGE_MM))
    return [int(n) for n in np.flatnonzero((contrast == highest) & (contrast > _LEAST_CONTRAST_HU) & inside)]


def _pair(sides: dict[Side, _OneSide], s_mm: Floats, at: int) -> NeuralPair | None:
    """The foramina of both sides at about one place."""
    s, front, top, contrast = {}, {}, {}, []
    for side, sheet in sides.items():
        low, high = max(at - int(_LEVEL_MM), 0), min(at + int(_LEVEL_MM) + 1, len(s_mm))
        own = low + int(sheet.contrast_hu[low:high].argmax())
        if sheet.contrast_hu[own] < _LEAST_CONTRAST_HU:
            return None
        s[side], front[side] = float(s_mm[own]), float(sheet.front_mm[own])
        row = int(front[side] - _NEAR_MM[0])
        first = max(own - int(_PEDICLE_MM), 0)
        above = sheet.hu[first:own, row]
        if first == 0 and not (above > _PEDICLE_HU).any():
            # the image begins within the foramen
            return None
        # a slender or soft pedicle is the brightest there is so near
        edge = np.flatnonzero(above > min(_PEDICLE_HU, float(above.max()) - 1.0))[-1]
        top[side] = float(s_mm[first + edge])
        contrast.append(float(sheet.contrast_hu[own]))
    return NeuralPair(s, front, top, min(contrast))
