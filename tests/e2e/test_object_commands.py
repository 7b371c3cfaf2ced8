"""`object` on the command line: the same names, colours and locks as in the window."""

from __future__ import annotations

import json

import pytest

from app.cli import main
from planning.case_io import read_case, write_case
from tests.report_case import small_plan, zone_of


@pytest.fixture
def case_file(tmp_path):
    case, _ = small_plan()
    zone = zone_of(case)
    write_case(tmp_path / "c.sacroplan", case, {zone.digest: zone})
    return tmp_path / "c.sacroplan"


def answer(capsys, act, case_file, *words, status=0):
    assert main(["object", act, str(case_file), *words]) == status
    out = capsys.readouterr()
    return out.out if status == 0 else out.err


def test_what_a_case_holds_is_named_coloured_locked_and_removed(case_file, capsys):
    listed = {o["id"]: o for o in json.loads(answer(capsys, "list", case_file, "--json"))["objects"]}
    assert listed["probe-1"] == {"id": "probe-1", "what": "probe", "name": "C1", "colour": None, "locked": False}
    assert "probe-1: Upper" in answer(capsys, "rename", case_file, "C1", "Upper")
    assert json.loads(answer(capsys, "colour", case_file, "Upper", "orange", "--json"))["colour"] == "orange"
    assert "locked" in answer(capsys, "lock", case_file, "Upper")
    assert "Upper is locked" in answer(capsys, "remove", case_file, "Upper", status=1)
    answer(capsys, "unlock", case_file, "Upper")
    answer(capsys, "colour", case_file, "Upper", "usual")
    case, zones = read_case(case_file)
    assert case.plan.probes[0].colour is None and len(zones) == 1, "the prediction is still that of the plan"
    assert "Upper removed" in answer(capsys, "remove", case_file, "Upper")
    assert "probe-1" not in answer(capsys, "list", case_file)


def test_a_root_keeps_the_name_of_its_level(case_file, capsys):
    root = next(s for s in read_case(case_file)[0].structures if s.level)
    assert f"{root.name} is named by its level" in answer(capsys, "rename", case_file, root.id, "Nerve", status=1)
    assert "holds no 'nothing'" in answer(capsys, "lock", case_file, "nothing", status=1)
