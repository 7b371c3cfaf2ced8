"""Synthetic CT volumes of known content."""

from __future__ import annotations

import numpy as np

from imaging.geometry import VoxelGrid
from imaging.volume import Provenance, Volume
from tests.builders.cases import ball, centred_grid


def volume_of(hu, grid):
    return Volume(hu=np.asarray(hu, np.int16), grid=grid, provenance=Provenance(kind="phantom"))


def noisy_ball(radius_mm, inside_hu, outside_hu, noise_hu=15.0, seed=1, grid=None):
    """A ball of one density in another, with the noise of a scanner."""
    grid = grid or centred_grid(40)
    clean = np.where(ball(grid, radius_mm).array(), inside_hu, outside_hu)
    return volume_of(clean + np.random.default_rng(seed).normal(0, noise_hu, clean.shape), grid)


def dice(a, b):
    """Twice the overlap over the sum of both, of two masks on one grid."""
    first, second = a.array(), b.array()
    return 2 * np.count_nonzero(first & second) / (np.count_nonzero(first) + np.count_nonzero(second))


def oblique_grid(shape_kji=(9, 11, 13), frame="1.2.3"):
    """A grid turned about two axes, with three different spacings."""
    a, b = np.radians([20, -35])
    turn = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    tilt = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    matrix = np.eye(4)
    matrix[:3, :3] = (tilt @ turn) * [0.75, 1.5, 2.5]
    matrix[:3, 3] = [-31.5, 12.25, -765.0]
    return VoxelGrid(shape_kji=shape_kji, lps_from_ijk=matrix, frame_uid=frame)
