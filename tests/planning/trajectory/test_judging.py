"""Every hard limit refuses a path that breaks it, and none that keeps it: exactly, and on the surroundings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imaging.geometry import VoxelGrid
from imaging.structures import StructureKind
from planning.catalogue.devices import device
from planning.catalogue.rules import builtin_path_rules, with_changes
from planning.errors import PlanError
from planning.model.digest import plan_digest
from planning.model.judgement import Judgement
from planning.model.room import Posture
from planning.operations.room import change_room
from planning.trajectory.batch import follow
from planning.trajectory.clearance import clearance
from planning.trajectory.judging import judge_path
from planning.trajectory.screening import screen
from planning.trajectory.skin_map import surroundings_of
from tests.builders.cases import centred_grid
from tests.builders.paths import BODY_MM, NO_LENGTH, SHORT, made_of, needle, nerve, patient, places

STRAIGHT = needle((0, BODY_MM, 0), (0, -4, 0))
RULES = with_changes({"tolerance_mm": {"value": 2.0}, "limits": {"vessels": {"alarm": 3.0, "caution": 6.0}}})
RADIUS_MM = device(NO_LENGTH).diameter_mm / 2
LENGTH_MM = BODY_MM + 4


def refused_by(case, volume, probe=STRAIGHT, rules=RULES):
    """Rules that refuse a path when it is measured; and the reason, or none, when it is screened."""
    exact = {f.rule for f in judge_path(case, volume, probe, rules).refused}
    entries, tips = np.array([probe.entry_mm]), np.array([probe.tip_mm])
    applicator = device(probe.device_id)
    around = surroundings_of(case, volume, np.vstack([entries, tips]), applicator, rules)
    screened = screen(case, around, entries, tips, applicator, rules)
    n = int(screened.refused_by[0])
    return exact, "" if n < 0 else screened.reasons[n]


def beside(gap_mm, at_depth_mm):
    """A thin nerve across the way, so far from the needle's surface and so deep below the skin."""
    y = BODY_MM - at_depth_mm
    x = gap_mm + RADIUS_MM + 1.0
    return nerve([(x, y, -20), (x, y, 20)], radius_mm=1.0)


def test_a_free_way_is_refused_by_nothing():
    assert refused_by(*patient()) == (set(), "")


@pytest.mark.parametrize(("spare_mm", "refused"), [(-0.4, True), (0.4, False)])
@pytest.mark.parametrize("depth_mm", [30.0, 60.0])
def test_a_nerve_is_kept_off_by_thickness_and_by_how_far_a_needle_strays_there(spare_mm, depth_mm, refused):
    strays_mm = 2.0 * depth_mm / LENGTH_MM
    exact, screened = refused_by(*patient(beside(strays_mm + spare_mm, depth_mm)))
    assert exact == ({"nerves"} if refused else set())
    assert screened == ("too near to roots and nerves" if refused else "")


def test_a_nerve_that_is_only_near_is_a_caution_with_its_source():
    judged = judge_path(*patient(beside(6.0, 30.0)), STRAIGHT, RULES)
    (finding,) = [f for f in judged.findings if f.judgement is Judgement.CAUTION]
    assert finding.value == pytest.approx(6.0, abs=0.01) and "PMID 18661176" in finding.source
    assert "passes S1 L at" in finding.sentence and judged.nearness == pytest.approx(3 * 0.4, abs=0.01)


@pytest.mark.parametrize(
    ("kind", "rule", "words"),
    [
        (StructureKind.CANAL, "canal", "canal and thecal sac"),
        (StructureKind.THECAL_SAC, "canal", "canal and thecal sac"),
        (StructureKind.VESSEL, "vessels", "vessels"),
        (StructureKind.BOWEL, "bowel", "bowel"),
        (StructureKind.BLADDER, "bladder", "bladder"),
        (StructureKind.METAL, "metal", "metal"),
    ],
)
def test_nothing_that_can_come_to_harm_is_gone_through(kind, rule, words):
    at = places()
    block = made_of(kind, np.linalg.norm(at - (0, 30, 0), axis=-1) < 8)
    exact, screened = refused_by(*patient(block))
    assert exact == {rule} and screened == f"too near to {words}"
    aside = made_of(kind, np.linalg.norm(at - (28, 30, 0), axis=-1) < 8)
    assert refused_by(*patient(aside)) == (set(), "")


