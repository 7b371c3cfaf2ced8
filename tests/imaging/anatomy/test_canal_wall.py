"""The canal's wall from ring to ring, and its course up to the border of the image."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.anatomy.canal import Canal
from imaging.anatomy.canal_wall import at_half_height
from imaging.anatomy.straight import STEP_MM, StraightSpine
from imaging.geometry import VoxelGrid
from tests.builders.volumes import volume_of

WIDTH_MM, LEVEL_MM, RING_MM = 9.0, 33.0, 13.0
FACETS_MM = 10.5


def tunnel(ends_mm=0.0, facets=True):
    """Bone around a channel along the z axis: rings, and between them facets farther out on both sides."""
    grid = VoxelGrid.axis_aligned((96, 64, 64), 1.0, (-31.5, -31.5, 0.5), "tunnel")
    z, y, x = (np.moveaxis(grid.to_lps(np.indices(grid.shape_kji)[::-1].reshape(3, -1).T), 1, 0)[n] for n in (2, 1, 0))
    r, ring = np.hypot(x, y), (z % LEVEL_MM) < RING_MM
    bone = ring & (r > WIDTH_MM) & (r < WIDTH_MM + 6)
    if facets:
        bone |= ~ring & (abs(x) > FACETS_MM) & (r < 17) & (abs(y) < 6)
    hu = np.where(bone, 500.0, 0.0).reshape(grid.shape_kji).astype(np.float32)
    top = 96 - ends_mm
    along = np.arange(top, 1.0, -STEP_MM)
    points = np.stack([np.zeros_like(along), np.zeros_like(along), along], axis=1)
    n, rays = len(points), 48
    angle = 2 * np.pi * np.arange(rays) / rays
    in_ring = (points[:, 2] % LEVEL_MM) < RING_MM
    beside = abs(np.cos(angle)) > 0.87
    wall = np.where(in_ring[:, None], WIDTH_MM, np.where(beside, FACETS_MM / np.maximum(abs(np.cos(angle)), 0.1), 12.0))
    seen = in_ring[:, None] | (beside & facets)
    return volume_of(hu, grid), Canal(StraightSpine(points, np.array([1.0, 0, 0])), np.ones(n), wall, seen)


def test_between_rings_the_wall_goes_on_as_wide_as_they_are():
    volume, canal = tunnel()
    wall = at_half_height(canal, volume).wall_mm
    assert wall == pytest.approx(WIDTH_MM, abs=0.8)
    assert np.median(wall) == pytest.approx(WIDTH_MM, abs=0.3)


def test_a_ring_that_is_narrower_stays_narrow():
    volume, canal = tunnel()
    z = volume.grid.to_lps(np.indices(volume.grid.shape_kji)[::-1].reshape(3, -1).T)
    r, tight = np.hypot(z[:, 0], z[:, 1]), abs(z[:, 2] - 40) < 3
    hu = np.where((tight & (r > 7.0) & (r < 15)).reshape(volume.grid.shape_kji), 500, volume.hu).astype(np.float32)
    rows = abs(canal.spine.points_mm[:, 2] - 40) < 2
    narrowed = np.where(rows[:, None], 7.5, canal.wall_mm)
    canal = Canal(canal.spine, canal.enclosed, narrowed, canal.seen | rows[:, None])
    found = at_half_height(canal, volume_of(hu, volume.grid))
    rows = abs(found.spine.points_mm[:, 2] - 40) < 2
    assert found.wall_mm[rows].mean() == pytest.approx(7.0, abs=0.5)


def test_a_course_that_ends_shortly_before_the_border_goes_on_to_it():
    volume, canal = tunnel(ends_mm=6.0)
    found = at_half_height(canal, volume)
    assert found.spine.points_mm[0, 2] > 96 - STEP_MM and volume.grid.contains(found.spine.points_mm).all()
    assert len(found.wall_mm) == len(found.spine.points_mm) == len(found.seen) == len(found.enclosed)


def test_a_course_that_ends_far_from_the_border_stays_as_it_is():
    volume, canal = tunnel(ends_mm=20.0)
    found = at_half_height(canal, volume)
    assert found.spine.points_mm[0, 2] == pytest.approx(canal.spine.points_mm[0, 2])


def test_where_no_bone_is_seen_the_wall_stays_as_it_was():
    volume, canal = tunnel()
    blind = Canal(canal.spine, canal.enclosed, canal.wall_mm, np.zeros_like(canal.seen))
    found = at_half_height(blind, volume)
    assert found.wall_mm[_shown(found, canal)] == pytest.approx(np.asarray(canal.wall_mm))


def test_in_the_sacrum_the_wall_is_where_it_is_seen():
    """Its canal is wider at one place of a level than at another, with bone nearly all around."""
    volume, canal = tunnel()
    whole, lower = at_half_height(canal, volume, 0.0), at_half_height(canal, volume, 45.0)
    z = whole.spine.points_mm[:, 2]
    between, above = (z % LEVEL_MM > RING_MM + 3) & (z % LEVEL_MM < LEVEL_MM - 3), z > z.max() - 42
    assert whole.wall_mm[between].mean() > WIDTH_MM + 1.5
    assert lower.wall_mm[between & above] == pytest.approx(WIDTH_MM, abs=0.8)
    below = z < z.max() - 48
    assert lower.wall_mm[below] == pytest.approx(whole.wall_mm[below])


def _shown(found, canal):
    """The rows of a longer course that the shorter one had."""
    return np.isin(found.spine.points_mm[:, 2].round(3), canal.spine.points_mm[:, 2].round(3))
