"""The state of the bio-heat equation and one step of it.

    dh/dt = div(k grad T) + w rho_b c_b (T_b - T) + q_m + sources,        T = T(h)

in finite volumes with harmonic means at faces, enthalpy h for the phase change, and Runge-Kutta-Legendre
super-time-stepping of second order (Meyer, Balsara and Aslam, J Comput Phys 2014;257:594): s explicit stages cover
(s² + s - 2) / 4 explicit steps, with nothing to solve. Blood and metabolism act before and after them, half a step each
(Strang splitting), by their exact solution.

Where only applicators disturb the tissue, the cells that are worked on are a window around them (planes, and rows of
them) that grows as the temperature reaches its sides.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

import numba
import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from planning.thermal import advance, kernels, tracking
from planning.thermal.mesh import Mesh
from planning.thermal.properties import DEAD, ICE_ROWS, property_table
from planning.thermal.request import ThermalRequest
from planning.thermal.wells import Wells

Singles = npt.NDArray[np.float32]
_Number = TypeVar("_Number", bound=np.generic)

_INSULATED = 1e30
_NO_SOURCE: Singles = np.zeros((0, 0, 0), np.float32)
_SAFETY = 0.9
_FIRST_WINDOW_MM = 12.0
"""The window begins this far around the applicators ..."""
_WINDOW_STEP_MM, _WINDOW_SHELL_MM, _WINDOW_K = 6.0, 3.0, 0.25
"""... and grows by steps where its outermost layers are this far from what they would be without applicators."""
_COLDER_K, _JUST_FROZEN_C, _BEYOND_WALL_K = 30.0, -20.0, 8.0
"""No medium gets colder in one step than by so much, or to that if it is warm, nor much colder than the coldest wall: badly
conducting cells among good ones go somewhat beyond it."""
_UNDERSHOOT_K, _PREVIEW_UNDERSHOOT_K, _SHORTEST_PART_S = 25.0, 60.0, 0.1
"""A step is done in halves where it leaves a cell this much colder than its neighbours' mean, down to the shortest part."""
_MOST_LIVING = 0.6
"""The part of the way to the temperature of its blood that tissue may go in a step."""


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
    """Heat content of a box, advanced step by step, with the extremes and the dose it went through.

    Attributes
    ----------
    content : ndarray of float32, shape of the mesh
        As in `PropertyTable`.
    medium : ndarray of uint8, shape of the mesh
        As in the request; plus `properties.DEAD` where perfusion ended.
    extreme : ndarray of float32, shape of the mesh
        Lowest temperature so far if the request is cold, else the highest.
    cem43 : ndarray of float32, shape of the mesh
        Minutes; empty if the request counts no dose.
    t_read : ndarray, shape (n_points,)
        Temperature that the grid has around every quadrature point.
    point_j : ndarray, shape (n_points,)
        Heat that every quadrature point gave in the last step.
    bounds_c : tuple of float
        Lowest and highest temperature of the window after the last step.
    stages_done : int
        Since the start.

    Parameters
    ----------
    request : ThermalRequest
    mesh : Mesh
        Of the request.
    wells : Wells or None
        With flat indices of the mesh.
    """

    def __init__(self, request: ThermalRequest, mesh: Mesh, wells: Wells | None) -> None:
        fields = request.fields
        self.request, self.mesh = request, mesh
        self.table = property_table(fields.media)
        self._rows = self.table.for_kernels()
        self.medium = np.asarray(mesh.sample(fields.medium), np.uint8).copy()
        self._present = np.unique(self.medium)
        self._some_held = bool(self.table.held[self._present].any())
        self._freezes_c = np.float32(self.table.high_c[self._present].max())
        self._widths = _kernel_widths(mesh)
        self._narrowest_m = np.array([float(w.min()) for w in mesh.widths_m])
        self._spacing_kji_mm = request.grid.spacing_ijk_mm[::-1]
        start_c = request.body_c if request.initial_c is None else mesh.sample(request.initial_c)
        self.content = np.ascontiguousarray(self.table.content(start_c, self.medium))
        self._changes = tuple(np.zeros_like(self.content) for _ in range(3))
        inv_capacity = ~self.table.held / self.table.c_warm
        self._k_body = self.table.k_warm.astype(np.float32)[self.medium]
        self._inv_capacity = inv_capacity.astype(np.float32)[self.medium]
        self._slope = self.table.k_slope.astype(np.float32)[self.medium]
        self._ice = np.zeros((len(ICE_ROWS), mesh.shape[0], 0), np.float32)
        self.source = self._summed = _NO_SOURCE
        self._source_scale, self._source_w, self._sum_w = np.float32(0.0), 0.0, 0.0
        self.extreme = self.temperature()
        self.cem43 = np.zeros(mesh.shape if request.counts_dose else (0, 0, 0), np.float32)
        # Cold is kept as the extreme even where dose is counted, whose kernel keeps the hottest.
        self._hottest = np.zeros_like(self.content) if request.is_cold and request.counts_dose else self.extreme
        self.wells = wells
        self.drive = WellDrive(0 if wells is None else wells.size)
        self._wells = _arrays(wells, self.medium, self._rows)
        self.row_of = self._wells[-1]
        self._driven = np.zeros(mesh.shape, np.bool_)
        self._driven.reshape(-1)[self._wells[0]] = True
        self._medium_of_driven = self.medium.reshape(-1)[self._wells[0]].astype(np.int64)
        self._found = np.zeros(mesh.shape[0], np.int64)
        self.t_read = np.full(self.drive.held.shape, request.body_c)
        self.point_j = np.zeros(self.drive.held.shape)
        self._threads = numba.get_num_threads()
        self._lowest, self._highest = np.zeros((mesh.shape[0], 2 * DEAD), np.float32), np.zeros(mesh.shape[0])
        self._taken_j, self._brought_j = np.zeros(mesh.shape[0]), np.zeros(mesh.shape[0])
        self.bounds_c = (float(self.extreme.min()), float(self.extreme.max()))
        self._coldest_c = np.full(len(self.table.high_c), self.bounds_c[0])
        self.window = self._first_window()
        self._now_s = 0.0
        self._stored_change_j = 0.0
        self.supplied_j = self.turned_over_j = 0.0
        self.stages_done = 0

    @property
    def whole(self) -> npt.NDArray[np.int64]:
        """The window that is the whole box: begin and end along k, j and i."""
        nk, nj, ni = self.content.shape
        return np.array([0, nk, 0, nj, 0, ni])

    @property
    def stored_change_j(self) -> float:
        """Heat that the cells took up since the start."""
        return self._stored_change_j

    def temperature(self) -> Singles:
        """Return the temperature of all cells in °C, shape of the mesh."""
        out = np.empty_like(self.content)
        kernels.temperatures(self.content, self.medium, self._rows, out)
        return out

    def temperature_at(self, flat_cells: npt.NDArray[np.int64]) -> Floats:
        """Return the temperature of some cells, by flat index, shape (n,)."""
        content, n = self.content.reshape(-1)[flat_cells], self.medium.reshape(-1)[flat_cells]
        out = np.empty((1, 1, len(flat_cells)), np.float32)
        kernels.temperatures(content.reshape(out.shape), n.reshape(out.shape), self._rows, out)
        return out.reshape(-1).astype(float)

    def wall_power_w(self, points: npt.NDArray[np.bool_], wall_c: float) -> float:
        """Return the heat that some quadrature points would give now with their wall at a temperature."""
        *_, length_m, log_ratio, row_of = self._wells
        n, out = int(points.sum()), np.zeros(int(points.sum()))
        advance.well_power(
            self.t_read[points], np.full(n, wall_c), np.ones(n, np.bool_), np.zeros(n), length_m[points],
            log_ratio[points], row_of[points], self._rows, out,
        )  # fmt: skip
        return float(out.sum())

    def set_source(self, given: Sequence[tuple[Singles, float]]) -> None:
        """Replace the heat of the cells by fields of the mesh in W/m³, each times a number.

        With a field the window becomes the whole box.
        """
        if not given:
            self.source = self._summed = _NO_SOURCE
            self._source_scale, self._source_w = np.float32(0.0), 0.0
            return
        if len(given) == 1:
            self.source, scale = given[0]
        else:
            self.source, scale = np.zeros_like(self.content), 1.0
            for field, times in given:
                self.source += np.float32(times) * field
        self._source_scale = np.float32(scale)
        if self.source is not self._summed:
            moving = np.where(self._inv_capacity > 0, self.source, 0.0)
            self._summed, self._sum_w = self.source, float(np.einsum("kji,k,j,i->", moving, *self.mesh.widths_m))
        self._source_w = self._sum_w * scale
        self._open(self.whole)

    @property
    def longest_step_s(self) -> float:
        """The longest step that follows what blood does."""
        rate = self.table.perfusion_w_m3k[self._present] / self.table.c_warm[self._present]
        return math.inf if not rate.any() else _MOST_LIVING / float(rate.max())

    @property
    def explicit_step_s(self) -> float:
        """Largest stable explicit step at present: two over a bound of the fastest decay rate."""
        coldest_c = self._may_get_c()
        coldest = self.table.at_coldest(coldest_c)
        freezes = bool((coldest_c < self.table.high_c)[self._present].any())
        rate = self.table.fastest_rate_1_s(
            self._narrowest_m, self._present, self.bounds_c[1], coldest if freezes else None
        )
        if self.drive.held.any():
            cells = advance.fastest_of_wells(self.drive.held, self._wells, self._medium_of_driven, *coldest)
            rate += cells / self.mesh.fine_m3
        return _SAFETY * 2.0 / rate

    def _may_get_c(self) -> Floats:
        """What every medium may be at its coldest in the coming step."""
        now_c = np.minimum(self._coldest_c, self.request.body_c)
        walls_c = self.drive.wall_c[self.drive.held]
        if len(walls_c):
            colder_c = np.minimum(now_c - _COLDER_K, _JUST_FROZEN_C)
            lowest_c = np.maximum(colder_c, float(walls_c.min()))
            return np.asarray(np.minimum(lowest_c, now_c - _BEYOND_WALL_K))
        if self.bounds_c[0] < float(self._freezes_c):
            return np.asarray(np.maximum(np.minimum(now_c, _JUST_FROZEN_C), self.bounds_c[0]))
        return np.asarray(now_c)

    def stages_for(self, dt_s: float) -> int:
        """Return how many stages (odd, at least 3) a step needs."""
        s = math.ceil((math.sqrt(9 + 16 * dt_s / self.explicit_step_s) - 1) / 2)
        return max(s + 1 - s % 2, 3)

    def step(self, dt_s: float) -> None:
        """Advance by ``dt_s``; heat that came and went is added to the balance."""
        living = self.table.living(0.5 * dt_s, self.request.blood_c)
        tracking.live(self.window, self.content, self.medium, self._rows, *living, self._widths, self._brought_j)
        brought_j = self._in_window(self._brought_j)
        energy_j, left_s, part_s = np.zeros(2 + self.point_j.size), dt_s, dt_s
        while True:
            given_j = self._conduct(part_s)
            if self._undershoots() and part_s > _SHORTEST_PART_S:
                part_s /= 2
                continue
            energy_j += given_j
            left_s -= part_s
            if left_s <= 1e-9 * dt_s:
                break
            common = (self.content, self._changes[0], self.medium, self._rows, self._widths)
            tracking.take(self.window, *common, self._taken_j)
            self._stored_change_j += self._in_window(self._taken_j)
            part_s = min(part_s, left_s)
        self._now_s += dt_s
        self.point_j = energy_j[2:]
        self._finish(dt_s, living)
        brought_j += self._in_window(self._brought_j)
        self.supplied_j += float(energy_j.sum()) + brought_j
        self.turned_over_j += float(np.abs(energy_j).sum()) + abs(brought_j)
        self._stored_change_j += self._in_window(self._taken_j) + brought_j
        if not np.array_equal(self.window, self.whole):
            self._grow()

    def _conduct(self, dt_s: float) -> Floats:
        """Work out the change by conduction and sources; returns the heat as in `advance.advance`."""
        energy_j = np.zeros(2 + self.point_j.size)
        drive = (self.drive.held, self.drive.wall_c, self.drive.fixed_w)
        stages = self.stages_for(dt_s)
        self.stages_done += stages
        if not self._ice.size and self._may_freeze():
            self._ice = _flat(self.table.ice_fields(self.medium))
        fields = (*(_flat(f) for f in (self._k_body, self._inv_capacity, self.medium, self._slope)), self._ice)
        advance.advance(
            _coefficients(stages, dt_s), self._widths, np.float32(self.request.body_c), self._ghost_r(), self.window,
            _flat(self.content), tuple(_flat(c) for c in self._changes), fields, _flat(self.source),
            self._source_scale, self._source_w, self._some_held, self._freezes_c, self._rows, self.mesh.fine_m3,
            self._wells, drive, self._threads, energy_j, self.t_read,
        )  # fmt: skip
        return energy_j

    def _may_freeze(self) -> bool:
        """Whether anything is or may become colder than where the first medium begins to freeze."""
        request, walls_c = self.request, self.drive.wall_c[self.drive.held]
        coldest_c = min(self.bounds_c[0], request.body_c, request.blood_c, *walls_c)
        return request.is_cold or coldest_c < float(self._freezes_c)

    def _undershoots(self) -> bool:
        """Whether the change left a frozen cell colder than it can be: where fronts meet, a long step may freeze too far."""
        if not self.request.is_cold:
            return False
        below_k = _PREVIEW_UNDERSHOOT_K if self.request.resolution == "preview" else _UNDERSHOOT_K
        planes = slice(self.window[0] + 1, self.window[1] - 1)
        # The first rate is not wanted any more, and makes room for the temperatures.
        change, _, after_c = self._changes
        tracking.undershoots(
            self.window, self.content, change, self.medium, self._rows, self._driven, self._freezes_c, below_k, after_c,
            self._found,
        )  # fmt: skip
        return bool(self._found[planes].any())

    def open_whole(self) -> None:
        """Let all cells take part from now on."""
        self._open(self.whole)

    def close_gaps(self) -> None:
        """Bring cells that the window has not reached to what they are by now without applicators."""
        kept = self.window
        self._open(self.whole)
        self.window = kept

    def _finish(self, dt_s: float, living: tuple[Singles, Singles]) -> None:
        """Take the step's change, let blood act, keep extremes and dose, and read the wells anew."""
        change, _, after_c = self._changes
        common = (self.medium, self._rows, *living, self._widths)
        kept = (self._lowest, self._highest, self._taken_j, self._brought_j)
        if not self.request.counts_dose:
            tracking.finish_cold(self.window, self.content, change, after_c, *common, self.extreme, *kept)
        else:
            stasis = self.request.stasis_cem43_min
            stasis = math.inf if stasis is None else stasis
            tracking.finish_heat(
                self.window, self.content, change, *common, dt_s / 60, stasis, self._hottest, self.cem43, *kept
            )
            if self.request.is_cold:
                np.minimum(self.extreme, self.temperature(), out=self.extreme)
        planes = slice(self.window[0], self.window[1])
        lowest = self._lowest[planes].min(axis=0).astype(float)
        n = len(self._coldest_c)
        self._coldest_c = np.minimum(lowest[:n], lowest[DEAD : DEAD + n])
        self.bounds_c = (float(lowest.min()), float(self._highest[planes].max()))
        advance.read_wells(True, *self._wells[:5], self.content, self._changes[0], self.t_read)

    def _in_window(self, of_planes: Floats) -> float:
        return float(of_planes[self.window[0] : self.window[1]].sum())

    def _ghost_r(self) -> Singles:
        """Half resistivity of the ghosts: of the box's faces where the window reaches them, else insulated."""
        face = 0.0 if self.request.boundary == "fixed" else _INSULATED
        return np.where(self.window == self.whole, face, _INSULATED).astype(np.float32)

    def _first_window(self) -> npt.NDArray[np.int64]:
        """Around the wells; the whole box where something else than wells moves the temperature."""
        request = self.request
        if self.wells is None or request.initial_c is not None or request.body_c != request.blood_c:
            return self.whole
        kji = np.stack(np.unravel_index(self.wells.cells, self.content.shape))
        margin = np.ceil(_FIRST_WINDOW_MM / self._spacing_kji_mm).astype(int)
        low = np.maximum(kji.min(axis=1) - margin, 0)
        high = np.minimum(kji.max(axis=1) + 1 + margin, self.content.shape)
        low[2], high[2] = 0, self.content.shape[2]
        return np.stack([low, high], axis=1).reshape(-1).astype(np.int64)

    def _grow(self) -> None:
        """Move those sides of the window outwards that the disturbance has reached."""
        shell = math.ceil(_WINDOW_SHELL_MM / float(self._spacing_kji_mm.min()))
        off = tracking.shell_deviation(self.window, shell, self.content, self.medium, self._rows, self._unperturbed_c())
        reached = off > _WINDOW_K
        if not reached.any():
            return
        spacing = np.repeat(self._spacing_kji_mm, 2)
        outwards = np.array([-1, 1] * 3) * np.ceil(_WINDOW_STEP_MM / spacing).astype(int)
        wanted = self.window + np.where(reached, outwards, 0)
        whole = self.whole
        wanted[0::2], wanted[1::2] = np.maximum(wanted[0::2], 0), np.minimum(wanted[1::2], whole[1::2])
        self._open(wanted)

    def _open(self, wanted: npt.NDArray[np.int64]) -> None:
        """Widen the window; cells that enter it are what they would be without applicators by now."""
        if np.array_equal(wanted, self.window):
            return
        every = self.table.content(self._unperturbed_c()[: len(self.table.high_c)], np.arange(len(self.table.high_c)))
        k0, k1, j0, j1, i0, i1 = self.window
        a, b, c, d, e, f = wanted
        for block in (
            (slice(a, k0), slice(c, d), slice(e, f)), (slice(k1, b), slice(c, d), slice(e, f)),
            (slice(k0, k1), slice(c, j0), slice(e, f)), (slice(k0, k1), slice(j1, d), slice(e, f)),
            (slice(k0, k1), slice(j0, j1), slice(e, i0)), (slice(k0, k1), slice(j0, j1), slice(i1, f)),
        ):  # fmt: skip
            self.content[block] = every[self.medium[block]]
            if not self.request.is_cold:
                self.extreme[block] = np.maximum(self.extreme[block], self._unperturbed_c()[self.medium[block]])
        self.window = np.asarray(wanted, np.int64)

    def _unperturbed_c(self) -> Floats:
        """What each medium is at by now without applicators, for all numbers a medium can have."""
        out = np.full(2 * DEAD, self.request.body_c)
        at_c = self.table.unperturbed_c(self.request.body_c, self.request.blood_c, self._now_s)
        out[: len(at_c)] = out[DEAD : DEAD + len(at_c)] = at_c
        return out


