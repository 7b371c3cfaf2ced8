"""Measurements against cases with exact answers, down to a single voxel."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.errors import ImagingError
from imaging.geometry import VoxelGrid
from imaging.labels import Box, Mask
from imaging.measurements import densities, slice_axes, surface_distance_mm, volume_axes
from tests.builders.cases import ball, centred_grid, straight_tube
from tests.builders.volumes import noisy_ball, volume_of

GRID = VoxelGrid.axis_aligned((20, 30, 40), (0.8, 1.0, 2.5), (-10, -20, -30), "1.2.3")
FINE = centred_grid(30)


def block(start, stop, grid=GRID):
    return Mask.empty(grid).with_box(Box(start, stop), np.ones([b - a for a, b in zip(start, stop, strict=True)], bool))


@pytest.mark.parametrize(
    ("start", "stop", "long_mm", "short_mm"),
    [
        ((5, 5, 5), (6, 6, 6), 1.0, 0.8),
        ((5, 5, 5), (6, 6, 12), 5.6, 1.0),
        ((5, 5, 5), (6, 9, 6), 4.0, 0.8),
        ((5, 5, 5), (9, 6, 12), 5.6, 1.0),
    ],
    ids=["one voxel", "seven in a row", "four in a column", "four slices of a row"],
)
def test_few_voxels_in_a_slice(start, stop, long_mm, short_mm):
    axes = slice_axes(block(start, stop))
    assert axes.long_mm == pytest.approx(long_mm, abs=1e-9)
    assert axes.short_mm == pytest.approx(short_mm, abs=0.21)
    assert np.linalg.norm(np.diff(axes.ends_mm, axis=0)) == pytest.approx(long_mm)


def test_few_voxels_in_space():
    one = volume_axes(block((5, 5, 5), (6, 6, 6)))
    assert (
        one.long_mm == pytest.approx(2.5) and one.short_mm == pytest.approx(1.0) and one.third_mm == pytest.approx(0.8)
    )
    pillar = volume_axes(block((5, 5, 5), (9, 6, 6)))
    assert pillar.long_mm == pytest.approx(10.0)


def test_a_flat_ellipsoid():
    kji = np.indices(FINE.shape_kji) - 30
    mask = Mask.from_array(FINE, (kji[2] / 20) ** 2 + (kji[1] / 12) ** 2 + (kji[0] / 6) ** 2 <= 1)
    axes, plane = volume_axes(mask), slice_axes(mask)
    assert (axes.long_mm, axes.short_mm, axes.third_mm) == pytest.approx((41, 25, 13), abs=1.0)
    assert (plane.long_mm, plane.short_mm) == pytest.approx((41, 25), abs=1.0)


def test_the_short_axis_is_a_chord_and_not_a_shadow():
    """A bar with a finger at one end: across it nothing is longer than bar and finger together."""
    bent = block((5, 5, 5), (6, 7, 35), FINE).union(block((5, 7, 5), (6, 12, 7), FINE))
    assert slice_axes(bent).short_mm < 8.0


def test_densities_of_voxels_and_of_a_nerve():
    volume = noisy_ball(10, 300, 50, noise_hu=0, grid=FINE)
    found = densities(volume, ball(FINE, 12))
    share = ball(FINE, 10).count / ball(FINE, 12).count
    assert found.mean == pytest.approx(300 * share + 50 * (1 - share))
    assert (found.lowest, found.median, found.highest) == (50, 300, 300)
    assert found.deviation == pytest.approx(250 * np.sqrt(share * (1 - share)))
    assert densities(volume, straight_tube((0, 0, -5), (0, 0, 5))).mean == 300
    assert densities(volume, straight_tube((99, 0, -5), (99, 0, 5))) is None
    assert densities(volume_of(np.full(FINE.shape_kji, 7), FINE), block((5, 5, 5), (6, 6, 6), FINE)).deviation == 0


@pytest.mark.parametrize(("gap", "apart_mm"), [(0, 0.0), (1, 0.8), (3, 2.4)])
def test_distance_of_blocks(gap, apart_mm):
    first, second = block((5, 5, 5), (6, 6, 8)), block((5, 5, 8 + gap), (6, 6, 20))
    assert surface_distance_mm(first, second) == pytest.approx(apart_mm)
    assert surface_distance_mm(second, first) == pytest.approx(apart_mm)


def test_distance_of_balls_that_overlap_enclose_or_are_far():
    assert surface_distance_mm(ball(FINE, 8), ball(FINE, 8, (10, 0, 0))) == 0
    assert surface_distance_mm(ball(FINE, 3), ball(FINE, 12)) == 0
    far = surface_distance_mm(ball(FINE, 3, (-25, 0, 0)), ball(FINE, 3, (25, 0, 0)))
    assert far == pytest.approx(50 - 7, abs=0.1)


def test_distance_to_nerves():
    nerve = straight_tube((15, 0, -20), (15, 0, 20), 2.0)
    assert surface_distance_mm(ball(FINE, 8), nerve) == pytest.approx(15 - 8.5 - 2, abs=0.2)
    assert surface_distance_mm(nerve, ball(FINE, 8)) == surface_distance_mm(ball(FINE, 8), nerve)
    assert surface_distance_mm(nerve, straight_tube((9, 0, -20), (9, 0, 20), 1.0)) == pytest.approx(3.0)
    assert surface_distance_mm(ball(FINE, 12), straight_tube((-2, 0, 0), (2, 0, 0), 1.0)) == 0


@pytest.mark.parametrize("measure", [slice_axes, volume_axes, lambda m: surface_distance_mm(m, ball(GRID, 3))])
def test_an_empty_structure_is_refused(measure):
    with pytest.raises(ImagingError) as refused:
        measure(Mask.empty(GRID))
    assert refused.value.code == "mask-empty"
