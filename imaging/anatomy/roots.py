"""Sacral roots: from the side of the canal through their ventral foramen to some way beyond it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from imaging.anatomy.canal import Canal, SpineImage
from imaging.anatomy.fine_image import THROUGH_BONE, FineImage, smooth_course
from imaging.anatomy.foramina import ForamenPair
from imaging.anatomy.mouths import channel_mouth, mouth_at
from imaging.geometry import Floats
from imaging.labels import Bools
from imaging.later import graph
from imaging.resample import rasterise
from imaging.structures import Side, Tube
from imaging.volume import Volume

BEYOND_MM = 30.0
"""Roots are followed so far beyond their foramen."""
_OUT_ENCLOSED = 0.3
_MOST_APART_MM = 6.0
"""Left and right leave the bone no farther apart than this, one of them mirrored; where both were right on the phantom
family it was 4 mm at most, where one was wrong 8 mm and more."""
_MORE_BONE_MM = 2.0
_AXIS_MM, _LUMEN_MM = 30.0, 6.0
"""Length and radius of what a foramen is taken for where the roots of other levels are led past it."""
_IN_CANAL_MM = (36.0, 16.0)
"""A root runs at the side of the canal from so far to so far above its foramen ..."""
_ASIDE_PART, _FRONT_PART = (0.65, 0.85), 0.15
"""... at this part of the canal's radius to the side, and to the front."""
_DEEP_MM = 9.0
_NOTCH_ASIDE, _NOTCH_FRONT, _NOTCH_BELOW = 0.85, 0.26, 0.1
"""The roots run towards the greater sciatic foramen: beside and in front of the canal at the lowest foramen, and below it,
in parts of the distance from the first to the fourth pair of foramina; a guess that the user corrects."""
_USUAL_STEP_MM = 23.0
_S5_BEYOND_MM = ((4.0, 3.0, 0.0), (10.0, 4.0, 0.0), (16.0, 8.0, 2.0), (22.0, 14.0, 5.0), (26.0, 20.0, 8.0))
"""Beyond the hiatus S5 turns to the side and forwards: towards the tail, to the side and to the front; a guess."""


@dataclass(frozen=True, slots=True, eq=False)
class RootCourse:
    """One root.

    Attributes
    ----------
    points_mm : ndarray, shape (n, 3)
        LPS, from the canal outwards, 1 mm apart.
    mouth_mm : ndarray, shape (3,)
        Middle of the opening of its foramen: the ventral one in the sacrum, the outer one above.
    through_bone_mm : float
        How far the course runs through what reads like bone: 0 for a clear view.
    foramen : Tube or None
        Its ventral foramen, from the canal to the mouth; None above the sacrum.
    apart_mm : float
        So far from where the other side's root leaves the bone, mirrored, this one seemed to leave it; 0 where they agree.
    led : bool
        Whether it therefore was led to that place.
    """

    points_mm: Floats
    mouth_mm: Floats
    through_bone_mm: float
    foramen: Tube | None = None
    apart_mm: float = 0.0
    led: bool = False


def sign_of(side: Side) -> float:
    """Return the direction of a side along the axis to the patient's left."""
    return 1.0 if side is Side.LEFT else -1.0


