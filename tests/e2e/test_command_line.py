"""The journey through the command line: every sub-command, with its JSON, on the phantom and on the real CT."""

import argparse
import dataclasses
import json
from functools import partial

import numpy as np
import pytest
from pypdf import PdfReader

from app.cli import checks, main, output
from app.cli.main import COMMANDS, _parser
from app.demo import demo_case
from imaging.files import write_volume
from imaging.phantom import SMALL
from imaging.structures import ROOT_LEVELS, SPINE_LEVELS, StructureKind
from planning.case_io import read_case
from planning.thermal.verification import Verification, VerificationRow
from planning.thermal.verification.rows import compare
from planning.trajectory.verification.groups import RowGroup
from tests.e2e.conftest import run_shell, text_of
from tests.report_case import zone_of


def _sub_commands():
    action = next(a for a in _parser()._actions if isinstance(a, argparse._SubParsersAction))
    names = [[name] for name in action.choices]
    for name, parser in action.choices.items():
        for acts in (a for a in parser._actions if isinstance(a, argparse._SubParsersAction)):
            names += [[name, act] for act in acts.choices]
    return names


@pytest.fixture(scope="module")
def fresh(phantom_folder, tmp_path_factory):
    """A case file of the phantom without anything in it. Do not change it."""
    path = tmp_path_factory.mktemp("fresh") / "case.sacroplan"
    assert main(["new", str(phantom_folder), str(path), "--quiet"]) == 0
    return path


@pytest.fixture
def empty_case(fresh, tmp_path):
    path = tmp_path / "case.sacroplan"
    path.write_bytes(fresh.read_bytes())
    return path


@pytest.mark.parametrize("words", _sub_commands(), ids=" ".join)
def test_every_sub_command_has_help(words, capsys):
    with pytest.raises(SystemExit) as left:
        main([*words, "--help"])
    assert left.value.code == 0
    assert f"sacroplan {' '.join(words)}" in capsys.readouterr().out


def test_wrong_use_exits_2(capsys):
    for words in (["no-such-command"], ["lesion", "x", "--seed", "1,2"], ["simulate", "x", "--phases", "on"]):
        with pytest.raises(SystemExit) as left:
            main(words)
        assert left.value.code == 2


def test_open_lists_the_series(command_line, phantom_folder, small_phantom):
    (series,) = command_line.ok("open", phantom_folder)["series"]
    assert (series["modality"], series["slices"], series["orientation"]) == ("CT", 72, "axial")
    assert series["spacing_mm"] == pytest.approx([3, 3, 3])
    assert series["readable"]
    assert series["synthetic"]
    assert series["findings"] == []
    assert series["description"]


def test_open_tells_of_a_volume_file(command_line, small_phantom, tmp_path):
    write_volume(tmp_path / "ct.nii.gz", small_phantom.volume.hu, small_phantom.volume.grid)
    (series,) = command_line.ok("open", tmp_path / "ct.nii.gz")["series"]
    assert series == {"description": "ct.nii.gz", "shape_kji": [72, 84, 128], "spacing_mm": [3, 3, 3]}


def test_new_keeps_an_older_case_unless_forced(command_line, phantom_folder, tmp_path):
    path = tmp_path / "case.sacroplan"
    assert command_line.ok("new", phantom_folder, path, "--name", "one")["shape_kji"] == [72, 84, 128]
    before = path.read_bytes()
    assert "--force" in command_line.refused("new", phantom_folder, path, "--name", "two")
    assert path.read_bytes() == before
    command_line.ok("new", phantom_folder, path, "--name", "two", "--force")
    assert command_line.ok("show", path)["name"] == "two"


