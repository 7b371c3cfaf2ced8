"""Both scripts of docs/scripting.md run as printed, but for their paths, and make one and the same plan."""

import numpy as np
from pypdf import PdfReader

from app.export.pictures import SIZE_PX, VIEWS
from imaging.structures import Tube
from planning import services
from planning.case_io import read_case
from tests.e2e.conftest import GUIDE


def _is_png_of(path, size_px):
    head = path.read_bytes()[:24]
    return head[:8] == b"\x89PNG\r\n\x1a\n" and tuple(np.frombuffer(head[16:24], ">u4").tolist()) == size_px


def test_python_script_leaves_case_report_and_pictures(python_plan):
    out = python_plan["out"]
    case, zones = read_case(out / "plan.sacroplan")
    assert list(zones) == [services.prediction_digest(case)]
    assert {p.name for p in out.iterdir()} == {"plan.sacroplan", "report.pdf", *(f"{v}.png" for v in VIEWS)}
    assert len(PdfReader(out / "report.pdf").pages) >= 2
    assert all(_is_png_of(out / f"{view}.png", SIZE_PX) for view in VIEWS)


def test_shell_script_leaves_case_report_and_pictures_without_qt(shell_plan):
    expected = {"plan.sacroplan", "report.pdf", "sheet.png", *(f"{v}.png" for v in VIEWS)}
    assert {p.name for p in shell_plan.out.iterdir()} == expected
    assert len(PdfReader(shell_plan.out / "report.pdf").pages) >= 2
    assert all(_is_png_of(shell_plan.out / f"{view}.png", SIZE_PX) for view in VIEWS)
    assert "Traceback" not in shell_plan.complaints


def test_both_scripts_make_the_same_plan_and_zone(python_plan, shell_plan):
    case, zones = read_case(shell_plan.case_file)
    ours = python_plan["zone"]
    assert services.prediction_digest(case) == ours.digest
    # Kernels that were compiled in this process round differently from those read from the cache; a cell at the front
    # may freeze a step earlier for it.
    apart_c = zones[ours.digest].extreme_c - ours.extreme_c
    assert np.sqrt((apart_c**2).mean()) < 0.01
    assert (abs(apart_c) > 0.05).mean() < 1e-4
    assert python_plan["verdict"].pelvic.sentence in shell_plan.printed
    assert all(f.sentence in shell_plan.printed for f in python_plan["verdict"].findings)


def test_printed_points_lie_on_the_phantoms_true_nerves(python_plan, small_phantom):
    """They are printed to 0.1 mm."""
    for (level, side), points in python_plan["roots"].items():
        assert _apart_mm(small_phantom.roots[f"{level}.{side}"], points).max() < 0.1
    assert _apart_mm(small_phantom.canal, python_plan["canal"]).max() < 0.1


def _apart_mm(tube, points):
    axis = Tube(tube.points_mm, 1.0).resampled(0.02).points_mm
    return np.array([np.linalg.norm(axis - p, axis=1).min() for p in points])


def test_guide_names_every_sub_command():
    from app.cli.main import _parser

    commands = next(a for a in _parser()._actions if a.dest == "command").choices
    text = GUIDE.read_text()
    assert [name for name in commands if f"| `{name} " not in text and f"| `{name}`" not in text] == []
