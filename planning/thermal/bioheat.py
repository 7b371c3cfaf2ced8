"""The state of the bio-heat equation and one step of it.

    dh/dt = div(k grad T) + w rho_b c_b (T_b - T) + q_m + sources,        T = T(h)

in finite volumes with harmonic means at faces, enthalpy h for the phase change, and Runge-Kutta-Legendre
super-time-stepping of second order (Meyer, Balsara and Aslam, J Comput Phys 2014;257:594): s explicit stages cover
(s² + s - 2) / 4 explicit steps, with nothing to solve.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from planning.thermal import kernels, well_kernels
from planning.thermal.properties import C_COLD, C_WARM, K_COLD, K_WARM, property_table
from planning.thermal.request import ThermalRequest
from planning.thermal.wells import Wells

Singles = npt.NDArray[np.float32]

_INSULATED = 1e30
_GHOST = 255
"""Medium of the ghost layer: no tissue has it, so faces of the box use the ghost's own resistance."""
_SAFETY = 0.9


class WellDrive:
    """What drives every quadrature point at present.

    Attributes
    ----------
    held : ndarray of bool
        Points whose wall is held at ``wall_c``.
    fixed_w : ndarray
        Heat every point gives besides.
    """

    def __init__(self, n_points: int) -> None:
        self.held = np.zeros(n_points, np.bool_)
        self.wall_c = np.zeros(n_points)
        self.fixed_w = np.zeros(n_points)


