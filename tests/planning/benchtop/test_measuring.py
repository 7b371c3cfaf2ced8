"""Sizes of zones whose sizes are known."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.geometry import VoxelGrid
from planning.benchtop.measuring import Overlay, zone_size
from planning.thermal import Applicator, WallTemperature
from planning.thermal.near_field import along_and_across, body_holds

AXIS = np.array([0.0, 0.6, 0.8])


def grid_of(shape=(48, 46, 44), spacing=1.0):
    centre = 0.5 * spacing * (np.array(shape[::-1]) - 1)
    return VoxelGrid.axis_aligned(shape, spacing, -centre, "f")


def points_of(grid):
    k, j, i = np.indices(grid.shape_kji)
    return grid.to_lps(np.stack([i, j, k], axis=-1))


@pytest.mark.parametrize("radius_mm", [2.3, 5.0, 14.2])
@pytest.mark.parametrize("below", [False, True])
def test_a_ball(radius_mm, below):
    """With a profile that is far from linear."""
    grid, sign = grid_of(), -1 if below else 1
    r = np.linalg.norm(points_of(grid) - (0.3, 0.2, -0.4), axis=-1)
    size = zone_size(sign * 40 / (1 + r), grid, sign * 40 / (1 + radius_mm), below=below, axis=AXIS, overlays=())
    assert (size.length_mm, size.width_mm) == pytest.approx((2 * radius_mm, 2 * radius_mm), rel=0.01, abs=0.12)
    assert size.volume_mm3 == pytest.approx(4 / 3 * np.pi * radius_mm**3, rel=0.02 if radius_mm > 3 else 0.06)


def test_width_is_the_largest_extent_across():
    grid = grid_of()
    p = points_of(grid)
    along = p @ AXIS
    one = np.array([1.0, 0.0, 0.0])
    two = np.cross(AXIS, one)
    field = np.sqrt((along / 9) ** 2 + (p @ one / 6) ** 2 + (p @ two / 13) ** 2)
    size = zone_size(field, grid, 1.0, below=True, axis=AXIS, overlays=())
    assert (size.length_mm, size.width_mm) == pytest.approx((18, 26), rel=0.01)


def test_no_zone_measures_nothing():
    size = zone_size(np.zeros((8, 8, 8)), grid_of((8, 8, 8)), 3.0, below=False, axis=AXIS, overlays=())
    assert (size.volume_mm3, size.length_mm, size.width_mm) == (0, 0, 0)


def body(own):
    applicator = Applicator(
        id="p", tip_mm=-6 * AXIS, direction=AXIS, diameter_mm=2.4, active_length_mm=12, drive=WallTemperature(c=own)
    )

    def values(points, field):
        return np.where(body_holds(applicator, *along_and_across(applicator, points)), own, field)

    return Overlay(applicator=applicator, own=own, bounds_mm=(np.full(3, -8.0), np.full(3, 8.0)), values=values)


def test_an_applicator_alone_counts_with_its_own_temperature():
    grid = grid_of()
    size = zone_size(np.full(grid.shape_kji, 37.0), grid, -100.0, below=True, axis=AXIS, overlays=[body(-140.0)])
    assert size.length_mm == pytest.approx(12, abs=0.3)
    assert size.width_mm == pytest.approx(2.4, abs=0.2)
    assert size.volume_mm3 == pytest.approx(12 * np.pi * 1.2**2, rel=0.1)


def test_a_cooled_applicator_is_left_out_of_the_hot_zone_around_it():
    grid = grid_of()
    field = 90 - 3 * np.linalg.norm(points_of(grid), axis=-1)
    full = zone_size(field, grid, 60.0, below=False, axis=AXIS, overlays=())
    size = zone_size(field, grid, 60.0, below=False, axis=AXIS, overlays=[body(10.0)])
    assert full.volume_mm3 - size.volume_mm3 == pytest.approx(12 * np.pi * 1.2**2, rel=0.15)
    assert size.width_mm == pytest.approx(full.width_mm, rel=1e-6)
