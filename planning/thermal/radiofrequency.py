"""Radiofrequency electrodes: potential and heat of every generator's electrodes during a prediction."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection
from dataclasses import dataclass, field
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
from planning.thermal.request import ThermalRequest
from planning.thermal.sharing import generators, turn_of

_BOX_MM = 24.0
"""The potential is computed this far around the electrodes; beyond, the current spreads as from a point.

Between shafts it is computed farther by their separation: the faces of the box let no current through there, and the
impedance comes out some 1 % too high for it.
"""
_RESOLVE_CHANGE = 0.02
"""The potential is computed anew when the conductivity changed by this much where the heat is made."""
_RESOLVE_AFTER_S = 2.0
"""... and not more often than this."""

Box = tuple[slice, slice, slice]


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


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def far_heat(out, sigma, medium, centre, spacing, current, inner):  # type: ignore[no-untyped-def]
    """Heat of a current that spreads evenly from a point, outside the inner box, in W/m³."""
    nk, nj, ni = out.shape
    for k in prange(nk):
        for j in range(nj):
            for i in range(ni):
                if inner[0] <= k < inner[1] and inner[2] <= j < inner[3] and inner[4] <= i < inner[5]:
                    continue
                r2 = ((k - centre[0]) * spacing[0]) ** 2 + ((j - centre[1]) * spacing[1]) ** 2
                r2 += ((i - centre[2]) * spacing[2]) ** 2
                per_area = current / (4 * math.pi * r2)
                out[k, j, i] = per_area * per_area / max(sigma[medium[k, j, i]], 0.01)


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
    source: Singles = field(default_factory=lambda: np.zeros((0, 0, 0), np.float32))
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
        self.box = self._box()
        media, self._medium = request.fields.media, np.ascontiguousarray(request.fields.medium[self.box])
        self._media_s_m = np.array([m.electrical_conductivity_s_m for m in media])
        known = request.fields.sigma_s_m
        base = self._media_s_m[self._medium] if known is None else known[self.box]
        self._base = np.ascontiguousarray(base, np.float32)
        self._beta = np.array([m.electrical_temperature_coefficient_1_k for m in media])
        self._vapour = np.array([math.inf if m.vapour_c is None else m.vapour_c for m in media])
        self._sigma, self._then = np.empty_like(self._base), np.full_like(self._base, np.nan)
        shape = request.grid.shape_kji
        self._electric = Electric(
            self._base.shape, request.grid.spacing_ijk_mm, self.wells.inside(shape, self.box), request.ground
        )
        self._since_s = math.inf
        self.channels = self._channels()
        k_w_mk = state.table.k_warm[state.row_of]
        # temperature of the surface over what the grid reads, per W of a quadrature point: a / (4 pi k length)
        self._near_k_w = self.wells.log_ratio / (4 * math.pi * k_w_mk * self.wells.length_m)

    def _box(self) -> Box:
        """The part of the grid in which the potential is computed; all of it where its faces are the ground."""
        shape = np.array(self.request.grid.shape_kji)
        if self.request.ground == "faces":
            return (slice(0, int(shape[0])), slice(0, int(shape[1])), slice(0, int(shape[2])))
        kji = np.stack(np.unravel_index(self.wells.cells, tuple(shape)))
        margin = np.ceil((_BOX_MM + self._separation_mm()) / self.request.grid.spacing_ijk_mm[::-1]).astype(int)
        low = np.maximum(kji.min(axis=1) - margin, 0)
        high = np.minimum(kji.max(axis=1) + 1 + margin, shape)
        k, j, i = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
        return (k, j, i)

    def _separation_mm(self) -> float:
        """The largest distance of electrodes that are driven against each other."""
        probes = self.request.applicators
        pairs = [(probes[a], probes[b]) for owners in generators(probes) for a, b in itertools.combinations(owners, 2)]
        return max(
            (float(np.linalg.norm(a.centre_mm - b.centre_mm)) for a, b in pairs if a.polarity != b.polarity),
            default=0.0,
        )

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
            given.append((channel.source, scale))
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
        t = self.state.temperature(self.box)
        conductivity(t, self._medium, self._base, self._beta, self._vapour, LEAST_S_M, self._sigma)
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
        # Nothing of the old heat is kept while the new one is worked out: it is as large as the grid.
        self.state.set_source([])
        for c in self.channels:
            c.source = np.zeros((0, 0, 0), np.float32)
        for c in self.channels:
            guess = None if c.unit is None else c.unit.phi
            c.unit = self._electric.solve(c.owners, guess, self.progress)
            c.source = self._whole(c, c.unit)

    def _whole(self, channel: Channel, unit: UnitSolution) -> Singles:
        """The heat of the whole grid at 1 V."""
        grid = self.request.grid
        out = np.zeros(grid.shape_kji, np.float32)
        if unit.density_w_m3.shape != out.shape and not unit.bipolar:
            centres = [np.unravel_index(self.wells.centre_cell[p], out.shape) for p in channel.points]
            inner = np.array([edge for s in self.box for edge in (s.start, s.stop)])
            spacing_m = grid.spacing_ijk_mm[::-1] * 1e-3
            centre = np.mean(centres, axis=0)
            far_heat(out, self._media_s_m, self.request.fields.medium, centre, spacing_m, unit.conductance_s, inner)
        out[self.box] = unit.density_w_m3
        return out

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
        heat = float((own[cells] * w.weight[entries]).sum()) / self.state.cell_m3
        heat += float((channel.source.reshape(-1)[w.cells[cells]] * w.weight[entries]).sum())
        rate = heat / unit.conductance_s / self.state.table.c_warm[self.state.row_of[point]]
        return Hottest(float(self.state.t_read[point]), rate, float(near[best]))

    def _hottest_cell(self, channel: Channel, unit: UnitSolution) -> Hottest:
        """The hottest cell of those that this channel heats more than any other one would."""
        t = self.state.temperature(self.box)
        others = [c.unit.density_w_m3 for c in self.channels if c is not channel and c.unit is not None]
        if others:
            t = np.where(unit.density_w_m3 >= np.maximum.reduce(others), t, np.float32(-np.inf))
        at = np.unravel_index(int(np.argmax(t)), t.shape)
        rate = float(unit.density_w_m3[at]) / unit.conductance_s / self.state.table.c_warm[self._medium[at]]
        return Hottest(float(t[at]), max(rate, 1e-3), 0.0)
