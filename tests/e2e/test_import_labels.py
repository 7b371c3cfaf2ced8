"""`import-labels`: proposals from a label map or from a stand-in for TotalSegmentator, and refusals that change nothing."""

from __future__ import annotations

import json
import os
import threading
import time

import pytest

from app.total_segmentator import installed, run_on
from imaging.errors import ImagingError
from imaging.files import write_volume
from imaging.progress import Cancelled, Progress
from planning.case_io import read_case
from tests.builders.label_maps import GRID, bony_ct, label_map, stand_in, write_map

FOUND = ["bowel", "bladder", "vessel", "sacrum", "ilium.L", "ilium.R", "vertebra.L5"]


@pytest.fixture
def case(command_line, tmp_path):
    ct = tmp_path / "ct.nrrd"
    hu = bony_ct().hu.copy()
    hu[0] = -1000
    write_volume(ct, hu, GRID)
    path = tmp_path / "plan.sacroplan"
    command_line.ok("new", ct, path)
    return path


def test_structures_come_unconfirmed_and_what_is_confirmed_or_locked_stays(command_line, case, tmp_path):
    labels = write_map(tmp_path / "labels.nii.gz")
    said = command_line.ok("import-labels", case, labels)
    assert [s["id"] for s in said["structures"]] == FOUND and not any(s["confirmed"] for s in said["structures"])
    assert any("liver" in note for note in said["notes"])
    sacrum = read_case(case)[0].structure("sacrum")
    assert not sacrum.confirmed
    for words in ("labels.nii.gz", "TotalSegmentator", "Apache-2.0", "taken on trust"):
        assert words in sacrum.origin
    command_line.ok("structure", case, "--confirm", "sacrum")
    command_line.ok("edit", "lock", case, "bowel")
    before = {s.id: s for s in read_case(case)[0].structures}
    smaller = label_map()
    smaller[:, :, ::3] = 0
    said = command_line.ok("import-labels", case, write_map(tmp_path / "labels.nii.gz", labels=smaller))
    assert "Kept as it was, because confirmed or locked: Bowel, Sacrum." in said["notes"]
    after = {s.id: s for s in read_case(case)[0].structures}
    assert {i for i in after if after[i].shape.digest == before[i].shape.digest} == {"sacrum", "bowel"}


def test_a_refusal_leaves_the_case_as_it_is(command_line, case, tmp_path, monkeypatch):
    before = case.read_bytes()
    (tmp_path / "labels.nii.gz").write_text("no volume")
    assert "cannot be read" in command_line.refused("import-labels", case, tmp_path / "labels.nii.gz")
    assert "one of both" in command_line.refused("import-labels", case)
    assert "one of both" in command_line.refused("import-labels", case, tmp_path, "--run-totalsegmentator")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "sacroplan[totalsegmentator]" in command_line.refused("import-labels", case, "--run-totalsegmentator")
    assert case.read_bytes() == before


def test_totalsegmentator_is_run_without_its_statistics(command_line, case, tmp_path, monkeypatch):
    program = stand_in(tmp_path, monkeypatch)
    program.gives(write_map(tmp_path / "made.nii.gz"))
    said = command_line.ok("import-labels", case, "--run-totalsegmentator")
    assert [s["id"] for s in said["structures"]] == FOUND
    assert read_case(case)[0].structure("sacrum").origin.startswith("found by TotalSegmentator")
    asked = json.loads((program.folder / "asked.json").read_text())
    assert asked["settings"]["send_usage_stats"] is False and asked["weights"] == str(program.weights)
    assert asked["words"][4:] == ["--ml", "--task", "total"]


def test_only_what_is_installed_with_weights_can_run(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("TOTALSEG_WEIGHTS_PATH", str(tmp_path / "none"))
    assert "not installed" in installed().why_not
    program = stand_in(tmp_path, monkeypatch, models=(291, 292))
    program.answer("")
    assert "without its weights" in installed().why_not
    (program.weights / "Dataset297_total_3mm").mkdir()
    assert "without its weights" in installed().why_not
    (program.weights / "Dataset297_total_3mm" / "plans.json").touch()
    assert not installed().why_not and installed().options == ("--fast",)


def test_a_run_that_fails_says_its_last_words_and_one_that_is_cancelled_ends(tmp_path, monkeypatch):
    program = stand_in(tmp_path, monkeypatch)
    program.answer("print('no memory left'); sys.exit(3)")
    with pytest.raises(ImagingError, match="no memory left") as refused:
        run_on(bony_ct(), Progress())
    assert refused.value.code == "totalsegmentator-failed"
    program.answer("print('done')")
    with pytest.raises(ImagingError, match="wrote no label map"):
        run_on(bony_ct(), Progress())
    pid = tmp_path / "pid"
    program.answer(f"open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(60)")
    progress = Progress()

    def cancel_once_it_runs():
        while not (pid.exists() and pid.read_text()):
            time.sleep(0.02)
        progress.cancel()

    thread = threading.Thread(target=cancel_once_it_runs)
    thread.start()
    with pytest.raises(Cancelled):
        run_on(bony_ct(), progress)
    thread.join()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
    (program.folder / "TotalSegmentator").write_text("#!/no/such/interpreter\n")
    with pytest.raises(ImagingError, match="cannot be started"):
        run_on(bony_ct(), Progress())
