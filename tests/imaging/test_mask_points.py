"""Which points lie in a mask, beside the array it was made from."""

from __future__ import annotations

import numpy as np

from imaging.geometry import VoxelGrid
from imaging.labels import Mask, voxels_of


def test_points_are_in_a_mask_as_its_array_says():
    rng = np.random.default_rng(4)
    grid = VoxelGrid.axis_aligned((70, 90, 100), (0.8, 1.1, 1.5), (-30.0, 20.0, 5.0), "1.2.3")
    array = np.zeros(grid.shape_kji, bool)
    array[3:60, 40:88, 1:99] = rng.random((57, 48, 98)) < 0.4
    mask = Mask.from_array(grid, array)
    low, high = grid.bounds_mm
    points = rng.uniform(low - 10.0, high + 10.0, (20_000, 3))
    kji = np.rint(grid.to_ijk(points)).astype(int)[:, ::-1]
    expected = [
        bool(ok) and bool(array[tuple(np.clip(index, 0, np.array(array.shape) - 1))])
        for ok, index in zip(grid.contains(points), kji, strict=True)
    ]
    assert 0.02 < np.mean(expected) < 0.5
    np.testing.assert_array_equal(mask.contains(points), expected)
    np.testing.assert_array_equal(mask.contains_voxels(voxels_of(grid, points)), expected)


def test_no_point_lies_in_an_empty_mask():
    grid = VoxelGrid.axis_aligned((4, 4, 4), 1.0, (0.0, 0.0, 0.0), "1.2.3")
    assert not Mask.empty(grid).contains([(1.0, 1.0, 1.0), (50.0, 0.0, 0.0)]).any()
