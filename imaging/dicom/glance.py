"""The middle slice of a folder, to be looked at while the series is read: of it nothing is known but what its own file says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom

from imaging.dicom.read import hu_of
from imaging.errors import ImagingError

_TRIES = 8
_AXIAL = 0.9


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Glance:
    """One axial slice of a CT as it was acquired.

    Attributes
    ----------
    hu : ndarray of int16, shape (rows, columns)
    pixel_mm : tuple of float
        Width and height of a pixel.
    """

    hu: npt.NDArray[np.int16]
    pixel_mm: tuple[float, float]


def first_glance(folder: Path) -> Glance | None:
    """Return the slice whose file stands in the middle of a folder, or one beside it.

    Parameters
    ----------
    folder : Path
        Searched with all its sub-folders, in order of their names, as `scan_folder` does.

    Returns
    -------
    Glance or None
        None where the files there are no axial CT: nobody is told of that, since the folder is looked at properly anyway.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    middle = len(files) // 2
    for path in files[middle : middle + _TRIES]:
        found = _glance(path)
        if found is not None:
            return found
    return None


def _glance(path: Path) -> Glance | None:
    try:
        dataset: Any = pydicom.dcmread(path)
        row, column = np.array([float(v) for v in dataset.ImageOrientationPatient]).reshape(2, 3)
        height_mm, width_mm = (float(v) for v in dataset.PixelSpacing)
        sought = dataset.Modality == "CT" and "LOCALIZER" not in dataset.get("ImageType", ())
        if not sought or abs(np.cross(row, column)[2]) < _AXIAL or min(width_mm, height_mm) <= 0:
            return None
        return Glance(hu=hu_of(dataset, path)[0], pixel_mm=(width_mm, height_mm))
    except (ImagingError, pydicom.errors.InvalidDicomError, OSError, EOFError, AttributeError, ValueError, TypeError):
        return None
