"""Errors a user sees as text, and findings that do not stop the work."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


class DomainError(Exception):
    """A refusal the user can understand: what is wrong, and what to do about it.

    Parameters
    ----------
    message : str
        What is wrong, naming the thing that is wrong.
    code : str
        Stable identifier in kebab case, for tests, logs and translations.
    hint : str
        What the user can do next.
    context : mapping of str to object
        The values behind the message. Never holds a patient's identity.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        hint: str = "",
        context: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint
        self.context: Mapping[str, object] = MappingProxyType(dict(context or {}))

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[object, ...]:
        """Let it cross to another process, for work that runs in one of its own."""
        return _again, (type(self), self.message, self.code, self.hint, dict(self.context))


def _again(kind: type[DomainError], message: str, code: str, hint: str, context: dict[str, object]) -> DomainError:
    return kind(message, code=code, hint=hint, context=context)


class ImagingError(DomainError):
    """An image, label map or surface cannot be read, written or used."""


class GeometryError(ImagingError):
    """Two things do not lie in the same space, or a grid is not a grid."""


class Severity(enum.IntEnum):
    """How much a finding weighs, in rising order."""

    NOTE = 0
    CAUTION = 1
    ALARM = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something the user must know that does not stop the work.

    Attributes
    ----------
    severity : Severity
    code : str
        Stable identifier in kebab case.
    message : str
        A plain sentence with subject and number.
    where : str
        The file, series, slice or structure it is about.
    values : mapping of str to object
        The numbers behind the sentence.
    """

    severity: Severity
    code: str
    message: str
    where: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
