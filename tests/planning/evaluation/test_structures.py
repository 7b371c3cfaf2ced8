"""What is said of structures: distances in closed form, and every level just below and above its limit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imaging.errors import GeometryError
from imaging.structures import Side, StructureKind
from planning.catalogue import Level, Mode, load_thresholds
from planning.catalogue.own_thresholds import with_levels
from planning.evaluation import Judgement, judge_structures
from planning.evaluation.grid_error import OFF_BY_HEAT, OFF_CELLS_COLD, OFF_CELLS_HEAT
from planning.model.naming import make_structure
from planning.operations.probes import add_probe
from planning.operations.structures import put_structure
from tests.builders.cases import (
    CRYO,
    RF,
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
SMALL_BOX = centred_grid(12)
THRESHOLDS = load_thresholds()
PROBE_RADIUS_MM = 0.75


def near(kind, x_mm=0.0, **changes):
    """A structure through the place ``x_mm`` to the left of the zone's middle."""
    tube = straight_tube((x_mm, 0, -8), (x_mm, 0, 8), 1.0)
    if kind is StructureKind.ROOT:
        return root("S2", "L", tube, **changes)
    side = Side.LEFT if kind is StructureKind.NERVE else None
    return make_structure(kind, tube, side=side, **changes)


def risk_of(structure, extreme_c, mode=Mode.COLD, device_id=None, shaft_x_mm=0.0, grid=None, **zone):
    case = put_structure(empty_case(CT), structure)
    if device_id:
        case = add_probe(case, device_id, (shaft_x_mm, 40, 0), (shaft_x_mm, 0, 0))
    made = zone_of(case, extreme_c, grid or centred_grid(30), mode, **zone)
    return next(r for r in judge_structures(case, made, THRESHOLDS) if r.id == structure.id)


# Distances


@pytest.mark.parametrize("x_mm", [3.0, 6.0, 12.0, 25.0])
def test_the_needles_distance_to_a_tube_is_between_surfaces(x_mm):
    risk = risk_of(near(StructureKind.ROOT, x_mm), ice_ball(9), device_id=CRYO)
    assert risk.needle_mm == pytest.approx(x_mm - 1.0 - PROBE_RADIUS_MM, abs=0.01)
    assert risk.needle_name == "C1"


@pytest.mark.parametrize("x_mm", [12.0, 20.0])
def test_the_needles_distance_to_a_mask_is_between_surfaces(x_mm):
    canal = make_structure(StructureKind.CANAL, ball(CT, 8, (x_mm, 10, 0)))
    assert risk_of(canal, ice_ball(9), device_id=CRYO).needle_mm == pytest.approx(x_mm - 8 - PROBE_RADIUS_MM, abs=0.3)


def test_the_nearest_of_several_probes_is_named():
    case = put_structure(empty_case(CT), near(StructureKind.ROOT, 20.0))
    for x_mm in (0.0, 12.0, -12.0):
        case = add_probe(case, CRYO, (x_mm, 40, 0), (x_mm, 0, 0))
    risk = next(r for r in judge_structures(case, zone_of(case, ice_ball(9)), THRESHOLDS) if r.id == "root.S2.L")
    assert (risk.needle_name, risk.needle_mm) == ("C2", pytest.approx(8 - 1 - PROBE_RADIUS_MM, abs=0.01))


def test_without_a_probe_there_is_no_needle_distance():
    risk = risk_of(near(StructureKind.ROOT, 20.0), ice_ball(9))
    assert (risk.needle_mm, risk.needle_name) == (None, "")


def test_the_skin_has_no_needle_distance():
    skin = make_structure(StructureKind.SKIN, ball(CT, 20))
    assert risk_of(skin, ice_ball(9), device_id=CRYO).needle_mm is None


