"""The verdict: S2 to S4 of both sides before all else, and sentences whose numbers err towards danger."""

from __future__ import annotations

import re

import numpy as np
import pytest

from imaging.structures import Side, StructureKind
from planning.catalogue import Mode
from planning.evaluation import Judgement, evaluate
from planning.evaluation.verdict import PelvicRule
from planning.model.naming import make_structure
from planning.operations.probes import add_probe
from planning.operations.structures import put_structure
from tests.builders.cases import (
    CRYO,
    ball,
    centred_grid,
    empty_case,
    hot_ball,
    ice_ball,
    lesion,
    root,
    straight_tube,
    uniform,
    zone_of,
)

CT = centred_grid(50)
WARM_C, CAUTION_C, ALARM_C = 30.0, 8.0, -5.0
# Where the roots of these cases lie, and the temperature there is set root by root.
PLACES = {
    f"{level} {side}": ((15.0 if side == "L" else -15.0), 0.0, 10.0 * n - 15)
    for n, level in enumerate(["S4", "S3", "S2", "S1"])
    for side in "LR"
}


def verdict_of(temperatures, unconfirmed=(), missing=(), extra=()):
    """A verdict on S1 to S4 of both sides, each at 30 °C but for those given."""
    case = empty_case(CT)
    grid = centred_grid(22)
    field = np.full(grid.shape_kji, WARM_C, np.float32)
    for name, (x, y, z) in PLACES.items():
        if name in missing:
            continue
        level, side = name.split()
        tube = straight_tube((x, y, z - 2), (x, y, z + 2), 1.0)
        case = put_structure(case, root(level, side, tube, confirmed=name not in unconfirmed))
        i, j, k = np.rint(grid.to_ijk((x, y, z))).astype(int)
        field[k - 4 : k + 5, j - 4 : j + 5, i - 4 : i + 5] = temperatures.get(name, WARM_C)
    for structure in extra:
        case = put_structure(case, structure)
    return evaluate(case, zone_of(case, lambda _: field, grid))


@pytest.mark.parametrize("level_left", ["S2", "S3", "S4"])
@pytest.mark.parametrize("level_right", ["S2", "S3", "S4"])
def test_both_sides_at_risk_at_once_is_its_own_first_finding(level_left, level_right):
    verdict = verdict_of({f"{level_left} L": ALARM_C, f"{level_right} R": ALARM_C})
    assert verdict.pelvic.both_sides_at_risk
    first = verdict.findings[0]
    assert first.sentence == f"Roots of both sides are at risk: right {level_right}; left {level_left}."
    assert first.judgement is Judgement.INJURY is verdict.worst
    assert len([f for f in verdict.findings if f.judgement >= Judgement.ALARM]) == 3


@pytest.mark.parametrize("lost", [["S2 L", "S3 L", "S4 L"], ["S3 L"], ["S1 L", "S1 R"], ["S2 L", "S1 R"]])
def test_roots_of_one_side_are_no_risk_of_both(lost):
    verdict = verdict_of(dict.fromkeys(lost, ALARM_C))
    assert not verdict.pelvic.both_sides_at_risk
    assert verdict.pelvic.rule is PelvicRule.MET
    assert not any("both sides" in f.sentence for f in verdict.findings)


@pytest.mark.parametrize(
    ("lost", "kept"),
    [([], "right and left"), (["S2 L"], "right"), (["S3 R", "S2 R"], "left"), (["S4 L"], "right and left")],
)
def test_the_rule_is_met_by_the_side_that_stays_complete(lost, kept):
    pelvic = verdict_of(dict.fromkeys(lost, ALARM_C)).pelvic
    assert pelvic.rule is PelvicRule.MET
    assert pelvic.sentence == f"S2 and S3 stay complete on the {kept}."


def test_caution_leaves_a_side_complete():
    assert verdict_of({"S2 L": ALARM_C, "S2 R": CAUTION_C}).pelvic.sentence.endswith("complete on the right.")


@pytest.mark.parametrize("lost", [["S2 L", "S3 L", "S2 R", "S3 R"], ["S2 L", "S3 R"]])
def test_the_rule_is_broken_when_both_sides_lose_s2_or_s3(lost):
    verdict = verdict_of(dict.fromkeys(lost, ALARM_C))
    assert verdict.pelvic.rule is PelvicRule.BROKEN and verdict.pelvic.both_sides_at_risk


def test_both_s4_at_risk_is_grave_though_s2_and_s3_stay():
    verdict = verdict_of({"S4 L": ALARM_C, "S4 R": ALARM_C})
    assert verdict.pelvic.both_sides_at_risk and verdict.pelvic.rule is PelvicRule.MET


