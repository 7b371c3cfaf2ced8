"""Width and length of isotherms in a zone table, and how they compare with a device's own table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from imaging.geometry import Floats
from planning.catalogue.isotherm_tables import IsothermRow, IsothermTable
from planning.quantities import NNBSP, level_text
from planning.thermal.zone_tables import STEP_MM, ZoneTable


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneSize:
    """The extent of one isotherm.

    Attributes
    ----------
    width_mm, length_mm : float
        Across the shaft and along it; 0 where the temperature is not reached.
    widest_from_tip_mm : float or None
        From the tip towards the hub; None where the temperature is not reached.
    cut : bool
        The isotherm reaches the table's edge, and is larger than given.
    """

    width_mm: float
    length_mm: float
    widest_from_tip_mm: float | None
    cut: bool = False


def zone_size(table: ZoneTable, temperature_c: float) -> ZoneSize:
    """Return the size of the isotherm of a zone table.

    Parameters
    ----------
    table : ZoneTable
    temperature_c : float
        Below body temperature the colder side is measured, above it the hotter.
    """
    sign = 1.0 if temperature_c < table.body_c else -1.0
    # Above zero inside the isotherm.
    depth = sign * (temperature_c - table.extreme_c.astype(float))
    inside = depth >= 0
    if not inside.any():
        return ZoneSize(width_mm=0.0, length_mm=0.0, widest_from_tip_mm=None)
    radii = np.array([_last_crossing(depth[:, j]) if inside[:, j].any() else 0.0 for j in range(depth.shape[1])])
    reached = [row for row in depth if (row >= 0).any()]
    far = max(_last_crossing(row) for row in reached)
    near = min(depth.shape[1] - 1 - _last_crossing(row[::-1]) for row in reached)
    # The middle of all places that are as wide: between two caps a zone is a cylinder.
    widest = np.flatnonzero(radii >= radii.max() - 1e-3)
    return ZoneSize(
        width_mm=2 * STEP_MM * float(radii.max()),
        length_mm=STEP_MM * float(far - near),
        widest_from_tip_mm=table.z_start_mm + STEP_MM * float(widest.mean()),
        cut=bool(inside[-1].any() or inside[:, 0].any() or inside[:, -1].any()),
    )


def _last_crossing(depth: Floats) -> float:
    """Index, between samples, where a row leaves the isotherm for good."""
    n = int(np.flatnonzero(depth >= 0)[-1])
    if n + 1 == len(depth):
        return float(n)
    return n + float(depth[n] / (depth[n] - depth[n + 1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One isotherm by the device's table and by the physics.

    Attributes
    ----------
    differs : bool
        Width, length or the widest place differ by more than the table's tolerance.
    words : str
        How they compare, in a sentence.
    """

    row: IsothermRow
    physics: ZoneSize
    differs: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableComparison:
    """A device's isotherm table beside the physics.

    Attributes
    ----------
    rows : tuple of Comparison
        From the outermost isotherm to the innermost.
    notes : tuple of str
        What was not the same in both: medium, temperature before, schedule.
    """

    table: IsothermTable
    rows: tuple[Comparison, ...]
    notes: tuple[str, ...]


def compare(table: IsothermTable, zone: ZoneTable) -> TableComparison:
    """Return a device's isotherm table beside its zone table.

    Parameters
    ----------
    table : IsothermTable
    zone : ZoneTable
        Of the same device.
    """
    notes = [
        f"The table is for {table.medium} at {level_text(table.baseline_c)}, the physics for "
        f"{zone.tissue.replace('_', ' ')} with blood flow at {level_text(zone.body_c)}."
    ]
    if table.schedule != zone.schedule:
        notes.append("The table is for another schedule than the device's own, which the physics is for.")
    return TableComparison(table=table, rows=tuple(_compared(r, zone) for r in table.by_distance), notes=tuple(notes))


def _compared(row: IsothermRow, zone: ZoneTable) -> Comparison:
    physics, name = zone_size(zone, row.temperature_c), level_text(row.temperature_c)
    if physics.widest_from_tip_mm is None:
        return Comparison(row=row, physics=physics, differs=True, words=f"{name} is not reached by the physics.")
    off = [
        (physics.width_mm - row.width_mm, "wider", "narrower"),
        (physics.length_mm - row.length_mm, "longer", "shorter"),
    ]
    if row.widest_from_tip_mm is not None:
        off.append((physics.widest_from_tip_mm - row.widest_from_tip_mm, "nearer the hub", "nearer the tip"))
    allowed = f"±{NNBSP}{row.tolerance_mm:g}{NNBSP}mm"
    parts = [
        f"{abs(by):.1f}{NNBSP}mm {more if by > 0 else less}" for by, more, less in off if abs(by) > row.tolerance_mm
    ]
    if not parts:
        agrees = f"{name} agrees within the table's {allowed}."
        return Comparison(row=row, physics=physics, differs=False, words=agrees)
    words = f"{name} is {' and '.join(parts)} by the physics than by the table, which allows {allowed}."
    return Comparison(row=row, physics=physics, differs=True, words=words)
