"""Bladder, bowel and vessel by one click each; what nothing marks off is refused with what was measured."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.errors import ImagingError
from imaging.labels import Mask
from imaging.segmentation.organ_click import grow_organ
from imaging.structures import StructureKind as Kind
from tests.builders.cases import ball, centred_grid
from tests.builders.volumes import dice, noisy_ball, volume_of

GRID = centred_grid(60, 2.0)
HERE = (0, 0, 0)


def of_densities(inside, inside_hu, outside_hu, noise_hu=12.0):
    clean = np.where(np.broadcast_to(inside, GRID.shape_kji), inside_hu, outside_hu)
    return volume_of(clean + np.random.default_rng(2).normal(0, noise_hu, clean.shape), GRID)


def refused(volume, kind, seed=HERE):
    with pytest.raises(ImagingError) as error:
        grow_organ(volume, seed, kind)
    assert error.value.hint
    return error.value


def test_a_bladder_between_fat_and_an_organ_that_touches_it():
    bladder, beside = ball(GRID, 26), ball(GRID, 22, (0, 44, 0))
    hu = np.where(bladder.array(), 5, np.where(beside.array(), 55, -100))
    grown = grow_organ(of_densities(True, hu, 0), HERE, Kind.BLADDER)
    assert dice(grown.mask, bladder) > 0.93 and not grown.ends_at_reach and grown.open_frac < 0.1


def test_a_vessel_with_contrast_goes_on_where_the_reach_ends():
    k, j, i = np.indices(GRID.shape_kji)
    vessel = (np.abs(j - 30) <= 2) & (np.abs(i - 30 + 0.3 * (k - 30)) <= 2)
    grown = grow_organ(of_densities(vessel, 160, 50), HERE, Kind.VESSEL)
    assert dice(grown.mask, Mask.from_array(GRID, vessel)) > 0.85


def test_bowel_with_its_gas_by_a_click_into_either():
    bowel = ball(GRID, 20)
    hu = np.where(ball(GRID, 9, (0, -8, 0)).array(), -900, np.where(bowel.array(), 22, -100))
    volume = of_densities(True, hu, 0)
    for seed in ((0, 10, 0), (0, -8, 0)):
        assert dice(grow_organ(volume, seed, Kind.BOWEL).mask, bowel) > 0.85


def test_gas_that_goes_on_beyond_what_a_click_reaches_is_not_the_air_around_the_body():
    grid = centred_grid(100, 2.5)
    k, j, i = np.indices(grid.shape_kji)
    x, y, _ = np.moveaxis(grid.to_lps(np.stack([i, j, k], axis=-1)), -1, 0)
    from_axis = np.hypot(x, y)
    body = np.hypot(x, y) < 85
    hu = np.where(from_axis < 20, -900, np.where(from_axis < 32, 22, np.where(body, -100, -1000)))
    volume = volume_of(hu + np.random.default_rng(2).normal(0, 8, hu.shape), grid)
    grown = grow_organ(volume, HERE, Kind.BOWEL)
    near = abs(grid.to_lps(np.stack([i, j, k], axis=-1))[..., 2]) < 40
    bowel = (from_axis < 32) & near
    assert dice(Mask.from_array(grid, grown.mask.array() & near), Mask.from_array(grid, bowel)) > 0.85
    with pytest.raises(ImagingError) as error:
        grow_organ(volume, (0, 95, 0), Kind.BOWEL)
    assert error.value.code == "seed-in-air"


def test_gas_in_a_wall_too_thin_to_be_seen_is_not_said_to_lie_outside():
    volume = of_densities(True, np.where(ball(GRID, 15).array(), -900, -100), 0)
    assert refused(volume, Kind.BOWEL).code == "organ-only-gas"


def test_what_nothing_marks_off_is_refused():
    assert refused(of_densities(True, 5, 0), Kind.BLADDER).code == "organ-leaks"
    tissue = refused(noisy_ball(12, 52, -100, grid=GRID), Kind.VESSEL)
    assert tissue.code == "organ-like-muscle" and "HU" in tissue.message
    thick = refused(noisy_ball(26, 5, -100, grid=GRID), Kind.VESSEL)
    assert thick.code == "organ-leaks" and "mm thick" in thick.message
    assert refused(noisy_ball(2, 5, -100, grid=GRID), Kind.BLADDER).code == "organ-too-small"


def test_a_click_that_cannot_be_meant_is_refused():
    volume = noisy_ball(26, 5, -100, grid=GRID)
    assert refused(volume, Kind.BONE).code == "organ-kind"
    assert refused(volume, Kind.BLADDER, (0, 0, 500)).code == "seed-outside"
    air = of_densities(True, -1000, 0, noise_hu=3)
    for kind in (Kind.BLADDER, Kind.BOWEL):
        assert refused(air, kind).code == "seed-in-air"
