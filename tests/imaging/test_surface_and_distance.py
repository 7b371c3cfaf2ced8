"""Surfaces and distances against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.distance import closest_points, sample, smallest_signed_distance_mm
from imaging.errors import GeometryError
from imaging.geometry import VoxelGrid
from imaging.labels import Mask
from imaging.resample import rasterise, resample_hu
from imaging.structures import Tube
from imaging.surface import surface_of_field, surface_of_mask, surface_of_tube
from imaging.volume import Provenance, Volume

GRID = VoxelGrid.axis_aligned((60, 60, 60), (1.0, 1.0, 1.0), (-29.5, -29.5, -29.5), "f")
CENTRES = GRID.to_lps(np.indices((60, 60, 60)).reshape(3, -1).T[:, ::-1])
RADIUS = np.linalg.norm(CENTRES, axis=1).reshape(60, 60, 60)


def test_sphere_surface_is_below_the_voxel():
    mesh = surface_of_field(RADIUS.astype(np.float32), GRID, 12.3, below=True)
    assert np.linalg.norm(mesh.points_mm, axis=1) == pytest.approx(12.3, abs=0.02)
    assert mesh.volume_mm3 == pytest.approx(4 / 3 * np.pi * 12.3**3, rel=0.01)


def test_surface_closes_at_the_grid_faces():
    field = np.zeros((6, 6, 6), np.float32)
    small = VoxelGrid.axis_aligned((6, 6, 6), 1.0, (0, 0, 0), "f")
    assert surface_of_field(field, small, 1.0, below=True).volume_mm3 == pytest.approx(6**3, rel=0.1)


def test_unreached_level_has_no_surface():
    assert surface_of_field(RADIUS.astype(np.float32), GRID, -5.0, below=True).empty


@pytest.mark.parametrize("radius", [2.0, 6.0, 15.0])
def test_mask_surface_keeps_volume(radius):
    mask = Mask.from_array(GRID, radius >= RADIUS)
    assert surface_of_mask(mask).volume_mm3 == pytest.approx(mask.volume_mm3, rel=0.12 if radius < 3 else 0.03)


@pytest.mark.parametrize("half_width", [1.2, 1.8, 2.6])
def test_the_surface_of_long_thin_vessels_keeps_their_volume(half_width):
    """A bundle of tubes of more voxels than are met exactly."""
    grid = VoxelGrid.axis_aligned((70, 70, 120), 1.0, (0, 0, 0), "f")
    k, j, _ = np.indices(grid.shape_kji)
    mask = Mask.from_array(grid, np.hypot((k % 14) - 7, (j % 14) - 7) <= half_width)
    assert mask.count > 3000
    assert surface_of_mask(mask).volume_mm3 == pytest.approx(mask.volume_mm3, rel=0.02)


def test_tube_surface_and_distance_agree():
    tube = Tube(np.array([[0, 0, 0], [0, 0, 20.0]]), np.full(2, 3.0))
    mesh = surface_of_tube(tube, sides=48)
    assert mesh.volume_mm3 == pytest.approx(np.pi * 9 * 20, rel=0.01)
    assert tube.signed_distance_mm([[10, 0, 10], [0, 0, 10], [0, 0, 25]]) == pytest.approx([7, -3, 2])
    _, distance = closest_points(mesh, [[10, 0, 10]])
    assert distance[0] == pytest.approx(7, abs=0.05)


def test_closest_points_of_a_sphere():
    mesh = surface_of_field(RADIUS.astype(np.float32), GRID, 10.0, below=True)
    points = np.random.default_rng(0).uniform(-20, 20, (200, 3))
    closest, distance = closest_points(mesh, points)
    # Facets of a 1 mm grid lie up to 0.04 mm inside a sphere of 10 mm.
    assert distance == pytest.approx(np.abs(np.linalg.norm(points, axis=1) - 10), abs=0.04)
    assert np.linalg.norm(closest - points, axis=1) == pytest.approx(distance)
    inside = np.linalg.norm(points, axis=1) < 10
    exact = np.where(inside, -distance, distance).min()
    assert smallest_signed_distance_mm(mesh, points, inside) == pytest.approx(exact)


def test_tube_needs_two_points_and_a_radius():
    with pytest.raises(GeometryError, match="two different points"):
        Tube(np.zeros((2, 3)), np.ones(2))
    with pytest.raises(GeometryError, match="radius above 0"):
        Tube(np.array([[0, 0, 0], [1, 0, 0]]), np.array([1.0, 0.0]))


def test_sampling_is_trilinear_and_says_outside():
    field = CENTRES[:, 0].reshape(60, 60, 60).astype(np.float32)
    assert sample(field, GRID, [[0.25, 3, 4], [99, 0, 0]], outside=7.0) == pytest.approx([0.25, 7.0])


def test_resampling_onto_another_grid():
    volume = Volume(
        hu=(CENTRES[:, 2].reshape(60, 60, 60) * 10).astype(np.int16), grid=GRID, provenance=Provenance(kind="nifti")
    )
    target = VoxelGrid.axis_aligned((5, 5, 5), 2.0, (0, 0, 0), "f")
    hu = resample_hu(volume, target)
    assert hu[:, 0, 0] == pytest.approx(np.arange(5) * 20, abs=1)
    far = VoxelGrid.axis_aligned((2, 2, 2), 2.0, (500, 0, 0), "f")
    assert np.isnan(resample_hu(volume, far)).all()
    other = VoxelGrid.axis_aligned((2, 2, 2), 2.0, (0, 0, 0), "another")
    with pytest.raises(GeometryError, match="frame of reference"):
        resample_hu(volume, other)


def test_rasterised_shapes():
    target = VoxelGrid.axis_aligned((41, 41, 41), 0.5, (-10, -10, -10), "f")
    mask = Mask.from_array(GRID, RADIUS <= 6)
    assert rasterise(mask, target).sum() * 0.125 == pytest.approx(mask.volume_mm3, rel=0.02)
    tube = Tube(np.array([[-5, 0, 0], [5.0, 0, 0]]), np.full(2, 2.0))
    volume = np.pi * 4 * 10 + 4 / 3 * np.pi * 8
    assert rasterise(tube, target).sum() * 0.125 == pytest.approx(volume, rel=0.03)


@pytest.mark.parametrize("distance_mm", [0.0, 3.0])
def test_what_lies_within_a_distance_of_a_long_nerve(distance_mm):
    along = np.linspace(0, 4, 30)
    points = np.stack([20 * np.cos(along), 20 * np.sin(along), 10 * along], axis=1)
    points[12] = points[13] = points[14]
    tube = Tube(points, np.linspace(1, 4, 30))
    places = np.random.default_rng(1).uniform(-30, 50, (20_000, 3))
    wanted = tube.signed_distance_mm(places) <= distance_mm
    assert 5 < wanted.sum() < 2000
    assert (tube.within(places, distance_mm) == wanted).all()
    assert tube.within(np.empty((0, 3)), distance_mm).shape == (0,)
    assert not tube.within(places + 500, distance_mm).any()


def test_a_vessel_one_voxel_wide_does_not_vanish_from_the_surface():
    trunk = RADIUS < 9
    branch = np.zeros_like(trunk)
    branch[30, 30, 30:50] = True
    with_branch, without = (surface_of_mask(Mask.from_array(GRID, v)) for v in (trunk | branch, trunk))
    assert with_branch.points_mm[:, 0].max() > 19 and without.points_mm[:, 0].max() < 9.6
    along = with_branch.points_mm[with_branch.points_mm[:, 0] > 12]
    assert np.abs(along[:, 1:] - 0.5).max() == pytest.approx(0.5, abs=0.1)
