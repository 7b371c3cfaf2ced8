"""`plan` on the command line: several plans of one case, compared and approved, and refused by name."""

from __future__ import annotations

import json

import pytest

from app.cli import main
from planning import services
from planning.case_io import read_case, write_case
from planning.operations.probes import move_probe
from planning.plans import plan_digests
from tests.report_case import small_plan, zone_of


@pytest.fixture
def case_file(tmp_path, monkeypatch):
    """The small plan with its prediction; what is solved besides is made by the same formula."""
    monkeypatch.setenv("SACROPLAN_HOME", str(tmp_path / "own"))
    case, volume = small_plan()
    monkeypatch.setattr("app.cli.plan_keeping.volume_of", lambda *_: volume)
    monkeypatch.setattr(services, "predict", lambda case, volume, progress: zone_of(case))
    zone = zone_of(case)
    write_case(tmp_path / "c.sacroplan", case, {zone.digest: zone})
    return tmp_path / "c.sacroplan"


def answer(capsys, act, case_file, *words, status=0):
    assert main(["plan", act, str(case_file), *words]) == status
    out = capsys.readouterr()
    return out.out if status == 0 else out.err


def move_one(case_file):
    case, zones = read_case(case_file)
    x, y, z = case.plan.probes[0].tip_mm
    moved = move_probe(case, case.plan.probes[0].id, tip_mm=(x, y + 2.0, z))
    write_case(case_file, moved, zones)


def test_plans_are_copied_named_taken_and_removed(case_file, capsys):
    assert "Wider" in answer(capsys, "copy", case_file, "--name", "Wider")
    assert "no probes" in answer(capsys, "new", case_file)
    assert read_case(case_file)[0].plan.number == 3
    answer(capsys, "rename", case_file, "3", "Later")
    listed = json.loads(answer(capsys, "list", case_file, "--json"))["plans"]
    assert [(p["title"], p["in_hand"]) for p in listed] == [("Plan 1", False), ("Wider", False), ("Later", True)]
    answer(capsys, "remove", case_file, "3")
    assert read_case(case_file)[0].plan.title == "Wider"
    answer(capsys, "take", case_file, "1")
    assert read_case(case_file)[0].plan.number == 1


def test_the_prediction_of_a_plan_that_is_not_in_hand_is_kept(case_file, capsys):
    digest = services.prediction_digest(read_case(case_file)[0])
    answer(capsys, "copy", case_file)
    move_one(case_file)
    answer(capsys, "take", case_file, "1")
    case, zones = read_case(case_file)
    assert set(zones) == {digest} == {plan_digests(case)[1]}


def test_plans_are_compared_and_those_without_a_prediction_are_solved_if_wanted(case_file, capsys):
    answer(capsys, "copy", case_file)
    move_one(case_file)
    assert "not predicted" in answer(capsys, "compare", case_file)
    found = json.loads(answer(capsys, "compare", case_file, "--predict", "--json"))
    assert found["predicted"] == [True, True]
    rows = {r["words"]: r for r in found["rows"]}
    assert not rows["Probes"]["differs"] and rows["Smallest margin"]["differs"]
    assert set(read_case(case_file)[1]) == set(plan_digests(read_case(case_file)[0]).values())


def test_an_approval_is_told_with_what_speaks_against_and_falls(case_file, capsys):
    said = answer(capsys, "approve", case_file, "--by", "A. Reader")
    assert "approved by A. Reader" in said
    assert "by A. Reader" in answer(capsys, "list", case_file)
    move_one(case_file)
    name = read_case(case_file)[0].plan.probes[0].name
    assert f"fell: {name} changed" in answer(capsys, "list", case_file)
    assert "not approved" in answer(capsys, "withdraw", case_file)
    assert read_case(case_file)[0].plan.approval is None


@pytest.mark.parametrize(
    ("act", "words", "said"),
    [
        ("take", ["9"], "no plan 9"),
        ("remove", ["1"], "at least one plan"),
        ("approve", ["--by", " "], "name or initials"),
        ("withdraw", [], "is not approved"),
    ],
)
def test_what_cannot_be_done_leaves_the_file_as_it_was(case_file, capsys, act, words, said):
    before = case_file.read_bytes()
    assert said in answer(capsys, act, case_file, *words, status=1)
    assert case_file.read_bytes() == before


def test_a_plan_that_is_not_predicted_as_it_is_cannot_be_approved(case_file, capsys):
    move_one(case_file)
    assert "up-to-date prediction" in answer(capsys, "approve", case_file, "--by", "A. Reader", status=1)
