"""Whatever a case holds is named, coloured, locked and removed in the same way, and nothing is judged otherwise by it."""

from __future__ import annotations

import pytest

from imaging.structures import StructureKind
from planning.case_io import SUFFIX, read_case, write_case
from planning.errors import PlanError
from planning.model.annotation import AnnotationKind
from planning.model.look import OwnColour
from planning.model.naming import make_structure
from planning.operations.annotations import add_annotation, move_annotation, move_handle, reword_annotation
from planning.operations.cement import add_cement, change_cement
from planning.operations.objects import (
    LONGEST_NAME,
    colour_object,
    find_object,
    lock_object,
    object_of,
    objects_of,
    remove_object,
    rename_object,
)
from planning.operations.probes import add_probe, change_device
from planning.operations.protection import add_pocket, add_thermocouple, change_pocket, move_thermocouple, set_way
from planning.operations.structures import put_structure, reshape_structure
from planning.services import prediction_digest
from tests.builders.cases import CRYO, ball, centred_grid, empty_case, lesion, root, straight_tube

GRID = centred_grid(30)
IDS = ("lesion", "root.S2.L", "probe-1", "pocket-1", "thermocouple-1", "cement-1", "annotation-1")


@pytest.fixture(scope="module")
def case():
    made = put_structure(empty_case(GRID), lesion(ball(GRID, 8)))
    made = put_structure(made, root("S2", "L", straight_tube((0, 9, -9), (0, 9, 9))))
    made = add_probe(made, CRYO, (0, 25, 0), (0, 0, 0))
    made = add_pocket(made, "co2", (12, 0, 0), 4.0)
    made = add_thermocouple(made, (0, 9, 0))
    made = add_cement(made, (0, 0, 0), 2.0)
    return add_annotation(made, AnnotationKind.DISTANCE, [(0, 0, 0), (10, 0, 0)], (1, 0, 0), (0, 1, 0))


def test_everything_is_listed_by_its_id_and_found_by_its_name_too(case):
    assert tuple(o.id for o in objects_of(case)) == IDS
    assert find_object(case, "S2 L").id == "root.S2.L" and find_object(case, "C1").id == "probe-1"
    assert find_object(case, "C9") is None
    with pytest.raises(PlanError, match="holds no 'C9'") as refused:
        object_of(case, "C9")
    assert refused.value.code == "object-unknown" and all(name in refused.value.hint for name in IDS)


@pytest.mark.parametrize("object_id", [i for i in IDS if i != "root.S2.L"])
def test_a_name_stays_in_the_file_and_changes_no_prediction(case, object_id, tmp_path):
    named = rename_object(case, object_id, "  The  upper one ")
    assert object_of(named, object_id).name == "The upper one"
    assert [o.id for o in objects_of(named)] == list(IDS)
    assert prediction_digest(named) == prediction_digest(case)
    path = tmp_path / f"c{SUFFIX}"
    write_case(path, named)
    assert object_of(read_case(path)[0], object_id).name == "The upper one"


@pytest.mark.parametrize(
    ("object_id", "name", "code"),
    [
        ("root.S2.L", "Painful root", "name-is-level"),
        ("lesion", " ", "name-missing"),
        ("probe-1", "x" * (LONGEST_NAME + 1), "name-long"),
        ("probe-1", "s2 l", "name-taken"),
        ("pocket-1", "probe-1", "name-taken"),
        ("nothing", "Something", "object-unknown"),
    ],
)
def test_a_name_that_would_mislead_is_refused(case, object_id, name, code):
    with pytest.raises(PlanError) as refused:
        rename_object(case, object_id, name)
    assert refused.value.code == code and refused.value.hint


@pytest.mark.parametrize("object_id", IDS)
def test_a_colour_stays_in_the_file_and_changes_no_prediction(case, object_id, tmp_path):
    coloured = colour_object(case, object_id, OwnColour.ORANGE)
    assert object_of(coloured, object_id).colour is OwnColour.ORANGE
    assert prediction_digest(coloured) == prediction_digest(case)
    path = tmp_path / f"c{SUFFIX}"
    write_case(path, coloured)
    read = read_case(path)[0]
    assert [o.id for o in objects_of(read) if o.colour] == [object_id]
    assert object_of(read, object_id).colour is OwnColour.ORANGE
    assert colour_object(coloured, object_id, None) == case


EDITS = {
    "pocket-1": [
        lambda c: change_pocket(c, "pocket-1", radius_mm=5.0),
        lambda c: set_way(c, "pocket-1", (12, 20, 0)),
    ],
    "thermocouple-1": [
        lambda c: move_thermocouple(c, "T1", (0, 8, 0)),
        lambda c: set_way(c, "T1", (0, 20, 0)),
    ],
    "cement-1": [lambda c: change_cement(c, "cement-1", volume_ml=3.0)],
    "annotation-1": [
        lambda c: move_annotation(c, "annotation-1", (0, 1, 0)),
        lambda c: move_handle(c, "annotation-1", 0, (1, 1, 0)),
        lambda c: reword_annotation(c, "annotation-1", "Width"),
    ],
}


@pytest.mark.parametrize(("object_id", "edit"), [(i, e) for i, edits in EDITS.items() for e in edits])
def test_what_is_locked_is_not_changed(case, object_id, edit):
    locked = lock_object(case, object_id)
    with pytest.raises(PlanError, match="is locked") as refused:
        edit(locked)
    assert refused.value.code == f"{object_id.partition('-')[0]}-locked" and "Unlock" in refused.value.hint
    assert edit(lock_object(locked, object_id, False)) == edit(case)


@pytest.mark.parametrize("object_id", IDS)
def test_what_is_locked_is_not_removed_and_the_lock_is_kept(case, object_id, tmp_path):
    locked = lock_object(case, object_id)
    with pytest.raises(PlanError, match="is locked"):
        remove_object(locked, object_id)
    assert [o.id for o in objects_of(remove_object(case, object_id))] == [i for i in IDS if i != object_id]
    path = tmp_path / f"c{SUFFIX}"
    write_case(path, locked)
    assert [o.id for o in objects_of(read_case(path)[0]) if o.locked] == [object_id]


def test_a_lesion_that_is_marked_anew_keeps_its_name_and_colour(case):
    named = colour_object(rename_object(case, "lesion", "Metastasis"), "lesion", OwnColour.BLUE)
    anew = put_structure(named, lesion(ball(GRID, 5)))
    assert (anew.structure("lesion").name, anew.structure("lesion").colour) == ("Metastasis", OwnColour.BLUE)
    assert reshape_structure(named, "lesion", ball(GRID, 5)).structure("lesion").name == "Metastasis"
    other = make_structure(StructureKind.BOWEL, ball(GRID, 3, (15, 0, 0)))
    assert put_structure(named, other).structure("bowel").name == "Bowel"


def test_probes_keep_apart_whatever_they_are_called(case):
    named = rename_object(case, "probe-1", "C2")
    two = add_probe(named, CRYO, (10, 25, 0), (10, 0, 0))
    assert [(p.id, p.name) for p in two.plan.probes] == [("probe-1", "C2"), ("probe-2", "C3")]
    own = rename_object(case, "probe-1", "Upper")
    assert change_device(own, "probe-1", "iceseed-1.5").plan.probes[0].name == "Upper"
    assert change_device(case, "probe-1", "osteocool-10").plan.probes[0].name == "R1"
