"""Radiofrequency electrodes: potential and heat of every generator's electrodes during a prediction."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from numba import njit, prange

from imaging.geometry import Floats
from imaging.progress import Progress
from planning.thermal.applicator import RfDriveKind
from planning.thermal.bioheat import Bioheat
from planning.thermal.electric import LEAST_S_M, Electric, Singles, UnitSolution
from planning.thermal.generators import Hottest, Load, Regulator, regulator_of
from planning.thermal.kernels import FAST
from planning.thermal.request import ThermalRequest
from planning.thermal.sharing import generators, turn_of

_BODY, _MAY_BOIL_C, _LEAST_RISE = np.float32(37.0), np.float32(80.0), np.float32(0.02)
_RESOLVE_CHANGE = 0.02
"""The potential is computed anew when the conductivity changed by this much where the heat is made."""
_RESOLVE_AFTER_S = 2.0
"""... and not more often than this."""


@njit(cache=True, nogil=True, parallel=True, **FAST)
def conductivity(t, medium, base, beta, vapour_c, least, out):  # type: ignore[no-untyped-def]
    """Electrical conductivity at temperatures: linear rise, two decades of fall within 5 °C of boiling."""
    nk, nj, ni = out.shape
    for k in prange(nk):
        for j in range(nj):
            hottest = np.float32(0.0)
            for i in range(ni):
                rise = np.float32(1.0) + beta[medium[k, j, i]] * (t[k, j, i] - _BODY)
                out[k, j, i] = base[k, j, i] * (rise if rise > _LEAST_RISE else _LEAST_RISE)
                hottest = max(hottest, t[k, j, i])
            for i in range(ni):
                over = t[k, j, i] - vapour_c[medium[k, j, i]] if hottest > _MAY_BOIL_C else np.float32(0.0)
                if over > 0.0:
                    out[k, j, i] *= 10.0 ** (-0.4 * min(over, 5.0))
                out[k, j, i] = max(out[k, j, i], least)


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
class Channel:
    """What one generator drives together: its solution at 1 V and its regulator.

    Attributes
    ----------
    turn : (int, int) or None
        Which of how many channels that take turns at one generator this is.
    """

    owners: tuple[int, ...]
    how: RfDriveKind
    points: npt.NDArray[np.int64]
    regulator: Regulator
    turn: tuple[int, int] | None = None
    unit: UnitSolution | None = None
    power_w: float = 0.0
    at_work: bool = False

    @property
    def cooled_c(self) -> float | None:
        return self.how.cooled_c


class Radiofrequency:
    """All radiofrequency electrodes of one prediction."""

    def __init__(self, request: ThermalRequest, state: Bioheat, progress: Progress) -> None:
        assert state.wells is not None
        self.request, self.state, self.wells, self.progress = request, state, state.wells, progress
        media, mesh = request.fields.media, state.mesh
        self._medium = np.asarray(mesh.sample(request.fields.medium), np.uint8)
        known = request.fields.sigma_s_m
        per_medium_s_m = np.array([m.electrical_conductivity_s_m for m in media])
        self._base = per_medium_s_m.astype(np.float32)[self._medium] if known is None else mesh.mean(known)
        self._beta = np.array([m.electrical_temperature_coefficient_1_k for m in media], np.float32)
        self._vapour = np.array([math.inf if m.vapour_c is None else m.vapour_c for m in media], np.float32)
        self._sigma, self._then = np.empty_like(self._base), np.full_like(self._base, np.nan)
        self._electric = Electric(mesh.widths_m, self.wells, request.ground)
        self._since_s = math.inf
        self.channels = self._channels()
        k_w_mk = state.table.k_warm[state.row_of]
        # temperature of the surface over what the grid reads, per W of a quadrature point: a / (4 pi k length)
        self._near_k_w = self.wells.log_ratio / (4 * math.pi * k_w_mk * self.wells.length_m)

    def _channels(self) -> list[Channel]:
        """One channel for every electrode that works alone, or for all electrodes of one generator together."""
        found = []
        for members in generators(self.request.applicators):
            switched = self.request.applicators[members[0]].dwell_s is not None
            for place, owners in enumerate(((n,) for n in members) if switched else (members,)):
                how = self.request.applicators[owners[0]].drive
                assert isinstance(how, RfDriveKind)
                points = np.flatnonzero(np.isin(self.wells.owner, owners))
                turn = (place, len(members)) if switched else None
                found.append(Channel(owners, how, points, regulator_of(how), turn))
        return found

    def drive(
        self, dt_s: float, working: Collection[int], now_s: float, phase_began_s: float
    ) -> list[tuple[Singles, float]]:
        """Regulate every channel whose electrodes work, and return the heat of the coming step: fields and factors.

        The heats of different generators are added, and not their potentials: they are not locked in phase, so that
        over many periods the products of their fields average to nothing. Electrodes of one generator share one
        potential, whose heat is not the sum of their own. An electrode that is idle is not there for the current of
        others, although its metal would draw some.
        """
        self._refresh(dt_s)
        drive = self.state.drive
        given: list[tuple[Singles, float]] = []
        for channel in self.channels:
            unit = channel.unit
            connected = unit is not None and set(channel.owners) <= set(working)
            if connected and channel.cooled_c is not None:
                # the coolant flows in pauses and while others have their turn, too
                drive.held[channel.points], drive.wall_c[channel.points] = True, channel.cooled_c
            channel.at_work = connected and self._has_turn(channel, now_s, phase_began_s)
            if unit is None or not channel.at_work:
                channel.power_w = 0.0
                channel.regulator.rest()
                continue
            load = Load(unit.conductance_s, partial(self._hottest, channel, unit))
            channel.power_w = channel.regulator.power_w(load, dt_s)
            scale = channel.power_w / unit.conductance_s
            given.append((unit.density_w_m3, scale))
            well_w = scale * unit.well_w[channel.points]
            drive.fixed_w[channel.points] = well_w if channel.cooled_c is None else 0.5 * well_w
        return given

    def _has_turn(self, channel: Channel, now_s: float, phase_began_s: float) -> bool:
        if channel.turn is None:
            return True
        place, count = channel.turn
        return place == turn_of(self.request.applicators[channel.owners[0]], count, now_s, phase_began_s)

    def stop(self) -> None:
        """Forget what the regulators remember, as when the electrodes are switched off."""
        for channel in self.channels:
            channel.power_w, channel.at_work = 0.0, False
            channel.regulator.stop()

    @property
    def longest_step_s(self) -> float:
        """The longest step that follows what the generators do."""
        return min(channel.regulator.longest_step_s for channel in self.channels)

    def impedance_ohm(self, channel: Channel) -> float:
        """Return the impedance of a channel, NaN while it is off; in the pauses of a generator it is measured too."""
        return math.nan if channel.unit is None or not channel.at_work else 1.0 / channel.unit.conductance_s

    def power_of(self, channel: Channel, owner: int) -> float:
        """Return the power of one electrode of a channel: by the current it carries."""
        if channel.unit is None:
            return 0.0
        return channel.power_w * channel.unit.share_of(self.wells.owner, owner)

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
        if self._since_s < min(_RESOLVE_AFTER_S, self.longest_step_s) - 1e-6:
            return
        t = self.state.temperature()
        conductivity(t, self._medium, self._base, self._beta, self._vapour, np.float32(LEAST_S_M), self._sigma)
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
            c.unit = self._electric.solve(c.owners, guess, self.progress)

    def _hottest(self, channel: Channel, unit: UnitSolution, power_w: float) -> Hottest:
        """The place a temperature is held at: of the surface, or of the tissue where the surface is cooled."""
        if channel.cooled_c is None:
            return self._hottest_point(channel, unit, power_w)
        return self._hottest_cell(channel, unit)

    def _hottest_point(self, channel: Channel, unit: UnitSolution, power_w: float) -> Hottest:
        """Grid temperature, warming rate and near-field rise of the quadrature point with the hottest surface.

        Of an array it is the hottest point of the tines, where arrays have their sensors.
        """
        p, w = channel.points, self.wells
        if w.tine[p].any():
            p = p[w.tine[p]]
        near = unit.well_w[p] * self._near_k_w[p] / unit.conductance_s
        best = int(np.argmax(self.state.t_read[p] + near * max(power_w, 0.1)))
        point = int(p[best])
        own = np.zeros(len(w.cells))
        np.add.at(own, w.local, w.weight * np.repeat(unit.well_w, np.diff(w.start)))
        entries = slice(int(w.start[point]), int(w.start[point + 1]))
        cells = w.local[entries]
        heat = float((own[cells] * w.weight[entries]).sum()) / self.state.mesh.fine_m3
        heat += float((unit.density_w_m3.reshape(-1)[w.cells[cells]] * w.weight[entries]).sum())
        rate = heat / unit.conductance_s / self.state.table.c_warm[self.state.row_of[point]]
        return Hottest(float(self.state.t_read[point]), rate, float(near[best]))

    def _hottest_cell(self, channel: Channel, unit: UnitSolution) -> Hottest:
        """The hottest cell of those that this channel heats more than any other one would."""
        t = self.state.temperature()
        others = [c.unit.density_w_m3 for c in self.channels if c is not channel and c.unit is not None]
        if others:
            t = np.where(unit.density_w_m3 >= np.maximum.reduce(others), t, np.float32(-np.inf))
        at = np.unravel_index(int(np.argmax(t)), t.shape)
        rate = float(unit.density_w_m3[at]) / unit.conductance_s / self.state.table.c_warm[self._medium[at]]
        return Hottest(float(t[at]), max(rate, 1e-3), 0.0)
