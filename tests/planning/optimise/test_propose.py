"""Plans proposed in the round patient; predictions are previews here, but for one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imaging.progress import Cancelled, Progress, no_progress
from imaging.structures import Side, StructureKind
from planning import services
from planning.catalogue.rules import builtin_path_rules
from planning.catalogue.thresholds import Level
from planning.errors import PlanError
from planning.evaluation import evaluate
from planning.evaluation.verdict import PelvicRule
from planning.model.clinical import Intent
from planning.model.judgement import Judgement
from planning.model.zone import Fidelity
from planning.operations.clinical import change_clinical
from planning.operations.objects import lock_object
from planning.operations.probes import add_probe
from planning.optimise import OptimiseRequest, propose_plans, taken
from planning.optimise.pool import Pool
from planning.trajectory.judging import judge_path
from tests.builders.paths import made_of, nerve, patient, places

SPHERE, ROD, EDGE, HEAT = "icesphere-1.5", "icerod-1.5", "iceedge-2.4", "cool-tip-20"


@pytest.fixture
def quick(monkeypatch):
    """Previews in place of predictions, which may be off by their own, wider cells."""
    monkeypatch.setattr(services, "predict", services.preview)
    monkeypatch.setattr(services, "GRID_SPACING_MM", services._PREVIEW_SPACING_MM)


def asked(device_id=SPHERE, **changes):
    return OptimiseRequest(**{"device_ids": (device_id,), "most": 3, "margin_mm": 8.0, **changes})


def proposed(case, volume, request, progress=None):
    return propose_plans(case, volume, request, progress or no_progress(), builtin_path_rules())


def ends_of(plan):
    return [(p.device_id, p.entry_mm, p.tip_mm) for p in plan.probes]


@pytest.fixture(scope="module")
def with_root():
    """A root 17 mm above the middle: 4 mm beyond a margin of 5."""
    return patient(nerve([(-50.0, 5.0, 17.0), (50.0, 5.0, 17.0)], "S2", radius_mm=1.5))


def test_a_plan_covers_what_is_asked_is_predicted_and_can_be_taken():
    case, volume = patient()
    found = proposed(case, volume, asked(EDGE, margin_mm=5.0, most=2))
    assert found.reached
    assert not found.binds
    best = max(found.plans, key=lambda p: p.covered_frac)
    assert best.covered_frac >= 0.98
    assert best.lesion_frac == 1.0
    assert not best.broken
    after = taken(case, best)
    assert best.zone.fidelity is Fidelity.PHYSICS
    assert best.zone.digest == services.prediction_digest(after)
    assert after.plan.schedule == best.schedule
    verdict = evaluate(after, best.zone)
    assert verdict.lesion.covered_frac == best.lesion_frac == 1.0
    assert not any(judge_path(after, volume, p, builtin_path_rules()).refused for p in after.plan.probes)


@pytest.mark.slow
def test_to_relieve_pain_a_plan_covers_the_bone_beside_the_lesion_and_fewer_probes_do(quick):
    case, volume = patient()
    request = asked(margin_mm=8.0, most=4)
    to_cure = proposed(case, volume, request)
    relieving = change_clinical(case, intent=Intent.PALLIATIVE)
    found = proposed(relieving, volume, request)
    best = max(found.plans, key=lambda p: p.covered_frac)
    assert best.covers == "bone beside the lesion" and best.covers in best.title and best.covered_frac >= 0.98
    assert len(best.probes) < len(max(to_cure.plans, key=lambda p: p.covered_frac).probes)
    verdict = evaluate(taken(relieving, best), best.zone)
    assert verdict.interface.covered_frac == pytest.approx(best.covered_frac, abs=0.02)
    assert verdict.lesion.covered_frac == pytest.approx(best.lesion_frac, abs=0.02)


def test_whatever_limit_is_asked_for_one_side_stays_complete(quick):
    """Both S2 lie in the margin: up to presumed injury they might be spent, and must not be."""
    both = [
        nerve([(x, -30.0, 0.0), (x, 40.0, 0.0)], "S2", side, radius_mm=1.5)
        for x, side in ((11.5, Side.LEFT), (-11.5, Side.RIGHT))
    ]
    case, volume = patient(*both)
    found = proposed(case, volume, asked(EDGE, margin_mm=5.0, most=2, spared_to=Level.INJURY))
    for plan in found.plans:
        verdict = evaluate(taken(case, plan), replace(plan.zone, digest=services.prediction_digest(taken(case, plan))))
        lost = verdict.pelvic.rule is PelvicRule.BROKEN
        assert lost == any("must stay complete" in words for words in plan.broken)
    assert any("must stay complete" in words for plan in found.plans for words in plan.broken)
    assert not found.reached


@pytest.mark.slow
def test_more_probes_where_one_does_not_do_and_the_same_for_a_seed(quick, with_root):
    case, volume = with_root
    first, second = (proposed(case, volume, asked(most=2)) for _ in range(2))
    assert [ends_of(p) for p in first.plans] == [ends_of(p) for p in second.plans]
    assert [p.schedule for p in first.plans] == [p.schedule for p in second.plans]
    assert max(len(p.probes) for p in first.plans) > 1
    # No plan is beaten by another in everything.
    for plan in first.plans:
        for other in first.plans:
            better = (
                other.covered_frac > plan.covered_frac,
                other.spared[0].spare_k > plan.spared[0].spare_k,
                len(other.probes) < len(plan.probes),
                other.seconds < plan.seconds,
            )
            assert other is plan or not all(better)


def test_limits_are_kept_and_what_binds_is_said(quick, with_root):
    case, volume = with_root
    found = proposed(case, volume, asked(ROD, most=3, spared_to=Level.CAUTION))
    assert all(p.spared[0].extreme_c > 10.0 for p in found.plans)
    assert all(not p.broken for p in found.plans)
    for plan in found.plans:
        risk = next(r for r in evaluate(taken(case, plan), plan.zone).structures if r.name == "S2 L")
        assert risk.extreme_c == plan.spared[0].extreme_c
        assert risk.judgement < Judgement.CAUTION
    assert not found.reached
    assert "S2 L" in found.binds
    assert "Protection there" in found.binds


@pytest.mark.slow
def test_a_lesion_around_a_root_cannot_be_covered_within_limits(quick):
    through = patient(nerve([(-50.0, 2.0, 0.0), (50.0, 2.0, 0.0)], "S3", radius_mm=1.5))
    found = proposed(*through, asked(ROD, most=2, margin_mm=3.0))
    assert not found.reached
    assert "S3 L" in found.binds
    for plan in found.plans:
        assert plan.broken or plan.spared[0].extreme_c > 0.0


def test_too_few_probes_are_said_to_be_too_few(quick):
    found = proposed(*patient(), asked(SPHERE, most=1, margin_mm=6.0))
    assert not found.reached
    assert "number of probes binds" in found.binds


def test_kept_and_locked_probes_stay_and_others_go(quick):
    case, volume = patient()
    for x in (-6.0, 6.0, 18.0):
        case = add_probe(case, SPHERE, (x, 55.0, 0.0), (x, -8.0, 0.0))
    case = lock_object(case, "probe-2")
    found = proposed(case, volume, asked(kept=("probe-1",), most=3))
    stay = case.plan.probes[:2]
    assert found.plans
    for plan in found.plans:
        assert plan.probes[:2] == stay
        assert len(plan.probes) <= 3
        assert case.plan.probes[2] not in plan.probes
        after = taken(case, plan)
        assert [p.id for p in after.plan.probes] == [p.id for p in plan.probes]
    assert max(len(p.probes) for p in found.plans) == 3


def test_only_kept_probes_are_judged_where_no_more_are_allowed(quick):
    case, volume = patient()
    case = add_probe(case, SPHERE, (0.0, 55.0, 0.0), (0.0, -8.0, 0.0))
    found = proposed(case, volume, asked(kept=("probe-1",), most=1))
    assert {p.probes for p in found.plans} == {case.plan.probes}


@pytest.mark.slow
def test_one_opening_in_the_skin(quick):
    found = proposed(*patient(), asked(openings=1, most=2))
    assert max(len(p.probes) for p in found.plans) == 2
    assert {p.openings for p in found.plans} == {1}


def test_of_several_devices_those_that_do_it(quick):
    found = proposed(*patient(), asked(device_ids=(SPHERE, EDGE), margin_mm=5.0, most=2))
    assert found.reached
    assert all({p.device_id for p in plan.probes} <= {SPHERE, EDGE} for plan in found.plans)


@pytest.mark.slow
def test_by_heat_dose_counts_too(quick, with_root):
    found = proposed(*with_root, asked(HEAT, margin_mm=2.0, most=1))
    for plan in found.plans:
        assert not plan.broken
        assert plan.spared[0].extreme_c < 45.0


def test_structures_without_a_limit_are_named(quick):
    bowel = made_of(StructureKind.BOWEL, np.linalg.norm(places() - (0.0, -40.0, 0.0), axis=-1) <= 8)
    found = proposed(*patient(bowel), asked(most=1))
    assert found.unlimited == ("Bowel",)


class _StoppedAt(Progress):
    """Cancels itself at some words."""

    def __init__(self, words):
        super().__init__()
        self._words = words

    def report(self, fraction, text=""):
        if text.startswith(self._words):
            self.cancel()
        super().report(fraction, text)


def test_stopped_while_it_predicts_it_gives_the_best_so_far(quick, with_root):
    found = proposed(*with_root, asked(), _StoppedAt("Predicting"))
    assert found.cancelled
    assert len(found.plans) == 1
    # It is judged on a preview, whose wide cells may be off by more than it spares.
    assert all("within what the grid may be off" in words for words in found.plans[0].broken)
    assert found.plans[0].zone.fidelity is Fidelity.PREVIEW


def test_stopped_before_there_is_a_plan_it_gives_none(with_root):
    with pytest.raises(Cancelled):
        proposed(*with_root, asked(), _StoppedAt("Looking for paths"))


def test_a_probe_that_is_not_there_cannot_be_kept():
    with pytest.raises(PlanError) as refusal:
        proposed(*patient(), asked(kept=("probe-7",)))
    assert refusal.value.code == "probe-unknown"


def test_what_is_kept_must_go_with_what_is_asked():
    case, volume = patient()
    case = add_probe(case, SPHERE, (-6.0, 55.0, 0.0), (-6.0, -8.0, 0.0))
    case = add_probe(case, SPHERE, (26.0, 50.0, 0.0), (6.0, -8.0, 0.0))
    kept = ("probe-1", "probe-2")
    with pytest.raises(PlanError, match="cannot join C1") as refusal:
        proposed(case, volume, asked(HEAT, kept=kept))
    assert refusal.value.code == "mixed-modality"
    with pytest.raises(PlanError, match="need 2 openings, but 1"):
        proposed(case, volume, asked(kept=kept, openings=1))
    locked = lock_object(lock_object(case, "probe-1"), "probe-2")
    with pytest.raises(PlanError, match="2 probes are kept or locked, but 1"):
        proposed(locked, volume, asked(most=1))


def test_without_a_lesion_or_on_another_ct_it_is_refused():
    case, volume = patient()
    bare = replace(case, structures=tuple(s for s in case.structures if s.kind is not StructureKind.LESION))
    with pytest.raises(PlanError) as refusal:
        proposed(bare, volume, asked())
    assert refusal.value.code == "no-lesion"
    with pytest.raises(PlanError) as refusal:
        proposed(case, patient(plate=False)[1], asked())
    assert refusal.value.code == "ct-differs"


def test_a_plan_without_a_locked_probe_is_not_taken(quick):
    case, volume = patient()
    found = proposed(case, volume, asked(most=1))
    locked = lock_object(add_probe(case, SPHERE, (0.0, 55.0, 30.0), (0.0, -8.0, 30.0)), "probe-1")
    with pytest.raises(PlanError, match="C1 is locked") as refusal:
        taken(locked, found.plans[0])
    assert refusal.value.code == "probe-locked"


def test_paths_that_are_all_refused_when_judged_exactly_are_no_paths(monkeypatch):
    monkeypatch.setattr(Pool, "is_refused", lambda *_: True)
    with pytest.raises(PlanError, match="judged exactly") as refusal:
        proposed(*patient(), asked(most=1))
    assert refusal.value.code == "no-path"
