"""Radiofrequency generators: potential, heat and control of every electrode during a prediction."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit, prange

from imaging.geometry import Floats
from imaging.progress import Progress
from planning.thermal.applicator import Applicator, BipolarPower, Power, TipTemperature, Voltage
from planning.thermal.bioheat import Bioheat
from planning.thermal.electric import LEAST_S_M, Electric, UnitSolution
from planning.thermal.request import ThermalRequest

_RESOLVE_CHANGE = 0.05
"""The potential is computed anew when the conductivity changed by this much where the heat is made."""
_RESOLVE_AFTER_S = 8.0
"""... and not more often than this."""
_HORIZON_S = 6.0
"""The regulator aims to reach the wanted temperature in this time."""
_GROWTH, _FIRST_PART = 1.15, 0.002
_TOO_HOT_K, _BACK_OFF = 2.0, 0.7
"""Above the target by this much the power falls by this factor a step, whatever the loss seen."""
_RAMP_S = 30.0
"""Generators raise their power from nothing to full in about this time."""


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def conductivity(t, medium, base, beta, vapour_c, least, out):  # type: ignore[no-untyped-def]
    """Electrical conductivity at temperatures: linear rise, two decades of fall within 5 °C of boiling."""
    nk, nj, ni = out.shape
    for k in prange(nk):
        for j in range(nj):
            for i in range(ni):
                m = medium[k, j, i]
                x = t[k, j, i]
                s = base[k, j, i] * max(1.0 + beta[m] * (x - 37.0), 0.02)
                if x > vapour_c[m]:
                    s *= 10.0 ** (-0.4 * min(x - vapour_c[m], 5.0))
                out[k, j, i] = max(s, least)


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def weighted_change(now, then, density):  # type: ignore[no-untyped-def]
    """Relative change of a field, weighted by the heat density."""
    total, weight = 0.0, 1e-30
    nk, nj, ni = now.shape
    for k in prange(nk):
        a, b = 0.0, 0.0
        for j in range(nj):
            for i in range(ni):
                a += density[k, j, i] * abs(now[k, j, i] / then[k, j, i] - 1.0)
                b += density[k, j, i]
        total += a
        weight += b
    return total / weight


@dataclass(slots=True, eq=False)
class _Channel:
    """One electrode: its solution at 1 V and what its regulator remembers."""

    owner: int
    applicator: Applicator
    points: npt.NDArray[np.int64]
    unit: UnitSolution | None = None
    power_w: float = 0.0
    watched_c: float = math.nan
    watched_at: int = -1
    loss_k_s: float = 0.0


class Radiofrequency:
    """All radiofrequency electrodes of one prediction."""

    def __init__(self, request: ThermalRequest, state: Bioheat, progress: Progress) -> None:
        assert state.wells is not None
        self.state, self.wells, self.progress = state, state.wells, progress
        media = request.fields.media
        base = np.array([m.electrical_conductivity_s_m for m in media])[request.fields.medium]
        self._base = base if request.fields.sigma_s_m is None else request.fields.sigma_s_m.astype(float)
        self._beta = np.array([m.electrical_temperature_coefficient_1_k for m in media])
        self._vapour = np.array([math.inf if m.vapour_c is None else m.vapour_c for m in media])
        self._sigma, self._then = np.empty(base.shape), np.full(base.shape, np.nan)
        self._electric = Electric(request.grid, self.wells, request.ground)
        self._medium, self._capacity = request.fields.medium, state.table.c_warm
        self._last_dt_s, self._since_s = 1.0, math.inf
        self.channels = [
            _Channel(n, a, np.flatnonzero(self.wells.owner == n)) for n, a in enumerate(request.applicators) if a.is_rf
        ]
        k_w_mk = state.table.k_warm[state.row_of]
        # temperature of the surface over what the grid reads, per W of a quadrature point: a / (4 pi k length)
        self._near_k_w = self.wells.log_ratio / (4 * math.pi * k_w_mk * self.wells.length_m)

    def drive(self, dt_s: float, working: Collection[int]) -> None:
        """Regulate every electrode that works, by its number, and set the heat of the coming step."""
        self._refresh(dt_s)
        density: npt.NDArray[np.float32] | None = None
        drive = self.state.drive
        for channel in self.channels:
            if channel.owner not in working:
                continue
            unit = channel.unit
            assert unit is not None
            channel.power_w = self._wanted_power(channel, unit, dt_s)
            scale = channel.power_w / unit.conductance_s
            part = unit.density_w_m3 * np.float32(scale)
            density = part if density is None else density + part
            cooled_c = getattr(channel.applicator.drive, "cooled_c", None)
            well_w = scale * unit.well_w[channel.points]
            drive.fixed_w[channel.points] = well_w if cooled_c is None else 0.5 * well_w
            if cooled_c is not None:
                drive.held[channel.points], drive.wall_c[channel.points] = True, cooled_c
        self.state.set_source(density)

    def stop(self) -> None:
        """Switch all electrodes off."""
        self.state.set_source(None)
        for channel in self.channels:
            channel.power_w, channel.watched_c = 0.0, math.nan

    def impedance_ohm(self, owner: int) -> float:
        """Return the impedance of an electrode, NaN before its first solution."""
        unit = next((c.unit for c in self.channels if c.owner == owner), None)
        return math.nan if unit is None else 1.0 / unit.conductance_s

    def surface_c(self) -> Floats:
        """Return the temperature of the electrodes' surface at every quadrature point."""
        surface = self.state.t_read.copy()
        for c in self.channels:
            if c.unit is not None and not self.state.drive.held[c.points].any():
                scale = c.power_w / c.unit.conductance_s
                surface[c.points] += scale * c.unit.well_w[c.points] * self._near_k_w[c.points]
        return surface

    def _refresh(self, dt_s: float) -> None:
        """Compute the potentials anew where the conductivity changed noticeably."""
        self._since_s += dt_s
        if self._since_s < _RESOLVE_AFTER_S:
            return
        conductivity(
            self.state.temperature(), self._medium, self._base, self._beta, self._vapour, LEAST_S_M, self._sigma
        )
        stale = [
            c
            for c in self.channels
            if c.unit is None or weighted_change(self._sigma, self._then, c.unit.density_w_m3) > _RESOLVE_CHANGE
        ]
        if not stale:
            return
        self._electric.set_conductivity(self._sigma)
        self._then[...] = self._sigma
        self._since_s = 0.0
        for c in self.channels:
            guess = None if c.unit is None else c.unit.phi
            c.unit = self._electric.solve(c.owner, guess, self.progress)

    def _wanted_power(self, channel: _Channel, unit: UnitSolution, dt_s: float) -> float:
        drive = channel.applicator.drive
        if isinstance(drive, Voltage):
            return drive.v_rms**2 * unit.conductance_s
        if isinstance(drive, (Power, BipolarPower)):
            return drive.w
        assert isinstance(drive, TipTemperature)
        return self._regulated(channel, unit, drive, dt_s)

    def _regulated(self, channel: _Channel, unit: UnitSolution, drive: TipTemperature, dt_s: float) -> float:
        """Power that brings the hottest place to its target within the horizon.

        The place's temperature is what the grid says plus a near-field rise of ``near`` K/W that follows the power at
        once; the grid warms by ``rate`` K/s per W, less the loss seen in the last step.
        """
        if drive.cooled_c is None:
            watched, rate, near = self._hottest_point(channel, unit)
        else:
            watched, rate, near = self._hottest_cell(unit)
        horizon = max(_HORIZON_S, dt_s)
        if not math.isnan(channel.watched_c):
            seen = (watched - channel.watched_c) / self._last_dt_s - rate * channel.power_w
            channel.loss_k_s += 0.5 * (seen - channel.loss_k_s)
        channel.watched_c, self._last_dt_s = watched, dt_s
        power = (drive.c - watched - horizon * channel.loss_k_s) / (near + rate * horizon)
        most = min(channel.power_w + drive.max_power_w * dt_s / _RAMP_S, drive.max_power_w)
        if drive.cooled_c is not None:
            # the hottest place wanders: raise the power gently, and lower it at once
            most = min(most, _GROWTH * channel.power_w + _FIRST_PART * drive.max_power_w)
            if watched > drive.c + _TOO_HOT_K:
                most = min(most, _BACK_OFF * channel.power_w)
        return min(max(power, 0.0), most)

    def _hottest_point(self, channel: _Channel, unit: UnitSolution) -> tuple[float, float, float]:
        """Grid temperature, warming rate and near-field rise of the quadrature point with the hottest surface."""
        p, w = channel.points, self.wells
        near = unit.well_w[p] * self._near_k_w[p] / unit.conductance_s
        best = int(np.argmax(self.state.t_read[p] + near * max(channel.power_w, 0.1)))
        point = int(p[best])
        own = np.zeros(len(w.cells))
        np.add.at(own, w.local, w.weight * np.repeat(unit.well_w, np.diff(w.start)))
        entries = slice(int(w.start[point]), int(w.start[point + 1]))
        cells = w.local[entries]
        heat = float((own[cells] * w.weight[entries]).sum()) / self.state.cell_m3
        heat += float((self._density_at(unit, w.cells[cells]) * w.weight[entries]).sum())
        rate = heat / unit.conductance_s / self._capacity[self.state.row_of[point]]
        return float(self.state.t_read[point]), rate, float(near[best])

    def _hottest_cell(self, unit: UnitSolution) -> tuple[float, float, float]:
        inner = self.state.temperature()
        at = np.unravel_index(int(np.argmax(inner)), inner.shape)
        medium = self._medium[at]
        rate = float(unit.density_w_m3[at]) / unit.conductance_s / self._capacity[medium]
        return float(inner[at]), max(rate, 1e-3), 0.0

    def _density_at(self, unit: UnitSolution, cells: npt.NDArray[np.int64]) -> Floats:
        return unit.density_w_m3.reshape(-1)[cells].astype(float)
