"""What `sacroplan verify --risk` counts with: brute force beside closed forms, and planted misses that are told as such."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imaging.structures import StructureKind, Tube
from planning.catalogue import Mode, load_thresholds
from planning.evaluation import Judgement
from planning.evaluation.verification.brute_force import dense_points, figures_of, graded, interpolated
from planning.evaluation.verification.compare import Pair, alarm_groups
from planning.operations.probes import add_probe
from planning.trajectory.verification.groups import all_met
from tests.builders.cases import CRYO, RF, centred_grid, empty_case, straight_tube, zone_of

TABLE = load_thresholds()
ROOT = StructureKind.ROOT
NEEDLE_RADIUS_MM = 0.75
BENT = Tube(np.array([(-20.0, 0, 0), (0, 0, 0), (0, 15, 5)]), np.array([2.0, 3.0, 1.5]))


def sloped(**changes):
    """A zone that grows warmer by 2 K a millimetre towards the left, exactly as it is read between voxels."""
    grid = centred_grid(24, spacing_mm=2.0)
    x_mm = grid.to_lps(np.indices(grid.shape_kji).reshape(3, -1).T[:, ::-1])[:, 0].reshape(grid.shape_kji)
    return zone_of(empty_case(), lambda _: 10.0 + 2.0 * x_mm, grid, **changes)


def test_a_field_is_read_as_it_slopes():
    points = np.random.default_rng(3).uniform(-23, 23, (50, 3))
    zone = sloped()
    assert interpolated(zone.extreme_c, zone.grid, points, 37.0) == pytest.approx(10 + 2 * points[:, 0], abs=1e-4)
    assert interpolated(zone.extreme_c, zone.grid, np.array([[90.0, 0, 0]]), 37.0) == [37.0]


@pytest.mark.parametrize("mode", Mode)
def test_extreme_of_a_tube_is_that_of_its_wall(mode):
    dose = None if mode is Mode.COLD else np.exp2(sloped().extreme_c - 20)
    zone = sloped(mode=mode, cem43_min=dose)
    probe = add_probe(empty_case(), CRYO if mode is Mode.COLD else RF, (0, 40, 0), (0, 0, 0)).plan.probes
    tube = straight_tube((6.0, -15, -15), (6.0, 15, 15), 2.5)
    extreme_c, dose_min, _ = figures_of(tube, zone, probe)
    assert extreme_c == pytest.approx(10 + 2 * (6 + (2.5 if mode is Mode.HEAT else -2.5)), abs=0.03)
    assert dose_min == (None if mode is Mode.COLD else pytest.approx(2 ** (extreme_c - 20)))


def test_needle_distance_is_from_wall_to_wall():
    probes = add_probe(empty_case(), CRYO, (0, 40, 0), (0, 0, 0)).plan.probes
    *_, needle_mm = figures_of(straight_tube((9.0, 10, -15), (9.0, 10, 15), 2.5), sloped(), probes)
    assert needle_mm == pytest.approx(9 - 2.5 - NEEDLE_RADIUS_MM, abs=1e-3)


def test_points_lie_in_the_tube_and_reach_all_of_its_wall():
    points = dense_points(BENT)
    assert BENT.signed_distance_mm(points).max() < 1e-2
    for away in np.random.default_rng(4).normal(size=(40, 3)):
        away /= np.linalg.norm(away)
        # The body of balls reaches as far in any direction as its farthest ball does: at a corner of the centreline.
        wanted_mm = (BENT.points_mm @ away + BENT.radii_mm).max()
        assert (points @ away).max() == pytest.approx(wanted_mm, abs=0.02)


@pytest.mark.parametrize(
    ("mode", "figures", "wanted"),
    [
        (Mode.COLD, (10.1, None, 11.0), Judgement.WITHIN),
        (Mode.COLD, (10.0, None, 11.0), Judgement.CAUTION),
        (Mode.COLD, (0.0, None, 11.0), Judgement.ALARM),
        (Mode.COLD, (-20.0, None, 11.0), Judgement.INJURY),
        (Mode.HEAT, (41.0, 61.0, 11.0), Judgement.INJURY),
        (Mode.HEAT, (45.0, 1.0, 11.0), Judgement.ALARM),
        (Mode.COLD, (37.0, None, 9.9), Judgement.CAUTION),
        (Mode.COLD, (37.0, None, -0.1), Judgement.ALARM),
    ],
)
def test_figures_are_graded_by_the_levels_on_file(mode, figures, wanted):
    assert graded(ROOT, mode, figures, TABLE).judgement is wanted


def pair(told_c, exact_c, mode=Mode.COLD, dose=None):
    told, exact = (graded(ROOT, mode, (c, dose, 12.0), TABLE) for c in (told_c, exact_c))
    return Pair(plan="7: somebody", name="S2 L", kind=ROOT, mode=mode, told=told, exact=exact)


def row(groups, name):
    return next(r for group in groups for r in group.rows if r.name == name)


def test_a_planted_miss_is_told_with_plan_structure_and_temperatures():
    groups = alarm_groups([pair(0.4, -0.2), pair(-3.0, -3.1), pair(30.0, 30.1)], 1, TABLE)
    assert not all_met(groups)
    missed = row(groups, "missed alarms, by temperature and dose")
    assert (missed.value, missed.met, missed.source) == (1.0, False, "1 of 2, 50 %")
    told = row(groups, "missed: S2 L")
    assert told.value == pytest.approx(0.2) and "0.40 °C told, -0.20 °C recomputed" in told.source
    assert "caution told, alarm recomputed" in told.source and "plan 7: somebody" in told.source


def test_a_false_alarm_is_reported_and_is_no_miss():
    groups = alarm_groups([pair(45.3, 44.6, Mode.HEAT, 5.0), pair(38.0, 38.0, Mode.HEAT, 0.0)], 1, TABLE)
    assert all_met(groups)
    assert row(groups, "false alarms, by temperature and dose").value == 1.0
    assert row(groups, "false: S2 L").value == pytest.approx(-0.4)
    assert row(groups, "heat: temperature, most harm too much").value == pytest.approx(0.7)


def test_an_alarm_by_the_needle_does_not_hide_a_miss_by_temperature():
    hidden = pair(0.4, -0.2)
    pierced = [replace(felt, judgement=Judgement.ALARM, needle_mm=-1.0) for felt in (hidden.told, hidden.exact)]
    groups = alarm_groups([replace(hidden, told=pierced[0], exact=pierced[1])], 1, TABLE)
    assert row(groups, "missed alarms, needle included").met
    assert not row(groups, "missed alarms, by temperature and dose").met and row(groups, "missed: S2 L").met is False


def test_injury_told_as_alarm_is_a_missed_grade():
    groups = alarm_groups([pair(-19.0, -20.5)], 1, TABLE)
    assert row(groups, "missed alarms, by temperature and dose").met
    assert not row(groups, "presumed injury: missed").met
