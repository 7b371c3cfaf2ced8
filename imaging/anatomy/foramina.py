"""The ventral sacral foramina, found in pairs as dark places of a sheet in front of the canal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from imaging.anatomy.canal import Canal, SpineImage
from imaging.anatomy.straight import STEP_MM
from imaging.geometry import Floats
from imaging.labels import Bools
from imaging.later import ndimage
from imaging.structures import Side

_SHEET_MM = (6.0, 9.0, 12.0)
"""Depths of the sheet in front of the canal's front wall at half the radius; its mean is looked at."""
_DARKEST_HU, _BRIGHTEST_HU = -60.0, 260.0
_BLOB_MM = 3.5
_SIDE_MM, _OFF_MM = (8.0, 32.0), 48.0
_ALONG_APART_MM, _ASIDE_APART_MM = 8.0, 7.0
_LEAST_CONTRAST_HU, _LEAST_PART = 22.0, 0.36
"""A pair is as dark as this, and has this part of the contrast of the most distinct one: remains of discs have less."""
_BELOW_CANAL_MM, _FROM_EDGE_MM = 7.0, 5.0
_SACRAL_ENCLOSED, _SACRAL_END_MM, _LAST_MM, _END_MM = 0.85, 4.5, 30.0, 9.0
"""The sacral canal is enclosed by so much, the lumbar one by less, and it ends as narrow as this."""
_SPACING_MM = (11.0, 40.0)
_USUAL_SPACING_MM = 24.0
_ODD_SPACING_HU = 1.2
"""What a spacing costs per millimetre off the usual, in units of contrast."""
_MOST_PAIRS, _MOST_OF_A_SACRUM = 6, 5
_OF_NUMBERS = ("counted from the tail", "may belong to", "levels are uncertain", "levels above are uncertain")
_WIDER, _NARROWER = 1.35, 0.5
_ALONE_PART = 0.5
"""What the contrast of a foramen without its fellow counts."""

_ALA_MM, _ALA_FRONT_MM = (28.0, 44.0), (10.0, 28.0)
_ALA_WALLS_MM, _ALA_THICK_MM, _ALA_STEP_MM = (-10.0, 40.0), 34.0, 2.0
"""Where the front and the back of the alae lie, and how far apart they may be."""
_LUMBAR_RADIUS_MM, _LUMBAR_MM = 6.0, 30.0
"""Over so much above the sacrum the canal is wider: 7.8 to 12 mm in the phantoms."""
_ALA_HU, _ALA_PART, _ALA_RUN_MM, _ALA_RUN_PART = 130.0, 0.3, 15.0, 0.22
_BEYOND_END_MM = 12.0
"""A canal that ends in the image is followed by so much of it."""
_BELOW_TOP_MM = (14.0, 45.0)
"""The first foramen lies so far below the top of the alae."""


@dataclass(frozen=True, slots=True)
class ForamenPair:
    """One pair of ventral foramina, in the straightened spine.

    Attributes
    ----------
    s_mm, aside_mm : dict of Side to float
        Place along the canal and distance from it across, of each side.
    contrast_hu : float
        How much darker the less distinct one is than its surroundings.
    seen : frozenset of Side
        The sides it was found on; the other one is taken for its mirror image.
    """

    s_mm: dict[Side, float]
    aside_mm: dict[Side, float]
    contrast_hu: float
    seen: frozenset[Side] = frozenset(Side)

    @property
    def middle_mm(self) -> float:
        return 0.5 * (self.s_mm[Side.LEFT] + self.s_mm[Side.RIGHT])


@dataclass(frozen=True, slots=True, eq=False)
class SacralLevels:
    """What the sheet in front of the canal shows of the sacrum.

    Attributes
    ----------
    top_mm : float or None
        Where the alae begin, along the canal; None where the image begins below that.
    pairs : tuple of ForamenPair
        From head to tail.
    ends_in_image : bool
        Whether the canal's end is its own and not the image's, so that levels may be counted from it.
    top_doubtful : bool
        Above the top the canal is narrower than a lumbar one, so that it may not be the top.
    """

    top_mm: float | None
    pairs: tuple[ForamenPair, ...]
    ends_in_image: bool = True
    top_doubtful: bool = False


