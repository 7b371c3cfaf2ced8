"""NIfTI, NRRD and MHA: what is written comes back, and what is no CT is refused."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.errors import GeometryError, ImagingError
from imaging.files import is_volume_file, read_label_map, read_volume, write_volume
from imaging.geometry import VoxelGrid
from tests.builders.volumes import oblique_grid

STRAIGHT = VoxelGrid.axis_aligned((9, 11, 13), (0.75, 1.5, 2.5), (-31.5, 12.25, -765.0), "1.2.3")
MIRRORED = VoxelGrid(shape_kji=(9, 11, 13), lps_from_ijk=np.diag([-0.75, 1.5, -2.5, 1.0]), frame_uid="1.2.3")
GRIDS = {"straight": STRAIGHT, "mirrored": MIRRORED, "oblique": oblique_grid()}
FORMATS = [".nii", ".nii.gz", ".nrrd", ".mha"]


def hu(grid, seed=4):
    return np.random.default_rng(seed).integers(-1000, 1500, grid.shape_kji).astype(np.int16)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("name", GRIDS)
def test_voxels_and_geometry_come_back(tmp_path, suffix, name):
    grid, path = GRIDS[name], tmp_path / f"ct{suffix}"
    write_volume(path, hu(grid), grid)
    again = read_volume(path)
    assert np.array_equal(again.hu, hu(grid))
    corners = np.array([[0, 0, 0], [12, 10, 8], [12, 0, 0], [0, 10, 0], [0, 0, 8]])
    assert again.grid.to_lps(corners) == pytest.approx(grid.to_lps(corners), abs=1e-3)
    assert is_volume_file(path)


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_label_map_on_the_ct_gives_a_mask_a_label(tmp_path, suffix):
    grid, path = GRIDS["oblique"], tmp_path / f"labels{suffix}"
    labels = np.zeros(grid.shape_kji, np.uint8)
    labels[2:4, 3:5, 6:9] = 1
    labels[5, 5, 5] = 7
    write_volume(path, labels, grid)
    masks = read_label_map(path, grid)
    assert {n: m.count for n, m in masks.items()} == {1: 12, 7: 1}
    assert all(np.array_equal(m.array(), labels == n) and m.grid is grid for n, m in masks.items())


@pytest.mark.parametrize(
    "other",
    [
        VoxelGrid.axis_aligned((9, 11, 12), (0.75, 1.5, 2.5), (-31.5, 12.25, -765.0), "1.2.3"),
        VoxelGrid.axis_aligned((9, 11, 13), (0.75, 1.5, 2.4), (-31.5, 12.25, -765.0), "1.2.3"),
        VoxelGrid.axis_aligned((9, 11, 13), (0.75, 1.5, 2.5), (-31.5, 12.75, -765.0), "1.2.3"),
        MIRRORED,
        GRIDS["oblique"],
    ],
    ids=["voxels", "spacing", "origin", "mirrored", "turned"],
)
def test_a_label_map_on_other_voxels_is_refused(tmp_path, other):
    path = tmp_path / "labels.nrrd"
    write_volume(path, np.ones(other.shape_kji, np.uint8), other)
    with pytest.raises(GeometryError, match=r"labels\.nrrd .* does not lie on the CT's voxels") as refused:
        read_label_map(path, STRAIGHT)
    assert refused.value.code == "grid-mismatch"


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
def test_a_label_map_taken_for_a_ct_is_refused(tmp_path, dtype):
    path = tmp_path / "labels.nii.gz"
    labels = np.zeros(STRAIGHT.shape_kji, dtype)
    labels[2:4] = 3
    write_volume(path, labels, STRAIGHT)
    with pytest.raises(ImagingError, match="0 to 3, which are not Hounsfield units") as refused:
        read_volume(path)
    assert refused.value.code == "not-ct"


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_an_mr_with_a_few_values_below_zero_is_refused(tmp_path, dtype):
    """Resampling an MR overshoots at edges, so that not all of its values are positive."""
    path = tmp_path / "mr.nii.gz"
    values = np.random.default_rng(1).integers(20, 900, STRAIGHT.shape_kji)
    values[0, 0, :2] = -14
    write_volume(path, values.astype(dtype), STRAIGHT)
    with pytest.raises(ImagingError, match="neither air nor fat") as refused:
        read_volume(path)
    assert refused.value.code == "not-ct"


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_a_file_that_was_cut_off_is_refused(tmp_path, suffix, share):
    path = tmp_path / f"ct{suffix}"
    write_volume(path, hu(STRAIGHT), STRAIGHT)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ImagingError, match="cannot be read") as refused:
        read_volume(path)
    assert refused.value.code == "file-unreadable"


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_letter_under_the_name_of_a_volume_is_refused(tmp_path, suffix):
    path = tmp_path / f"ct{suffix}"
    path.write_text("Dear colleague, the CT is attached.")
    with pytest.raises(ImagingError, match=r"ct\..* cannot be read") as refused:
        read_volume(path)
    assert refused.value.code == "file-unreadable"


def test_a_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(ImagingError, match=r"no file .*gone\.nii") as refused:
        read_volume(tmp_path / "gone.nii")
    assert refused.value.code == "file-missing"
    with pytest.raises(ImagingError, match=r"gone\.nii"):
        read_label_map(tmp_path / "gone.nii", STRAIGHT)


def test_scanner_padding_and_missing_values_read_as_air(tmp_path):
    path = tmp_path / "ct.nrrd"
    values = hu(STRAIGHT).astype(np.float32)
    values[0, 0, :3] = [-3024, np.nan, -2000]
    write_volume(path, values, STRAIGHT)
    assert read_volume(path).hu[0, 0, :3].tolist() == [-1000] * 3


def test_two_different_files_do_not_share_a_frame_of_reference(tmp_path):
    for n in (1, 2):
        write_volume(tmp_path / f"{n}.nii", hu(STRAIGHT, seed=n), STRAIGHT)
    assert read_volume(tmp_path / "1.nii").grid.frame_uid != read_volume(tmp_path / "2.nii").grid.frame_uid
