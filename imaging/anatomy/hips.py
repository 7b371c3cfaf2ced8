"""Seeds of the hip bones and of the femora, which the hip joint keeps apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.anatomy.bone_field import WORKING_MM, BoneField
from imaging.geometry import Floats
from imaging.labels import Bools
from imaging.later import cc3d
from imaging.structures import Side

_RIM_MM = 8.0
"""Bone is looked at so deep from the side: the wing of the ilium is seldom thicker."""
_WING_ASIDE_MM, _CREST_ASIDE_MM = 52.0, 60.0
"""Nothing of the sacrum lies so far from the middle and open to the side; above it the crest lies farther out still."""
_BELOW_TOP_MM, _ABOVE_TOP_MM = 15.0, 25.0
_SMALLEST_WING_MM3 = 8000.0
_SOCKET_MM, _MEDIAL_MM, _MEDIAL_ASIDE_MM, _FROM_SACRUM_MM = 2.0, 6.0, 30.0, 32.0

_SHELL_MM, _BESIDE_NECK = (6.0, 11.0), 0.2
"""Bone at this distance from a head's surface is its socket, but for the neck, which leaves the head below this part of the
radius and away from the middle. Slices as thick as the joint do not show the gap above the head."""

_HEAD_ASIDE_MM, _HEAD_RADIUS_MM, _USUAL_RADIUS_MM = 50.0, (16.0, 30.0), 23.0
_MIRROR, _ALIKE_MM = np.array([-1.0, 1.0, 1.0]), 25.0
_EVERY_VOXELS = 4
_COARSE, _FINE = (64, 2.5), (160, 2.0)
"""How many directions are looked into from a place, and how much the distances of the surface may differ."""
_FIRST_LOOK_MM, _LAST_LOOK_MM, _STEP_MM = 12.0, 34.0, 1.0
_GAP_HU = 150.0
_ROUND_PART = 0.4
_SOCKET_WITHIN_MM, _HELD_PART = 6.0, 0.25
"""So much of a femoral head's surface lies at one distance from its middle."""


@dataclass(frozen=True, slots=True)
class FemoralHead:
    """A ball in the coordinates of the plane of symmetry.

    Attributes
    ----------
    centre_mm : ndarray, shape (3,)
        Left, back, up.
    radius_mm : float
    roundness : float
        Part of the surface that lies at the radius.
    """

    centre_mm: Floats
    radius_mm: float
    roundness: float


def find_femoral_heads(field: BoneField, below_mm: float, scale: float) -> dict[Side, FemoralHead]:
    """Return the femoral heads that the image shows; where one side is not found it is the other one's mirror image.

    Parameters
    ----------
    field : BoneField
    below_mm : float
        They lie below this height along the plane of symmetry.
    scale : float
        Size of the patient, 1 for a usual one.
    """
    found = {side: _femoral_head(field, side, below_mm, scale) for side in Side}
    heads = {side: head for side, head in found.items() if head is not None}
    if len(heads) == 2:
        left, right = heads[Side.LEFT], heads[Side.RIGHT]
        if np.linalg.norm(left.centre_mm - right.centre_mm * _MIRROR) > _ALIKE_MM:
            rounder = max(heads, key=lambda side: heads[side].roundness)
            heads = {rounder: heads[rounder]}
    if len(heads) == 1:
        ((side, head),) = heads.items()
        other = Side.RIGHT if side is Side.LEFT else Side.LEFT
        heads[other] = FemoralHead(head.centre_mm * _MIRROR, head.radius_mm, head.roundness)
    return heads


def _femoral_head(field: BoneField, side: Side, below_mm: float, scale: float) -> FemoralHead | None:
    """The roundest place of one side, or None."""
    sign = 1.0 if side is Side.LEFT else -1.0
    inside = (field.up_mm < below_mm) & (sign * field.left_mm > _HEAD_ASIDE_MM * scale)
    chosen = inside & (field.kji % _EVERY_VOXELS == 0).all(axis=1)
    if not chosen.any():
        return None
    solid = field.bone & (field.gap_hu < _GAP_HU)
    centres = field.kji[chosen]
    roundness, radii = _roundness(solid, centres, scale, *_COARSE)
    best = int(roundness.argmax())
    if roundness[best] < _ROUND_PART:
        return None
    # once more around the best, voxel by voxel
    around = np.argwhere(np.ones((7, 7, 7))) - 3 + centres[best]
    around = around[(around >= 0).all(axis=1) & (around < field.bone.shape).all(axis=1)]
    roundness, radii = _roundness(solid, around, scale, *_FINE)
    best = int(roundness.argmax())
    first = field.kji[0]
    origin = np.array([field.left_mm[0], field.back_mm[0], field.up_mm[0]])
    centre = origin + (around[best] - first)[::-1] * WORKING_MM
    return FemoralHead(centre, float(radii[best]), float(roundness[best]))


