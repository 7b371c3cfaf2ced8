"""What every radiofrequency generator of a plan gives and measures over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from imaging.geometry import Floats
from planning.model.case import Case
from planning.model.zone import PredictedZone
from planning.quantities import NNBSP

MEANING = "The impedance is that of the tissue alone: without the return electrode and the cables."


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GeneratorCourse:
    """One generator, of one electrode or of several.

    Attributes
    ----------
    probes : str
        Names of its electrodes.
    times_s : ndarray, shape (n_times,)
    power_w : ndarray, shape (n_times,)
        Of all its electrodes together, in the step that ends at each time.
    impedance_ohm : ndarray, shape (n_times,)
        Of the electrodes that work at that time together; NaN while it is off.
    share_w : tuple of (str, ndarray)
        Name and power of each electrode.
    """

    probes: str
    times_s: Floats
    power_w: Floats
    impedance_ohm: Floats
    share_w: tuple[tuple[str, Floats], ...]

    @property
    def energy_j(self) -> float:
        return _energy_j(self.times_s, self.power_w)

    @property
    def works(self) -> bool:
        """Whether it gives anything at any time."""
        return bool(np.isfinite(self.impedance_ohm).any())

    @property
    def power_text(self) -> str:
        """The largest power and the energy: ``up to 42 W, 12.3 kJ in all``."""
        return f"up to {float(self.power_w.max()):.0f}{NNBSP}W, {self.energy_j / 1e3:.1f}{NNBSP}kJ in all"

    @property
    def impedance_text(self) -> str:
        """The least and the largest impedance: ``61–98 Ω``."""
        if not self.works:
            return "off"
        low, high = float(np.nanmin(self.impedance_ohm)), float(np.nanmax(self.impedance_ohm))
        return f"{'–'.join(dict.fromkeys((f'{low:.0f}', f'{high:.0f}')))}{NNBSP}Ω"

    @property
    def share_text(self) -> str:
        """The energy of each electrode: ``R1 6.1 kJ, R2 6.2 kJ``."""
        return ", ".join(
            f"{name} {_energy_j(self.times_s, power_w) / 1e3:.1f}{NNBSP}kJ" for name, power_w in self.share_w
        )


def generator_courses(case: Case, zone: PredictedZone) -> tuple[GeneratorCourse, ...]:
    """Return the plan's generators in the order of their first electrodes; none where the zone has no such curves.

    Parameters
    ----------
    case : Case
    zone : PredictedZone
        Of the case.
    """
    groups: dict[str, list[str]] = {}
    for probe in case.plan.probes:
        if probe.id in zone.power_w and probe.id in zone.impedance_ohm:
            shared = case.generator_of(probe.id)
            groups.setdefault(probe.id if shared is None else shared.id, []).append(probe.id)
    names: dict[str, str] = {p.id: p.name for p in case.plan.probes}
    return tuple(
        GeneratorCourse(
            probes=case.probe_names(ids),
            times_s=zone.times_s,
            power_w=np.sum([zone.power_w[i] for i in ids], axis=0),
            # All that work at a time measure the same; in turn, those that wait measure nothing.
            impedance_ohm=np.fmax.reduce([zone.impedance_ohm[i] for i in ids]),
            share_w=tuple((names[i], zone.power_w[i]) for i in ids),
        )
        for ids in groups.values()
    )


def _energy_j(times_s: Floats, power_w: Floats) -> float:
    return float((np.diff(times_s) * power_w[1:]).sum())
