"""A CT volume: Hounsfield units on a grid, and where they came from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from imaging.errors import Finding, GeometryError
from imaging.geometry import VoxelGrid

AIR_HU = -1000


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where a volume came from, without the patient's identity.

    Attributes
    ----------
    kind : str
        ``dicom``, ``nifti``, ``nrrd`` or ``phantom``.
    description : str
        Series description or file name.
    series_uid, study_uid : str
    patient_position : str
        DICOM patient position (``HFS``, ``HFP``, ...); empty if the file does not say.
    slice_thickness_mm : float or None
    acquired_on : str
        Date of the series as ``YYYYMMDD``; empty if unknown.
    scanner : str
    synthetic : bool
        True for the digital phantom; shown wherever the volume is shown.
    """

    kind: str
    description: str = ""
    series_uid: str = ""
    study_uid: str = ""
    patient_position: str = ""
    slice_thickness_mm: float | None = None
    acquired_on: str = ""
    scanner: str = ""
    synthetic: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Volume:
    """Read-only Hounsfield units on a grid.

    Attributes
    ----------
    hu : ndarray of int16, shape ``grid.shape_kji``
        Air outside the field of view is -1000 HU or a little less, never scanner padding.
    grid : VoxelGrid
    provenance : Provenance
    findings : tuple of Finding
        What the reader found wrong or worth saying.
    """

    hu: npt.NDArray[np.int16]
    grid: VoxelGrid
    provenance: Provenance
    findings: tuple[Finding, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.hu.shape != self.grid.shape_kji:
            raise GeometryError(
                f"An array of shape {self.hu.shape} does not fit a grid of {self.grid.shape_kji}.",
                code="array-grid-mismatch",
            )
        hu = np.ascontiguousarray(self.hu, dtype=np.int16)
        if hu is self.hu:
            hu = hu.view()
        hu.setflags(write=False)
        object.__setattr__(self, "hu", hu)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over voxels and geometry, the identity of the image in a case."""
        sha = hashlib.sha256(self.hu.data)
        sha.update(np.round(self.grid.lps_from_ijk, 6).tobytes())
        sha.update(self.grid.frame_uid.encode())
        return sha.hexdigest()

    def hu_at(self, lps_mm: npt.ArrayLike) -> float | None:
        """Return the HU of the voxel that holds a point of shape (3,), or None outside the volume."""
        if not self.grid.contains(lps_mm):
            return None
        i, j, k = np.rint(self.grid.to_ijk(lps_mm)).astype(int)
        depth, height, width = self.grid.shape_kji
        return float(self.hu[min(max(k, 0), depth - 1), min(max(j, 0), height - 1), min(max(i, 0), width - 1)])