@pytest.mark.parametrize(("gap_mm", "refused"), [(2.0, True), (6.0, False)])
def test_a_distance_of_its_own_is_kept(gap_mm, refused):
    """The limit of 3 mm, and 1 mm that the needle may stray half way down; on voxels of 2 mm."""
    at = places()
    wall = made_of(StructureKind.VESSEL, (at[..., 0] >= gap_mm + RADIUS_MM + 1) & (np.abs(at[..., 1] - 28) < 8))
    exact, screened = refused_by(*patient(wall))
    assert exact == ({"vessels"} if refused else set()) and bool(screened) is refused


def test_gas_on_the_way_is_refused_though_nobody_outlined_the_bowel():
    gas = np.linalg.norm(places() - (0, 35, 0), axis=-1) < 6
    assert refused_by(*patient(gas=gas)) == ({"gas"}, "gas on the way: bowel or lung")


@pytest.mark.parametrize(("lean_deg", "refused"), [(80, False), (88, True)])
def test_a_needle_does_not_lie_flatter_than_the_limit(lean_deg, refused):
    lean = np.radians(lean_deg)
    probe = needle((BODY_MM * np.sin(lean), BODY_MM * np.cos(lean), 0))
    exact, screened = refused_by(*patient(), probe)
    assert exact == ({"vertical"} if refused else set())
    assert screened == ("the needle would lie too flat" if refused else "")


@pytest.mark.parametrize("posture", Posture)
def test_what_is_vertical_depends_on_how_the_patient_lies(posture):
    case, volume = patient()
    case = change_room(case, posture=posture)
    exact, _ = refused_by(case, volume)
    leans = np.degrees(np.arccos(np.clip(posture.up[1], -1, 1)))
    assert exact == ({"vertical"} if leans > 85 else set())


def test_the_shaft_reaches_with_the_hub_outside(monkeypatch):
    case, volume = patient()
    probe = needle(STRAIGHT.entry_mm, STRAIGHT.tip_mm, SHORT)
    assert refused_by(case, volume, probe) == (set(), "")
    rules = with_changes({"limits": {"hub": {"alarm": 175 - LENGTH_MM + 1}}})
    exact, screened = refused_by(case, volume, probe, rules)
    assert exact == {"hub"} and screened == "the shaft is too short"


@pytest.mark.parametrize(("bore_mm", "refused"), [(800, False), (500, True)])
def test_hub_and_hand_stay_inside_the_bore(bore_mm, refused):
    """A device of 175 mm stands 111 mm out of the skin, and a hand 100 mm beyond: 271 mm from the middle."""
    case, volume = patient()
    case = change_room(case, bore_mm=float(bore_mm), bore_centre_mm=(0.0, 0.0))
    exact, screened = refused_by(case, volume, needle(STRAIGHT.entry_mm, STRAIGHT.tip_mm, SHORT))
    assert exact == ({"bore"} if refused else set())
    assert screened == ("no room for hub and hand in the bore" if refused else "")


def test_a_tilted_bore_leaves_other_room():
    case, volume = patient()
    probe = needle((0, 50, 30), (0, 0, 0), SHORT)
    free = {}
    for tilt in (0.0, -30.0):
        tilted = change_room(case, bore_mm=700.0, bore_centre_mm=(0.0, 0.0), gantry_tilt_deg=tilt)
        rules = with_changes({"limits": {"bore": {"alarm": 600.0}}})
        (found,) = [f for f in judge_path(tilted, volume, probe, rules).findings if f.rule == "bore"]
        free[tilt] = found.value
    along = np.array([0, 50, 30]) / np.linalg.norm([0, 50, 30])
    end = np.array([0, 50, 0]) + (175 - np.linalg.norm([50, 30]) + 100) * along
    assert free[0.0] == pytest.approx(350 - end[1])
    across = np.array([0, np.cos(np.radians(30)), -np.sin(np.radians(30))])
    assert free[-30.0] == pytest.approx(350 - abs(end @ across))