UNKNOWN = [
    ({"missing": list(PLACES)}, {}),
    ({"unconfirmed": list(PLACES)}, {}),
    ({"missing": ["S2 L", "S3 R"]}, {}),
    ({"unconfirmed": ["S2 L", "S3 R"]}, {}),
    ({"missing": ["S3 R"]}, {"S2 L": ALARM_C}),
    ({"unconfirmed": ["S3 R"]}, {"S2 L": ALARM_C}),
    ({"unconfirmed": ["S2 L", "S2 R"]}, {"S2 L": CAUTION_C, "S2 R": CAUTION_C}),
]


@pytest.mark.parametrize(("gaps", "temperatures"), UNKNOWN)
def test_unknown_roots_never_meet_the_rule(gaps, temperatures):
    pelvic = verdict_of(temperatures, **gaps).pelvic
    assert pelvic.rule is PelvicRule.UNKNOWN and not pelvic.both_sides_at_risk
    decisive = [n for names in gaps.values() for n in names if n[:2] in ("S2", "S3")]
    assert decisive and all(name in pelvic.sentence for name in decisive)


def test_an_unconfirmed_root_beyond_its_limit_counts_as_lost():
    verdict = verdict_of({"S2 L": ALARM_C, "S2 R": ALARM_C}, unconfirmed=["S2 L"])
    assert verdict.pelvic.both_sides_at_risk and verdict.pelvic.rule is PelvicRule.BROKEN


def test_what_is_unconfirmed_or_missing_is_named_and_not_counted_as_within_limits():
    verdict = verdict_of({}, unconfirmed=["S1 L", "S1 R"], missing=["S4 L"])
    sentences = {f.judgement: f.sentence for f in verdict.findings}
    assert sentences[Judgement.UNCONFIRMED] == "S1 R and S1 L are unconfirmed."
    assert any(
        f.sentence.startswith("L5 R, L5 L, S4 L, S5 R") and "are not assessed" in f.sentence for f in verdict.findings
    )


def test_findings_come_by_gravity():
    verdict = verdict_of({"S1 L": CAUTION_C, "S2 L": -30.0, "S3 L": ALARM_C})
    levels = [f.judgement for f in verdict.findings]
    assert levels == sorted(levels, reverse=True) and levels[0] is Judgement.INJURY


@pytest.mark.parametrize(
    ("value_c", "said"),
    [
        (-4.01, "runs 4.0\u202fmm through ice: −4\u202f°C"),
        (-4.1, "runs 4.0\u202fmm through ice: −5\u202f°C"),
        (9.9, "cools to 9\u202f°C"),
        (-30.5, "runs 4.0\u202fmm through ice: −31\u202f°C"),
    ],
)
def test_a_cold_root_is_told_colder_never_warmer(value_c, said):
    sentence = verdict_of({"S2 L": value_c}).findings[0].sentence
    assert sentence == f"Left S2 {said}."


def hot_root(extreme_c, dose_min):
    case = put_structure(empty_case(CT), root("S2", "L", straight_tube((5, 0, -5), (5, 0, 5), 1.0)))
    grid = centred_grid(20)
    zone = zone_of(case, uniform(extreme_c), grid, Mode.HEAT, cem43_min=np.full(grid.shape_kji, dose_min, np.float32))
    return next(f for f in evaluate(case, zone).findings if f.structure_id == "root.S2.L")


def test_a_nerve_without_a_level_is_told_by_its_name():
    trunk = make_structure(StructureKind.NERVE, straight_tube((5, 0, -5), (5, 0, 5), 1.0), side=Side.LEFT)
    case = put_structure(empty_case(CT), trunk)
    zone = zone_of(case, uniform(-5.0), centred_grid(20))
    (finding,) = (f for f in evaluate(case, zone).findings if f.structure_id == trunk.id)
    assert finding.sentence == "Left lumbosacral trunk runs 10.0\u202fmm through ice: −5\u202f°C."


def test_a_hot_root_is_told_hotter_and_longer():
    assert hot_root(43.2, 12.3).sentence == "Left S2 runs 10.0\u202fmm above 42\u202f°C: 44\u202f°C, 13 min CEM43."


@pytest.mark.parametrize(
    ("extreme_c", "dose_min", "limit"),
    [
        (43.0, 1.0, "Caution at ≥ 42\u202f°C."),
        (41.0, 12.0, "Caution above 10 min CEM43."),
        (41.0, 70.0, "Injury above 60 min CEM43."),
    ],
)
def test_the_reason_names_the_limit_that_was_crossed(extreme_c, dose_min, limit):
    assert limit in hot_root(extreme_c, dose_min).reason


