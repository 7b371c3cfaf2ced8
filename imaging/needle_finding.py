"""Find real needles in a CT: straight, thin, denser than bone, from tissue to the outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.errors import ImagingError
from imaging.geometry import Floats
from imaging.later import optimize, special
from imaging.needle_lines import (
    FEWEST_VOXELS,
    LARGEST_GAP_MM,
    OWN_MM,
    THIN_SLICE_MM,
    Line,
    across,
    metal_pieces,
    step_mm,
    straight_lines,
    to_segment_mm,
)
from imaging.progress import Progress, no_progress
from imaging.resample import hu_at
from imaging.volume import Volume

METAL_HU = 1500.0
"""Dense cortex may read as much, and is told by its shape."""
SHORTEST_MM = 25.0
"""Less than this of a shaft gives no direction to rely on."""
_WIDEST_MM = 5.5
"""An applicator of up to 2.4 mm with the edge that the scanner blurred; pedicle screws are wider."""
_WIDEST_PIECE_MM = 12.0
"""Lines so near to a piece that is no needle are other lines through the same piece."""
_MOST_BEND_MM = 1.5
_GOES_ON_MM, _ASIDE_MM = (3.0, 15.0), 5.0
"""Metal of the same piece so far beyond a tip and so near to the line: the shaft goes on there, off the line."""
_THICK_GOES_ON_MM, _OPENING = (3.0, 60.0), 0.15
"""The same of any metal in thick slices, where a shaft shows as pieces; and how much farther aside it may lie a millimetre."""
_STANDS_OUT = 0.2
"""Of ``metal_hu``, over what lies around it."""
_BROKEN, _BREAK_MM = 0.25, 6.0
"""A shaft that falls below this share of its brightness for so long has ended."""
_MOST_SAID = 3
_ROUNDS = 8
_TISSUE_HU = -350.0
_SURELY_METAL_HU = 2000.0
_CUT_OFF_HU = 2900.0
"""CT of 12 bits ends at 3071 HU."""
_BEYOND_MM = (3.0, 8.0)
_AROUND_MM = 4.5
_MOST_RING_SHARE = 0.3
"""Of the ring around a line that may be half as bright as the line itself: around a plate of cortex it is more."""


class NeedleError(ImagingError):
    """No needle was found, or nobody can tell which."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FoundNeedle:
    """A straight metal line in a CT.

    Attributes
    ----------
    tip_mm : ndarray, shape (3,)
        LPS, where its brightness has fallen half-way.
    direction : ndarray, shape (3,)
        Unit vector from tip to hub.
    visible_mm : float
        Length from the tip to its last voxel in the CT.
    residual_mm : float
        Root mean square distance of its cross-sections' middles from the line.
    bend_mm : float
        How far its middle lies off the line between its ends, at most.
    width_mm : float
        As wide as it looks, blurred edge included.
    leaves_ct : bool
        Its hub lies beyond the edge of the CT.
    """

    tip_mm: Floats
    direction: Floats
    visible_mm: float
    residual_mm: float
    bend_mm: float
    width_mm: float
    leaves_ct: bool

    @property
    def hub_mm(self) -> Floats:
        """The last of it that is seen, shape (3,)."""
        return self.tip_mm + self.visible_mm * self.direction


@dataclass(frozen=True, slots=True, eq=False)
class NeedleSearch:
    """What was found in a CT.

    Attributes
    ----------
    needles : tuple of FoundNeedle
        The longest first.
    other : tuple of str
        What other metal was found and why it is no needle, as sentences.
    """

    needles: tuple[FoundNeedle, ...]
    other: tuple[str, ...]

    def require_any(self) -> None:
        """Refuse a CT without a needle.

        Raises
        ------
        NeedleError
            ``needle-not-found``, saying what other metal there is.
        """
        if not self.needles:
            words = " ".join(self.other[:_MOST_SAID]) or "It shows no straight metal at all."
            raise NeedleError(
                f"No needle was found in the new CT. {words}",
                code="needle-not-found",
                hint=f"The CT must show at least {SHORTEST_MM:.0f} mm of the shaft, and the tip, in slices of 3 mm or less.",
            )


