"""What is drawn of a case in 3D."""

from __future__ import annotations

from app.representations.scene import Scene, SurfaceCache
from imaging.structures import StructureKind
from planning.model.naming import make_structure
from planning.operations.structures import put_structure
from tests.builders.cases import ball, centred_grid, empty_case

GRID = centred_grid(20)


def shown(selected="", hidden=()):
    case = empty_case(GRID)
    for kind in (
        StructureKind.SKIN,
        StructureKind.BONE,
        StructureKind.SACRUM,
        StructureKind.EPIDURAL_FAT,
        StructureKind.CANAL,
    ):
        case = put_structure(case, make_structure(kind, ball(GRID, 5)))
    scene = Scene(case=case, surfaces=SurfaceCache(), selected=selected, hidden=frozenset(hidden))
    return {s.id for s in scene.visible_in_3d()}


def test_all_bone_stands_for_the_named_ones_until_one_is_selected():
    assert shown() == {"bone", "canal"}
    assert shown(selected="sacrum") == {"bone", "sacrum", "canal"}


def test_named_bones_are_drawn_where_all_bone_is_hidden():
    assert shown(hidden=["bone"]) == {"sacrum", "canal"}


def test_skin_and_epidural_fat_are_drawn_while_selected():
    assert shown(selected="skin") == {"skin", "bone", "canal"}
    assert shown(selected="epidural_fat") == {"epidural_fat", "bone", "canal"}
