"""Read the labels of a file, and the names it or a file beside it gives them."""

from __future__ import annotations

import gzip
import json
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt

from imaging.errors import ImagingError
from imaging.files import SUFFIXES, grid_of, read_image
from imaging.geometry import VoxelGrid
from imaging.later import SimpleITK

Ints = npt.NDArray[np.integer]
LabelKey = tuple[int, int]
"""Layer and value; layers overlap each other."""

_COARSEST_MM = 6.5
"""TotalSegmentator's coarsest model works on 6 mm."""
_MOST_LABELS = 1000
_NIFTI_HEADER_BYTES = 348
_NIFTI_FLOATS = {16: "f4", 64: "f8"}
_XML_LABEL = re.compile(r'<Label\b[^>]*\bKey="(\d+)"[^>]*>\s*(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?\s*</Label>', re.DOTALL)
# ITK-SNAP: index, four or more numbers, the name in quotes. 3D Slicer: index, name, red, green, blue, alpha.
_SNAP_LINE = re.compile(r'^\s*(\d+)(?:\s+[\d.]+){4,}\s+"(.+)"\s*$')
_SLICER_LINE = re.compile(r"^\s*(\d+)\s+(\S+)(?:\s+\d+){3,4}\s*$")


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """The labels of one file as it stands.

    Attributes
    ----------
    file_name : str
    layers : tuple of ndarray of int, each of shape ``grid.shape_kji``
        More than one where segments may overlap.
    values : tuple of tuple of int
        The values above 0 of each layer, rising.
    grid : VoxelGrid
    names : mapping of (layer, value) to str
        Empty where neither the file nor one beside it names its labels.
    """

    file_name: str
    layers: tuple[Ints, ...]
    values: tuple[tuple[int, ...], ...]
    grid: VoxelGrid
    names: Mapping[LabelKey, str]

    @property
    def keys(self) -> tuple[LabelKey, ...]:
        """All labels of the file."""
        return tuple((layer, value) for layer, values in enumerate(self.values) for value in values)


def stem_of(path: Path) -> str:
    """Return a file's name without the suffixes of a volume: ``hip_left`` for ``hip_left.nii.gz``."""
    name = path.name
    for suffix in (".seg.nrrd", *sorted(SUFFIXES, key=len, reverse=True)):
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return path.stem


def read_labels(path: Path, frame_uid: str) -> Labels:
    """Return the labels of a NIfTI, NRRD or MHA file.

    Parameters
    ----------
    path : Path
    frame_uid : str
        Frame of reference the file is taken to lie in, as none of these formats names one.

    Raises
    ------
    ImagingError
        If the file cannot be read, is not three-dimensional, does not say where it lies, is far too coarse, or holds
        anything but whole numbers from 0 upwards.
    """
    image = read_image(path)
    if image.GetDimension() != 3 or min(image.GetSize()) < 2:
        raise ImagingError(
            f"{path.name} is not one three-dimensional label map: its size is {_size(image.GetSize())}.",
            code="label-map-dimensions",
            hint="Choose a map of the whole CT.",
        )
    if ".nii" in path.name.lower():
        _require_sound_nifti(path)
    grid = grid_of(image, frame_uid)
    if grid.spacing_ijk_mm.max() > _COARSEST_MM:
        raise ImagingError(
            f"The voxels of {path.name} are {_size(grid.spacing_ijk_mm)} mm: too coarse to plan with.",
            code="label-map-coarse",
            hint=f"Choose a map with voxels of at most {_COARSEST_MM:g} mm.",
        )
    array = SimpleITK.GetArrayFromImage(image)
    count = image.GetNumberOfComponentsPerPixel()
    parts = [array] if count == 1 else [array[..., n] for n in range(count)]
    layers = tuple(_whole_numbers(part, path.name) for part in parts)
    values = tuple(_values(layer, path.name) for layer in layers)
    names = _segment_names(image, count) or _names_in_nifti(path) or _names_beside(path)
    if count > 1 and not names:
        raise ImagingError(
            f"{path.name} holds {count} values a voxel, which are not labels.",
            code="label-map-dimensions",
            hint="Choose a label map, or a segmentation of 3D Slicer.",
        )
    return Labels(path.name, layers, values, grid, names)


def _whole_numbers(array: npt.NDArray[np.generic], name: str) -> Ints:
    if array.dtype.kind in "iu":
        return cast(Ints, array)
    if array.dtype.kind != "f":
        raise ImagingError(
            f"{name} holds no numbers.", code="label-map-not-labels", hint="Choose a label map of whole numbers."
        )
    out = np.empty(array.shape, np.int32)
    for k, plane in enumerate(array):
        if not np.isfinite(plane).all():
            raise _nan(name)
        if np.abs(plane).max() > 2**30 or np.abs(plane - np.rint(plane)).max() > 1e-3:
            raise ImagingError(
                f"The values of {name} are not whole numbers: it is no label map.",
                code="label-map-not-labels",
                hint="Choose the label map itself, not probabilities, and not one that was interpolated.",
            )
        out[k] = np.rint(plane)
    return out


