"""Several plans of one case: one is in hand, the others are kept, and each has a prediction of its own."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from planning import services
from planning.case_io import read_case, write_case
from planning.errors import CaseFileError, PlanError
from planning.model import Case
from planning.operations.plans import LONGEST_NAME, MOST_PLANS, copy_plan, new_plan, remove_plan, rename_plan, take_plan
from planning.operations.probes import add_probe, move_probe
from planning.operations.room import change_room
from planning.plans import current_zones, plan_digests
from planning.store import Change
from tests.builders.cases import CRYO, ball, centred_grid, empty_case, ice_ball, lesion, root, straight_tube, zone_of


@pytest.fixture
def case() -> Case:
    structures = (lesion(ball(centred_grid(), 8.0)), root("S2", "L", straight_tube((14, 0, -20), (14, 0, 20), 2.0)))
    return add_probe(empty_case(structures=structures), CRYO, (0, 38, 0), (0, 0, 0))


@pytest.fixture
def two(case) -> Case:
    """A copy whose probe lies elsewhere is in hand."""
    copied = copy_plan(case)
    return move_probe(copied, copied.plan.probes[0].id, tip_mm=(-6, 0, 0))


def test_a_copy_is_in_hand_and_what_is_changed_in_it_leaves_the_first_as_it_was(case, two):
    assert [p.number for p in two.all_plans] == [1, 2] and two.plan.number == 2
    assert two.plan.probes[0].tip_mm == (-6, 0, 0)
    back = take_plan(two, 1)
    assert back.plan == case.plan and take_plan(back, 2) == two
    assert take_plan(two, 2) is two


def test_a_new_plan_is_empty_in_the_same_room(case):
    tilted = change_room(case, gantry_tilt_deg=10.0)
    begun = new_plan(tilted)
    assert begun.plan.probes == () and begun.plan.title == "Plan 2"
    assert begun.plan.room.gantry_tilt_deg == 10.0 and begun.plan.room.placing == ()


def test_numbers_are_never_given_twice(two):
    third = copy_plan(remove_plan(copy_plan(two), 2))
    assert [p.number for p in third.all_plans] == [1, 3, 4]


def test_structures_belong_to_all_plans(two):
    without = replace(two, structures=two.structures[:1])
    assert take_plan(without, 1).structures == without.structures


def test_a_removed_plan_gives_way_to_the_one_before_it_or_after_it(two):
    assert remove_plan(two, 2).plan.number == 1
    assert remove_plan(take_plan(two, 1), 1).plan.number == 2
    assert remove_plan(two, 1).plan.number == 2


def test_a_plan_has_the_name_it_is_given_and_its_number_without(two):
    named = rename_plan(two, 1, "  One   probe ")
    assert named.plan.number == 2 and [p.title for p in named.all_plans] == ["One probe", "Plan 2"]
    assert rename_plan(named, 1, "").all_plans[0].title == "Plan 1"


@pytest.mark.parametrize(
    ("act", "code", "words"),
    [
        (lambda case: take_plan(case, 7), "plan-unknown", "no plan 7"),
        (lambda case: remove_plan(case, 7), "plan-unknown", "no plan 7"),
        (lambda case: rename_plan(case, 7, "x"), "plan-unknown", "no plan 7"),
        (lambda case: rename_plan(case, 2, "plan 1"), "plan-name-taken", "plan 1"),
        (lambda case: rename_plan(case, 2, "x" * (LONGEST_NAME + 1)), "plan-name-long", str(LONGEST_NAME)),
        (lambda case: remove_plan(remove_plan(case, 1), 2), "last-plan", "at least one"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(two, act, code, words):
    with pytest.raises(PlanError, match=words) as refused:
        act(two)
    assert refused.value.code == code and refused.value.hint


def test_no_more_plans_than_can_be_looked_through(case):
    full = case
    for _ in range(MOST_PLANS - 1):
        full = new_plan(full)
    for one_more in (new_plan, copy_plan):
        with pytest.raises(PlanError, match=str(MOST_PLANS)) as refused:
            one_more(full)
        assert refused.value.code == "too-many-plans"


def test_each_plan_has_its_own_prediction(two):
    digests = plan_digests(two)
    assert set(digests) == {1, 2} and digests[1] != digests[2]
    assert digests[2] == services.prediction_digest(two)
    assert set(plan_digests(new_plan(two))) == {1, 2}, "a plan without probes has none"
    zones = {digest: zone_of(two, ice_ball(10), digest=digest) for digest in (*digests.values(), "of an earlier state")}
    assert set(current_zones(two, zones)) == set(digests.values())


def test_a_copy_shares_the_prediction_until_it_is_changed(case):
    digests = plan_digests(copy_plan(case))
    assert digests[1] == digests[2]


def test_the_store_tells_another_plan_from_other_probes(case, two):
    copied = copy_plan(case)
    assert Change.between(case, copied) == Change.PLANS
    assert Change.between(copied, two) == Change.PROBES
    assert Change.between(two, take_plan(two, 1)) == Change.PLANS | Change.PROBES
    assert Change.between(two, rename_plan(two, 1, "first")) == Change.PLANS


def test_all_plans_are_saved_with_their_predictions(two, tmp_path):
    named = rename_plan(two, 1, "One probe")
    zones = {digest: zone_of(two, ice_ball(10), digest=digest) for digest in plan_digests(two).values()}
    write_case(tmp_path / "c.sacroplan", named, zones)
    read, known = read_case(tmp_path / "c.sacroplan")
    assert read.plan == named.plan and read.other_plans == named.other_plans
    assert set(known) == set(zones)
    assert all(np.array_equal(known[d].extreme_c, zones[d].extreme_c) for d in zones)


def test_a_file_with_a_number_given_twice_is_refused(two, tmp_path):
    path = tmp_path / "c.sacroplan"
    write_case(path, two)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    values = json.loads(members["case.json"])
    values["other_plans"][0]["plan_number"] = values["plan_number"]
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in (members | {"case.json": json.dumps(values).encode()}).items():
            archive.writestr(name, data)
    with pytest.raises(CaseFileError, match="damaged"):
        read_case(path)


def test_a_file_of_one_plan_from_before_is_read(case, tmp_path):
    path = tmp_path / "c.sacroplan"
    write_case(path, case)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    values = json.loads(members["case.json"])
    for key in ("plan_number", "plan_name", "approval", "other_plans"):
        del values[key]
    values["schema_version"] = 8
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in (members | {"case.json": json.dumps(values).encode()}).items():
            archive.writestr(name, data)
    assert read_case(path)[0].plan == case.plan
