"""Stop rules beside answers known in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest

from imaging.progress import no_progress
from imaging.structures import StructureKind
from planning.catalogue import Mode, Phase
from planning.catalogue.own_thresholds import load_thresholds
from planning.catalogue.thresholds import Level
from planning.evaluation import evaluate
from planning.evaluation.grid_error import grid_error_k
from planning.operations.probes import add_probe, set_schedule
from planning.operations.protection import add_thermocouple
from planning.protecting.stopping import cut_short, stop_rules, stopping_moments
from tests.builders.cases import CRYO, empty_case, hot_ball, ice_ball, zone_of

AT = (12.0, 0.0, 0.0)
DURATION_S = 600.0


class Tails:
    """A made-up engine: what a place reads when the probes stop goes on by so much within a minute, then returns."""

    def __init__(self, more_k, body_c=37.0, slope_k_s=-0.05):
        self.more_k, self.body_c, self.slope = more_k, body_c, slope_k_s

    def stopped(self, schedule, points_mm, progress):
        end_s = sum(p.duration_s for p in schedule)
        times = np.concatenate([np.linspace(0, end_s, 50), end_s + np.array([60.0, 300.0])])
        read = self.body_c + self.slope * end_s
        curve = np.concatenate(
            [self.body_c + self.slope * np.linspace(0, end_s, 50), [read + self.more_k, self.body_c]]
        )
        return times, np.repeat(curve[:, None], len(points_mm), axis=1)


def watched(device, slope_k_s, mode, field):
    case = add_probe(empty_case(), device, (0, 30, 0), (0, 0, 0))
    case = add_thermocouple(set_schedule(case, [Phase(kind="on", duration_s=DURATION_S)]), AT)
    times = np.linspace(0, DURATION_S, 121)
    curve = 37.0 + slope_k_s * times
    zone = zone_of(case, field, mode=mode, times_s=times, curves_c={"thermocouple-1": curve})
    return case, zone, evaluate(case, zone)


def alarm_c(mode):
    return next(
        n.temperature_c for n in load_thresholds().of(StructureKind.ROOT, mode).limits if n.level is Level.ALARM
    )


def test_cold_is_stopped_as_much_earlier_as_it_goes_on():
    slope = -0.1
    case, zone, verdict = watched(CRYO, slope, Mode.COLD, ice_ball(14.0))
    (rule,) = stop_rules(case, zone, verdict, Tails(-4.0, slope_k_s=slope), no_progress())
    off_k = grid_error_k(zone, AT)
    stop_c = alarm_c(Mode.COLD) + 4.0 + off_k
    assert rule.at_s == pytest.approx((stop_c - 37.0) / slope, abs=2.0)
    assert rule.read_c == pytest.approx(stop_c, abs=0.2) and rule.overshoot_k == pytest.approx(4.0, abs=0.2)
    assert (
        f"Stop at {math.ceil(round(rule.read_c, 1))}\u202f°C at T1" in rule.sentence
        and "falls 4\u202fK more" in rule.sentence
        and not rule.by_dose
    )


def test_heat_is_stopped_by_what_comes_first_temperature_or_dose():
    quick = 0.04
    case, zone, verdict = watched("cool-tip-20", quick, Mode.HEAT, hot_ball(14.0))
    (rule,) = stop_rules(case, zone, verdict, Tails(3.0, slope_k_s=quick), no_progress())
    stop_c = alarm_c(Mode.HEAT) - 3.0 - grid_error_k(zone, AT)
    assert not rule.by_dose and rule.read_c == pytest.approx(stop_c, abs=0.3)
    assert "rises 3\u202fK more" in rule.sentence and f"Stop at {math.floor(round(rule.read_c, 1))}" in rule.sentence
    slow = 0.0116
    case, zone, verdict = watched("cool-tip-20", slow, Mode.HEAT, hot_ball(14.0))
    long = [Phase(kind="on", duration_s=3600.0)]
    case = set_schedule(case, long)
    times = np.linspace(0, 3600, 361)
    curve = np.minimum(37.0 + slow * times, 42.8)
    zone = zone_of(case, hot_ball(14.0), mode=Mode.HEAT, times_s=times, curves_c={"thermocouple-1": curve})

    class Held:
        def stopped(self, schedule, points_mm, progress):
            end_s = sum(p.duration_s for p in schedule)
            after = [min(37.0 + slow * end_s, 42.8), 37.0]
            return np.array([end_s, end_s + 300.0]), np.repeat(np.array(after)[:, None], len(points_mm), axis=1)

    (rule,) = stop_rules(case, zone, evaluate(case, zone), Held(), no_progress())
    assert rule.by_dose and rule.read_c < alarm_c(Mode.HEAT) and "dose" in rule.sentence


def test_what_stays_short_of_the_level_has_no_rule_and_what_is_at_once_beyond_says_so():
    case, zone, verdict = watched(CRYO, -0.01, Mode.COLD, ice_ball(14.0))
    assert stop_rules(case, zone, verdict, Tails(-4.0, slope_k_s=-0.01), no_progress()) == ()
    case, zone, verdict = watched(CRYO, -1.0, Mode.COLD, ice_ball(14.0))
    (rule,) = stop_rules(case, zone, verdict, Tails(-4.0, slope_k_s=-1.0), no_progress())
    assert rule.at_s is None and "no time to stop" in rule.sentence


def test_moments_lie_in_the_phases_that_work_and_a_schedule_is_cut_there():
    schedule = (
        Phase(kind="on", duration_s=600.0), Phase(kind="off", duration_s=480.0), Phase(kind="on", duration_s=300.0),
    )  # fmt: skip
    moments = stopping_moments(schedule)
    assert ((moments <= 600) | (moments > 1080)).all() and moments[-1] == 1380 and 600 in moments
    assert [p.duration_s for p in cut_short(schedule, 1100.0)] == [600.0, 480.0, 20.0]
    assert [p.duration_s for p in cut_short(schedule, 600.0)] == [600.0]
