"""Add, change and remove structures. A locked one is refused by name, and none takes voxels of another unasked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from imaging.labels import Mask
from imaging.structures import Tube
from planning.errors import PlanError
from planning.model.case import Case, Structure
from planning.model.naming import usual_name
from planning.operations.locks import require_unlocked


def put_structure(case: Case, structure: Structure) -> Case:
    """Return the case with a structure added, or with the one of the same id replaced; that one's own name and colour stay.

    Raises
    ------
    GeometryError
        If a mask lies on other voxels than the CT.
    PlanError
        ``structure-locked`` if it would replace a locked one.
    """
    if isinstance(structure.shape, Mask):
        case.image.grid.require_same(structure.shape.grid, f"The structure {structure.name}")
    old = case.find(structure.id)
    if old is None:
        return replace(case, structures=(*case.structures, structure))
    require_unlocked(old)
    name = old.name if structure.name == usual_name(structure) else structure.name
    return _replaced(case, replace(structure, name=name, colour=structure.colour or old.colour))


def add_part(case: Case, part: Structure) -> Case:
    """Return the case with a painted structure united with the one of the same id, and confirmed only as far as the part is.

    Raises
    ------
    GeometryError
        If its mask lies on other voxels than the CT.
    PlanError
        ``structure-locked`` if it would change a locked one.
    """
    old = case.find(part.id)
    if old is None or not isinstance(old.shape, Mask) or not isinstance(part.shape, Mask):
        return put_structure(case, part)
    return put_structure(case, replace(part, shape=old.shape.union(part.shape)))


def remove_structure(case: Case, structure_id: str) -> Case:
    """Return the case without a structure; a locked one is refused."""
    require_unlocked(case.structure(structure_id))
    return replace(case, structures=tuple(s for s in case.structures if s.id != structure_id))


def reshape_structure(case: Case, structure_id: str, shape: Mask | Tube, *, take_from: Iterable[str] = ()) -> Case:
    """Return the case with a structure's shape replaced; one whose last voxel was erased is removed.

    Parameters
    ----------
    case : Case
    structure_id : str
    shape : Mask or Tube
    take_from : iterable of str
        Other structures that lose the voxels it now has. Without them structures may overlap, and none is changed.

    Raises
    ------
    PlanError
        ``structure-locked``, for the structure or for one it would take voxels from; ``structure-not-painted`` if that
        one is a centreline.
    """
    old = case.structure(structure_id)
    require_unlocked(old)
    if isinstance(shape, Mask) and shape.count == 0:
        return remove_structure(case, structure_id)
    case = put_structure(case, replace(old, shape=shape))
    for other_id in take_from:
        other = case.structure(other_id)
        require_unlocked(other)
        if not isinstance(other.shape, Mask) or not isinstance(shape, Mask):
            raise PlanError(
                f"{other.name} is a centreline and cannot lose voxels.", code="structure-not-painted",
                hint="Move its points instead.",
            )  # fmt: skip
        if other.id != structure_id:
            case = reshape_structure(case, other.id, other.shape.minus(shape))
    return case


def confirm_structure(case: Case, structure_id: str, confirmed: bool = True) -> Case:
    """Return the case with a structure confirmed by the user, or not; a lock does not stand in the way."""
    return _replaced(case, replace(case.structure(structure_id), confirmed=confirmed))


def _replaced(case: Case, structure: Structure) -> Case:
    return replace(case, structures=tuple(structure if s.id == structure.id else s for s in case.structures))
