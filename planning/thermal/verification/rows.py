"""All verification rows of the thermal engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from imaging.progress import Progress, no_progress


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


def row(
    name: str, value: float, unit: str, expected: float, tolerance: float, source: str, *, relative: bool = True
) -> VerificationRow:
    """Return the row of a figure compared with an expected value, within per cent or within a difference."""
    error = abs(value / expected - 1) * 100 if relative else abs(value - expected)
    return VerificationRow(
        name=name,
        value=value,
        unit=unit,
        target=f"{expected:g} ± {tolerance:g}{' %' if relative else ' ' + unit}",
        met=bool(error <= tolerance),
        source=source,
    )


def thermal_rows(progress: Progress | None = None) -> list[VerificationRow]:
    """Run every closed form and reference zone, about a minute, and return one row a figure."""
    from planning.thermal.verification.closed_forms import freezing_slab, freezing_water, kinetics, perfused_decay
    from planning.thermal.verification.sources import perfused_sphere, point_source, rf_sphere
    from planning.thermal.verification.zones import cryo_zones

    cases: tuple[Callable[[], list[VerificationRow]], ...] = (
        freezing_slab,
        freezing_water,
        perfused_sphere,
        perfused_decay,
        point_source,
        rf_sphere,
        kinetics,
        cryo_zones,
    )
    progress = progress or no_progress()
    rows: list[VerificationRow] = []
    for n, case in enumerate(cases):
        progress.report(n / len(cases), case.__name__.replace("_", " "))
        rows += case()
    progress.report(1.0, "verified")
    return rows
