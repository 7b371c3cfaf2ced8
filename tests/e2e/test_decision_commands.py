"""`clinical`, `decide` and `registry` on case files."""

from __future__ import annotations

import csv

import pytest

from planning.case_io import read_case, write_case
from planning.operations.structures import put_structure
from tests.builders.cases import ball, centred_grid, empty_case, lesion


@pytest.fixture
def folder(tmp_path):
    grid = centred_grid(15)
    for name, size_mm in (("a", 5), ("b", 9)):
        case = put_structure(empty_case(grid), lesion(ball(grid, size_mm)))
        write_case(tmp_path / f"{name}.sacroplan", case)
    return tmp_path


def test_facts_are_said_and_decided_on(command_line, folder):
    path = folder / "a.sacroplan"
    form = ("--sins-location", "rigid", "--sins-pain", "mechanical", "--sins-alignment", "normal")
    form += ("--sins-collapse", "over-half", "--sins-posterolateral", "none")
    said = command_line.ok(
        "clinical", path, "--intent", "palliative", "--appearance", "sclerotic", "--fracture", "yes", *form
    )
    assert said["sins"]["total"] == 6 and said["facts"]["stability"]["value"] == "stable"
    decided = command_line.ok("decide", path)
    options = {o["id"]: o for o in decided["options"]}
    assert options["rfa"]["standing"] == "spoken against" and options["cryo-cement"]["standing"] == "supported"
    assert (
        options["rfa"]["against"][0]["rule"] == "sclerotic-rfa" and "Tomasian" in options["rfa"]["against"][0]["source"]
    )
    assert "Soft-tissue part" in options["cryo"]["missing"] and options["alcohol"]["standing"] == "not assessed"
    assert options["cryo-cement"]["parts"] == {"Cryoablation": "supported", "Cementoplasty": "supported"}
    status, out, _ = command_line.run("decide", path)
    assert status == 0 and "Rule sclerotic-rfa." in out and "decides nothing" in out and "Afterwards" in out
    taken_back = command_line.ok("clinical", path, "--fracture", "unknown", "--sins-pain", "unknown")
    assert taken_back["facts"]["fracture"]["value"] is None and taken_back["sins"]["missing"] == ["Pain"]


def test_the_course_is_recorded_on_one_scale(command_line, folder):
    path = folder / "a.sacroplan"
    course = command_line.ok(
        "clinical", path, "--nprs-before", 7, "--nprs-after", 3, "--cirse", 2, "--karnofsky-after", 80
    )["course"]
    assert (course["pain_scale"], course["pain_before"], course["pain_after"], course["complication"]) == (
        "NPRS",
        7,
        3,
        "2",
    )
    # What was said on the other scale is not taken for this one.
    course = command_line.ok("clinical", path, "--vas-after", 2.5)["course"]
    assert (course["pain_scale"], course["pain_before"], course["pain_after"]) == ("VAS", None, 2.5)
    assert (
        command_line.ok("clinical", path, "--vas-after", "unknown", "--local-control", "no")["course"]["pain_after"]
        is None
    )


def test_refusals_name_what_is_wrong_and_keep_the_file(command_line, folder):
    path = folder / "a.sacroplan"
    before = path.read_bytes()
    for words, told in (
        ((), "Say what is known"),
        (("--nprs-before", 11), "0 to 10"),
        (("--nprs-before", 6.5), "whole numbers"),
        (("--nprs-before", 6, "--vas-after", 2), "one scale"),
        (("--karnofsky-before", 55), "in tens"),
        (("--cirse", 7), "'7' is no value"),
        (("--pain-weeks", -1), "cannot be"),
    ):
        assert told in command_line.refused("clinical", path, *words)
    assert path.read_bytes() == before
    with pytest.raises(SystemExit):
        command_line.run("clinical", path, "--canal", "4")


def test_the_registry_lists_sums_up_and_exports(command_line, folder, tmp_path):
    command_line.ok("clinical", folder / "a.sacroplan", "--nprs-before", 8, "--nprs-after", 3, "--cirse", "none")
    (folder / "cut.sacroplan").write_bytes(b"PK")
    out = tmp_path / "registry.csv"
    found = command_line.ok("registry", folder, "--csv", out)
    assert [c["file"] for c in found["cases"]] == ["a.sacroplan", "b.sacroplan"]
    assert [u["file"].endswith("cut.sacroplan") for u in found["unreadable"]] == [True]
    numbers = {n["name"]: n for n in found["cohort"]["numbers"]}
    assert (numbers["NPRS change"]["mean"], numbers["NPRS change"]["missing"]) == (-5, 1)
    sizes = [c["size_mm"] for c in found["cases"]]
    assert numbers["Largest diameter"]["mean"] == pytest.approx(sum(sizes) / 2)
    shares = {s["name"]: s for s in found["cohort"]["shares"]}
    assert (shares["Any complication"]["count"], shares["Any complication"]["known"]) == (0, 1)
    with out.open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert [line["case"] for line in lines] == ["1", "2"] and lines[0]["pain_before_0_10"] == "8"
    assert read_case(folder / "a.sacroplan")[0].name not in out.read_text(encoding="utf-8-sig")
    _, text, _ = command_line.run("registry", folder)
    assert "Not read: cut.sacroplan" in text and "missing" in text
    assert "no file or folder" in command_line.refused("registry", tmp_path / "nowhere")
