"""Many runs of one plan: what is drawn, that the same seed draws the same, on any executor, and what is refused."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import numpy as np
import pytest

from app.demo import demo_case
from imaging.phantom import SMALL
from imaging.progress import Cancelled, Progress
from imaging.structures import StructureKind
from planning import services
from planning.catalogue import Phase
from planning.catalogue.spreads import Spread, load_spreads
from planning.ensemble import Ensemble, run_ensemble, uncertain_inputs
from planning.ensemble.inputs import InputKind
from planning.ensemble.member import member_request
from planning.ensemble.result import counted_bits
from planning.ensemble.run import _setup
from planning.errors import PlanError
from planning.evaluation import evaluate
from planning.model.zone import Fidelity
from planning.operations.probes import add_probe
from planning.services import simulated_box

RUNS = 8


@pytest.fixture(scope="module")
def predicted(tmp_path_factory):
    """Four minutes of the demo plan on the coarse phantom, with its physics."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        case, volume = demo_case(parameters=SMALL)
    case = case.with_plan(schedule=(Phase(kind="on", duration_s=240.0),))
    return case, volume, services.predict(case, volume)


@pytest.fixture(scope="module")
def ensemble(predicted) -> Ensemble:
    return run_ensemble(*predicted, members=RUNS)


def inputs_of(case, volume, **changes):
    options = {"placed": changes.pop("placed", False)}
    spreads = replace(load_spreads(), **changes)
    return uncertain_inputs(
        case, simulated_box(case, volume, 2.0), spreads, case.of_kind(StructureKind.ROOT), **options
    )


def test_tips_stray_as_far_on_average_as_was_measured(predicted):
    inputs, _ = inputs_of(*predicted[:2])
    tips = [one for one in inputs if one.kind is InputKind.TIP]
    assert len(tips) == 3 * len(predicted[0].plan.probes)
    shares = np.random.default_rng(1).random((20_000, 3))
    away = np.linalg.norm(
        [[one.at(u) for u in column] for one, column in zip(tips[:3], shares.T[:, :4000], strict=True)], axis=0
    )
    assert away.mean() == pytest.approx(load_spreads().tip_mm.value, rel=0.03)
    assert tips[0].at(1e-9) == -tips[0].at(1 - 1e-9) == pytest.approx(-3 * tips[0].scale)


def test_needles_that_were_seen_in_place_are_not_moved(predicted):
    inputs, left_out = inputs_of(*predicted[:2], placed=True)
    assert not [one for one in inputs if one.kind is InputKind.TIP]
    assert "Needles are taken to lie where the plan has them." in left_out


def test_what_has_no_source_is_not_varied_and_said(predicted):
    inputs, left_out = inputs_of(*predicted[:2])
    assert not [one for one in inputs if one.kind is InputKind.WALL]
    assert any("wall temperature of the probes is not varied" in words for words in left_out)
    inputs, left_out = inputs_of(*predicted[:2], wall_k=Spread(value=5.0, source="tried"), tip_mm=Spread(source="none"))
    (wall,) = [one for one in inputs if one.kind is InputKind.WALL]
    assert wall.at(1.0) == 5.0 and any("Places of needles are not varied" in words for words in left_out)


def test_ice_has_no_power_and_heat_no_wall(predicted):
    case, volume, _ = predicted
    first = case.plan.probes[0]
    heated = add_probe(case.with_plan(probes=(), schedule=None), "osteocool-15", first.entry_mm, first.tip_mm)
    kinds = {one.kind for one in inputs_of(heated, volume)[0]}
    assert InputKind.POWER in kinds and InputKind.WALL not in kinds
    assert InputKind.POWER not in {one.kind for one in inputs_of(case, volume)[0]}


def test_a_proposal_may_lie_farther_off_than_what_was_drawn(predicted):
    case, volume, _ = predicted
    root = case.structure("root.S2.L")
    drawn = replace(case, structures=(root,))
    proposed = replace(case, structures=(replace(root, confidence=0.8, confirmed=False),))
    scales = [
        max(one.scale for one in inputs_of(c, volume)[0] if one.kind is InputKind.STRUCTURE) for c in (drawn, proposed)
    ]
    assert scales[0] == pytest.approx(max(case.image.grid.spacing_ijk_mm) / np.sqrt(12))
    assert scales[1] >= load_spreads().proposed_mm.value / 1.6 - 0.01 and scales[1] >= scales[0]


def test_draws_go_into_the_request(predicted):
    case, volume, zone = predicted
    spreads = replace(load_spreads(), wall_k=Spread(value=5.0, source="tried"))
    setup, _ = _setup(case, volume, zone, spreads, placed=False)
    usual = member_request(setup, np.zeros(len(setup.inputs)))
    draw = np.zeros(len(setup.inputs))
    by_kind = {one.kind: n for n, one in reversed(list(enumerate(setup.inputs)))}
    draw[by_kind[InputKind.TIP]], draw[by_kind[InputKind.WALL]], draw[by_kind[InputKind.TISSUE]] = 2.5, -4.0, 1.0
    moved = member_request(setup, draw)
    assert moved.applicators[0].tip_mm - usual.applicators[0].tip_mm == pytest.approx([2.5, 0, 0])
    assert moved.applicators[1].tip_mm == pytest.approx(usual.applicators[1].tip_mm)
    assert moved.applicators[0].drive.c == usual.applicators[0].drive.c - 4.0
    assert moved.fields.media != usual.fields.media


