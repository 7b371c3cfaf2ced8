"""`sacroplan device`, with the examples of docs/devices.md as they are printed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from app.cli import main
from planning.catalogue.user_files import reload_user_files
from tests.builders.user_devices import device_text, table_text

GUIDE = Path(__file__).parents[2] / "docs" / "devices.md"
EXAMPLE = "example-needle-2.0"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SACROPLAN_HOME", str(tmp_path / "home"))
    yield tmp_path / "home"
    reload_user_files()


@pytest.fixture
def examples(tmp_path):
    """The guide's examples as files, by what they are."""
    found = dict(re.findall(r"```toml (\w+)\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL))
    files = {name: tmp_path / f"{name}.toml" for name in found}
    for name, text in found.items():
        files[name].write_text(text, encoding="utf-8")
    return files


def said(capsys, *words):
    """Run a command that succeeds and return its JSON."""
    assert main([*map(str, words), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys, *words):
    """Run a command that is refused and return the one line it says."""
    assert main(list(map(str, words))) == 1
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1
    return printed.err


def test_examples_of_the_guide_are_checked_added_listed_and_compared(examples, home, capsys):
    assert said(capsys, "device", "check", examples["device"])["id"] == EXAMPLE
    assert not (home / "devices").exists()
    assert said(capsys, "device", "add", examples["device"])["file"] == str(home / "devices" / f"{EXAMPLE}.toml")
    assert said(capsys, "device", "add", examples["isotherms"])["isotherms_c"] == [0, -20]
    listed = {d["id"]: d for d in said(capsys, "device", "list")["devices"]}
    assert listed[EXAMPLE]["isotherm_tables"] == 1 and not listed[EXAMPLE]["built_in"]
    assert not listed[EXAMPLE]["drag_estimate"] and listed["icerod-1.5"]["drag_estimate"]
    (table,) = said(capsys, "device", "compare", EXAMPLE, "--quiet")["tables"]
    assert [row["temperature_c"] for row in table["isotherms"]] == [0, -20]
    assert all(row["physics"]["width_mm"] > 10 and row["words"] for row in table["isotherms"])
    assert {d["id"]: d for d in said(capsys, "device", "list")["devices"]}[EXAMPLE]["drag_estimate"]
    assert main(["device", "compare", EXAMPLE]) == 0
    assert "± 5 mm" in capsys.readouterr().out


def test_example_of_an_array_is_checked(examples, capsys):
    checked = said(capsys, "device", "check", examples["tines"])
    assert checked["tines"] == {
        "shape": "spread", "count": 9, "deployed_diameter_mm": 30, "diameter_mm": 0.5, "reach_mm": None,
    }  # fmt: skip
    assert main(["device", "check", str(examples["tines"])]) == 0
    assert "9 tines, deployed to 30 mm" in capsys.readouterr().out


def test_table_of_a_built_in_device_is_compared_in_words(tmp_path, capsys):
    file = tmp_path / "table.toml"
    file.write_text(table_text(), encoding="utf-8")
    said(capsys, "device", "add", file)
    (table,) = said(capsys, "device", "compare", "icerod-1.5")["tables"]
    differs = {row["temperature_c"]: row for row in table["isotherms"]}
    assert "longer" in differs[0]["words"] and differs[0]["differs"]
    assert any("another schedule" in note for note in table["notes"])


def test_refusals_are_one_line_and_leave_the_folder_alone(tmp_path, home, capsys):
    bad = tmp_path / "bad.toml"
    bad.write_text(device_text(diameter_mm="diameter_cm = 0.2"), encoding="utf-8")
    for act in ("check", "add"):
        assert "bad.toml, key 'diameter_cm'" in refused(capsys, "device", act, bad)
    assert "no file" in refused(capsys, "device", "add", tmp_path / "none.toml")
    bad.write_text(device_text("icerod-1.5"), encoding="utf-8")
    assert "built-in" in refused(capsys, "device", "add", bad)
    assert "no isotherm table" in refused(capsys, "device", "compare", "icerod-1.5")
    assert "no device 'no-such'" in refused(capsys, "device", "compare", "no-such")
    assert not home.exists()
    good = tmp_path / "good.toml"
    good.write_text(device_text(), encoding="utf-8")
    said(capsys, "device", "add", good)
    assert "already has" in refused(capsys, "device", "add", good)
    said(capsys, "device", "add", good, "--replace")


def test_folder_that_cannot_be_written_is_one_line(tmp_path, home, capsys):
    home.mkdir()
    (home / "devices").write_text("a file where the folder should be", encoding="utf-8")
    good = tmp_path / "good.toml"
    good.write_text(device_text(), encoding="utf-8")
    assert "devices" in refused(capsys, "device", "add", good)


def test_broken_file_is_named_and_the_rest_is_listed(home, capsys):
    (home / "devices").mkdir(parents=True)
    (home / "devices" / "bad.toml").write_text("diameter_mm = ", encoding="utf-8")
    answer = said(capsys, "device", "list")
    assert "icerod-1.5" in {d["id"] for d in answer["devices"]}
    assert answer["findings"][0]["file"].endswith("bad.toml")
    assert main(["device", "list"]) == 0
    assert "Left out" in capsys.readouterr().out
    assert main(["probe", "devices"]) == 0
    printed = capsys.readouterr()
    assert "bad.toml" in printed.err and "icerod-1.5" in printed.out
