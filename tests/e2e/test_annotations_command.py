"""`annotations` on a case file: every kind with its value, in words and as JSON."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planning.case_io import read_case, write_case
from planning.model.annotation import AnnotationKind
from planning.operations.annotations import add_annotation


@pytest.fixture
def noted(command_line, phantom_folder, small_phantom, tmp_path):
    """A case file on the coarse phantom with one of every kind."""
    path = tmp_path / "noted.sacroplan"
    command_line.ok("new", phantom_folder, path)
    case, at = read_case(path)[0], np.array(small_phantom.lesions[0].centre_mm)
    places = [at, at + [8, 0, 0], at + [8, 6, 0]]
    for kind in AnnotationKind:
        points = places[::2] if kind is AnnotationKind.ELLIPSE else places[: kind.points]
        words = "Look again" if kind is AnnotationKind.NOTE else ""
        case = add_annotation(case, kind, points, (1, 0, 0), (0, 1, 0), words)
    write_case(path, case)
    return path


def test_every_kind_is_listed_with_its_value(command_line, noted):
    found = {a["kind"]: a for a in command_line.ok("annotations", noted)["annotations"]}
    assert found["distance"]["length_mm"] == pytest.approx(8) and found["angle"]["angle_deg"] == pytest.approx(90)
    assert found["ellipse"]["area_mm2"] == pytest.approx(np.pi * 12) and found["polygon"]["area_mm2"] == pytest.approx(
        24
    )
    for kind in ("ellipse", "polygon"):
        region = found[kind]["region"]
        assert region["lowest_hu"] <= region["mean_hu"] <= region["highest_hu"] and region["count"] > 0
    assert found["distance"]["region"] is None and found["note"]["name"] == "Look again"
    status, out, _ = command_line.run("annotations", noted)
    lines = out.splitlines()
    assert status == 0 and len(lines) == 6
    assert lines[0] == "Distance 1: 8.0\u202fmm" and lines[1] == "Angle 2: 90°" and lines[5] == "Look again"
    assert lines[2].startswith("Ellipse 3: ") and "±" in lines[2] and lines[2].endswith("voxels")


def test_a_case_without_any_says_so_and_one_that_is_none_is_refused(command_line, noted, tmp_path):
    write_case(noted, replace(read_case(noted)[0], annotations=()))
    assert command_line.ok("annotations", noted) == {"annotations": []}
    assert command_line.run("annotations", noted)[1] == "Nothing is measured or noted.\n"
    assert "no case file" in command_line.refused("annotations", tmp_path / "none.sacroplan")
