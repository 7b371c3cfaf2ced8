"""An approval stands while everything it rests on is as it was, and says what changed when it falls."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from planning import services
from planning.case_io import read_case, write_case
from planning.catalogue import Phase
from planning.catalogue.own_thresholds import set_threshold
from planning.errors import PlanError
from planning.evaluation import evaluate
from planning.model import Case
from planning.model.clinical import Intent
from planning.model.judgement import Judgement
from planning.model.zone import Fidelity
from planning.operations.clinical import change_clinical, change_course
from planning.operations.objects import lock_object
from planning.operations.plans import copy_plan, rename_plan
from planning.operations.probes import add_probe, move_probe
from planning.operations.protection import add_thermocouple
from planning.operations.room import change_room
from planning.operations.structures import confirm_structure, put_structure, remove_structure
from planning.plans import approve_plan, fallen_because, speaking_against, withdraw_approval
from tests.builders.cases import (
    CRYO,
    ball,
    centred_grid,
    empty_case,
    ice_ball,
    lesion,
    root,
    straight_tube,
    zone_of,
)
from tests.builders.paths import BODY_MM, nerve, patient

AGAINST = ("Left S2 cools to 2 °C.", "Unconfirmed: S2 L.")
AT = datetime(2026, 3, 5, 14, 30, tzinfo=UTC)


@pytest.fixture
def case() -> Case:
    structures = (
        lesion(ball(centred_grid(), 8.0)),
        root("S2", "L", straight_tube((9, 0, -20), (9, 0, 20), 2.0), confirmed=False),
    )
    return add_probe(empty_case(structures=structures), CRYO, (0, 38, 0), (0, 0, 0))


def verdict_on(case, **changes):
    return evaluate(case, zone_of(case, ice_ball(10), **changes))


@pytest.fixture
def approved(case) -> Case:
    return approve_plan(case, verdict_on(case), "  A.  Reader ", AT, AGAINST)


def test_an_approval_names_who_when_and_what_speaks_against(case, approved):
    approval = approved.plan.approval
    assert (approval.by, approval.at) == ("A. Reader", "2026-03-05T14:30:00+00:00")
    assert approval.in_spite_of == AGAINST
    assert fallen_because(approved) == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: move_probe(c, "C1", tip_mm=(1, 0, 0)), "C1 changed"),
        (lambda c: add_probe(c, CRYO, (20, 38, 0), (20, 0, 0)), "C2 is new"),
        (lambda c: c.with_plan(schedule=(Phase(kind="on", duration_s=300.0),)), "the schedule changed"),
        (lambda c: remove_structure(c, "root.S2.L"), "S2 L is gone"),
        (lambda c: confirm_structure(c, "root.S2.L"), "S2 L changed"),
        (lambda c: put_structure(c, lesion(ball(centred_grid(), 9.0))), "Lesion changed"),
        (lambda c: add_thermocouple(c, (12, 0, 0)), "T1 is new"),
        (lambda c: change_room(c, gantry_tilt_deg=10.0), "the CT room changed"),
        (lambda c: change_clinical(c, intent=Intent.PALLIATIVE), "a clinical fact changed"),
        (lambda c: replace(c, image=replace(c.image, digest="another")), "the CT changed"),
    ],
)
def test_it_falls_when_an_input_changes_and_says_which(approved, change, words):
    changed = change(approved)
    assert fallen_because(changed) == (words,)
    # Taken back, it stands again.
    assert fallen_because(approved) == ()


def test_it_falls_when_a_level_of_harm_is_another(approved):
    set_threshold("root.cold", "alarm", 2.0)
    assert fallen_because(approved) == ("a level of harm changed",)


@pytest.mark.parametrize(
    "change",
    [
        lambda c: replace(c, name="Another name"),
        lambda c: rename_plan(c, 1, "Chosen"),
        lambda c: lock_object(c, "C1"),
        lambda c: change_course(c, pain_after_weeks=4.0),
    ],
)
def test_what_no_plan_rests_on_leaves_it_standing(approved, change):
    assert fallen_because(change(approved)) == ()


def test_it_stands_after_saving(approved, tmp_path):
    write_case(tmp_path / "c.sacroplan", approved)
    read, _ = read_case(tmp_path / "c.sacroplan")
    assert read.plan.approval == approved.plan.approval and fallen_because(read) == ()


def test_a_copy_is_not_approved_and_withdrawing_takes_it_back(approved, case):
    assert copy_plan(approved).plan.approval is None
    assert withdraw_approval(approved) == case


@pytest.mark.parametrize("by", ["", "   ", "x" * 61])
def test_somebody_must_approve(case, by):
    with pytest.raises(PlanError) as refused:
        approve_plan(case, verdict_on(case), by, AT, ())
    assert refused.value.code == "approval-nameless" and "60" in refused.value.hint


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (lambda case: None, "not-predicted"),
        (lambda case: verdict_on(case, fidelity=Fidelity.PREVIEW), "not-predicted"),
        (lambda case: verdict_on(move_probe(case, "C1", tip_mm=(2, 0, 0))), "not-predicted"),
    ],
)
def test_only_what_is_predicted_as_it_is_can_be_approved(case, verdict, code):
    with pytest.raises(PlanError) as refused:
        approve_plan(case, verdict(case), "A. Reader", AT, ())
    assert refused.value.code == code


def test_without_a_probe_there_is_nothing_to_approve(case):
    with pytest.raises(PlanError) as refused:
        approve_plan(case.with_plan(probes=()), verdict_on(case), "A. Reader", AT, ())
    assert refused.value.code == "no-probe"


def test_what_is_not_approved_cannot_be_withdrawn(case):
    with pytest.raises(PlanError) as refused:
        withdraw_approval(case)
    assert refused.value.code == "not-approved"


def test_alarms_refused_paths_and_what_nobody_confirmed_speak_against_a_plan():
    """The shaft passes through a root that lies over its target."""
    case, volume = patient(nerve([(-30.0, 20.0, 0.0), (30.0, 20.0, 0.0)], "S2"))
    case = add_probe(case, CRYO, (0.0, BODY_MM - 1.0, 0.0), (0.0, 0.0, 0.0))
    case = confirm_structure(case, "root.S2.L", False)
    verdict = evaluate(case, services.estimate(case))
    against = speaking_against(case, volume, verdict)
    alarms = [f.sentence for f in verdict.findings if f.judgement >= Judgement.ALARM]
    assert alarms and all(words in against for words in alarms)
    assert any(words.startswith("The rules of paths refuse C1: ") for words in against)
    assert any(words.startswith("Unconfirmed: ") and "S2 L" in words for words in against)
