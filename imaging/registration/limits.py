"""What a registration is judged by: limits from ``resources/rules/registration.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

from imaging.registration.errors import RegistrationError
from resources import resource


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationLimits:
    """Limits of a registration; beyond one of them it is refused.

    Attributes
    ----------
    mean_mm, p95_mm : float
        Most that surfaces of bone may lie apart: mean, and 95th percentile.
    agreement : float
        Least Dice of both bones.
    likeness : float
        Least correlation of the brightness of bone and what lies within millimetres of it.
    overlap : float
        Least share of the new CT's bone within the planning CT.
    bone_cm3 : float
        Least bone that both show.
    rival_ratio : float
        Another place must leave at least so many times the residual, or nobody can tell which is right.
    about_mm : float
        Bone so near to the targets counts: farther bones may have moved against it.
    assumptions : mapping of str to str
        Key to the reason of every limit that is a choice.
    """

    mean_mm: float
    p95_mm: float
    agreement: float
    likeness: float
    overlap: float
    bone_cm3: float
    rival_ratio: float
    about_mm: float
    assumptions: Mapping[str, str]


def read_limits(file: Traversable | Path) -> RegistrationLimits:
    """Return the limits of one file.

    Raises
    ------
    RegistrationError
        ``registration-limits-invalid``, naming file and key.
    """
    names = [field.name for field in fields(RegistrationLimits) if field.name != "assumptions"]
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _invalid(file.name, str(error)) from error
    if set(values) != set(names):
        wrong = ", ".join(sorted(set(values) ^ set(names)))
        raise _invalid(file.name, f"it must hold each limit once, and no other key: {wrong}")
    numbers: dict[str, float] = {}
    for name in names:
        value, why = (values[name].get(key) for key in ("value", "assumption")) if isinstance(values[name], dict) else (None, None)  # fmt: skip
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
            raise _invalid(file.name, f"'{name}' has no value above 0")
        if not isinstance(why, str) or not why:
            raise _invalid(file.name, f"'{name}' does not say what it was chosen for")
        numbers[name] = float(value)
    return RegistrationLimits(
        **numbers, assumptions=MappingProxyType({name: values[name]["assumption"] for name in names})
    )


def _invalid(name: str, reason: str) -> RegistrationError:
    return RegistrationError(
        f"The rules of {name} cannot be used: {reason}.",
        code="registration-limits-invalid",
        hint="Correct this file, or install the program anew.",
    )


@cache
def load_limits() -> RegistrationLimits:
    """Return the limits that ship with the program."""
    return read_limits(resource("rules", "registration.toml"))
