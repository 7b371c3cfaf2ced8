"""A nerve's course between points: around bone, through fat, with a radius of its own at every point."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.errors import GeometryError, ImagingError
from imaging.segmentation.nerve_path import along_fat, with_point, with_radius
from tests.builders.cases import centred_grid, straight_tube
from tests.builders.volumes import volume_of

GRID = centred_grid(30)


def tunnel():
    """Bone with a bent tunnel of fat: along x to the middle, then along y."""
    z, y, x = np.indices(GRID.shape_kji) - 30
    hu = np.full(GRID.shape_kji, 250.0)
    hu[(y**2 + z**2 <= 16) & (x <= 4)] = -100
    hu[(x**2 + z**2 <= 16) & (y >= -4)] = -100
    return volume_of(hu + np.random.default_rng(2).normal(0, 15, hu.shape), GRID)


def test_the_way_goes_around_the_corner_of_the_tunnel():
    nerve = along_fat(tunnel(), [(-20, 0, 0), (0, 20, 0)], 1.5)
    away_mm = np.minimum(
        straight_tube((-20, 0, 0), (0, 0, 0), 1e-6).signed_distance_mm(nerve.points_mm),
        straight_tube((0, 0, 0), (0, 20, 0), 1e-6).signed_distance_mm(nerve.points_mm),
    )
    assert away_mm.max() < 4.0
    assert nerve.points_mm[0] == pytest.approx((-20, 0, 0)) and nerve.points_mm[-1] == pytest.approx((0, 20, 0))
    assert np.linalg.norm(np.diff(nerve.points_mm, axis=0), axis=1).max() < 2.6


def test_it_passes_through_every_point_and_radii_change_evenly():
    given = [(-20, 0, 0), (-8, 1, 1), (0, 20, 0)]
    nerve = along_fat(tunnel(), given, [2.0, 3.0, 1.0])
    for point, radius in zip(given, (2.0, 3.0, 1.0), strict=True):
        near = np.linalg.norm(nerve.points_mm - point, axis=1)
        assert near.min() < 1e-6 and nerve.radii_mm[near.argmin()] == pytest.approx(radius)
    assert nerve.radii_mm.max() == 3.0


@pytest.mark.parametrize("level", ["S1.L", "S2.R"])
def test_a_root_of_the_phantom_is_followed_between_points(small_phantom, level):
    """On voxels of 3 mm, wider than the nerve; measured 1.8 and 1.6 mm on average."""
    truth = small_phantom.roots[level].resampled(1.0)
    given = truth.points_mm[:: len(truth.points_mm) // 6]
    found = along_fat(small_phantom.volume, given, 2.5)
    thin = type(truth)(truth.points_mm, np.full(len(truth.points_mm), 1e-6))
    assert thin.signed_distance_mm(found.points_mm).mean() < 2.0
    assert thin.signed_distance_mm(found.points_mm).max() < 6.0


def test_what_cannot_be_followed_is_refused():
    for code, points in (("point-outside", [(0, 0, 0), (99, 0, 0)]),):
        with pytest.raises(ImagingError) as refused:
            along_fat(tunnel(), points, 1.0)
        assert refused.value.code == code
    large = volume_of(np.zeros((3, 3, 200)), centred_grid(100).crop((0, 0, 0), (3, 3, 200)))
    low, high = large.grid.bounds_mm
    with pytest.raises(ImagingError, match="199 mm apart") as refused:
        along_fat(large, [low, high], 1.0)
    assert refused.value.code == "points-too-far"
    with pytest.raises(GeometryError, match="two different points"):
        along_fat(tunnel(), [(0, 0, 0)], 1.0)


def test_the_radius_of_one_point_is_changed():
    tube = straight_tube((0, 0, 0), (9, 0, 0), 2.0)
    assert with_radius(tube, 1, 3.5).radii_mm.tolist() == [2.0, 3.5]
    with pytest.raises(ImagingError, match="2 points and none of number 3") as refused:
        with_radius(tube, 2, 3.0)
    assert refused.value.code == "point-unknown"
    with pytest.raises(GeometryError, match="radius above 0"):
        with_radius(tube, 0, 0.0)


def test_neighbours_within_reach_follow_a_point_and_those_beyond_do_not():
    tube = straight_tube((0, 0, 0), (40, 0, 0), 2.0).resampled(2.0)
    wide = with_radius(tube, 10, 4.0, reach_mm=6.0).radii_mm
    assert wide[10] == 4.0 and wide[[7, 13]] == pytest.approx(2.0) and 2.0 < wide[8] < wide[9] < 4.0
    moved = with_point(tube, 10, tube.points_mm[10] + [0, 5, 0], reach_mm=6.0)
    assert moved.points_mm[10, 1] == pytest.approx(5.0) and 0 < moved.points_mm[8, 1] < moved.points_mm[9, 1] < 5.0
    assert moved.points_mm[[0, 7, 13, 20], 1] == pytest.approx(0.0)
    alone = with_point(tube, 0, (0, 0, 9)).points_mm
    assert alone[0] == pytest.approx((0, 0, 9)) and alone[1:] == pytest.approx(tube.points_mm[1:])
    with pytest.raises(ImagingError, match="none of number 22") as refused:
        with_point(tube, 21, (0, 0, 0))
    assert refused.value.code == "point-unknown"
