"""What a needle passes between skin and tip: soft tissue, cortex and cancellous bone, and how steeply it meets bone."""

from __future__ import annotations

import enum
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from imaging.labels import Box, Mask
from imaging.later import ndimage
from imaging.resample import hu_at
from imaging.structures import BONES, StructureKind, Tube
from imaging.volume import Volume
from planning.catalogue.rules import PathRules, load_path_rules
from planning.errors import PlanError
from planning.model.case import Case, Probe, Structure
from planning.quantities import length_text

_STEP_MM = 0.25
_SHORTEST_MM = 0.75
"""Shorter stretches of bone, and shorter gaps in it, are the staircase of its voxels."""
_LEFT_OVER_MM = 2.0
"""Shorter stretches of bone beside a bone with a name are where the edges of the two differ."""
_NORMAL_WIDTH_MM, _REACH_WIDTHS = 1.5, 4.0
"""The normal is that of the surface smoothed by a Gaussian of this width, or of the thickness of slices where they are thick."""
_BEYOND_MM = 1.5
"""Lesion that begins so near to a surface of bone lies on its other side."""
GAS_BELOW_HU = -350.0
_FACES = (("left", "right"), ("posterior", "anterior"), ("upper", "lower"))


class Passed(enum.StrEnum):
    """What a stretch of the way lies in."""

    SOFT = "soft tissue"
    GAS = "gas"
    LESION = "lesion"
    CANCELLOUS = "cancellous bone"
    CORTEX = "cortex"

    @property
    def is_bone(self) -> bool:
        return self in (Passed.CANCELLOUS, Passed.CORTEX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of the way in one kind of tissue.

    Attributes
    ----------
    from_mm, to_mm : float
        Depth from the skin entry, along the shaft.
    mean_hu : float
    """

    passed: Passed
    from_mm: float
    to_mm: float
    mean_hu: float

    @property
    def length_mm(self) -> float:
        return self.to_mm - self.from_mm


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """Where the shaft goes through the surface of a bone.

    Attributes
    ----------
    depth_mm : float
        From the skin entry.
    bone : str
        Its name in the case.
    face : str
        The side of the bone that looks there: ``posterior``.
    inwards : bool
        Into the bone, or out of it.
    angle_deg : float or None
        Between the shaft and the normal of the surface: 0 is square on. None where the surface has no normal there, and
        where lesion lies on its other side: that is no surface a drill could slip on.
    lesion : str
        Name of the lesion on the other side; empty where there is none.
    """

    depth_mm: float
    bone: str
    face: str
    inwards: bool
    angle_deg: float | None
    lesion: str = ""

    @property
    def words(self) -> str:
        """What is crossed: ``into Sacrum, posterior face``, or ``out of Sacrum into Lesion``."""
        if self.lesion:
            return (
                f"out of {self.lesion} into {self.bone}" if self.inwards else f"out of {self.bone} into {self.lesion}"
            )
        face = f", {self.face} face" if self.face else ""
        return f"{'into' if self.inwards else 'out of'} {self.bone}{face}"

    @property
    def sentence(self) -> str:
        """The checkpoint: ``At 42.0 mm into Sacrum, posterior face, 12° to its normal.``"""
        angle = "" if self.angle_deg is None else f", {self.angle_deg:.0f}° to its normal"
        return f"At {length_text(self.depth_mm)} {self.words}{angle}."


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Passage:
    """The way of one needle.

    Attributes
    ----------
    probe_id : str
    depth_mm : float
    stretches : tuple of Stretch
        From the skin to the tip, without gaps.
    crossings : tuple of Crossing
        In order of depth.
    hu : ndarray, shape (n,)
        The CT along the shaft, evenly spaced from entry to tip.
    unconfirmed : tuple of str
        Bones on the way whose outline nobody has confirmed.
    """

    probe_id: str
    depth_mm: float
    stretches: tuple[Stretch, ...]
    crossings: tuple[Crossing, ...]
    hu: Floats
    unconfirmed: tuple[str, ...]

    def length_mm(self, passed: Passed) -> float:
        """Return how much of the way lies in one kind of tissue."""
        return sum(s.length_mm for s in self.stretches if s.passed is passed)

    @property
    def drilled_mm(self) -> float:
        """Way through bone of any kind."""
        return sum(s.length_mm for s in self.stretches if s.passed.is_bone)


def passage(case: Case, volume: Volume, probe: Probe, rules: PathRules | None = None) -> Passage:
    """Follow a probe's shaft from the skin to its tip.

    Parameters
    ----------
    case : Case
        With bone outlined. Bones with a name are told by it, and what else is bone as bone.
    volume : Volume
        The CT of the case.
    probe : Probe
    rules : PathRules, optional
        Those that ship with the program by default.

    Raises
    ------
    PlanError
        ``no-bone``: without an outline nothing can be said of the way through bone.
    """
    bones = _bones(case)
    if not bones:
        raise PlanError(
            "No bone is outlined, so the way through bone is not known.",
            code="no-bone",
            hint="Find the structures first, or outline the bone.",
        )
    rules = rules or load_path_rules()
    entry, tip = np.asarray(probe.entry_mm, float), np.asarray(probe.tip_mm, float)
    at_mm = np.linspace(0.0, probe.depth_mm, max(int(np.ceil(probe.depth_mm / _STEP_MM)), 2) + 1)
    points = entry + at_mm[:, None] / probe.depth_mm * (tip - entry)
    hu = hu_at(volume, points)
    lesions = [(s.name, _inside(s.shape, points)) for s in case.of_kind(StructureKind.LESION)]
    crossings: list[Crossing] = []
    in_bone, unconfirmed = np.zeros(len(at_mm), np.bool_), []
    for bone in bones:
        # Bone that has a name is told by it; what is left of all bone is not taken for soft tissue.
        rest, told = bone.kind is StructureKind.BONE, in_bone.copy()
        inside = _inside(bone.shape, points)
        spans = _spans(at_mm, inside & ~told, _LEFT_OVER_MM if rest else _SHORTEST_MM)
        for begin, end in spans:
            in_bone |= (at_mm >= begin) & (at_mm <= end)
            for depth, inwards in ((begin, True), (end, False)):
                beyond = _sample_at(at_mm, depth + (-_BEYOND_MM if inwards else _BEYOND_MM))
                # Where the needle begins or ends within bone it goes through no surface, nor where a name ends.
                if not 0.0 < depth < probe.depth_mm or (rest and told[beyond]):
                    continue
                lesion = next((name for name, within in lesions if within[beyond]), "")
                crossings.append(_crossing(bone, entry, -probe.direction, depth, inwards=inwards, lesion=lesion))
        if spans and not bone.confirmed:
            unconfirmed.append(bone.name)
    return Passage(
        probe_id=probe.id,
        depth_mm=probe.depth_mm,
        stretches=_stretches(at_mm, hu, _kinds(hu, in_bone, [i for _, i in lesions], rules.cortex_above_hu.value)),
        crossings=tuple(sorted(crossings, key=lambda c: c.depth_mm)),
        hu=hu,
        unconfirmed=tuple(unconfirmed),
    )


def _bones(case: Case) -> list[Structure]:
    """Bones with a name, then all bone."""
    found = [s for s in case.structures if s.kind in BONES]
    return sorted(found, key=lambda s: s.kind is StructureKind.BONE)


def _sample_at(at_mm: Floats, depth_mm: float) -> int:
    return int(np.clip(np.searchsorted(at_mm, depth_mm), 0, len(at_mm) - 1))


def _inside(mask: Mask | Tube, points_mm: Floats) -> npt.NDArray[np.bool_]:
    """Whether points lie within a shape; the edge of a mask is taken half way between voxels."""
    if not isinstance(mask, Mask):
        return mask.contains(points_mm)
    box = Box.around(mask.grid, points_mm.min(axis=0), points_mm.max(axis=0)).grown(1, mask.grid.shape_kji)
    own = mask.box
    low = np.maximum([s.start for s in box.slices], [s.start for s in own.slices])
    high = np.minimum([s.stop for s in box.slices], [s.stop for s in own.slices])
    if (low >= high).any():
        return np.zeros(len(points_mm), np.bool_)
    field = mask.array(box).astype(np.float32)
    offset_ijk = np.array([s.start for s in box.slices])[::-1]
    kji = (mask.grid.to_ijk(points_mm) - offset_ijk)[:, ::-1]
    return np.asarray(ndimage.map_coordinates(field, kji.T, order=1, mode="constant") >= 0.5)


def _spans(at_mm: Floats, inside: npt.NDArray[np.bool_], shortest_mm: float) -> list[tuple[float, float]]:
    """Depths between which the way lies inside, without what is no more than the staircase of voxels."""
    steps = np.diff(np.concatenate([[0], inside.astype(np.int8), [0]]))
    begins, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1) - 1
    joined: list[tuple[float, float]] = []
    for begin, end in zip(at_mm[begins], at_mm[ends], strict=True):
        if joined and begin - joined[-1][1] < _SHORTEST_MM:
            joined[-1] = (joined[-1][0], float(end))
        else:
            joined.append((float(begin), float(end)))
    return [span for span in joined if span[1] - span[0] >= shortest_mm]


def _crossing(
    bone: Structure, entry_mm: Floats, inwards_dir: Floats, depth_mm: float, *, inwards: bool, lesion: str
) -> Crossing:
    normal = None if lesion else _outward_normal(bone, entry_mm + depth_mm * inwards_dir)
    if normal is None:
        return Crossing(depth_mm=depth_mm, bone=bone.name, face="", inwards=inwards, angle_deg=None, lesion=lesion)
    axis = int(np.argmax(np.abs(normal)))
    return Crossing(
        depth_mm=depth_mm,
        bone=bone.name,
        face=_FACES[axis][0 if normal[axis] > 0 else 1],
        inwards=inwards,
        angle_deg=float(np.degrees(np.arccos(np.clip(abs(normal @ inwards_dir), 0.0, 1.0)))),
    )


def _outward_normal(bone: Structure, at_mm: Floats) -> Floats | None:
    """Unit normal of a bone's smoothed surface near a place, out of the bone."""
    if not isinstance(bone.shape, Mask):
        return None
    grid = bone.shape.grid
    width_mm = max(_NORMAL_WIDTH_MM, float(grid.spacing_ijk_mm.max()))
    box = Box.around(grid, at_mm - _REACH_WIDTHS * width_mm, at_mm + _REACH_WIDTHS * width_mm)
    field = ndimage.gaussian_filter(
        bone.shape.array(box).astype(np.float32), width_mm / grid.spacing_ijk_mm[::-1], mode="nearest"
    )
    offset_ijk = np.array([s.start for s in box.slices])[::-1]
    # Central differences in millimetres along the patient's axes, whatever way the voxels run.
    ends_mm = at_mm + np.concatenate([np.eye(3), -np.eye(3)]) * 0.5 * width_mm
    kji = (grid.to_ijk(ends_mm) - offset_ijk)[:, ::-1]
    values = ndimage.map_coordinates(field, kji.T, order=1, mode="nearest")
    slope = values[:3] - values[3:]
    steepness = float(np.linalg.norm(slope))
    return None if steepness < 1e-3 else np.asarray(-slope / steepness, float)


def _kinds(
    hu: Floats, in_bone: npt.NDArray[np.bool_], in_lesions: Sequence[npt.NDArray[np.bool_]], cortex_above_hu: float
) -> list[Passed]:
    """What every sample lies in. A lesion that is still bone is drilled like bone."""
    in_lesion = np.logical_or.reduce(in_lesions) if in_lesions else np.zeros(len(hu), np.bool_)
    kinds = []
    for value, bone, lesion in zip(hu, in_bone, in_lesion, strict=True):
        if bone:
            kinds.append(Passed.CORTEX if value >= cortex_above_hu else Passed.CANCELLOUS)
        elif lesion:
            kinds.append(Passed.LESION)
        else:
            kinds.append(Passed.GAS if value <= GAS_BELOW_HU else Passed.SOFT)
    # The entry is half skin and half air.
    return [kinds[1] if kinds[0] is Passed.GAS else kinds[0], *kinds[1:]]


def _stretches(at_mm: Floats, hu: Floats, kinds: Sequence[Passed]) -> tuple[Stretch, ...]:
    """Cut the way where the tissue changes, half way between two samples."""
    step = float(at_mm[1] - at_mm[0])
    found, first = [], 0
    for kind, group in itertools.groupby(kinds):
        last = first + len(list(group))
        begin, end = max((first - 0.5) * step, 0.0), min((last - 0.5) * step, float(at_mm[-1]))
        found.append(Stretch(passed=kind, from_mm=begin, to_mm=end, mean_hu=float(hu[first:last].mean())))
        first = last
    return tuple(found)


def checkpoints(found: Passage) -> list[str]:
    """Return what the operator should meet on the way, in order."""
    return [c.sentence for c in found.crossings]


def way_text(found: Passage) -> str:
    """Return how much of the way lies in bone and in lesion, in words."""
    words = "no bone on the way"
    if found.drilled_mm > 0:
        cortex, cancellous = found.length_mm(Passed.CORTEX), found.length_mm(Passed.CANCELLOUS)
        words = (
            f"{length_text(found.drilled_mm)} in bone: {length_text(cortex)} of cortex, "
            f"{length_text(cancellous)} of cancellous bone"
        )
    lesion_mm = found.length_mm(Passed.LESION)
    return f"{words}; {length_text(lesion_mm)} in lesion" if lesion_mm > 0 else words
