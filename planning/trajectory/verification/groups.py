"""Rows of `sacroplan verify --trajectories`, in groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planning.thermal.verification.rows import VerificationRow


@dataclass(frozen=True, slots=True, kw_only=True)
class RowGroup:
    """Rows about one matter.

    Attributes
    ----------
    title : str
    about : str
        What is compared with what, in sentences.
    rows : tuple of VerificationRow
    """

    title: str
    about: str
    rows: tuple[VerificationRow, ...]


def at_most(name: str, value: float, unit: str, most: float, source: str) -> VerificationRow:
    """Return the row of a figure that may be smaller than a limit."""
    return VerificationRow(
        name=name, value=value, unit=unit, target=f"≤ {most:g} {unit}", met=value <= most, source=source
    )


def at_least(name: str, value: float, unit: str, least: float, source: str) -> VerificationRow:
    """Return the row of a figure that may be larger than a limit."""
    return VerificationRow(
        name=name, value=value, unit=unit, target=f"≥ {least:g} {unit}".rstrip(), met=value >= least, source=source
    )


def answered(name: str, value: float | None, unit: str, target: str, *, met: bool, why: str) -> VerificationRow:
    """Return the row of a question that has one right answer."""
    return VerificationRow(name=name, value=value, unit=unit, target=target, met=met, source=why)


def all_met(groups: Sequence[RowGroup]) -> bool:
    """Whether no row of any group missed its target."""
    return all(row.met is not False for group in groups for row in group.rows)
