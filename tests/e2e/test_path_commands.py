"""`path` on the command line: judged, mapped, suggested and placed, and refused by name."""

from __future__ import annotations

import json

import pytest

from app.cli import main
from planning.case_io import read_case, write_case
from planning.operations.probes import add_probe
from tests.builders.paths import NO_LENGTH, nerve, patient


@pytest.fixture
def case_file(tmp_path, monkeypatch):
    """A case of the round patient, whose CT is a file."""
    monkeypatch.setenv("SACROPLAN_HOME", str(tmp_path / "own"))
    case, volume = patient(nerve([(14, 30, -30), (14, 30, 30)]))
    monkeypatch.setattr("app.cli.paths.volume_of", lambda _: volume)
    file = tmp_path / "round.sacroplan"
    write_case(file, case, {})
    return file


def answer(capsys, *words, status=0):
    assert main([str(w) for w in words]) == status
    out = capsys.readouterr()
    return json.loads(out.out) if status == 0 else out.err


def test_a_way_is_suggested_placed_and_judged(case_file, capsys):
    found = answer(capsys, "path", "suggest", case_file, "--device", NO_LENGTH, "--place", 1, "--json")
    assert found["placed"] == "C1" and found["suggestions"][0]["title"] and not found["suggestions"][0]["refused"]
    (probe,) = read_case(case_file)[0].plan.probes
    assert list(probe.tip_mm) == pytest.approx(found["suggestions"][0]["tip_mm"])
    (judged,) = answer(capsys, "path", "judge", case_file, "--json")["paths"]
    assert judged["probe"] == "C1" and judged["distances"][0]["name"] == "S1 L"
    assert {f["rule"] for f in judged["findings"]} >= {"canal", "hub", "bore"}
    assert "bowel" in found["suggestions"][0]["doubts_in_words"]
    main(["path", "judge", str(case_file), "C1"])
    assert "vessels, bowel and bladder, of which nothing is outlined" in capsys.readouterr().out


def test_all_skin_is_mapped(case_file, capsys):
    found = answer(capsys, "path", "map", case_file, "--device", NO_LENGTH, "--target=0,0,0", "--json")
    assert found["allowed"] + sum(found["refused"].values()) == found["entries"] > 2000
    assert "bowel" in found["not_assessed"] and found["best"]["entry_mm"][1] > 40


def test_the_room_is_kept_in_the_case(case_file, capsys):
    said = answer(capsys, "path", "room", case_file, "--posture", "supine", "--tilt", 12, "--bore", 700, "--json")
    assert said["posture"] == "supine"
    room = read_case(case_file)[0].plan.room
    assert (room.gantry_tilt_deg, room.bore_mm) == (12.0, 700.0)
    assert "does not tilt" in answer(capsys, "path", "room", case_file, "--tilt", 60, status=1)
    assert "opening" in answer(capsys, "path", "room", case_file, "--bore", 50, status=1)


def test_the_order_of_placement_is_set_and_told(case_file, capsys):
    case, _ = read_case(case_file)
    for x in (0, 12):
        case = add_probe(case, NO_LENGTH, (x, 55, 0), (x, 0, 0))
    write_case(case_file, case, {})
    assert answer(capsys, "probe", "order", case_file, "--json") == {"probes": ["C1", "C2"]}
    assert answer(capsys, "probe", "order", case_file, "C2", "C1", "--json") == {"probes": ["C2", "C1"]}
    assert [p.name for p in read_case(case_file)[0].plan.in_order] == ["C2", "C1"]
    assert "no probe 'C7'" in answer(capsys, "probe", "order", case_file, "C7", status=1)


def test_rules_are_listed_changed_and_reset(case_file, capsys):
    assert answer(capsys, "path", "rules", "--json")["limits.nerves"]["caution"] == 10
    assert answer(capsys, "path", "set", "limits.nerves", "alarm=3", "--json")["limits.nerves"]["alarm"] == 3
    assert "contradict" in answer(capsys, "path", "set", "limits.nerves", "alarm=30", status=1)
    assert "no KEY=VALUE" in answer(capsys, "path", "set", "limits.nerves", "alarm", status=1)
    assert answer(capsys, "path", "set", "tolerance_mm", "value=5", "--json")["tolerance_mm"]["value"] == 5
    assert answer(capsys, "path", "reset", "--json")["limits.nerves"]["alarm"] is None


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("suggest", "--device", "nothing"), "no device"),
        (("suggest", "--device", NO_LENGTH, "--place", "9"), "no suggestion 9"),
        (("map", "--device", NO_LENGTH, "--target=0,65,65"), "lies in air"),
        (("judge", "C7"), "no probe"),
        (("judge",), "no probe"),
    ],
)
def test_what_cannot_be_is_refused_by_name(case_file, capsys, words, reason):
    act, *rest = words
    assert reason in answer(capsys, "path", act, case_file, *rest, status=1).replace("'nothing'", "").lower()
