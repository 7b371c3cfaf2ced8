"""Densities in a region of any plane: exact where the values and the area are known."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.geometry import VoxelGrid
from imaging.region import lattice_inside, region_statistics
from imaging.volume import Provenance, Volume

RIGHT, DOWN = np.array([1.0, 0, 0]), np.array([0.0, 1, 0])


def volume_of(hu, spacing_ijk_mm=1.0, origin_mm=(0.0, 0.0, 0.0)):
    grid = VoxelGrid.axis_aligned(hu.shape, spacing_ijk_mm, origin_mm, "1.2")
    return Volume(hu=hu.astype(np.int16), grid=grid, provenance=Provenance(kind="phantom"))


def rectangle(x0, y0, x1, y1, z=0.0):
    return np.array([[x0, y0, z], [x1, y0, z], [x1, y1, z], [x0, y1, z]], float)


def test_in_an_axial_slice_every_voxel_inside_counts_once_with_its_own_value():
    hu = np.random.default_rng(3).integers(-1000, 2000, (5, 40, 50))
    volume = volume_of(hu, (0.7, 0.7, 3.0), (-11.0, 4.0, 20.0))
    low, high = volume.grid.to_lps([7.5, 9.5, 2]), volume.grid.to_lps([21.5, 30.5, 2])
    found = region_statistics(volume, rectangle(low[0], low[1], high[0], high[1], low[2]), RIGHT, DOWN)
    inside = hu[2, 10:31, 8:22].astype(float)
    assert found is not None and found.count == inside.size == 21 * 14
    assert (found.mean_hu, found.deviation_hu) == pytest.approx((inside.mean(), inside.std()), abs=1e-9)
    assert (found.lowest_hu, found.highest_hu) == (inside.min(), inside.max())


def test_two_halves_of_known_values_have_the_mean_and_deviation_of_two_values():
    hu = np.full((3, 60, 60), 40)
    hu[:, :, 30:] = 240
    found = region_statistics(volume_of(hu), rectangle(19.5, 9.5, 39.5, 49.5, 1), RIGHT, DOWN)
    assert found is not None
    assert (found.mean_hu, found.deviation_hu, found.count) == pytest.approx((140, 100, 800))
    assert (found.lowest_hu, found.highest_hu) == (40, 240)


@pytest.mark.parametrize("turned_deg", [0, 17, 45])
def test_a_region_in_any_plane_has_as_many_places_as_its_area_has_room_for(turned_deg):
    a = np.radians(turned_deg)
    down = np.array([0.0, np.cos(a), np.sin(a)])
    grid = VoxelGrid.axis_aligned((120, 120, 120), 0.5, (-30.0, -30.0, -30.0), "1.2")
    at = np.linspace(0, 2 * np.pi, 200)[:-1, None]
    outline = np.array([1.0, 2.0, 3.0]) + 12 * np.cos(at) * RIGHT + 8 * np.sin(at) * down
    places = lattice_inside(grid, outline, RIGHT, down)
    assert len(places) * 0.25 == pytest.approx(np.pi * 12 * 8, rel=0.02)
    assert np.abs((places - outline[0]) @ np.cross(RIGHT, down)).max() < 1e-9


def test_across_thick_slices_the_lattice_has_the_step_of_the_smallest_spacing_and_voxels_keep_their_values():
    hu = np.zeros((6, 40, 40))
    hu[3] = 300
    volume = volume_of(hu, (1.0, 1.0, 3.0))
    outline = np.array([[9.5, 20, 5.9], [29.5, 20, 5.9], [29.5, 20, 12.9], [9.5, 20, 12.9]])
    found = region_statistics(volume, outline, RIGHT, np.array([0.0, 0, -1]))
    # Heights 6 to 12: two in the slice at 6, three in that at 9, two in that at 12.
    assert found is not None and found.count == 20 * 7
    assert found.mean_hu == pytest.approx(300 * 3 / 7) and (found.lowest_hu, found.highest_hu) == (0, 300)


def test_between_the_places_and_outside_the_ct_there_is_nothing_to_measure():
    volume = volume_of(np.zeros((3, 20, 20)))
    assert region_statistics(volume, rectangle(5.2, 5.2, 5.8, 5.8, 1), RIGHT, DOWN) is None
    assert region_statistics(volume, rectangle(30, 30, 40, 40, 1), RIGHT, DOWN) is None
    half = region_statistics(volume, rectangle(14.5, 4.5, 40, 9.5, 1), RIGHT, DOWN)
    assert half is not None and half.count == 5 * 5
