"""Volumes and label maps as NIfTI, NRRD or MHA, through SimpleITK (whose world is LPS as well)."""

from __future__ import annotations

import gzip
import hashlib
import math
import struct
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from imaging.errors import GeometryError, ImagingError
from imaging.geometry import VoxelGrid
from imaging.labels import Mask
from imaging.later import SimpleITK
from imaging.volume import AIR_HU, Provenance, Volume

_NIFTI_HEADER_BYTES = 348
_DARK_PERCENTILE, _DARK_HU, _EVERY_SLICE = 0.5, -30.0, 4
"""Every CT of a patient has so much as dark as fat, if not air; an MR with a few values below zero has not."""

SUFFIXES = (".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd")


def is_volume_file(path: Path) -> bool:
    """Whether the file's name says that it holds a volume this module reads."""
    return path.name.lower().endswith(SUFFIXES)


def read_volume(path: Path) -> Volume:
    """Return a CT volume from a NIfTI, NRRD or MHA file.

    Parameters
    ----------
    path : Path

    Raises
    ------
    ImagingError
        If the file cannot be read, is not three-dimensional, or its values cannot be Hounsfield units.
    """
    array, grid = _read(path)
    if array.dtype.kind not in "iuf" or array.size == 0:
        raise ImagingError(f"{path.name} holds no numbers that could be a CT.", code="not-ct")
    values = np.nan_to_num(array.astype(np.float32), nan=AIR_HU)
    if values.min() >= 0 or values.max() <= 100:
        raise ImagingError(
            f"{path.name} has values from {values.min():g} to {values.max():g}, which are not Hounsfield units.",
            code="not-ct",
            hint="Choose the CT itself, not a label map or an MR.",
        )
    values[values < -1024] = AIR_HU
    if np.percentile(values[::_EVERY_SLICE], _DARK_PERCENTILE) > _DARK_HU:
        raise ImagingError(
            f"{path.name} shows neither air nor fat: its values are hardly Hounsfield units.",
            code="not-ct",
            hint="Choose the CT itself, not an MR, and not a part of it without any fat.",
        )
    return Volume(
        hu=np.clip(np.rint(values), -1024, 32767).astype(np.int16),
        grid=grid,
        provenance=Provenance(kind="nrrd" if ".nii" not in path.name else "nifti", description=path.name),
    )


def read_label_map(path: Path, grid: VoxelGrid) -> dict[int, Mask]:
    """Return the labels of a label map that lies on the voxels of ``grid``.

    Parameters
    ----------
    path : Path
    grid : VoxelGrid
        The CT's grid. The file carries no frame of reference, so its geometry must agree voxel by voxel.

    Returns
    -------
    dict of int to Mask
        One mask for every label above 0.

    Raises
    ------
    GeometryError
        If the label map lies on other voxels than the CT.
    """
    array, own = _read(path)
    if own.shape_kji != grid.shape_kji or not np.allclose(own.lps_from_ijk, grid.lps_from_ijk, atol=1e-2):
        raise GeometryError(
            f"The label map {path.name} ({_describe(own)}) does not lie on the CT's voxels ({_describe(grid)}).",
            code="grid-mismatch",
            hint="Resample the label map to this CT, or choose the one drawn on it.",
        )
    labels = np.rint(array).astype(np.int64)
    return {int(label): Mask.from_array(grid, labels == label) for label in np.unique(labels) if label > 0}


def write_volume(path: Path, array: npt.NDArray[np.generic], grid: VoxelGrid) -> None:
    """Write an array of shape ``grid.shape_kji`` with its geometry; the suffix chooses the format.

    Parameters
    ----------
    path : Path
    array : ndarray
    grid : VoxelGrid
    """
    image = SimpleITK.GetImageFromArray(array)
    image.SetSpacing(grid.spacing_ijk_mm.tolist())
    image.SetOrigin(grid.origin_mm.tolist())
    image.SetDirection(grid.directions.ravel().tolist())
    SimpleITK.WriteImage(image, str(path), useCompression=True)


def read_image(path: Path) -> SimpleITK.Image:
    """Return whatever image a NIfTI, NRRD or MHA file holds, of any dimension.

    Parameters
    ----------
    path : Path

    Raises
    ------
    ImagingError
        ``file-missing``, ``file-unreadable``, or ``image-axes`` where its axes coincide or are no right angles.
    """
    if not path.is_file():
        raise ImagingError(f"There is no file {path}.", code="file-missing", hint="Check the path.")
    try:
        if ".nii" in path.name.lower():
            _require_whole_nifti(path)
        return SimpleITK.ReadImage(str(path))
    except (RuntimeError, EOFError, OSError, zlib.error) as error:
        if "orthonormal" in str(error) or "Bad direction" in str(error):
            raise ImagingError(
                f"The axes of {path.name} are not at right angles, or two of them coincide.",
                code="image-axes",
                hint="Resample it to straight axes in the program it comes from, and export it again.",
            ) from error
        raise ImagingError(
            f"{path.name} cannot be read as a volume.",
            code="file-unreadable",
            hint="It may be damaged or cut off; copy or export it again.",
        ) from error


def grid_of(image: SimpleITK.Image, frame_uid: str) -> VoxelGrid:
    """Return the grid of a three-dimensional image.

    Parameters
    ----------
    image : SimpleITK.Image
    frame_uid : str
        These files name no frame of reference.

    Raises
    ------
    GeometryError
    """
    matrix = np.eye(4)
    matrix[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    matrix[:3, 3] = image.GetOrigin()
    i, j, k = image.GetSize()
    return VoxelGrid(shape_kji=(k, j, i), lps_from_ijk=matrix, frame_uid=frame_uid)


def _read(path: Path) -> tuple[npt.NDArray[np.generic], VoxelGrid]:
    image = read_image(path)
    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
        raise ImagingError(f"{path.name} is not one three-dimensional volume.", code="not-a-volume")
    array = SimpleITK.GetArrayFromImage(image)
    content = hashlib.sha256(np.ascontiguousarray(array).data).digest()
    return array, grid_of(image, f"2.25.{int.from_bytes(content[:15], 'big')}")


def _require_whole_nifti(path: Path) -> None:
    """Refuse a NIfTI file that ends before its voxels do: the reader fills up what is missing without a word.

    Raises
    ------
    EOFError, OSError, zlib.error
    """
    with gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb") as stream:
        header = stream.read(_NIFTI_HEADER_BYTES)
        there = len(header)
        while block := stream.read(2**22):
            there += len(block)
    if there < _NIFTI_HEADER_BYTES:
        raise EOFError
    order = "<" if struct.unpack_from("<i", header, 0)[0] == _NIFTI_HEADER_BYTES else ">"
    if struct.unpack_from(order + "i", header, 0)[0] != _NIFTI_HEADER_BYTES:
        return
    axes, *sizes = struct.unpack_from(order + "8h", header, 40)
    (bits,) = struct.unpack_from(order + "h", header, 72)
    (start,) = struct.unpack_from(order + "f", header, 108)
    if there < start + math.prod(sizes[: max(axes, 0)]) * bits / 8:
        raise EOFError


def _describe(grid: VoxelGrid) -> str:
    k, j, i = grid.shape_kji
    x, y, z = grid.spacing_ijk_mm
    return f"{i} × {j} × {k} voxels of {x:.2f} × {y:.2f} × {z:.2f} mm"
