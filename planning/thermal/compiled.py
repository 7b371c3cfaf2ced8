"""Compiled kernels that are kept on disk belong to the sources they were made of.

A kernel is kept under the date of the file it stands in. What other files lend it, functions and constants alike, is
compiled into it and not looked at again: after an update that changes `kernels` but not `advance`, the old loops, or a
mixture of both, would go on running.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

SOURCES = (
    "advance",
    "damage",
    "electric",
    "fast",
    "kernels",
    "multigrid",
    "near_field",
    "properties",
    "radiofrequency",
    "tracking",
)
"""Modules with kernels, and those whose constants are compiled into them."""

_HERE = Path(__file__).parent
_STAMP = "kernels.stamp"


def drop_outdated(kept: Path, here: Path = _HERE) -> bool:
    """Delete what was compiled from other sources than those there are now.

    Parameters
    ----------
    kept : Path
        Folder of compiled code; it need not exist.
    here : Path
        Folder of the sources.

    Returns
    -------
    bool
        Whether compiled code of other sources was found.
    """
    digest = hashlib.sha256(b"".join((here / f"{name}.py").read_bytes() for name in SOURCES)).hexdigest()
    stamp = kept / _STAMP
    if not kept.is_dir() or (stamp.exists() and stamp.read_text() == digest):
        return False
    outdated = [path for name in SOURCES for path in kept.glob(f"{name}.*.nb[ic]")]
    try:
        for path in outdated:
            path.unlink(missing_ok=True)
        stamp.write_text(digest)
    except PermissionError:
        # Where nothing can be written nothing is kept either, but in a folder of the user's.
        return False
    return bool(outdated)
