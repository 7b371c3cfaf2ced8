"""`plan` on the command line: proposed, told, taken, stopped, and refused by name."""

from __future__ import annotations

import json
import os
import signal

import pytest

from app.cli import main
from imaging.progress import Cancelled
from planning import services
from planning.case_io import read_case, write_case
from planning.catalogue.thresholds import Level
from planning.errors import PlanError
from planning.model.zone import Fidelity
from planning.operations.objects import lock_object
from planning.operations.probes import add_probe
from tests.builders.paths import BODY_MM, NO_LENGTH, nerve, patient
from tests.builders.plans import plan_of, proposal_of


@pytest.fixture
def case_file(tmp_path, monkeypatch):
    """A case of the round patient with two probes, the second locked, whose CT is at hand."""
    monkeypatch.setenv("SACROPLAN_HOME", str(tmp_path / "own"))
    case, volume = patient(nerve([(14, 30, -30), (14, 30, 30)]))
    for x in (-8, 8):
        case = add_probe(case, NO_LENGTH, (x, BODY_MM - 1, 0), (x, -4, 0))
    monkeypatch.setattr("app.cli.plans.volume_of", lambda _: volume)
    file = tmp_path / "round.sacroplan"
    write_case(file, lock_object(case, "probe-2"), {})
    return file


@pytest.fixture
def asked(monkeypatch):
    """What the search was asked; it answers with three plans."""
    requests = []

    def search(case, volume, request, progress, rules=None):
        requests.append(request)
        return proposal_of(case, kept=tuple(p for p in case.plan.probes if p.id in request.kept))

    monkeypatch.setattr("app.cli.plans.propose_plans", search)
    return requests


def answer(capsys, *words, status=0):
    assert main(["plan", "propose", *(str(w) for w in words)]) == status
    out = capsys.readouterr()
    return out.out if status == 0 else out.err


def test_what_is_not_said_is_the_plans_own_or_the_default(case_file, asked, capsys):
    answer(capsys, case_file)
    (request,) = asked
    assert request.device_ids == (NO_LENGTH,) and request.kept == ("probe-2",), "a locked probe stays"
    assert (request.most, request.margin_mm, request.coverage_frac, request.openings) == (6, 5.0, 0.98, None)
    assert request.spared_to is Level.ALARM and request.seed == 1


def test_all_that_is_said_is_asked(case_file, asked, capsys):
    answer(
        capsys, case_file, "--device", "icerod-1.5", "--device", NO_LENGTH, "--most", 9, "--margin", 7.5, "--coverage",
        92, "--openings", 3, "--spare", "injury", "--keep", "C1", "--seed", 4,
    )  # fmt: skip
    (request,) = asked
    assert request.device_ids == ("icerod-1.5", NO_LENGTH) and request.kept == ("probe-1", "probe-2")
    assert (request.most, request.margin_mm, request.coverage_frac, request.openings) == (9, 7.5, 0.92, 3)
    assert request.spared_to is Level.INJURY and request.seed == 4


def test_plans_are_a_table_with_words(case_file, asked, capsys):
    head, first, second, third, last = answer(capsys, case_file).splitlines()
    assert head.split() == ["probes", "covered", "minutes", "openings"]
    assert [line.split()[:2] for line in (first, second, third)] == [["1.", "2"], ["2.", "3"], ["3.", "5"]]
    assert "Nearest to its limit: S1 L 4" in second and "beyond its alarm level" in third
    assert last.startswith("No temperature limit is published for Bowel")
    assert head.index("probes") + 6 == first.index("2 ") + 1, "numbers stand below their heads"


def test_a_plan_is_taken_into_the_case_file_with_its_prediction(case_file, asked, capsys):
    found = json.loads(answer(capsys, case_file, "--take", 2, "--json"))
    assert found["taken"] == ["C2", "C11", "C12"] and found["reached"] and found["unlimited"] == ["Bowel"]
    assert found["plans"][1]["spared"][0]["spare_k"] == pytest.approx(4) and found["plans"][2]["broken"]
    case, zones = read_case(case_file)
    assert [p.name for p in case.plan.probes] == found["taken"] and case.plan.probes[0].locked
    assert list(zones) == [services.prediction_digest(case)]
    assert [p.duration_s for p in case.plan.schedule] == [600, 300, 600]