def test_propose_finds_what_the_ct_shows_and_nothing_is_confirmed(command_line, empty_case):
    answer = command_line.ok("propose", empty_case)
    made = answer["structures"]
    ids = {s["id"] for s in made}
    roots = {f"root.{n}.{s}" for n in ("L4", "L5", "S1", "S2") for s in "LR"}
    assert {"skin", "bone", "canal", "thecal_sac", "epidural_fat", "sacrum", "ilium.L", "ilium.R", "vertebra.L5"} <= ids
    assert {name for name in ids if name.startswith("root")} == roots
    assert not any(s["confirmed"] for s in made)
    assert "only 2 pairs of foramina were found" in answer["note"]
    assert command_line.ok("show", empty_case)["structures"] == [{"kind": s["id"].split(".")[0], **s} for s in made]
    assert command_line.ok("structure", empty_case, "--confirm", "bone") == {"confirmed": "bone"}
    confirmed = {s["id"]: s["confirmed"] for s in command_line.ok("show", empty_case)["structures"]}
    assert {name for name, is_so in confirmed.items() if is_so} == {"bone"}
    assert command_line.ok("structure", empty_case, "--remove", "skin") == {"removed": "skin"}
    assert "skin" not in {s["id"] for s in command_line.ok("show", empty_case)["structures"]}


@pytest.mark.slow
def test_proposing_again_leaves_alone_what_is_confirmed(command_line, empty_case):
    command_line.ok(
        "structure", empty_case, "--tube", "root", "--level", "S1", "--side", "L", "--radius", 2.5,
        "--points", "10,0,0", "20,0,-20",
    )  # fmt: skip
    before = read_case(empty_case)[0].structure("root.S1.L")
    command_line.ok("propose", empty_case)
    command_line.ok("edit", "lock", empty_case, "root.S1.R")
    command_line.ok("propose", empty_case)
    case = read_case(empty_case)[0]
    assert "radius from MR neurography" in case.structure("root.S1.R").origin
    assert "radius assumed" in case.structure("root.S2.R").origin
    assert np.array_equal(case.structure("root.S1.L").shape.points_mm, before.shape.points_mm)
    assert case.structure("root.S1.L").confirmed and not case.structure("root.S1.R").confirmed


def test_lesion_grows_no_further_than_its_reach(command_line, empty_case, small_phantom):
    seed = small_phantom.lesions[0].centre_mm
    (wide,) = command_line.ok("lesion", empty_case, "--seed", text_of(seed))["structures"]
    (narrow,) = command_line.ok("lesion", empty_case, "--seed", text_of(seed), "--reach", 8)["structures"]
    assert narrow["volume_mm3"] < wide["volume_mm3"]
    lesion = read_case(empty_case)[0].structure("lesion").shape
    assert np.linalg.norm(lesion.points_mm() - seed, axis=1).max() <= 8


def test_tube_keeps_points_with_negative_coordinates(command_line, empty_case, small_phantom):
    given = small_phantom.roots["S2.R"].points_mm[::20]
    assert (given[:, 0] < 0).all()
    (made,) = command_line.ok(
        "structure", empty_case, "--tube", "root", "--level", "S2", "--side", "R", "--radius", 2.25,
        "--points", *(text_of(p) for p in given),
    )["structures"]  # fmt: skip
    length_mm = np.linalg.norm(np.diff(given, axis=0), axis=1).sum()
    assert made["id"] == "root.S2.R"
    assert made["volume_mm3"] == pytest.approx(np.pi * 2.25**2 * length_mm)
    assert np.array_equal(read_case(empty_case)[0].structure("root.S2.R").shape.points_mm, given)


def test_label_map_brings_its_voxels(command_line, empty_case, small_phantom, tmp_path):
    grid = small_phantom.volume.grid
    bladder = small_phantom.mask(StructureKind.BLADDER)
    write_volume(tmp_path / "labels.nii.gz", 3 * bladder.array().astype(np.uint8), grid)
    take = ("structure", empty_case, "--labels", tmp_path / "labels.nii.gz", "--kind", "bladder", "--label")
    (made,) = command_line.ok(*take, 3)["structures"]
    assert made["volume_mm3"] == pytest.approx(bladder.volume_mm3)
    assert np.array_equal(read_case(empty_case)[0].structure("bladder").shape.array(), bladder.array())
    before = empty_case.read_bytes()
    assert "It has: 3." in command_line.refused(*take, 5)
    write_volume(tmp_path / "other.nii.gz", np.ones((4, 4, 4), np.uint8), grid.crop((0, 0, 0), (4, 4, 4)))
    command_line.refused("structure", empty_case, "--labels", tmp_path / "other.nii.gz", "--kind", "bone", "--label", 1)
    assert empty_case.read_bytes() == before


