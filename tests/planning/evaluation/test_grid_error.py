"""What a prediction's grid may be off, in fields whose steepness is known."""

from __future__ import annotations

import numpy as np
import pytest

from planning.catalogue import Mode
from planning.evaluation.grid_error import OFF_BY_HEAT, OFF_CELLS_COLD, OFF_CELLS_HEAT, grid_error_k, grid_errors_k
from tests.builders.cases import centred_grid, empty_case, hot_ball, ice_ball, zone_of

CASE = empty_case()
PLACES = np.array([[14.0, 0.0, 0.0], [0.0, -9.0, 12.0]])


def beside_ice(spacing_mm):
    return zone_of(CASE, ice_ball(10.0, slope_c_mm=4.0), centred_grid(30, spacing_mm))


@pytest.mark.parametrize("spacing_mm", [1.0, 2.0])
def test_by_cold_it_is_a_part_of_what_a_cell_changes(spacing_mm):
    zone = beside_ice(spacing_mm)
    assert grid_errors_k(zone, PLACES) == pytest.approx(4.0 * spacing_mm * OFF_CELLS_COLD, rel=0.05)
    assert grid_error_k(zone, tuple(PLACES[0])) == grid_errors_k(zone, PLACES)[0]


def test_a_preview_tells_what_a_prediction_on_smaller_cells_will_be_off():
    assert grid_errors_k(beside_ice(2.0), PLACES, 1.0) == pytest.approx(
        grid_errors_k(beside_ice(1.0), PLACES), rel=0.05
    )


def test_by_heat_a_part_of_the_rise_comes_to_it():
    zone = zone_of(CASE, hot_ball(10.0, slope_c_mm=2.0), centred_grid(30), mode=Mode.HEAT)
    rise_k = 50.0 - 2.0 * (14.0 - 10.0) - 37.0
    assert grid_errors_k(zone, PLACES[:1]) == pytest.approx(2.0 * OFF_CELLS_HEAT + rise_k * OFF_BY_HEAT, rel=0.05)


def test_far_away_nothing_is_off():
    assert grid_errors_k(beside_ice(1.0), np.array([[500.0, 0.0, 0.0]])) == 0.0
