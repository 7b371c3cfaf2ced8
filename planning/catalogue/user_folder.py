"""The folder of the user's own: where it is, and reading what lies in it without letting one bad file stop the rest."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

from imaging.errors import DomainError, Finding, Severity

T = TypeVar("T")

_ORGANISATION, _APPLICATION = "sacroplan", "sacroplan"
_NAMED_BY = ("SACROPLAN_HOME", "APPDATA", "XDG_DATA_HOME", "HOME", "USERPROFILE")


def user_folder() -> Path:
    """Return where the program keeps settings and the user's own files.

    Returns
    -------
    Path
        What ``SACROPLAN_HOME`` names, or the user's own folder for data of programs. It need not exist.
    """
    # Asked for with every device that is looked up: paths are put together only when what they stand on has changed.
    return _folder(_ORGANISATION, _APPLICATION, *(os.environ.get(name, "") for name in _NAMED_BY))


@cache
def _folder(organisation: str, application: str, given: str, roaming: str, data: str, *_: str) -> Path:
    """The folder by what the environment says, and by where the user is at home, which the other names tell."""
    return Path(given) if given else _data_folder(roaming, data) / organisation / application


def _data_folder(roaming: str, data: str) -> Path:
    home = Path.home()
    if sys.platform == "win32":
        return Path(roaming or home / "AppData" / "Roaming")
    if sys.platform == "darwin":
        return home / "Library" / "Application Support"
    return Path(data) if data.startswith("/") else home / ".local" / "share"


def read_each(folder: Path, read: Callable[[Path], T]) -> tuple[list[tuple[Path, T]], list[Finding]]:
    """Read every TOML file of a folder of the user's, in order of their names.

    Parameters
    ----------
    folder : Path
        It need not exist.
    read : callable
        Returns what a file describes, or refuses it with a `DomainError`.

    Returns
    -------
    read : list of (Path, T)
    findings : list of Finding
        One for every file that cannot be used, naming it and what to do.
    """
    good: list[tuple[Path, T]] = []
    findings: list[Finding] = []
    try:
        files = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    except OSError as error:
        return [], [_finding(folder, f"The folder {folder} cannot be read: {error.strerror or error}.")]
    for file in files:
        try:
            good.append((file, read(file)))
        except DomainError as error:
            findings.append(left_out(file, error))
    return good, findings


def left_out(file: Path, error: DomainError) -> Finding:
    """Return the finding that a file of the user's was left out, and what to do about it."""
    return _finding(file, f"{error.message} It was left out. {error.hint}".strip())


def _finding(file: Path, message: str) -> Finding:
    return Finding(severity=Severity.CAUTION, code="user-file-invalid", message=message, where=str(file))