def find_needles(
    volume: Volume, progress: Progress | None = None, *, metal_hu: float = METAL_HU,
    near: Sequence[tuple[Floats, Floats]] = (), within_mm: float = 60.0,
) -> NeedleSearch:  # fmt: skip
    """Return the needles in a CT.

    Parameters
    ----------
    volume : Volume
    progress : Progress, optional
    metal_hu : float
        Above this is metal; in thick slices what is less, but stands out.
    near : sequence of pairs of ndarray, shape (3,)
        Tips and entries of planned paths in the CT's own space; with them only metal within ``within_mm`` of one of them is
        looked at.
    within_mm : float

    Raises
    ------
    Cancelled
    """
    progress = progress or no_progress()
    needles: list[FoundNeedle] = []
    other: list[str] = []
    rejected: list[Line] = []
    pieces = list(metal_pieces(volume, metal_hu, near, within_mm))
    thick = step_mm(volume) > THIN_SLICE_MM
    metal = np.concatenate([*pieces, np.zeros((0, 3))])
    rng = np.random.default_rng(0)
    for n, points in enumerate(pieces):
        progress.report(n / len(pieces), "Looking for needles")
        for line in straight_lines(points, rng, step_mm(volume)):
            if any(_runs_along(line, known) for known in needles):
                continue
            found = _judged(volume, line, metal_hu, metal if thick else points)
            if isinstance(found, FoundNeedle):
                # one that was broken by the edges of thick slices is found again from its other part, and longer
                needles = [known for known in needles if not _within(known, found)]
                if not any(_within(found, known) for known in needles):
                    needles.append(found)
            elif found and not any(_runs_along(line, known) for known in rejected):
                rejected.append(line)
                other.append(found)
    progress.report(1.0, "")
    return NeedleSearch(tuple(sorted(needles, key=lambda f: -f.visible_mm)), tuple(dict.fromkeys(other)))


def _runs_along(line: Line, known: FoundNeedle | Line) -> bool:
    """Whether a stretch of metal is a part of what is known."""
    points = line.at(np.arange(line.low_mm, line.high_mm, 1.0))
    if isinstance(known, FoundNeedle):
        return bool(np.median(to_segment_mm(points, known.tip_mm, known.hub_mm)) < OWN_MM)
    away = to_segment_mm(points, known.at(known.low_mm), known.at(known.high_mm))
    return bool(np.median(away) < _WIDEST_PIECE_MM)


def _within(part: FoundNeedle, whole: FoundNeedle) -> bool:
    """Whether a shorter needle lies on the line of a longer one."""
    places = part.tip_mm + np.arange(0.0, part.visible_mm, 1.0)[:, None] * part.direction
    along = (places - whole.tip_mm) @ whole.direction
    off = np.linalg.norm(places - whole.tip_mm - along[:, None] * whole.direction, axis=1)
    return part.visible_mm <= whole.visible_mm and bool(np.median(off) < OWN_MM)


def _judged(volume: Volume, line: Line, metal_hu: float, metal: Floats) -> FoundNeedle | str:
    """A line as a needle, or the sentence that says why it is none; empty where it is too short for one."""
    line, middles = _followed(volume, line, metal_hu)
    core_hu = float(np.median(_profile(volume, line, np.arange(line.low_mm, line.high_mm, 1.0))))
    if line.length_mm < SHORTEST_MM:
        return ""
    what = f"A straight piece of metal of {line.length_mm:.0f} mm"
    off = middles - line.at((middles - line.point) @ line.direction)
    width_mm, ring_share = _width(volume, line)
    if width_mm > _WIDEST_MM or ring_share > _MOST_RING_SHARE:
        # dense bone is no metal, and nothing is said of it
        wide = f"{what} is {width_mm:.1f} mm wide: a screw or other hardware."
        return wide if core_hu > _SURELY_METAL_HU else ""
    bend_mm = _bend(line, middles)
    if bend_mm > max(_MOST_BEND_MM, 0.4 * step_mm(volume)):
        return f"{what} is bent by {bend_mm:.1f} mm."
    ends = [_unbroken(volume, line, sign) for sign in (-1.0, 1.0)]
    lost_mm = max(ends[0] - line.low_mm, line.high_mm - ends[1])
    if lost_mm > LARGEST_GAP_MM and step_mm(volume) > THIN_SLICE_MM:
        return f"{what} seems to be broken, as a thin needle is in thick slices: take slices of 3 mm or less."
    low, high = (_end(volume, line, near, sign) for near, sign in zip(ends, (-1.0, 1.0), strict=True))
    low_open, high_open = _opens(volume, line, low, -1.0), _opens(volume, line, high, 1.0)
    if low_open == high_open:
        both = (
            "leaves the body or the CT at both ends, so that no tip is shown"
            if low_open
            else "ends in tissue at both ends"
        )
        return f"{what} {both}."
    tip, hub, sign = (low, high, 1.0) if high_open else (high, low, -1.0)
    direction = sign * line.direction
    if _goes_on(metal, line.at(tip), direction, thick=step_mm(volume) > THIN_SLICE_MM):
        return f"{what} goes on beyond its straight part: it is bent, touches other metal, or its slices are too thick."
    return FoundNeedle(
        tip_mm=line.at(tip),
        direction=direction,
        visible_mm=abs(hub - tip),
        residual_mm=float(np.sqrt((off**2).sum(axis=1).mean())),
        bend_mm=bend_mm,
        width_mm=width_mm,
        leaves_ct=not bool(volume.grid.contains(line.at(hub) + 2 * step_mm(volume) * direction)),
    )


