"""Find the image series of a folder by reading headers only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.errors import InvalidDicomError

from imaging.dicom.validate import Placement, Slice, judge_series
from imaging.errors import Finding, ImagingError, Severity
from imaging.geometry import Floats
from imaging.progress import Progress, no_progress

_HEADER_TAGS = [
    "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "SeriesDescription", "SeriesDate",
    "StudyDate", "Modality", "PatientPosition", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing",
    "SliceThickness", "FrameOfReferenceUID", "Rows", "Columns", "BitsAllocated", "SamplesPerPixel",
    "NumberOfFrames", "InstanceNumber", "Manufacturer", "ManufacturerModelName",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One image series of a folder, with what is wrong with it.

    Attributes
    ----------
    uid, study_uid, description, modality, patient_position, scanner, acquired_on : str
    slices : tuple of Slice
        In anatomical order along the slice normal where the geometry allows it.
    spacing_mm : ndarray, shape (3,) or None
        Column, row and slice spacing; None where the series has no single one.
    findings : tuple of Finding
        An `ALARM` means the series cannot be read as one volume.
    synthetic : bool
        True for a digital phantom.
    """

    uid: str
    study_uid: str
    description: str
    modality: str
    patient_position: str
    scanner: str
    acquired_on: str
    slices: tuple[Slice, ...]
    spacing_mm: Floats | None
    findings: tuple[Finding, ...]
    synthetic: bool

    @property
    def readable(self) -> bool:
        return not any(f.severity is Severity.ALARM for f in self.findings)

    @property
    def orientation(self) -> str:
        """``axial``, ``sagittal``, ``coronal`` or ``oblique``: the plane the slices lie in."""
        placement = self.slices[0].placement
        if placement is None:
            return "unknown"
        normal = np.abs(placement.normal)
        axis = int(normal.argmax())
        return ("sagittal", "coronal", "axial")[axis] if normal[axis] > 0.999 else "oblique"


def scan_folder(folder: Path, progress: Progress | None = None) -> tuple[Series, ...]:
    """Return the image series below a folder, in whatever order the files lie on disk.

    Parameters
    ----------
    folder : Path
        Searched with all its sub-folders.
    progress : Progress, optional

    Returns
    -------
    tuple of Series
        The series with most slices first.

    Raises
    ------
    ImagingError
        ``folder-missing``, ``folder-empty`` or ``no-dicom``, naming what was found instead.
    """
    progress = progress or no_progress()
    if not folder.is_dir():
        raise ImagingError(
            f"There is no folder {folder}.", code="folder-missing", hint="Choose the folder that holds the CT."
        )
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if not files:
        raise ImagingError(
            f"The folder {folder.name} is empty.", code="folder-empty", hint="Choose the folder that holds the CT."
        )
    grouped: dict[str, list[tuple[Slice, Any]]] = {}
    broken: list[str] = []
    for n, path in enumerate(files):
        progress.report(n / len(files), f"Reading header {n + 1} of {len(files)}")
        header = _read_header(path)
        if header is None:
            continue
        item = _slice(path, header)
        if item is None:
            broken.append(path.name)
            continue
        grouped.setdefault(str(header.get("SeriesInstanceUID", "")), []).append((item, header))
    if not grouped:
        if broken:
            raise ImagingError(
                f"{len(broken)} DICOM files in {folder.name} hold no readable image, {broken[0]} among them.",
                code="no-image",
                hint="Choose a folder with an image series, not with reports or structure sets.",
            )
        kinds = Counter(path.suffix.lower() or "files without a suffix" for path in files)
        found = ", ".join(f"{n} {kind}" for kind, n in kinds.most_common(3))
        raise ImagingError(
            f"No DICOM image was found among the {len(files)} files of {folder.name} ({found}).",
            code="no-dicom",
            hint="Choose a folder of DICOM files, or open a NIfTI or NRRD file.",
        )
    series = [_series(uid, items) for uid, items in grouped.items()]
    return tuple(sorted(series, key=lambda s: (-len(s.slices), s.uid)))


