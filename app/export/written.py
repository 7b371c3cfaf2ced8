"""A file is written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from imaging.errors import ImagingError


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file aside and move it into place.

    Raises
    ------
    ImagingError
        ``report-not-written``; an older file of that name is as it was, and nothing else is left behind.
    """
    aside: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        aside = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        aside.chmod(0o644)
        aside.replace(path)
    except OSError as error:
        if aside is not None:
            aside.unlink(missing_ok=True)
        raise ImagingError(
            f"{path.name} could not be written: {error.strerror or error}.",
            code="report-not-written",
            hint="Choose another folder, or close the file where it is open.",
        ) from error
