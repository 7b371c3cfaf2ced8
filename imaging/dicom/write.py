"""Write a volume as a DICOM CT series, one file a slice, with the tags a scanner writes."""

from __future__ import annotations

import datetime
import hashlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from imaging.errors import GeometryError, ImagingError
from imaging.geometry import Floats
from imaging.progress import Progress, no_progress
from imaging.volume import Volume

RESCALE_INTERCEPT = -1024
_LOWEST_HU, _HIGHEST_HU = -1024, 31743
_IMPLEMENTATION_UID = "2.25.302957340951840195230941829640163519"
_EARLIEST = datetime.datetime(2020, 1, 1, 8, 0, 0)


def write_ct_series(
    volume: Volume,
    folder: Path,
    *,
    patient_name: str = "SYNTHETIC^PHANTOM",
    patient_id: str = "PHANTOM",
    series_description: str = "",
    progress: Progress | None = None,
) -> list[Path]:
    """Write a volume as CT Image Storage files.

    Parameters
    ----------
    volume : Volume
        Of any orientation with perpendicular axes; a left-handed stack is written from its other end.
    folder : Path
        Made if it does not exist; files of the same names are replaced.
    patient_name, patient_id : str
    series_description : str
        The volume's own description if empty.
    progress : Progress, optional

    Returns
    -------
    list of Path
        One file a slice, in the order of their positions. The same volume and names give the same files.

    Raises
    ------
    GeometryError
        If the axes of the grid are not perpendicular.
    ImagingError
        If a file cannot be written.
    """
    progress = progress or no_progress()
    series = _Series(volume, patient_name, patient_id, series_description or volume.provenance.description)
    paths = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for n in range(series.slices):
            path = folder / f"CT{n + 1:05d}.dcm"
            series.file(n).save_as(path, enforce_file_format=True)
            paths.append(path)
            progress.report((n + 1) / series.slices, f"Slice {n + 1} of {series.slices}")
    except OSError as error:
        raise ImagingError(
            f"The series cannot be written to {folder}.",
            code="dicom-write-failed",
            hint="Check that the folder exists, is writable, and that the disk has room.",
        ) from error
    return paths