def _values(layer: Ints, name: str) -> tuple[int, ...]:
    found: set[int] = set()
    for plane in layer:
        found.update(np.unique(plane).tolist())
        if min(found) < 0 or len(found) > _MOST_LABELS:
            what = "values below 0" if min(found) < 0 else f"more than {_MOST_LABELS} different values"
            raise ImagingError(
                f"{name} has {what}: it is an image, and no label map.",
                code="label-map-not-labels",
                hint="Choose the label map, not the CT.",
            )
    return tuple(sorted(found - {0}))


def _segment_names(image: SimpleITK.Image, count: int) -> dict[LabelKey, str]:
    """The segments of 3D Slicer, by layer and value; in old files every segment is a layer of its own."""
    keys = set(image.GetMetaDataKeys())
    names: dict[LabelKey, str] = {}
    n = 0
    while f"Segment{n}_Name" in keys or f"Segment{n}_ID" in keys:
        given = {what: image.GetMetaData(f"Segment{n}_{what}") for what in _SEGMENT if f"Segment{n}_{what}" in keys}
        own_layer = "LabelValue" not in given
        try:
            key = (int(given.get("Layer", n if own_layer and count > 1 else 0)), int(given.get("LabelValue", 1)))
        except ValueError as error:
            raise ImagingError(
                f"Segment {n + 1} does not say where it is stored.",
                code="label-names-unreadable",
                hint="Save the segmentation again in 3D Slicer.",
            ) from error
        names[key] = given.get("Name") or given["ID"]
        n += 1
    return names


_SEGMENT = ("Name", "ID", "Layer", "LabelValue")


def _names_in_nifti(path: Path) -> dict[LabelKey, str]:
    """The label table that TotalSegmentator writes behind the header of a NIfTI file."""
    if ".nii" not in path.name.lower():
        return {}
    with gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb") as stream:
        header = stream.read(_NIFTI_HEADER_BYTES + 4)
        order = _byte_order(header)
        if len(header) < _NIFTI_HEADER_BYTES + 4 or header[_NIFTI_HEADER_BYTES] == 0:
            return {}
        (start,) = struct.unpack_from(order + "f", header, 108)
        more = stream.read(max(int(start) - len(header), 0))
    text = more.decode("utf-8", errors="replace")
    return {(0, int(key)): name.strip() for key, name in _XML_LABEL.findall(text) if name.strip()}


def _require_sound_nifti(path: Path) -> None:
    """Refuse what the reader of NIfTI passes over: no word on where the voxels lie, and NaN, which it reads as 0."""
    with gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb") as stream:
        header = stream.read(_NIFTI_HEADER_BYTES)
        order = _byte_order(header)
        if struct.unpack_from(order + "hh", header, 252) == (0, 0):
            raise ImagingError(
                f"{path.name} does not say where its voxels lie in the patient.",
                code="label-map-unplaced",
                hint="Export it again from a program that keeps the geometry of the CT.",
            )
        (datatype,), (start,) = (
            struct.unpack_from(order + "h", header, 70),
            struct.unpack_from(order + "f", header, 108),
        )
        if datatype not in _NIFTI_FLOATS:
            return
        stream.seek(int(start))
        kind = np.dtype(order + _NIFTI_FLOATS[datatype])
        while block := stream.read(kind.itemsize * 2**20):
            values = np.frombuffer(block[: len(block) // kind.itemsize * kind.itemsize], kind)
            if not np.isfinite(values).all():
                raise _nan(path.name)


def _nan(name: str) -> ImagingError:
    return ImagingError(
        f"{name} has voxels without a value (NaN), so that its labels are not known everywhere.",
        code="label-map-nan",
        hint="Export it again as whole numbers.",
    )


def _byte_order(header: bytes) -> str:
    return "<" if struct.unpack_from("<i", header, 0)[0] == _NIFTI_HEADER_BYTES else ">"


def _names_beside(path: Path) -> dict[LabelKey, str]:
    """Names from a file of the same name beside it: JSON, ITK-SNAP's label description, or a colour table."""
    for suffix in (".json", ".txt", ".label", ".ctbl"):
        beside = path.with_name(stem_of(path) + suffix)
        if beside.is_file():
            return _named(beside)
    return {}


def _named(beside: Path) -> dict[LabelKey, str]:
    refusal = ImagingError(
        f"{beside.name} lies beside the label map, but names none of its labels in a way that can be read.",
        code="label-names-unreadable",
        hint='Write it as {"25": "sacrum", "77": "hip_left"}, or put it elsewhere.',
    )
    try:
        text = beside.read_text(encoding="utf-8-sig")
        if beside.suffix != ".json":
            found = [(_SNAP_LINE.match(line) or _SLICER_LINE.match(line)) for line in text.splitlines()]
            pairs = [(m.group(1), m.group(2)) for m in found if m]
        else:
            told = json.loads(text)
            told = told.get("labels", told)
            pairs = [(a, b) if str(a).isdigit() else (b, a) for a, b in told.items()]
        names = {(0, int(value)): str(name) for value, name in pairs if int(value) > 0}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise refusal from error
    if not names:
        raise refusal
    return names


def _size(numbers: object) -> str:
    return " × ".join(f"{n:.4g}" for n in numbers)  # type: ignore[attr-defined]