def test_another_probe_is_not_touched():
    case, volume = patient()
    crossing = needle((20, 40, 0), (-20, 20, 0), name="C1")
    with_other = case.with_plan(probes=(crossing,))
    exact, screened = refused_by(with_other, volume)
    assert exact == {"probes"} and screened == "too near to C1"
    apart = needle((20, 40, 12), (-20, 20, 12), name="C1")
    assert refused_by(case.with_plan(probes=(apart,)), volume) == (set(), "")


def test_a_way_that_leaves_the_body_is_no_way():
    case, volume = patient(plate=True)
    entries, tips = np.array([[0.0, BODY_MM, 0.0]]), np.array([[0.0, BODY_MM + 8.0, 30.0]])
    applicator = device(NO_LENGTH)
    around = surroundings_of(case, volume, np.vstack([entries, tips]), applicator, RULES)
    screened = screen(case, around, entries, tips, applicator, RULES)
    assert screened.reasons[screened.refused_by[0]] == "the way leaves the body"


def test_what_is_not_outlined_or_not_confirmed_is_said_and_never_safe():
    judged = judge_path(*patient(nerve([(25, 30, -20), (25, 30, 20)], confirmed=False)), STRAIGHT, RULES)
    assert next(f.sentence for f in judged.findings if f.judgement is Judgement.UNCONFIRMED).startswith(
        "Not confirmed: S1 L"
    )
    said = " ".join(f.sentence for f in judged.findings if f.judgement is Judgement.NOT_ASSESSED)
    for words in ("canal and thecal sac, vessels, bowel and bladder", "how long the shaft", "width of the bore"):
        assert words in said
    assert "roots" not in said and "metal" not in said


def test_without_bone_distances_are_told_and_the_way_is_not():
    case, volume = patient(beside(1.0, 30.0), plate=False)
    judged = judge_path(case, volume, STRAIGHT, RULES)
    assert judged.way is None and judged.near and any("no bone is outlined" in f.sentence for f in judged.findings)


def test_costs_are_those_of_the_rules():
    judged = judge_path(*patient(), STRAIGHT, builtin_path_rules())
    value, cost = judged.costs["length"]
    assert value == pytest.approx(LENGTH_MM) and cost == pytest.approx((LENGTH_MM - 40) / 80)
    assert judged.costs["slice"] == (0.0, 0.0) and judged.costs["vertical"][1] == pytest.approx(0, abs=1e-9)
    assert judged.cost == pytest.approx(sum(c for _, c in judged.costs.values()) + judged.nearness)


def test_screening_costs_what_measuring_says():
    case, volume = patient(beside(7.0, 55.0))
    rules = builtin_path_rules()
    rng = np.random.default_rng(2)
    aside = rng.normal(0, 14, (12, 3)) * (1, 0, 1)
    entries = aside + (0, 1, 0) * np.sqrt(BODY_MM**2 - (aside**2).sum(axis=1, keepdims=True))
    tips = rng.normal(0, 2, (12, 3))
    applicator = device(NO_LENGTH)
    around = surroundings_of(case, volume, np.vstack([entries, tips]), applicator, rules)
    screened = screen(case, around, entries, tips, applicator, rules)
    for n in range(12):
        judged = judge_path(case, volume, needle(entries[n], tips[n]), rules)
        assert screened.cost[n] == pytest.approx(judged.cost, abs=0.6)
        assert screened.followed.bone_mm[n] == pytest.approx(judged.way.drilled_mm, abs=3.0)


def test_a_wide_tolerance_is_not_forgotten():
    wide = replace(RULES, tolerance_mm=replace(RULES.tolerance_mm, value=9.0))
    exact, screened = refused_by(*patient(beside(6.0, 60.0)), rules=wide)
    assert exact == {"nerves"} and screened


