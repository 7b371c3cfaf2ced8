"""Which bone voxels surely belong to which bone: bodies between discs, the sacrum around its foramina, the wings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.anatomy.bone_field import BoneField
from imaging.anatomy.discs import FRONT_MM, Disc, find_discs
from imaging.anatomy.foramina import name_levels
from imaging.anatomy.hips import FemoralHead, find_femoral_heads, hip_seeds
from imaging.anatomy.spine import FoundSpine
from imaging.geometry import Floats
from imaging.labels import Bools
from imaging.structures import Side

LEVELS = ("L5", "L4", "L3", "L2", "L1", *(f"T{n}" for n in range(12, 0, -1)))
SACRUM, HIP_LEFT, HIP_RIGHT, UNNAMED, FIRST_VERTEBRA = 1, 2, 3, 4, 5
"""Labels; the vertebrae follow from L5 upwards."""

_USUAL_STEP_MM, _SCALES = 22.5, (0.8, 1.25)
_FROM_DISC_MM = 4.0
_BODY_ASIDE_MM, _BODY_FRONT_MM, _BEFORE_CANAL_MM = 17.0, 32.0, 3.0
_PEDICLE_PART, _PEDICLE_ASIDE_MM, _PEDICLE_FRONT_MM = (0.2, 0.5), (2.0, 8.0), (-5.0, 6.0)
_LAMINA_PART, _LAMINA_BACK_MM, _LAMINA_ASIDE_MM = (0.5, 0.85), (-1.0, 40.0), 3.0
"""Pedicles and laminae, in parts of the height from the upper to the lower disc."""
_USUAL_HEIGHT_MM, _TALLEST, _LEAST_SHOWN = 34.0, 1.25, 0.4
_TRANSVERSE_MM, _RIB_MM, _RIBS_ABOVE_MM = 58.0, 38.0, 60.0
"""Transverse processes of lumbar and thoracic vertebrae end before these distances from the middle."""
_SACRUM_BACK_MM, _SACRUM_FRONT_MM, _BESIDE_FORAMEN_MM = 32.0, 46.0, 5.0
_ALA_MM, _ALA_FRONT_MM, _ALA_BELOW_MM = 32.0, 28.0, 10.0
_ALA_BACK_MM, _BELOW_JOINT_MM = 5.0, 36.0
_TAIL_MM = 6.0
_BEFORE_BODIES_MM = 50.0
"""Calcified and filled vessels lie in front of the bodies, and the costal arch."""
_PROMONTORY_MM, _HEAD_BELOW_MM = 20.0, 20.0


@dataclass(frozen=True, eq=False)
class BoneSeeds:
    """Seeds and what they were made from.

    Attributes
    ----------
    labels : ndarray of uint8, shape (n,)
        For every bone voxel of the field, 0 where it is to be found out.
    discs : tuple of Disc
        From the one on the sacrum upwards.
    vertebrae : tuple of str
        Levels with a seed, from L5 upwards.
    cut_above : bool
        The uppermost of them is not bounded by a disc.
    not_numbered_above : bool
        Bone goes on above the uppermost vertebra, without a disc that was found.
    joined : bool
        The uppermost pair of foramina may belong to an L5 joined to the sacrum.
    heads : dict of Side to FemoralHead
    lowest_hip_mm : float
        Height of the lowest bone far from the middle over the first sacral foramina.
    scale : float
        Size of the patient, 1 for a usual one.
    """

    labels: npt.NDArray[np.uint8]
    discs: tuple[Disc, ...]
    vertebrae: tuple[str, ...]
    cut_above: bool
    not_numbered_above: bool
    joined: bool
    heads: dict[Side, FemoralHead]
    lowest_hip_mm: float
    scale: float


def bone_seeds(field: BoneField, spine: FoundSpine) -> BoneSeeds:
    """Return the seeds of all bones.

    Parameters
    ----------
    field : BoneField
    spine : FoundSpine
        With at least one pair of sacral foramina.
    """
    pairs, top_mm = spine.levels.pairs, spine.levels.top_mm
    scale = _scale(spine)
    joined = "L5" in name_levels(spine.levels)[0]
    # an L5 joined to the sacrum may still have a disc, below the foramina of the uppermost pair
    on_sacrum_mm = pairs[0].middle_mm + _FROM_DISC_MM if joined else top_mm
    discs = () if on_sacrum_mm is None else find_discs(spine.image, spine.canal, on_sacrum_mm)
    if joined and not discs and top_mm is not None:
        discs = find_discs(spine.image, spine.canal, top_mm)
    labels = np.zeros(len(field.kji), np.uint8)
    labels[_sacrum(field, spine, discs, scale)] = SACRUM
    top_up_mm = _up_mm(spine, (pairs[0].middle_mm - _HEAD_BELOW_MM) if top_mm is None else top_mm, _PROMONTORY_MM)
    below_mm = _up_mm(spine, pairs[0].middle_mm, 0.0) - _HEAD_BELOW_MM * scale
    heads = find_femoral_heads(field, below_mm, scale)
    for side, label in ((Side.LEFT, HIP_LEFT), (Side.RIGHT, HIP_RIGHT)):
        hip, femur = hip_seeds(field, side, top_up_mm, scale, heads.get(side))
        labels[hip & (labels == 0)] = label
        labels[femur] = UNNAMED
    above = top_up_mm + _PROMONTORY_MM * scale
    vessels = (field.front_mm > field.radius_mm + _BEFORE_BODIES_MM * scale) & (field.up_mm > above)
    labels[vessels & (labels == 0)] = UNNAMED
    high = field.up_mm > top_up_mm + _RIBS_ABOVE_MM * scale
    labels[high & np.isnan(field.s_mm) & (labels == 0)] = UNNAMED
    vertebrae, cut, not_numbered = _vertebrae(field, labels, discs, high, scale)
    far = field.up_mm[abs(field.left_mm) > _TRANSVERSE_MM * scale]
    lowest = float(far.min() - _up_mm(spine, pairs[0].middle_mm, 0.0)) if len(far) else 0.0
    return BoneSeeds(labels, discs, vertebrae, cut, not_numbered, joined, heads, lowest, scale)


def _scale(spine: FoundSpine) -> float:
    """Size of the patient from the spacing of the foramina, 1 for a usual one."""
    places = [pair.middle_mm for pair in spine.levels.pairs]
    if len(places) < 3:
        return 1.0
    return float(np.clip((places[-1] - places[0]) / (len(places) - 1) / _USUAL_STEP_MM, *_SCALES))


def _up_mm(spine: FoundSpine, s_mm: float, front_mm: float) -> float:
    """Height along the plane of symmetry of a place in front of the canal."""
    place = spine.canal.spine.to_lps(s_mm, 0.0, front_mm)
    return float((place - spine.midplane.point_mm) @ spine.midplane.axes[:, 2])


def _below(field: BoneField, disc: Disc) -> Floats:
    """Distance of the bone voxels below the plane of a disc, negative above it."""
    return np.asarray(field.s_mm - disc.s_mm - disc.slope * (field.front_mm - field.radius_mm - FRONT_MM))


def _sacrum(field: BoneField, spine: FoundSpine, discs: tuple[Disc, ...], scale: float) -> Bools:
    """Bone between and around the foramina, the body of S1 and the inner part of the alae."""
    pairs, top_mm = spine.levels.pairs, spine.levels.top_mm
    s, aside, front = field.s_mm, abs(field.aside_mm), field.front_mm
    first, last = pairs[0].middle_mm, pairs[-1].middle_mm
    at = [pair.middle_mm for pair in pairs]
    foramen = np.interp(s, at, [np.mean([abs(v) for v in pair.aside_mm.values()]) for pair in pairs])
    if discs:
        begun = _below(field, discs[0]) > _FROM_DISC_MM
        first = max(first, discs[0].s_mm + 2 * _FROM_DISC_MM)
    else:
        begun = s > (first if top_mm is None else top_mm + _ALA_BELOW_MM)
    near = (front > -_SACRUM_BACK_MM) & (front < _SACRUM_FRONT_MM)
    near &= s < max(spine.canal.spine.length_mm, last + _TAIL_MM)
    wide = np.where(front > -_ALA_BACK_MM, np.maximum(foramen + _BESIDE_FORAMEN_MM * scale, _ALA_MM * scale), foramen)
    # below the joints nothing but sacrum lies so near
    named = name_levels(spine.levels)[0]
    if "S3" in named:
        wide = np.where(s > named["S3"].middle_mm, _BELOW_JOINT_MM * scale, wide)
    between = (s > first - 2.0) & (aside <= wide)
    body = begun & (front > 0.5 * field.radius_mm) & (aside < _BODY_ASIDE_MM * scale)
    seeds = near & (between | body)
    if top_mm is not None:
        inner = (s > top_mm + _ALA_BELOW_MM) & (s < first + 2 * _FROM_DISC_MM) & (aside < _ALA_MM * scale)
        seeds |= inner & begun & (front > 0) & (front < _ALA_FRONT_MM)
    return np.asarray(seeds)


def _vertebrae(
    field: BoneField, labels: npt.NDArray[np.uint8], discs: tuple[Disc, ...], high: Bools, scale: float
) -> tuple[tuple[str, ...], bool, bool]:
    """Mark bodies, pedicles and laminae between the discs, and bone beside and above them as unnamed."""
    aside, back = abs(field.aside_mm), -field.front_mm
    r = field.radius_mm
    names = []
    cut = not_numbered = False
    for n, (lower, level) in enumerate(zip(discs, LEVELS, strict=False)):
        below = -_below(field, lower)
        if n + 1 < len(discs):
            upper = discs[n + 1]
            height = lower.s_mm - upper.s_mm
            above = _below(field, upper)
        else:
            usual = lower.s_mm - discs[n - 1].s_mm if n else -_USUAL_HEIGHT_MM * scale
            height = min(abs(usual), _USUAL_HEIGHT_MM * scale)
            above = height - below
            shown = lower.s_mm
            not_numbered = shown > _TALLEST * height
            cut = _LEAST_SHOWN * height <= shown <= _TALLEST * height
            if not cut:
                labels[(below > _FROM_DISC_MM) & (aside < _BODY_ASIDE_MM * scale)] = UNNAMED
                break
        body = (field.front_mm > r + _BEFORE_CANAL_MM) & (field.front_mm < r + _BODY_FRONT_MM * scale)
        body &= (aside < _BODY_ASIDE_MM * scale) & (below > _FROM_DISC_MM) & (above > _FROM_DISC_MM)
        part = above / height
        pedicle = (part > _PEDICLE_PART[0]) & (part < _PEDICLE_PART[1])
        pedicle &= (aside > r + _PEDICLE_ASIDE_MM[0]) & (aside < r + _PEDICLE_ASIDE_MM[1])
        pedicle &= (field.front_mm > _PEDICLE_FRONT_MM[0]) & (field.front_mm < _PEDICLE_FRONT_MM[1])
        lamina = (part > _LAMINA_PART[0]) & (part < _LAMINA_PART[1]) & (aside < r + _LAMINA_ASIDE_MM)
        lamina &= (back > r + _LAMINA_BACK_MM[0]) & (back < _LAMINA_BACK_MM[1])
        labels[body | pedicle | lamina] = FIRST_VERTEBRA + n
        names.append(level)
        if level != "L5":
            farthest = _RIB_MM if level.startswith("T") else _TRANSVERSE_MM
            labels[(above > 0) & (below > 0) & (aside > farthest * scale) & high & (labels == 0)] = UNNAMED
    return tuple(names), cut, not_numbered
