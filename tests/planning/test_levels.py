"""Roots and vertebrae are renumbered in one step, and nothing that a person vouched for is lost by it."""

from __future__ import annotations

import pytest

from imaging.structures import Side, StructureKind
from planning.errors import PlanError
from planning.model.naming import make_structure
from planning.operations.levels import renumber_levels
from planning.operations.objects import lock_object
from planning.operations.structures import put_structure
from tests.builders.cases import ball, centred_grid, empty_case, lesion, root, straight_tube

GRID = centred_grid(30)


def tube(x_mm):
    return straight_tube((x_mm, 0, -9), (x_mm, 0, 9))


def case(**l5):
    made = put_structure(empty_case(GRID), lesion(ball(GRID, 8)))
    for n, level in enumerate(("L4", "L5", "S1", "S2")):
        made = put_structure(made, root(level, Side.LEFT, tube(3.0 * n), confirmed=level == "S1"))
    made = put_structure(made, make_structure(StructureKind.VERTEBRA, ball(GRID, 5), level="L5", **l5))
    return put_structure(made, make_structure(StructureKind.SACRUM, ball(GRID, 5, (0, 0, -12))))


def ids(made, kind):
    return [s.id for s in made.structures if s.kind is kind]


@pytest.mark.parametrize(
    ("down", "roots"), [(1, ["L5", "S1", "S2", "S3"]), (-1, ["L3", "L4", "L5", "S1"]), (-4, ["T12", "L1", "L2", "L3"])]
)
def test_every_root_moves_as_far_and_keeps_its_shape(down, roots):
    before = case()
    after = renumber_levels(before, down)
    assert ids(after, StructureKind.ROOT) == [f"root.{level}.L" for level in roots]
    for old, new in zip(before.of_kind(StructureKind.ROOT), after.of_kind(StructureKind.ROOT), strict=True):
        assert new.name == f"{new.level} L" and old.name in new.origin
        assert new.shape is old.shape and new.confirmed == old.confirmed
    assert after.structure("lesion") == before.structure("lesion")


def test_a_vertebra_that_is_s1_becomes_part_of_the_sacrum():
    before, after = case(), renumber_levels(case(), 1)
    assert ids(after, StructureKind.VERTEBRA) == []
    grown = after.structure("sacrum")
    assert grown.shape.count == before.structure("sacrum").shape.union(before.structure("vertebra.L5").shape).count
    assert "Vertebra L5" in grown.origin


def test_what_nobody_confirmed_is_not_confirmed_by_joining_the_sacrum():
    assert not renumber_levels(case(confirmed=False), 1).structure("sacrum").confirmed


def test_without_a_sacrum_the_vertebra_becomes_it():
    alone = put_structure(empty_case(GRID), make_structure(StructureKind.VERTEBRA, ball(GRID, 5), level="L5"))
    assert [s.id for s in renumber_levels(alone, 1).structures] == ["sacrum"]


def test_a_vertebra_moves_up_with_the_roots():
    assert ids(renumber_levels(case(), -1), StructureKind.VERTEBRA) == ["vertebra.L4"]


def test_an_unconfirmed_root_below_s5_is_left_out_and_a_confirmed_one_is_refused():
    s5 = put_structure(empty_case(GRID), root("S5", "L", tube(0), confirmed=False))
    both = put_structure(s5, root("S4", "L", tube(3)))
    assert ids(renumber_levels(both, 1), StructureKind.ROOT) == ["root.S5.L"]
    with pytest.raises(PlanError, match="S4 L is confirmed and would lie below S5") as refused:
        renumber_levels(both, 2)
    assert refused.value.code == "level-out-of-range"


def test_foramina_move_with_their_roots_and_stay_within_s1_to_s4():
    made = empty_case(GRID)
    for n, (level, confirmed) in enumerate((("S1", True), ("S3", True), ("S4", False))):
        foramen = make_structure(
            StructureKind.VENTRAL_FORAMEN, tube(3.0 * n), level=level, side=Side.LEFT, confirmed=confirmed
        )
        made = put_structure(made, foramen)
    moved = ids(renumber_levels(made, 1), StructureKind.VENTRAL_FORAMEN)
    assert moved == ["ventral_foramen.S2.L", "ventral_foramen.S4.L"]
    with pytest.raises(PlanError, match="Ventral foramen S1 L is confirmed and would lie at L5") as refused:
        renumber_levels(made, -1)
    assert refused.value.code == "level-out-of-range"


@pytest.mark.parametrize(("level", "side"), [("L5", Side.LEFT), ("S5", Side.LEFT), ("", Side.LEFT), ("S2", None)])
def test_a_foramen_needs_a_level_of_the_sacrum_and_a_side(level, side):
    with pytest.raises(PlanError) as refused:
        make_structure(StructureKind.DORSAL_FORAMEN, tube(0), level=level, side=side)
    assert refused.value.code == "foramen-unknown"


@pytest.mark.parametrize(
    ("made", "down", "code"),
    [
        (empty_case(GRID), 1, "levels-none"),
        (lock_object(case(), "root.S1.L"), 1, "structure-locked"),
        (lock_object(case(), "sacrum"), 1, "structure-locked"),
        (put_structure(empty_case(GRID), root("T1", "L", tube(0))), -1, "level-out-of-range"),
    ],
    ids=["nothing numbered", "locked root", "locked sacrum", "above T1"],
)
def test_what_cannot_be_renumbered_is_refused(made, down, code):
    with pytest.raises(PlanError) as refused:
        renumber_levels(made, down)
    assert refused.value.code == code
