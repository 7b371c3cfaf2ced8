"""What is proposed to protect holds when it is placed and predicted, and what is not allowed or of no use is not proposed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.demo import demo_case
from imaging.phantom import SMALL
from imaging.structures import StructureKind
from planning import services
from planning.catalogue import Phase
from planning.catalogue.agents import agent
from planning.catalogue.thresholds import Mode
from planning.errors import PlanError
from planning.evaluation import Judgement, evaluate
from planning.model.zone import Fidelity
from planning.operations.protection import add_thermocouple
from planning.protecting import advise, first_look
from planning.protecting.pockets import allowed_agents, placed
from planning.protecting.stopping import cut_short
from planning.protecting.wording import difference_text, pocket_text


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    """The demo plan on a coarse grid with one short freeze, its prediction and its verdict."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        case, volume = demo_case(parameters=SMALL)
    case = case.with_plan(schedule=(Phase(kind="on", duration_s=420.0),))
    zone = services.predict(case, volume)
    return case, volume, zone, evaluate(case, zone)


@pytest.fixture(scope="module")
def advice(plan):
    return advise(*plan)


def test_what_is_harmed_calls_for_protection_first_and_what_is_far_does_not(plan, advice):
    _, _, _, verdict = plan
    harmed = [r.id for r in verdict.structures if r.limit is not None and r.kind is not StructureKind.LESION]
    needed = [n.risk.id for n in advice.needs]
    assert harmed and set(needed[: len(harmed)]) == set(harmed)
    assert advice.needs[0].risk.judgement is max(n.risk.judgement for n in advice.needs)
    assert "root.S4.R" not in needed, "the other side's S4 is far from lesion and zone"
    assert all(n.sentence and n.reason for n in advice.needs)


def test_a_root_near_the_lesion_calls_for_it_even_where_the_zone_does_nothing(plan):
    case, volume, _, _ = plan
    case = case.with_plan(schedule=(Phase(kind="on", duration_s=20.0),))
    zone = services.predict(case, volume)
    seen = first_look(case, zone, evaluate(case, zone))
    near = next(n for n in seen.needs if n.risk.id == "root.S2.L")
    assert near.risk.judgement in (Judgement.WITHIN, Judgement.UNCONFIRMED) and near.lesion_mm < 10
    assert "18661176" in near.reason and "lesion" in near.sentence


@pytest.mark.slow
def test_a_proposed_pocket_does_when_it_is_predicted_what_was_said_of_it(plan, advice):
    case, volume, _, _ = plan
    assert advice.pockets, "nothing helps any structure"
    best = max(advice.pockets, key=lambda p: p.relief_k)
    assert best.relief_k >= 1.0
    with_it = placed(case, best)
    zone = services.predict(with_it, volume)
    after = next(r for r in evaluate(with_it, zone).structures if r.id == best.for_id)
    assert after.extreme_c == pytest.approx(best.with_c, abs=1.5)
    told = advise(with_it, volume, zone, evaluate(with_it, zone))
    difference = next(d for d in told.differences if d.structure_id == best.for_id)
    assert difference.without_c == pytest.approx(best.without_c, abs=1.5)
    assert difference.with_c == pytest.approx(after.extreme_c, abs=0.5)
    assert "without" in difference_text(difference, cold=True)


def test_only_what_is_allowed_is_proposed(advice):
    assert {p.pocket.agent_id for p in advice.pockets} <= {a.id for a in allowed_agents(StructureKind.ROOT, Mode.COLD)}
    cold, heat = ({a.id for a in allowed_agents(StructureKind.ROOT, mode)} for mode in (Mode.COLD, Mode.HEAT))
    assert "d5w" in heat - cold and "saline" in cold - heat
    assert "warm-pack" not in cold and "warm-pack" in {a.id for a in allowed_agents(StructureKind.SKIN, Mode.COLD)}
    assert "warm-pack" not in {a.id for a in allowed_agents(StructureKind.SKIN, Mode.HEAT)}
    assert all(agent(p.pocket.agent_id).name in pocket_text(p, cold=True) for p in advice.pockets)


def test_thermocouples_are_proposed_where_harm_comes_and_not_where_one_is(plan, advice):
    case, _, zone, verdict = plan
    assert advice.watch
    worst = advice.watch[0]
    risk = next(r for r in verdict.structures if r.id == worst.for_id)
    assert worst.position_mm == risk.extreme_at_mm and worst.extreme_c == risk.extreme_c
    case = add_thermocouple(case, worst.position_mm)
    zone = replace(zone, digest=services.prediction_digest(case))
    left = first_look(case, zone, evaluate(case, zone)).watch
    assert worst.for_id not in [w.for_id for w in left] and len(left) == len(advice.watch) - 1


def test_a_freeze_that_stops_when_the_rule_says_stays_short_of_the_level(plan, advice):
    case, volume, _, _ = plan
    rule = next(r for r in advice.stops if r.at_s is not None)
    assert rule.overshoot_k > 0.5 and "falls" in rule.sentence
    shorter = case.with_plan(schedule=cut_short(case.plan.phases, rule.at_s))
    zone = services.predict(shorter, volume)
    curve_c = zone.curves_c[rule.id]
    assert np.interp(rule.at_s, zone.times_s, curve_c) == pytest.approx(rule.read_c, abs=0.5)
    assert curve_c.min() == pytest.approx(rule.peak_c, abs=2.0)
    assert curve_c.min() > rule.limit.temperature_c, "what was said to stay short of the level passes it"


def test_a_plan_that_harms_nothing_needs_no_trial(plan):
    case, volume, zone, _ = plan
    alone = replace(case, structures=())
    zone = replace(zone, digest=services.prediction_digest(alone))
    quiet = advise(alone, volume, zone, evaluate(alone, zone))
    assert quiet.tried and not (quiet.needs or quiet.pockets or quiet.watch or quiet.stops)


def test_a_stale_or_unsettled_zone_is_refused(plan):
    case, volume, zone, verdict = plan
    changed = case.with_plan(schedule=(Phase(kind="on", duration_s=60.0),))
    with pytest.raises(PlanError) as refused:
        advise(changed, volume, zone, verdict)
    assert refused.value.code == "zone-stale"
    with pytest.raises(PlanError) as refused:
        first_look(case, replace(zone, fidelity=Fidelity.PREVIEW), verdict)
    assert refused.value.code == "zone-not-physics"