class Bioheat:
    """Enthalpy and temperature of a padded box, advanced step by step."""

    def __init__(self, request: ThermalRequest, wells: Wells | None) -> None:
        grid, fields = request.grid, request.fields
        self.request, self.wells = request, wells
        self.table = property_table(fields.media)
        spacing_m = grid.spacing_ijk_mm * 1e-3
        self.cell_m3 = float(np.prod(spacing_m))
        self.inv_h2 = (1 / spacing_m[2] ** 2, 1 / spacing_m[1] ** 2, 1 / spacing_m[0] ** 2)
        self._weights = (np.float32(self.inv_h2[0]), np.float32(self.inv_h2[1]), np.float32(self.inv_h2[2]))
        self.medium = np.pad(fields.medium, 1, mode="edge")
        start = request.body_c if request.initial_c is None else np.pad(request.initial_c, 1, mode="edge")
        self.h = np.ascontiguousarray(self.table.enthalpy(start, self.medium), dtype=np.float32)
        self.medium = np.pad(fields.medium, 1, constant_values=_GHOST)
        self._rows = self.table.rows.astype(np.float32)
        self._kinds = np.zeros(self.medium.shape[:2], np.uint8)
        kernels.row_kinds(self.medium, self._kinds)
        ghost = 0.0 if request.boundary == "fixed" else _INSULATED
        self._t = [np.full(self.h.shape, request.body_c, np.float32) for _ in range(3)]
        self._r = [np.full(self.h.shape, ghost, np.float32) for _ in range(3)]
        self._q = [np.zeros(self.h.shape, np.float32) for _ in range(3)]
        self._d = [np.zeros_like(self.h) for _ in range(3)]
        self._m0 = np.zeros_like(self.h)
        self.source = np.zeros_like(self.h)
        self._source_w_m3 = 0.0
        self.alive = np.ones(self.h.shape, np.float32)
        self._sums = np.zeros(self.h.shape[0])
        kernels.fill_state(self.h, self.medium, self._rows, *self._state(0))
        self.drive = WellDrive(0 if wells is None else wells.size)
        if wells is not None:
            self.row_of = self.medium.reshape(-1)[wells.centre_cell].astype(np.int64)
            self._base = np.zeros(len(wells.cells), np.float32)
            self.t_read = np.zeros(wells.size)
            self.well_w = np.zeros(wells.size)
            self._read_wells(self._t[0])
        self.initial_j = self.stored_j
        self.supplied_j = 0.0
        self.turned_over_j = 0.0
        self.point_j = np.zeros(0 if wells is None else wells.size)
        self.explicit_step_s = self._explicit_step_s()

    @property
    def t(self) -> Singles:
        """Temperature in °C, padded by one ghost layer."""
        return self._t[0]

    @property
    def stored_j(self) -> float:
        return float(self.h[1:-1, 1:-1, 1:-1].sum(dtype=np.float64)) * self.cell_m3

    def _state(self, n: int) -> tuple[Singles, Singles, Singles]:
        """Temperature, half resistivity and conductivity integral of buffer ``n``; the present one is 0."""
        return self._t[n], self._r[n], self._q[n]

    def set_source(self, source_w_m3: npt.NDArray[np.floating] | None) -> None:
        """Replace the heat source of the cells, shape ``grid.shape_kji``."""
        inner = self.source[1:-1, 1:-1, 1:-1]
        inner[:] = 0.0 if source_w_m3 is None else source_w_m3
        self._source_w_m3 = float(inner.sum(dtype=np.float64))
        if self.wells is not None:
            self._base = self.source.reshape(-1)[self.wells.cells].copy()

    def stages_for(self, dt_s: float) -> int:
        """Return how many stages (odd, at least 3) a step needs."""
        s = math.ceil((math.sqrt(9 + 16 * dt_s / self.explicit_step_s) - 1) / 2)
        return max(s + 1 - s % 2, 3)

    def step(self, dt_s: float) -> None:
        """Advance by ``dt_s``; heat that came and went is added to the balance."""
        s = self.stages_for(dt_s)
        w1 = 4.0 / (s * s + s - 2)
        b = [1 / 3, 1 / 3] + [(j * j + j - 2) / (2 * j * (j + 1)) for j in range(2, s + 1)]
        now = self._state(0)
        self._d[0].fill(0.0)
        d_old = d_mid = self._d[0]
        e_old, e_mid = np.zeros(3 + self.point_j.size), np.zeros(3 + self.point_j.size)
        power0 = e_old
        for j in range(1, s + 1):
            c = _coefficients(j, b, w1 * dt_s)
            self._give_wells(now[0])
            d_new, new = self._d[j % 3], self._state(1 + j % 2)
            boundary = kernels.boundary_power(now[0], now[1], self.inv_h2)
            kernels.stage(
                j == 1, c.astype(np.float32), self._weights, np.float32(self.request.blood_c), self.h, d_mid, d_old,
                self._m0, self.medium, self._kinds, self._rows, self.alive, self.source, now, d_new, new, self._sums,
            )  # fmt: skip
            power = self._powers(boundary)
            power0 = power if j == 1 else power0
            e_old, e_mid = e_mid, c[0] * e_mid + c[1] * e_old + c[3] * power + c[4] * power0
            d_old, d_mid = d_mid, d_new
            now = new
        self._accept(d_mid, 1 + s % 2, e_mid)

    def _accept(self, change: npt.NDArray[np.float32], at: int, energy_j: Floats) -> None:
        """Take the last stage's state, which lies in buffer ``at``, as the present one."""
        kernels.add_change(self.h, change)
        self._t[0], self._t[at] = self._t[at], self._t[0]
        self._r[0], self._r[at] = self._r[at], self._r[0]
        self._q[0], self._q[at] = self._q[at], self._q[0]
        self.t_before = self._t[at]
        self.supplied_j += float(energy_j.sum())
        self.turned_over_j += float(np.abs(energy_j).sum())
        self.point_j = energy_j[3:]
        self._read_wells(self.t)

    def _read_wells(self, t: Singles) -> None:
        w = self.wells
        if w is not None:
            well_kernels.read_points(t.reshape(-1), w.cells, w.start, w.local, w.weight, self.t_read)

    def _give_wells(self, t: Singles) -> None:
        w, d = self.wells, self.drive
        if w is None:
            return
        self._read_wells(t)
        well_kernels.well_power(
            self.t_read, d.wall_c, d.held, d.fixed_w, w.length_m, w.log_ratio, self.row_of, self.table.rows, self.well_w
        )
        well_kernels.scatter(
            self.well_w, 1 / self.cell_m3, self._base, self.source.reshape(-1), w.cells, w.start, w.local, w.weight
        )

    def _powers(self, boundary_w_m3: float) -> Floats:
        """Heat in W by way: blood and metabolism, faces, sources of cells, then every quadrature point."""
        sources = self._source_w_m3
        living = float(self._sums[1:-1].sum())
        wells = self.well_w if self.wells is not None else np.zeros(0)
        return np.concatenate([np.array([living, boundary_w_m3, sources]) * self.cell_m3, wells])

    def _explicit_step_s(self) -> float:
        """Largest stable explicit step: two over a bound of the fastest decay rate."""
        cold = self.request.is_cold or bool((self.t[1:-1, 1:-1, 1:-1] < 2.0).any())
        spacing_m = self.request.grid.spacing_ijk_mm * 1e-3
        present = np.unique(self.request.fields.medium)
        rate = self.table.fastest_rate_1_s(spacing_m, present, cold=cold)
        if self.wells is not None:
            w = self.wells
            k = np.maximum(self.table.rows[self.row_of, K_COLD], self.table.rows[self.row_of, K_WARM])
            g = 2 * math.pi * w.length_m * k / w.log_ratio
            load = np.zeros(len(w.cells))
            np.add.at(load, w.local, w.weight * np.repeat(g, np.diff(w.start)))
            own = self.table.rows[self.medium.reshape(-1)[w.cells]]
            capacity = np.minimum(own[:, C_WARM], own[:, C_COLD])
            rate += float((load / capacity).max()) / self.cell_m3
        return _SAFETY * 2.0 / rate


def _coefficients(j: int, b: list[float], w1_dt_s: float) -> Floats:
    """Return mu, nu, 0, mu~ dt and gamma~ dt of stage ``j``."""
    if j == 1:
        return np.array([0.0, 0.0, 0.0, b[1] * w1_dt_s, 0.0])
    mu = (2 * j - 1) / j * b[j] / b[j - 1]
    nu = -(j - 1) / j * b[j] / b[j - 2]
    return np.array([mu, nu, 0.0, mu * w1_dt_s, -(1 - b[j - 1]) * mu * w1_dt_s])
