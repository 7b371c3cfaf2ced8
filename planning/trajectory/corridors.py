"""Which known way through bone a path takes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from imaging.geometry import Floats
from imaging.labels import Mask
from imaging.structures import FORAMINA, Side, StructureKind, Tube
from planning.model.case import Case, Probe, Structure
from planning.trajectory.judging import FORAMEN_MM, JOINT_MM, mm_within_each
from planning.trajectory.midline import canal_axis_mm

_THROUGH_A_VERTEBRA_MM = 3.0
_ALONG_AXIS_DEG, _ALONG_AXIS_MM = 30.0, 30.0
"""So near to the long axis of the sacrum, and so long within it, a path runs along it."""
_BESIDE_CANAL_MM = 25.0
_LEVEL_WITH_CANAL_MM = 3.0
"""An assumption: bone so near to the depth of the canal's middle, to its left or right, is its side wall; the lamina lies behind
it, the body in front."""
_SIDES = {Side.LEFT: "left", Side.RIGHT: "right"}


_KINDS = {
    "soft": "Soft tissue",
    "bone": "Bone",
    "sacrum": "Sacrum",
    "sacral_axis": "Long axis",
    "between_foramina": "Beside canal",
    "foramen": "Foramen",
    "transiliac": "Transiliac",
    "trans_sacroiliac": "Trans-sacroiliac",
    "vertebra": "Vertebra",
    "pedicle": "Pedicle",
    "posterior_elements": "Posterior elements",
}


@dataclass(frozen=True, slots=True)
class Corridor:
    """A way through bone.

    Attributes
    ----------
    kind : str
        ``soft``, ``bone``, ``sacrum``, ``sacral_axis``, ``between_foramina``, ``foramen``, ``transiliac``,
        ``trans_sacroiliac``, ``vertebra``, ``pedicle`` or ``posterior_elements``.
    words : str
        ``through the left ilium and the sacroiliac joint``.
    warning : str
        What to know of it; empty where there is nothing.
    """

    kind: str
    words: str
    warning: str = ""

    @property
    def kind_words(self) -> str:
        """Its kind in two words."""
        return _KINDS[self.kind]


def corridor_of(case: Case, probe: Probe) -> Corridor:
    """Return which way a path takes, by the bones and foramina of the case that have names."""
    within = mm_within_each(probe, (s for s in case.structures if s.kind in _LOOKED_AT))
    passed = [s for s in case.structures if within.get(s.id, 0.0) >= _least_mm(s)]
    foramina = [s for s in passed if s.kind in FORAMINA]
    if foramina:
        names = " and ".join(f"the {_lower(s.name)}" for s in foramina)
        warning = "Its root lies in it, and in a dorsal foramen the lateral sacral artery's branch too (PMC1467993)."
        return Corridor("foramen", f"through {names}", warning)
    hips = [s for s in passed if s.kind is StructureKind.ILIUM]
    sacrum = next((s for s in passed if s.kind is StructureKind.SACRUM), None)
    vertebrae = [s for s in passed if s.kind is StructureKind.VERTEBRA]
    if hips:
        side = _SIDES[hips[0].side] if hips[0].side else ""
        if sacrum is not None:
            return Corridor("trans_sacroiliac", f"through the {side} ilium and the sacroiliac joint")
        return Corridor("transiliac", f"through the {side} ilium")
    if vertebrae:
        return _through_vertebra(case, probe, vertebrae[0])
    if sacrum is not None:
        if within[sacrum.id] >= _ALONG_AXIS_MM and _to_axis_deg(sacrum, probe) <= _ALONG_AXIS_DEG:
            return Corridor("sacral_axis", "along the long axis of the sacrum")
        if _beside_canal(*_from_canal_mm(case, probe, sacrum)):
            return Corridor("between_foramina", "through the sacrum beside the canal, between the foramina")
        return Corridor("sacrum", "through the sacrum from behind" if probe.direction[1] > 0 else "through the sacrum")
    if any(s.kind is StructureKind.BONE for s in passed):
        return Corridor("bone", "through bone")
    return Corridor("soft", "through soft tissue")


_LOOKED_AT = frozenset(
    {StructureKind.BONE, StructureKind.SACRUM, StructureKind.ILIUM, StructureKind.VERTEBRA, *FORAMINA}
)


def _least_mm(structure: Structure) -> float:
    if structure.kind in FORAMINA:
        return FORAMEN_MM
    return _THROUGH_A_VERTEBRA_MM if structure.kind is StructureKind.VERTEBRA else JOINT_MM


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]


def _through_vertebra(case: Case, probe: Probe, bone: Structure) -> Corridor:
    aside_mm, behind_mm = _from_canal_mm(case, probe, bone)
    if _beside_canal(aside_mm, behind_mm):
        return Corridor("pedicle", f"through the pedicle of {bone.level}")
    if len(behind_mm) and (behind_mm > _LEVEL_WITH_CANAL_MM).all() and (aside_mm < _BESIDE_CANAL_MM).all():
        return Corridor("posterior_elements", f"through the posterior elements of {bone.level}")
    return Corridor("vertebra", f"through {bone.level}")


def _from_canal_mm(case: Case, probe: Probe, bone: Structure) -> tuple[Floats, Floats]:
    """How far to a side of the canal's middle, and how far behind it, a path lies in a bone; empty where either is not outlined."""
    axis = canal_axis_mm(case)
    steps = np.linspace(0.0, 1.0, max(int(probe.depth_mm), 2))[:, None]
    points = np.asarray(probe.entry_mm) + steps * np.subtract(probe.tip_mm, probe.entry_mm)
    points = points[bone.shape.contains(points)]
    if axis is None or not len(points):
        return np.zeros(0), np.zeros(0)
    away = points - axis[((points[:, None] - axis) ** 2).sum(axis=2).argmin(axis=1)]
    return np.abs(away[:, 0]), away[:, 1]


def _beside_canal(aside_mm: Floats, behind_mm: Floats) -> bool:
    """Whether a path runs in a bone at the depth of the canal's middle, to its left or right."""
    level = np.abs(behind_mm) <= _LEVEL_WITH_CANAL_MM
    return bool((level & (aside_mm > np.abs(behind_mm)) & (aside_mm < _BESIDE_CANAL_MM)).any())


def _to_axis_deg(sacrum: Structure, probe: Probe) -> float:
    return float(np.degrees(np.arccos(np.clip(abs(_long_axis(sacrum.shape) @ probe.direction), 0.0, 1.0))))


@lru_cache(maxsize=8)
def _long_axis(shape: Mask | Tube) -> Floats:
    """The direction a bone is longest in, as far as it runs along the body: sideways a sacrum may be wider than long."""
    points = shape.points_mm() if isinstance(shape, Mask) else shape.points_mm
    level = points[:, 2]
    upper, lower = points[level > np.percentile(level, 80)], points[level < np.percentile(level, 20)]
    along = upper.mean(axis=0) - lower.mean(axis=0)
    along[0] = 0.0
    return np.asarray(along / max(float(np.linalg.norm(along)), 1e-9))
