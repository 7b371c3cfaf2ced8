"""What the marked structures say of a lesion: its size, the bone it lies in, and the nerve nearest to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from imaging.labels import Mask
from imaging.measurements import surface_distance_mm, volume_axes
from imaging.structures import SACRAL_ROOT_LEVELS, Side, StructureKind
from planning.model.case import Case, Structure
from planning.model.sins import SinsLocation

_NEURAL = (
    StructureKind.ROOT, StructureKind.NERVE, StructureKind.CANAL, StructureKind.THECAL_SAC, StructureKind.CORD,
)  # fmt: skip
_AROUND_MM = 3.0
_JUNCTIONAL = ("T1", "T2", "T11", "T12", "L1", "L5")
_MOBILE = ("L2", "L3", "L4")


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionMeasures:
    """What is measured of the lesion; None where what it takes is not marked.

    Attributes
    ----------
    size_mm : float or None
        Largest diameter in space.
    region : {"spine", "s1", "s2_s5", "sacrum"} or None
        ``sacrum`` where its foramina do not say which half.
    location : SinsLocation or None
        Follows from the bone; None where the bone does not say it.
    place : str
        The bone in words, and whether somebody confirmed it; empty where none is marked.
    nerve_gap_mm : float or None
        Between surfaces, of the nearest of all nerves and canals that are marked.
    nearest : str
        Which that is.
    gap_is_known : bool
        Whether all roots of the sacrum and the canal are marked and confirmed; else something may be nearer.
    metal : bool
        Whether metal is marked.
    """

    size_mm: float | None = None
    region: str | None = None
    location: SinsLocation | None = None
    place: str = ""
    nerve_gap_mm: float | None = None
    nearest: str = ""
    gap_is_known: bool = False
    metal: bool = False


def measure_lesion(case: Case) -> LesionMeasures:
    """Return what the structures of a case say of its lesion; the first, as everywhere.

    Takes up to some tenths of a second with many structures.

    Parameters
    ----------
    case : Case
    """
    metal = bool(case.of_kind(StructureKind.METAL))
    lesions = [s.shape for s in case.of_kind(StructureKind.LESION) if isinstance(s.shape, Mask) and s.shape.count]
    if not lesions:
        return LesionMeasures(metal=metal)
    lesion = lesions[0]
    bone = _bone_of(case, lesion)
    region, location = (None, None) if bone is None else _region(case, lesion, bone)
    neural = [s for kind in _NEURAL for s in case.of_kind(kind)]
    gaps_mm = {s.id: surface_distance_mm(lesion, s.shape) for s in neural}
    nearest = min(neural, key=lambda s: gaps_mm[s.id], default=None)
    return LesionMeasures(
        size_mm=volume_axes(lesion).long_mm,
        region=region,
        # What nobody confirmed stays a proposal; the form takes it over only when somebody says so.
        location=location if bone is not None and bone.confirmed else None,
        place="" if bone is None else f"{bone.name}{'' if bone.confirmed else ', unconfirmed'}",
        nerve_gap_mm=None if nearest is None else gaps_mm[nearest.id],
        nearest="" if nearest is None else f"{nearest.name}{'' if nearest.confirmed else ', unconfirmed'}",
        gap_is_known=region not in (None, "spine") and _all_sacral_nerves(case),
        metal=metal,
    )


def _bone_of(case: Case, lesion: Mask) -> Structure | None:
    """The vertebra or sacrum that a lesion lies in: that of which most is around it, for bone may leave its lesions out."""
    voxels = int(np.ceil(_AROUND_MM / lesion.grid.spacing_ijk_mm.min()))
    around = lesion.box.grown(voxels, lesion.grid.shape_kji)
    shares = [
        (int(s.shape.array(around).sum()), s)
        for kind in (StructureKind.VERTEBRA, StructureKind.SACRUM)
        for s in case.of_kind(kind)
        if isinstance(s.shape, Mask)
    ]
    share, bone = max(shares, key=lambda found: found[0], default=(0, None))
    return bone if share else None


def _region(case: Case, lesion: Mask, bone: Structure) -> tuple[str, SinsLocation | None]:
    """Where a bone lies in the spine, in the words of the rules and of the score."""
    if bone.kind is StructureKind.VERTEBRA:
        if bone.level in _JUNCTIONAL:
            return "spine", SinsLocation.JUNCTIONAL
        return "spine", SinsLocation.MOBILE if bone.level in _MOBILE else SinsLocation.SEMIRIGID
    first, second = _foramina_mm(case, "S1"), _foramina_mm(case, "S2")
    if first is None or second is None:
        return "sacrum", None
    # The foramina of S1 lie between the first and the second sacral segment.
    down = float((lesion.points_mm().mean(axis=0) - first) @ (second - first))
    return ("s2_s5", SinsLocation.RIGID) if down > 0 else ("s1", SinsLocation.JUNCTIONAL)


def _foramina_mm(case: Case, level: str) -> np.ndarray | None:
    """The middle between the ventral foramina of a level, where both sides are marked."""
    at = [
        s.shape.points_mm.mean(axis=0) if not isinstance(s.shape, Mask) else s.shape.points_mm().mean(axis=0)
        for s in case.of_kind(StructureKind.VENTRAL_FORAMEN)
        if s.level == level
    ]
    return np.mean(at, axis=0) if len(at) == len(Side) else None


def _all_sacral_nerves(case: Case) -> bool:
    """Whether the roots L5 to S5 of both sides and the canal are marked and confirmed."""
    roots = {(s.level, s.side) for s in case.of_kind(StructureKind.ROOT) if s.confirmed}
    wanted = {(level, side) for level in SACRAL_ROOT_LEVELS for side in Side}
    canals = [s for kind in (StructureKind.CANAL, StructureKind.THECAL_SAC) for s in case.of_kind(kind)]
    return wanted <= roots and any(s.confirmed for s in canals)
