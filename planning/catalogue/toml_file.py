"""Reading one catalogue file into a validated type, or refusing it by file, key and reason."""

from __future__ import annotations

import tomllib
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from imaging.errors import DomainError

T = TypeVar("T")

STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)
"""No unknown keys and no numbers that are not finite."""


def read_toml(file: Traversable | Path, kind: type[T]) -> T:
    """Return the content of a TOML file as ``kind``.

    Parameters
    ----------
    file : Traversable or Path
    kind : type
        A pydantic dataclass.

    Raises
    ------
    DomainError
        ``catalogue-file-invalid``, naming file, key and reason.
    """
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise refusal(file.name, "", str(error)) from error
    return validated(file.name, values, kind)


def validated(name: str, values: dict[str, Any], kind: type[T]) -> T:
    """Return plain ``values`` of the file ``name`` as ``kind``, or refuse them as `read_toml` does."""
    try:
        return TypeAdapter(kind).validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise refusal(name, key, first["msg"]) from error


def refusal(name: str, key: str, reason: str) -> DomainError:
    """Return the error for one bad key of one file."""
    where = f"{name}, key '{key}'" if key else name
    return DomainError(
        f"The catalogue file {where} cannot be used: {reason}.",
        code="catalogue-file-invalid",
        hint="Correct this key; units are part of the key's name.",
        context={"file": name, "key": key, "reason": reason},
    )