@pytest.mark.parametrize("rule", ["hub", "bore"])
def test_a_blank_level_does_not_let_a_shaft_end_in_the_skin_or_a_hand_in_the_gantry(rule):
    rules = with_changes({"limits": {"hub": {"alarm": "blank"}, "bore": {"alarm": "blank"}}})
    case, volume = patient()
    case = change_room(case, bore_mm=500.0, bore_centre_mm=(0.0, 0.0 if rule == "bore" else 100.0))
    deep = needle((0, BODY_MM, 0), (0, -4, 0) if rule == "bore" else (0, BODY_MM - 176, 0), SHORT)
    assert rule in {f.rule for f in judge_path(case, volume, deep, rules).refused}


@pytest.mark.parametrize(
    "changes", [{"bore_centre_mm": (float("nan"), 0.0)}, {"gantry_tilt_deg": float("inf")}, {"bore_mm": 1200.0}]
)
def test_a_room_that_cannot_be_is_refused(changes):
    with pytest.raises(PlanError) as refused:
        change_room(patient()[0], **changes)
    assert refused.value.code == "room-invalid" and refused.value.hint


def test_no_temperature_depends_on_the_room():
    case, _ = patient()
    assert plan_digest(change_room(case, posture=Posture.SUPINE, bore_mm=700.0)) == plan_digest(case)


@pytest.mark.parametrize(("gap_mm", "refused"), [(1.4, True), (2.6, False)])
def test_what_runs_beside_the_shaft_is_judged_where_the_needle_strays_most(gap_mm, refused):
    """A nerve nearest at the skin, where nothing strays, and hardly farther at the tip, where 2 mm do."""
    x = gap_mm + RADIUS_MM + 1.0
    along = nerve([(x - 0.3, BODY_MM, 0), (x, -4, 0), (x, -20, 0)], radius_mm=1.0)
    exact, screened = refused_by(*patient(along))
    assert exact == ({"nerves"} if refused else set()) and bool(screened) is refused
    case, _ = patient()
    beside = needle((gap_mm + 2 * RADIUS_MM - 0.3, BODY_MM, 0), (gap_mm + 2 * RADIUS_MM, -4, 0), name="C1")
    exact, screened = refused_by(case.with_plan(probes=(beside,)), patient()[1])
    assert exact == ({"probes"} if refused else set()) and bool(screened) is refused


def test_the_sentence_tells_the_place_where_it_may_touch():
    along = nerve([(1.2 + RADIUS_MM + 1.0, BODY_MM, 0), (1.5 + RADIUS_MM + 1.0, -20, 0)], radius_mm=1.0)
    judged = judge_path(*patient(along), STRAIGHT, RULES)
    (found,) = judged.refused
    assert found.clearance.depth_mm == pytest.approx(LENGTH_MM, abs=0.5) and judged.near[0].depth_mm == 0
    assert "64.0\u202fmm below the skin" in found.sentence


@pytest.mark.parametrize("turned", [False, True])
def test_a_vessel_one_voxel_wide_is_not_passed_over_between_the_cells_of_the_surroundings(turned):
    """Voxels of 0.8 mm lie between cells of 1.5 mm, whichever way the grid runs."""
    grid = centred_grid(20, 0.8)
    if turned:
        angle = np.radians(30)
        matrix = grid.lps_from_ijk.copy()
        matrix[:3] = (
            np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]) @ matrix[:3]
        )
        grid = VoxelGrid(shape_kji=grid.shape_kji, lps_from_ijk=matrix, frame_uid=grid.frame_uid)
    around_vessel = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    for column in range(20, 26):
        line = np.zeros(grid.shape_kji, bool)
        line[:, column, 25] = True
        case, volume = patient(made_of(StructureKind.VESSEL, line, grid), grid=grid)
        vessel = case.structures[-1]
        at = grid.to_lps([25, column, 25])
        tips = at + 2.5 * np.stack([np.cos(around_vessel), np.sin(around_vessel), 0 * around_vessel], axis=1)
        entries = tips + [0, 0, 8.0]
        around = surroundings_of(case, volume, np.vstack([entries, tips]), device(NO_LENGTH), RULES)
        told_mm = follow(around, entries, tips, 0.0).spare_mm + RULES.limits["vessels"].refused_below
        measured_mm = [clearance(vessel, needle(*ends)).distance_mm for ends in zip(entries, tips, strict=True)]
        assert told_mm == pytest.approx(measured_mm, abs=1.0)
