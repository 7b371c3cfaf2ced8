"""What the applicators do during a step, and what they report."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from imaging.progress import Progress
from planning.catalogue import Phase
from planning.thermal.applicator import Applicator, Laser, LinePower, Microwave, WallTemperature
from planning.thermal.bioheat import Bioheat, Singles
from planning.thermal.curing import CuringCells
from planning.thermal.near_field import NearField
from planning.thermal.radiation import heat_at_1_w, is_radiator
from planning.thermal.radiofrequency import Radiofrequency
from planning.thermal.request import ThermalRequest

_BISECTIONS = 30


class Driver:
    """Sets the wells before every step and keeps the curves of every applicator."""

    def __init__(self, request: ThermalRequest, state: Bioheat, progress: Progress) -> None:
        self.request, self.state = request, state
        n = len(request.applicators)
        self._working: list[int] = []
        self._phase = request.schedule[0]
        self._phase_began_s = 0.0
        rf = any(a.is_rf for a in request.applicators)
        self._rf = Radiofrequency(request, state, progress) if rf else None
        self._radiated = {
            n: state.mesh.mean(heat_at_1_w(request.grid, a))
            for n, a in enumerate(request.applicators)
            if is_radiator(a)
        }
        owner = np.zeros(0, np.int64) if state.wells is None else state.wells.owner
        self._points_of = [owner == n for n in range(len(request.applicators))]
        self._sign = np.array([-1.0 if a.is_cold else 1.0 for a in request.applicators])
        self.curing = None if request.curing is None else CuringCells(request.curing, state)
        self.power_w: list[Floats] = [np.zeros(n)]
        self.impedance_ohm: list[Floats] = [np.full(n, np.nan)]
        self.wall_c: list[Floats] = [np.full(n, request.body_c)]

    def start_phase(self, phase: Phase, now_s: float) -> None:
        """Begin a phase of the schedule."""
        self._phase, self._phase_began_s = phase, now_s
        if self._rf is not None and phase.kind != "on":
            self._rf.stop()

    def before_step(self, dt_s: float, now_s: float) -> None:
        """Set the sources of the coming step."""
        wells, drive = self.state.wells, self.state.drive
        drive.held[:], drive.fixed_w[:] = False, 0.0
        given: list[tuple[Singles, float]] = [] if self.curing is None else [self.curing.heat(dt_s)]
        if wells is None:
            self.state.set_source(given)
            return
        self._working = working = [
            n for n, a in enumerate(self.request.applicators) if a.start_s - 1e-6 <= now_s < a.end_s - 1e-6
        ]
        for n in working:
            self._set(self.request.applicators[n], self._points_of[n], now_s)
        if self._phase.kind == "on":
            given += [] if self._rf is None else self._rf.drive(dt_s, working, now_s, self._phase_began_s)
            given += [(self._radiated[n], self._radiated_w(n)) for n in working if n in self._radiated]
        self.state.set_source(given)

    @property
    def longest_step_s(self) -> float:
        """The longest step that follows what the applicators do in the present phase, and what cures."""
        cure_s = math.inf if self.curing is None else self.curing.longest_step_s
        return cure_s if self._rf is None or self._phase.kind != "on" else min(self._rf.longest_step_s, cure_s)

    def _radiated_w(self, n: int) -> float:
        drive = self.request.applicators[n].drive
        assert isinstance(drive, (Laser, Microwave))
        return drive.w

    def _set(self, applicator: Applicator, mine: npt.NDArray[np.bool_], now_s: float) -> None:
        """Set the points of an applicator that has started and not ended, other than of radiofrequency."""
        wells, drive = self.state.wells, self.state.drive
        assert wells is not None
        how = applicator.drive
        thaw_c = self._phase.wall_c
        if thaw_c is not None and not isinstance(how, WallTemperature):
            drive.held[mine], drive.wall_c[mine] = True, thaw_c
        elif isinstance(how, WallTemperature) and self._phase.kind != "off":
            since_s = now_s - max(applicator.start_s, self._phase_began_s)
            wanted_c = how.at(since_s) if thaw_c is None else thaw_c
            drive.held[mine] = True
            drive.wall_c[mine] = self._reached_c(mine, wanted_c, how.max_power_w)
        elif isinstance(how, Microwave) and how.cooled_c is not None and self._phase.kind == "on":
            drive.held[mine], drive.wall_c[mine] = True, how.cooled_c
        elif isinstance(how, LinePower) and self._phase.kind == "on":
            total_w = how.w_m * applicator.active_length_mm * 1e-3
            drive.fixed_w[mine] = total_w * wells.length_m[mine] / wells.length_m[mine].sum()

    def _reached_c(self, mine: npt.NDArray[np.bool_], wanted_c: float, max_power_w: float | None) -> float:
        """The wall temperature nearest to the wanted one that the power allows."""
        if max_power_w is None or abs(self.state.wall_power_w(mine, wanted_c)) <= max_power_w:
            return wanted_c
        reached_c = float(np.mean(self.state.t_read[mine]))
        beyond_c = wanted_c
        for _ in range(_BISECTIONS):
            middle_c = 0.5 * (reached_c + beyond_c)
            if abs(self.state.wall_power_w(mine, middle_c)) <= max_power_w:
                reached_c = middle_c
            else:
                beyond_c = middle_c
        return reached_c

    def _line_surface_c(self) -> Floats:
        """Temperature of the surface at every quadrature point, for heat that is given at the surface."""
        wells, state = self.state.wells, self.state
        assert wells is not None
        if not state.drive.fixed_w.any():
            return state.t_read
        through = state.drive.fixed_w * wells.log_ratio / (2 * np.pi * wells.length_m)
        medium = state.row_of.astype(np.int64)
        integral = state.table.conductivity_integral(state.t_read, medium) + through
        return state.table.temperature_of_integral(integral, medium)

    def near_fields(self) -> tuple[NearField, ...]:
        """Return what the applicators at work add to the temperature of the grid beside them, after a step."""
        wells, state = self.state.wells, self.state
        if wells is None or self._phase.kind == "off":
            return ()
        # Electrodes heat the tissue around them, and the cells have the profile of that.
        given_c = self._line_surface_c() if self._rf is None else state.t_read
        surface_c = np.where(state.drive.held, state.drive.wall_c, given_c)
        slope_k_mm = (state.t_read - surface_c) / wells.log_ratio * wells.length_m * 1e3
        return tuple(
            NearField(
                applicator=self.request.applicators[n],
                own_c=float(self.wall_c[-1][n]),
                points_mm=wells.at_mm[mine],
                slope_k_mm=slope_k_mm[mine],
                width_mm=float(wells.width_mm[mine].max()),
            )
            for n, mine in ((n, self._points_of[n] & ~wells.tine) for n in self._working)
        )

    def after_step(self, dt_s: float) -> None:
        """Keep what every applicator did in the step."""
        if self.curing is not None:
            self.curing.after_step(dt_s)
        wells = self.state.wells
        n = len(self.request.applicators)
        power, impedance, wall = np.zeros(n), np.full(n, np.nan), np.zeros(n)
        rf = self._rf
        if wells is not None:
            taken_w = self.state.point_j / dt_s
            surface = self._line_surface_c() if rf is None else rf.surface_c()
            surface = np.where(self.state.drive.held, self.state.drive.wall_c, surface)
            power = self._sign * np.bincount(wells.owner, taken_w, n)
            # Taken out of the mean, which then is exact where the wall is held.
            np.minimum.at(lowest := np.full(n, np.inf), wells.owner, surface)
            above = np.bincount(wells.owner, (surface - lowest[wells.owner]) * wells.length_m, n)
            wall = lowest + above / np.bincount(wells.owner, wells.length_m, n)
            if self._phase.kind == "on":
                for a in self._radiated.keys() & set(self._working):
                    power[a] = self._radiated_w(a)
            if rf is not None and self._phase.kind == "on":
                for channel in rf.channels:
                    for owner in channel.owners:
                        power[owner] = rf.power_of(channel, owner)
                        impedance[owner] = rf.impedance_ohm(channel)
        self.power_w.append(power)
        self.impedance_ohm.append(impedance)
        self.wall_c.append(wall)
