"""Bad input through the command line: one clear line, exit status 1, and nothing lost."""

import shutil

import pytest

from app.cli import main
from tests.builders.bad_input import (
    cut_in_half,
    fill_disk,
    keep_one_slice,
    make_magnetic_resonance,
    make_newer,
    photographs,
    truncate_one_file,
)  # fmt: skip
from tests.e2e.conftest import text_of

TIP = "33.5,23.5,-33.7"


@pytest.fixture
def ct(phantom_folder, tmp_path):
    """A copy of the phantom's series, to be broken."""
    return shutil.copytree(phantom_folder, tmp_path / "ct")


@pytest.fixture
def untouched(simulated):
    """The case file must be byte for byte as it was, and nothing may lie beside it."""
    before, beside = simulated.read_bytes(), set(simulated.parent.iterdir())
    yield simulated
    assert simulated.read_bytes() == before
    assert not {p for p in simulated.parent.iterdir() if p.suffix == ".part"} - beside


def _refused_series(command_line, folder, tmp_path):
    """A folder no case can be made from, and what `new` says of it."""
    case = tmp_path / "new.sacroplan"
    line = command_line.refused("new", folder, case)
    assert not case.exists()
    assert not list(tmp_path.glob("*.part"))
    return line


def test_empty_folder(command_line, tmp_path):
    (tmp_path / "nothing").mkdir()
    assert "nothing is empty" in _refused_series(command_line, tmp_path / "nothing", tmp_path)
    assert "nothing is empty" in command_line.refused("open", tmp_path / "nothing")


def test_folder_that_is_not_there(command_line, tmp_path):
    assert "There is no" in _refused_series(command_line, tmp_path / "missing", tmp_path)
    assert "There is no" in command_line.refused("open", tmp_path / "missing")


def test_folder_of_photographs(command_line, tmp_path):
    folder = photographs(tmp_path / "holiday")
    assert "3 .jpg" in _refused_series(command_line, folder, tmp_path)
    assert "3 .jpg" in command_line.refused("open", folder)


def test_one_file_stands_for_its_folder(command_line, ct, tmp_path):
    one = sorted(ct.iterdir())[0]
    assert command_line.ok("open", one) == command_line.ok("open", ct)
    command_line.ok("new", one, tmp_path / "new.sacroplan")


def test_one_photograph(command_line, ct, tmp_path):
    photograph = sorted(photographs(tmp_path / "holiday").iterdir())[0].rename(ct / "me.jpg")
    assert "me.jpg is neither DICOM nor a volume" in _refused_series(command_line, photograph, tmp_path)
    assert "me.jpg is neither DICOM nor a volume" in command_line.refused("open", photograph)


def test_one_slice(command_line, ct, tmp_path):
    keep_one_slice(ct)
    assert "one slice" in _refused_series(command_line, ct, tmp_path)
    (series,) = command_line.ok("open", ct)["series"]
    assert not series["readable"]
    assert [f["code"] for f in series["findings"]] == ["single-slice"]


def test_truncated_file(command_line, ct, tmp_path):
    victim = truncate_one_file(ct)
    assert victim.name in _refused_series(command_line, ct, tmp_path)
    (series,) = command_line.ok("open", ct)["series"]
    assert [f["code"] for f in series["findings"]] == ["file-truncated"]


def test_magnetic_resonance(command_line, ct, tmp_path):
    make_magnetic_resonance(ct)
    assert "There is no CT" in _refused_series(command_line, ct, tmp_path)
    (series,) = command_line.ok("open", ct)["series"]
    assert "not-ct" in [f["code"] for f in series["findings"]]


@pytest.mark.parametrize("command", ["show", "evaluate", "simulate", "propose"])
def test_case_file_cut_in_half(command_line, simulated, command):
    cut_in_half(simulated)
    before = simulated.read_bytes()
    assert "damaged or was cut off" in command_line.refused(command, simulated)
    assert simulated.read_bytes() == before


