"""Needles painted into a CT are found to a fraction of a voxel; what is no needle is not taken for one."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.geometry import VoxelGrid
from imaging.needle_finding import NeedleError, find_needles
from tests.builders.cases import FRAME
from tests.builders.check_scans import with_needle
from tests.builders.volumes import volume_of


def flesh(slice_mm=1.0, height_mm=60.0, noise_hu=20.0, bone=True):
    """Tissue with its skin at y = 60 mm, air behind it, and a block of dense bone."""
    shape = (round(height_mm / slice_mm), 160, 120)
    grid = VoxelGrid.axis_aligned(shape, (0.8, 0.8, slice_mm), (-48, -20, -height_mm / 2), FRAME)
    y = grid.to_lps(np.stack([np.zeros(160), np.arange(160), np.zeros(160)], axis=1))[:, 1]
    hu = np.broadcast_to(np.where(y < 60, 40.0, -1000.0)[None, :, None], shape).copy()
    if bone:
        hu[:, :50, 20:100] = 700.0
    hu += np.random.default_rng(1).normal(0, noise_hu, shape)
    return volume_of(hu, grid)


def only(search):
    assert len(search.needles) == 1, search.other
    return search.needles[0]


@pytest.mark.parametrize(
    ("slice_mm", "diameter_mm", "tip_within_mm", "angle_within_deg"),
    [(1.0, 1.5, 0.5, 0.2), (1.0, 2.4, 0.6, 0.2), (2.0, 1.5, 0.8, 0.6), (3.0, 1.5, 1.2, 0.8), (3.0, 2.4, 0.8, 0.6), (5.0, 2.4, 1.2, 1.2)],
)  # fmt: skip
def test_tip_and_direction_come_back(slice_mm, diameter_mm, tip_within_mm, angle_within_deg):
    ct = flesh(slice_mm)
    for axis in ([0.3, 1.0, 0.12], [-0.2, 1.0, -0.2]):
        axis = np.array(axis) / np.linalg.norm(axis)
        tip = np.array([2.3, 7.6, 1.4])
        found = only(find_needles(with_needle(ct, tip, axis, diameter_mm, length_mm=90)))
        assert np.linalg.norm(found.tip_mm - tip) < tip_within_mm
        assert np.degrees(np.arccos(found.direction @ axis)) < angle_within_deg
        assert found.visible_mm == pytest.approx(90, abs=2.5) and found.residual_mm < 1.2


def test_a_hub_beyond_the_edge_of_the_ct_is_said():
    axis = np.array([0.0, 1.0, 0.5]) / np.hypot(1, 0.5)
    found = only(find_needles(with_needle(flesh(height_mm=40), (0, 10, -10), axis, 2.0)))
    assert found.leaves_ct and found.direction @ axis > 0.999
    assert found.hub_mm[2] == pytest.approx(20, abs=2)


def test_several_needles_are_told_apart_even_where_they_cross():
    ct = with_needle(flesh(), (-10, 5, 0), (0.3, 1, 0), 1.5, length_mm=90)
    ct = with_needle(ct, (14, 8, 3), (-0.25, 1, -0.05), 1.5, length_mm=80)
    search = find_needles(ct)
    tips = sorted(search.needles, key=lambda n: n.tip_mm[0])
    assert [n.tip_mm.round(0).tolist() for n in tips] == [[-10, 5, 0], [14, 8, 3]]


def test_a_prior_leaves_out_what_lies_elsewhere():
    ct = with_needle(flesh(), (-30, 5, 0), (0, 1, 0), 1.5, length_mm=90)
    ct = with_needle(ct, (30, 5, 0), (0, 1, 0), 1.5, length_mm=90)
    near = [(np.array([28.0, 0.0, 0.0]), np.array([28.0, 60.0, 0.0]))]
    assert only(find_needles(ct, near=near, within_mm=20)).tip_mm[0] == pytest.approx(30, abs=0.5)


def test_no_metal_and_dense_bone_are_no_needle():
    ct = flesh()
    hu = ct.hu.copy()
    hu[10:50, 20:24, 20:90] = 1900  # a plate of very dense cortex
    for volume in (ct, volume_of(hu, ct.grid)):
        search = find_needles(volume)
        assert not search.needles
        with pytest.raises(NeedleError) as refused:
            search.require_any()
        assert refused.value.code == "needle-not-found"


def test_a_screw_is_said_to_be_hardware():
    search = find_needles(with_needle(flesh(), (0, 5, 0), (0.1, 1, 0), 6.5, length_mm=45))
    assert not search.needles
    with pytest.raises(NeedleError, match="wide: a screw"):
        search.require_any()


@pytest.mark.parametrize("sagitta_mm", [3, 5, 9, 14])
def test_a_bent_needle_is_refused(sagitta_mm):
    ct = flesh()
    for y in range(5, 90, 2):
        start, stop = ((sagitta_mm * ((at - 45) / 40) ** 2, at, 0) for at in (y, y + 2))
        ct = with_needle(ct, start, np.subtract(stop, start), 1.5, length_mm=2.2)
    search = find_needles(ct)
    assert not search.needles
    assert any("bent" in words for words in search.other)


def test_without_a_tip_in_the_ct_there_is_no_needle():
    ct = with_needle(flesh(height_mm=30), (0, 10, -60), (0, 0.5, 1), 2.0, length_mm=150)
    search = find_needles(ct)
    assert not search.needles and "no tip is shown" in search.other[0]


def test_a_needle_that_ends_in_tissue_at_both_ends_has_no_hub():
    ct = with_needle(flesh(), (0, 0, 0), (0, 1, 0), 1.5, length_mm=40)
    search = find_needles(ct)
    assert not search.needles and "both ends" in search.other[0]


@pytest.mark.parametrize("seed", range(6))
def test_a_thin_needle_in_slices_too_thick_is_refused_rather_than_cut_short(seed):
    """In slices of 5 mm a shaft of 1.5 mm shows as pieces, each of which alone would be a needle with a wrong tip."""
    rng = np.random.default_rng(seed)
    axis = np.array([rng.uniform(-0.4, 0.4), 1.0, rng.choice([-1, 1]) * rng.uniform(0.12, 0.25)])
    tip = rng.uniform(-6, 6, 3)
    search = find_needles(with_needle(flesh(5.0), tip, axis, 1.5, length_mm=90))
    for needle in search.needles:
        assert np.linalg.norm(needle.tip_mm - tip) < 3.0
    assert search.needles or search.other
