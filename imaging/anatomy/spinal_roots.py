"""Roots above the sacrum: down the side of the canal, below the pedicle, out of the neural foramen and some way on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from imaging.anatomy.canal import Canal, SpineImage
from imaging.anatomy.fine_image import FineImage, smooth_course
from imaging.anatomy.mouths import channel_mouth
from imaging.anatomy.neural_foramina import NeuralPair
from imaging.anatomy.roots import BEYOND_MM, RootCourse, sign_of
from imaging.geometry import Floats
from imaging.structures import Side
from imaging.volume import Volume

_IN_CANAL_MM = {"T": (7.0, 3.0), "L": (13.0, 5.0)}
"""A root runs at the side of the canal from so far to so far above its place in the foramen: thoracic ones leave it more
steeply ..."""
_ASIDE_PART, _FRONT_PART = (0.6, 0.9), 0.3
"""... at this part of the canal's radius to the side, and to the front."""
_BELOW_PEDICLE_MM = 4.5
"""The ganglion hangs close below the pedicle."""
_OUT_MM = 5.0
_MOUTH_MM = 9.0
"""Beside the canal's wall: middle of the foramen, and its outer opening."""
_ONWARDS = {"T": (7.0, 27.0, -13.0), "L1": (18.0, 20.0, 5.0), "L": (24.0, 14.0, 11.0), "L5": (24.0, 17.0, 12.0)}
"""From the outer opening onwards: towards the tail, to the side and to the front, in mm. Thoracic roots follow their rib,
L1 crosses in front of the quadratus, L2 to L4 run down in the psoas, and L5 runs over the wing of the sacrum; a guess that
the user corrects."""


class SpinalRootTracer:
    """Follows roots through a fine image of the spine above the sacrum.

    Parameters
    ----------
    volume : Volume
    image : SpineImage
    canal : Canal
    pairs : mapping of str to NeuralPair
        By level.
    """

    def __init__(self, volume: Volume, image: SpineImage, canal: Canal, pairs: Mapping[str, NeuralPair]) -> None:
        self._spine = canal.spine
        places = [pair.middle_mm for pair in pairs.values()]
        self.image = FineImage(volume, image, canal, min(places), max(places), amid=False)

    def trace(self, level: str, pair: NeuralPair, side: Side) -> RootCourse:
        """Return the root that leaves through one foramen of a pair."""
        fine, sign = self.image, sign_of(side)
        s = min(pair.top_mm[side] + _BELOW_PEDICLE_MM, pair.s_mm[side])
        radius, front = float(fine.radius_mm(s)), pair.front_mm[side]
        in_canal = self._in_canal(s, sign, _IN_CANAL_MM[level[0]])
        inner = fine.roomiest_near(self._spine.to_lps(s, sign * (radius + _OUT_MM), front), 2.5)
        mouth = fine.roomiest_near(self._spine.to_lps(s + 2.0, sign * (radius + _MOUTH_MM + 3.0), front + 1.0), 3.0)
        down, aside, ahead = _ONWARDS.get(level, _ONWARDS[level[0]])
        onwards = self._spine.to_lps(s + down, sign * (radius + _MOUTH_MM + aside), front + ahead)
        onwards = mouth + (onwards - mouth) * (BEYOND_MM + 6.0) / float(np.linalg.norm(onwards - mouth))
        way_in, way_out = fine.way(in_canal[-1], inner), fine.way(inner, mouth)
        if level == "L5":
            # the wing of the sacrum lies in its way, with marrow that may be as soft as the tissue outside
            beyond = fine.way(mouth, fine.before_bone_near(onwards, 5.0), before_bone=True)
        else:
            beyond = fine.way(mouth, fine.roomiest_near(onwards, 5.0))
        course = smooth_course(np.concatenate([in_canal, way_in[1:], way_out[1:], beyond[1:]]))
        # beside the ala of the sacrum L5 stays half enclosed far beyond its foramen
        farthest = int(np.linalg.norm(course - mouth, axis=1).argmin())
        past, opening = channel_mouth(fine, course[: farthest + 1])
        course = course[: past + int(BEYOND_MM) + 1]
        return RootCourse(course, opening.middle_mm, fine.through_bone_mm(course))

    def _in_canal(self, s_mm: float, sign: float, above_mm: tuple[float, float]) -> Floats:
        """The course at the side of the canal, above the foramen."""
        s = np.maximum(np.arange(s_mm - above_mm[0], s_mm - above_mm[1] + 0.5, 1.5), 0.0)
        radius = self.image.radius_mm(s)
        part = np.interp(s, (s_mm - above_mm[0], s_mm - above_mm[1]), _ASIDE_PART)
        return self._spine.to_lps(s, sign * part * radius, _FRONT_PART * radius)