def test_probes_are_listed_added_moved_and_removed(command_line, empty_case):
    devices = {d["id"]: d for d in command_line.ok("probe", "devices")["devices"]}
    assert devices["icerod-1.5"]["diameter_mm"] == 1.5
    added = command_line.ok(
        "probe", "add", empty_case, "--device", "icerod-1.5", "--target=-30,30,-36", "--entry", "-30,80,-36"
    )  # fmt: skip
    assert (added["name"], added["depth_mm"]) == ("C1", pytest.approx(50))
    assert (added["in_plane_deg"], added["craniocaudal_deg"]) == (pytest.approx(0), pytest.approx(0))
    moved = command_line.ok("probe", "move", empty_case, "C1", "--entry", "-60,81.96152,-36")
    assert moved["tip_mm"] == [-30, 30, -36]
    assert moved["in_plane_deg"] == pytest.approx(-30, abs=1e-4)
    moved = command_line.ok("probe", "move", empty_case, "C1", "--target", "-30,30,-30", "--towards", "-30,60,0")
    assert moved["craniocaudal_deg"] == pytest.approx(45)
    turned = command_line.ok("probe", "turn", empty_case, "C1", "--in-plane", "12.5")
    assert (turned["in_plane_deg"], turned["tip_mm"]) == (pytest.approx(12.5), moved["tip_mm"])
    assert turned["craniocaudal_deg"] == pytest.approx(moved["craniocaudal_deg"])
    assert "out of range" in command_line.refused("probe", "turn", empty_case, "C1", "--craniocaudal", "89")
    assert "Say how" in command_line.refused("probe", "turn", empty_case, "C1")
    adding = ("probe", "add", empty_case, "--device", "icerod-1.5", "--target=-30,30,-36")
    front = command_line.ok(*adding, "--in-plane", "0", "--craniocaudal", "-10", "--side", "anterior")
    assert front["entry_mm"][1] < 30 and front["craniocaudal_deg"] == pytest.approx(-10)
    command_line.ok("probe", "remove", empty_case, "C2")
    for ends in ((), ("--entry=-30,80,-36", "--in-plane", "0")):
        assert "Say the way in once" in command_line.refused(*adding, *ends)
    assert command_line.ok("probe", "lock", empty_case, "C1")["locked"]
    for act in (("move", "--target=-30,30,-29"), ("remove",)):
        assert "C1 is locked" in command_line.refused("probe", act[0], empty_case, "C1", *act[1:])
    assert not command_line.ok("probe", "unlock", empty_case, "C1")["locked"]
    assert [(p["id"], p["locked"]) for p in command_line.ok("show", empty_case)["probes"]] == [("probe-1", False)]
    assert command_line.ok("probe", "remove", empty_case, "C1") == {"probes": [], "sharing_lost": ""}


