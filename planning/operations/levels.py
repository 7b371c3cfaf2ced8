"""Renumber roots, foramina and vertebrae in one step, as transitional anatomy asks for."""

from __future__ import annotations

from dataclasses import replace

from imaging.labels import Mask
from imaging.structures import FORAMEN_LEVELS, FORAMINA, ROOT_LEVELS, SPINE_LEVELS, StructureKind
from planning.errors import PlanError
from planning.model.case import Case, Structure
from planning.model.naming import make_structure
from planning.operations.locks import require_unlocked

_NUMBERED = (StructureKind.ROOT, StructureKind.VERTEBRA, *FORAMINA)


def renumber_levels(case: Case, down: int) -> Case:
    """Return the case with every root, foramen and vertebra named some levels farther down.

    Parameters
    ----------
    case : Case
    down : int
        1 makes S1 of L5 and S2 of S1; -1 makes L5 of S1 and L4 of L5.

    Returns
    -------
    Case
        Shapes and what was confirmed stay; where a structure comes from says its former name. Below S5 there is no name
        for a root, nor for a foramen above S1 and below S4, and an unconfirmed one is left out. A vertebra that becomes S1
        becomes part of the sacrum.

    Raises
    ------
    PlanError
        ``levels-none`` if nothing is numbered, ``structure-locked`` if a numbered structure or a sacrum that would grow is
        locked, ``level-out-of-range`` if a confirmed root or foramen would have no name, or one would lie above T1.
    """
    numbered = [s for s in case.structures if s.kind in _NUMBERED]
    if not numbered:
        raise PlanError(
            "No root and no vertebra is marked.",
            code="levels-none",
            hint="Find or draw the roots before numbering them.",
        )
    for structure in numbered:
        require_unlocked(structure)
    made: list[Structure] = []
    for structure in case.structures:
        if structure.kind in _NUMBERED:
            renamed = _renamed(structure, down)
            made += [renamed] if renamed else []
        else:
            made.append(structure)
    joins = [s for s in numbered if s.kind is StructureKind.VERTEBRA and _new_level(s, down) == "S1"]
    for structure in joins:
        made = _joined_to_sacrum(made, structure)
    return replace(case, structures=tuple(made))


def _new_level(structure: Structure, down: int) -> str | None:
    at = ROOT_LEVELS.index(structure.level) + down
    if at < 0:
        raise PlanError(
            f"{structure.name} would lie above T1.",
            code="level-out-of-range",
            hint="Renumber the other way, or less far.",
        )
    return ROOT_LEVELS[at] if at < len(ROOT_LEVELS) else None


def _renamed(structure: Structure, down: int) -> Structure | None:
    """The structure under its new name; None where it has none any more."""
    level = _new_level(structure, down)
    if structure.kind is StructureKind.VERTEBRA and level not in SPINE_LEVELS:
        return None
    if level is None or (structure.kind in FORAMINA and level not in FORAMEN_LEVELS):
        if structure.confirmed:
            where = "below S5" if level is None else f"at {level}, where the sacrum has none"
            raise PlanError(
                f"{structure.name} is confirmed and would lie {where}.",
                code="level-out-of-range",
                hint="Delete it first, or renumber the other way.",
            )
        return None
    fresh = make_structure(structure.kind, structure.shape, level=level, side=structure.side)
    origin = f"{structure.origin}; named {structure.name} before".lstrip("; ")
    return replace(structure, id=fresh.id, name=fresh.name, level=level, origin=origin)


def _joined_to_sacrum(structures: list[Structure], vertebra: Structure) -> list[Structure]:
    """The structures with a vertebra that is S1 now as a part of the sacrum."""
    sacrum = next((s for s in structures if s.kind is StructureKind.SACRUM), None)
    if not isinstance(vertebra.shape, Mask) or (sacrum is not None and not isinstance(sacrum.shape, Mask)):
        return structures
    if sacrum is None:
        joined = make_structure(StructureKind.SACRUM, vertebra.shape)
        return [*structures, replace(vertebra, id=joined.id, kind=joined.kind, name=joined.name, level="")]
    require_unlocked(sacrum)
    assert isinstance(sacrum.shape, Mask)
    grown = replace(
        sacrum,
        shape=sacrum.shape.union(vertebra.shape),
        confirmed=sacrum.confirmed and vertebra.confirmed,
        origin=f"{sacrum.origin}; with {vertebra.name}".lstrip("; "),
    )
    return [grown if s.id == sacrum.id else s for s in structures]