@pytest.mark.parametrize("x_mm", [6.0, 14.0, 20.0])
def test_isotherm_distances_of_a_tube_are_measured_from_its_wall(x_mm):
    risk = risk_of(near(StructureKind.ROOT, x_mm), ice_ball(9, slope_c_mm=5.0))
    for isotherm_c, radius_mm in ((-40.0, 5.0), (-20.0, 9.0), (0.0, 13.0)):
        outside = x_mm - 1.0 - radius_mm
        if outside > 0:
            assert risk.isotherm_mm[isotherm_c] == pytest.approx(outside, abs=0.2)
        else:
            assert -radius_mm < risk.isotherm_mm[isotherm_c] < 0


def test_a_structure_inside_the_zone_is_as_deep_as_its_deepest_place():
    inside = make_structure(StructureKind.BLADDER, ball(CT, 4, (7, 0, 0)))
    risk = risk_of(inside, ice_ball(20, slope_c_mm=2.0))
    assert risk.isotherm_mm[-20.0] == pytest.approx(-(20 - 3), abs=0.3)
    assert risk.isotherm_mm[-40.0] == pytest.approx(-(10 - 3), abs=0.3)


def test_a_zone_wholly_inside_a_structure_is_not_a_distance_to_it():
    around = make_structure(StructureKind.BLADDER, ball(CT, 20))
    assert risk_of(around, ice_ball(6, slope_c_mm=6.0)).isotherm_mm[-20.0] < 0


def test_an_isotherm_that_is_not_reached_has_no_distance():
    risk = risk_of(near(StructureKind.ROOT, 6.0), lambda r_mm: np.clip(-30 + 4 * r_mm, -30, 37))
    assert risk.isotherm_mm[-40.0] is None and risk.isotherm_mm[-20.0] is not None


def test_extreme_temperature_and_its_place():
    risk = risk_of(near(StructureKind.ROOT, 10.0), ice_ball(9, slope_c_mm=5.0))
    assert risk.extreme_c == pytest.approx(-20, abs=0.3)
    assert risk.extreme_at_mm == pytest.approx((9, 0, 0), abs=0.5)
    hot = risk_of(near(StructureKind.ROOT, 10.0), hot_ball(9, slope_c_mm=1.0), Mode.HEAT)
    assert hot.extreme_c == pytest.approx(50, abs=0.1)
    assert hot.extreme_at_mm == pytest.approx((9, 0, 0), abs=0.5)


def test_the_extreme_of_a_mask_is_looked_for_inside_it():
    bladder = make_structure(StructureKind.BLADDER, ball(CT, 15))
    risk = risk_of(bladder, lambda r_mm: np.where(r_mm < 3, -50.0, 30.0))
    assert risk.extreme_c == pytest.approx(-50) and np.linalg.norm(risk.extreme_at_mm) < 3


def test_the_dose_is_that_of_the_worst_place_and_none_for_cold():
    dose = np.zeros(centred_grid(30).shape_kji, np.float32)
    dose[28:33, 28:33, 28:33] = 17.5
    zone = {"mode": Mode.HEAT, "cem43_min": dose}
    assert risk_of(near(StructureKind.ROOT), uniform(38.0), **zone).cem43_min == pytest.approx(17.5)
    assert risk_of(near(StructureKind.ROOT, 12.0), uniform(38.0), **zone).cem43_min == 0.0
    assert risk_of(near(StructureKind.ROOT), uniform(0.0)).cem43_min is None


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("shape", ["tube", "mask"])
def test_a_structure_outside_the_box_is_at_body_temperature(mode, shape):
    canal = make_structure(
        StructureKind.CANAL, ball(CT, 4, (30, 0, 0)) if shape == "mask" else straight_tube((30, 0, -5), (30, 0, 5))
    )
    risk = risk_of(canal, uniform(-100.0 if mode is Mode.COLD else 90.0), mode, grid=SMALL_BOX)
    assert (risk.extreme_c, risk.judgement, set(risk.isotherm_mm.values())) == (37.0, Judgement.WITHIN, {None})


# Levels


def limits():
    """Every temperature limit on file, with the judgement it stands for and the one below it."""
    grave = {Level.CAUTION: Judgement.CAUTION, Level.ALARM: Judgement.ALARM, Level.INJURY: Judgement.INJURY}
    for entry in THRESHOLDS.structures:
        for kind in entry.kinds:
            mild = Judgement.WITHIN
            for limit in entry.limits:
                yield kind, entry.mode, limit, mild, grave[limit.level]
                mild = grave[limit.level]


