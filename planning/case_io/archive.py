"""Read and write a case file.

A case file is a zip archive with ``case.json`` (the document), ``masks/*.npy`` (bits of a mask's box, packed along the
last axis) and ``results/*.npz`` (predictions by digest). Everything is readable with a zip tool and numpy.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from imaging.errors import DomainError
from imaging.geometry import VoxelGrid
from imaging.labels import BRICK, Box, Mask
from planning.case_io.document import SCHEMA_VERSION, CaseDocument, MaskEntry, document_of
from planning.case_io.zones import zone_from_arrays, zone_to_arrays
from planning.errors import CaseFileError
from planning.model.case import Case
from planning.model.zone import PredictedZone

SUFFIX = ".sacroplan"

DOCUMENT = "case.json"
# A mask or result larger than this is no case of ours; it would not fit in memory.
_LARGEST_MEMBER_BYTES = 4 * 2**30
# What zip, JSON, numpy and our own types raise on content that is not what was written.
DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, LookupError, ValueError, TypeError, AttributeError,
    ArithmeticError, MemoryError, RuntimeError, DomainError,
)  # fmt: skip


def write_case(path: Path, case: Case, results: Mapping[str, PredictedZone] | None = None) -> str:
    """Write a case file; the old file stays whole until the new one is complete, and the new one outlives a power cut.

    Parameters
    ----------
    path : Path
    case : Case
    results : mapping of str to PredictedZone, optional
        Predictions by digest.

    Returns
    -------
    str
        What `file_digest` gives for the file while nobody else writes it.

    Raises
    ------
    CaseFileError
        ``case-not-saved`` if the disk is full or the folder cannot be written; the old file is untouched.
    """
    return write_whole(path, lambda stream: _write_archive(stream, case, results or {}))


def write_whole(path: Path, fill: Callable[[io.BufferedWriter], object]) -> str:
    """Write a file as `write_case` does, with whatever content; return its digest."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as stream:
            fill(stream)
            stream.flush()
            os.fsync(stream.fileno())
        digest = file_digest(temporary)
        temporary.replace(path)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        raise CaseFileError(
            f"The case could not be saved as {path.name}: {error.strerror or error}.",
            code="case-not-saved",
            hint="Nothing is lost: the case is still open and the old file is untouched. Save it somewhere else.",
        ) from error
    _sync_folder(path.parent)
    return digest


def file_digest(path: Path) -> str:
    """Return what tells one content of a file from another; empty if there is no such file."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def _sync_folder(folder: Path) -> None:
    """Have the new name on disk too; not every system knows how, and there the name comes a little later."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read_case(path: Path, *, with_zones: bool = True) -> tuple[Case, dict[str, PredictedZone]]:
    """Return the case and the predictions of a case file.

    Parameters
    ----------
    path : Path
    with_zones : bool
        Without the predictions a file is read in a fraction of the time.

    Raises
    ------
    CaseFileError
        ``case-missing``, ``case-damaged`` or ``case-newer``.
    """
    if not path.is_file():
        raise CaseFileError(f"There is no case file {path}.", code="case-missing", hint="Check the path.")
    try:
        with zipfile.ZipFile(path) as archive:
            values = json.loads(_member(archive, DOCUMENT))
            _check_version(path, values)
            document = CaseDocument.model_validate(values)
            grid = document.image.voxel_grid()
            masks: dict[str, Mask] = {}
            for entry in document.structures:
                if entry.mask is not None:
                    masks[entry.id] = _mask(archive, entry.mask, grid)
            case = document.to_case(masks)
            results = {
                digest: zone_from_arrays(_arrays(_member(archive, f"results/{digest}.npz")))
                for digest in (document.results if with_zones else ())
            }
    except CaseFileError:
        raise
    except DAMAGE as error:
        raise CaseFileError(
            f"The case file {path.name} is damaged or was cut off.",
            code="case-damaged",
            hint="Open an earlier copy of it. The file itself was not changed.",
            context={"reason": str(error)},
        ) from error
    return case, results


def _write_archive(stream: io.BufferedWriter, case: Case, results: Mapping[str, PredictedZone]) -> None:
    document = document_of(case, tuple(results))
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(DOCUMENT, document.model_dump_json(indent=1))
        for entry in document.structures:
            if entry.mask is not None:
                mask = case.structure(entry.id).shape
                assert isinstance(mask, Mask)
                archive.writestr(entry.mask.member, packed(mask))
        for digest, result in results.items():
            buffer = io.BytesIO()
            np.savez(buffer, allow_pickle=False, **zone_to_arrays(result))
            archive.writestr(f"results/{digest}.npz", buffer.getvalue())


def _check_version(path: Path, values: Any) -> None:
    version = values.get("schema_version") if isinstance(values, dict) else None
    if type(version) is not int or version < 1:
        raise CaseFileError(f"{path.name} is not a case file.", code="case-damaged", hint="Choose a case file.")
    if version > SCHEMA_VERSION:
        raise CaseFileError(
            f"The case file {path.name} was written by a newer version of sacroplan "
            f"(format {version}; this program reads up to {SCHEMA_VERSION}).",
            code="case-newer",
            hint="Update sacroplan to open it. The file was not changed.",
        )


def _mask(archive: zipfile.ZipFile, entry: MaskEntry, grid: VoxelGrid) -> Mask:
    """Return a mask from its packed bits."""
    box = Box(entry.start_kji, entry.stop_kji)
    if any(stop > n for stop, n in zip(box.stop_kji, grid.shape_kji, strict=True)):
        raise ValueError(f"{entry.member} reaches outside the image")
    packed = np.load(io.BytesIO(_member(archive, entry.member)), allow_pickle=False)
    k, j, i = box.shape_kji
    if packed.dtype != np.uint8 or packed.shape != (k, j, (i + 7) // 8):
        raise ValueError(f"{entry.member} does not fit its box")
    return Mask.empty(grid).with_box(box, np.unpackbits(packed, axis=-1, count=i).astype(bool))


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > _LARGEST_MEMBER_BYTES:
        raise ValueError(f"{name} is too large")
    return archive.read(name)


def packed(mask: Mask) -> bytes:
    """Return a mask as a case file has it. It is packed a layer of bricks at a time: in one piece numpy would keep other threads waiting."""
    box = mask.box
    (first, j0, i0), (last, j1, i1) = box.start_kji, box.stop_kji
    k, j, i = box.shape_kji
    bits = np.empty((k, j, (i + 7) // 8), np.uint8)
    for start in range(first, last, BRICK):
        layer = Box((start, j0, i0), (min(start + BRICK, last), j1, i1))
        bits[start - first : layer.stop_kji[0] - first] = np.packbits(mask.array(layer), axis=-1)
    return _npy(bits)


def _npy(array: np.ndarray[Any, Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _arrays(data: bytes) -> dict[str, np.ndarray[Any, Any]]:
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}