def test_a_coarse_prediction_is_not_written(case_file, monkeypatch, capsys):
    def search(case, *_, **__):
        locked = case.plan.probes[1:]
        return proposal_of(case, plans=(plan_of(case, 2, 0.9, 5.0, kept=locked, fidelity=Fidelity.PREVIEW),))

    monkeypatch.setattr("app.cli.plans.propose_plans", search)
    assert "Plan 1 is taken: C2, C1" in answer(capsys, case_file, "--take", 1)
    assert read_case(case_file)[1] == {}


def test_what_stands_in_the_way_is_said(case_file, monkeypatch, capsys):
    def search(case, *_, **__):
        return proposal_of(case, plans=(), reached=False, binds="S1 L stands in the way.", unlimited=())

    monkeypatch.setattr("app.cli.plans.propose_plans", search)
    assert answer(capsys, case_file) == "No plan was found.\nS1 L stands in the way.\n"
    assert "no plan 1. None was found" in answer(capsys, case_file, "--take", 1, status=1)


@pytest.mark.parametrize("has_plans", [True, False])
def test_ctrl_c_ends_the_search_with_its_best_so_far(case_file, monkeypatch, capsys, has_plans):
    def search(case, volume, request, progress, rules=None):
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(Cancelled):
            progress.report(0.5)
        if not has_plans:
            raise Cancelled
        return proposal_of(case, cancelled=True)

    monkeypatch.setattr("app.cli.plans.propose_plans", search)
    before = signal.getsignal(signal.SIGINT)
    said = answer(capsys, case_file, status=0 if has_plans else 1)
    assert ("Stopped: these are the best so far." if has_plans else "stopped before it found a plan") in said
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--device", "nothing"), "no device 'nothing'"),
        (("--device", NO_LENGTH, "--device", "cool-tip-20"), "freeze and devices that heat"),
        (("--most", "26"), "1 to 25 probes, not 26"),
        (("--most", "0"), "1 to 25 probes, not 0"),
        (("--margin=-1",), "0 to 20 mm, not -1 mm"),
        (("--margin", "nan"), "0 to 20 mm"),
        (("--coverage", "0"), "share to be covered"),
        (("--coverage", "101"), "share to be covered"),
        (("--openings", "0"), "at least one opening"),
        (("--keep", "C7"), "no probe 'c7'. it has: c1, c2"),
        (("--most", "1", "--keep", "C1"), "2 probes are kept, but 1 are allowed"),
        (("--take", "4"), "no plan 4. say 1 to 3"),
        (("--take", "0"), "no plan 0. plans count from 1"),
    ],
)
def test_what_cannot_be_is_refused_by_name(case_file, asked, capsys, words, reason):
    before = case_file.read_bytes()
    assert reason in answer(capsys, case_file, *words, status=1).lower()
    assert case_file.read_bytes() == before


@pytest.mark.parametrize("words", [("--spare", "all"), ("--most", "many"), ("--seed", "x")])
def test_wrong_use_is_told(case_file, asked, capsys, words):
    with pytest.raises(SystemExit):
        main(["plan", "propose", str(case_file), *words])
    assert words[0] in capsys.readouterr().err


def test_without_probe_and_device_it_says_what_to_say(case_file, asked, capsys):
    case, _ = read_case(case_file)
    write_case(case_file, case.with_plan(probes=()), {})
    assert "Say --device ID" in answer(capsys, case_file, status=1)
    assert not asked


def test_what_the_search_refuses_is_told_with_its_hint(case_file, monkeypatch, capsys):
    def search(*_, **__):
        raise PlanError("There is no lesion.", code="no-lesion", hint="Mark the lesion first.")

    monkeypatch.setattr("app.cli.plans.propose_plans", search)
    assert "There is no lesion. Mark the lesion first." in answer(capsys, case_file, status=1)
