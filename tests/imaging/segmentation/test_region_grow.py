"""A lesion by one click, against balls and the phantom's own lesion."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from imaging.errors import ImagingError
from imaging.segmentation import grow_lesion
from imaging.segmentation.region_grow import GrowthLimits
from tests.builders.cases import ball, distances_mm
from tests.builders.volumes import dice, noisy_ball

# Measured 0.909 on voxels of 3 mm, where half of a 25 mm lesion's voxels lie on its rim.
PHANTOM_FLOOR = 0.90


@pytest.mark.parametrize(
    ("inside_hu", "outside_hu"), [(45, 300), (45, -100), (350, 60)], ids=["lytic", "in fat", "sclerotic"]
)
@pytest.mark.parametrize("seed_mm", [(0, 0, 0), (5, -4, 3)])
def test_a_ball_in_noise_is_found(inside_hu, outside_hu, seed_mm):
    volume = noisy_ball(12, inside_hu, outside_hu)
    assert dice(grow_lesion(volume, seed_mm), ball(volume.grid, 12)) >= 0.88


def test_the_phantoms_lytic_lesion_is_found(small_phantom):
    truth = small_phantom.lesions[0]
    found = grow_lesion(small_phantom.volume, truth.centre_mm)
    assert dice(found, truth.mask) >= PHANTOM_FLOOR


def test_growth_stops_at_its_radius():
    volume = noisy_ball(30, 45, 300)
    found = grow_lesion(volume, (0, 0, 0), GrowthLimits(radius_mm=14))
    far_mm = distances_mm(volume.grid)[found.array()].max()
    assert 13 < far_mm <= 14
    assert found.volume_mm3 == pytest.approx(4 / 3 * np.pi * 14**3, rel=0.1)


def test_a_wide_tolerance_takes_what_a_narrow_one_leaves():
    volume = noisy_ball(10, 45, 145, noise_hu=5)
    narrow = grow_lesion(volume, (0, 0, 0), GrowthLimits(radius_mm=20, tolerance_hu=40))
    wide = grow_lesion(volume, (0, 0, 0), GrowthLimits(radius_mm=20, tolerance_hu=140))
    assert dice(narrow, ball(volume.grid, 10)) > 0.9 and wide.count > 5 * narrow.count


@pytest.mark.parametrize("noise_hu", [15.0, 40.0])
def test_what_grows_is_one_piece_without_holes(noise_hu):
    volume = noisy_ball(12, 45, 130, noise_hu)
    grown = grow_lesion(volume, (0, 0, 0)).array()
    assert ndimage.label(grown)[1] == 1
    assert np.array_equal(ndimage.binary_fill_holes(grown), grown)


def refused(code, word, volume, seed_mm, limits=None):
    with pytest.raises(ImagingError, match=word) as caught:
        grow_lesion(volume, seed_mm, limits)
    assert caught.value.code == code


@pytest.mark.parametrize("inside_hu", [-1000, -100])
def test_a_click_in_air_or_fat_is_refused(inside_hu):
    refused("seed-in-air", "not a lesion", noisy_ball(12, inside_hu, 60), (0, 0, 0))


@pytest.mark.parametrize("seed_mm", [(41, 0, 0), (0, 0, -300)])
def test_a_click_outside_the_ct_is_refused(seed_mm):
    refused("seed-outside", "outside the CT", noisy_ball(12, 45, 300), seed_mm)


def test_a_click_where_nothing_hangs_together_is_refused():
    volume = noisy_ball(12, 45, 300, noise_hu=60)
    refused("lesion-too-small", "brush", volume, (0, 0, 0), GrowthLimits(tolerance_hu=1.0))


@pytest.mark.parametrize(
    "limits", [{"radius_mm": 0.0}, {"radius_mm": -5.0}, {"radius_mm": np.nan}, {"tolerance_hu": 0.0}]
)
def test_limits_that_limit_to_nothing_are_refused(limits):
    with pytest.raises(ImagingError, match="above 0") as caught:
        GrowthLimits(**limits)
    assert caught.value.code == "growth-limits"