TEMPERATURES = [
    pytest.param(*row, id=f"{row[0]} {row[1]} {row[2].level}") for row in limits() if row[2].temperature_c is not None
]
DOSES = [pytest.param(*row, id=f"{row[0]} {row[1]} {row[2].level}") for row in limits() if row[2].cem43_min is not None]


@pytest.mark.parametrize(("kind", "mode", "limit", "below", "above"), TEMPERATURES)
def test_a_temperature_limit_is_crossed_at_its_value_and_not_before(kind, mode, limit, below, above):
    """By heat as much before as the grid may be off where nothing is steep; by cold nothing."""
    beyond = -1.0 if mode is Mode.COLD else 1.0
    level_c = limit.temperature_c if mode is Mode.COLD else 37 + (limit.temperature_c - 37) / (1 + OFF_BY_HEAT)
    structure = near(kind)
    for change_c, expected in ((-0.1, below), (0.0 if mode is Mode.COLD else 0.001, above), (0.1, above)):
        risk = risk_of(structure, uniform(level_c + beyond * change_c), mode, grid=SMALL_BOX)
        assert risk.judgement is expected
        assert (risk.limit == limit) is (expected is above)


@pytest.mark.parametrize(("kind", "mode", "limit", "below", "above"), DOSES)
def test_a_dose_limit_is_crossed_above_its_value(kind, mode, limit, below, above):
    shape = SMALL_BOX.shape_kji
    for minutes, expected in ((limit.cem43_min * 0.999, below), (limit.cem43_min * 1.001, above)):
        dose = np.full(shape, minutes, np.float32)
        assert risk_of(near(kind), uniform(37.0), mode, grid=SMALL_BOX, cem43_min=dose).judgement is expected


@pytest.mark.parametrize("kind", [StructureKind.BOWEL, StructureKind.BLADDER, StructureKind.VESSEL, StructureKind.SKIN])
@pytest.mark.parametrize(("mode", "value_c"), [(Mode.COLD, -60.0), (Mode.HEAT, 80.0)])
def test_a_structure_without_a_published_limit_is_never_within_limits(kind, mode, value_c):
    for extreme_c in (value_c, 37.0):
        risk = risk_of(near(kind), uniform(extreme_c), mode, grid=SMALL_BOX)
        assert risk.judgement is Judgement.NOT_ASSESSED and "No published limit" in risk.reason


def test_a_root_of_a_higher_level_brings_its_fellow_with_it():
    case = put_structure(empty_case(CT), root("T12", Side.LEFT, straight_tube((5, 0, 0), (5, 0, 20))))
    risks = judge_structures(case, zone_of(case, ice_ball(9)), THRESHOLDS)
    assert [r.name for r in risks][:3] == ["T12 R", "T12 L", "L5 R"]
    assert "not segmented" in risks[0].reason and risks[1].extreme_c is not None


def test_every_root_and_kind_that_is_not_segmented_is_listed_as_not_assessed():
    case = empty_case(CT)
    risks = judge_structures(case, zone_of(case, ice_ball(9)), THRESHOLDS)
    names = [r.name for r in risks]
    assert names[:6] == ["L5 R", "L5 L", "S1 R", "S1 L", "S2 R", "S2 L"] and len(names) == len(set(names)) == 18
    assert {r.judgement for r in risks} == {Judgement.NOT_ASSESSED}
    assert {r.extreme_c for r in risks} == {None}


def test_a_structure_in_the_case_takes_the_place_of_the_missing_one():
    case = put_structure(empty_case(CT), near(StructureKind.ROOT, 20.0))
    risks = judge_structures(case, zone_of(case, ice_ball(9)), THRESHOLDS)
    assert len(risks) == 18
    assert [r.judgement for r in risks if r.id == "root.S2.L"] == [Judgement.WITHIN]