class _Series:
    """What the files of a series have in common, and the file of each slice."""

    def __init__(self, volume: Volume, patient_name: str, patient_id: str, description: str) -> None:
        self.volume = volume
        grid = volume.grid
        axes = grid.directions
        if not np.allclose(axes.T @ axes, np.eye(3), atol=1e-4):
            raise GeometryError(
                "A stack whose slices are sheared cannot be written as a DICOM series.",
                code="dicom-write-sheared",
                hint="Resample it upright first.",
            )
        self.spacing: Floats = grid.spacing_ijk_mm
        self.row, self.column = axes[:, 0], axes[:, 1]
        self.normal = np.cross(self.row, self.column)
        self.slices = grid.shape_kji[0]
        flipped = float(self.normal @ axes[:, 2]) < 0
        self.order = range(self.slices - 1, -1, -1) if flipped else range(self.slices)
        self.names = (patient_name, patient_id, description)
        self.synthetic = volume.provenance.synthetic
        sha = hashlib.sha256(volume.digest.encode())
        sha.update("\0".join(self.names).encode())
        self.key = sha.hexdigest()
        acquired = volume.provenance.acquired_on
        minutes = int(self.key[:8], 16) % (365 * 24 * 60)
        self.when = _EARLIEST + datetime.timedelta(minutes=minutes)
        if len(acquired) == 8 and acquired.isdigit():
            self.when = datetime.datetime.strptime(acquired, "%Y%m%d") + datetime.timedelta(hours=8)

    def uid(self, what: str) -> str:
        """Return a UID that depends on the content only."""
        return f"2.25.{int(hashlib.sha256(f'{self.key}/{what}'.encode()).hexdigest()[:32], 16)}"

    def file(self, n: int) -> FileDataset:
        """Return the n-th slice."""
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = CTImageStorage
        meta.MediaStorageSOPInstanceUID = self.uid(f"instance-{n}")
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        meta.ImplementationClassUID = _IMPLEMENTATION_UID
        meta.ImplementationVersionName = "SACROPLAN"
        out = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
        self._patient_and_study(out)
        self._series_and_equipment(out)
        self._acquisition(out)
        self._plane(out, n)
        self._pixels(out, n)
        return out

    def _patient_and_study(self, out: Dataset) -> None:
        name, patient_id, _ = self.names
        date, time = self.when.strftime("%Y%m%d"), self.when.strftime("%H%M%S")
        out.SpecificCharacterSet = "ISO_IR 192"
        out.SOPClassUID = CTImageStorage
        out.StudyDate = out.SeriesDate = out.AcquisitionDate = out.ContentDate = date
        out.StudyTime = out.SeriesTime = out.AcquisitionTime = out.ContentTime = time
        out.InstanceCreationDate, out.InstanceCreationTime = date, time
        out.AccessionNumber = ""
        out.ReferringPhysicianName = ""
        out.PatientName = name
        out.PatientID = patient_id
        out.PatientBirthDate = ""
        out.PatientSex = "O" if self.synthetic else ""
        if self.synthetic:
            out.PatientComments = "SYNTHETIC: a digital phantom, not a person"
        out.PatientIdentityRemoved = "YES"
        out.DeidentificationMethod = "Synthetic image, no person" if self.synthetic else "Not known to the writer"
        out.StudyInstanceUID = self.volume.provenance.study_uid or self.uid("study")
        out.StudyID = "1"
        out.StudyDescription = "Pelvis CT (synthetic)" if self.synthetic else "CT"

    def _series_and_equipment(self, out: Dataset) -> None:
        out.Modality = "CT"
        out.SeriesInstanceUID = self.uid("series")
        out.SeriesNumber = 1
        out.SeriesDescription = self.names[2][:64]
        out.BodyPartExamined = "PELVIS"
        out.Laterality = ""
        out.PatientPosition = self.volume.provenance.patient_position
        out.FrameOfReferenceUID = self.volume.grid.frame_uid
        out.PositionReferenceIndicator = ""
        out.Manufacturer = "sacroplan phantom (synthetic)" if self.synthetic else "sacroplan"
        out.ManufacturerModelName = "Digital pelvis" if self.synthetic else ""
        out.InstitutionName = ""
        out.StationName = ""
        out.SoftwareVersions = "1"
        out.DeviceSerialNumber = "0"
        out.BurnedInAnnotation = "NO"
        out.LossyImageCompression = "00"

    def _acquisition(self, out: Dataset) -> None:
        out.ImageType = ["DERIVED", "SECONDARY", "AXIAL"]
        out.DerivationDescription = "Digital phantom" if self.synthetic else "Written from a volume"
        out.AcquisitionNumber = 1
        out.KVP = "120" if self.synthetic else ""
        out.ScanOptions = ""
        out.DataCollectionDiameter = None
        out.GantryDetectorTilt = "0"
        out.RotationDirection = "CW"
        if self.synthetic:
            out.XRayTubeCurrent, out.ExposureTime, out.Exposure = 200, 500, 100
            out.ConvolutionKernel = "SYNTHETIC"
        rows, columns = self.volume.grid.shape_kji[1:]
        out.ReconstructionDiameter = _decimal(max(rows * self.spacing[1], columns * self.spacing[0]))

    def _plane(self, out: Dataset, n: int) -> None:
        k = self.order[n]
        position = self.volume.grid.to_lps([0, 0, k])
        out.SOPInstanceUID = self.uid(f"instance-{n}")
        out.InstanceNumber = n + 1
        out.ImagePositionPatient = [_decimal(c) for c in position]
        out.ImageOrientationPatient = [_decimal(c) for c in (*self.row, *self.column)]
        out.SliceLocation = _decimal(float(position @ self.normal))
        out.PixelSpacing = [_decimal(self.spacing[1]), _decimal(self.spacing[0])]
        thickness = self.volume.provenance.slice_thickness_mm or float(self.spacing[2])
        out.SliceThickness = _decimal(thickness)
        out.SpacingBetweenSlices = _decimal(float(self.spacing[2]))
        out.TableHeight = "0"

    def _pixels(self, out: Dataset, n: int) -> None:
        plane: npt.NDArray[np.int16] = self.volume.hu[self.order[n]]
        stored = np.clip(plane.astype(np.int32), _LOWEST_HU, _HIGHEST_HU) - RESCALE_INTERCEPT
        out.SamplesPerPixel = 1
        out.PhotometricInterpretation = "MONOCHROME2"
        out.Rows, out.Columns = plane.shape
        out.BitsAllocated, out.BitsStored, out.HighBit, out.PixelRepresentation = 16, 16, 15, 0
        out.RescaleIntercept, out.RescaleSlope, out.RescaleType = str(RESCALE_INTERCEPT), "1", "HU"
        out.WindowCenter, out.WindowWidth = ["40", "350"], ["400", "1500"]
        out.WindowCenterWidthExplanation = ["SOFT TISSUE", "BONE"]
        out.PixelData = np.ascontiguousarray(stored.astype("<u2")).tobytes()


def _decimal(value: float) -> str:
    """Return a DICOM decimal string: at most 16 characters, as exact as they allow."""
    value = 0.0 if abs(value) < 1e-12 else float(value)
    for digits in range(15, 5, -1):
        text = f"{value:.{digits}g}"
        if len(text) <= 16:
            return text
    return f"{value:.8g}"
