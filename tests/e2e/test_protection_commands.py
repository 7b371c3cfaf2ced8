"""`pocket` and `thermocouple` on a case file, to what `evaluate` says of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pypdf import PdfReader

from planning import services
from planning.case_io import read_case, write_case
from tests.e2e.conftest import text_of
from tests.report_case import zone_of


@pytest.fixture
def planned(command_line, phantom_folder, small_phantom, tmp_path):
    """A case file on the coarse phantom: a lesion, and a cryoprobe in it."""
    path = tmp_path / "plan.sacroplan"
    target = np.array(small_phantom.lesions[0].centre_mm)
    command_line.ok("new", phantom_folder, path)
    command_line.ok("lesion", path, "--seed", text_of(target))
    command_line.ok(
        "probe",
        "add",
        path,
        "--device",
        "icesphere-1.5",
        "--target",
        text_of(target),
        "--towards",
        text_of(target + [4, 30, 0]),
    )
    return path


def tip_of(path):
    return np.array(read_case(path)[0].plan.probes[0].tip_mm)


def test_agents_are_listed_with_their_sources_and_warnings(command_line):
    agents = {a["id"]: a for a in command_line.ok("pocket", "agents")["agents"]}
    assert agents["d5w"]["temperature_heat_c"] == 20
    assert agents["saline"]["warnings"][0]["mode"] == "heat"
    assert all(a["source"] for a in agents.values())


def test_a_pocket_is_placed_moved_warmed_and_removed(command_line, planned):
    at = tip_of(planned) + [0, -20, 0]
    made = command_line.ok("pocket", "add", planned, "--agent", "saline", "--at", text_of(at), "--radius-mm", 6)
    assert (made["name"], made["temperature_c"], made["circulating"]) == ("Saline 1", 37, False)
    moved = command_line.ok("pocket", "change", planned, "Saline 1", "--at", text_of(at + [1, 0, 0]))
    assert moved["start_mm"] == moved["stop_mm"] == pytest.approx(at + [1, 0, 0], abs=1e-3)
    long = command_line.ok("pocket", "change", planned, "Saline 1", "--to", text_of(at + [9, 0, 0]))
    assert long["stop_mm"] == pytest.approx(at + [9, 0, 0], abs=1e-3)
    assert long["start_mm"] == moved["start_mm"]
    warm = command_line.ok("pocket", "change", planned, "Saline 1", "--temperature-c", 42, "--circulating")
    assert (warm["temperature_c"], warm["circulating"], warm["radius_mm"]) == (42, True, 6)
    assert command_line.ok("show", planned)["pockets"] == [warm]
    assert command_line.ok("pocket", "remove", planned, "Saline 1") == {"pockets": []}


def test_refusals_name_what_is_wrong_and_keep_the_file(command_line, planned):
    at = text_of(tip_of(planned))
    before = planned.read_bytes()
    for words, told in (
        (("pocket", "add", planned, "--agent", "helium", "--at", at, "--radius-mm", 6), "co2"),
        (("pocket", "add", planned, "--agent", "co2", "--at", at, "--radius-mm", 90), "90 mm"),
        (("pocket", "add", planned, "--agent", "co2", "--at", at, "--radius-mm", 5, "--circulating"), "temperature"),
        (("pocket", "change", planned, "CO₂ 1"), "what to change"),
        (("pocket", "remove", planned, "CO₂ 1"), "none yet"),
        (("thermocouple", "add", planned, "--at", "0,0,9999"), "outside the CT"),
        (("thermocouple", "move", planned, "T1", "--at", at), "none yet"),
    ):
        assert told in command_line.refused(*words)
    assert planned.read_bytes() == before


def test_evaluate_reads_the_thermocouples_and_warns_of_the_fluid(command_line, planned):
    at = tip_of(planned)
    command_line.ok("thermocouple", "add", planned, "--at", text_of(at + [12, 0, 0]))
    command_line.ok("thermocouple", "move", planned, "T1", "--at", text_of(at + [10, 0, 0]))
    command_line.ok("pocket", "add", planned, "--agent", "d5w", "--at", text_of(at + [8, 0, 0]), "--radius-mm", 5)
    case, _ = read_case(planned)
    zone = zone_of(case)
    write_case(planned, case, {services.prediction_digest(case): replace(zone, curves_c={})})
    said = command_line.ok("evaluate", planned)
    (reading,) = said["thermocouples"]
    assert reading["name"] == "T1" and reading["extreme_c"] < 10 and reading["judgement"] != "within limits"
    sentences = " ".join(f["sentence"] for f in said["findings"])
    assert "D5W 1 is not for cryoablation" in sentences and "D5W 1 freezes" in sentences
    assert command_line.ok("thermocouple", "remove", planned, "T1") == {"thermocouples": []}


@pytest.mark.slow
def test_how_sure_a_plan_is_is_run_judged_and_reported(command_line, planned, tmp_path):
    command_line.ok("simulate", planned, "--phases", "on:60")
    said = command_line.ok("sure", planned, "--runs", "8", "--seed", "3")
    assert {f["structure"] for f in said["findings"]} >= {"lesion"}
    assert (said["runs"], said["seed"]) == (8, 3) and said["margin_moved_by"]
    assert said == command_line.ok("sure", planned, "--runs", "8", "--seed", "3")
    placed = command_line.ok("sure", planned, "--runs", "8", "--placed")
    assert not any("tip" in one["input"] for one in placed["margin_moved_by"])
    assert "Needles are taken to lie where the plan has them." in placed["left_out"]
    bare, sure = tmp_path / "bare.pdf", tmp_path / "sure.pdf"
    command_line.ok("report", planned, "--out", bare)
    command_line.ok("report", planned, "--out", sure, "--sure", 8)
    pages = [" ".join(page.extract_text() for page in PdfReader(path).pages) for path in (bare, sure)]
    assert "was not computed" in pages[0] and "was not computed" not in pages[1]
    assert "what moves it most" in pages[1] and "8 runs" in pages[1]


def test_how_sure_it_is_is_refused_without_a_settled_zone_or_runs(command_line, planned):
    assert "simulate" in command_line.refused("sure", planned)
    command_line.ok("simulate", planned, "--phases", "on:30")
    assert "0 runs say nothing" in command_line.refused("sure", planned, "--runs", "0")


def test_what_protects_is_proposed_taken_and_reported(command_line, planned, tmp_path):
    beside = tip_of(planned) + [9, 0, 0]
    tube = [text_of(beside - [0, 0, 12]), text_of(beside + [0, 0, 12])]
    command_line.ok(
        "structure", planned, "--tube", "root", "--level", "S2", "--side", "L", "--radius", 2, "--points", *tube
    )
    assert "simulate" in command_line.refused("protect", planned)
    command_line.ok("simulate", planned, "--phases", "on:420")
    before = planned.read_bytes()
    said = command_line.ok("protect", planned)
    assert planned.read_bytes() == before, "it only proposes"
    assert [n["structure"] for n in said["needs"]] == ["root.S2.L"] and said["watch"][0]["for"] == "root.S2.L"
    assert said["stop_rules"][0]["overshoot_k"] > 0
    assert "from 1 to" in command_line.refused("protect", planned, "--watch", 9)
    assert planned.read_bytes() == before
    pdf = tmp_path / "r.pdf"
    command_line.ok("report", planned, "--out", pdf, "--protect")
    words = " ".join(page.extract_text() for page in PdfReader(pdf).pages)
    assert "more after stopping" in words
    assert command_line.ok("protect", planned, "--watch", 1)["placed"] == ["T1"]
    (placed,) = command_line.ok("show", planned)["thermocouples"]
    assert placed["position_mm"] == pytest.approx(said["watch"][0]["position_mm"]) and placed["entry_mm"] is None
    towards = text_of(np.add(placed["position_mm"], [0, 20, 0]))
    way = command_line.ok("thermocouple", "way", planned, "T1", "--towards", towards)
    assert way["length_mm"] == pytest.approx(np.linalg.norm(np.subtract(way["entry_mm"], placed["position_mm"])))
    assert command_line.ok("thermocouple", "way", planned, "T1", "--none")["entry_mm"] is None
    assert "It has: T1" in command_line.run("pocket", "way", planned, "CO₂ 9", "--towards", towards)[2]