def test_case_file_from_a_newer_version(command_line, simulated):
    make_newer(simulated)
    before = simulated.read_bytes()
    assert "newer version" in command_line.refused("show", simulated)
    assert "newer version" in command_line.refused("probe", "remove", simulated, "C1")
    assert simulated.read_bytes() == before


@pytest.mark.parametrize(
    "words",
    [
        ["show"], ["propose"], ["lesion", "--seed", TIP], ["simulate"], ["evaluate"], ["structure", "--remove", "bone"],
        ["report", "--out", "r.pdf"], ["room-sheet", "--out", "r.pdf"], ["picture", "--out", "p"],
    ],
    ids=lambda words: words[0],
)  # fmt: skip
def test_missing_case_file(command_line, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    assert "There is no case file" in command_line.refused(words[0], "none.sacroplan", *words[1:])
    assert list(tmp_path.iterdir()) == []


def test_probe_outside_the_volume(command_line, untouched):
    add = ("probe", "add", untouched, "--device", "icerod-1.5")
    assert "outside the CT" in command_line.refused(*add, "--target", TIP, "--entry", "0,900,0")
    assert "outside the CT" in command_line.refused(*add, "--target", "0,900,0", "--entry", TIP)
    assert "outside the CT" in command_line.refused(*add, "--target", "0,900,0", "--towards", TIP)
    assert "outside the CT" in command_line.refused("probe", "move", untouched, "C1", "--target", "0,0,-900")


def test_target_in_air(command_line, untouched, small_phantom):
    low, _ = small_phantom.volume.grid.bounds_mm
    air = text_of(low + 10)
    add = ("probe", "add", untouched, "--device", "icerod-1.5", "--target", air)
    assert "lies in air" in command_line.refused(*add, "--entry", TIP)
    assert "lies in air" in command_line.refused(*add, "--towards", TIP)
    assert "lies in air" in command_line.refused("probe", "move", untouched, "C1", "--target", air)


def test_mixed_cold_and_hot_probes(command_line, untouched):
    line = command_line.refused(
        "probe", "add", untouched, "--device", "osteocool-10", "--target", TIP, "--towards", "37.5,61.5,-21.7"
    )
    assert "either freezes or heats" in line


def test_unknown_device(command_line, untouched):
    line = command_line.refused("probe", "add", untouched, "--device", "icepick", "--target", TIP, "--entry", "0,60,0")
    assert "icepick" in line


def test_unknown_probe_and_structure(command_line, untouched):
    assert "It has: C1" in command_line.refused("probe", "move", untouched, "C9", "--target", TIP)
    assert "It has: C1" in command_line.refused("probe", "remove", untouched, "C9")
    assert "skin" in command_line.refused("structure", untouched, "--remove", "spleen")


def test_seed_where_no_lesion_is(command_line, untouched, small_phantom):
    low, high = small_phantom.volume.grid.bounds_mm
    assert "outside the CT" in command_line.refused("lesion", untouched, "--seed", text_of(high + 50))
    assert "air or fat" in command_line.refused("lesion", untouched, "--seed", text_of(low + 10))


@pytest.mark.parametrize("words", [("--reach", "0"), ("--reach=-5",), ("--tolerance", "nan"), ("--seed", "nan,0,0")])
def test_numbers_that_mean_nothing_are_wrong_use(capsys, untouched, words):
    with pytest.raises(SystemExit) as left:
        main(["lesion", str(untouched), "--seed", TIP, *words])
    assert left.value.code == 2
    assert "is not a" in capsys.readouterr().err


def test_tube_without_what_it_needs(command_line, untouched):
    tube = ("structure", untouched, "--tube", "root")
    assert "--points and --radius" in command_line.refused(*tube)
    assert "--level and --side" in command_line.refused(*tube, "--radius", 2, "--points", TIP, "0,0,0")
    placed = (*tube, "--level", "S2", "--side", "L", "--points")
    assert "two different points" in command_line.refused(*placed, TIP, "--radius", 2)
    assert "--label and --kind" in command_line.refused("structure", untouched, "--labels", "x.nii")


def test_schedule_that_cannot_run_keeps_plan_and_zone(command_line, untouched):
    assert "never switches" in command_line.refused("simulate", untouched, "--phases", "off:10")


def test_ct_that_went_away_keeps_plan_and_zone(command_line, ct, tmp_path):
    case = tmp_path / "gone.sacroplan"
    command_line.ok("new", ct, case)
    command_line.ok("probe", "add", case, "--device", "icerod-1.5", "--target", TIP, "--entry", "37.5,61.5,-21.7")
    before = case.read_bytes()
    shutil.rmtree(ct)
    assert "cannot be opened" in command_line.refused("simulate", case, "--phases", "on:60")
    assert "cannot be opened" in command_line.refused("propose", case)
    assert case.read_bytes() == before


def test_simulate_without_a_probe(command_line, simulated):
    command_line.ok("probe", "remove", simulated, "C1")
    before = simulated.read_bytes()
    assert "no probe" in command_line.refused("simulate", simulated)
    assert "no probe" in command_line.refused("room-sheet", simulated, "--out", simulated.with_name("room.pdf"))
    assert simulated.read_bytes() == before and not simulated.with_name("room.pdf").exists()


def test_report_without_simulation(command_line, phantom_folder, tmp_path):
    case, pdf = tmp_path / "case.sacroplan", tmp_path / "report.pdf"
    command_line.ok("new", phantom_folder, case)
    for words in (
        ["report", case, "--out", pdf],
        ["evaluate", case],
        ["picture", case, "--out", tmp_path, "--view", "sheet"],
    ):
        assert "no up-to-date prediction" in command_line.refused(*words)
    assert not pdf.exists()
    assert not (tmp_path / "sheet.png").exists()


def test_zone_is_stale_after_a_probe_moved(command_line, simulated, tmp_path):
    assert command_line.ok("show", simulated)["zone_up_to_date"]
    command_line.ok("probe", "move", simulated, "C1", "--target", "34.5,23.5,-33.7")
    assert not command_line.ok("show", simulated)["zone_up_to_date"]
    assert "no up-to-date prediction" in command_line.refused("evaluate", simulated)
    assert "no up-to-date prediction" in command_line.refused("report", simulated, "--out", tmp_path / "r.pdf")
    assert not (tmp_path / "r.pdf").exists()
    assert not command_line.ok("room-sheet", simulated, "--out", tmp_path / "room.pdf")["predicted"]


def test_full_disk_while_saving(command_line, untouched, monkeypatch):
    fill_disk(monkeypatch)
    line = command_line.refused("structure", untouched, "--confirm", "bone")
    assert "No space left on device" in line
    assert "old file is untouched" in line


def test_full_disk_while_reporting(command_line, untouched, monkeypatch, tmp_path):
    fill_disk(monkeypatch)
    pdf = tmp_path / "report.pdf"
    pdf.write_bytes(b"the report of yesterday")
    assert "No space left on device" in command_line.refused("report", untouched, "--out", pdf)
    assert pdf.read_bytes() == b"the report of yesterday"


def test_folder_for_pictures_that_is_a_file(command_line, untouched, tmp_path):
    (tmp_path / "taken").write_text("mine")
    assert "taken" in command_line.refused("picture", untouched, "--out", tmp_path / "taken", "--view", "axial")
    assert (tmp_path / "taken").read_text() == "mine"


def test_way_without_probe_and_of_one_that_is_not_there(command_line, simulated):
    assert "no probe 'C9'" in command_line.refused("probe", "way", simulated, "C9")
    for name in [p["name"] for p in command_line.ok("show", simulated)["probes"]]:
        command_line.ok("probe", "remove", simulated, name)
    assert "has no probe" in command_line.refused("probe", "way", simulated)
