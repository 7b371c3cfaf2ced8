"""The ranges of tissue values: which are run, what they add up to, and what the verdict makes of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.demo import demo_case
from imaging.phantom import SMALL
from imaging.progress import Cancelled, Progress
from planning import services
from planning.catalogue import Mode, Phase, load_tissues
from planning.catalogue.ranges import Factor, at_end, moved_to
from planning.evaluation import Judgement, evaluate
from planning.evaluation.sureness import effects_text, judge_range
from planning.model.zone_range import ZoneRange, least_and_most
from planning.operations.probes import add_probe
from planning.uncertainty import predict_range
from tests.builders.cases import ball as ball_mask
from tests.builders.cases import centred_grid, empty_case, hot_ball, ice_ball, lesion, root, straight_tube, zone_of

TABLE = load_tissues()


@pytest.fixture(scope="module")
def ranged(tmp_path_factory):
    """Two minutes of the demo plan on the coarse phantom, with its range."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        case, volume = demo_case(parameters=SMALL)
    case = case.with_plan(schedule=(Phase(kind="on", duration_s=120.0),))
    return case, volume, predict_range(case, volume)


def test_a_value_moves_to_its_end_and_one_without_a_range_stays():
    marrow = TABLE["red_marrow"]
    given = TABLE["cortical_bone"].conductivity_w_mk
    assert (moved_to(given, "low").value, moved_to(given, "high").value) == (given.low, given.high)
    assert moved_to(marrow.density_kg_m3, "high") == marrow.density_kg_m3
    ends = [at_end(TABLE, Factor.FROZEN_CONDUCTIVITY, end)["red_marrow"].frozen for end in ("low", "high")]
    assert ends[0].conductivity_w_mk.value < marrow.frozen.conductivity_w_mk.value < ends[1].conductivity_w_mk.value
    # One factor at a time: nothing else moved.
    assert at_end(TABLE, Factor.PERFUSION, "high")["cortical_bone"].conductivity_w_mk == given


def test_frozen_bone_and_every_metastasis_without_a_source_carry_a_range():
    for name, record in TABLE.tissues.items():
        if record.frozen is not None and "no direct source" in record.frozen.conductivity_w_mk.source:
            frozen = record.frozen.conductivity_w_mk
            assert frozen.low is not None and frozen.high is not None and frozen.low < frozen.high, name


def test_each_factor_adds_its_worse_end(ranged):
    _, _, found = ranged
    assert {e.factor for e in found.effects} <= {Factor.CONDUCTIVITY, Factor.FROZEN_CONDUCTIVITY, Factor.PERFUSION}
    assert Factor.FROZEN_CONDUCTIVITY in {e.factor for e in found.effects}
    assert all("Bone" in e.media for e in found.effects if e.factor is Factor.FROZEN_CONDUCTIVITY)
    for field, name in ((found.warmer_k, "warmer_k"), (found.colder_k, "colder_k")):
        assert field.min() >= 0
        assert field.max() <= sum(getattr(e, name) for e in found.effects) + 1e-3
        assert field.max() >= max(getattr(e, name) for e in found.effects) - 1e-3
        assert field.max() > 0.5, "ranges of frozen bone change nothing"


def test_the_usual_zone_lies_between_the_least_and_the_most(ranged):
    case, volume, found = ranged
    zone = services.predict(case, volume)
    least, most = least_and_most(zone, found)
    assert (most.extreme_c <= zone.extreme_c + 1e-4).all() and (zone.extreme_c <= least.extreme_c + 1e-4).all()
    assert (most.extreme_c < zone.extreme_c - 0.5).any() and (least.extreme_c > zone.extreme_c + 0.5).any()
    assert least.extreme_c.max() <= zone.body_c
    verdict = evaluate(case, zone)
    sureness = judge_range(case, zone, verdict, found)
    assert sureness.digest == services.prediction_digest(case)
    assert sureness.least.lesion.covered_frac <= verdict.lesion.covered_frac <= sureness.most.lesion.covered_frac
    assert "thermal conductivity of ice of" in effects_text(sureness.effects)


def test_it_is_cancelled_like_a_prediction(ranged):
    case, volume, _ = ranged
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        predict_range(case, volume, progress)


def even(zone, warmer, colder):
    shape = zone.grid.shape_kji
    return ZoneRange(
        grid=zone.grid, warmer_k=np.full(shape, warmer, np.float32), colder_k=np.full(shape, colder, np.float32),
        effects=(), digest=zone.digest,
    )  # fmt: skip


def test_what_may_turn_out_worse_is_told_with_both_ends():
    grid = centred_grid()
    case = empty_case(structures=(
        lesion(ball_mask(grid, 6)), root("S1", "L", straight_tube((17.5, 0, -20), (17.5, 0, 20))),
        root("S3", "R", straight_tube((-36, 0, -20), (-36, 0, 20))),
    ))  # fmt: skip
    case = add_probe(case, "icerod-1.5", (0, 35, 0), (0, 0, 0))
    zone = zone_of(case, ice_ball(10))
    usual = evaluate(case, zone)
    root_of = {r.id: r for r in usual.structures}
    assert root_of["root.S1.L"].judgement is Judgement.CAUTION
    sureness = judge_range(case, zone, usual, even(zone, 3.0, 6.0))
    sentences = {f.structure_id: f for f in sureness.findings}
    assert sentences["root.S1.L"].judgement is Judgement.ALARM
    assert "to alarm" in sentences["root.S1.L"].sentence
    assert "root.S3.R" not in sentences, "a root that is safe at both ends needs no sentence"
    margin = sentences["lesion"].sentence
    assert "100 %" in margin.replace("\u202f", " ") and " to " in margin
    sure = judge_range(case, zone, usual, even(zone, 0.0, 0.0))
    assert "caution at both ends" in {f.structure_id: f for f in sure.findings}["root.S1.L"].sentence
    assert effects_text(()) == "No tissue of this plan has a range."


def test_dose_follows_the_warmer_end():
    case = empty_case()
    case = add_probe(case, "osteocool-10", (0, 35, 0), (0, 0, 0))
    zone = zone_of(case, hot_ball(10), mode=Mode.HEAT)
    zone = replace(zone, cem43_min=np.full(zone.grid.shape_kji, 10.0, np.float32))
    least, most = least_and_most(zone, even(zone, 2.0, 1.0))
    assert most.cem43_min.max() == pytest.approx(40.0) and least.cem43_min.max() == pytest.approx(5.0)
    assert (most.extreme_c >= least.extreme_c).all()