def test_the_usual_run_is_the_prediction_itself(predicted):
    """With nothing drawn the corrected coarse grid says what the prediction says."""
    from planning.ensemble.member import run_member

    case, volume, zone = predicted
    setup, _ = _setup(case, volume, zone, load_spreads(), placed=False)
    out = run_member(setup, np.zeros(len(setup.inputs)))
    verdict = evaluate(case, zone)
    for risk in verdict.structures:
        if risk.id in out.extreme_c:
            assert out.extreme_c[risk.id] == pytest.approx(risk.extreme_c, abs=1.5), risk.name
    assert out.margin_mm == pytest.approx(verdict.lesion.margin_mm, abs=0.35)
    assert out.covered_frac == pytest.approx(verdict.lesion.covered_frac, abs=0.03)


def test_an_ensemble_holds_every_run(ensemble, predicted):
    assert ensemble.runs == ensemble.wanted == RUNS and ensemble.whole
    assert ensemble.digest == services.prediction_digest(predicted[0])
    assert len(ensemble.margin_mm) == RUNS and set(map(len, ensemble.extreme_c.values())) == {RUNS}
    assert ensemble.margin_mm.std() > 0.1, "nothing that was drawn mattered"
    share = ensemble.reached_frac[ensemble.isotherm_c]
    assert share.min() == 0.0 and share.max() == 1.0 and ((share * RUNS) % 1 == 0).all()
    assert {e.input for e in ensemble.effects} == set(ensemble.inputs)
    moved_by_place = [e for e in ensemble.effects if e.input.kind is InputKind.STRUCTURE]
    assert all(e.low.margin_mm == e.high.margin_mm for e in moved_by_place)


def test_the_same_seed_gives_the_same_runs_and_another_others(ensemble, predicted):
    again = run_ensemble(*predicted, members=RUNS, alone=False)
    assert again.margin_mm == pytest.approx(ensemble.margin_mm, abs=1e-5)
    other = run_ensemble(*predicted, members=2, seed=7, alone=False)
    assert not other.effects
    assert not np.allclose(other.margin_mm, ensemble.margin_mm[:2])


@pytest.mark.parametrize("pool", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_any_executor_gives_the_same_runs(ensemble, predicted, pool):
    options = {"mp_context": get_context("spawn")} if pool is ProcessPoolExecutor else {}
    seen: list[int] = []
    with pool(2, **options) as executor:
        found = run_ensemble(
            *predicted, members=RUNS, alone=False, executor=executor, on_partial=lambda e: seen.append(e.runs)
        )
    assert found.margin_mm == pytest.approx(ensemble.margin_mm, abs=1e-4)
    assert seen[-1] == RUNS


def test_results_come_while_it_runs(predicted):
    seen: list[Ensemble] = []
    run_ensemble(*predicted, members=16, alone=False, on_partial=seen.append)
    assert [e.runs for e in seen] == [8, 16] and not seen[0].whole and seen[0].wanted == 16


def test_it_is_cancelled_like_a_prediction(predicted):
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        run_ensemble(*predicted, members=RUNS, progress=progress)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda case, volume, zone: (case, volume, replace(zone, digest="another")), "zone-stale"),
        (lambda case, volume, zone: (case, volume, replace(zone, fidelity=Fidelity.PREVIEW)), "zone-not-physics"),
        (lambda case, volume, zone: (case, replace(volume, hu=volume.hu + 1), zone), "ct-differs"),
    ],
)
def test_what_does_not_belong_together_is_refused(predicted, change, code):
    with pytest.raises(PlanError) as refusal:
        run_ensemble(*change(*predicted), members=RUNS)
    assert refusal.value.code == code


def test_no_runs_are_refused(predicted):
    with pytest.raises(PlanError) as refusal:
        run_ensemble(*predicted, members=0)
    assert refusal.value.code == "members-invalid"


def test_vessels_are_left_out_and_named(ensemble, predicted):
    vessels = predicted[0].of_kind(StructureKind.VESSEL)
    assert vessels and not {v.id for v in vessels} & set(ensemble.extreme_c)
    assert any(vessels[0].name in words for words in ensemble.left_out)


def test_counted_bits():
    shape = (2, 3, 5)
    fields = [np.arange(30).reshape(shape) < n for n in (30, 10, 0)]
    share = counted_bits([np.packbits(f) for f in fields], shape)
    assert share.reshape(-1)[:10] == pytest.approx(2 / 3) and share.reshape(-1)[10:] == pytest.approx(1 / 3)