def _goes_on(metal: Floats, tip: Floats, direction: Floats, *, thick: bool) -> bool:
    """Whether there is metal beyond a tip where the rest of a bent or broken shaft would lie."""
    beyond = (tip - metal) @ direction
    aside = np.linalg.norm(metal - tip + beyond[:, None] * direction, axis=1)
    low, high = _THICK_GOES_ON_MM if thick else _GOES_ON_MM
    near = aside < _ASIDE_MM + (_OPENING * np.maximum(beyond, 0) if thick else 0.0)
    return bool(np.count_nonzero((beyond > low) & (beyond < high) & near) >= FEWEST_VOXELS)


def _followed(volume: Volume, line: Line, metal_hu: float) -> tuple[Line, Floats]:
    """A line from a seed to where it no longer stands out, through the middles of its cross-sections; and those middles."""
    middles = np.zeros((0, 3))
    for _ in range(_ROUNDS):
        line, middles = _centred(volume, line, metal_hu)
        longer = _extended(volume, line, _STANDS_OUT * metal_hu)
        if abs(longer.length_mm - line.length_mm) < 0.5:
            break
        line = longer
    return line, middles


def _extended(volume: Volume, line: Line, stands_out_hu: float) -> Line:
    """The line as far as it is brighter than what lies around it, over small gaps."""
    low, high = volume.grid.bounds_mm
    reach_mm = float(np.linalg.norm(high - low))
    ends = []
    for end, sign in ((line.low_mm, -1.0), (line.high_mm, 1.0)):
        along = end + sign * np.arange(-4.0, reach_mm, 1.0)
        along = along[np.logical_and.accumulate(volume.grid.contains(line.at(along)))]
        if len(along) == 0:
            ends.append(end)
            continue
        first, second = across(line.direction)
        turn = np.linspace(0, 2 * np.pi, 16, endpoint=False)
        ring = np.cos(turn)[:, None] * first + np.sin(turn)[:, None] * second
        around = np.median(hu_at(volume, line.at(along)[:, None] + _AROUND_MM * ring), axis=1)
        out = np.flatnonzero(_profile(volume, line, along) - around > stands_out_hu)
        gaps = np.flatnonzero(np.diff(np.concatenate([[0], out])) > LARGEST_GAP_MM)
        out = out[: gaps[0]] if len(gaps) else out
        ends.append(float(along[out[-1]]) if len(out) else end)
    return Line(line.point, line.direction, ends[0], ends[1])


def _centred(volume: Volume, line: Line, metal_hu: float) -> tuple[Line, Floats]:
    """The line through the middles of the metal's cross-sections, found below the voxel; and those middles."""
    first, second = across(line.direction)
    along = np.arange(line.low_mm + 2.0, line.high_mm - 1.0, 1.0)
    reach_mm = max(OWN_MM, 1.2 * step_mm(volume))  # a needle between two thick slices shows in both
    offsets = np.arange(-reach_mm, reach_mm + 0.01, 0.5)
    u, v = (part.ravel() for part in np.meshgrid(offsets, offsets))
    disc = u**2 + v**2 <= reach_mm**2
    beside = u[disc, None] * first + v[disc, None] * second
    weight = np.clip(hu_at(volume, line.at(along)[:, None] + beside) - 0.4 * metal_hu, 0, None)
    total = weight.sum(axis=1)
    seen = total > 0
    middles = line.at(along[seen]) + (weight[seen] @ beside) / total[seen, None]
    if len(middles) < 3:
        return line, middles
    kept, mid, axis = middles, line.point, line.direction
    for _ in range(2):
        mid = kept.mean(axis=0)
        axis = np.linalg.svd(kept - mid, full_matrices=False)[2][0]
        off = np.linalg.norm(middles - mid - ((middles - mid) @ axis)[:, None] * axis, axis=1)
        kept = middles[off <= max(2.5 * float(np.median(off)), 0.2)]
    axis = axis if axis @ line.direction > 0 else -axis
    shift = float((line.point - mid) @ axis)
    return Line(mid, axis, line.low_mm + shift, line.high_mm + shift), middles


