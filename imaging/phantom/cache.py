"""Phantoms kept between runs in the user's cache folder."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from imaging.phantom.make import GENERATOR_VERSION, assembled, make_phantom
from imaging.phantom.model import Phantom
from imaging.phantom.parameters import PhantomParameters
from imaging.phantom.posture import Posture
from imaging.progress import Progress, no_progress


def cache_folder() -> Path:
    """Return the user's folder for cached phantoms; it need not exist."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "sacroplan" / "phantoms"


def cached_phantom(
    parameters: PhantomParameters, folder: Path | None = None, progress: Progress | None = None
) -> Phantom:
    """Return a phantom from the cache, making and storing it if it is not there or damaged.

    Parameters
    ----------
    parameters : PhantomParameters
    folder : Path, optional
        `cache_folder` if not given.
    progress : Progress, optional

    Returns
    -------
    Phantom
        A cache that cannot be written is no error; the phantom is made all the same.
    """
    progress = progress or no_progress()
    path = (folder or cache_folder()) / f"phantom-{GENERATOR_VERSION}-{parameters.digest[:24]}.npz"
    stored = _read(path, parameters)
    if stored is not None:
        progress.report(1.0, "Phantom ready")
        return assembled(parameters, *stored)
    phantom = make_phantom(parameters, progress)
    _write(path, phantom)
    return phantom


def _checksum(hu: npt.NDArray[np.int16], labels: npt.NDArray[np.uint8]) -> str:
    sha = hashlib.sha256(np.ascontiguousarray(hu).data)
    sha.update(np.ascontiguousarray(labels).data)
    return sha.hexdigest()


def _read(path: Path, parameters: PhantomParameters) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.uint8]] | None:
    """Return voxels and labels of a sound cache file, or None."""
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            hu, labels, checksum = file["hu"], file["labels"], str(file["checksum"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    shape = Posture(parameters).grid.shape_kji
    if hu.shape != shape or labels.shape != shape or hu.dtype != np.int16 or labels.dtype != np.uint8:
        return None
    return (hu, labels) if checksum == _checksum(hu, labels) else None


def _write(path: Path, phantom: Phantom) -> None:
    """Store a phantom: written aside, then moved into place, so that no reader sees half a file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".part")
    except OSError:
        return
    try:
        with os.fdopen(handle, "wb") as file:
            hu = phantom.volume.hu
            np.savez(file, hu=hu, labels=phantom.labels, checksum=_checksum(hu, phantom.labels))
        Path(aside).replace(path)
    except OSError:
        Path(aside).unlink(missing_ok=True)