def test_a_root_is_told_from_when_on_it_lies_in_ice_and_beyond_its_limit():
    case = put_structure(empty_case(CT), root("S2", "L", straight_tube((5, 0, -5), (5, 0, 5), 1.0)))
    curves = {"root.S2.L": np.array([37.0, 7.0, -23.0])}
    zone = zone_of(case, uniform(-23.0), centred_grid(20), times_s=np.array([0.0, 300, 600]), curves_c=curves)
    finding = next(f for f in evaluate(case, zone).findings if f.structure_id == "root.S2.L")
    assert finding.reason.startswith("In ice from 6:10. Below −20\u202f°C from 9:30, 10.0\u202fmm of it. Injury at")


def test_the_distance_of_a_shaft_is_told_rounded_down():
    case = put_structure(empty_case(CT), root("S2", "L", straight_tube((7.94, 0, -8), (7.94, 0, 8), 1.0)))
    case = add_probe(case, CRYO, (0, 40, 0), (0, 0, 0))
    finding = evaluate(case, zone_of(case, uniform(37.0))).findings[0]
    assert finding.sentence == "Left S2 lies 6.1\u202fmm from the shaft of C1."
    assert finding.judgement is Judgement.CAUTION


def test_a_pierced_structure_is_told_as_pierced():
    case = put_structure(empty_case(CT), make_structure(StructureKind.BOWEL, ball(CT, 5, (0, 20, 0))))
    case = add_probe(case, CRYO, (0, 40, 0), (0, 0, 0))
    assert evaluate(case, zone_of(case, uniform(37.0))).findings[0].sentence == "C1 passes through bowel."


def lesion_finding(r, extreme_c, mode=Mode.COLD):
    case = put_structure(empty_case(CT), lesion(ball(CT, r)))
    return [f for f in evaluate(case, zone_of(case, extreme_c, mode=mode)).findings if f.structure_id == "lesion"]


def test_a_lesion_with_its_margin_has_no_finding():
    assert lesion_finding(10, ice_ball(15)) == []


def test_a_margin_below_the_goal_is_told():
    (finding,) = lesion_finding(10, ice_ball(12))
    assert finding.sentence.startswith("The smallest margin to −20\u202f°C is 1.")
    assert finding.reason.startswith("Goal 3.0\u202fmm")


def test_what_reaches_beyond_is_told_rounded_up_and_coverage_rounded_down():
    (finding,) = lesion_finding(12, ice_ball(9))
    case = put_structure(empty_case(CT), lesion(ball(CT, 12)))
    found = evaluate(case, zone_of(case, ice_ball(9))).lesion
    percent, beyond = (float(word.split("\u202f")[0].split()[-1]) for word in finding.sentence.split(";"))
    assert percent / 100 <= found.covered_frac < (percent + 1) / 100
    assert beyond - 0.1001 < -found.margin_mm <= beyond + 0.0002


@pytest.mark.parametrize(("mode", "isotherm"), [(Mode.COLD, "−20"), (Mode.HEAT, "50")])
def test_a_zone_that_never_forms_is_told(mode, isotherm):
    (finding,) = lesion_finding(10, uniform(37.0), mode)
    assert finding.sentence == f"The zone never reaches {isotherm}\u202f°C: nothing of the lesion is treated."


def test_without_a_lesion_coverage_is_not_assessed():
    case = empty_case(CT)
    verdict = evaluate(case, zone_of(case, ice_ball(9)))
    assert verdict.lesion is None
    assert any(f.sentence.startswith("No lesion is marked") for f in verdict.findings)


def test_a_verdict_names_the_prediction_it_rests_on():
    case = put_structure(empty_case(CT), lesion(ball(CT, 10)))
    zone = zone_of(case, hot_ball(14), mode=Mode.HEAT)
    verdict = evaluate(case, zone)
    assert (verdict.zone_digest, verdict.model, verdict.fidelity) == (zone.digest, "closed form", "physics")


def test_a_level_that_only_the_grid_may_reach_is_told_as_such():
    case = put_structure(empty_case(CT), root("S2", "L", straight_tube((16.3, 0, -8), (16.3, 0, 8), 1.0)))
    found = next(f for f in evaluate(case, zone_of(case, ice_ball(10))).findings if f.structure_id == "root.S2.L")
    assert found.judgement is Judgement.ALARM and found.sentence.startswith("Left S2 cools to 1\u202f°C")
    assert re.match(
        r"Alarm at ≤ 0\u202f°C\. Predicted 1\.[23]\u202f°C, within the 3\.2\u202f°C that the grid may be off\. ",
        found.reason,
    )
