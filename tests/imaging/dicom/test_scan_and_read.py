"""Series in any disk order, and the broken ones: each is named, none is shown as sound."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest

from imaging.dicom import choose_series, read_series, scan_folder
from imaging.errors import ImagingError
from imaging.opening import open_ct


@pytest.fixture
def folder(phantom_folder: Path, tmp_path: Path) -> Path:
    """A copy of the phantom's series that a test may break."""
    copy = tmp_path / "series"
    shutil.copytree(phantom_folder, copy)
    return copy


def edit(path: Path, **tags: object) -> None:
    dataset = pydicom.dcmread(path)
    for name, value in tags.items():
        setattr(dataset, name, value)
    dataset.save_as(path)


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir(), key=lambda p: float(pydicom.dcmread(p).ImagePositionPatient[2]))


def refusal(folder: Path) -> ImagingError:
    with pytest.raises(ImagingError) as refused:
        open_ct(folder)
    return refused.value


def test_order_on_disk_does_not_matter(folder: Path, small_phantom):
    paths = list(folder.iterdir())
    np.random.default_rng(5).shuffle(paths)
    for n, path in enumerate(paths):
        path.rename(folder / f"{n:04d}-shuffled")
    volume = open_ct(folder)
    assert np.array_equal(volume.hu, small_phantom.volume.hu)
    assert volume.grid.same_as(small_phantom.volume.grid)
    assert volume.provenance.synthetic
    assert volume.provenance.patient_position == "HFS"


def test_missing_slice_is_named_and_refused(folder: Path):
    files(folder)[20].unlink()
    (series,) = scan_folder(folder)
    assert [f.code for f in series.findings] == ["missing-slice"]
    assert "1 slice is missing" in series.findings[0].message
    assert not series.readable and series.spacing_mm is None
    assert refusal(folder).code == "missing-slice"


def test_duplicate_position_is_refused(folder: Path):
    first, second = files(folder)[10:12]
    edit(second, ImagePositionPatient=pydicom.dcmread(first).ImagePositionPatient)
    assert refusal(folder).code == "duplicate-position"


def test_mixed_frame_is_refused(folder: Path):
    edit(files(folder)[3], FrameOfReferenceUID="1.2.3.4")
    assert refusal(folder).code == "mixed-frame"


def test_turned_slice_is_refused(folder: Path):
    edit(files(folder)[3], ImageOrientationPatient=[1, 0, 0, 0, 0.999, 0.0447])
    assert refusal(folder).code == "mixed-orientation"


def test_tilted_gantry_is_shifted_upright_and_said(folder: Path, small_phantom):
    tilt = np.tan(np.radians(15.0))
    for path in folder.iterdir():
        position = [float(v) for v in pydicom.dcmread(path).ImagePositionPatient]
        edit(path, ImagePositionPatient=[position[0], position[1] + tilt * position[2], position[2]])
    volume = open_ct(folder)
    assert [f.code for f in volume.findings] == ["gantry-tilt"]
    assert "15.0°" in volume.findings[0].message
    assert volume.grid.directions == pytest.approx(np.eye(3), abs=1e-6)
    # The image content follows its own position: slice k was moved back by what the tilt moved it.
    truth = small_phantom.volume
    k = 60
    shift = tilt * (truth.grid.to_lps([0, 0, k])[2] - truth.grid.to_lps([0, 0, 0])[2]) / 3.0
    rows = np.arange(25, 60)
    moved = np.stack([np.interp(rows - shift, np.arange(84), truth.hu[k, :, i].astype(float)) for i in range(128)], 1)
    assert np.abs(volume.hu[k][rows] - moved).max() <= 1.0


def test_tilted_real_series_is_found():
    from tests.conftest import real_data

    folder = real_data() / "tilted_phantom"
    if not folder.is_dir():
        pytest.skip("no tilted series")
    (series,) = scan_folder(folder)
    assert [f.code for f in series.findings] == ["gantry-tilt"]
    assert series.findings[0].values["tilt_deg"] == pytest.approx(16.5, abs=0.1)


def test_non_integer_rescale_and_padding(folder: Path):
    for path in folder.iterdir():
        edit(path, RescaleSlope="0.5", RescaleIntercept="-24.25")
    one = files(folder)[0]
    dataset = pydicom.dcmread(one)
    stored = dataset.pixel_array.astype(np.int16)
    stored[0, :3] = -6000
    dataset.PixelData = stored.tobytes()
    dataset.PixelRepresentation = 1
    dataset.save_as(one)
    volume = open_ct(folder)
    expected = np.rint(stored.astype(float) * 0.5 - 24.25)
    assert (volume.hu[0, 0, :3] == -1000).all()
    assert volume.hu[0, 5:] == pytest.approx(np.maximum(expected[5:], -1024), abs=0.51)
    assert "padding-to-air" in [f.code for f in volume.findings]


def test_right_series_among_several(folder: Path, small_phantom):
    for n, path in enumerate(files(folder)[:5]):
        copy = folder / f"scout-{n}.dcm"
        shutil.copy(path, copy)
        edit(copy, SeriesInstanceUID="1.2.9", SOPInstanceUID=f"1.2.9.{n}", SeriesDescription="Scout", Modality="CT")
    found = scan_folder(folder)
    assert [len(s.slices) for s in found] == [small_phantom.volume.grid.shape_kji[0], 5]
    assert choose_series(found).uid == found[0].uid
    assert choose_series(found, "1.2.9").description == "Scout"
    with pytest.raises(ImagingError, match=r"9\.9\.9 is not in this folder.*Scout"):
        choose_series(found, "9.9.9")
    assert found[0].orientation == "axial"


def test_empty_folder(tmp_path: Path):
    assert refusal(tmp_path).code == "folder-empty"


def test_folder_of_photographs(tmp_path: Path):
    for n in range(3):
        (tmp_path / f"holiday{n}.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(500))
    error = refusal(tmp_path)
    assert error.code == "no-dicom"
    assert "3 .jpg" in error.message


def test_one_slice(folder: Path):
    for path in files(folder)[1:]:
        path.unlink()
    assert refusal(folder).code == "single-slice"


def test_truncated_file_is_named(folder: Path):
    broken = files(folder)[7]
    data = broken.read_bytes()
    broken.write_bytes(data[: len(data) // 2])
    error = refusal(folder)
    assert error.code == "file-truncated"
    assert broken.name in error.message


def test_magnetic_resonance_is_not_taken_for_ct(folder: Path):
    for path in folder.iterdir():
        edit(path, Modality="MR")
    error = refusal(folder)
    assert error.code == "not-ct"
    with pytest.raises(ImagingError, match="MR, not CT"):
        read_series(scan_folder(folder)[0])


def test_path_that_does_not_exist(tmp_path: Path):
    assert refusal(tmp_path / "nowhere").code == "path-missing"
