"""Read the pixels of a judged series into a volume of Hounsfield units."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from imaging.dicom.scan import Series
from imaging.errors import Finding, ImagingError, Severity
from imaging.geometry import VoxelGrid
from imaging.later import ndimage
from imaging.progress import Progress, no_progress
from imaging.volume import AIR_HU, Provenance, Volume

# Below this no tissue and no air exists: scanners pad outside their field of view with -2000 or -3024.
_LOWEST_HU = -1024.0
_READERS = 2
_PLAIN = (ExplicitVRLittleEndian, ImplicitVRLittleEndian)
_HINTS = {
    "not-ct": "Planning needs Hounsfield units: choose a CT series.",
    "single-slice": "Choose the folder that holds the whole series.",
    "file-truncated": "Copy the series again, or export it again from the archive.",
    "missing-slice": "Copy the series again, or export it again from the archive.",
}


def read_series(series: Series, progress: Progress | None = None) -> Volume:
    """Return a series as one volume in LPS, rescaled slice by slice, padding turned into air.

    Parameters
    ----------
    series : Series
        As found by `scan_folder`.
    progress : Progress, optional

    Returns
    -------
    Volume
        Slices in rising order along their normal. A tilted stack is shifted upright, which its findings say.

    Raises
    ------
    ImagingError
        If the series has an alarm (missing slice, duplicate position, mixed frame, not a CT, ...), or a file
        cannot be decoded; the message names the file.
    """
    progress = progress or no_progress()
    alarms = [f for f in series.findings if f.severity is Severity.ALARM]
    if alarms or series.spacing_mm is None:
        reason = alarms[0] if alarms else None
        raise ImagingError(
            reason.message if reason else "The series has no single geometry.",
            code=reason.code if reason else "no-geometry",
            hint=_HINTS.get(reason.code if reason else "", "Choose another series, or export this one again."),
        )
    paths = [s.path for s in series.slices]
    first = series.slices[0]
    hu = np.empty((len(paths), first.rows, first.columns), np.int16)
    padded = 0
    with ThreadPoolExecutor(_READERS) as pool:
        for n, (pixels, padding) in enumerate(pool.map(_read_slice_hu, paths)):
            hu[n] = pixels
            padded += padding
            progress.report((n + 1) / len(paths), f"Slice {n + 1} of {len(paths)}")
    grid = _upright_grid(series)
    if any(f.code == "gantry-tilt" for f in series.findings):
        hu = _shifted_upright(hu, series)
    findings = list(series.findings)
    if padded:
        findings.append(
            Finding(
                severity=Severity.NOTE,
                code="padding-to-air",
                message=f"{100 * padded / hu.size:.0f} % of the voxels lie outside the scanner's field of view; "
                "they are shown as air.",
                values={"voxels": padded},
            )
        )
    return Volume(
        hu=hu,
        grid=grid,
        findings=tuple(findings),
        provenance=Provenance(
            kind="dicom",
            description=series.description,
            series_uid=series.uid,
            study_uid=series.study_uid,
            patient_position=series.patient_position,
            slice_thickness_mm=first.thickness_mm,
            acquired_on=series.acquired_on,
            scanner=series.scanner,
            synthetic=series.synthetic,
        ),
    )


def _read_slice_hu(path: Path) -> tuple[npt.NDArray[np.int16], int]:
    """Return one slice in HU, and how many of its pixels were padding."""
    try:
        dataset: Any = pydicom.dcmread(path)
    except Exception as error:  # readers raise whatever they like; the file is what matters
        raise _unreadable(path, error) from error
    return hu_of(dataset, path)


def hu_of(dataset: Any, path: Path) -> tuple[npt.NDArray[np.int16], int]:
    """Return the pixels of a file in HU, and how many of them were padding.

    Parameters
    ----------
    dataset : Dataset
        With its pixels.
    path : Path
        Of the file, to be named where it cannot be decoded.

    Returns
    -------
    hu : ndarray, shape (rows, columns)
    padded : int

    Raises
    ------
    ImagingError
        ``pixels-unreadable``.
    """
    try:
        stored = stored_pixels(dataset)
        slope, intercept = float(dataset.get("RescaleSlope", 1)), float(dataset.get("RescaleIntercept", 0))
        padding = dataset.PixelPaddingValue if "PixelPaddingValue" in dataset else None
    except Exception as error:  # decoders raise whatever they like; the file is what matters
        raise _unreadable(path, error) from error
    # Whole numbers stay whole, which is twice as fast.
    exact = slope == 1.0 and intercept.is_integer() and abs(intercept) < 1e6 and stored.dtype.itemsize <= 2
    values = stored.astype(np.int32) + int(intercept) if exact else stored.astype(np.float32) * slope + intercept
    outside = values < _LOWEST_HU
    if padding is not None:
        outside |= stored == padding
    padded = int(np.count_nonzero(outside))
    if padded:
        values[outside] = AIR_HU
    if not exact:
        values = np.rint(values)
    return np.clip(values, -1024, 32767).astype(np.int16), padded


def stored_pixels(dataset: Any) -> npt.NDArray[Any]:
    """Return the pixels as the file stores them: `pixel_array` of pydicom, and where they lie plainly in the file without its detours.

    Parameters
    ----------
    dataset : Dataset
    """
    plain = (
        dataset.file_meta.TransferSyntaxUID in _PLAIN
        and (dataset.BitsAllocated, dataset.SamplesPerPixel, int(dataset.get("NumberOfFrames", 1) or 1)) == (16, 1, 1)
        and dataset.HighBit == dataset.BitsStored - 1
        and len(dataset.PixelData) == 2 * dataset.Rows * dataset.Columns
    )
    if not plain:
        return np.asarray(dataset.pixel_array)
    kind = np.dtype("<i2") if dataset.PixelRepresentation == 1 else np.dtype("<u2")
    stored = np.frombuffer(dataset.PixelData, kind).reshape(dataset.Rows, dataset.Columns)
    unused = 16 - int(dataset.BitsStored)
    # What stands in bits that are not used is no part of the value.
    return np.right_shift(np.left_shift(stored, unused), unused) if unused else stored


def _unreadable(path: Path, error: Exception) -> ImagingError:
    return ImagingError(
        f"The pixels of {path.name} cannot be read: {error}.",
        code="pixels-unreadable",
        hint="Export the series again from the archive; the file is damaged or its compression is unknown.",
    )


def _upright_grid(series: Series) -> VoxelGrid:
    """The right-angled grid of the series: its first slice stacked along the normal."""
    first = series.slices[0]
    placement = first.placement
    assert series.spacing_mm is not None and placement is not None
    matrix = np.eye(4)
    matrix[:3, 0] = placement.row_direction
    matrix[:3, 1] = placement.column_direction
    matrix[:3, 2] = placement.normal / np.linalg.norm(placement.normal)
    matrix[:3, :3] *= series.spacing_mm
    matrix[:3, 3] = placement.position_mm
    return VoxelGrid(
        shape_kji=(len(series.slices), first.rows, first.columns),
        lps_from_ijk=matrix,
        frame_uid=first.frame_uid or f"{series.uid}.1",
    )


def _shifted_upright(hu: npt.NDArray[np.int16], series: Series) -> npt.NDArray[np.int16]:
    """Move every slice of a tilted stack within its own plane onto the right-angled grid."""
    grid = _upright_grid(series)
    out = np.empty_like(hu)
    for k, item in enumerate(series.slices):
        assert item.placement is not None
        i, j, _ = grid.to_ijk(item.placement.position_mm)
        ndimage.shift(hu[k], (j, i), output=out[k], order=1, mode="constant", cval=AIR_HU)
    return out
