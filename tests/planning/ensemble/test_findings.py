"""What runs say in sentences, of runs that were made up."""

from __future__ import annotations

import numpy as np
import pytest

from planning.ensemble.findings import MARGIN, judge_ensemble, method_text, runs_text, swings
from planning.ensemble.inputs import InputKind, UncertainInput
from planning.ensemble.member import Outcome
from planning.ensemble.result import Ensemble, InputEffect
from planning.evaluation import Judgement, evaluate
from planning.operations.probes import add_probe
from tests.builders.cases import ball, centred_grid, empty_case, ice_ball, lesion, root, straight_tube, zone_of

GRID = centred_grid()
RUNS = 100
TIP, TISSUE = (
    UncertainInput(kind=kind, scale=1.0, words=words, source="made up")
    for kind, words in ((InputKind.TIP, "C1 tip"), (InputKind.TISSUE, "perfusion"))
)


def judged(extremes, margins_mm=None, covered=None, effects=()):
    structures = [root(*name.split(), straight_tube((30, 0, -20), (30, 0, 20))) for name in extremes]
    case = empty_case(structures=(lesion(ball(GRID, 6)), *structures))
    case = add_probe(case, "icerod-1.5", (0, 35, 0), (0, 0, 0))
    zone = zone_of(case, ice_ball(10))
    share = np.zeros(GRID.shape_kji, np.float32)
    runs = Ensemble(
        grid=GRID, runs=RUNS, wanted=RUNS, extreme_c={f"root.{n.replace(' ', '.')}": np.array(v) for n, v in extremes.items()},
        cem43_min={}, covered_frac=np.ones(RUNS) if covered is None else covered,
        margin_mm=np.full(RUNS, 4.0) if margins_mm is None else margins_mm, reached_frac={0.0: share, -20.0: share},
        effects=effects, inputs=(TIP, TISSUE), left_out=("Something is left out.",), cold=True, isotherm_c=-20.0, seed=0,
        digest=zone.digest,
    )  # fmt: skip
    return judge_ensemble(evaluate(case, zone), runs)


def temperatures(frozen, value_c=-5.0):
    """So many runs at a temperature, the others warm."""
    return np.where(np.arange(RUNS) < frozen, value_c, 30.0)


@pytest.mark.parametrize(("count", "said"), [(0, "< 1"), (1, "1"), (50, "50"), (99, "99"), (100, "> 99")])
def test_a_sample_never_says_none_or_all(count, said):
    assert runs_text(count, 100) == f"{said}\u202f% of runs"
    assert runs_text(0, 8) == "< 13\u202f% of runs" and runs_text(8, 8) == "> 87\u202f% of runs"


@pytest.mark.parametrize(("frozen", "judgement"), [(3, Judgement.WITHIN), (6, Judgement.ALARM), (100, Judgement.ALARM)])
def test_a_root_is_judged_by_what_one_run_in_twenty_reaches_and_the_rest_is_told(frozen, judgement):
    found = next(f for f in judged({"S2 L": temperatures(frozen)}).findings if f.structure_id == "root.S2.L")
    assert found.judgement is judgement and "reach alarm (0\u202f°C)" in found.sentence
    assert runs_text(frozen, RUNS) in found.sentence


def test_a_root_that_no_run_reaches_is_not_listed():
    assert [f.structure_id for f in judged({"S2 L": temperatures(0)}).findings] == ["lesion"]


def test_both_sides_count_only_in_the_same_run():
    apart = judged({"S2 L": temperatures(50), "S3 R": temperatures(50)[::-1]})
    assert not any("both sides" in f.sentence for f in apart.findings)
    together = judged({"S2 L": temperatures(4), "S3 R": temperatures(10)})
    assert together.findings[0].judgement is Judgement.ALARM
    assert together.findings[0].sentence == "Roots of S2–S4 of both sides reach alarm in 4\u202f% of runs."
    assert judged({"S2 L": temperatures(9), "S3 R": temperatures(9)}).findings[0].judgement is Judgement.INJURY
    # S1 and L5 are no pelvic roots.
    assert not any("both" in f.sentence for f in judged({"S1 L": temperatures(9), "S1 R": temperatures(9)}).findings)


def test_the_lesion_is_told_by_how_many_runs_cover_it():
    margins = np.linspace(-1, 4, RUNS)
    finding = judged({}, margins, np.where(margins >= 0, 1.0, 0.98)).findings[0]
    assert finding.judgement is Judgement.CAUTION and "covered in 80\u202f% of runs" in finding.sentence
    assert "−0.8\u202fmm to 3.7\u202fmm" in finding.sentence and "20\u202f% of runs reach it" in finding.reason
    assert judged({}).findings[0].judgement is Judgement.WITHIN
    nothing = judged({}, np.where(margins >= 0, margins, np.nan)).findings[0]
    assert "in some runs there is no zone" in nothing.sentence


def test_what_moves_a_figure_most_comes_first():
    def ends(low, high, c):
        return [
            Outcome(extreme_c={"root.S2.L": t}, cem43_min={}, covered_frac=1.0, margin_mm=m)
            for m, t in ((low, c), (high, -c))
        ]

    effects = tuple(
        InputEffect(input=one, low=low, high=high)
        for one, (low, high) in ((TISSUE, ends(0.9, 1.1, 20.0)), (TIP, ends(2.0, -1.0, 3.0)))
    )
    runs = judged({"S2 L": temperatures(9)}, effects=effects).ensemble
    assert [s.input for s in swings(runs, MARGIN)] == [TIP, TISSUE]
    assert [s.input for s in swings(runs, "root.S2.L")] == [TISSUE, TIP]
    assert swings(runs, MARGIN, 1)[0].low == 2.0 and swings(runs, "bladder") == ()


def test_method_names_sources_and_what_is_left_out():
    said = method_text(judged({}).ensemble)
    assert "100 runs" in said and "seed 0" in said and "made up" in said and "Something is left out." in said
