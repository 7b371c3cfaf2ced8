"""What is locked is refused by name, and no structure takes voxels of another unless told."""

from __future__ import annotations

import json
import zipfile

import pytest

from imaging.structures import StructureKind
from planning.case_io import SUFFIX, read_case, write_case
from planning.errors import PlanError
from planning.model.naming import make_structure
from planning.operations.objects import lock_object
from planning.operations.probes import add_probe, change_device, move_probe, remove_probe
from planning.operations.structures import (
    confirm_structure,
    put_structure,
    remove_structure,
    reshape_structure,
)
from planning.services import prediction_digest
from tests.builders.cases import CRYO, ball, centred_grid, empty_case, lesion, root, straight_tube

GRID = centred_grid(30)


def case():
    made = put_structure(empty_case(GRID), lesion(ball(GRID, 8)))
    made = put_structure(made, make_structure(StructureKind.BOWEL, ball(GRID, 6, (12, 0, 0))))
    return put_structure(made, root("S2", "L", straight_tube((0, 9, -9), (0, 9, 9))))


def planned():
    return add_probe(case(), CRYO, (0, 25, 0), (0, 0, 0))


@pytest.mark.parametrize(
    "edit",
    [
        lambda c: put_structure(c, lesion(ball(GRID, 3))),
        lambda c: remove_structure(c, "lesion"),
        lambda c: reshape_structure(c, "lesion", ball(GRID, 3)),
        lambda c: reshape_structure(c, "lesion", ball(GRID, 3).minus(ball(GRID, 9))),
        lambda c: reshape_structure(c, "bowel", ball(GRID, 7, (12, 0, 0)), take_from=("lesion",)),
    ],
    ids=["replace", "remove", "reshape", "erase all", "take from"],
)
def test_an_edit_of_a_locked_structure_names_it(edit):
    locked = lock_object(case(), "lesion")
    with pytest.raises(PlanError, match="Lesion is locked") as refused:
        edit(locked)
    assert refused.value.code == "structure-locked" and "Unlock" in refused.value.hint
    assert edit(lock_object(locked, "lesion", False)) is not None


def test_a_locked_structure_is_confirmed_and_others_are_edited():
    locked = lock_object(case(), "lesion")
    assert not confirm_structure(locked, "lesion", False).structure("lesion").confirmed
    assert reshape_structure(locked, "bowel", ball(GRID, 9, (12, 0, 0))).structure("lesion") == locked.structure(
        "lesion"
    )


def test_structures_overlap_unless_one_is_told_to_take_from_another():
    wide = ball(GRID, 12)
    overlapping = reshape_structure(case(), "lesion", wide)
    assert overlapping.structure("bowel").shape.count == ball(GRID, 6, (12, 0, 0)).count
    taking = reshape_structure(case(), "lesion", wide, take_from=("bowel",))
    assert taking.structure("bowel").shape.digest == ball(GRID, 6, (12, 0, 0)).minus(wide).digest
    assert reshape_structure(case(), "lesion", ball(GRID, 25), take_from=("bowel",)).find("bowel") is None


def test_a_centreline_loses_no_voxels():
    with pytest.raises(PlanError, match="S2 L is a centreline") as refused:
        reshape_structure(case(), "lesion", ball(GRID, 12), take_from=("root.S2.L",))
    assert refused.value.code == "structure-not-painted"


@pytest.mark.parametrize(
    "edit",
    [
        lambda c: move_probe(c, "C1", tip_mm=(0, 1, 0)),
        lambda c: move_probe(c, "C1", entry_mm=(1, 25, 0)),
        lambda c: change_device(c, "C1", "iceseed-1.5"),
        lambda c: remove_probe(c, "C1"),
    ],
    ids=["tip", "entry", "device", "remove"],
)
def test_nothing_moves_a_locked_probe(edit):
    locked = lock_object(planned(), "C1")
    with pytest.raises(PlanError, match="C1 is locked") as refused:
        edit(locked)
    assert refused.value.code == "probe-locked" and "Unlock C1" in refused.value.hint
    assert edit(lock_object(locked, "C1", False)) != planned()


def test_beside_a_locked_probe_others_are_moved_and_it_keeps_its_lock():
    two = add_probe(lock_object(planned(), "C1"), CRYO, (10, 25, 0), (10, 0, 0))
    moved = remove_probe(move_probe(two, "C2", tip_mm=(9, 0, 0)), "C2")
    assert moved.plan == lock_object(planned(), "C1").plan


def test_a_lock_is_kept_in_the_file_and_is_none_where_an_older_file_does_not_say(tmp_path):
    path = tmp_path / f"case{SUFFIX}"
    write_case(path, lock_object(lock_object(planned(), "bowel"), "C1"), {})
    kept = read_case(path)[0]
    assert [s.id for s in kept.structures if s.locked] == ["bowel"] and kept.probe("C1").locked
    old = tmp_path / f"old{SUFFIX}"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(old, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "case.json":
                document = json.loads(content)
                for entry in (*document["structures"], *document["probes"]):
                    del entry["locked"]
                content = json.dumps(document).encode()
            target.writestr(name, content)
    opened = read_case(old)[0]
    assert not any(placed.locked for placed in (*opened.structures, *opened.plan.probes))


def test_a_lock_leaves_the_prediction_as_it_is():
    assert prediction_digest(lock_object(planned(), "lesion")) == prediction_digest(planned())
    assert prediction_digest(lock_object(planned(), "C1")) == prediction_digest(planned())
