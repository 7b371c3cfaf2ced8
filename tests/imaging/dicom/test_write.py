"""Writing a CT series, and reading it back with other people's readers."""

import hashlib
import random
import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK

from imaging.dicom.write import write_ct_series
from imaging.errors import GeometryError
from imaging.geometry import VoxelGrid
from imaging.volume import Provenance, Volume


def _rotation(axis, degrees):
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    a, b = (axis + 1) % 3, (axis + 2) % 3
    out = np.eye(3)
    out[a, a], out[a, b], out[b, a], out[b, b] = c, -s, s, c
    return out


DIRECTIONS = {
    "axial": np.eye(3),
    "prone": np.diag([-1.0, -1.0, 1.0]),
    "sagittal": np.array([[0, 0, 1.0], [1, 0, 0], [0, 1, 0]]),
    "coronal": np.array([[1, 0, 0], [0, 0, 1.0], [0, -1, 0]]),
    "oblique": _rotation(0, 12) @ _rotation(1, -7) @ _rotation(2, 25),
    "feet first stack": np.diag([1.0, 1.0, -1.0]),
}


ALWAYS_WRITTEN = [
    *("AccessionNumber", "AcquisitionNumber", "FrameOfReferenceUID", "InstanceNumber", "KVP", "Laterality"),
    *("PatientBirthDate", "PatientID", "PatientName", "PatientSex", "PhotometricInterpretation"),
    *("PositionReferenceIndicator", "ReferringPhysicianName", "SeriesNumber", "SliceThickness"),
    *("SpacingBetweenSlices", "StudyDate", "StudyID", "StudyInstanceUID", "StudyTime", "WindowCenter"),
]


def _volume(directions, position="HFS", shape=(6, 10, 8)):
    matrix = np.eye(4)
    matrix[:3, :3] = directions @ np.diag([0.7, 0.9, 1.3])
    matrix[:3, 3] = (-31.25, 17.5, -402.75)
    grid = VoxelGrid(shape_kji=shape, lps_from_ijk=matrix, frame_uid="2.25.77")
    hu = np.random.default_rng(3).integers(-1024, 3072, shape).astype(np.int16)
    where = Provenance(kind="phantom", description="Synthetic pelvis", patient_position=position, synthetic=True)
    return Volume(hu=hu, grid=grid, provenance=where)


def _read(folder):
    names = SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder))
    return SimpleITK.ReadImage(names)


@pytest.mark.parametrize("name", DIRECTIONS)
def test_any_orientation_comes_back(tmp_path, name):
    volume = _volume(DIRECTIONS[name])
    written = write_ct_series(volume, tmp_path / "in")
    shuffled = tmp_path / "shuffled"
    shuffled.mkdir()
    names = [f"IM{n}" for n in range(len(written))]
    random.Random(5).shuffle(names)
    for path, new in zip(written, names, strict=True):
        shutil.copy(path, shuffled / new)

    image = _read(shuffled)
    hu = SimpleITK.GetArrayFromImage(image)
    k, j, i = np.indices(hu.shape)
    matrix = np.array(image.GetDirection()).reshape(3, 3) @ np.diag(image.GetSpacing())
    lps = np.stack([i, j, k], axis=-1) @ matrix.T + image.GetOrigin()
    back = np.rint(volume.grid.to_ijk(lps)).astype(int)

    assert np.allclose(volume.grid.to_lps(back), lps, atol=1e-4)
    assert np.array_equal(hu, volume.hu[back[..., 2], back[..., 1], back[..., 0]])
    assert len(np.unique(back.reshape(-1, 3), axis=0)) == hu.size


def test_tags_of_a_scanner(tmp_path):
    paths = write_ct_series(_volume(np.eye(3), "HFP"), tmp_path)
    first, second = (pydicom.dcmread(p) for p in paths[:2])
    assert first.SOPClassUID == pydicom.uid.CTImageStorage
    assert first.file_meta.MediaStorageSOPInstanceUID == first.SOPInstanceUID != second.SOPInstanceUID
    assert first.SeriesInstanceUID == second.SeriesInstanceUID
    assert first.SeriesInstanceUID.startswith("2.25.")
    assert (first.PatientPosition, first.RescaleSlope, first.RescaleIntercept) == ("HFP", 1, -1024)
    assert list(first.ImageType) == ["DERIVED", "SECONDARY", "AXIAL"]
    assert "synthetic" in first.Manufacturer
    assert first.BurnedInAnnotation == "NO" and first.PatientIdentityRemoved == "YES"
    assert [float(v) for v in first.PixelSpacing] == [0.9, 0.7]
    assert float(second.ImagePositionPatient[2]) - float(first.ImagePositionPatient[2]) == pytest.approx(1.3)
    missing = [name for name in ALWAYS_WRITTEN if name not in first]
    assert missing == []


def test_the_same_volume_gives_the_same_files(tmp_path):
    def digests(folder):
        return [hashlib.sha256(p.read_bytes()).hexdigest() for p in write_ct_series(_volume(np.eye(3)), folder)]

    assert digests(tmp_path / "a") == digests(tmp_path / "b")


def test_another_patient_gets_other_uids(tmp_path):
    volume = _volume(np.eye(3))
    one = pydicom.dcmread(write_ct_series(volume, tmp_path / "a")[0])
    two = pydicom.dcmread(write_ct_series(volume, tmp_path / "b", patient_id="PHANTOM-2")[0])
    assert one.SeriesInstanceUID != two.SeriesInstanceUID


def test_refuses_a_sheared_stack(tmp_path):
    sheared = np.eye(3)
    sheared[1, 2] = 0.3
    with pytest.raises(GeometryError) as refusal:
        write_ct_series(_volume(sheared), tmp_path)
    assert refusal.value.code == "dicom-write-sheared"
    assert not list(Path(tmp_path).iterdir())
