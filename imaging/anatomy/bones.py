"""The bones of a CT by name: sacrum, coccyx, hip bones and vertebrae, apart also where they touch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.affine_sampling import sample_nearest
from imaging.anatomy.bone_field import WORKING_MM, BoneField, bone_field
from imaging.anatomy.bone_seeds import FIRST_VERTEBRA, HIP_LEFT, HIP_RIGHT, SACRUM, UNNAMED, BoneSeeds, bone_seeds
from imaging.anatomy.destroyed import completed
from imaging.anatomy.foramina import name_levels, numbers_uncertain
from imaging.anatomy.marrow import fill_enclosed
from imaging.anatomy.sacrum_size import judge_sacrum
from imaging.anatomy.sharing import shared_out, smoothed
from imaging.anatomy.spine import FoundSpine
from imaging.anatomy.tail import COCCYX, split_coccyx
from imaging.labels import Mask
from imaging.later import ndimage
from imaging.progress import Progress
from imaging.structures import Side
from imaging.volume import Volume

_CUT = "it is cut by the image's edge"
_ENCLOSED = np.uint8(128)
"""Added to the label of a place that its bone encloses."""
_SMALLEST_MM3 = {"sacrum": 15_000.0, "hip": 8_000.0, "vertebra": 4_000.0, "coccyx": 300.0}
_HIP_SURE, _SACRUM_SURE, _COCCYX_SURE = 0.9, 0.95, 0.6
_PART_SHOWN, _NUMBER_UNSURE, _JOINT_UNSEEN = 0.8, 0.6, 0.75
_FAINT_JOINT_HU = 40.0
_FAINT_DISC, _CLEAR_DISC, _LEAST_SURE = 0.3, 0.6, 0.5
_JOINT_BELOW_MM = 50.0
"""The hip joints lie farther below the first sacral foramina than this."""
_ADDED = 0.7
_UNEQUAL, _UNEQUAL_SIDES = 0.85, 0.7
"""One side of the sacrum, or one hip bone, has less than this part of the volume of the other."""


@dataclass(frozen=True, slots=True, eq=False)
class BoneProposal:
    """One bone.

    Attributes
    ----------
    name : str
        ``sacrum``, ``coccyx``, ``hip`` or ``vertebra``.
    level : str
        Of a vertebra, ``L5`` for example; empty otherwise.
    side : Side or None
        Of a hip bone.
    mask : Mask
        On the grid of the CT.
    confidence : float
        0 to 1.
    reasons : tuple of str
        What lowers the confidence.
    """

    name: str
    level: str
    side: Side | None
    mask: Mask
    confidence: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class BoneProposals:
    """The bones that were told apart.

    Attributes
    ----------
    bones : tuple of BoneProposal
        Sacrum, coccyx, hip bones, vertebrae from L5 upwards; no voxel belongs to two. Femora, ribs and all other bone
        stay without a name.
    doubts : tuple of str
        What was not found or is shown in part, and what is uncertain about the numbering.
    """

    bones: tuple[BoneProposal, ...]
    doubts: tuple[str, ...]


def propose_bones(volume: Volume, bone: Mask, spine: FoundSpine, progress: Progress) -> BoneProposals:
    """Return the bones of a CT by name.

    Parameters
    ----------
    volume : Volume
    bone : Mask
        All bone, on the grid of the CT, as from `propose_bone`.
    spine : FoundSpine
        As from `find_spine`.
    progress : Progress

    Returns
    -------
    BoneProposals
        Without any bone, and with the doubt that says so, where there is no sacrum: vertebrae are counted from it.

    Raises
    ------
    GeometryError
        ``grid-mismatch`` if the mask lies on other voxels than the CT.
    Cancelled
    """
    volume.grid.require_same(bone.grid, "The bone")
    named, doubts = name_levels(spine.levels)
    if not named or bone.count == 0:
        return BoneProposals((), (*doubts, "no bone was named: vertebrae are counted from the sacrum"))
    progress.report(0.0, "Bones on equal voxels")
    field = bone_field(volume, bone, spine)
    progress.report(0.4, "Discs and hip joints")
    seeds = bone_seeds(field, spine)
    progress.report(0.6, "Joints")
    shared = shared_out(field.bone, field.step_cost, seeds.labels)
    shared = smoothed(field, shared)
    shared, coccyx_doubts = split_coccyx(field, shared, spine)
    progress.report(0.75, "Marrow and lesions")
    last = FIRST_VERTEBRA + len(seeds.vertebrae)
    labels = fill_enclosed(field, field.spread(shared), spine, [n for n in range(1, last) if n != UNNAMED])
    labels, added_mm3 = completed(volume, field, labels, spine)
    progress.report(0.9, "Bones by name")
    fine = _on_grid(field, labels, bone)
    touching = _joints_hu(field, shared)
    bones, of_sacrum = _proposals(volume, fine, seeds, touching, _lesser_sides(field, labels), added_mm3, tuple(doubts))
    said = [f"sacrum: {words}" for words in of_sacrum]
    return BoneProposals(bones, (*doubts, *coccyx_doubts, *said, *_doubts(bones, seeds, tuple(named), spine)))


def _on_grid(field: BoneField, labels: npt.NDArray[np.uint8], bone: Mask) -> npt.NDArray[np.uint8]:
    """The labels on the grid of the CT: nearest in bone, and what bones enclose."""
    near = labels
    for _ in range(2):
        near = np.where(near > 0, near, ndimage.grey_dilation(near, size=3))
    target = bone.grid
    box = bone.box
    index = field.grid.ijk_from_lps @ target.lps_from_ijk
    matrix = index[:3, :3][::-1, ::-1]
    offset = index[:3, 3][::-1] + matrix @ np.array(box.start_kji)
    # one look-up tells both: the label, and whether the bone encloses the place without reading like bone
    enclosed = ndimage.binary_dilation((labels > 0) & ~field.solid, iterations=1) & (labels > 0)
    known = near | np.where(enclosed, _ENCLOSED, 0).astype(np.uint8)
    # the working grid may end within the outermost voxels of the bone
    fine = sample_nearest(np.pad(known, 1, mode="edge"), matrix, offset + 1, box.shape_kji)
    fine = np.where(bone.array(box) | (fine >= _ENCLOSED), fine & ~_ENCLOSED, 0)
    whole = np.zeros(target.shape_kji, np.uint8)
    whole[box.slices] = fine
    return whole


def _joints_hu(field: BoneField, shared: npt.NDArray[np.uint8]) -> Mapping[Side, float]:
    """How dark the border between sacrum and hip bones is against both, on average; absent where they do not touch."""
    labels = field.spread(shared)
    out = {}
    for side, hip in ((Side.LEFT, HIP_LEFT), (Side.RIGHT, HIP_RIGHT)):
        gaps = []
        for axis in range(3):
            low = tuple(slice(None, -1) if n == axis else slice(None) for n in range(3))
            high = tuple(slice(1, None) if n == axis else slice(None) for n in range(3))
            a, b = labels[low], labels[high]
            border = ((a == SACRUM) & (b == hip)) | ((a == hip) & (b == SACRUM))
            gaps.append(np.maximum(field.gap_hu[low][border], field.gap_hu[high][border]))
        hu = np.concatenate(gaps)
        if len(hu):
            out[side] = float(hu.mean())
    return out


def _proposals(
    volume: Volume,
    labels: npt.NDArray[np.uint8],
    seeds: BoneSeeds,
    joints_hu: Mapping[Side, float],
    lesser_sides: Mapping[str, Side],
    added_mm3: float,
    doubts: tuple[str, ...],
) -> tuple[tuple[BoneProposal, ...], tuple[str, ...]]:
    """One proposal for every label that is large enough, and what is said of the sacrum: what was added to it, and its volume."""
    unsure = numbers_uncertain(doubts)
    wanted: list[tuple[int, str, str, Side | None, float]] = [
        (SACRUM, "sacrum", "", None, _SACRUM_SURE),
        (COCCYX, "coccyx", "", None, _COCCYX_SURE),
        (HIP_LEFT, "hip", "", Side.LEFT, _HIP_SURE),
        (HIP_RIGHT, "hip", "", Side.RIGHT, _HIP_SURE),
    ]
    scores = [disc.score for disc in seeds.discs]
    reaches_hip_joint = seeds.lowest_hip_mm < -_JOINT_BELOW_MM
    for n, level in enumerate(seeds.vertebrae):
        clear = float(np.mean(scores[n : n + 2]))
        wanted.append(
            (
                FIRST_VERTEBRA + n,
                "vertebra",
                level,
                None,
                _LEAST_SURE + (_SACRUM_SURE - _LEAST_SURE) * min(clear / _CLEAR_DISC, 1.0),
            )
        )
    boxes = ndimage.find_objects(labels, COCCYX)
    out, of_sacrum = [], []
    for label, name, level, side, confidence in wanted:
        box = boxes[label - 1]
        if box is None:
            continue
        mask = Mask.from_array(volume.grid, labels[box] == label, (box[0].start, box[1].start, box[2].start))
        if mask.volume_mm3 < _SMALLEST_MM3[name]:
            continue
        reasons = []
        if _touches_edge(mask):
            confidence *= _PART_SHOWN
            reasons.append(_CUT)
        if side is not None and reaches_hip_joint and side not in seeds.heads:
            confidence *= _JOINT_UNSEEN
            reasons.append("no femoral head was found beside it: the femur may be part of it")
        if side is not None and joints_hu.get(side, np.inf) < _FAINT_JOINT_HU:
            confidence *= _JOINT_UNSEEN
            reasons.append("its joint with the sacrum is hardly seen")
        if name == "vertebra":
            if unsure or seeds.joined:
                confidence *= _NUMBER_UNSURE
                reasons.append("its number is uncertain")
            if min(scores[label - FIRST_VERTEBRA : label - FIRST_VERTEBRA + 2]) < _FAINT_DISC:
                reasons.append("a disc beside it is hardly darker than bone")
        lesser = lesser_sides.get(name)
        if lesser is not None and side in (None, lesser):
            confidence *= _UNEQUAL_SIDES
            where = "left" if lesser is Side.LEFT else "right"
            reasons.append(f"it is much smaller on the {where}: part of it may be destroyed or not shown")
        if name == "sacrum":
            if seeds.joined:
                reasons.append("an L5 may be joined to it")
                confidence *= _PART_SHOWN
            likely, words = judge_sacrum(mask.volume_mm3, seeds.scale, part_shown=_CUT in reasons)
            if words:
                of_sacrum.append(words)
                confidence *= likely
            if added_mm3:
                of_sacrum.append(
                    f"{added_mm3 / 1000:.0f} cm³ that do not read like bone were added where the other side has bone: "
                    "a tumour may have destroyed it"
                )
                confidence *= _ADDED
            reasons += of_sacrum
            if likely == 0:
                continue
        out.append(BoneProposal(name, level, side, mask, round(confidence, 3), tuple(reasons)))
    return tuple(out), tuple(of_sacrum)


def _lesser_sides(field: BoneField, labels: npt.NDArray[np.uint8]) -> Mapping[str, Side]:
    """The side on which the sacrum, or the hip bones, are much smaller; absent where both are alike."""
    columns = np.nonzero(labels == SACRUM)[2]
    left = field.left_mm[0] + (columns - field.kji[0, 2]) * WORKING_MM > 0
    sizes = {
        "sacrum": {Side.LEFT: float(left.sum()), Side.RIGHT: float((~left).sum())},
        "hip": {Side.LEFT: float((labels == HIP_LEFT).sum()), Side.RIGHT: float((labels == HIP_RIGHT).sum())},
    }
    out = {}
    for name, of_sides in sizes.items():
        lesser = min(of_sides, key=lambda side: of_sides[side])
        if of_sides[lesser] < _UNEQUAL * max(of_sides.values()):
            out[name] = lesser
    return out


def _touches_edge(mask: Mask) -> bool:
    # blurring takes the outermost voxel of bone that goes on
    last = np.array(mask.grid.shape_kji) - 1
    return bool((np.array(mask.box.start_kji) <= 1).any() or (np.array(mask.box.stop_kji) >= last).any())


def _doubts(bones: tuple[BoneProposal, ...], seeds: BoneSeeds, levels: tuple[str, ...], spine: FoundSpine) -> list[str]:
    """What is not there, or only in part."""
    found = {(bone.name, bone.side) for bone in bones}
    doubts = []
    if ("sacrum", None) not in found:
        doubts.append("no sacrum was proposed: it was not told from other bone")
    elif any(bone.name == "sacrum" and _CUT in bone.reasons for bone in bones):
        shown = levels[0] if len(levels) == 1 else f"{levels[0]} to {levels[-1]}"
        doubts.append(f"the sacrum is cut by the image's edge; its foramina {shown} are shown")
    if spine.levels.top_mm is None:
        doubts.append("no vertebra was named: the top of the sacrum, from which they are counted, was not found")
    elif not seeds.vertebrae:
        doubts.append("no disc was found on the sacrum, so that no vertebra was named")
    if seeds.not_numbered_above and seeds.vertebrae:
        doubts.append(f"no disc was found above {seeds.vertebrae[-1]}, so that bone above it was not named")
    if seeds.cut_above:
        doubts.append(f"{seeds.vertebrae[-1]} is shown in part")
    doubts += [
        f"the hip bone on the {'left' if side is Side.LEFT else 'right'} was not found"
        for side in Side
        if ("hip", side) not in found
    ]
    return doubts