class SacralRootTracer:
    """Follows roots through a fine image of the sacrum.

    Parameters
    ----------
    volume : Volume
    image : SpineImage
    canal : Canal
    pairs : mapping of str to ForamenPair
        By level.
    """

    def __init__(self, volume: Volume, image: SpineImage, canal: Canal, pairs: Mapping[str, ForamenPair]) -> None:
        self._spine = canal.spine
        places = {level: pair.middle_mm for level, pair in pairs.items()}
        self._last_mm, self._sacrum_mm = _extent(places)
        self.image = FineImage(volume, image, canal, min(places.values()), max(places.values()))
        self._lumens = {
            (pair.middle_mm, side): rasterise(self._axis(pair, side), self.image.grid)
            for pair in pairs.values()
            for side in Side
        }

    def trace_both(self, pair: ForamenPair, *, clear: bool = True) -> dict[Side, RootCourse]:
        """Return the roots of a level, one a side.

        Where one leaves the bone far sooner than the other its way was taken for open too early: soft marrow, metal or
        a tumour let it look so. It is led to where the other leaves, mirrored, if the foramina of this level are seen
        clearly and no bone is in its way; else both say that they disagree.
        """
        courses = {side: self.trace(pair, side) for side in Side}
        mirrored = {side: self._mirrored_mm(course.mouth_mm) for side, course in courses.items()}
        sooner, later = sorted(Side, key=lambda side: _length_mm(courses[side].foramen))
        apart_mm = float(np.linalg.norm(mirrored[later] - courses[sooner].mouth_mm))
        if apart_mm > _MOST_APART_MM:
            led = self.trace(pair, sooner, mirrored[later])
            if clear and led.through_bone_mm <= courses[sooner].through_bone_mm + _MORE_BONE_MM:
                courses[sooner] = replace(led, apart_mm=apart_mm, led=True)
            else:
                courses = {side: replace(course, apart_mm=apart_mm) for side, course in courses.items()}
        return courses

    def trace(self, pair: ForamenPair, side: Side, mouth_mm: Floats | None = None) -> RootCourse:
        """Return the root that leaves through one foramen of a pair, at a mouth where that is known."""
        fine, sign = self.image, sign_of(side)
        s, aside = pair.s_mm[side], pair.aside_mm[side]
        in_canal = self._in_canal(s, sign)
        inner = fine.roomiest_near(self._spine.to_lps(s, aside, 0.5 * fine.radius_mm(s) + _DEEP_MM))
        closed = self._others(pair, side)
        way_in = fine.way(in_canal[-1], inner, closed=closed)
        out = self._way_out(inner, closed) if mouth_mm is None else fine.way(inner, mouth_mm, closed=closed)
        onwards = self._onwards(out[-1], side)
        course = smooth_course(np.concatenate([in_canal, way_in[1:-1], out, onwards[1:]]))
        farthest = int(np.linalg.norm(course - out[-1], axis=1).argmin())
        if mouth_mm is None:
            past, opening = channel_mouth(fine, course[: farthest + 1])
        else:
            past, opening = mouth_at(fine, course[: farthest + 1], mouth_mm)
        course = course[: past + int(BEYOND_MM) + 1]
        return RootCourse(course, opening.middle_mm, fine.through_bone_mm(course), opening.channel)

    def _mirrored_mm(self, point_mm: Floats) -> Floats:
        """The place on the other side of the canal."""
        spine = self._spine
        at = int(np.linalg.norm(spine.points_mm - point_mm, axis=1).argmin())
        return np.asarray(point_mm - 2 * ((point_mm - spine.points_mm[at]) @ spine.left[at]) * spine.left[at])

    def trace_s5(self, side: Side) -> Floats:
        """Return about where S5 runs: down the canal, out of the hiatus and to the side; shape (n, 3), LPS."""
        end, sign = self._spine.length_mm, sign_of(side)
        s = np.arange(max(self._last_mm - _IN_CANAL_MM[0], 0.0), end - 4.0, 2.0)
        radius = self.image.radius_mm(s)
        down, aside, ahead = np.array(_S5_BEYOND_MM).T
        return smooth_course(
            np.concatenate(
                [
                    self._spine.to_lps(s, sign * 0.6 * radius, _FRONT_PART * radius),
                    self._spine.to_lps(end + down, sign * aside, ahead),
                ]
            )
        )

    def trunk(self, l5: Floats, side: Side) -> Floats:
        """Return about where the lumbosacral trunk runs: from the end of L5 to the greater sciatic foramen."""
        return smooth_course(
            self.image.way(l5[-1], self.image.roomiest_near(self.notch_mm(side), 6.0), before_bone=True)
        )

    def notch_mm(self, side: Side) -> Floats:
        """Return about where the greater sciatic foramen is, LPS."""
        return self._spine.to_lps(
            self._last_mm + _NOTCH_BELOW * self._sacrum_mm,
            sign_of(side) * _NOTCH_ASIDE * self._sacrum_mm,
            _NOTCH_FRONT * self._sacrum_mm,
        )

    def _in_canal(self, s_mm: float, sign: float) -> Floats:
        """The course at the side of the canal, above the foramen."""
        s = np.maximum(np.arange(s_mm - _IN_CANAL_MM[0], s_mm - _IN_CANAL_MM[1] + 0.5, 2.0), 0.0)
        radius = self.image.radius_mm(s)
        part = np.interp(s, (s_mm - _IN_CANAL_MM[0], s_mm - _IN_CANAL_MM[1]), _ASIDE_PART)
        return self._spine.to_lps(s, sign * part * radius, _FRONT_PART * radius)

    def _way_out(self, inner_mm: Floats, closed: Bools) -> Floats:
        """The cheapest way from the middle of a foramen to the front, where little is enclosed any more."""
        fine = self.image
        start = fine.voxels(inner_mm)
        low, box = fine.around(start[None], 32.0)
        ways = graph.MCP_Geometric(fine.passable(box, closed))
        reached, _ = ways.find_costs([tuple(start - low)])
        # voxels run to the back along j
        near = np.argwhere((reached < 4 * THROUGH_BONE) & ~fine.bone[box])
        near = near[near[:, 1] <= (start - low)[1]]
        order = near[np.argsort(reached[tuple(near.T)])]
        for chunk in np.array_split(order, max(len(order) // 600, 1)):
            enclosed = fine.enclosed(chunk + low)
            if (enclosed < _OUT_ENCLOSED).any():
                end = tuple(int(v) for v in chunk[int((enclosed < _OUT_ENCLOSED).argmax())])
                return fine.grid.to_lps((np.array(ways.traceback(end)) + low)[:, ::-1])
        return np.repeat(inner_mm[None], 2, axis=0)

    def _axis(self, pair: ForamenPair, side: Side) -> Tube:
        """About where a foramen leads to the front."""
        ends = self._spine.to_lps(pair.s_mm[side], pair.aside_mm[side], [0.0, _AXIS_MM])
        return Tube(ends, np.full(2, _LUMEN_MM))

    def _others(self, pair: ForamenPair, side: Side) -> Bools:
        """Voxels in the other foramina of a side.

        A foramen that thick slices blur shut would else send its root out through its neighbour.
        """
        own = self._lumens[pair.middle_mm, side]
        others = [lumen for (_, on), lumen in self._lumens.items() if on is side and lumen is not own]
        return np.asarray(np.any([np.zeros_like(own), *others], axis=0) & ~own)

    def _onwards(self, from_mm: Floats, side: Side) -> Floats:
        """On along the front of the sacrum, to the side and towards the tail."""
        away = self.notch_mm(side) - from_mm
        target = from_mm + away * (BEYOND_MM + 6.0) / float(np.linalg.norm(away))
        return self.image.way(from_mm, self.image.roomiest_near(target, 6.0))


def _length_mm(foramen: Tube | None) -> float:
    return 0.0 if foramen is None else foramen.length_mm


def _extent(places_mm: Mapping[str, float]) -> tuple[float, float]:
    """Place of the fourth foramen along the canal, and its distance from the first; from those that were found."""
    numbers = np.array([int(level[1]) if level.startswith("S") else 0 for level in places_mm], float)
    at = np.array(list(places_mm.values()))
    step = _USUAL_STEP_MM if len(at) < 2 else float(np.polyfit(numbers, at, 1)[0])
    return float(at[-1] + (4 - numbers[-1]) * step), 3 * step