def _width(volume: Volume, line: Line) -> tuple[float, float]:
    """How wide the metal looks, as a circle of the same area; and the share of a ring around it that is as bright."""
    first, second = across(line.direction)
    along = np.arange(line.low_mm + 4.0, line.high_mm - 4.0, 2.0)
    offsets = np.arange(-6.0, 6.01, 0.5)
    u, v = (part.ravel() for part in np.meshgrid(offsets, offsets))
    hu = hu_at(volume, line.at(along)[:, None] + u[:, None] * first + v[:, None] * second)
    level = 0.5 * np.median(hu_at(volume, line.at(along)))
    areas = (hu > level).sum(axis=1) * 0.25
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    ring = _AROUND_MM * (np.cos(turn)[:, None] * first + np.sin(turn)[:, None] * second)
    share = (hu_at(volume, line.at(along)[:, None] + ring) > level).mean()
    return float(2 * np.sqrt(np.median(areas) / np.pi)), float(share)


def _bend(line: Line, middles: Floats) -> float:
    """How far the middle of a curve through the cross-sections lies off the line between its ends."""
    along = (middles - line.point) @ line.direction
    if len(along) < 5:
        return 0.0
    off = middles - line.at(along)
    curve = np.polyfit(along, off, 2)
    return float(np.linalg.norm(curve[0])) * float(np.ptp(along)) ** 2 / 4


def _profile(volume: Volume, line: Line, along: Floats) -> Floats:
    """Brightness along the line, the mean of a thin core."""
    first, second = across(line.direction)
    core = 0.5 * np.stack([0 * first, first, -first, second, -second])
    return np.asarray(hu_at(volume, line.at(along)[:, None] + core).mean(axis=1))


def _unbroken(volume: Volume, line: Line, sign: float) -> float:
    """Where along the line, from its middle on, the metal first breaks off: what follows is another piece."""
    middle, end = 0.5 * (line.low_mm + line.high_mm), line.high_mm if sign > 0 else line.low_mm
    along = np.arange(0.0, abs(end - middle) + 1.0, 0.5)
    first, second = across(line.direction)
    reach_mm = max(1.0, 0.6 * step_mm(volume))  # between two thick slices the shaft seems to leave its line
    beside = reach_mm * np.stack([0 * first, first, -first, second, -second])
    hu = hu_at(volume, line.at(middle + sign * along)[:, None] + beside).max(axis=1)
    dark = hu < _BROKEN * np.median(hu)
    steps = round(_BREAK_MM / 0.5)
    lasting = np.convolve(dark, np.ones(steps), "valid") >= steps
    return float(middle + sign * along[int(lasting.argmax())]) if lasting.any() else end


def _end(volume: Volume, line: Line, near_mm: float, sign: float) -> float:
    """Where along the line the metal ends: half-way down from its brightness to that of what follows."""
    out = np.arange(-14.0, 10.01, 0.1)
    places = line.at(near_mm + sign * out)
    inside = volume.grid.contains(places)
    hu = _profile(volume, line, near_mm + sign * out)
    plateau, rest = float(np.median(hu[out < -4.0])), hu[(out > 3.0) & inside]
    ground = float(np.median(rest)) if len(rest) else 0.0
    above = np.flatnonzero((hu > 0.5 * (plateau + ground)) & inside)
    last = int(above[-1])
    end = float(out[last])
    if plateau >= _CUT_OFF_HU and inside[min(last + 30, len(out) - 1)]:
        end = _end_of_cut_off(out, hu, end, ground)
    return near_mm + sign * end


def _end_of_cut_off(out: Floats, hu: Floats, end: float, ground: float) -> float:
    """The same where the CT's scale ends below the metal's true brightness, so that half of what is seen lies too far out.

    The slope of a blurred edge of unknown height is fitted to what is not cut off.
    """
    slope = (out > end - 3.0) & (out < end + 3.0) & (hu < _CUT_OFF_HU)
    if np.count_nonzero(slope) < 10:
        return end

    def edge(at: Floats, place: float, height: float, blur: float) -> Floats:
        return np.asarray(ground + height * special.ndtr((place - at) / blur))

    try:
        (place, *_), _ = optimize.curve_fit(
            edge,
            out[slope],
            hu[slope],
            p0=(end - 0.3, 6000.0, 0.8),
            bounds=((end - 2.0, 3000.0, 0.3), (end, 20000.0, 3.0)),
        )
    except RuntimeError:
        return end
    return float(place)


def _opens(volume: Volume, line: Line, end_mm: float, sign: float) -> bool:
    """Whether a line's end is not in tissue: air follows, or the edge of the CT."""
    along = end_mm + sign * np.arange(*_BEYOND_MM, 0.5)
    places = line.at(along)
    if not bool(np.all(volume.grid.contains(places[: len(places) // 2]))):
        return True
    hu: npt.NDArray[np.float64] = hu_at(volume, places)
    return bool(np.median(hu) < _TISSUE_HU)
