"""Add, change and remove structures."""

from __future__ import annotations

from dataclasses import replace

from imaging.labels import Mask
from imaging.structures import Tube
from planning.model.case import Case, Structure


def put_structure(case: Case, structure: Structure) -> Case:
    """Return the case with a structure added, or with the one of the same id replaced.

    Raises
    ------
    GeometryError
        If a mask lies on other voxels than the CT.
    """
    if isinstance(structure.shape, Mask):
        case.image.grid.require_same(structure.shape.grid, f"The structure {structure.name}")
    if case.find(structure.id) is None:
        return replace(case, structures=(*case.structures, structure))
    return replace(case, structures=tuple(structure if s.id == structure.id else s for s in case.structures))


def remove_structure(case: Case, structure_id: str) -> Case:
    """Return the case without a structure."""
    case.structure(structure_id)
    return replace(case, structures=tuple(s for s in case.structures if s.id != structure_id))


def reshape_structure(case: Case, structure_id: str, shape: Mask | Tube) -> Case:
    """Return the case with a structure's shape replaced; one whose last voxel was erased is removed."""
    if isinstance(shape, Mask) and shape.count == 0:
        return remove_structure(case, structure_id)
    return put_structure(case, replace(case.structure(structure_id), shape=shape))


def confirm_structure(case: Case, structure_id: str, confirmed: bool = True) -> Case:
    """Return the case with a structure confirmed by the user, or not."""
    return put_structure(case, replace(case.structure(structure_id), confirmed=confirmed))
