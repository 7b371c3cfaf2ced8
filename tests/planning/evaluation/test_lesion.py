"""Coverage and margin of a lesion against balls whose answer is known in closed form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imaging.errors import GeometryError
from planning.catalogue import Mode, load_thresholds
from planning.errors import PlanError
from planning.evaluation import evaluate, judge_lesion
from planning.operations.structures import put_structure
from tests.builders.cases import (
    ball,
    centred_grid,
    empty_case,
    hot_ball,
    ice_ball,
    lesion,
    straight_tube,
    uniform,
    zone_of,
)

CT = centred_grid()
# A mask's surface lies within half a voxel of the ball it was drawn from.
HALF_A_VOXEL_MM = 0.5
COLD, HEAT = load_thresholds().goal(Mode.COLD), load_thresholds().goal(Mode.HEAT)
CASE = empty_case(CT)


def judged(radius_mm, zone_radius_mm, centre_mm=(0.0, 0.0, 0.0), **grid):
    zone = zone_of(CASE, ice_ball(zone_radius_mm), centred_grid(**grid) if grid else None)
    return judge_lesion(lesion(ball(CT, radius_mm, centre_mm)), zone, COLD)


def shared_frac(r, big, d):
    """Share of a ball of radius ``r`` inside a ball of radius ``big`` whose centre is ``d`` away (their lens)."""
    if d <= big - r:
        return 1.0
    lens = np.pi * (big + r - d) ** 2 * (d * d + 2 * d * (r + big) - 3 * (r - big) ** 2) / (12 * d)
    return lens / (4 / 3 * np.pi * r**3)


@pytest.mark.parametrize(("r", "big"), [(8, 11), (10, 15), (12, 12.5), (15, 25)])
def test_the_margin_of_concentric_balls_is_the_difference_of_their_radii(r, big):
    verdict = judged(r, big)
    assert verdict.margin_mm == pytest.approx(big - r, abs=0.3)
    assert verdict.margin.margin_mm == pytest.approx(
        np.full(len(verdict.margin.margin_mm), big - r), abs=HALF_A_VOXEL_MM
    )
    assert verdict.margin.margin_mm.mean() == pytest.approx(big - r, abs=0.15)
    assert verdict.covered_frac == 1.0
    assert verdict.covered_mm3 == verdict.volume_mm3 == pytest.approx(4 / 3 * np.pi * r**3, rel=0.02)


@pytest.mark.parametrize("direction", [(1, 0, 0), (0, -1, 0), (0, 0, 1), (0.6, 0.8, 0), (0.48, -0.6, 0.64)])
def test_the_margin_of_eccentric_balls_is_smallest_on_the_far_side(direction):
    away = 4.0 * np.array(direction)
    verdict = judged(10, 18, away)
    assert verdict.margin_mm == pytest.approx(18 - 10 - 4, abs=0.3)
    assert verdict.margin.margin_mm.max() == pytest.approx(18 - 10 + 4, abs=HALF_A_VOXEL_MM)
    place = np.array(verdict.margin_at_mm)
    assert np.linalg.norm(place) == pytest.approx(14, abs=0.4)
    assert np.linalg.norm(place - away) == pytest.approx(10, abs=HALF_A_VOXEL_MM)


@pytest.mark.parametrize("d", [6.0, 10.0, 14.0])
def test_a_lesion_that_reaches_beyond_has_a_negative_margin_and_the_lens_is_covered(d):
    verdict = judged(10, 12, (0, d, 0))
    assert verdict.margin_mm == pytest.approx(12 - 10 - d, abs=0.3)
    assert verdict.covered_frac == pytest.approx(shared_frac(10, 12, d), abs=0.015)
    assert not verdict.goal_met
    assert np.linalg.norm(verdict.margin_at_mm) == pytest.approx(10 + d, abs=HALF_A_VOXEL_MM)
    assert np.linalg.norm(np.subtract(verdict.margin_at_mm, (0, d, 0))) == pytest.approx(10, abs=HALF_A_VOXEL_MM)


def test_a_zone_within_the_lesion_leaves_all_its_surface_outside():
    verdict = judged(15, 9)
    assert verdict.margin.margin_mm == pytest.approx(np.full(len(verdict.margin.margin_mm), -6.0), abs=HALF_A_VOXEL_MM)
    assert verdict.margin_mm == pytest.approx(-6, abs=0.3)
    assert verdict.covered_frac == pytest.approx((9 / 15) ** 3, abs=0.01)


def test_heat_is_measured_towards_hot():
    zone = zone_of(CASE, hot_ball(14), mode=Mode.HEAT)
    verdict = judge_lesion(lesion(ball(CT, 8)), zone, HEAT)
    assert (verdict.margin_mm, verdict.covered_frac) == (pytest.approx(6, abs=0.3), 1.0)
    assert verdict.isotherm_c == 50 and verdict.goal_met
    assert judge_lesion(lesion(ball(CT, 20)), zone, HEAT).margin_mm == pytest.approx(-6, abs=0.3)


@pytest.mark.parametrize("mode", list(Mode))
def test_without_a_zone_there_is_no_margin_and_nothing_is_covered(mode):
    verdict = judge_lesion(lesion(ball(CT, 8)), zone_of(CASE, uniform(37.0), mode=mode), load_thresholds().goal(mode))
    assert (verdict.margin_mm, verdict.margin_at_mm, verdict.covered_frac) == (None, None, 0.0)
    assert not verdict.goal_met


@pytest.mark.parametrize(("extra_mm", "met"), [(-0.5, False), (0.5, True)])
def test_the_goal_is_met_from_its_margin_on(extra_mm, met):
    assert judged(10, 10 + COLD.margin_mm + extra_mm).goal_met is met


def test_what_lies_outside_the_computed_box_is_untreated():
    """The face of the box lies 5.5 mm beside the middle, though the ice goes on."""
    grid = centred_grid(30).crop((0, 0, 0), (61, 61, 36))
    zone = zone_of(CASE, ice_ball(25), grid)
    verdict = judge_lesion(lesion(ball(CT, 10)), zone, COLD)
    cap = np.pi * 4.5**2 / 3 * (3 * 10 - 4.5) / (4 / 3 * np.pi * 10**3)
    assert verdict.covered_frac == pytest.approx(1 - cap, abs=0.03)
    assert verdict.margin_mm == pytest.approx(-4.5, abs=0.3)
    assert verdict.margin_at_mm[0] == pytest.approx(10, abs=0.5)


def test_a_lesion_wholly_outside_the_box_is_not_covered():
    verdict = judge_lesion(lesion(ball(CT, 6, (30, 0, 0))), zone_of(CASE, ice_ball(9), centred_grid(15)), COLD)
    assert verdict.covered_frac == 0.0 and verdict.margin_mm == pytest.approx(9 - 36, abs=0.3)


def test_a_pocket_the_zone_leaves_out_is_not_a_goal_met():
    """A warm island inside the lesion: its surface has margin all round, and yet it is not treated."""

    def with_island(r_mm):
        return np.where(r_mm < 6, 20.0, ice_ball(25)(r_mm))

    case = put_structure(CASE, lesion(ball(CT, 15)))
    verdict = evaluate(case, zone_of(case, with_island))
    assert verdict.lesion.covered_frac == pytest.approx(1 - (6 / 15) ** 3, abs=0.01)
    assert not verdict.lesion.goal_met
    assert any("93\u202f%" in f.sentence for f in verdict.findings)


def test_a_lesion_in_another_frame_is_refused():
    zone = zone_of(CASE, ice_ball(9), centred_grid(15, frame="9.9"))
    with pytest.raises(GeometryError, match="another frame") as refused:
        judge_lesion(lesion(ball(CT, 5)), zone, COLD)
    assert refused.value.code == "frame-mismatch"


def test_a_lesion_without_volume_is_refused():
    line = replace(lesion(ball(CT, 5)), shape=straight_tube((0, 0, 0), (0, 0, 9)))
    with pytest.raises(PlanError, match="no volume") as refused:
        judge_lesion(line, zone_of(CASE, ice_ball(9)), COLD)
    assert refused.value.code == "lesion-empty"
