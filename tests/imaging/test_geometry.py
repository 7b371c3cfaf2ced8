"""Grids and masks: coordinates in every orientation, refusals, and bricks that are shared."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from imaging.errors import GeometryError
from imaging.geometry import VoxelGrid
from imaging.labels import BRICK, Box, Mask


def grid(shape=(40, 50, 60), spacing=(1.0, 1.5, 2.0), origin=(-10.0, 5.0, 100.0), frame="1.2.3"):
    return VoxelGrid.axis_aligned(shape, spacing, origin, frame)


@pytest.mark.parametrize(
    ("order", "signs"), itertools.product(itertools.permutations(range(3)), itertools.product((1, -1), repeat=3))
)
def test_index_and_world_are_inverse_in_every_orientation(order, signs):
    matrix = np.eye(4)
    matrix[:3, :3] = np.eye(3)[list(order)] * np.array(signs) * [0.7, 0.9, 3.0]
    matrix[:3, 3] = [4.0, -5.0, 6.0]
    oriented = VoxelGrid(shape_kji=(7, 8, 9), lps_from_ijk=matrix, frame_uid="f")
    ijk = np.array([[0, 0, 0], [8, 7, 6], [1.5, 2.25, 3.0]])
    assert oriented.to_ijk(oriented.to_lps(ijk)) == pytest.approx(ijk)
    assert oriented.spacing_ijk_mm == pytest.approx([0.7, 0.9, 3.0])
    assert oriented.contains(oriented.to_lps(ijk)).all()
    assert not oriented.contains(oriented.to_lps([[-0.6, 0, 0]])).any()


def test_cropped_grid_lies_where_it_was_cut():
    cropped = grid().crop((3, 4, 5), (10, 20, 30))
    assert cropped.shape_kji == (7, 16, 25)
    assert cropped.to_lps([0, 0, 0]) == pytest.approx(grid().to_lps([5, 4, 3]))


@pytest.mark.parametrize(
    ("matrix", "code"), [(np.zeros((4, 4)), "grid-singular"), (np.full((4, 4), np.nan), "grid-matrix-invalid")]
)
def test_impossible_geometry_is_refused(matrix, code):
    with pytest.raises(GeometryError) as refused:
        VoxelGrid(shape_kji=(1, 1, 1), lps_from_ijk=matrix, frame_uid="f")
    assert refused.value.code == code


def test_grids_of_different_frames_are_not_combined():
    with pytest.raises(GeometryError, match="another frame of reference") as refused:
        grid().require_same(grid(frame="9.9"), "The mask")
    assert refused.value.code == "frame-mismatch"
    with pytest.raises(GeometryError, match="other voxels"):
        grid().require_same(grid(spacing=(1, 1, 1)), "The mask")


def test_mask_round_trip_and_measures():
    rng = np.random.default_rng(3)
    array = rng.random((40, 50, 60)) > 0.97
    mask = Mask.from_array(grid(), array)
    assert np.array_equal(mask.array(), array)
    assert mask.count == array.sum()
    assert mask.volume_mm3 == pytest.approx(array.sum() * 3.0)
    kji = np.argwhere(array)
    assert mask.box == Box(tuple(kji.min(0).tolist()), tuple((kji.max(0) + 1).tolist()))
    assert mask.contains(grid().to_lps(kji[:50, ::-1])).all()
    assert not mask.contains(grid().to_lps(np.argwhere(~array)[:50, ::-1])).any()


def test_an_edit_shares_untouched_bricks_and_leaves_the_old_mask_alone():
    big = grid(shape=(4 * BRICK, 4 * BRICK, 4 * BRICK))
    whole = Mask.from_array(big, np.ones(big.shape_kji, bool))
    box = Box((5, 5, 5), (9, 9, 9))
    edited = whole.with_box(box, np.zeros(box.shape_kji, bool))
    assert whole.count - edited.count == 64
    assert whole.array(box).all() and not edited.array(box).any()
    seen: set[int] = set()
    whole.unshared_bytes(seen)
    assert edited.unshared_bytes(seen) == BRICK**3


def test_digest_follows_the_voxels():
    a = Mask.from_array(grid(), np.ones((2, 2, 2), bool), (1, 1, 1))
    b = Mask.from_array(grid(), np.ones((2, 2, 2), bool), (1, 1, 1))
    c = Mask.from_array(grid(), np.ones((2, 2, 2), bool), (1, 1, 2))
    assert a.digest == b.digest != c.digest
    assert a.digest != Mask.from_array(grid(frame="other"), np.ones((2, 2, 2), bool), (1, 1, 1)).digest


def test_an_edit_outside_the_grid_is_refused():
    with pytest.raises(GeometryError, match="outside the image"):
        Mask.empty(grid()).with_box(Box((39, 0, 0), (41, 1, 1)), np.ones((2, 1, 1), bool))


def test_union_and_minus():
    a = Mask.from_array(grid(), np.ones((4, 4, 4), bool), (0, 0, 0))
    b = Mask.from_array(grid(), np.ones((4, 4, 4), bool), (2, 0, 0))
    assert a.union(b).count == 96
    assert a.minus(b).count == 32
    assert a.minus(a).count == 0 and a.minus(a).box.empty
