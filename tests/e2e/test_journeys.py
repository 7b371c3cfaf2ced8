"""Whole cases by a scripted user in a real window take no more actions than the page of them says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from app.cli import main
from app.journeys.actions import KEY_S, PREPARING_S, Action, Journey, journey_of, page_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "journeys.md").read_text(encoding="utf-8")
CASES = {"rfa-s1": "by RFA", "cryo-s2": "cryoprobes", "laser-oo": "by laser"}


def published(name: str) -> int:
    """The number of actions on the page."""
    (line,) = [line for line in PAGE.splitlines() if line.startswith("| ") and f"{CASES[name]} | " in line]
    return int(re.search(r"\| (\d+): ", line).group(1))


def counted(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Journey]:
    assert main(["journeys", "--json", *words]) == 0
    found = json.loads(capsys.readouterr().out)["journeys"]
    kept = [{k: v for k, v in j.items() if k not in ("count", "minutes")} for j in found]
    return {j.name: j for j in map(journey_of, kept)}


@pytest.mark.slow
@pytest.mark.window
def test_an_osteoid_osteoma_takes_no_more_than_is_published(capsys):
    journey = counted(capsys, "--coarse", "--only", "laser-oo")["laser-oo"]
    assert 10 < journey.count <= published("laser-oo")
    assert any(action.words.startswith("Confirm S1") for action in journey.actions), "nothing was confirmed"
    assert journey.actions[-1].kind == "file" and journey.waiting_s > 0


@pytest.mark.window
@pytest.mark.slow
def test_whole_cases_take_no_more_than_is_published(capsys):
    # On the voxels of the page: on larger ones other plans are found, and other pockets help.
    journeys = counted(capsys)
    assert set(journeys) == set(CASES)
    for name, journey in journeys.items():
        assert journey.count <= published(name), name
    assert published("rfa-s1") < 25


def test_readme_says_what_the_page_says():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, words in CASES.items():
        (line,) = [line for line in readme.splitlines() if line.startswith("| ") and f"{words} | " in line]
        (of_page,) = [line for line in PAGE.splitlines() if line.startswith("| ") and f"{words} | " in line]
        actions, minutes = (cell.strip() for cell in line.split("|")[2:4])
        assert int(actions) == published(name) and minutes == of_page.split("|")[3].strip()


def test_a_case_that_is_not_known_is_refused(capsys, monkeypatch):
    monkeypatch.setattr("app.cli.journeys._in_a_window", lambda arguments: [])
    assert main(["journeys", "--only", "none"]) == 1
    assert "no case 'none'" in capsys.readouterr().err


def test_minutes_are_hands_eyes_and_waiting():
    acts = (
        Action(kind="key", words="a", seconds=PREPARING_S + KEY_S),
        Action(kind="click", words="b", seconds=3.0, looking_s=20.0),
    )
    journey = Journey(name="n", title="T", actions=acts, waits=(("plans", 30.0),), opening_s=2.0, outcome="Done.")
    assert journey.minutes == pytest.approx((PREPARING_S + KEY_S + 3 + 20 + 30) / 60)
    assert journey.kinds == "1 key, 1 click"
    page = page_of([journey])
    assert "| T | 2: 1 key, 1 click | 0.9 |" in page and "Waited for: plans 30 s." in page
