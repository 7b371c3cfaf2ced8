"""The experiment that docs/bench-top.md prints, through the command line."""

import json
import re
from pathlib import Path

import pytest

from tests.builders.benchtop import bench_top

GUIDE = Path(__file__).parents[2] / "docs" / "bench-top.md"


@pytest.fixture
def printed(tmp_path):
    (text,) = re.findall(r"^```json\n(.*?)^```$", GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    file = tmp_path / "needle.json"
    file.write_text(text)
    return file


def test_the_printed_experiment_runs(command_line, printed, tmp_path):
    found = command_line.ok("bench-top", printed, "--out", tmp_path / "result.json")
    assert found == json.loads((tmp_path / "result.json").read_text())
    assert found["schema"] == "sacroplan.bench-top-result/1"
    assert [z["time_s"] for z in found["isotherms"] if z["c"] == 0] == [60, 120, 180]
    assert found["cem43"] == []
    at_60, at_120, at_180 = (p["c"] for p in found["points"])
    assert at_60 > at_120 and at_180 > -20


def test_people_get_a_table(command_line, tmp_path):
    file = tmp_path / "gel.json"
    file.write_text(json.dumps(bench_top(duration_s=2, outputs={"times_s": [2], "isotherms_c": [0]})))
    status, out, _ = command_line.run("bench-top", file)
    assert status == 0
    assert re.search(r"2 s +0.°C +\d+\.\d mm³ +\d+\.\d\d mm", out)
    assert re.search(r"2 s +p1 +\d+\.\d\d W +– +-140\.0 °C", out)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "the file: not JSON"),
        (json.dumps(bench_top(spacing_cm=0.1)), "'spacing_cm': unknown key"),
        (json.dumps(bench_top(initial_c=float("nan"))), "'initial_c': not a finite number"),
        (json.dumps(bench_top(spacing_mm=0.02)), "'spacing_mm'"),
    ],
)
def test_a_refusal_is_one_line_and_writes_nothing(command_line, tmp_path, text, words):
    file, out = tmp_path / "gel.json", tmp_path / "result.json"
    file.write_text(text)
    assert words in command_line.refused("bench-top", file, "--out", out)
    assert not out.exists()


def test_a_file_that_is_not_there_is_named(command_line, tmp_path):
    assert "none.json" in command_line.refused("bench-top", tmp_path / "none.json")
