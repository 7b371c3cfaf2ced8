"""Brush and eraser against the volumes of balls and capsules."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.errors import ImagingError
from imaging.labels import Mask
from imaging.segmentation import paint_stroke
from tests.builders.cases import ball, centred_grid
from tests.builders.volumes import oblique_grid

GRID = centred_grid(30)
EMPTY = Mask.empty(GRID)


@pytest.mark.parametrize("radius_mm", [5.0, 8.5, 12.0])
def test_one_touch_paints_a_ball(radius_mm):
    painted = paint_stroke(EMPTY, (1.2, -2.3, 0.4), radius_mm)
    assert painted.volume_mm3 == pytest.approx(4 / 3 * np.pi * radius_mm**3, rel=0.02)
    assert painted.points_mm().mean(axis=0) == pytest.approx((1.2, -2.3, 0.4), abs=0.15)


@pytest.mark.parametrize("spacing_mm", [0.5, 1.0, 2.0])
def test_a_straight_stroke_paints_a_capsule(spacing_mm):
    painted = paint_stroke(Mask.empty(centred_grid(30, spacing_mm)), [(-10, -3, 0), (12, 4, 6)], 6.0)
    length_mm = np.linalg.norm([22, 7, 6])
    assert painted.volume_mm3 == pytest.approx(np.pi * 36 * length_mm + 4 / 3 * np.pi * 216, rel=0.02)


def test_a_stroke_on_an_oblique_ct_has_the_same_volume():
    grid = oblique_grid((40, 60, 90))
    painted = paint_stroke(Mask.empty(grid), grid.centre_mm, 10.0)
    assert painted.volume_mm3 == pytest.approx(4 / 3 * np.pi * 1000, rel=0.03)


def test_the_eraser_takes_what_the_brush_gave():
    touch = ((3, 0, 0), 6.0)
    assert paint_stroke(paint_stroke(EMPTY, *touch), *touch, erase=True).count == 0


def test_erasing_the_middle_leaves_a_shell():
    shell = paint_stroke(ball(GRID, 12), (0, 0, 0), 8.0, erase=True)
    assert shell.volume_mm3 == pytest.approx(4 / 3 * np.pi * (12**3 - 8**3), rel=0.03)


def test_painting_over_what_is_painted_changes_nothing():
    once = paint_stroke(EMPTY, (0, 0, 0), 7.0)
    assert paint_stroke(once, (0, 0, 0), 7.0).digest == once.digest


def test_erasing_where_nothing_is_changes_nothing():
    assert paint_stroke(EMPTY, (0, 0, 0), 7.0, erase=True).count == 0


@pytest.mark.parametrize("place", [(100, 0, 0), (0, -100, 0), (-500, 500, 500)])
@pytest.mark.parametrize("erase", [True, False])
def test_a_brush_outside_the_image_does_nothing(place, erase):
    mask = ball(GRID, 5)
    assert paint_stroke(mask, place, 8.0, erase=erase).digest == mask.digest


@pytest.mark.parametrize("place", [(30.5, 0, 0), (0, -30.5, 0), (0, 0, 30.5)])
def test_a_brush_on_the_edge_paints_the_half_that_is_inside(place):
    assert paint_stroke(EMPTY, place, 10.0).volume_mm3 == pytest.approx(2 / 3 * np.pi * 1000, rel=0.02)


@pytest.mark.parametrize("radius_mm", [0.0, -1.0, np.nan])
@pytest.mark.parametrize("erase", [True, False])
def test_a_brush_without_a_radius_is_refused(radius_mm, erase):
    with pytest.raises(ImagingError, match="above 0 mm") as refused:
        paint_stroke(EMPTY, (0, 0, 0), radius_mm, erase=erase)
    assert refused.value.code == "brush-radius"
