"""Taking files into the user's own folder: devices, and isotherm tables of devices."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from imaging.errors import DomainError, Finding
from planning.catalogue.devices import (
    Device,
    builtin_devices,
    device_findings,
    device_of,
    id_taken,
    read_device,
    reload_devices,
    user_device_files,
)
from planning.catalogue.isotherm_tables import (
    FOLDER,
    IsothermTable,
    isotherm_table_findings,
    load_isotherm_tables,
    read_isotherm_table,
    reload_isotherm_tables,
    same_measurement,
)
from planning.catalogue.rules import path_rule_findings
from planning.catalogue.toml_file import read_values
from planning.catalogue.user_folder import user_folder
from planning.errors import PlanError

_LARGEST_BYTES = 1_000_000


def reload_user_files() -> None:
    """Read the user's devices and isotherm tables anew."""
    reload_devices()
    reload_isotherm_tables()


def user_file_findings() -> tuple[Finding, ...]:
    """Return what is wrong with files in the user's folder; everything else in it is loaded."""
    return (*device_findings(), *isotherm_table_findings(), *path_rule_findings())


def check_file(file: Path) -> Device | IsothermTable:
    """Return what a file describes: a device, or an isotherm table of one.

    Parameters
    ----------
    file : Path

    Raises
    ------
    DomainError
        Naming file, key and reason, if it is neither or cannot be used; an id that a built-in device has is refused.
    """
    if not file.is_file():
        raise PlanError(f"There is no file {file}.", code="file-missing")
    if file.stat().st_size > _LARGEST_BYTES:
        raise PlanError(f"{file.name} is too large to be a device or an isotherm table.", code="file-too-large")
    if "isotherms" in read_values(file):
        return read_isotherm_table(file)
    read = read_device(file)
    if read.id in builtin_devices():
        raise id_taken(file.name, read.id, None)
    return read


def add_file(file: Path, *, replace: bool = False) -> Path:
    """Copy a file that can be used into the user's folder.

    Parameters
    ----------
    file : Path
    replace : bool
        Replace a device of the user's with the same id, or a table of the same device, medium and schedule.

    Returns
    -------
    Path
        The copy.

    Raises
    ------
    DomainError
        As `check_file`; ``user-file-exists`` if there is one already that is not to be replaced.
    OSError
        If the folder cannot be written.
    """
    read = check_file(file)
    content = file.read_text(encoding="utf-8")
    if isinstance(read, Device):
        return keep_file(_device_path(read.id, replace=replace), content)
    return keep_file(_table_path(read, replace=replace), content)


def save_device(values: Mapping[str, Any], *, replace: bool = False) -> Path:
    """Write a device given by plain values, as its file would hold them, into the user's folder.

    Parameters
    ----------
    values : mapping
    replace : bool
        As of `add_file`.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    DomainError
        As `check_file` and `add_file`.
    OSError
        If the folder cannot be written.
    """
    read = new_device(values)
    path = _device_path(read.id, replace=replace)
    return keep_file(path, toml_text(values))


def new_device(values: Mapping[str, Any]) -> Device:
    """Return the device that plain values describe; refuses what `save_device` would refuse, and writes nothing."""
    name = f"{values.get('id') or 'new device'}.toml"
    read = device_of(name, dict(values))
    if read.id in builtin_devices():
        raise id_taken(name, read.id, None)
    return read


def toml_text(values: Mapping[str, Any]) -> str:
    """Return plain values as a TOML file; tables within tables are written in one line."""
    lines = [f"{_key(k)} = {_value(v)}" for k, v in values.items() if not isinstance(v, Mapping)]
    for name, table in values.items():
        if isinstance(table, Mapping):
            lines += ["", f"[{_key(name)}]", *(f"{_key(k)} = {_value(v)}" for k, v in table.items())]
    return "\n".join(lines) + "\n"


def _key(key: str) -> str:
    return key if key.replace("_", "").isalnum() and key.isascii() else _value(key)


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)


def _device_path(device_id: str, *, replace: bool) -> Path:
    reload_devices()
    present = user_device_files().get(device_id)
    wanted = user_folder() / "devices" / f"{device_id}.toml"
    if present is None and not wanted.exists():
        return wanted
    if not replace:
        raise _exists(f"Your folder already has a device '{device_id}'", present or wanted)
    return present or wanted


def _table_path(table: IsothermTable, *, replace: bool) -> Path:
    reload_isotherm_tables()
    folder = user_folder() / FOLDER
    others = load_isotherm_tables(table.device)
    files = [folder / f"{table.device}{f'-{n}' if n > 1 else ''}.toml" for n in range(1, len(others) + 99)]
    if not any(same_measurement(table, other) for other in others):
        return next(f for f in files if not f.exists())
    present = next(f for f in sorted(folder.glob("*.toml")) if _is_same(f, table))
    if not replace:
        raise _exists(f"Your folder already has a table of '{table.device}' in this medium and schedule", present)
    return present


def _is_same(file: Path, table: IsothermTable) -> bool:
    try:
        return same_measurement(read_isotherm_table(file), table)
    except DomainError:
        return False


def _exists(what: str, file: Path) -> PlanError:
    return PlanError(
        f"{what}: {file.name}.",
        code="user-file-exists",
        hint="Replace or remove that one, or give the new one another id.",
        context={"file": str(file)},
    )


def keep_file(path: Path, content: str) -> Path:
    """Write a file of the user's whole or not at all, and read the folder anew.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
        Path(part).replace(path)
    except OSError:
        Path(part).unlink(missing_ok=True)
        raise
    reload_user_files()
    return path


__all__ = [
    "add_file",
    "check_file",
    "keep_file",
    "new_device",
    "reload_user_files",
    "save_device",
    "toml_text",
    "user_file_findings",
]
