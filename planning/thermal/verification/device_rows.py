"""The planner's solver against the stored finite elements: one row a figure, and the worst of all placements."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from imaging.geometry import Floats
from planning.thermal.applicator import Voltage
from planning.thermal.verification.device_cases import DeviceCase
from planning.thermal.verification.references import Reference, references
from planning.thermal.verification.rows import Comparison, Otherwise, at_most, compare
from planning.thermal.verification.zones import Outcome

USUAL_PCT, WORST_PCT = 2.0, 4.0
USUAL_K, WORST_K = 1.0, 2.0
MOST_IMBALANCE_PCT = 0.5
SOURCE = "axisymmetric finite elements (tests/verification/finite_elements.py), {nodes} nodes, {steps} steps"


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """One quantity of a case: what the finite elements say, and the solver in every placement (rows).

    An isotherm that lies elsewhere is a temperature that differs where it should lie, and the other way round.

    Attributes
    ----------
    steepness_k_mm : float or None
        How fast the temperature changes there; None where the quantity has no place.
    radius_mm : float or None
        Of the isotherm, or of the one that goes through the point.
    """

    quantity: str
    unit: str
    expected: float
    obtained: Floats
    steepness_k_mm: float | None = None
    radius_mm: float | None = None

    @property
    def farthest(self) -> tuple[int, float]:
        """Return the placement with the largest error, and the value there."""
        error = abs(self.obtained - self.expected)
        at = np.unravel_index(int(np.argmax(error)), error.shape)
        return int(at[0]), float(self.obtained[at])

    def row(self, case: str, quantity: str, value: float, pct: float, k: float, source: str) -> Comparison:
        """Return the row of a value, within ``pct`` per cent of the radius or ``k`` kelvins."""
        is_temperature = self.unit == "°C"
        return compare(
            case, quantity, value, self.unit, self.expected, k if is_temperature else pct, source,
            kind="finite elements", relative=not is_temperature, otherwise=self._otherwise(value, pct, k),
        )  # fmt: skip

    def _otherwise(self, value: float, pct: float, k: float) -> Otherwise | None:
        if not self.steepness_k_mm or self.radius_mm is None:
            return None
        if self.unit == "°C":
            shift_mm = (value - self.expected) / self.steepness_k_mm
            return Otherwise(difference=100 * shift_mm / self.radius_mm, tolerance=pct, unit="% of radius")
        return Otherwise(difference=0.5 * (value - self.expected) * self.steepness_k_mm, tolerance=k, unit="°C")


def device_rows(case: DeviceCase, outcomes: dict[str, Outcome]) -> list[Comparison]:
    """Return the rows of one case from what the solver made of it, by the name of the placement."""
    reference = references()[case.name]
    source = SOURCE.format(nodes=reference.nodes, steps=reference.steps)
    figures = [*_sizes(case, reference, outcomes), *_generator(case, reference, outcomes)]
    temperatures = _temperatures(case, reference, outcomes)
    rows = [_usual(case, figure, source) for figure in (*figures, *temperatures)]
    rows += [_worst(case, group, tuple(outcomes), source) for group in (figures, temperatures)]
    imbalance = max(o.energy_balance_error_pct for o in outcomes.values())
    return [
        *rows,
        at_most(case.name, "energy balance error, worst", imbalance, "%", MOST_IMBALANCE_PCT, "conservation of energy"),
    ]


def finer_rows(
    case: DeviceCase, rows: list[Comparison], outcomes: dict[str, Outcome], spacing_mm: float
) -> list[Comparison]:
    """Return the rows of a case that were missed, once more from outcomes on a finer grid: is it the grid?"""
    reference = references()[case.name]
    source = SOURCE.format(nodes=reference.nodes, steps=reference.steps)
    missed = {row.quantity for row in rows if not row.met}
    figures = (*_sizes(case, reference, outcomes), *_temperatures(case, reference, outcomes))
    again = [replace(f, quantity=f"{f.quantity}, on {spacing_mm:g} mm") for f in figures if f.quantity in missed]
    return [_usual(case, figure, source) for figure in again]


def _sizes(case: DeviceCase, reference: Reference, outcomes: dict[str, Outcome]) -> list[Figure]:
    return [
        Figure(
            f"{level:g} °C {name}",
            "mm",
            getattr(reference.sizes[level], f"{name}_mm"),
            np.array([[getattr(o.sizes[level], f"{name}_mm")] for o in outcomes.values()]),
            steepness_k_mm=float(np.median([o.steepness_k_mm[level][n] for o in outcomes.values()])),
            radius_mm=0.5 * getattr(reference.sizes[level], f"{name}_mm"),
        )
        for level in case.levels_c
        for n, name in enumerate(("width", "length"))
    ]


def _generator(case: DeviceCase, reference: Reference, outcomes: dict[str, Outcome]) -> list[Figure]:
    if reference.impedance_ohm is None or reference.power_w is None:
        return []
    ohm = np.array([o.impedance_ohm for o in outcomes.values()], float)
    found = [
        Figure(f"impedance at the {when}", "Ω", expected, ohm[:, n : n + 1])
        for n, (when, expected) in enumerate(zip(("start", "end"), reference.impedance_ohm, strict=True))
    ]
    if isinstance(case.drive, Voltage):
        watts = np.array([[o.power_w] for o in outcomes.values()], float)
        found.append(Figure("power at the end", "W", reference.power_w, watts))
    return found


def _temperatures(case: DeviceCase, reference: Reference, outcomes: dict[str, Outcome]) -> list[Figure]:
    obtained = np.stack([o.points_c for o in outcomes.values()])
    steepness = np.median([o.points_k_mm for o in outcomes.values()], axis=0)
    minutes = np.cumsum([phase.duration_s for phase in case.schedule]) / 60
    return [
        Figure(
            f"temperature at r {r:g}, z {z:g} mm, {minutes[phase]:g} min",
            "°C",
            float(reference.points_c[phase, point]),
            obtained[:, phase, point],
            steepness_k_mm=float(steepness[point]) if phase == len(minutes) - 1 else None,
            radius_mm=_radius_mm(case, r, z),
        )
        for phase in range(len(minutes))
        for point, (r, z) in enumerate(case.points_rz_mm)
    ]


def _radius_mm(case: DeviceCase, r_mm: float, z_mm: float) -> float:
    """Distance from the axis beside the active part, and from its middle beyond its ends."""
    if 0 <= z_mm <= case.active_length_mm:
        return r_mm
    return float(np.hypot(r_mm, z_mm - 0.5 * case.active_length_mm))


def _usual(case: DeviceCase, figure: Figure, source: str) -> Comparison:
    """The middle of all placements."""
    return figure.row(case.name, figure.quantity, float(np.median(figure.obtained)), USUAL_PCT, USUAL_K, source)


def _worst(case: DeviceCase, figures: list[Figure], placements: tuple[str, ...], source: str) -> Comparison:
    """The figure and the placement that are farthest off."""
    rows = []
    for figure in figures:
        at, value = figure.farthest
        quantity = f"worst of {len(placements)} placements, {figure.quantity}, {placements[at]}"
        rows.append(figure.row(case.name, quantity, value, WORST_PCT, WORST_K, source))
    return max(rows, key=lambda row: abs(row.part_of_tolerance))