def _flat(field: npt.NDArray[_Number]) -> npt.NDArray[_Number]:
    """The same field with the cells of a plane side by side."""
    *before, nj, ni = field.shape
    return field.reshape(*before, nj * ni)


def _kernel_widths(mesh: Mesh) -> tuple[Singles, Singles, Singles]:
    """Widths of the cells along k, j and i."""
    k, j, i = (w.astype(np.float32) for w in mesh.widths_m)
    return k, j, i


def _arrays(wells: Wells | None, medium: npt.NDArray[np.uint8], table: Singles) -> tuple[npt.NDArray[np.generic], ...]:
    """What the kernels need of the wells, empty without any: besides what `Wells` has, the touched cells' columns of the table."""
    if wells is None:
        none, rows = np.zeros(0, np.uint32), np.zeros((len(table), 0), np.float32)
        entries = (np.zeros(1, np.uint32), none, np.zeros(0, np.float32), rows)
        return none, *entries, np.zeros(0), np.zeros(0), np.zeros(0, np.int64)
    row_of = medium.reshape(-1)[wells.centre_cell].astype(np.int64)
    cells, start, local = (indices.astype(np.uint32) for indices in (wells.cells, wells.start, wells.local))
    columns = np.ascontiguousarray(table[:, medium.reshape(-1)[wells.cells]])
    return cells, start, local, wells.weight.astype(np.float32), columns, wells.length_m, wells.log_ratio, row_of


def _coefficients(stages: int, dt_s: float) -> Singles:
    """Return mu, nu, mu~ dt and gamma~ dt of every stage, shape (stages, 4)."""
    s = stages
    w1_dt_s = 4.0 / (s * s + s - 2) * dt_s
    b = [1 / 3, 1 / 3] + [(j * j + j - 2) / (2 * j * (j + 1)) for j in range(2, s + 1)]
    rows = [[0.0, 0.0, b[1] * w1_dt_s, 0.0]]
    for j in range(2, s + 1):
        mu = (2 * j - 1) / j * b[j] / b[j - 1]
        # The change of stage 0 is nothing, and its buffer holds what an earlier step left there.
        nu = 0.0 if j == 2 else -(j - 1) / j * b[j] / b[j - 2]
        rows.append([mu, nu, mu * w1_dt_s, -(1 - b[j - 1]) * mu * w1_dt_s])
    return np.array(rows, np.float32)