def _roundness(
    solid: Bools, centres: npt.NDArray[np.int64], scale: float, directions: int, even_mm: float
) -> tuple[Floats, Floats]:
    """For every centre the part of directions in which solid bone ends at about the same distance, and that distance."""
    n = np.arange(directions) + 0.5
    polar, turn = np.arccos(1 - 2 * n / directions), np.pi * (1 + np.sqrt(5)) * n
    towards = np.stack([np.cos(polar), np.sin(turn) * np.sin(polar), np.cos(turn) * np.sin(polar)], axis=1)
    r = np.arange(_FIRST_LOOK_MM, _LAST_LOOK_MM, _STEP_MM)
    steps = towards[:, None] * r[:, None] / WORKING_MM
    at = np.rint(centres[:, None, None] + steps[None]).astype(np.int32)
    shown = ((at >= 0) & (at < solid.shape)).all(axis=-1)
    at = np.clip(at, 0, np.array(solid.shape) - 1)
    ends = ~solid[at[..., 0], at[..., 1], at[..., 2]] & shown
    seen = ends.any(axis=2)
    end = np.where(seen, r[ends.argmax(axis=2)], np.nan)
    # where solid bone has ended already the first look says nothing
    end[ends[:, :, 0]] = np.nan
    counts = np.stack([(abs(end - radius) <= even_mm).sum(axis=1) for radius in r], axis=1)
    low, high = (scale * limit for limit in _HEAD_RADIUS_MM)
    counts[:, (r < low) | (r > high)] = 0
    best = counts.argmax(axis=1)
    looked = np.take_along_axis(shown.sum(axis=1), best[:, None], axis=1)[:, 0]
    looked = np.maximum(looked, directions // 2)
    # a head lies in its socket: behind the gap there is bone again
    behind = np.zeros(seen.shape, bool)
    for step in range(round(_SOCKET_WITHIN_MM / _STEP_MM)):
        n_r = np.clip(np.nan_to_num(ends.argmax(axis=2)) + 1 + step, 0, len(r) - 1)
        behind |= ~np.take_along_axis(ends, n_r[..., None], axis=2)[..., 0]
    at_radius = abs(end - r[best][:, None]) <= even_mm
    held = (behind & at_radius & seen).sum(axis=1) / looked
    small = np.minimum(r[best] / (_USUAL_RADIUS_MM * scale), 1.0)
    return np.where(held >= _HELD_PART, small * counts.max(axis=1) / looked, 0.0), r[best]


def hip_seeds(
    field: BoneField, side: Side, top_mm: float, scale: float, head: FemoralHead | None
) -> tuple[Bools, Bools]:
    """Return which bone surely belongs to the hip bone and to the femur of one side.

    Parameters
    ----------
    field : BoneField
    side : Side
    top_mm : float
        Height of the top of the sacrum along the plane of symmetry.
    scale : float
    head : FemoralHead or None
        None where the image does not show one.

    Returns
    -------
    hip, femur : ndarray of bool, shape (n,)
    """
    sign = 1.0 if side is Side.LEFT else -1.0
    left, up = sign * field.left_mm, field.up_mm
    wing = (left > _WING_ASIDE_MM * scale) & (up < top_mm - _BELOW_TOP_MM * scale)
    crest = (left > _CREST_ASIDE_MM * scale) & (up < top_mm + _ABOVE_TOP_MM * scale)
    pieces = field.spread(((_depth_mm(field, side) < _RIM_MM) & (wing | crest)).astype(np.uint8))
    hip = field.of(cc3d.dust(pieces, threshold=int(_SMALLEST_WING_MM3 / WORKING_MM**3), connectivity=26)) > 0
    femur = np.zeros(len(left), bool)
    if head is not None:
        x, y, z = head.centre_mm
        radius = head.radius_mm
        away = np.sqrt((field.left_mm - x) ** 2 + (field.back_mm - y) ** 2 + (up - z) ** 2)
        beyond = left > abs(x) + radius + 5
        femur = (away < radius - 3) | (beyond & (up < z + _BESIDE_NECK * radius))
        femur |= (up < z - radius - 8) & (left > abs(x) + 2)
        hip &= up > z + radius + _SOCKET_MM
        medial = (up < z + radius) & (left < abs(x) - radius - _MEDIAL_MM) & (left > _MEDIAL_ASIDE_MM * scale)
        hip |= medial & ~(field.front_mm < _FROM_SACRUM_MM * scale)
        shell = (away > radius + _SHELL_MM[0]) & (away < radius + _SHELL_MM[1])
        roof = (up > z + _BESIDE_NECK * radius) & ~beyond
        hip |= shell & (roof | ((left < abs(x)) & (up > z - radius)))
    return np.asarray(hip) & ~femur, femur


def _depth_mm(field: BoneField, side: Side) -> Floats:
    """How deep bone voxels lie in the outermost bone of their row, as seen from one side; infinite behind its end."""
    towards = slice(None, None, -1) if side is Side.LEFT else slice(None)
    bone = field.bone[:, :, towards]
    begun = np.maximum.accumulate(bone, axis=2)
    steps = np.cumsum(begun, axis=2, dtype=np.int16) - 1
    # behind a thin end of the wing, across the cleft, lies the sacrum
    ended = np.maximum.accumulate(begun & ~bone, axis=2)
    return np.asarray(field.of(np.where(ended, np.inf, steps * WORKING_MM)[:, :, towards]))