def choose_series(series: Sequence[Series], uid: str | None = None) -> Series:
    """Return the series to plan on: the one named, or the largest sound CT.

    Parameters
    ----------
    series : sequence of Series
    uid : str, optional
        A series instance UID to insist on.

    Raises
    ------
    ImagingError
        If the named series is not there, or no series is a CT; the message lists what is there.
    """
    listing = "; ".join(
        f"{s.modality} {s.description or 'without description'}, {len(s.slices)} slices" for s in series
    )
    if uid is not None:
        for candidate in series:
            if candidate.uid == uid:
                return candidate
        raise ImagingError(
            f"The series {uid} is not in this folder, which holds: {listing}.",
            code="series-missing",
            hint="Choose one of these series.",
        )
    ct = [s for s in series if s.modality == "CT"]
    if not ct:
        raise ImagingError(
            f"There is no CT in this folder, which holds: {listing}.",
            code="not-ct",
            hint="Planning needs Hounsfield units: choose a CT series.",
        )
    return max(ct, key=lambda s: (s.readable, len(s.slices)))


def is_dicom_file(path: Path) -> bool:
    """Whether a file is DICOM of any kind."""
    return _read_header(path) is not None


def _read_header(path: Path) -> Any:
    """Return the header of a DICOM file, or None where the file is something else."""
    try:
        return pydicom.dcmread(path, stop_before_pixels=True, specific_tags=_HEADER_TAGS)
    except (InvalidDicomError, OSError, EOFError, ValueError, KeyError, AttributeError, NotImplementedError):
        return None


def _slice(path: Path, header: Any) -> Slice | None:
    """Return what geometry needs of a header, or None for a DICOM file without an image."""
    if "Rows" not in header or "Columns" not in header:
        return None

    transfer_syntax = header.file_meta.get("TransferSyntaxUID") if hasattr(header, "file_meta") else None
    compressed = bool(transfer_syntax is not None and transfer_syntax.is_compressed)
    pixel_bytes = (
        int(header.Rows) * int(header.Columns) * int(header.get("BitsAllocated", 16)) // 8
        * int(header.get("SamplesPerPixel", 1)) * int(header.get("NumberOfFrames", 1) or 1)
    )  # fmt: skip
    thickness = header.get("SliceThickness")
    return Slice(
        path=path,
        placement=_placement(header),
        rows=int(header.Rows),
        columns=int(header.Columns),
        frames=int(header.get("NumberOfFrames", 1) or 1),
        frame_uid=str(header.get("FrameOfReferenceUID", "")),
        thickness_mm=None if thickness in (None, "") else float(thickness),
        truncated=not compressed and path.stat().st_size < pixel_bytes,
    )


def _placement(header: Any) -> Placement | None:
    """Return where the image lies, or None where a tag is missing or is not a number."""

    def numbers(tag: str, count: int) -> Floats | None:
        try:
            array = np.array([float(v) for v in header.get(tag) or ()], float)
        except (TypeError, ValueError):
            return None
        return array if array.shape == (count,) and np.isfinite(array).all() else None

    position_mm = numbers("ImagePositionPatient", 3)
    orientation = numbers("ImageOrientationPatient", 6)
    spacing_mm = numbers("PixelSpacing", 2)
    if position_mm is None or orientation is None or spacing_mm is None or spacing_mm.min() <= 0:
        return None
    return Placement(
        position_mm=position_mm,
        row_direction=orientation[:3],
        column_direction=orientation[3:],
        pixel_spacing_mm=spacing_mm,
    )


def _series(uid: str, items: list[tuple[Slice, Any]]) -> Series:
    header = items[0][1]
    slices, spacing_mm, findings = judge_series([item for item, _ in items])

    def text(*tags: str) -> str:
        return next((str(header.get(tag)) for tag in tags if header.get(tag)), "")

    modality = text("Modality")
    if modality != "CT":
        findings = (
            *findings,
            Finding(
                severity=Severity.ALARM,
                code="not-ct",
                message=f"The series is {modality or 'of unknown modality'}, not CT: it has no Hounsfield units.",
                where=text("SeriesDescription"),
            ),
        )
    return Series(
        uid=uid,
        study_uid=text("StudyInstanceUID"),
        description=text("SeriesDescription"),
        modality=modality,
        patient_position=text("PatientPosition"),
        scanner=" ".join(filter(None, (text("Manufacturer"), text("ManufacturerModelName")))),
        acquired_on=text("SeriesDate", "StudyDate"),
        slices=slices,
        spacing_mm=spacing_mm,
        findings=findings,
        synthetic="synthetic" in text("Manufacturer").lower(),
    )
