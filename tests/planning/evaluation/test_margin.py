import numpy as np
import pytest

from imaging.labels import Mask
from imaging.surface import surface_of_field
from planning.evaluation.margin import MAP_COLUMNS, MAP_ROWS, margin_map, margin_of_surface, unrolled
from tests.builders.cases import ball, centred_grid, distances_mm, empty_case, ice_ball, zone_of

CT = centred_grid()
CASE = empty_case(CT)


def exact_ball(radius_mm, centre_mm=(0.0, 0.0, 0.0), grid=CT):
    """The surface of a ball, found below the voxel."""
    return surface_of_field(distances_mm(grid, centre_mm), grid, radius_mm, below=True)


def exact_cylinder(radius_mm, half_mm):
    k, j, i = np.indices(CT.shape_kji) - 40.0
    return surface_of_field(np.maximum(np.hypot(i, j) - radius_mm, np.abs(k) - half_mm), CT, 0.0, below=True)


@pytest.mark.parametrize("centre_mm", [(0, 0, 0), (0.3, -0.4, 0.2), (0.5, 0.5, 0.5), (-0.21, 0.77, 0.13)])
@pytest.mark.parametrize("radius_mm", [6.0, 10.0, 20.0])
def test_margin_of_a_ball_in_a_ball_is_exact_to_a_tenth_of_a_millimetre(radius_mm, centre_mm):
    zone = zone_of(CASE, ice_ball(radius_mm + 4.0))
    found = margin_of_surface(exact_ball(radius_mm, centre_mm), None, zone, -20.0)
    off_mm = np.linalg.norm(centre_mm)
    assert found.smallest_mm == pytest.approx(4.0 - off_mm, abs=0.1)
    assert found.margin_mm.max() == pytest.approx(4.0 + off_mm, abs=0.1)
    assert found.area_mm2.sum() == pytest.approx(4 * np.pi * radius_mm**2, rel=0.01)


def test_margin_of_a_cylinder_in_a_ball():
    found = margin_of_surface(exact_cylinder(8.0, 12.0), None, zone_of(CASE, ice_ball(20.0)), -20.0)
    rim_mm = 20.0 - np.hypot(8.0, 12.0)
    # The rim itself is cut off by half a voxel.
    assert rim_mm - 0.1 <= found.smallest_mm <= rim_mm + 0.5
    assert found.margin_mm.max() == pytest.approx(12.0, abs=0.1)


def test_negative_margin_is_what_stays_untreated():
    found = margin_of_surface(exact_ball(12.0), None, zone_of(CASE, ice_ball(9.0)), -20.0)
    assert found.margin_mm == pytest.approx(np.full(len(found.margin_mm), -3.0), abs=0.1)
    assert found.share_at_least(0.0) == 0.0


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0, 1.0), (0.7, 0.7, 3.0), (1.0, 1.0, 5.0)])
@pytest.mark.parametrize("centre_mm", [(0, 0, 0), (0.3, -0.4, 0.9)])
def test_truth_lies_within_what_the_voxels_allow(spacing_mm, centre_mm):
    count = np.ceil(60 / np.array(spacing_mm)).astype(int)
    grid = type(CT).axis_aligned(
        tuple(count[::-1].tolist()), spacing_mm, -(count - 1) / 2 * np.array(spacing_mm), CT.frame_uid
    )
    mask = Mask.from_array(grid, distances_mm(grid, centre_mm) <= 14.0)
    found = margin_map(mask, zone_of(CASE, ice_ball(18.0)), -20.0)
    truth_mm = 4.0 - np.linalg.norm(centre_mm)
    low_mm, high_mm = found.smallest_within_mm
    assert low_mm <= truth_mm <= high_mm and high_mm - low_mm <= 2 * max(spacing_mm)
    # Read from voxels the smallest margin errs to the careful side.
    assert truth_mm - 0.5 * max(spacing_mm) <= found.smallest_mm <= truth_mm + 0.1


def test_no_zone_no_margin():
    assert margin_map(ball(CT, 5), zone_of(CASE, ice_ball(-50.0)), -20.0) is None


def test_quantiles_count_the_surface_and_not_its_corners():
    found = margin_of_surface(exact_ball(10.0, (0, 0, 3.0)), None, zone_of(CASE, ice_ball(18.0)), -20.0)
    # Seen from the ball's middle 18 mm away all round: the margin grows with the height on the ball.
    assert found.quantile_mm(0.0) == pytest.approx(5.0, abs=0.1)
    assert found.quantile_mm(0.5) == pytest.approx(18 - np.hypot(10, 3), abs=0.15)
    assert found.share_at_least(found.quantile_mm(0.25)) == pytest.approx(0.75, abs=0.01)


@pytest.mark.parametrize(
    ("towards", "row", "column"),
    [
        ((0, -1, 0), MAP_ROWS // 2, MAP_COLUMNS // 2),
        ((1, 0, 0), MAP_ROWS // 2, 3 * MAP_COLUMNS // 4),
        ((-1, 0, 0), MAP_ROWS // 2, MAP_COLUMNS // 4),
        ((0, 0, 1), 0, MAP_COLUMNS // 2),
        ((0, 0, -1), MAP_ROWS - 1, MAP_COLUMNS // 2),
    ],
)
def test_map_shows_every_side_where_its_letter_stands(towards, row, column):
    found = margin_of_surface(exact_ball(10.0), None, zone_of(CASE, ice_ball(14.0)), -20.0)
    corner = unrolled(found).corner[row, column]
    assert np.array(found.place(corner)) / 10 == pytest.approx(np.array(towards), abs=0.35)


def test_back_of_the_lesion_lies_at_both_ends_of_the_map():
    found = margin_of_surface(exact_ball(10.0), None, zone_of(CASE, ice_ball(14.0)), -20.0)
    corners = unrolled(found).corner[MAP_ROWS // 2]
    on_map = corners[corners >= 0]
    for corner in (on_map[0], on_map[-1]):
        assert found.place(corner)[1] > 9.0
    assert (unrolled(found).corner >= 0).mean() == pytest.approx(np.pi / 4, abs=0.03)


def test_where_the_surface_folds_the_map_shows_the_worst():
    # A shell: its inner wall lies deeper in the zone than its outer one, in the same direction.
    radii = distances_mm(CT)
    shell = surface_of_field(np.abs(radii - 8.0), CT, 3.0, below=True)
    found = margin_of_surface(shell, None, zone_of(CASE, ice_ball(15.0)), -20.0)
    shown = unrolled(found).corner
    assert found.margin_mm[shown[shown >= 0]].max() < 5.0 < found.margin_mm.max()
