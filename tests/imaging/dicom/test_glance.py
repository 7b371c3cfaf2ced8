"""The first slice is there before the series is looked at; pixels read the short way are those that pydicom gives."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest

from imaging.dicom import first_glance
from imaging.dicom.read import hu_of, stored_pixels


@pytest.fixture
def folder(phantom_folder: Path, tmp_path: Path) -> Path:
    """A copy of the phantom's series that a test may break."""
    copy = tmp_path / "series"
    shutil.copytree(phantom_folder, copy)
    return copy


def test_the_middle_slice_is_seen_at_its_true_size(phantom_folder: Path, small_phantom):
    glance = first_glance(phantom_folder)
    hu = small_phantom.volume.hu
    assert np.array_equal(glance.hu, hu[len(hu) // 2])
    assert glance.pixel_mm == pytest.approx(tuple(small_phantom.volume.grid.spacing_ijk_mm[:2]))


def test_a_folder_without_an_axial_ct_shows_nothing(folder: Path, tmp_path: Path):
    assert first_glance(tmp_path / "none") is None
    for path in folder.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.Modality = "MR"
        dataset.save_as(path)
    assert first_glance(folder) is None
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "a.txt").write_text("no image")
    assert first_glance(tmp_path / "words") is None


def test_a_broken_file_is_passed_over(folder: Path):
    files = sorted(folder.iterdir())
    middle = files[len(files) // 2]
    middle.write_bytes(middle.read_bytes()[:900])
    assert first_glance(folder) is not None


@pytest.mark.parametrize("signed", [0, 1])
@pytest.mark.parametrize("stored_bits", [12, 16])
def test_pixels_are_those_that_pydicom_decodes(phantom_folder: Path, signed: int, stored_bits: int):
    dataset = pydicom.dcmread(sorted(phantom_folder.iterdir())[30])
    shape = dataset.Rows, dataset.Columns
    # Bits beyond those stored are of something else, an overlay for instance.
    dataset.PixelData = np.random.default_rng(3).integers(0, 2**16, shape, dtype=np.uint16).tobytes()
    dataset.PixelRepresentation, dataset.BitsStored, dataset.HighBit = signed, stored_bits, stored_bits - 1
    read = stored_pixels(dataset)
    assert read.dtype.kind == ("i" if signed else "u")
    assert np.array_equal(read, dataset.pixel_array)


@pytest.mark.parametrize(("slope", "intercept"), [("1", "-1024"), ("1", "-1000.5"), ("0.5", "-24.25"), ("2", "-30000")])
def test_hounsfield_units_are_the_rounded_formula(phantom_folder: Path, slope: str, intercept: str):
    dataset = pydicom.dcmread(sorted(phantom_folder.iterdir())[30])
    dataset.RescaleSlope, dataset.RescaleIntercept = slope, intercept
    values = dataset.pixel_array.astype(float) * float(slope) + float(intercept)
    outside = values < -1024
    values[outside] = -1000
    hu, padded = hu_of(dataset, Path("one"))
    assert hu.dtype == np.int16 and padded == int(outside.sum())
    assert np.array_equal(hu, np.clip(np.rint(values), -1024, 32767).astype(np.int16))
