"""Probes that share a generator: what is taken and refused, what stays consistent, and what the engine is asked."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import planning.operations.generators as generators
from planning import services
from planning.case_io import read_case, write_case
from planning.catalogue import Phase, device
from planning.errors import CaseFileError, PlanError
from planning.evaluation import Judgement, evaluate
from planning.evaluation.feasibility import plan_concerns
from planning.model.generator import SharedGenerator, Sharing
from planning.model.naming import sharing_text
from planning.operations.generators import (
    change_sharing,
    check_sharing,
    share_generator,
    sharing_lost,
    unshare_generator,
)
from planning.operations.probes import add_probe, change_device, move_probe, remove_probe, set_schedule
from planning.services import prediction_digest
from planning.store import Change, Store
from tests.builders.cases import CRYO, RF, centred_grid, empty_case, hot_ball, zone_of
from tests.planning.test_case_io import rewritten

GRID = centred_grid(30)
COOL, COOL_LONG, UNCOOLED = "cool-tip-20", "cool-tip-25", "uncooled-rf-10"
TOGETHER, IN_TURN, BETWEEN = Sharing.TOGETHER, Sharing.IN_TURN, Sharing.BETWEEN


def placed(*device_ids):
    case = empty_case(GRID)
    for n, device_id in enumerate(device_ids):
        case = add_probe(case, device_id, (8.0 * n - 8, 28, 0), (8.0 * n - 8, 0, 0))
    return case


def three():
    return placed(COOL, COOL, COOL)


def shared(how=TOGETHER, probes=("R1", "R2", "R3"), **more):
    if how is IN_TURN:
        more.setdefault("dwell_s", 30.0)
    if how is BETWEEN:
        more.setdefault("against", ["R3"])
    return share_generator(three(), probes, how, **more)


def the_generator(case):
    (only,) = case.plan.generators
    return only


# What is taken


def test_probes_are_named_by_name_or_id_and_kept_in_the_plans_order():
    found = the_generator(share_generator(three(), ["R3", "probe-1"], TOGETHER))
    assert found == SharedGenerator(id="generator-1", how=TOGETHER, probe_ids=("probe-1", "probe-3"))


def test_electrodes_of_one_drive_share_though_their_lengths_differ():
    assert device(COOL).drive == device(COOL_LONG).drive
    assert the_generator(share_generator(placed(COOL, COOL_LONG), ["R1", "R2"], BETWEEN)).against_ids == ("probe-2",)


def test_bipolar_probes_work_together_and_in_turn():
    case = placed(RF, RF)
    assert the_generator(share_generator(case, ["R1", "R2"], TOGETHER)).how is TOGETHER
    assert the_generator(share_generator(case, ["R1", "R2"], IN_TURN, dwell_s=20)).dwell_s == 20.0


def test_a_sharing_is_changed_in_place_and_ended_for_all():
    case = shared()
    changed = change_sharing(case, "generator-1", ["R1", "R3"], IN_TURN, dwell_s=15)
    assert the_generator(changed) == SharedGenerator(
        id="generator-1", how=IN_TURN, probe_ids=("probe-1", "probe-3"), dwell_s=15.0
    )
    assert unshare_generator(changed, "R3") == three()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (TOGETHER, "R1, R2 and R3 together, at one potential"),
        (IN_TURN, "R1, R2 and R3 in turn, 30\u202fs each"),
        (BETWEEN, "current between R1 and R2 on one side and R3 on the other"),
    ],
)
def test_a_generator_in_words(how, words):
    case = shared(how)
    assert sharing_text(case, the_generator(case)) == words


# What is refused

FOUR = (COOL, COOL, COOL, COOL)


@pytest.mark.parametrize(
    ("devices", "probes", "how", "more", "code", "words"),
    [
        (FOUR, ["R1"], TOGETHER, {}, "generator-needs-two", "two probes or more"),
        (FOUR, ["R1", "probe-1"], TOGETHER, {}, "generator-needs-two", "two probes or more"),
        (FOUR, ["R1", "R9"], TOGETHER, {}, "probe-unknown", "R9"),
        ((CRYO, CRYO), ["C1", "C2"], TOGETHER, {}, "generator-not-rf", "C1 (IceROD"),
        ((RF, RF), ["R1", "R2"], BETWEEN, {}, "generator-bipolar", "both poles on its own shaft"),
        (
            (COOL, UNCOOLED),
            ["R1", "R2"],
            TOGETHER,
            {},
            "generator-settings-differ",
            "R1 (Cool-tip single 20 mm) and R2",
        ),
        ((COOL, RF), ["R1", "R2"], TOGETHER, {}, "generator-settings-differ", "different settings"),
        (FOUR, ["R1", "R2"], IN_TURN, {}, "generator-dwell", "need the time"),
        (FOUR, ["R1", "R2"], IN_TURN, {"dwell_s": 0.5}, "generator-dwell", "0.5 s"),
        (FOUR, ["R1", "R2"], IN_TURN, {"dwell_s": 3601}, "generator-dwell", "3601 s"),
        (FOUR, ["R1", "R2"], IN_TURN, {"dwell_s": math.nan}, "generator-dwell", "nan s"),
        (FOUR, ["R1", "R2"], TOGETHER, {"dwell_s": 30}, "generator-dwell", "Only electrodes that work in turn"),
        (FOUR, ["R1", "R2"], BETWEEN, {"dwell_s": 30}, "generator-dwell", "Only electrodes that work in turn"),
        (FOUR, ["R1", "R2"], TOGETHER, {"against": ["R2"]}, "generator-sides", "have sides"),
        (FOUR, ["R1", "R2", "R3"], BETWEEN, {}, "generator-sides", "more than two"),
        (FOUR, ["R1", "R2"], BETWEEN, {"against": ["R1", "R2"]}, "generator-sides", "either side"),
        (FOUR, ["R1", "R2"], BETWEEN, {"against": ["R3"]}, "generator-sides", "either side"),
        (FOUR, ["R1", "R2"], BETWEEN, {"against": ["R9"]}, "probe-unknown", "R9"),
    ],
)
def test_what_cannot_share_is_refused(devices, probes, how, more, code, words):
    case = placed(*devices)
    with pytest.raises(PlanError) as refused:
        share_generator(case, probes, how, **more)
    assert refused.value.code == code
    assert words in str(refused.value)


def test_a_probe_is_at_one_generator():
    case = shared(probes=("R1", "R2"))
    with pytest.raises(PlanError, match="R2 already shares a generator: R1 and R2 together") as refused:
        share_generator(case, ["R2", "R3"], TOGETHER)
    assert refused.value.code == "generator-taken"


def test_what_is_not_there_is_not_ended_or_changed():
    with pytest.raises(PlanError, match="R1 has a generator of its own") as refused:
        unshare_generator(three(), "R1")
    assert refused.value.code == "generator-not-shared"
    with pytest.raises(PlanError, match="generator-7") as refused:
        change_sharing(shared(), "generator-7", ["R1", "R2"], TOGETHER)
    assert refused.value.code == "generator-unknown"


# What stays consistent


def test_removing_one_of_two_ends_the_sharing_and_it_is_said():
    case = shared(probes=("R1", "R2"))
    left = remove_probe(case, "R1")
    assert left.plan.generators == ()
    assert sharing_lost(case, left) == "R1 and R2 no longer share a generator."


def test_removing_one_of_three_leaves_the_others_at_it():
    case = shared(IN_TURN)
    left = remove_probe(case, "R2")
    assert the_generator(left).probe_ids == ("probe-1", "probe-3") and the_generator(left).dwell_s == 30.0
    assert sharing_lost(case, left) == "R2 left the generator of R1 and R3."


def test_without_its_other_side_no_current_flows_between_shafts():
    case = shared(BETWEEN)
    assert remove_probe(case, "R3").plan.generators == ()
    assert the_generator(remove_probe(case, "R1")).against_ids == ("probe-3",)


@pytest.mark.parametrize(
    ("how", "device_id", "stays"),
    [(TOGETHER, COOL_LONG, True), (TOGETHER, UNCOOLED, False), (BETWEEN, COOL_LONG, True), (BETWEEN, RF, False)],
)
def test_a_changed_device_stays_only_where_it_goes_with_the_others(how, device_id, stays):
    case = shared(how)
    changed = change_device(case, "R1", device_id)
    assert ("probe-1" in the_generator(changed).probe_ids) is stays
    assert bool(sharing_lost(case, changed)) is not stays
    check_sharing(changed)


def test_the_first_of_two_leaves_no_generator_behind():
    case = shared(probes=("R1", "R2"))
    assert change_device(case, "R1", UNCOOLED).plan.generators == ()


def test_what_the_user_ended_himself_is_not_said_again():
    case = shared()
    assert sharing_lost(case, unshare_generator(case, "R1")) == ""
    assert sharing_lost(case, move_probe(case, "R1", tip_mm=(-8, 1, 0))) == ""


def test_sharing_is_a_change_of_probes_that_is_undone_with_them():
    store, seen = Store(shared(probes=("R1", "R2"))), []
    store.subscribe(seen.append)
    before = store.case
    store.apply("Delete R1", lambda c: remove_probe(c, "R1"))
    store.undo()
    assert store.case == before
    store.apply("Stop sharing", lambda c: unshare_generator(c, "R1"))
    assert seen == [Change.PROBES] * 3
    store.undo()
    assert store.case == before


def test_an_edited_device_is_told_by_the_names_of_the_probes(monkeypatch):
    case = share_generator(placed(COOL, COOL_LONG), ["R1", "R2"], TOGETHER)
    other = replace(device(COOL_LONG), drive=replace(device(COOL_LONG).drive, max_power_w=50.0))
    monkeypatch.setattr(generators, "device", lambda i: other if i == COOL_LONG else device(i))
    with pytest.raises(PlanError, match=r"R1 \(Cool-tip single 20 mm\) and R2 \(Cool-tip single 25 mm\)"):
        services.applicators_of(case)
    assert len(services.placed_applicators(case)) == 2, "such a case still opens"


# What depends on it


def test_every_way_to_share_has_a_digest_of_its_own():
    ways = [
        three(), shared(), shared(probes=("R1", "R2")), shared(IN_TURN), shared(IN_TURN, dwell_s=31.0), shared(BETWEEN),
        shared(BETWEEN, against=["R1"]), shared(BETWEEN, against=["R1", "R2"]),
    ]  # fmt: skip
    assert len({prediction_digest(case) for case in ways}) == len(ways)


def test_predictions_kept_before_there_were_shared_generators_stay_current():
    # The digest that the program gave this case when its plan could not yet say anything of generators.
    assert plan_digest_of(three()) == "58032f9c0a48b7275a4020f6cdac93c8"


def plan_digest_of(case):
    from planning.model.digest import plan_digest

    return plan_digest(case, "options")


def test_the_engine_is_asked_for_what_the_plan_says():
    for case, expected in (
        (three(), [("", 1, None)] * 3),
        (shared(probes=("R1", "R3")), [("generator-1", 1, None), ("", 1, None), ("generator-1", 1, None)]),
        (shared(IN_TURN), [("generator-1", 1, 30.0)] * 3),
        (shared(BETWEEN), [("generator-1", 1, None)] * 2 + [("generator-1", -1, None)]),
    ):
        assert [(a.generator, a.polarity, a.dwell_s) for a in services.applicators_of(case)] == expected


def box_of(case):
    """A box of lytic bone around the probes, without a CT."""
    from planning.thermal import simulation_grid

    grid = simulation_grid(services.placed_applicators(case), case.image.grid.frame_uid, 4.0)
    return services.SimulatedBox(grid, np.full(grid.shape_kji, 60.0, np.float32), {})


@pytest.mark.parametrize("how", list(Sharing))
def test_the_solver_takes_every_plan_that_the_operations_allow(how):
    request = services.thermal_request(shared(how), box_of(shared(how)))
    assert len({a.generator for a in request.applicators}) == 1


def test_the_drag_estimate_says_that_it_does_not_know():
    said = " ".join(services.estimate(shared()).notes)
    assert "does not know that R1, R2 and R3 share a generator" in said
    assert "generator" not in " ".join(services.estimate(three()).notes)


def test_turns_that_never_come_are_told():
    case = set_schedule(
        shared(IN_TURN, dwell_s=150.0), [Phase(kind="on", duration_s=300), Phase(kind="on", duration_s=60)]
    )
    (concern,) = plan_concerns(case)
    assert concern.sentence.startswith("R3 never has its turn: R1, R2 and R3 work 150\u202fs each")
    assert (concern.id, concern.judgement) == ("probe-3", Judgement.CAUTION)
    assert plan_concerns(set_schedule(case, [Phase(kind="on", duration_s=301)])) == ()
    verdict = evaluate(case, zone_of(case, hot_ball(9), GRID, mode=services.mode_of(case)))
    assert concern.sentence in [f.sentence for f in verdict.findings]


# The case file


@pytest.mark.parametrize("how", list(Sharing))
def test_the_case_file_keeps_it(tmp_path, how):
    path, case = tmp_path / "plan.sacroplan", shared(how)
    write_case(path, case)
    assert read_case(path)[0].plan == case.plan


def test_a_file_of_the_third_version_opens_with_a_generator_for_every_probe(tmp_path):
    path = tmp_path / "plan.sacroplan"
    write_case(path, three())
    rewritten(path, lambda d: (d.update(schema_version=3), d.pop("generators")))
    assert read_case(path)[0].plan == three().plan


FAULTS = {
    "one probe": lambda g: g.update(probe_ids=["probe-1"], against_ids=[]),
    "a probe twice": lambda g: g.update(probe_ids=["probe-1", "probe-1", "probe-3"]),
    "an unknown probe": lambda g: g.update(probe_ids=["probe-1", "probe-9", "probe-3"]),
    "an unknown way": lambda g: g.update(how="sometimes"),
    "all on one side": lambda g: g.update(against_ids=[]),
    "all on the other side": lambda g: g.update(against_ids=["probe-1", "probe-2", "probe-3"]),
    "sides without current between": lambda g: g.update(how="together"),
    "turns without a time": lambda g: g.update(how="in turn", against_ids=[]),
    "a time without turns": lambda g: g.update(dwell_s=30),
    "a time of nothing": lambda g: g.update(how="in turn", against_ids=[], dwell_s=0),
    "an unknown key": lambda g: g.update(volts=3),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_generator_that_does_not_hold_together_is_refused(tmp_path, fault):
    path = tmp_path / "plan.sacroplan"
    write_case(path, shared(BETWEEN))
    rewritten(path, lambda d: FAULTS[fault](d["generators"][0]))
    with pytest.raises(CaseFileError) as refused:
        read_case(path)
    assert refused.value.code == "case-damaged"


def test_a_probe_at_two_generators_is_refused(tmp_path):
    path = tmp_path / "plan.sacroplan"
    write_case(path, shared())
    rewritten(path, lambda d: d["generators"].append({**d["generators"][0], "id": "generator-2"}))
    with pytest.raises(CaseFileError):
        read_case(path)
