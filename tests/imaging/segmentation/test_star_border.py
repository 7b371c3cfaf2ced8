"""The border of a blob seen from its middle: round and long ones, walls further out, gaps in the evidence."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.segmentation.star_border import star_border
from imaging.segmentation.working_cube import cube_around
from tests.builders.cases import centred_grid, distances_mm
from tests.builders.volumes import volume_of

GRID = centred_grid(34)
CUBE = cube_around(volume_of(np.zeros(GRID.shape_kji), GRID), (0, 0, 0), 32)


def evidence(inside, within=1.0, beyond=-1.0):
    return np.where(inside, within, beyond).astype(np.float32)


def away_mm(centre_mm=(0.0, 0.0, 0.0)):
    return distances_mm(CUBE.grid, centre_mm)


def overlap(a, b):
    return 2 * np.count_nonzero(a & b) / (np.count_nonzero(a) + np.count_nonzero(b))


@pytest.mark.parametrize("from_mm", [(0, 0, 0), (5, 0, -3)])
def test_a_ball_is_found_with_its_middle(from_mm):
    truth = away_mm((2, 1, 0)) <= 14
    border = star_border(CUBE, evidence(truth), np.array(from_mm, float))
    assert overlap(border.within_mm > 0, truth) > 0.93
    assert np.linalg.norm(border.middle_mm - (2, 1, 0)) < 1.0
    depth_mm = 14 - away_mm((2, 1, 0))
    near = np.abs(depth_mm) < 3
    assert np.abs(border.within_mm - depth_mm)[near].mean() < 1.0


def test_a_hole_in_the_evidence_is_bridged():
    truth = away_mm() <= 15
    dent = away_mm((0, 14, 0)) <= 6
    found = star_border(CUBE, evidence(truth & ~dent, 1.0, -0.4), np.zeros(3)).within_mm > 0
    assert np.count_nonzero(found & truth & dent) > 0.5 * np.count_nonzero(truth & dent)


def test_a_wall_further_out_is_not_reached():
    r_mm = away_mm()
    inside = (r_mm <= 10) | ((r_mm > 20) & (r_mm < 25))
    found = star_border(CUBE, evidence(inside, 1.0, -0.4), np.zeros(3)).within_mm > 0
    assert r_mm[found].max() < 13
