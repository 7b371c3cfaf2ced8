"""Margins against balls and tubes of known radius, on slices of any thickness."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.errors import GeometryError, ImagingError
from imaging.geometry import VoxelGrid
from imaging.labels import Mask
from imaging.segmentation.distance_field import distance_field
from imaging.segmentation.margin import Clearance, with_margin
from tests.builders.cases import ball, centred_grid, distances_mm, straight_tube

GRID = centred_grid(30)
THICK = VoxelGrid.axis_aligned((25, 77, 77), (0.8, 0.8, 2.5), (-30.4, -30.4, -30.0), "1.2.826.0.1")


def ball_mm3(radius_mm):
    return 4 / 3 * np.pi * radius_mm**3


@pytest.mark.parametrize("grid", [GRID, THICK], ids=["1 mm", "0.8 and 2.5 mm"])
@pytest.mark.parametrize("margin_mm", [5.0, 2.3, -3.0, 0.6])
def test_a_ball_with_a_margin_is_a_larger_ball(grid, margin_mm):
    made = with_margin(ball(grid, 12), margin_mm)
    assert made.achieved_mm == pytest.approx(margin_mm, abs=0.3)
    assert np.cbrt(made.mask.volume_mm3 / ball_mm3(1)) - 12 == pytest.approx(margin_mm, abs=0.3)


def test_distances_are_below_a_voxel():
    field = distance_field(ball(GRID, 12), 6.0)
    true_mm = distances_mm(field.grid) - 12
    near = np.abs(true_mm) < 5
    assert np.abs(field.values_mm - true_mm)[near].mean() < 0.25
    assert np.abs(field.values_mm - true_mm)[near].max() < 1.0


def test_the_distance_of_a_single_voxel_is_not_lost():
    one = Mask.from_array(GRID, distances_mm(GRID) < 0.5)
    assert one.count == 1
    assert with_margin(one, 4.0).mask.volume_mm3 == pytest.approx(ball_mm3(4.6), rel=0.15)


def test_a_margin_keeps_clear_of_a_mask_and_of_a_tube():
    lesion, other = ball(GRID, 10), ball(GRID, 6, (20, 0, 0))
    nerve = straight_tube((0, -16, -20), (0, -16, 20), 2.0)
    made = with_margin(lesion, 8.0, clear_of=(Clearance(other, 5.0), Clearance(nerve, 3.0)))
    points = made.mask.points_mm()
    assert (np.linalg.norm(points - [20, 0, 0], axis=1) - 6).min() > 4.5
    assert nerve.signed_distance_mm(points).min() > 3.0
    assert made.mask.volume_mm3 < 0.99 * with_margin(lesion, 8.0).mask.volume_mm3
    assert made.achieved_mm == pytest.approx(8, abs=0.3), "what was kept clear is no part of the mean"
    assert made.least_mm < 5.5


def test_a_margin_stays_within_bone_and_leaves_a_structure_out():
    lesion, bone, canal = ball(GRID, 8), ball(GRID, 11), ball(GRID, 5, (9, 0, 0))
    made = with_margin(lesion, 6.0, within=bone, clear_of=(Clearance(canal),)).mask
    assert made.minus(bone).count == 0
    assert made.minus(canal).digest == made.digest
    assert made.count > 0.8 * bone.minus(canal).count


def refused(code, act):
    with pytest.raises(ImagingError) as caught:
        act()
    assert caught.value.code == code


@pytest.mark.parametrize("margin_mm", [0.0, 41.0, -41.0, np.nan])
def test_a_margin_out_of_range_is_refused(margin_mm):
    refused("margin-range", lambda: with_margin(ball(GRID, 8), margin_mm))


def test_a_negative_clearance_is_refused():
    refused("margin-range", lambda: with_margin(ball(GRID, 8), 2, clear_of=(Clearance(ball(GRID, 3), -1.0),)))


def test_shrinking_to_nothing_is_refused():
    refused("margin-nothing-left", lambda: with_margin(ball(GRID, 4), -6.0))


def test_an_empty_mask_has_no_margin():
    refused("mask-empty", lambda: with_margin(Mask.empty(GRID), 3.0))


def test_a_structure_on_another_grid_is_refused():
    with pytest.raises(GeometryError):
        with_margin(ball(GRID, 8), 2.0, within=ball(centred_grid(20), 8))
