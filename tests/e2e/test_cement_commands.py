"""`cement` on a case file, to what the report says of it."""

from __future__ import annotations

import numpy as np
import pytest
from pypdf import PdfReader

from planning.case_io import read_case
from tests.e2e.conftest import text_of


@pytest.fixture
def planned(command_line, phantom_folder, small_phantom, tmp_path):
    """A case file on the coarse phantom: a lesion, and a cryoprobe in it that freezes for a minute."""
    path = tmp_path / "plan.sacroplan"
    target = np.array(small_phantom.lesions[0].centre_mm)
    command_line.ok("new", phantom_folder, path)
    command_line.ok("lesion", path, "--seed", text_of(target))
    command_line.ok(
        "probe", "add", path, "--device", "icesphere-1.5", "--target", text_of(target),
        "--towards", text_of(target + [4, 30, 0]),
    )  # fmt: skip
    command_line.ok("simulate", path, "--phases", "on:60")
    return path


def tip_of(path):
    return np.array(read_case(path)[0].plan.probes[0].tip_mm)


def test_kinds_are_listed_with_every_number_and_its_source(command_line):
    (kind,) = command_line.ok("cement", "kinds")["cements"]
    assert kind["id"] == "pmma" and kind["heat_j_kg"] == pytest.approx(154e3, rel=0.01)
    assert all(v["source"] for v in kind["values"].values()) and len(kind["assumptions"]) == 3
    assert {"PMID 12865844", "PMID 19280257"} <= {m["source"] for m in kind["measured"]}


def test_cement_is_placed_moved_changed_and_removed_and_the_zone_is_kept(command_line, planned):
    at = tip_of(planned)
    made = command_line.ok("cement", "add", planned, "--at", text_of(at), "--volume-ml", 3, "--minutes-after", 5)
    assert (made["name"], made["kind"], made["temperature_c"], made["minutes_after"]) == ("Cement 1", "pmma", 22, 5)
    moved = command_line.ok("cement", "change", planned, "Cement 1", "--at", text_of(at + [1, 0, 0]))
    assert moved["start_mm"] == moved["stop_mm"] == pytest.approx(at + [1, 0, 0], abs=1e-3)
    long = command_line.ok("cement", "change", planned, "Cement 1", "--to", text_of(at + [9, 0, 0]), "--volume-ml", 2)
    assert long["start_mm"] == moved["start_mm"] and long["radius_mm"] < made["radius_mm"]
    shown = command_line.ok("show", planned)
    assert shown["cements"] == [long] and shown["zone_up_to_date"]
    assert command_line.ok("cement", "remove", planned, "Cement 1") == {"cements": []}


def test_refusals_name_what_is_wrong_and_keep_the_file(command_line, planned):
    at = text_of(tip_of(planned))
    before = planned.read_bytes()
    for words, told in (
        (("cement", "add", planned, "--at", at, "--volume-ml", 90), "90 ml"),
        (("cement", "add", planned, "--at", at, "--volume-ml", 3, "--kind", "plaster"), "pmma"),
        (("cement", "add", planned, "--at", at, "--volume-ml", 3, "--minutes-after", -1), "min after"),
        (("cement", "add", planned, "--at", "0,0,9999", "--volume-ml", 3), "outside the CT"),
        (("cement", "change", planned, "Cement 1"), "what to change"),
        (("cement", "remove", planned, "Cement 1"), "none yet"),
        (("cement", "predict", planned), "no cement"),
    ):
        assert told in command_line.refused(*words)
    assert planned.read_bytes() == before


@pytest.mark.slow
def test_its_heat_is_predicted_and_reported(command_line, planned, tmp_path):
    command_line.ok("cement", "add", planned, "--at", text_of(tip_of(planned)), "--volume-ml", 2)
    said = command_line.ok("cement", "predict", planned)
    assert said["findings"][0]["sentence"].startswith("Cement injected 0 min after the end of the freeze")
    assert said["setting"]["set_last_s"] > said["setting_alone"]["set_last_s"]
    assert said["place_coldest_c"] < 0 < said["place_frozen_frac"]
    assert len(said["times_s"]) == len(next(iter(said["curves_c"].values()), said["times_s"]))
    unpredicted, predicted = tmp_path / "bare.pdf", tmp_path / "cement.pdf"
    command_line.ok("report", planned, "--out", unpredicted)
    command_line.ok("report", planned, "--out", predicted, "--cement")
    pages = [" ".join(page.extract_text() for page in PdfReader(path).pages) for path in (unpredicted, predicted)]
    assert all("Cement after the ablation" in said for said in pages)
    assert "not predicted for this plan" in pages[0] and "not predicted for this plan" not in pages[1]
