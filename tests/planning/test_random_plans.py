"""Random plans of `sacroplan verify --risk`: seeded, placed, and recomputed once only."""

from __future__ import annotations

import pytest

from app import risk_plans, risk_verification
from app.demo import true_case
from app.risk_plans import RandomPlan, judged, plan_in
from app.risk_verification import risk_groups
from imaging.phantom import family
from imaging.progress import Progress
from planning import services
from planning.catalogue.devices import device
from planning.services import prediction_digest
from planning.trajectory.verification.groups import all_met
from tests.report_case import zone_of


@pytest.fixture(scope="module")
def patient(small_phantom):
    return true_case("Somebody", small_phantom), small_phantom.volume


@pytest.fixture(scope="module")
def drawn(patient):
    """With the fast model in the engine's place, which then agrees with itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(services, "preview", lambda case, volume: services.estimate(case))
        return [plan_in(*patient, seed) for seed in (0, 1, 2, 3, 3)]


def test_a_seed_gives_the_same_plan_again_and_others_give_others(drawn):
    assert drawn[3].plan == drawn[4].plan
    assert len({prediction_digest(case) for case in drawn}) == len(drawn) - 1


def test_plans_freeze_and_heat_with_one_probe_and_several(drawn):
    assert [device(case.plan.probes[0].device_id).is_cold for case in drawn] == [True, False, True, False, False]
    counts = {len(case.plan.probes) for case in drawn}
    assert len(counts) > 1 and counts <= {1, 2, 3}
    assert all(case.plan.schedule for case in drawn)


def test_probes_come_from_the_skin(patient, drawn):
    _, volume = patient
    for probe in (p for case in drawn for p in case.plan.probes):
        assert volume.hu_at(probe.tip_mm) > -300 and probe.depth_mm > 20


def test_many_plans_come_near_to_what_is_judged(drawn):
    nearest_mm = [
        min(tube.signed_distance_mm(p.tip_mm).min() for _, tube in judged(case) for p in case.plan.probes)
        for case in drawn
    ]  # fmt: skip
    assert sorted(nearest_mm)[len(nearest_mm) // 2] < 20.0


def test_every_member_is_of_the_family_and_plans_take_turns(monkeypatch, patient):
    monkeypatch.setattr(risk_plans, "_patient", lambda member: patient)
    monkeypatch.setattr(risk_plans, "plan_in", lambda case, volume, seed: case)
    assert [risk_plans.random_plan(n).member for n in (0, 4, 5, 100)] == [
        risk_plans.MEMBERS[0], risk_plans.MEMBERS[0], risk_plans.MEMBERS[1], risk_plans.MEMBERS[0],
    ]  # fmt: skip
    assert set(risk_plans.MEMBERS) <= set(family())


def test_few_plans_come_from_many_patients_and_all_of_them_are_different():
    assert sorted(risk_verification.seeds(200)) == list(range(200))
    first = risk_verification.seeds(40)
    assert {n // risk_plans.PLANS_A_PATIENT for n in first} == set(range(20)) and sum(n % 2 for n in first) == 20
    assert risk_verification.seeds(40) == risk_verification.seeds(60)[:40]


def test_what_is_kept_is_not_recomputed_but_judged_anew(monkeypatch, tmp_path, patient, drawn):
    """With a formula in the engine's place."""
    cold = next(case for case in drawn if device(case.plan.probes[0].device_id).is_cold)
    asked = []

    def recomputed(plan, zone, progress):
        asked.append(zone.digest)
        return {s.id: (-30.0, None, 50.0) for s, _ in judged(plan.case)}

    def study(reach_mm):
        monkeypatch.setattr(services, "predict", lambda case, volume, progress: zone_of(case, reach_mm))
        plan = RandomPlan(seed=0, member="somebody", case=cold, volume=patient[1])
        return risk_groups(Progress(), 1, keep, lambda seed: plan)

    monkeypatch.setattr(risk_verification, "recomputed", recomputed)
    keep = tmp_path / "kept.jsonl"
    first = study(reach_mm=11.0)
    assert study(reach_mm=11.0) == first and len(asked) == len(keep.read_text().splitlines()) == 1
    assert study(reach_mm=20.0) != first and len(asked) == 1
    assert not all_met(first)
