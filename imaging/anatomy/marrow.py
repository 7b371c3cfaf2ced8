"""What a bone encloses belongs to it: fatty marrow and lytic lesions, but not its canal and foramina."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from imaging.anatomy.bone_field import WORKING_MM, BoneField, between
from imaging.anatomy.bone_seeds import HIP_LEFT, HIP_RIGHT, SACRUM
from imaging.anatomy.canal_room import within_canal
from imaging.anatomy.enclosure import enclosed_part
from imaging.anatomy.spine import FoundSpine
from imaging.geometry import Floats
from imaging.labels import Bools
from imaging.later import cc3d, ndimage
from imaging.structures import Side, Tube

_REACH_MM = 22.0
_ENCLOSED, _ENCLOSED_BY_HIP = 0.72, 0.8
"""So much of the view from marrow is the bone's own; the mouth of a foramen has less. The room behind the sacroiliac joint
lies in a hollow of the hip bone."""
_ROUNDS = 3
_SMALLEST_MM3 = 100.0
CANAL_MARGIN_MM = 1.5
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
        On the field's grid; only what reads like bone is believed.
    spine : FoundSpine
    chosen : sequence of int
        Labels to look at.

    Returns
    -------
    ndarray of uint8, shape (k, j, i)
    """
    labels = np.where(field.solid, labels, 0)
    out = labels.copy()
    boxes = ndimage.find_objects(labels, max(chosen))
    for label in chosen:
        box = boxes[label - 1]
        if box is None:
            continue
        least = _ENCLOSED_BY_HIP if label in (HIP_LEFT, HIP_RIGHT) else _ENCLOSED
        for _ in range(_ROUNDS):
            own = out[box] == label
            places = _marrow(own, out[box] == 0, least)
            in_lps = field.grid.to_lps((places + [s.start for s in box])[:, ::-1])
            open_ = within_canal(spine.canal, in_lps, CANAL_MARGIN_MM)
            if label == SACRUM:
                open_ |= in_foramina(spine, in_lps)
            filled = np.zeros(own.shape, bool)
            filled[tuple(places[~open_].T)] = True
            filled = cc3d.dust(filled, threshold=int(_SMALLEST_MM3 / WORKING_MM**3), connectivity=6) > 0
            out[box][filled] = label
    return out


def _marrow(own: Bools, free: Bools, least: float) -> npt.NDArray[np.int64]:
    """Free places from which the bone itself is at least so much of the view, shape (n, 3)."""
    places = np.argwhere(free & between(own))
    return places[enclosed_part(own, places, int(_REACH_MM / WORKING_MM)) > least]


def in_foramina(spine: FoundSpine, places_mm: Floats) -> Bools:
    """Return which places, shape (n, 3), LPS, lie in the way of a sacral root, to the front or to the back."""
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
