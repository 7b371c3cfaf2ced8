"""Any moment of a treatment, from fields that were kept in brief."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.progress import no_progress
from planning.catalogue import Phase
from planning.thermal import Power, ThermalRequest, WallTemperature, simulation_grid, solve
from planning.thermal.course import moments_of
from planning.thermal.verification.zones import GEL
from planning.tissue import uniform_fields
from tests.builders.thermal import applicator

SCHEDULE = (Phase(kind="on", duration_s=90.0), Phase(kind="off", duration_s=60.0))


def run(drive, **more):
    probe = applicator(drive)
    grid = simulation_grid((probe,), "f", 1.0, 24.0)
    request = ThermalRequest(fields=uniform_fields(grid, GEL), applicators=(probe,), schedule=SCHEDULE, **more)
    return solve(request, no_progress())


@pytest.fixture(scope="module")
def frozen():
    return run(WallTemperature(c=-140.0), course_fields=10, snapshot_times_s=(40.0, 90.0))


def test_nothing_is_kept_unless_it_is_asked_for_and_nothing_changes_for_it():
    plain, kept = run(WallTemperature(c=-140.0)), run(WallTemperature(c=-140.0), course_fields=10)
    assert plain.course is None
    assert np.array_equal(plain.extreme_c, kept.extreme_c) and plain.steps == kept.steps


def test_the_course_goes_from_the_start_to_the_end(frozen):
    times = frozen.course.times_s
    assert times[0] == 0.0 and times[-1] == pytest.approx(150.0) and (np.diff(times) > 0).all()
    assert (frozen.course.at_c(0.0) == 37.0).all()
    assert np.array_equal(frozen.course.at_c(-5.0), frozen.course.at_c(0.0))
    assert np.array_equal(frozen.course.at_c(900.0), frozen.course.at_c(150.0))


def test_a_moment_that_was_kept_is_as_the_engine_had_it(frozen):
    assert frozen.course.at_c(150.0).shape == frozen.extreme_c.shape
    assert np.abs(frozen.course.at_c(150.0) - frozen.final_c).max() < 0.1


def test_ends_of_phases_are_kept_and_between_them_it_is_near_what_the_engine_had(frozen):
    between, end = frozen.snapshots
    assert np.abs(frozen.course.at_c(end.time_s) - end.temperature_c).max() < 0.1
    off_k = np.abs(frozen.course.at_c(between.time_s) - between.temperature_c)
    assert 0.1 < off_k.max() < 6.0 and np.sqrt((off_k**2).mean()) < 0.5


def test_moments_are_those_of_phases_denser_after_every_beginning():
    moments = moments_of(SCHEDULE, 10)
    assert moments[0] == 0.0 and 90.0 in moments and moments[-1] == 150.0 and (np.diff(moments) > 0).all()
    assert moments[1] < 90.0 - moments[np.flatnonzero(moments == 90.0)[0] - 1]
    assert len(moments_of(SCHEDULE, 0)) == 0


def test_it_warms_again_after_the_freeze_and_is_never_colder_than_the_wall(frozen):
    frozen_then, later = ((frozen.course.at_c(s) <= 0).sum() for s in (90.0, 150.0))
    assert 0 < later < frozen_then
    assert min(frozen.course.at_c(s).min() for s in (60.0, 90.0, 120.0)) >= -140.0


def test_heat_has_a_course_too():
    result = run(Power(w=5.0), course_fields=6)
    hottest = [result.course.at_c(s).max() for s in (0.0, 90.0, 150.0)]
    assert hottest[0] == 37.0 and hottest[1] > hottest[2] > 37.0