def test_lesion_and_bone_are_not_judged_as_structures_to_spare():
    case = put_structure(empty_case(CT), lesion(ball(CT, 5)))
    case = put_structure(case, make_structure(StructureKind.BONE, ball(CT, 9)))
    assert {"lesion", "bone"}.isdisjoint(r.id for r in judge_structures(case, zone_of(case, ice_ball(9)), THRESHOLDS))


@pytest.mark.parametrize(
    ("value_c", "judgement"),
    [
        (20.0, Judgement.UNCONFIRMED),
        (9.0, Judgement.CAUTION),
        (-1.0, Judgement.ALARM),
        (-30.0, Judgement.INJURY),
    ],
)
def test_an_unconfirmed_root_is_never_within_limits_but_keeps_its_level(value_c, judgement):
    risk = risk_of(near(StructureKind.ROOT, confirmed=False), uniform(value_c))
    assert risk.judgement is judgement and not risk.confirmed


def test_an_unconfirmed_structure_without_a_limit_is_unconfirmed():
    risk = risk_of(near(StructureKind.BOWEL, confirmed=False), uniform(20.0))
    assert risk.judgement is Judgement.UNCONFIRMED and "nobody has confirmed" in risk.reason


# Needles


@pytest.mark.parametrize(("device_id", "mode"), [(CRYO, Mode.COLD), (RF, Mode.HEAT)])
def test_a_needle_through_a_root_is_an_alarm(device_id, mode):
    crossing = root("S2", "L", straight_tube((-8, 20, 0), (8, 20, 0), 2.0))
    risk = risk_of(crossing, uniform(37.0), mode, device_id)
    assert risk.needle_mm == pytest.approx(-2 - PROBE_RADIUS_MM, abs=0.01)
    assert (risk.judgement, risk.needle_judgement) == (Judgement.ALARM, Judgement.ALARM)
    assert "passes through" in risk.reason


def test_a_needle_through_a_structure_without_limits_is_an_alarm():
    bowel = make_structure(StructureKind.BOWEL, ball(CT, 6, (0, 20, 0)))
    assert risk_of(bowel, uniform(37.0), device_id=CRYO).judgement is Judgement.ALARM


@pytest.mark.parametrize(("gap_mm", "judgement"), [(9.9, Judgement.CAUTION), (10.1, Judgement.WITHIN)])
def test_a_needle_nearer_than_its_published_distance_is_a_caution(gap_mm, judgement):
    x_mm = gap_mm + 1.0 + PROBE_RADIUS_MM
    risk = risk_of(near(StructureKind.ROOT, x_mm), uniform(37.0), device_id=CRYO)
    assert risk.judgement is judgement is risk.needle_judgement
    assert risk.needle_limit_mm == (10.0 if judgement is Judgement.CAUTION else None)


def test_cold_that_is_graver_than_the_needle_gives_the_reason():
    risk = risk_of(near(StructureKind.ROOT, 5.0), uniform(-30.0), device_id=CRYO)
    assert risk.judgement is Judgement.INJURY and risk.limit.temperature_c == -20
    assert risk.needle_limit_mm is None and risk.needle_judgement is Judgement.CAUTION


def test_a_zone_in_another_frame_is_refused_by_the_structures_name():
    case = put_structure(empty_case(CT), near(StructureKind.ROOT))
    zone = replace(zone_of(case, ice_ball(9)), grid=centred_grid(frame="9.9"))
    with pytest.raises(GeometryError, match="S2 L lies in another frame") as refused:
        judge_structures(case, zone, THRESHOLDS)
    assert refused.value.code == "frame-mismatch"


def test_sides_are_the_patients():
    risk = risk_of(near(StructureKind.ROOT, 20.0), ice_ball(9))
    assert (risk.side, risk.level) == (Side.LEFT, "S2")


