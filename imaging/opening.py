"""Open a CT from whatever the user points at.

What reads DICOM or makes the phantom is imported where it is needed: a command that opens no CT starts in two thirds of the time.
"""

from __future__ import annotations

from pathlib import Path

from imaging import files
from imaging.errors import ImagingError
from imaging.progress import Progress, no_progress
from imaging.volume import Volume

DEMO_LOCATION = "demo phantom"


def open_ct(path: Path, series_uid: str | None = None, progress: Progress | None = None) -> Volume:
    """Return the CT in a DICOM folder, or in a NIfTI, NRRD or MHA file.

    Parameters
    ----------
    path : Path
        A folder of DICOM files, one file of such a folder, or a volume file.
    series_uid : str, optional
        The series to read; without it the largest sound CT.
    progress : Progress, optional

    Raises
    ------
    ImagingError
        If there is nothing that can be opened as a CT; the message says what was found instead.
    """
    from imaging.dicom import choose_series, read_series, scan_folder

    progress = progress or no_progress()
    if path.is_file() and files.is_volume_file(path):
        return files.read_volume(path)
    found = scan_folder(series_folder(path), progress.part(0.0, 0.2))
    return read_series(choose_series(found, series_uid), progress.part(0.2, 1.0))


def series_folder(path: Path) -> Path:
    """Return the folder in which to look for series: the one given, or the one that holds a DICOM file.

    Raises
    ------
    ImagingError
        ``path-missing``, or ``not-an-image`` for a file of another kind, whose folder nobody asked to search.
    """
    from imaging.dicom import is_dicom_file

    if path.is_dir():
        return path
    if not path.exists():
        raise ImagingError(f"There is no file or folder {path}.", code="path-missing", hint="Check the path.")
    if not is_dicom_file(path):
        raise ImagingError(
            f"{path.name} is neither DICOM nor a volume.",
            code="not-an-image",
            hint="Choose a folder of DICOM files, or a NIfTI or NRRD file.",
        )
    return path.parent


def open_reference(kind: str, location: str, series_uid: str = "", progress: Progress | None = None) -> Volume:
    """Return the CT that a case refers to.

    Parameters
    ----------
    kind : str
        As in `Provenance.kind`; a ``phantom`` is made again from its name.
    location : str
        Folder, file, or the phantom's name.
    series_uid : str
    progress : Progress, optional

    Raises
    ------
    ImagingError
        If the CT is no longer there, naming where it was.
    """
    if kind == "phantom" and location == DEMO_LOCATION:
        from imaging.phantom import DEMO, cached_phantom

        return cached_phantom(DEMO, progress=progress or no_progress()).volume
    try:
        return open_ct(Path(location), series_uid or None, progress)
    except ImagingError as error:
        reason = "It is no longer there." if error.code == "path-missing" else error.message
        raise ImagingError(
            f"The CT of this case cannot be opened from {location}. {reason}",
            code="ct-missing",
            hint="Put the CT back in that place, or open the case on the computer that holds the CT.",
        ) from error
