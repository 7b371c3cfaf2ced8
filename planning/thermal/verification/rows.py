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
class Otherwise:
    """A difference by another measure: that of an isotherm's place as one of temperature, or the other way round."""

    difference: float
    tolerance: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(VerificationRow):
    """A figure of a case next to what is expected of it.

    Attributes
    ----------
    kind : str
        What the expectation is: only a measurement may be missed without the engine being wrong.
    difference, tolerance : float
        In ``difference_unit``: per cent of the expected value, or the unit of the figure.
    otherwise : Otherwise or None
        The same difference by another measure; the figure is met by either.
    """

    case: str
    quantity: str
    kind: Kind
    expected: float
    difference: float
    tolerance: float
    difference_unit: str
    otherwise: Otherwise | None = None

    @property
    def part_of_tolerance(self) -> float:
        """The difference over its tolerance, by the measure that it is met by."""
        part = self.difference / self.tolerance
        other = part if self.otherwise is None else self.otherwise.difference / self.otherwise.tolerance
        return min(part, other, key=abs)


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
    otherwise: Otherwise | None = None,
) -> Comparison:
    """Return the row of a figure compared with an expected value, within per cent or within a difference."""
    difference = (value / expected - 1) * 100 if relative else value - expected
    met = abs(difference) <= tolerance or (otherwise is not None and abs(otherwise.difference) <= otherwise.tolerance)
    return Comparison(
        name=f"{case}: {quantity}",
        value=value,
        unit=unit,
        target=f"{expected:g} ± {tolerance:g}{' %' if relative else ' ' + unit}"
        + ("" if otherwise is None else f" or {otherwise.tolerance:g} {otherwise.unit}"),
        met=bool(met),
        source=source,
        case=case,
        quantity=quantity,
        kind=kind,
        expected=expected,
        difference=difference,
        tolerance=tolerance,
        difference_unit="%" if relative else unit,
        otherwise=otherwise,
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
    limited, other = row.tolerance == 0, row.otherwise
    return (
        row.case,
        row.quantity,
        row.target if limited else f"{row.expected:.5g} {row.unit}",
        f"{row.value:.4g} {row.unit}".rstrip(),
        "" if limited else f"{row.difference:+.2f} {row.difference_unit}" + _in_brackets(other),
        ""
        if limited
        else f"± {row.tolerance:g} {row.difference_unit}"
        + ("" if other is None else f" or {other.tolerance:g} {other.unit}"),
        "" if row.met else "MISSED",
        row.source,
    )


def _in_brackets(other: Otherwise | None) -> str:
    return "" if other is None else f" ({other.difference:+.2f} {other.unit})"