@pytest.mark.parametrize("kind", [StructureKind.DISC, StructureKind.SI_CARTILAGE])
@pytest.mark.parametrize("mode", list(Mode))
def test_discs_and_cartilage_are_measured_where_marked_and_not_assessed_until_a_level_is_given(kind, mode):
    side = Side.LEFT if kind is StructureKind.SI_CARTILAGE else None
    grid = centred_grid(30)
    case = put_structure(empty_case(grid), make_structure(kind, ball(grid, 4.0, (12, 0, 0)), side=side))
    case = add_probe(case, CRYO if mode is Mode.COLD else RF, (0, 28, 0), (0, 0, 0))
    field = ice_ball(10.0) if mode is Mode.COLD else hot_ball(10.0)
    zone = zone_of(case, field, grid, mode=mode)
    (risk,) = [r for r in judge_structures(case, zone, load_thresholds()) if r.kind is kind]
    assert risk.judgement is Judgement.NOT_ASSESSED and risk.exposure.extreme_at_mm is not None
    value = 10 if mode is Mode.COLD else 42
    given = with_levels({f"{kind.value}.{mode.value}": {"alarm": value}})
    (risk,) = [r for r in judge_structures(case, zone, given) if r.kind is kind]
    assert risk.judgement is Judgement.ALARM


# What the grid may be off


def beside_ice(gap_mm, spacing_mm=1.0):
    """A root whose wall ends so far outside the ice, where the field rises by 4 K a millimetre."""
    nerve = near(StructureKind.ROOT, 15.0 + 1.0 + gap_mm)  # 0 °C at 15 mm.
    return risk_of(nerve, ice_ball(10), grid=centred_grid(30, spacing_mm))


@pytest.mark.parametrize(
    ("gap_mm", "spacing_mm", "wanted"),
    [
        (0.8 * OFF_CELLS_COLD, 1.0, Judgement.ALARM),
        (1.3 * OFF_CELLS_COLD, 1.0, Judgement.CAUTION),
        (1.3 * OFF_CELLS_COLD, 2.0, Judgement.ALARM),
        (2.6 * OFF_CELLS_COLD, 2.0, Judgement.CAUTION),
    ],
)
def test_a_level_within_a_part_of_a_cell_counts_as_reached(gap_mm, spacing_mm, wanted):
    risk = beside_ice(gap_mm, spacing_mm)
    assert risk.extreme_c > 0 and risk.judgement is wanted
    assert risk.extreme_c - risk.exposure.judged_c == pytest.approx(4.0 * OFF_CELLS_COLD * spacing_mm, rel=0.05)


def test_a_dose_is_judged_by_what_the_grid_may_be_off_too():
    """The field falls by 2 K a millimetre, and a kelvin doubles a dose."""
    flat = np.ones(centred_grid(30).shape_kji, np.float32)
    nerve = near(StructureKind.ROOT, 16.0)  # 40 °C at its wall.
    off_k = 2.0 * OFF_CELLS_HEAT + 3.0 * OFF_BY_HEAT
    risk = risk_of(nerve, hot_ball(10), Mode.HEAT, cem43_min=flat * 30 / 2 ** (0.9 * off_k))
    felt = risk.exposure
    assert felt.judged_c - felt.extreme_c == pytest.approx(off_k, rel=0.03)
    assert felt.judged_cem43_min == pytest.approx(30 * 2 ** (0.1 * off_k), rel=0.03) and felt.cem43_min < 30
    assert risk.judgement is Judgement.ALARM and felt.short_of(risk.limit, cold=False)
    less = risk_of(nerve, hot_ball(10), Mode.HEAT, cem43_min=flat * 30 / 2 ** (1.1 * off_k))
    assert less.judgement is Judgement.CAUTION


def test_a_tube_ends_in_a_ball():
    nerve = root("S2", "L", straight_tube((0, 0, 18), (0, 0, 30), 2.0))
    assert risk_of(nerve, ice_ball(10)).extreme_c == pytest.approx(-20 + 4 * (16 - 10), abs=0.2)


def test_a_wide_tube_is_read_all_around():
    """Its nearest place lies between any sixteen around it."""
    away = np.array([np.cos(np.pi / 16), np.sin(np.pi / 16)])
    canal = make_structure(StructureKind.CANAL, straight_tube((*(20 * away), -10), (*(20 * away), 10), 9.0))
    assert risk_of(canal, ice_ball(10)).extreme_c == pytest.approx(-20 + 4 * (11 - 10), abs=0.2)
