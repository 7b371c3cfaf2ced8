"""Scribbles: two densities in one lesion, labels that stay, faces and distance where nothing was drawn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from imaging.errors import ImagingError
from imaging.geometry import VoxelGrid
from imaging.segmentation.competition import share_inside
from imaging.segmentation.halved import coarser, finer
from imaging.segmentation.scribble import from_scribbles
from imaging.segmentation.verification import dice
from tests.builders.cases import ball, centred_grid, distances_mm
from tests.builders.volumes import noisy_ball, volume_of

SOFT, DENSE, MARROW = 45.0, 650.0, 190.0


def line(start_mm, stop_mm, count=60):
    return np.linspace(start_mm, stop_mm, count)


def ring(radius_mm, count=240):
    turn = np.linspace(0, 2 * np.pi, count)
    return radius_mm * np.stack([np.cos(turn), np.sin(turn), 0 * turn], axis=1)


def two_densities(radius_mm=14.0):
    """A ball in marrow, soft on the right and dense on the left."""
    grid = centred_grid(40)
    x_mm = np.indices(grid.shape_kji)[2] - (grid.shape_kji[2] - 1) / 2
    truth = ball(grid, radius_mm)
    hu = np.where(truth.array(), np.where(x_mm < 0, SOFT, DENSE), MARROW)
    noise = np.random.default_rng(2).normal(0, 15, hu.shape)
    return volume_of(ndimage.gaussian_filter(hu, 0.8) + noise, grid), truth


@pytest.mark.parametrize("around", [ring(18), np.empty((0, 3))], ids=["ring", "inside only"])
def test_a_lesion_scribbled_through_both_of_its_densities_contains_both(around):
    volume, truth = two_densities()
    found = from_scribbles(volume, line((-10, 0, 0), (10, 1, 0)), around)
    assert dice(found, truth) > 0.85
    soft_only = from_scribbles(volume, line((-10, 0, 0), (-4, 1, 0)), line((4, 0, 0), (10, 0, 0)))
    assert not soft_only.contains(line((4, 0, 0), (10, 0, 0))).any()
    assert dice(soft_only, truth) < 0.75


@pytest.mark.parametrize("slice_mm", [1.0, 5.0])
def test_every_voxel_that_was_scribbled_on_keeps_its_label(slice_mm):
    n = round(60 / slice_mm)
    grid = VoxelGrid.axis_aligned((n, 75, 75), (0.8, 0.8, slice_mm), (-29.6, -29.6, -(n - 1) / 2 * slice_mm), "1.2.3")
    volume = noisy_ball(12, SOFT, MARROW, noise_hu=40, grid=grid)
    # Against what the CT shows: out of the ball, and across its middle.
    inside, outside = line((0, -16, 0.4), (0, -2, 0.4)), line((-8, 3, 0.4), (8, 4, 0.4))
    found = from_scribbles(volume, inside, outside)
    assert found.contains(inside).all()
    assert not found.contains(outside).any()


def test_the_same_density_far_from_the_scribbles_is_not_taken():
    grid = centred_grid(40)
    slab = np.abs(np.indices(grid.shape_kji)[0] - (grid.shape_kji[0] - 1) / 2) < 8
    hu = np.where(slab, SOFT, MARROW) + np.random.default_rng(5).normal(0, 12, grid.shape_kji)
    found = from_scribbles(volume_of(hu, grid), line((-8, 0, 0), (8, 0, 0)), ring(14)).array()
    assert distances_mm(grid)[found].max() < 17
    assert np.count_nonzero(found & slab) > 0.9 * np.count_nonzero(found)


def test_scribbles_in_one_voxel_of_the_ct_cross():
    grid = VoxelGrid.axis_aligned((12, 12, 12), 6.0, (-33, -33, -33), "1.2.3")
    with pytest.raises(ImagingError, match="crosses") as refused:
        from_scribbles(volume_of(np.zeros(grid.shape_kji), grid), [(-2.5, -3, -3)], [(2.5, 3, 3), (-4.9, -3, -3)])
    assert refused.value.code == "scribble-conflict"


def test_without_looks_the_border_lies_midway_between_the_seeds():
    inside, outside = np.zeros((2, 25, 25, 25), bool)
    inside[:, :, 4], outside[:, :, 20] = True, True
    share = share_inside(np.full(inside.shape, 0.5, np.float32), 0.0, inside, outside)
    assert (share[12, 12, 4], share[12, 12, 20]) == (1, 0)
    assert np.all(np.diff(share[12, 12, 4:21]) < 0)
    assert share[12, 12, 12] == pytest.approx(0.5, abs=0.05)


def test_halving_and_back_keeps_a_ramp():
    k, j, i = np.indices((20, 21, 23)).astype(np.float32)
    ramp = k + 2 * j - i
    back = finer(coarser(ramp), ramp.shape)
    assert np.abs(back - ramp)[1:-2, 1:-2, 1:-2].max() < 1e-4
