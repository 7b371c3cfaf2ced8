"""`check` on a case file: a new CT as DICOM, with a needle beside its plan, to the replanned probe."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.dicom.write import write_ct_series
from planning.case_io import read_case
from tests.builders.check_scans import part_of, rescanned, with_needle
from tests.e2e.conftest import text_of

OFFSET_MM = np.array([3.0, 5.0, -2.0])


@pytest.fixture(scope="module")
def scans(small_phantom, tmp_path_factory):
    """A planning CT around the lesion, and the same turned and shifted with a needle 6 mm off the target."""
    folder = tmp_path_factory.mktemp("check")
    target = np.array(small_phantom.lesions[0].centre_mm)
    planned = part_of(small_phantom.volume, target[2] - 30, target[2] + 30)
    write_ct_series(planned, folder / "ct", patient_name="A", patient_id="1")
    new, truth = rescanned(planned, (4, -2, 9), (8, -14, 120), target, height_mm=36, slice_mm=3.0, width_mm=340)
    back = np.linalg.inv(truth)
    tip = (back @ np.append(target + OFFSET_MM, 1))[:3]
    write_ct_series(with_needle(new, tip, back[:3, :3] @ [0.1, 1.0, 0.05], 2.4), folder / "new")
    write_ct_series(new, folder / "bare")
    return folder, target


@pytest.fixture
def plan(command_line, scans, tmp_path):
    folder, target = scans
    path = tmp_path / "plan.sacroplan"
    command_line.ok("new", folder / "ct", path)
    command_line.ok(
        "probe",
        "add",
        path,
        "--device",
        "icerod-1.5",
        "--target",
        text_of(target),
        "--towards",
        text_of(target + [0, 30, 0]),
    )
    return path


def test_planned_against_actual_and_replanning(command_line, scans, plan):
    folder, target = scans
    before = read_case(plan)[0].probe("C1")
    values = command_line.ok("check", plan, "--ct", folder / "new", "--probe", "C1", "--replan", "--advance")
    (found,) = values["probes"]
    assert found["actual_tip_mm"] == pytest.approx(target + OFFSET_MM, abs=1.2)
    assert found["angle_deg"] == pytest.approx(6.4, abs=1.0)
    assert found["along_mm"] == pytest.approx(-5, abs=1.0) and not found["skin_of_plan"]
    assert values["registration"]["mean_mm"] < 0.4 and values["needles"] == 1
    assert found["sentences"][0].startswith("The tip of C1 lies")
    after = read_case(plan)[0].probe("C1")
    assert before.tip_mm == pytest.approx(target) and values["replanned"][0]["tip_mm"] == pytest.approx(after.tip_mm)
    assert np.linalg.norm(np.subtract(after.tip_mm, target)) == pytest.approx(found["miss_mm"], abs=0.2)


def test_what_cannot_be_compared_is_refused_and_changes_nothing(command_line, scans, plan):
    folder, _ = scans
    before = plan.read_bytes()
    assert "No needle was found" in command_line.refused("check", plan, "--ct", folder / "bare", "--replan")
    assert "is the planning CT itself" in command_line.refused("check", plan, "--ct", folder / "ct")
    assert "has no probe 'C7'" in command_line.refused("check", plan, "--ct", folder / "new", "--probe", "C7")
    assert "no file or folder" in command_line.refused("check", plan, "--ct", folder / "missing")
    assert plan.read_bytes() == before
