"""What a bone encloses belongs to it: fatty marrow and lytic lesions, but not its canal and foramina."""

from __future__ import annotations

from collections.abc import Sequence

import cc3d
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from imaging.anatomy.bone_field import WORKING_MM, BoneField
from imaging.anatomy.bone_seeds import SACRUM
from imaging.anatomy.canal_room import within_canal
from imaging.anatomy.enclosure import enclosed_part
from imaging.anatomy.spine import FoundSpine
from imaging.geometry import Floats
from imaging.labels import Bools
from imaging.structures import Side, Tube

_REACH_MM = 22.0
_ENCLOSED = 0.72
"""So much of the view from marrow is the bone's own; the mouth of a foramen has less."""
_SMALLEST_MM3 = 60.0
_CANAL_MARGIN_MM = 1.5
_FORAMEN_MM, _FORAMEN_BACK_MM = 7.0, 5.5
_DEEP_MM, _BACK_MM = 16.0, 24.0


def fill_enclosed(
    field: BoneField, labels: npt.NDArray[np.uint8], spine: FoundSpine, chosen: Sequence[int]
) -> npt.NDArray[np.uint8]:
    """Return labels with the marrow and lesions that the bones enclose.

    Parameters
    ----------
    field : BoneField
    labels : ndarray of uint8, shape (k, j, i)
        On the field's grid.
    spine : FoundSpine
    chosen : sequence of int
        Labels to look at.

    Returns
    -------
    ndarray of uint8, shape (k, j, i)
    """
    out = labels.copy()
    boxes = ndimage.find_objects(labels, max(chosen))
    for label in chosen:
        box = boxes[label - 1]
        if box is None:
            continue
        own, part = labels[box] == label, out[box]
        # a place is not worth a look where rays along the axes already see nothing
        candidates = np.argwhere((part == 0) & _between(own))
        candidates = candidates[enclosed_part(own, candidates, int(_REACH_MM / WORKING_MM)) > _ENCLOSED]
        start = np.array([s.start for s in box])
        places = field.grid.to_lps((candidates + start)[:, ::-1])
        open_ = within_canal(spine.canal, places, _CANAL_MARGIN_MM)
        if label == SACRUM:
            open_ |= _in_foramina(spine, places)
        filled = np.zeros(own.shape, bool)
        filled[tuple(candidates[~open_].T)] = True
        filled = cc3d.dust(filled, threshold=int(_SMALLEST_MM3 / WORKING_MM**3), connectivity=6) > 0
        part[filled] = label
    return out


def _between(own: Bools) -> Bools:
    """Places that have the bone on both sides along at least two of the axes."""
    count = np.zeros(own.shape, np.uint8)
    for axis in range(3):
        before = np.maximum.accumulate(own, axis=axis)
        behind = np.flip(np.maximum.accumulate(np.flip(own, axis), axis=axis), axis)
        count += before & behind
    return (count >= 2) & ~own


def _in_foramina(spine: FoundSpine, places_mm: Floats) -> Bools:
    """Which places lie in the way of a sacral root, to the front or to the back."""
    straight = spine.canal.spine
    inside = np.zeros(len(places_mm), bool)
    for pair in spine.levels.pairs:
        for side in Side:
            s, aside = pair.s_mm[side], pair.aside_mm[side]
            to_front = straight.to_lps([s - 8, s - 2, s + 2], [0.5 * aside, aside, aside], [2.0, 8.0, _DEEP_MM])
            to_back = straight.to_lps([s - 4, s], [0.6 * aside, aside], [0.0, -_BACK_MM])
            for course, radius in ((to_front, _FORAMEN_MM), (to_back, _FORAMEN_BACK_MM)):
                inside |= Tube(course, np.full(len(course), radius)).contains(places_mm)
    return inside
