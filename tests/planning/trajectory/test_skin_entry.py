"""Where a path leaves the skin: a round body with gas in its bowel, on a table, in a CT of known size."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.geometry import VoxelGrid
from imaging.volume import Provenance, Volume
from planning.errors import PlanError
from planning.trajectory.skin_entry import entry_on_skin

RADIUS_MM, GAS_Y_MM, GAS_RADIUS_MM, TABLE_Y_MM = 90.0, -30.0, 12.0, 100.0


def body(half_width=64, cranial=12, table=True):
    """A cylinder along S of 90 mm radius; gas 30 mm anterior of its axis; a table shell 10 mm below it; 2 mm voxels."""
    n = 2 * half_width + 1
    grid = VoxelGrid.axis_aligned((cranial, n, n), 2.0, (-2.0 * half_width, -2.0 * half_width, -cranial), "f")
    kji = np.indices(grid.shape_kji).reshape(3, -1).T
    x, y, _ = grid.to_lps(kji[:, ::-1]).T
    hu = np.full(len(x), -1000, np.int16)
    hu[np.hypot(x, y) <= RADIUS_MM] = 40
    hu[np.hypot(x, y - GAS_Y_MM) <= GAS_RADIUS_MM] = -950
    if table:
        hu[(y >= TABLE_Y_MM) & (y <= TABLE_Y_MM + 4) & (np.abs(x) < 100)] = 60
    return Volume(hu=hu.reshape(grid.shape_kji), grid=grid, provenance=Provenance(kind="phantom"))


BODY = body()


@pytest.mark.parametrize("angle_deg", [0, 30, 75, 160, 200, 300])
def test_the_entry_lies_on_the_skin_in_every_direction(angle_deg):
    direction = np.array([np.sin(np.radians(angle_deg)), np.cos(np.radians(angle_deg)), 0.0])
    entry = entry_on_skin(BODY, (0, 0, 0), 50 * direction)
    assert np.linalg.norm(entry) == pytest.approx(RADIUS_MM, abs=1.5)
    assert entry / np.linalg.norm(entry) == pytest.approx(direction, abs=1e-6)


def test_the_table_below_the_skin_is_not_the_skin():
    entry = entry_on_skin(BODY, (0, 0, 0), (0, 40, 0))
    assert entry[1] == pytest.approx(RADIUS_MM, abs=1.5) and entry[1] < TABLE_Y_MM - 5


def test_gas_in_bowel_is_not_the_skin():
    entry = entry_on_skin(BODY, (0, 0, 0), (0, -40, 0))
    assert entry[1] == pytest.approx(-RADIUS_MM, abs=1.5)


def test_a_point_beyond_the_skin_gives_the_same_entry_as_one_before_it():
    near, far = (entry_on_skin(BODY, (10, 20, 0), point) for point in ((10, 30, 0), (10, 120, 0)))
    assert near == pytest.approx(far)


def refused(code, word, volume, target, towards):
    with pytest.raises(PlanError, match=word) as caught:
        entry_on_skin(volume, target, towards)
    assert caught.value.code == code


def test_a_target_in_air_is_refused():
    refused("target-in-air", "lies in air", BODY, (0, 95, 0), (0, 120, 0))


def test_a_target_in_bowel_gas_is_refused():
    refused("target-in-air", "-950 HU", BODY, (0, GAS_Y_MM, 0), (0, 90, 0))


@pytest.mark.parametrize("towards", [(0, 90, 0), (0, -400, 0), (300, 0, 0)])
def test_a_target_outside_the_ct_is_refused_even_if_the_path_passes_through_it(towards):
    for target in ((0, 200, 0), (0, 0, 60), (-200, 0, 0)):
        refused("probe-outside", "outside the CT", BODY, target, towards)


def test_a_target_outside_a_ct_that_cuts_the_body_is_refused():
    refused("probe-outside", "outside the CT", body(half_width=20), (0, 60, 0), (0, -60, 0))


@pytest.mark.parametrize("towards", [(0, 0, 0), (0.5, 0.5, 0)])
def test_a_path_without_direction_is_refused(towards):
    refused("path-no-direction", "same point", BODY, (0, 0, 0), towards)


def test_a_path_that_leaves_the_ct_inside_the_body_is_refused():
    refused("skin-not-in-ct", "leaves the CT", BODY, (0, 0, 0), (0, 0, 40))
    refused("skin-not-in-ct", "leaves the CT", body(half_width=40), (0, 0, 0), (0, 40, 0))
