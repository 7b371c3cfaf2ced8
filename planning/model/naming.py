"""Ids and names of structures, from what they are, and generators in words."""

from __future__ import annotations

from imaging.labels import Mask
from imaging.structures import ROOT_LEVELS, Side, StructureKind, Tube
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
}


def root_id(level: str, side: Side) -> StructureId:
    """Return the id of a nerve root.

    Raises
    ------
    PlanError
        If the level is not one of L5 to S5.
    """
    if level not in ROOT_LEVELS:
        raise PlanError(
            f"'{level}' is not a root this program knows.",
            code="root-level-unknown",
            hint=f"Roots are {', '.join(ROOT_LEVELS)}.",
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
) -> Structure:
    """Return a structure with the id and name its kind, level and side give it.

    Raises
    ------
    PlanError
        If a root has no level or side, or the shape is empty.
    """
    if isinstance(shape, Mask) and shape.count == 0:
        raise PlanError(f"The {kind.value} is empty.", code="structure-empty", hint="Mark at least one voxel.")
    if kind is StructureKind.ROOT:
        if side is None:
            raise PlanError("A root needs a side.", code="root-side-missing", hint="Say L or R.")
        return Structure(
            id=root_id(level, side), kind=kind, name=f"{level} {side.value}", shape=shape,
            level=level, side=side, origin=origin, confirmed=confirmed,
        )  # fmt: skip
    return Structure(
        id=StructureId(kind.value), kind=kind, name=_NAMES[kind], shape=shape, origin=origin, confirmed=confirmed
    )


def sharing_text(case: Case, shared: SharedGenerator) -> str:
    """Return how probes share a generator: ``R1 and R2 in turn, 30 s each``."""
    names = case.probe_names(shared.probe_ids)
    if shared.how is Sharing.BETWEEN:
        one, other = case.probe_names(shared.one_side_ids), case.probe_names(shared.against_ids)
        return f"current between {one} on one side and {other} on the other"
    if shared.dwell_s is not None:
        return f"{names} in turn, {seconds_text(shared.dwell_s)} each"
    return f"{names} together, at one potential"
