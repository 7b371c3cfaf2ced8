"""What the applicators do during a step, and what they report."""

from __future__ import annotations

import numpy as np

from imaging.geometry import Floats
from imaging.progress import Progress
from planning.thermal.applicator import LinePower, WallTemperature
from planning.thermal.bioheat import Bioheat
from planning.thermal.radiofrequency import Radiofrequency
from planning.thermal.request import ThermalRequest


class Driver:
    """Sets the wells before every step and keeps the curves of every applicator."""

    def __init__(self, request: ThermalRequest, state: Bioheat, progress: Progress) -> None:
        self.request, self.state = request, state
        n = len(request.applicators)
        self._on = False
        rf = any(a.is_rf for a in request.applicators)
        self._rf = Radiofrequency(request, state, progress) if rf else None
        self.power_w: list[Floats] = [np.zeros(n)]
        self.impedance_ohm: list[Floats] = [np.full(n, np.nan)]
        self.wall_c: list[Floats] = [np.full(n, request.body_c)]

    def start_phase(self, on: bool) -> None:
        """Switch all applicators on or off."""
        self._on = on
        wells, drive = self.state.wells, self.state.drive
        drive.held[:], drive.fixed_w[:] = False, 0.0
        if self._rf is not None and not on:
            self._rf.stop()
        if wells is None or not on:
            return
        for n, applicator in enumerate(self.request.applicators):
            mine = wells.owner == n
            if isinstance(applicator.drive, WallTemperature):
                drive.held[mine], drive.wall_c[mine] = True, applicator.drive.c
            elif isinstance(applicator.drive, LinePower):
                total_w = applicator.drive.w_m * applicator.active_length_mm * 1e-3
                drive.fixed_w[mine] = total_w * wells.length_m[mine] / wells.length_m[mine].sum()

    def before_step(self, dt_s: float) -> None:
        """Set the sources of the coming step."""
        if self._rf is not None and self._on:
            self._rf.drive(dt_s)

    def after_step(self, dt_s: float) -> None:
        """Keep what every applicator did in the step."""
        wells = self.state.wells
        n = len(self.request.applicators)
        power, impedance, wall = np.zeros(n), np.full(n, np.nan), np.zeros(n)
        rf = self._rf
        if wells is not None:
            taken_w = self.state.point_j / dt_s
            surface = self.state.t_read if rf is None else rf.surface_c()
            surface = np.where(self.state.drive.held, self.state.drive.wall_c, surface)
            for a, applicator in enumerate(self.request.applicators):
                mine = wells.owner == a
                power[a] = (-1.0 if applicator.is_cold else 1.0) * float(taken_w[mine].sum())
                wall[a] = float(np.average(surface[mine], weights=wells.length_m[mine]))
            for channel in rf.channels if rf is not None and self._on else ():
                power[channel.owner] = channel.power_w
                impedance[channel.owner] = rf.impedance_ohm(channel.owner) if rf is not None else np.nan
        self.power_w.append(power)
        self.impedance_ohm.append(impedance)
        self.wall_c.append(wall)