def test_phantom_plan_is_evaluated_shown_and_taken_away(command_line, simulated, tmp_path):
    shown = command_line.ok("show", simulated)
    assert shown["zone_up_to_date"]
    assert shown["image"]["synthetic"]
    verdict = command_line.ok("evaluate", simulated)
    roots = {r["id"]: r for r in verdict["structures"]}
    assert roots["root.S2.L"]["needle_mm"] > 0
    assert set(roots["root.S2.L"]["isotherm_mm"]) == {"0", "-20", "-40"}
    assert roots["root.S1.L"]["judgement"] == "unconfirmed", "proposed, and nobody looked at it"
    assert roots["root.S5.L"]["judgement"] == "not assessed"
    assert verdict["pelvic_roots"]["rule"] == "met"
    assert 0 < verdict["lesion"]["covered_frac"] < 1
    assert verdict["digest"] in read_case(simulated)[1]
    pdf = tmp_path / "report.pdf"
    assert command_line.ok("report", simulated, "--out", pdf) == {"report": str(pdf)}
    assert len(PdfReader(pdf).pages) >= 2
    answer = command_line.ok("picture", simulated, "--out", tmp_path / "pictures", "--view", "axial")
    assert answer == {"pictures": [str(tmp_path / "pictures" / "axial.png")]}
    assert (tmp_path / "pictures" / "axial.png").stat().st_size > 10_000


def test_every_command_speaks_without_json(command_line, simulated, phantom_folder):
    for words in (["open", phantom_folder], ["show", simulated], ["probe", "devices"], ["evaluate", simulated]):
        status, out, error = command_line.run(*words)
        assert (status, error) == (0, "")
        assert out.strip()
        assert not out.lstrip().startswith("{")


@pytest.mark.real_ct
def test_journey_on_the_real_ct(real_plan, real_lesion):
    answers = real_plan.answers
    (series,) = answers["open"]["series"]
    assert (series["slices"], series["synthetic"], series["readable"]) == (99, False, True)
    assert answers["new"]["shape_kji"] == [99, 512, 512]
    found = {s["id"] for s in answers["propose"]["structures"]}
    levels = ROOT_LEVELS[ROOT_LEVELS.index("T9") :]
    assert {name for name in found if name.startswith("root")} == {f"root.{n}.{s}" for n in levels for s in "LR"}
    vertebrae = {f"vertebra.{n}" for n in SPINE_LEVELS[SPINE_LEVELS.index("T11") :]}
    assert {"skin", "bone", "canal", "thecal_sac", "sacrum", "ilium.L", "ilium.R", *vertebrae} <= found
    left, back, _ = real_lesion.centre_mm - answers["probe"]["entry_mm"]
    assert answers["probe"]["in_plane_deg"] == pytest.approx(np.degrees(np.arctan2(20, 60)))
    assert answers["probe"]["craniocaudal_deg"] == pytest.approx(0, abs=1e-9)
    assert answers["probe"]["depth_mm"] == pytest.approx(np.hypot(left, back))
    assert answers["simulate"]["mode"] == "cold"
    volumes = {i["temperature_c"]: i["volume_mm3"] for i in answers["simulate"]["isotherms"]}
    assert volumes[0] > volumes[-20] > volumes[-40] > 0
    roots = {r["id"]: r for r in answers["evaluate"]["structures"]}
    assert roots["root.S2.L"]["extreme_c"] < roots["root.S2.R"]["extreme_c"]
    assert roots["root.S4.L"]["judgement"] == roots["root.S5.L"]["judgement"] == "unconfirmed"
    assert roots["bladder"]["judgement"] == "not assessed"
    assert answers["evaluate"]["digest"] == answers["simulate"]["digest"]
    assert answers["show"]["zone_up_to_date"]
    assert len(answers["show"]["structures"]) == len(found) + 1


def _verification(met):
    rows = [
        compare("a", "width", 1.0, "mm", 1.0, 2, "EVIDENCE V1"),
        compare("b", "temperature", 3.0 if met else 5.0, "°C", 3.0, 1, "EVIDENCE V3", relative=False),
        compare("c", "width", 9.0, "mm", 5.0, 2, "a paper", kind="measurement"),
    ]
    return Verification(rows=rows, outcomes={}, errors_k=[])


def test_every_command_is_found_in_its_file():
    offered = {}
    for file in COMMANDS:
        action = next(a for a in _parser([file])._actions if isinstance(a, argparse._SubParsersAction))
        offered[file] = tuple(action.choices)
    assert offered == COMMANDS


