"""Operations on a case: what they name, what they replace, and what they refuse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imaging.errors import GeometryError
from imaging.geometry import VoxelGrid
from imaging.labels import Mask
from imaging.structures import FORAMINA, ROOT_LEVELS, Side, StructureKind, Tube
from planning.catalogue import Phase
from planning.errors import PlanError
from planning.model.naming import make_structure, root_id
from planning.operations.probes import (
    add_probe,
    change_device,
    move_probe,
    remove_probe,
    set_depth,
    set_schedule,
)
from planning.operations.structures import confirm_structure, put_structure, remove_structure, reshape_structure
from tests.builders.cases import CRYO, FRAME, RF, ball, centred_grid, empty_case, lesion, root, straight_tube

GRID = centred_grid()
ENTRY, TIP = (0.0, 30.0, 0.0), (0.0, 0.0, 0.0)


def case_with(*device_ids):
    case = empty_case(GRID)
    for n, device_id in enumerate(device_ids):
        case = add_probe(case, device_id, (10.0 * n, 30, 0), (10.0 * n, 0, 0))
    return case


def refusal(error, code, word, do, *arguments, **named):
    with pytest.raises(error) as refused:
        do(*arguments, **named)
    assert refused.value.code == code
    assert word in str(refused.value)


# Structures


@pytest.mark.parametrize("level", ROOT_LEVELS)
@pytest.mark.parametrize("side", list(Side))
def test_a_root_is_named_after_level_and_side(level, side):
    made = root(level, side, straight_tube((5, 0, 0), (5, 0, 20)))
    assert (made.id, made.name, made.level, made.side) == (f"root.{level}.{side}", f"{level} {side}", level, side)


OF_A_LEVEL_OR_SIDE = (
    StructureKind.ROOT, StructureKind.VERTEBRA, StructureKind.ILIUM, StructureKind.NERVE, StructureKind.SI_CARTILAGE, *FORAMINA,
)  # fmt: skip


@pytest.mark.parametrize("kind", [k for k in StructureKind if k not in OF_A_LEVEL_OR_SIDE])
def test_every_other_kind_is_its_own_id_with_a_name(kind):
    made = make_structure(kind, ball(GRID, 3))
    assert made.id == kind.value and made.name[0].isupper() and made.side is None


@pytest.mark.parametrize(
    ("kind", "of", "structure_id", "name"),
    [
        (StructureKind.VERTEBRA, {"level": "L5"}, "vertebra.L5", "Vertebra L5"),
        (StructureKind.ILIUM, {"side": Side.RIGHT}, "ilium.R", "Ilium R"),
        (StructureKind.NERVE, {"side": Side.LEFT}, "nerve.L", "Lumbosacral trunk L"),
        (StructureKind.SI_CARTILAGE, {"side": Side.LEFT}, "si_cartilage.L", "SI cartilage L"),
    ],
)
def test_what_there_is_of_every_level_or_side_is_named_after_it(kind, of, structure_id, name):
    made = make_structure(kind, ball(GRID, 3), **of)
    assert (made.id, made.name, made.confidence) == (structure_id, name, None)


@pytest.mark.parametrize("level", ["", "S1", "T0", "L6"])
def test_a_vertebra_of_another_level_is_refused(level):
    refusal(
        PlanError,
        "vertebra-level-unknown",
        f"'{level}'",
        make_structure,
        StructureKind.VERTEBRA,
        ball(GRID, 3),
        level=level,
    )


@pytest.mark.parametrize("kind", [StructureKind.ILIUM, StructureKind.NERVE, StructureKind.SI_CARTILAGE])
def test_what_there_is_on_both_sides_is_refused_without_one(kind):
    refusal(PlanError, "structure-side-missing", "side", make_structure, kind, ball(GRID, 3))


def test_an_empty_structure_is_refused():
    refusal(PlanError, "structure-empty", "lesion is empty", lesion, Mask.empty(GRID))


def test_a_root_without_a_side_is_refused():
    tube = straight_tube((5, 0, 0), (5, 0, 20))
    refusal(PlanError, "root-side-missing", "side", make_structure, StructureKind.ROOT, tube, level="S2")


@pytest.mark.parametrize("level", ["", "S6", "T13", "s2", "S2 "])
def test_a_root_of_another_level_is_refused(level):
    refusal(PlanError, "root-level-unknown", f"'{level}'", root_id, level, Side.LEFT)


@pytest.mark.parametrize("points", [[[1, 2, 3]], [[1, 2, 3], [1, 2, 3]], [[1, 2, 3], [np.nan, 2, 3]]])
def test_a_centreline_without_length_is_refused(points):
    refusal(GeometryError, "tube-too-short", "two different points", Tube, np.array(points, float), 2.0)


@pytest.mark.parametrize("radius_mm", [0.0, -1.0, np.nan])
def test_a_tube_without_a_radius_is_refused(radius_mm):
    refusal(GeometryError, "tube-radius", "radius", Tube, np.array([[0, 0, 0], [1.0, 0, 0]]), radius_mm)


def test_a_structure_of_the_same_id_is_replaced_where_it_stood():
    case = put_structure(empty_case(GRID), lesion(ball(GRID, 5)))
    case = put_structure(case, root("S2", "L", straight_tube((9, 0, 0), (9, 0, 20))))
    again = put_structure(case, lesion(ball(GRID, 7)))
    assert [s.id for s in again.structures] == ["lesion", "root.S2.L"]
    assert again.structure("lesion").shape.count > case.structure("lesion").shape.count


def test_left_and_right_of_one_level_stand_side_by_side():
    case = empty_case(GRID)
    for side in "LR":
        case = put_structure(case, root("S3", side, straight_tube((9, 0, 0), (9, 0, 20))))
    assert [s.id for s in case.of_kind(StructureKind.ROOT)] == ["root.S3.L", "root.S3.R"]


def test_a_mask_of_another_frame_is_refused():
    other = ball(centred_grid(frame="9.9"), 5)
    refusal(GeometryError, "frame-mismatch", "frame of reference", put_structure, empty_case(GRID), lesion(other))


@pytest.mark.parametrize(
    "other",
    [centred_grid(39), centred_grid(spacing_mm=2.0), centred_grid(centre_mm=(0.5, 0, 0))],
    ids=["larger", "coarser", "shifted"],
)
def test_a_mask_on_other_voxels_is_refused(other):
    refusal(
        GeometryError, "grid-mismatch", "other voxels", put_structure, empty_case(GRID), lesion(ball(other, 5))
    )  # fmt: skip
    case = put_structure(empty_case(GRID), lesion(ball(GRID, 5)))
    refusal(GeometryError, "grid-mismatch", "Lesion", reshape_structure, case, "lesion", ball(other, 5))


def test_a_structure_is_confirmed_and_the_confirmation_taken_back():
    case = put_structure(empty_case(GRID), lesion(ball(GRID, 5), confirmed=False, origin="grown"))
    yes = confirm_structure(case, "lesion")
    assert yes.structure("lesion") == replace(case.structure("lesion"), confirmed=True)
    assert not confirm_structure(yes, "lesion", False).structure("lesion").confirmed


def test_a_structure_whose_last_voxel_was_erased_is_gone():
    case = put_structure(empty_case(GRID), lesion(ball(GRID, 5)))
    assert reshape_structure(case, "lesion", Mask.empty(GRID)).structures == ()


@pytest.mark.parametrize("operation", [remove_structure, confirm_structure])
def test_a_structure_the_case_does_not_have_is_refused_with_those_it_has(operation):
    case = put_structure(empty_case(GRID), lesion(ball(GRID, 5)))
    refusal(PlanError, "structure-unknown", "It has: lesion", operation, case, "canal")
    refusal(PlanError, "structure-unknown", "none yet", operation, empty_case(GRID), "canal")


def test_the_volume_of_a_conical_tube_is_that_of_its_cones():
    tube = Tube(np.array([[0, 0, 0], [0, 0, 12.0]]), np.array([2.0, 4.0]))
    assert root("S1", "R", tube).volume_mm3 == pytest.approx(np.pi / 3 * 12 * (4 + 8 + 16))


# Probes


@pytest.mark.parametrize(("device_id", "names"), [(CRYO, ["C1", "C2", "C3"]), (RF, ["R1", "R2", "R3"])])
def test_probes_are_named_after_their_family_and_counted(device_id, names):
    case = case_with(device_id, device_id, device_id)
    assert [p.name for p in case.plan.probes] == names
    assert len({p.id for p in case.plan.probes}) == 3


def test_a_probe_added_after_one_was_removed_takes_no_name_in_use():
    case = remove_probe(case_with(CRYO, CRYO, CRYO), "C2")
    again = add_probe(case, CRYO, ENTRY, TIP)
    assert [p.name for p in again.plan.probes] == ["C1", "C3", "C4"]
    assert len({p.id for p in again.plan.probes}) == 3


def test_a_moved_probe_is_replaced_and_keeps_its_other_end():
    case = move_probe(case_with(CRYO, CRYO), "C1", tip_mm=(1, 2, 3))
    assert [p.name for p in case.plan.probes] == ["C1", "C2"]
    assert case.probe("C1").tip_mm == (1.0, 2.0, 3.0) and case.probe("C1").entry_mm == ENTRY


def test_depth_and_direction_follow_the_ends():
    probe = add_probe(empty_case(GRID), CRYO, (3, 4, 12), (0, 0, 0)).probe("C1")
    assert probe.depth_mm == pytest.approx(13)
    assert probe.direction == pytest.approx(np.array([3, 4, 12]) / 13)


def test_another_depth_moves_the_tip_along_the_shaft_and_leaves_the_entry():
    case = add_probe(empty_case(GRID), CRYO, (3, 4, 12), (0, 0, 0))
    deeper = set_depth(case, "C1", 26).probe("C1")
    assert deeper.tip_mm == pytest.approx((-3, -4, -12)) and deeper.entry_mm == (3, 4, 12)
    for depth_mm in (4.9, 0, -20):
        refusal(PlanError, "probe-too-short", "mm apart", set_depth, case, "C1", depth_mm)


@pytest.mark.parametrize(("first", "second"), [(CRYO, RF), (RF, CRYO)])
def test_one_plan_does_not_freeze_and_heat(first, second):
    refusal(PlanError, "mixed-modality", "either freezes or heats", add_probe, case_with(first), second, ENTRY, TIP)
    two = case_with(first, first)
    for name in (p.name for p in two.plan.probes):
        refusal(PlanError, "mixed-modality", "cannot join", change_device, two, name, second)


OUTSIDE = [(41, 0, 0), (0, -41, 0), (0, 0, 400)]


@pytest.mark.parametrize("point", OUTSIDE)
def test_a_probe_outside_the_ct_is_refused_by_its_end(point):
    case = case_with(CRYO)
    refusal(PlanError, "probe-outside", "The target of C2", add_probe, case, CRYO, ENTRY, point)
    refusal(PlanError, "probe-outside", "The entry of C2", add_probe, case, CRYO, point, TIP)
    refusal(PlanError, "probe-outside", "The target of C1", move_probe, case, "C1", tip_mm=point)
    refusal(PlanError, "probe-outside", "The entry of C1", move_probe, case, "C1", entry_mm=point)


@pytest.mark.parametrize("length_mm", [0.0, 4.99])
def test_a_path_without_length_is_refused(length_mm):
    refusal(PlanError, "probe-too-short", "mm apart", add_probe, empty_case(GRID), CRYO, (0, length_mm, 0), TIP)
    case = case_with(CRYO)
    refusal(PlanError, "probe-too-short", "C1", move_probe, case, "C1", entry_mm=(0, length_mm, 0))


def test_the_shortest_path_is_taken():
    assert add_probe(empty_case(GRID), CRYO, (0, 5, 0), TIP).probe("C1").depth_mm == 5


@pytest.mark.parametrize("point", [(np.nan, 0, 0), (0, np.inf, 0)])
def test_a_point_that_is_no_number_is_refused(point):
    refusal(PlanError, "point-not-finite", "not a number", add_probe, empty_case(GRID), CRYO, ENTRY, point)


def test_an_unknown_device_is_refused_with_the_known_ones():
    refusal(PlanError, "device-unknown", CRYO, add_probe, empty_case(GRID), "icicle", ENTRY, TIP)
    refusal(PlanError, "device-unknown", "'icicle'", change_device, case_with(CRYO), "C1", "icicle")


@pytest.mark.parametrize(
    "operation",
    [
        remove_probe,
        lambda case, name: move_probe(case, name, tip_mm=TIP),
        lambda case, name: change_device(case, name, CRYO),
    ],
)
def test_an_unknown_probe_is_refused_with_the_known_ones(operation):
    refusal(PlanError, "probe-unknown", "It has: C1, C2", operation, case_with(CRYO, CRYO), "C9")
    refusal(PlanError, "probe-unknown", "none yet", operation, empty_case(GRID), "C1")


def test_another_device_keeps_path_place_and_number():
    case = case_with(CRYO, CRYO)
    changed = change_device(case, "C2", "iceseed-1.5")
    assert [(p.id, p.name, p.device_id) for p in changed.plan.probes] == [
        ("probe-1", "C1", CRYO),
        ("probe-2", "C2", "iceseed-1.5"),
    ]
    assert changed.probe("C2").tip_mm == case.probe("C2").tip_mm


def test_the_only_probe_may_change_from_cold_to_hot_and_is_renamed():
    changed = change_device(case_with(CRYO), "C1", RF)
    assert [(p.id, p.name) for p in changed.plan.probes] == [("probe-1", "R1")]


ON, OFF = Phase(kind="on", duration_s=600), Phase(kind="off", duration_s=300)


@pytest.mark.parametrize("schedule", [(), (OFF,), (OFF, OFF)])
def test_a_schedule_that_never_switches_on_is_refused(schedule):
    refusal(PlanError, "schedule-never-on", "never switches", set_schedule, case_with(CRYO), schedule)


def test_a_schedule_is_set_and_handed_back_to_the_device():
    case = set_schedule(case_with(CRYO), [ON, OFF, ON])
    assert case.plan.schedule == (ON, OFF, ON)
    assert set_schedule(case, None).plan.schedule is None


def test_a_schedule_made_for_ice_is_not_kept_for_heat():
    case = set_schedule(case_with(CRYO), [ON, OFF, ON])
    assert change_device(case, "C1", RF).plan.schedule is None
    assert change_device(case, "C1", "iceseed-1.5").plan.schedule == (ON, OFF, ON)
    assert remove_probe(case, "C1").plan.schedule is None


def test_no_operation_changes_the_case_it_was_given():
    case = put_structure(case_with(CRYO), lesion(ball(GRID, 5)))
    structures, plan = case.structures, case.plan
    add_probe(case, CRYO, ENTRY, (5, 0, 0))
    remove_probe(case, "C1")
    set_schedule(case, [ON])
    remove_structure(case, "lesion")
    assert case.structures is structures and case.plan is plan


def test_grids_in_an_oblique_frame_place_probes_by_lps():
    turn = np.eye(4)
    turn[:3, :3] = [[0, -1, 0], [1, 0, 0], [0, 0, 1]]
    turn[:3, 3] = [40, -40, -40]
    grid = VoxelGrid(shape_kji=(81, 81, 61), lps_from_ijk=turn, frame_uid=FRAME)
    assert add_probe(empty_case(grid), CRYO, (0, 15, 0), (0, -35, 0)).probe("C1").depth_mm == 50
    refusal(PlanError, "probe-outside", "entry", add_probe, empty_case(grid), CRYO, (0, 25, 0), (0, -35, 0))
