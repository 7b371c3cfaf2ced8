"""Rows of the verification table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["closed form", "finite elements", "numerics", "measurement"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationRow:
    """One checked figure: what was obtained, what was wanted, whether it was met, and why it is the target.

    Where a figure could not be measured, ``value`` and ``met`` are None and ``source`` says why.
    """

    name: str
    value: float | None
    unit: str
    target: str
    met: bool | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(VerificationRow):
    """A figure of a case next to what is expected of it.

    Attributes
    ----------
    kind : str
        What the expectation is: only a measurement may be missed without the engine being wrong.
    difference, tolerance : float
        In ``difference_unit``: per cent of the expected value, or the unit of the figure.
    """

    case: str
    quantity: str
    kind: Kind
    expected: float
    difference: float
    tolerance: float
    difference_unit: str


def compare(
    case: str,
    quantity: str,
    value: float,
    unit: str,
    expected: float,
    tolerance: float,
    source: str,
    *,
    kind: Kind = "closed form",
    relative: bool = True,
) -> Comparison:
    """Return the row of a figure compared with an expected value, within per cent or within a difference."""
    difference = (value / expected - 1) * 100 if relative else value - expected
    return Comparison(
        name=f"{case}: {quantity}",
        value=value,
        unit=unit,
        target=f"{expected:g} ± {tolerance:g}{' %' if relative else ' ' + unit}",
        met=bool(abs(difference) <= tolerance),
        source=source,
        case=case,
        quantity=quantity,
        kind=kind,
        expected=expected,
        difference=difference,
        tolerance=tolerance,
        difference_unit="%" if relative else unit,
    )


def at_least(
    case: str, quantity: str, value: float, unit: str, least: float, source: str, *, kind: Kind = "numerics"
) -> Comparison:
    """Return the row of a figure that may be larger than a limit."""
    return _limited(case, quantity, value, unit, least, source, kind, f"≥ {least:g}", met=value >= least)


def at_most(
    case: str, quantity: str, value: float, unit: str, most: float, source: str, *, kind: Kind = "numerics"
) -> Comparison:
    """Return the row of a figure that may be smaller than a limit."""
    return _limited(case, quantity, value, unit, most, source, kind, f"≤ {most:g}", met=value <= most)


def _limited(
    case: str, quantity: str, value: float, unit: str, limit: float, source: str, kind: Kind, target: str, *, met: bool
) -> Comparison:
    return Comparison(
        name=f"{case}: {quantity}",
        value=value,
        unit=unit,
        target=f"{target} {unit}".rstrip(),
        met=bool(met),
        source=source,
        case=case,
        quantity=quantity,
        kind=kind,
        expected=limit,
        difference=value - limit,
        tolerance=0.0,
        difference_unit=unit,
    )


def table_cells(rows: Sequence[Comparison]) -> list[tuple[str, ...]]:
    """Return the heads of the table for people, then the cells of every row."""
    heads = ("case", "quantity", "expected", "obtained", "difference", "tolerance", "", "source")
    return [heads, *(_cells(row) for row in rows)]


def _cells(row: Comparison) -> tuple[str, ...]:
    limited = row.tolerance == 0
    return (
        row.case,
        row.quantity,
        row.target if limited else f"{row.expected:.5g} {row.unit}",
        f"{row.value:.4g} {row.unit}".rstrip(),
        "" if limited else f"{row.difference:+.2f} {row.difference_unit}",
        "" if limited else f"± {row.tolerance:g} {row.difference_unit}",
        "" if row.met else "MISSED",
        row.source,
    )
