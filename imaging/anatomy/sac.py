"""The thecal sac: the soft tissue in the middle of the canal, down to where fat takes its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from imaging.anatomy.canal import Canal, SpineImage
from imaging.anatomy.foramina import ForamenPair
from imaging.anatomy.straight import STEP_MM
from imaging.geometry import Floats
from imaging.labels import Bools
from imaging.later import cc3d, edt, ndimage
from imaging.resample import hu_at
from imaging.structures import Tube
from imaging.volume import Volume

_HALF_WIDTH_MM = 16
_SOFT_HU = -25.0
"""Between epidural fat (-120 to -60) and cerebrospinal fluid (0 to 30 HU; EVIDENCE, CT of the canal's content)."""
_BRIGHTEST_HU = 150.0
_SMOOTH_ALONG_MM, _SMOOTH_ACROSS_MM = 2.5, 0.8
_FROM_WALL_MM = 0.5
_LEAST_RADIUS_MM = 2.3
"""What is thinner is a root or a vein ..."""
_ROUNDED, _WIDER = 0.5, 1.2
"""A disc of that part of the largest one within the soft tissue is led around the sac: roots beside it do not let it through.
Nor is the sac, which is round, so much wider than the largest disc: in the corners of the sacral canal lie roots."""
_TIP_MM, _TIP_RADIUS_MM = 6.0, 1.5
"""... and so is the sac's own tip, which is carried on for so far."""
_OFF_MIDDLE_MM = 5.0
_GAP_MM = 6.0
_FULL_PART, _FULL_MM = 0.85, 40.0
"""Where so much of the canal's last part is soft tissue there is no fat by which to see the sac's end."""
_SEEN, _GUESSED = 0.7, 0.3
_USUAL_END_BELOW_S1 = 0.6
"""The usual end, in the upper third of S2: in parts of the distance from the first to the second foramen (EVIDENCE S101)."""


@dataclass(frozen=True, slots=True, eq=False)
class SacProposal:
    """The thecal sac.

    Attributes
    ----------
    tube : Tube
        Its middle and the radius of the circle of the same area, from head to its end.
    ends_in_image : bool
        Otherwise it goes on where the canal's image ends.
    confidence : float
    reasons : tuple of str
        What lowers the confidence.
    """

    tube: Tube
    ends_in_image: bool
    confidence: float
    reasons: tuple[str, ...]


def find_sac(volume: Volume, image: SpineImage, canal: Canal, pairs: Mapping[str, ForamenPair]) -> SacProposal | None:
    """Return the sac, or None where the canal holds no soft tissue in its middle.

    Parameters
    ----------
    volume : Volume
    image : SpineImage
    canal : Canal
    pairs : mapping of str to ForamenPair
        Sacral foramina by level, which tell the usual end where none is seen.
    """
    inside = _inside(canal)
    soft = (_sections(volume, canal) > _SOFT_HU) & inside
    left, front, radius = _middle_part(soft)
    last = _end(radius)
    if last is None:
        return None
    reasons: tuple[str, ...] = ()
    confidence = _SEEN
    ends = last < len(radius) - 1
    tail = slice(max(len(radius) - int(_FULL_MM / STEP_MM), 0), None)
    sacral = "S1" in pairs and "S2" in pairs
    if ends:
        grown = min(last + int(_TIP_MM / STEP_MM), len(radius) - 1)
        left[last + 1 : grown + 1], front[last + 1 : grown + 1] = left[last], front[last]
        radius[last + 1 : grown + 1] = _TIP_RADIUS_MM
        last = grown
    if sacral and (not ends or soft[tail].sum() > _FULL_PART * inside[tail].sum()):
        s1, s2 = pairs["S1"].middle_mm, pairs["S2"].middle_mm
        last = min(int((s1 + _USUAL_END_BELOW_S1 * (s2 - s1)) / STEP_MM), len(radius) - 1)
        confidence, ends = _GUESSED, True
        reasons = ("its end is not to be seen: put where it usually is, in the upper third of S2",)
    keep = slice(0, last + 1)
    if last < 2:
        return None
    smooth = [ndimage.gaussian_filter1d(v[keep], 4.0 / STEP_MM, mode="nearest") for v in (left, front, radius)]
    points = canal.spine.to_lps(STEP_MM * np.arange(last + 1), smooth[0], smooth[1])
    return SacProposal(Tube(points, np.maximum(smooth[2], _TIP_RADIUS_MM)), ends, confidence, reasons)


def _sections(volume: Volume, canal: Canal) -> Floats:
    """Cross-sections of the canal on 1 mm, shape (n, 2 w + 1, 2 w + 1): along, to the front, to the left."""
    s, o = STEP_MM * np.arange(len(canal.spine.points_mm)), np.arange(-_HALF_WIDTH_MM, _HALF_WIDTH_MM + 1.0)
    places = canal.spine.to_lps(s[:, None, None], o[None, None, :], o[None, :, None])
    hu = hu_at(volume, places)
    sigma = (_SMOOTH_ALONG_MM / STEP_MM, _SMOOTH_ACROSS_MM, _SMOOTH_ACROSS_MM)
    return np.asarray(ndimage.gaussian_filter(np.minimum(hu, _BRIGHTEST_HU), sigma), float)


def _inside(canal: Canal) -> Bools:
    """Which places of the sections lie within the canal's wall."""
    o = np.arange(-_HALF_WIDTH_MM, _HALF_WIDTH_MM + 1.0)
    away, rays = np.hypot(o[:, None], o[None, :]), canal.wall_mm.shape[1]
    ray = np.rint((np.arctan2(o[:, None], o[None, :]) % (2 * np.pi)) * rays / (2 * np.pi)).astype(int) % rays
    return np.asarray(away <= canal.wall_mm[:, ray] - _FROM_WALL_MM)


def _middle_part(soft: Bools) -> tuple[Floats, Floats, Floats]:
    """Middle and radius of the soft part around the roomiest place near the midline of every section; 0 where it is thin."""
    left, front, radius = np.zeros((3, len(soft)))
    near_midline = abs(np.arange(-_HALF_WIDTH_MM, _HALF_WIDTH_MM + 1)) <= _OFF_MIDDLE_MM
    for n, section in enumerate(soft):
        room_mm = edt.edt(section, black_border=True)
        roomiest = np.unravel_index((room_mm * near_midline).argmax(), room_mm.shape)
        widest_mm = room_mm[roomiest]
        if widest_mm < _LEAST_RADIUS_MM:
            continue
        cores = cc3d.connected_components(room_mm >= _ROUNDED * widest_mm)
        core = cores == cores[roomiest]
        area_mm2 = np.count_nonzero(section & (edt.edt(~core) < _ROUNDED * widest_mm))
        front[n], left[n] = np.argwhere(core).mean(axis=0) - _HALF_WIDTH_MM
        radius[n] = min(np.sqrt(area_mm2 / np.pi), _WIDER * widest_mm)
    return left, front, radius


def _end(radius: Floats) -> int | None:
    """The last section of the sac: below it there is none for some way, or the image of the canal ends."""
    there = radius > 0
    if not there[: int(_GAP_MM / STEP_MM)].any():
        return None
    gap = int(_GAP_MM / STEP_MM)
    for n in range(len(there) - gap):
        if not there[n : n + gap].any():
            return n - 1
    return len(there) - 1
