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
    return validated(file.name, read_values(file), kind)


def read_values(file: Traversable | Path) -> dict[str, Any]:
    """Return the plain values of a TOML file, or refuse it as `read_toml` does."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except RecursionError as error:
        raise refusal(file.name, "", "its lists are nested too deep") from error
    except (OSError, ValueError) as error:
        # A ValueError is a file that is no TOML, no text, or holds a number too long to be one.
        raise refusal(file.name, "", str(error)) from error


def validated(name: str, values: dict[str, Any], kind: type[T], within: str = "") -> T:
    """Return plain ``values`` of the file ``name`` as ``kind``, or refuse them as `read_toml` does.

    Parameters
    ----------
    name : str
        The file's name, for the refusal.
    values : dict
    kind : type
        A pydantic dataclass.
    within : str
        Key of the file the values stand below, for the refusal.
    """
    try:
        return TypeAdapter(kind).validate_python(values)
    except ValidationError as error:
        # A key that does not exist says more than the one that is missing for it.
        first = min(error.errors(), key=lambda e: e["type"] not in _UNKNOWN)
        key = ".".join(str(part) for part in ([within] if within else []) + list(first["loc"]))
        raise refusal(name, key, _reason(first["type"], first["msg"])) from error


def refuse_booleans(name: str, values: dict[str, Any]) -> None:
    """Refuse true and false in the plain ``values`` of a file whose keys are numbers and words: they would pass for 1 and 0."""
    if key := _boolean_key(values):
        raise refusal(name, key, "it is true or false, which this key is not")


def _boolean_key(values: object) -> str:
    """The key of the first boolean in plain values; empty if there is none."""
    parts = (
        values.items() if isinstance(values, dict) else enumerate(values) if isinstance(values, (list, tuple)) else ()
    )
    for key, value in parts:
        if isinstance(value, bool):
            return str(key)
        if within := _boolean_key(value):
            return f"{key}.{within}"
    return ""


_UNKNOWN = ("unexpected_keyword_argument", "extra_forbidden")


def _reason(kind: str, message: str) -> str:
    if kind in _UNKNOWN:
        return "there is no such key"
    if kind in ("missing", "missing_argument", "missing_keyword_only_argument"):
        return "it is missing"
    return message.removeprefix("Value error, ").replace("Input should", "it should", 1)


def refusal(name: str, key: str, reason: str) -> DomainError:
    """Return the error for one bad key of one file."""
    where = f"{name}, key '{key}'" if key else name
    return DomainError(
        f"The catalogue file {where} cannot be used: {reason}.",
        code="catalogue-file-invalid",
        hint="Correct this key; units are part of the key's name.",
        context={"file": name, "key": key, "reason": reason},
    )