def find_sacral_levels(image: SpineImage, canal: Canal) -> SacralLevels:
    """Return the top of the sacrum and its ventral foramina."""
    top_mm = _top_of_alae(image, canal)
    if top_mm is None and not _ends_as_sacrum(canal):
        return SacralLevels(None, ())
    s = np.arange(0.0 if top_mm is None else top_mm, canal.spine.length_mm + 2 * _BELOW_CANAL_MM)
    left = np.arange(-_OFF_MM, _OFF_MM + 0.5)
    sheet = front_sheet(image, canal, s, left)
    dark = ndimage.gaussian_laplace(sheet, _BLOB_MM) * _BLOB_MM**2
    first = None if top_mm is None else (top_mm + _BELOW_TOP_MM[0], top_mm + _BELOW_TOP_MM[1])
    # what the image cuts is no opening
    first_mm, last_mm = float(s[0]) + _FROM_EDGE_MM, canal.spine.length_mm + _BELOW_CANAL_MM
    pairs = [p for p in _candidates(dark, s, left) if first_mm <= p.middle_mm <= last_mm]
    least = _LEAST_PART * max((p.contrast_hu for p in pairs), default=0.0)
    beyond = canal.spine.to_lps(canal.spine.length_mm + _BEYOND_END_MM, 0.0, 0.0)
    chain = _chain([p for p in pairs if p.contrast_hu >= least], first)
    return SacralLevels(top_mm, chain, bool(image.grid.contains(beyond)), _narrow_above(canal, top_mm))


def _ends_as_sacrum(canal: Canal) -> bool:
    """Whether the canal is as enclosed and as narrow at its tail as in a sacrum."""
    enclosed = float(np.median(canal.enclosed[-int(_LAST_MM / STEP_MM) :]))
    end_mm = float(canal.radii_mm[-int(_END_MM / STEP_MM) :].mean())
    return enclosed >= _SACRAL_ENCLOSED and end_mm <= _SACRAL_END_MM


def _narrow_above(canal: Canal, top_mm: float | None) -> bool:
    """Whether the canal above the top of the sacrum is too narrow for a lumbar one."""
    if top_mm is None:
        return False
    at = int(top_mm / STEP_MM)
    return float(canal.radii_mm[max(at - int(_LUMBAR_MM / STEP_MM), 0) : at].mean()) < _LUMBAR_RADIUS_MM


def front_sheet(image: SpineImage, canal: Canal, s_mm: Floats, left_mm: Floats) -> Floats:
    """Return the brightness of a sheet in front of the canal, shape (n_s, n_left)."""
    radius = ndimage.gaussian_filter1d(canal.radii_mm, 6.0 / STEP_MM, mode="nearest")
    at = np.interp(s_mm, STEP_MM * np.arange(len(radius)), np.maximum(radius, 3.0))
    depth = 0.5 * at[:, None, None] + np.array(_SHEET_MM)
    hu = canal.spine.sample(image.hu, image.grid, s_mm[:, None, None], left_mm[None, :, None], depth, outside=-1000.0)
    return np.asarray(np.clip(hu, _DARKEST_HU, _BRIGHTEST_HU).mean(axis=2))