@pytest.mark.parametrize(("met", "status"), [(True, 0), (False, 1)])
def test_verify_prints_a_row_a_figure_and_fails_on_a_missed_target(command_line, monkeypatch, met, status):
    """A published measurement may be missed, and says so."""
    monkeypatch.setattr(checks, "verify", lambda progress: _verification(met))
    given, out, _ = command_line.run("verify", "--json")
    assert given == status
    assert json.loads(out) == {"rows": [dataclasses.asdict(r) for r in _verification(met).rows]}
    assert set(json.loads(out)["rows"][0]) >= {"name", "value", "unit", "target", "met", "source"}
    given, out, _ = command_line.run("verify")
    head, *lines = out.splitlines()
    assert given == status
    assert head.split() == ["case", "quantity", "expected", "obtained", "difference", "tolerance", "source"]
    assert ["MISSED" in line for line in lines] == [False, not met, True]


@pytest.mark.parametrize(("met", "status"), [(True, 0), (False, 1)])
def test_verify_trajectories_prints_its_groups_and_writes_their_page(command_line, monkeypatch, tmp_path, met, status):
    row = VerificationRow(name="a ball", value=0.2, unit="mm", target="≤ 0.1 mm", met=met, source="9 shafts")
    group = RowGroup(title="Distances", about="Compared with brute force.", rows=(row,))
    monkeypatch.setattr("app.path_verification.trajectory_groups", lambda progress: [group])
    page = tmp_path / "page.md"
    given, out, _ = command_line.run("verify", "--trajectories", "--docs", page)
    assert given == status and out.splitlines()[0] == "Distances." and "a ball" in out.splitlines()[2]
    assert "## Distances" in page.read_text() and "| a ball | 0.2 | mm |" in page.read_text()
    given, out, _ = command_line.run("verify", "--trajectories", "--json")
    assert given == status and json.loads(out)["groups"][0]["rows"] == [dataclasses.asdict(row)]


def test_verify_risk_counts_as_many_plans_as_asked_and_keeps_them(command_line, monkeypatch, tmp_path):
    def groups(progress, plans, keep):
        missed = VerificationRow(name="missed alarms", value=1.0, unit="", target="0", met=False, source="1 of 9")
        keep.write_text(f"{plans}")
        return [RowGroup(title="Alarms", about="By the program and as recomputed.", rows=(missed,))]

    monkeypatch.setattr("app.risk_verification.risk_groups", groups)
    page, keep = tmp_path / "page.md", tmp_path / "kept"
    given, out, _ = command_line.run("verify", "--risk", "--plans", 7, "--keep", keep, "--docs", page)
    assert given == 1 and out.splitlines()[0] == "Alarms." and keep.read_text() == "7"
    assert page.read_text().startswith("# Alarms, counted") and "| missed alarms | 1 |" in page.read_text()


def test_demo_writes_everything(command_line, monkeypatch, tmp_path):
    """On the coarse phantom, with a formula in the solver's place."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(output, "demo_case", partial(demo_case, parameters=SMALL))
    monkeypatch.setattr(output.services, "predict", lambda case, volume, progress=None: zone_of(case))
    answer = command_line.ok("demo", "--out", tmp_path / "demo")
    names = {"demo.sacroplan", "axial.png", "sagittal.png", "coronal.png", "3d.png", "sheet.png", "report.pdf"}
    assert answer["synthetic"]
    assert {str(tmp_path / "demo" / n) for n in names} == set(answer["files"])
    assert {p.name for p in (tmp_path / "demo").iterdir()} == names


def test_no_sub_command_loads_qt(phantom_folder, simulated, tmp_path):
    """The `sacroplan` of this shell fails with 99 if Qt was loaded; every other sub-command runs in the guide's."""
    script = f"sacroplan open '{phantom_folder}' --json; sacroplan show '{simulated}'; sacroplan probe devices"
    done = run_shell(script, tmp_path)
    assert done.returncode == 0, done.stderr
