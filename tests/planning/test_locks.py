"""Locked structures are refused by name, and no structure takes voxels of another unless told."""

from __future__ import annotations

import json
import zipfile

import pytest

from imaging.structures import StructureKind
from planning.case_io import SUFFIX, read_case, write_case
from planning.errors import PlanError
from planning.model.naming import make_structure
from planning.operations.probes import add_probe
from planning.operations.structures import (
    confirm_structure,
    lock_structure,
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
    locked = lock_structure(case(), "lesion")
    with pytest.raises(PlanError, match="Lesion is locked") as refused:
        edit(locked)
    assert refused.value.code == "structure-locked" and "Unlock" in refused.value.hint
    assert edit(lock_structure(locked, "lesion", False)) is not None


def test_a_locked_structure_is_confirmed_and_others_are_edited():
    locked = lock_structure(case(), "lesion")
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


def test_a_lock_is_kept_in_the_file_and_is_none_where_an_older_file_does_not_say(tmp_path):
    path = tmp_path / f"case{SUFFIX}"
    write_case(path, lock_structure(case(), "bowel"), {})
    assert [s.id for s in read_case(path)[0].structures if s.locked] == ["bowel"]
    old = tmp_path / f"old{SUFFIX}"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(old, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "case.json":
                document = json.loads(content)
                for entry in document["structures"]:
                    del entry["locked"]
                content = json.dumps(document).encode()
            target.writestr(name, content)
    assert not any(s.locked for s in read_case(old)[0].structures)


def test_a_lock_leaves_the_prediction_as_it_is():
    planned = add_probe(case(), CRYO, (0, 0, 0), (0, 25, 0))
    assert prediction_digest(lock_structure(planned, "lesion")) == prediction_digest(planned)
