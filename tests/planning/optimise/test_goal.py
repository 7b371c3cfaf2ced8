"""How good a plan is, from its temperatures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planning.catalogue import Mode, Phase, load_thresholds
from planning.catalogue.thresholds import Level
from planning.optimise.coarse import Temperatures
from planning.optimise.goal import Goal
from planning.optimise.places import places_of
from planning.trajectory.suggest import largest_lesion
from tests.builders.paths import nerve, patient

TWELVE_MIN = (Phase(kind="on", duration_s=720),)


@pytest.fixture(scope="module")
def case():
    left = nerve([(-40.0, 0.0, 20.0), (40.0, 0.0, 20.0)], "S1")
    right = nerve([(-40.0, 0.0, -20.0), (40.0, 0.0, -20.0)], "S2")
    return patient(left, right)[0]


def goal_of(case, mode=Mode.COLD, **changes):
    places = places_of(case, largest_lesion(case), 5.0, mode, Level.ALARM, load_thresholds())
    cold = mode is Mode.COLD
    return Goal(places=places, cold=cold, covered_c=-20.0 if cold else 50.0, **changes)


def temperatures(goal, target_c, *spared_c):
    spared = np.choose(goal.places.spared_of, spared_c).astype(float)
    return Temperatures(np.full(len(goal.places.targets.target_mm), float(target_c)), spared)


def test_a_place_is_covered_from_the_isotherm_on(case):
    goal = goal_of(case)
    found = temperatures(goal, -19.9, 20, 20)
    found.target_c[: len(found.target_c) // 2] = -20.0
    assert goal.score(found, TWELVE_MIN, 0.0).covered_frac == pytest.approx(0.5, abs=0.01)
    hot = goal_of(case, Mode.HEAT)
    assert hot.score(temperatures(hot, 50.0, 38, 38), TWELVE_MIN, 0.0).covered_frac == 1.0


def test_a_limit_may_not_even_be_reached(case):
    goal = goal_of(case)
    kept = goal.score(temperatures(goal, -30, 0.1, 20), TWELVE_MIN, 0.0)
    reached = goal.score(temperatures(goal, -30, 0.0, 20), TWELVE_MIN, 0.0)
    assert kept.keeps_limits
    assert not reached.keeps_limits
    assert reached.over_k[0] > 0 > reached.over_k[1]


def test_broken_limits_outweigh_what_they_gain(case):
    goal = goal_of(case)
    spared = goal.score(temperatures(goal, -15, 5, 5), TWELVE_MIN, 0.0)
    broken = goal.score(temperatures(goal, -30, -30, -30), TWELVE_MIN, 0.0)
    assert spared.value > broken.value
    assert goal.score(temperatures(goal, -30, -5, 5), TWELVE_MIN, 0.0).value > broken.value


def test_a_guard_keeps_farther_off(case):
    goal = goal_of(case, guard_k=2.0)
    assert not goal.score(temperatures(goal, -30, 1.5, 20), TWELVE_MIN, 0.0).keeps_limits
    assert goal.score(temperatures(goal, -30, 2.5, 20), TWELVE_MIN, 0.0).keeps_limits


def test_an_ignored_limit_does_not_count(case):
    goal = replace(goal_of(case), ignored=frozenset({0}))
    assert goal.score(temperatures(goal, -30, -40, 20), TWELVE_MIN, 0.0).keeps_limits
    assert not goal.score(temperatures(goal, -30, 20, -40), TWELVE_MIN, 0.0).keeps_limits


def test_by_heat_the_stricter_of_temperature_and_dose_limits(case):
    goal = goal_of(case, Mode.HEAT)
    # 30 min of CEM43 in 12 min: 43 + log2(30 / 12) = 44.32 °C; in 5 min 45.6 °C, more than the 45 °C of the level itself.
    assert goal.limits_c(TWELVE_MIN)[0] == pytest.approx(44.32, abs=0.01)
    assert goal.limits_c((Phase(kind="on", duration_s=300),))[0] == 45.0
    assert not goal.score(temperatures(goal, 55, 44.5, 38), TWELVE_MIN, 0.0).keeps_limits


def test_costly_paths_are_worth_less(case):
    goal = goal_of(case)
    found = temperatures(goal, -30, 20, 20)
    assert goal.score(found, TWELVE_MIN, 5.0).value < goal.score(found, TWELVE_MIN, 1.0).value