def _top_of_alae(image: SpineImage, canal: Canal) -> float | None:
    """Where bone begins on both sides in front of the canal and stays; None where it is there from the start."""
    s = np.arange(0.0, canal.spine.length_mm)
    aside = np.arange(_ALA_MM[0], _ALA_MM[1] + 0.5, _ALA_STEP_MM)
    front = np.arange(_ALA_WALLS_MM[0], _ALA_WALLS_MM[1] + 0.5, _ALA_STEP_MM)
    looked = (front >= _ALA_FRONT_MM[0]) & (front <= _ALA_FRONT_MM[1])
    parts = []
    for sign in (1, -1):
        hu = canal.spine.sample(
            image.hu, image.grid, s[:, None, None], sign * aside[None, :, None], front[None, None, :], outside=-1000.0
        )
        parts.append(_with_marrow(hu > _ALA_HU)[:, :, looked].mean(axis=(1, 2)))
    part = ndimage.gaussian_filter1d(0.5 * (parts[0] + parts[1]), 1.5)
    run = int(_ALA_RUN_MM)
    stays = np.array([part[n : n + run].mean() >= _ALA_RUN_PART for n in range(len(part))])
    begins = np.flatnonzero((part >= _ALA_PART) & stays)
    return None if len(begins) == 0 or begins[0] < 5 else float(s[begins[0]])


def _with_marrow(bone: Bools) -> Bools:
    """Bone, and what lies between bone in front and bone behind: in the old, marrow of the alae is as soft as muscle."""
    n = np.arange(bone.shape[-1])
    far = int(_ALA_THICK_MM / _ALA_STEP_MM)
    behind = np.maximum.accumulate(np.where(bone, n, -far - 1), axis=-1)
    before = np.minimum.accumulate(np.where(bone, n, n[-1] + far + 1)[..., ::-1], axis=-1)[..., ::-1]
    return np.asarray(before - behind <= far)


def _candidates(dark: Floats, s_mm: Floats, left_mm: Floats) -> list[ForamenPair]:
    """Places that are the darkest around on both sides, at about the same height and distance from the middle."""
    peaks = (dark == ndimage.maximum_filter(dark, 9)) & (dark > _LEAST_CONTRAST_HU)
    peaks &= (abs(left_mm) >= _SIDE_MM[0]) & (abs(left_mm) <= _SIDE_MM[1])
    found = [(float(s_mm[a]), float(left_mm[b]), float(dark[a, b])) for a, b in np.argwhere(peaks)]
    lefts, rights = ([p for p in found if p[1] * sign > 0] for sign in (1, -1))
    pairs = [
        ForamenPair({Side.LEFT: a[0], Side.RIGHT: b[0]}, {Side.LEFT: a[1], Side.RIGHT: b[1]}, min(a[2], b[2]))
        for a in lefts
        for b in rights
        if abs(a[0] - b[0]) <= _ALONG_APART_MM and abs(a[1] + b[1]) <= _ASIDE_APART_MM
    ]
    # where a tumour took one side the other one still tells the level
    for side, own in ((Side.LEFT, lefts), (Side.RIGHT, rights)):
        for s, aside, contrast in own:
            if not any(abs(p.s_mm[side] - s) < 1 for p in pairs):
                sign = 1 if side is Side.LEFT else -1
                places = {Side.LEFT: sign * aside, Side.RIGHT: -sign * aside}
                both = dict.fromkeys(Side, s)
                pairs.append(ForamenPair(both, places, _ALONE_PART * contrast, frozenset({side})))
    return pairs


def _chain(pairs: list[ForamenPair], first_mm: tuple[float, float] | None) -> tuple[ForamenPair, ...]:
    """The most distinct row of pairs with the spacing of foramina, from the first one below the top."""
    pairs = sorted(pairs, key=lambda p: p.middle_mm)
    best: list[list[tuple[float, tuple[ForamenPair, ...]]]] = []
    for n, pair in enumerate(pairs):
        begins = first_mm is None or first_mm[0] <= pair.middle_mm <= first_mm[1]
        rows: list[tuple[float, tuple[ForamenPair, ...]]] = [(pair.contrast_hu, (pair,))] if begins else []
        for before in range(n):
            gap = pair.middle_mm - pairs[before].middle_mm
            cost = _ODD_SPACING_HU * abs(gap - _USUAL_SPACING_MM)
            rows += [
                (score + pair.contrast_hu - cost, (*row, pair)) for score, row in best[before] if _may_follow(row, pair)
            ]
        best.append(sorted(rows, key=lambda r: r[0])[-3:])
    rows = [row for of_pair in best for row in of_pair]
    if not rows and first_mm is not None:
        return _chain(pairs, None)
    return max(rows, key=lambda r: r[0])[1] if rows else ()


