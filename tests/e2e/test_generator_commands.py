"""`probe share` and `probe unshare` on a case file, and what `show` and `probe remove` say of it."""

from __future__ import annotations

import pytest

from planning.case_io import read_case, write_case
from planning.operations.probes import add_probe
from tests.builders.cases import centred_grid, empty_case


@pytest.fixture
def planned(tmp_path):
    """A case file with three electrodes of one kind and one of another."""
    path, case = tmp_path / "plan.sacroplan", empty_case(centred_grid(20))
    for n, device_id in enumerate(("cool-tip-20", "cool-tip-20", "cool-tip-20", "uncooled-rf-10")):
        case = add_probe(case, device_id, (8.0 * n - 12, 18, 0), (8.0 * n - 12, 0, 0))
    write_case(path, case)
    return path


def test_probes_share_a_generator_until_they_do_not(command_line, planned):
    made = command_line.ok("probe", "share", planned, "R1", "R2", "R3", "--how=in-turn", "--dwell=30")
    assert made == {
        "id": "generator-1", "how": "in turn", "probes": ["R1", "R2", "R3"], "against": [], "dwell_s": 30.0,
    }  # fmt: skip
    assert command_line.ok("show", planned)["generators"] == [made]
    assert "One generator: R1, R2 and R3 in turn, 30\u202fs each" in command_line.run("show", planned)[1]
    assert command_line.ok("probe", "unshare", planned, "R2") == {"generators": []}
    assert read_case(planned)[0].plan.generators == ()


def test_of_two_the_second_is_the_other_side_and_of_more_it_is_named(command_line, planned):
    made = command_line.ok("probe", "share", planned, "R2", "R1", "--how=between")
    assert (made["probes"], made["against"]) == (["R1", "R2"], ["R1"])
    command_line.ok("probe", "unshare", planned, "R1")
    made = command_line.ok("probe", "share", planned, "R1", "R2", "R3", "--how", "between", "--against", "R1", "R3")
    assert made["against"] == ["R1", "R3"]


def test_a_removed_probe_says_what_becomes_of_the_sharing(command_line, planned):
    command_line.ok("probe", "share", planned, "R1", "R2", "--how=together")
    assert command_line.ok("probe", "remove", planned, "R1") == {
        "probes": ["R2", "R3", "R4"], "sharing_lost": "R1 and R2 no longer share a generator.",
    }  # fmt: skip
    assert command_line.ok("probe", "remove", planned, "R4")["sharing_lost"] == ""


def test_refusals_name_what_is_wrong_and_keep_the_file(command_line, planned):
    before = planned.read_bytes()
    for words, told in (
        (("R1", "--how=together"), "two probes"),
        (("R1", "R4", "--how=together"), "different settings"),
        (("R1", "R2", "--how=in-turn"), "need the time"),
        (("R1", "R2", "R3", "--how=between"), "other side"),
    ):
        assert told in command_line.refused("probe", "share", planned, *words)
    assert "own" in command_line.refused("probe", "unshare", planned, "R1")
    assert planned.read_bytes() == before
