"""Edits of masks: threshold, islands, holes, smoothing, logic, slices between, mirror, lasso, scribbles, outlines."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.errors import ImagingError
from imaging.geometry import VoxelGrid
from imaging.labels import Box, Mask
from imaging.segmentation import edge_trace, lasso, mirror, morphology
from imaging.segmentation.brush import BrushLimits, paint_stroke
from imaging.segmentation.interpolate import fill_between
from imaging.segmentation.scribble import from_scribbles
from imaging.segmentation.verification import dice
from tests.builders.cases import ball, centred_grid, distances_mm, straight_tube
from tests.builders.volumes import noisy_ball, oblique_grid, volume_of

GRID = centred_grid(30)


def refused(code, act):
    with pytest.raises(ImagingError) as caught:
        act()
    assert caught.value.code == code


# ---------------------------------------------------------------- as a whole


def test_threshold_in_a_box_and_in_a_structure():
    volume = noisy_ball(10, 300, 50, noise_hu=0, grid=GRID)
    assert morphology.threshold(volume, 200, 400, Box.whole(GRID.shape_kji)).digest == ball(GRID, 10).digest
    within = ball(GRID, 8, (5, 0, 0))
    found = morphology.threshold(volume, 200, 400, within)
    assert found.digest == morphology.combine(within, ball(GRID, 10), "intersection").digest
    assert morphology.threshold(volume, 200, 400, Mask.empty(GRID)).count == 0
    refused("threshold-range", lambda: morphology.threshold(volume, 200, 200, within))


def test_islands():
    large, small = ball(GRID, 8, (-10, 0, 0)), ball(GRID, 4, (12, 0, 0))
    both = large.union(small)
    assert morphology.keep_largest(both).digest == large.digest
    assert morphology.keep_at(both, (12, 1, 0)).digest == small.digest
    assert morphology.without_piece_at(both, (12, 1, 0)).digest == large.digest
    assert morphology.without_islands(both, 400).digest == large.digest
    assert morphology.without_islands(both, 100).digest == both.digest
    refused("no-island-there", lambda: morphology.keep_at(both, (0, 0, 0)))
    refused("no-island-there", lambda: morphology.without_piece_at(both, (0, 0, 0)))
    refused("island-size", lambda: morphology.without_islands(both, 0))


def test_holes_are_filled_and_open_ones_are_not():
    shell = ball(GRID, 12).minus(ball(GRID, 6))
    assert morphology.fill_holes(shell).digest == ball(GRID, 12).digest
    bored = shell.minus(Mask.from_array(GRID, np.abs(distances_mm(GRID, (0, 0, 0))) < 0, (0, 0, 0)))
    tunnel = np.zeros(GRID.shape_kji, bool)
    tunnel[30:, 30, 30] = True
    bored = shell.minus(Mask.from_array(GRID, tunnel))
    assert morphology.fill_holes(bored).digest == bored.digest


@pytest.mark.parametrize("sigma_mm", [0.8, 2.0, 4.0])
def test_smoothing_keeps_the_volume_and_takes_the_noise(sigma_mm):
    rough = np.array(ball(GRID, 12).array())
    flip = np.random.default_rng(1).random(rough.shape) < 0.06
    rim = np.abs(distances_mm(GRID) - 12) < 2
    rough[rim & flip] ^= True
    mask = Mask.from_array(GRID, rough)
    made = morphology.smooth(mask, sigma_mm)
    assert made.count == mask.count
    assert dice(made, ball(GRID, 12)) > max(dice(mask, ball(GRID, 12)), 0.97)
    refused("smoothing-range", lambda: morphology.smooth(mask, 0.0))


def test_logic():
    a, b = ball(GRID, 8), ball(GRID, 8, (6, 0, 0))
    union, both, rest = (morphology.combine(a, b, how) for how in ("union", "intersection", "difference"))
    assert union.count == a.count + b.count - both.count
    assert rest.count == a.count - both.count


# ---------------------------------------------------------------- between slices, mirror


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_slices_between_painted_ones_are_filled_by_shape(axis):
    whole = ball(GRID, 12)
    sparse = whole.array()
    keep = np.zeros(61, bool)
    keep[18:43:4] = True
    np.moveaxis(sparse, axis, 0)[~keep] = False
    made = fill_between(Mask.from_array(GRID, sparse), axis)
    assert dice(made, whole) > 0.95
    # What was painted stays as it was painted.
    assert np.array_equal(np.moveaxis(made.array(), axis, 0)[keep], np.moveaxis(sparse, axis, 0)[keep])


def test_an_oblique_structure_does_not_vanish_between_slices():
    sparse = np.zeros(GRID.shape_kji, bool)
    sparse[20] = ball(GRID, 4, (-10, 0, -10)).array()[20]
    sparse[30] = ball(GRID, 4, (10, 0, 0)).array()[30]
    made = fill_between(Mask.from_array(GRID, sparse)).array()
    areas = made[20:31].sum(axis=(1, 2))
    assert areas.min() > 0.85 * areas.max()
    assert np.argwhere(made[25]).mean(axis=0) == pytest.approx([30, 30], abs=0.6)


def test_nothing_between_is_refused():
    refused("nothing-between", lambda: fill_between(ball(GRID, 8)))
    refused("nothing-between", lambda: fill_between(Mask.empty(GRID)))


@pytest.mark.parametrize("points", [((2, -20, 0), (2, 20, 0)), ((2, 0, -20), (2, 0, 25))])
def test_a_structure_is_copied_across_the_midline(points):
    plane = mirror.midline(*points)
    copied = mirror.mirrored(ball(GRID, 6, (14, 5, -3)), plane)
    assert dice(copied, ball(GRID, 6, (-10, 5, -3))) > 0.97
    tube = mirror.mirrored(straight_tube((12, 0, 0), (14, 5, 9)), plane)
    assert tube.points_mm == pytest.approx(np.array([(-8, 0, 0), (-10, 5, 9)]))
    assert mirror.mirrored(copied, plane).count == pytest.approx(copied.count, rel=0.03)


def test_points_that_give_no_midline_are_refused():
    refused("midline-points", lambda: mirror.midline((0, 0, 0), (0, 2, 0)))
    refused("midline-points", lambda: mirror.midline((-20, 0, 0), (20, 0, 0)))
    edge = mirror.midline((25, -9, 0), (25, 9, 0))
    refused("mirror-outside", lambda: mirror.mirrored(ball(GRID, 3, (-20, 0, 0)), edge))


def test_the_bodys_symmetry_gives_the_midline(small_phantom):
    plane = mirror.symmetry_of(small_phantom.volume)
    assert abs(plane.normal[0]) > np.cos(np.deg2rad(3))
    assert abs(plane.reflect([[0.0, 20.0, -20.0]])[0][0]) < 6
    few = small_phantom.volume.grid.crop((0, 0, 0), (5, 5, 5))
    refused("no-midplane", lambda: mirror.symmetry_of(volume_of(small_phantom.volume.hu[:5, :5, :5], few)))


# ---------------------------------------------------------------- by hand


def test_a_lasso_cuts_through_everything_or_within_a_slab():
    square = [(-40, -40, 0), (0.5, -40, 0), (0.5, 40, 0), (-40, 40, 0)]
    half = lasso.cut(ball(GRID, 12), square, (0, 0, 1))
    assert half.count == np.count_nonzero(ball(GRID, 12).points_mm()[:, 0] > 0)
    assert half.points_mm()[:, 0].min() == pytest.approx(1)
    kept = lasso.cut(ball(GRID, 12), square, (0, 0, 1), keep=True)
    assert kept.union(half).digest == ball(GRID, 12).digest and kept.count + half.count == ball(GRID, 12).count
    slab = lasso.cut(ball(GRID, 12), square, (0, 0, 1), half_slab_mm=3.0)
    gone = ball(GRID, 12).minus(slab).points_mm()
    assert np.abs(gone[:, 2]).max() <= 3.0 and gone[:, 0].max() <= 1e-9


def test_a_lasso_on_an_oblique_plane():
    normal = np.array([0.0, 1.0, 1.0]) / np.sqrt(2)
    along = np.array([0.0, 1.0, -1.0]) / np.sqrt(2)
    corners = [np.array([x, 0, 0]) + y * along for x, y in ((-40, 0), (40, 0), (40, 40), (-40, 40))]
    left = lasso.cut(ball(GRID, 12), corners, normal).points_mm()
    assert (left @ along).max() <= 0.75 and (left @ along).min() < -11


def test_a_lasso_around_nothing_is_refused():
    refused("lasso-too-small", lambda: lasso.cut(ball(GRID, 8), [(0, 0, 0), (5, 0, 0)], (0, 0, 1)))
    refused("lasso-too-small", lambda: lasso.cut(ball(GRID, 8), [(0, 0, 0), (5, 0, 0), (9, 0, 0)], (0, 0, 1)))
    refused("lasso-slab", lambda: lasso.cut(ball(GRID, 8), np.eye(3) * 9, (1, 1, 1), half_slab_mm=0))


def test_scribbles_compete():
    volume = noisy_ball(30, 45, 190, noise_hu=20, grid=centred_grid(45))
    inside = np.linspace((-12, 0, 0), (12, 3, 0), 30)
    around = 37 * np.stack([np.cos(t := np.linspace(0, 6.2, 200)), np.sin(t), 0 * t], axis=1)
    assert dice(from_scribbles(volume, inside, around), ball(volume.grid, 30)) > 0.94
    touching = np.linspace((5, -20, 0), (5, 20, 0), 60)
    assert not from_scribbles(volume, inside - [15, 0, 0], touching).contains(touching).any()


def test_scribbles_that_cannot_be_used_are_refused():
    volume = noisy_ball(12, 45, 190, grid=GRID)
    refused("scribble-missing", lambda: from_scribbles(volume, [], [(0, 0, 0)]))
    refused("scribble-missing", lambda: from_scribbles(volume, [(500, 0, 0)], []))
    refused("scribble-conflict", lambda: from_scribbles(volume, [(0, 0, 0)], [(0, 0, 0)]))


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_live_wire_follows_the_edge_of_a_ball(axis):
    volume = noisy_ball(15, 45, 300, noise_hu=20, grid=GRID)
    ends = np.zeros((2, 3))
    ends[0, (2 - axis + 1) % 3], ends[1, (2 - axis + 2) % 3] = 15, 15
    path = edge_trace.live_wire(volume, ends[0], ends[1], axis)
    r_mm = np.linalg.norm(path, axis=1)
    assert np.abs(r_mm - 15).max() < 2 and len(path) > 14
    refused("point-outside", lambda: edge_trace.live_wire(volume, (99, 0, 0), ends[1], axis))


def test_the_live_wire_makes_no_stairs_of_thick_slices():
    grid = VoxelGrid.axis_aligned((13, 61, 61), (1.0, 1.0, 5.0), (-30, -30, -30), "1.2.826.0.1")
    volume = noisy_ball(14, 300, 40, noise_hu=5, grid=grid)
    ends = np.array([[14.0, 0, 0], [-14.0, 0, 0]])
    path = edge_trace.live_wire(volume, ends[0], ends[1], axis=1)
    assert np.abs(path[[0, -1]] - ends).max() <= 0.5
    assert np.linalg.norm(np.diff(path, axis=0), axis=1).max() < 1.5
    assert np.abs(np.linalg.norm(path, axis=1) - 14).mean() < 1.2


def test_a_level_line_is_the_outline_of_a_ball_and_fills_one_slice():
    volume = noisy_ball(12, 45, 300, noise_hu=4, grid=GRID)
    line = edge_trace.level_line(volume, (12, 0, 0))
    assert np.linalg.norm(line, axis=1) == pytest.approx(12, abs=1.2)
    drawn = edge_trace.fill_outline(Mask.empty(GRID), line)
    assert drawn.count == pytest.approx(np.pi * 144, rel=0.08)
    assert edge_trace.fill_outline(drawn, line, erase=True).count == 0
    refused(
        "no-level-line", lambda: edge_trace.level_line(volume_of(np.full((9, 9, 9), 40), centred_grid(4)), (0, 0, 0))
    )
    speckled = np.full((9, 30, 30), 40)
    speckled[:, 15, 15] = 90
    refused(
        "no-level-line",
        lambda: edge_trace.level_line(
            volume_of(speckled, centred_grid(15).crop((0, 0, 0), (9, 30, 30))), (0, 0.6, -12)
        ),
    )
    in_air = noisy_ball(6, 40, -1000, noise_hu=10, grid=GRID)
    refused("level-in-air", lambda: edge_trace.level_line(in_air, (20, 10, 0)))
    refused("point-outside", lambda: edge_trace.level_line(in_air, (99, 0, 0)))
    refused("outline-too-short", lambda: edge_trace.fill_outline(drawn, line[:2]))


def test_a_disc_paints_one_slice_and_hu_limits_hold():
    volume = noisy_ball(6, 300, 50, noise_hu=0, grid=GRID)
    disc = paint_stroke(Mask.empty(GRID), (0, 0, 0.2), 10, limits=BrushLimits(flat_along=np.array([0.0, 0, 1])))
    assert set(disc.points_mm()[:, 2]) == {0.0}
    assert disc.count == pytest.approx(np.pi * 100, rel=0.04)
    dense = paint_stroke(Mask.empty(GRID), (0, 0, 0), 10, limits=BrushLimits(volume=volume, low_hu=200))
    assert dense.digest == ball(GRID, 6).digest
    off = paint_stroke(Mask.empty(GRID), (0, 0, 0), 10, limits=BrushLimits(keep_off=(ball(GRID, 6),)))
    assert morphology.combine(off, ball(GRID, 6), "intersection").count == 0


def test_a_brush_keeps_off_a_nerve_wherever_it_runs():
    root = straight_tube((-40, 3, -2), (40, 4, 5), 2.5).resampled(2.0)
    stroke = [(-8, 0, 0), (2, 6, 0), (12, 0, 3)]
    free, off = (
        paint_stroke(Mask.empty(GRID), stroke, 6, limits=BrushLimits(keep_off=shapes)) for shapes in ((), (root,))
    )
    assert off.digest == free.minus(morphology.painted(root, GRID)).digest and off.count < free.count


def test_a_nerve_as_voxels():
    root = straight_tube((-12, 0, 0), (12, 3, 4), 4.0)
    voxels = morphology.painted(root, GRID)
    assert voxels.volume_mm3 == pytest.approx(np.pi * 16 * root.length_mm + 4 / 3 * np.pi * 64, rel=0.03)
    assert root.contains(voxels.points_mm()).all()
    assert morphology.painted(voxels, GRID) is voxels
    assert morphology.painted(straight_tube((200, 0, 0), (220, 0, 0), 2.0), GRID).count == 0


def test_a_disc_on_an_oblique_ct_is_one_slice_thick():
    grid = oblique_grid((40, 60, 90))
    along = grid.directions[:, 2]
    disc = paint_stroke(Mask.empty(grid), grid.to_lps([45, 30, 20]), 10, limits=BrushLimits(flat_along=along))
    assert disc.box.start_kji[0] == 20 and disc.box.shape_kji[0] == 1


def test_edits_work_on_thick_slices():
    grid = VoxelGrid.axis_aligned((13, 61, 61), (1.0, 1.0, 5.0), (-30, -30, -30), "1.2.826.0.1")
    made = morphology.smooth(ball(grid, 14), 2.0)
    assert made.count == ball(grid, 14).count and dice(made, ball(grid, 14)) > 0.93