def _may_follow(row: tuple[ForamenPair, ...], pair: ForamenPair) -> bool:
    """Whether a pair is as far from the last one of a row as foramina are, and not much nearer than those before."""
    gap = pair.middle_mm - row[-1].middle_mm
    least = _SPACING_MM[0] if len(row) < 2 else max(_SPACING_MM[0], _NARROWER * (row[-1].middle_mm - row[-2].middle_mm))
    return len(row) < _MOST_PAIRS and least <= gap <= _SPACING_MM[1]


def name_levels(levels: SacralLevels) -> tuple[dict[str, ForamenPair], list[str]]:
    """Return the pairs by level, and what is doubtful about the numbering.

    Counted from the top of the alae; where the image begins below it, from the lowest one, which then is S4. Where it shows
    neither top nor end, they have no names.
    """
    pairs, doubts = levels.pairs, [*_doubts_of_sides(levels.pairs)]
    if not pairs:
        return {}, ["no sacral foramina were found" if levels.top_mm is not None else "no sacrum was found in this CT"]
    starts_late = levels.top_mm is not None and bool(pairs) and pairs[0].middle_mm > levels.top_mm + _BELOW_TOP_MM[1]
    if levels.top_mm is None or starts_late:
        where = (
            "no foramen was found below the top of the sacrum"
            if starts_late
            else "the top of the sacrum is not in the image"
        )
        if not levels.ends_in_image:
            return {}, [f"{where}, nor is its end: its foramina cannot be numbered"]
        if len(pairs) > _MOST_OF_A_SACRUM:
            return {}, ["openings of more than a sacrum were found, but not its top: its foramina cannot be numbered"]
        doubts.append(f"{where}, so that levels are counted from the tail")
        names = [f"S{4 - n}" for n in range(min(len(pairs), 4))][::-1]
        return dict(zip(names, pairs[-len(names) :] if names else (), strict=True)), doubts
    if levels.top_doubtful:
        doubts.append("the canal is narrow where the sacrum seems to begin, so that levels are uncertain")
    skipped = _skipped(pairs)
    if len(pairs) + sum(skipped) > 4 and not any(skipped):
        doubts.append(f"{len(pairs)} pairs of foramina: the uppermost may belong to an L5 joined to the sacrum")
        return dict(zip(("L5", "S1", "S2", "S3", "S4"), pairs[:5], strict=True)), doubts
    if len(pairs) < 4:
        pairs_words = "one pair of foramina was" if len(pairs) == 1 else f"{len(pairs)} pairs of foramina were"
        doubts.append(f"only {pairs_words} found")
    if any(skipped):
        doubts.append("a gap between foramina is so wide that one may be missing, so that levels are uncertain")
    numbers = 1 + np.cumsum([0, *(1 + n for n in skipped)])[: len(pairs)]
    return {f"S{n}": pair for n, pair in zip(numbers, pairs, strict=True) if n <= 4}, doubts


def numbers_uncertain(doubts: Iterable[str]) -> bool:
    """Return whether doubts of `name_levels` are about the numbers of levels."""
    return any(words in doubt for doubt in doubts for words in _OF_NUMBERS)


def _skipped(pairs: tuple[ForamenPair, ...]) -> list[int]:
    """For every gap between neighbours whether a pair is missing in it: gaps become narrower towards the tail."""
    gaps = np.diff([p.middle_mm for p in pairs])
    return [int(n > 0 and gap > _WIDER * gaps[n - 1]) for n, gap in enumerate(gaps)]


def _doubts_of_sides(pairs: tuple[ForamenPair, ...]) -> list[str]:
    alone = sum(len(p.seen) == 1 for p in pairs)
    return [f"{alone} of the foramina were found on one side only"] if alone else []
