"""The planner's solver against the stored finite elements: one row a figure, and the worst of all placements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from imaging.geometry import Floats
from planning.thermal.applicator import Voltage
from planning.thermal.verification.device_cases import DeviceCase
from planning.thermal.verification.references import Reference, references
from planning.thermal.verification.rows import Comparison, at_most, compare
from planning.thermal.verification.zones import Outcome

USUAL_PCT, WORST_PCT = 2.0, 4.0
USUAL_K, WORST_K = 1.0, 2.0
MOST_IMBALANCE_PCT = 0.5
SOURCE = "axisymmetric finite elements (tests/verification/finite_elements.py), {nodes} nodes, {steps} steps"


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """One quantity of a case: what the finite elements say, and the solver in every placement (rows)."""

    quantity: str
    unit: str
    expected: float
    obtained: Floats

    @property
    def farthest(self) -> tuple[int, float]:
        """Return the placement with the largest error, and the value there."""
        error = abs(self.obtained - self.expected)
        at = np.unravel_index(int(np.argmax(error)), error.shape)
        return int(at[0]), float(self.obtained[at])

    @property
    def largest_error(self) -> float:
        """Per cent of what is expected; kelvins for a temperature."""
        error = abs(self.farthest[1] - self.expected)
        return error if self.unit == "°C" else 100 * error / self.expected


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


def _sizes(case: DeviceCase, reference: Reference, outcomes: dict[str, Outcome]) -> list[Figure]:
    return [
        Figure(
            f"{level:g} °C {name}",
            "mm",
            getattr(reference.sizes[level], f"{name}_mm"),
            np.array([[getattr(o.sizes[level], f"{name}_mm")] for o in outcomes.values()]),
        )
        for level in case.levels_c
        for name in ("width", "length")
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
    minutes = np.cumsum([phase.duration_s for phase in case.schedule]) / 60
    return [
        Figure(
            f"temperature at r {r:g}, z {z:g} mm, {minutes[phase]:g} min",
            "°C",
            float(reference.points_c[phase, point]),
            obtained[:, phase, point],
        )
        for phase in range(len(minutes))
        for point, (r, z) in enumerate(case.points_rz_mm)
    ]


def _usual(case: DeviceCase, figure: Figure, source: str) -> Comparison:
    """The middle of all placements."""
    is_temperature = figure.unit == "°C"
    return compare(
        case.name,
        figure.quantity,
        float(np.median(figure.obtained)),
        figure.unit,
        figure.expected,
        USUAL_K if is_temperature else USUAL_PCT,
        source,
        kind="finite elements",
        relative=not is_temperature,
    )


def _worst(case: DeviceCase, figures: list[Figure], placements: tuple[str, ...], source: str) -> Comparison:
    """The figure and the placement that are farthest off."""
    figure = max(figures, key=lambda f: f.largest_error)
    at, value = figure.farthest
    is_temperature = figure.unit == "°C"
    return compare(
        case.name,
        f"worst of {len(placements)} placements, {figure.quantity}, {placements[at]}",
        value,
        figure.unit,
        figure.expected,
        WORST_K if is_temperature else WORST_PCT,
        source,
        kind="finite elements",
        relative=not is_temperature,
    )
