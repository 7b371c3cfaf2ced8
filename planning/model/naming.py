"""Ids and names of structures, from what they are, and generators in words."""

from __future__ import annotations

from collections.abc import Sequence

from imaging.labels import Mask
from imaging.structures import BONES, FORAMEN_LEVELS, FORAMINA, ROOT_LEVELS, SPINE_LEVELS, Side, StructureKind, Tube
from planning.errors import PlanError
from planning.model.case import Case, Structure, StructureId
from planning.model.generator import SharedGenerator, Sharing
from planning.quantities import seconds_text

_NAMES = {
    StructureKind.LESION: "Lesion",
    StructureKind.BONE: "Bone",
    StructureKind.CANAL: "Canal",
    StructureKind.THECAL_SAC: "Thecal sac",
    StructureKind.BOWEL: "Bowel",
    StructureKind.BLADDER: "Bladder",
    StructureKind.VESSEL: "Iliac vessels",
    StructureKind.SKIN: "Skin",
    StructureKind.METAL: "Metal",
    StructureKind.CORD: "Spinal cord",
    StructureKind.EPIDURAL_FAT: "Epidural fat",
    StructureKind.SACRUM: "Sacrum",
    StructureKind.COCCYX: "Coccyx",
    StructureKind.DISC: "Disc",
}
_OF_BOTH_SIDES = {
    StructureKind.ILIUM: "Ilium",
    StructureKind.NERVE: "Lumbosacral trunk",
    StructureKind.SI_CARTILAGE: "SI cartilage",
}
_BY_LEVEL = {StructureKind.ROOT: "Roots", StructureKind.VERTEBRA: "Vertebra"}
_FORAMINA = {StructureKind.VENTRAL_FORAMEN: "Ventral foramen", StructureKind.DORSAL_FORAMEN: "Dorsal foramen"}


def kind_name(kind: StructureKind) -> str:
    """Return what structures of a kind are called."""
    return {**_NAMES, **_OF_BOTH_SIDES, **_FORAMINA, **_BY_LEVEL}[kind]


def names_in_short(structures: Sequence[Structure]) -> list[str]:
    """Return the names of structures, with several bones or foramina, which are landmarks, as one."""
    landmarks = (("sacral foramina", FORAMINA), ("bones", BONES))
    names = [s.name for s in structures if not any(s.kind in kinds for _, kinds in landmarks)]
    for together, kinds in landmarks:
        held = [s.name for s in structures if s.kind in kinds]
        names += [together] if len(held) > 1 else held
    return names


def root_id(level: str, side: Side) -> StructureId:
    """Return the id of a nerve root.

    Raises
    ------
    PlanError
        If the level is not one of T1 to S5.
    """
    if level not in ROOT_LEVELS:
        raise PlanError(
            f"'{level}' is not a root this program knows.",
            code="root-level-unknown",
            hint="Roots are T1 to T12, L1 to L5 and S1 to S5.",
        )
    return StructureId(f"root.{level}.{side.value}")


def make_structure(
    kind: StructureKind,
    shape: Mask | Tube,
    *,
    level: str = "",
    side: Side | None = None,
    origin: str = "",
    confirmed: bool = True,
    confidence: float | None = None,
) -> Structure:
    """Return a structure with the id and name its kind, level and side give it.

    Raises
    ------
    PlanError
        If a root, a foramen, a vertebra or what there is on both sides has no level or side, or the shape is empty.
    """
    if isinstance(shape, Mask) and shape.count == 0:
        raise PlanError(f"The {kind.value} is empty.", code="structure-empty", hint="Mark at least one voxel.")
    structure_id, name = _identity(kind, level, side)
    return Structure(
        id=structure_id, kind=kind, name=name, shape=shape, level=level, side=side,
        origin=origin, confirmed=confirmed, confidence=confidence,
    )  # fmt: skip


def usual_name(structure: Structure) -> str:
    """Return what a structure is called unless the user calls it otherwise."""
    return _identity(structure.kind, structure.level, structure.side)[1]


def _identity(kind: StructureKind, level: str, side: Side | None) -> tuple[StructureId, str]:
    """Id and name: ``root.S2.L`` and ``S2 L``, ``vertebra.L5`` and ``Vertebra L5``, ``ilium.R`` and ``Ilium R``."""
    if kind is StructureKind.ROOT:
        if side is None:
            raise PlanError("A root needs a side.", code="root-side-missing", hint="Say L or R.")
        return root_id(level, side), f"{level} {side.value}"
    if kind is StructureKind.VERTEBRA:
        if level not in SPINE_LEVELS:
            raise PlanError(
                f"'{level}' is not a vertebra this program knows.",
                code="vertebra-level-unknown",
                hint="Vertebrae are T1 to T12 and L1 to L5.",
            )
        return StructureId(f"{kind.value}.{level}"), f"Vertebra {level}"
    if kind in _FORAMINA:
        if level not in FORAMEN_LEVELS or side is None:
            raise PlanError(
                f"'{level}' is not a foramen of the sacrum." if side else "A foramen needs a side.",
                code="foramen-unknown",
                hint="Foramina are S1 to S4, L or R.",
            )
        return StructureId(f"{kind.value}.{level}.{side.value}"), f"{_FORAMINA[kind]} {level} {side.value}"
    if kind in _OF_BOTH_SIDES:
        name = _OF_BOTH_SIDES[kind]
        if side is None:
            raise PlanError(f"{name} needs a side.", code="structure-side-missing", hint="Say L or R.")
        return StructureId(f"{kind.value}.{side.value}"), f"{name} {side.value}"
    return StructureId(kind.value), _NAMES[kind]


def sharing_text(case: Case, shared: SharedGenerator) -> str:
    """Return how probes share a generator: ``R1 and R2 in turn, 30 s each``."""
    names = case.probe_names(shared.probe_ids)
    if shared.how is Sharing.BETWEEN:
        one, other = case.probe_names(shared.one_side_ids), case.probe_names(shared.against_ids)
        return f"current between {one} on one side and {other} on the other"
    if shared.dwell_s is not None:
        return f"{names} in turn, {seconds_text(shared.dwell_s)} each"
    return f"{names} together, at one potential"
