"""One prediction from request to result."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, replace

import numba
import numpy as np

from imaging.geometry import Floats
from imaging.progress import Progress
from planning.catalogue import Phase
from planning.errors import SolverError
from planning.thermal.applicator import WallTemperature
from planning.thermal.beside_walls import BesideWalls
from planning.thermal.bioheat import Bioheat, Singles
from planning.thermal.course import CourseRecorder, moments_of
from planning.thermal.driving import Driver
from planning.thermal.mesh import Mesh, make_mesh
from planning.thermal.request import ApplicatorTrace, Snapshot, ThermalRequest, ThermalResult
from planning.thermal.sharing import turn_changes_s
from planning.thermal.wells import PREVIEW_WIDTHS, WIDTHS, make_wells

SOLVER_NAME = "sacroplan bio-heat, finite volumes, super-time-stepping"
SOLVER_VERSION = "3.1"

_FIRST_STEP_S = 0.25
_GROWTH_COLD, _GROWTH_HEAT, _LONGEST_STEP_COLD_S, _LONGEST_STEP_HEAT_S = 1.1, 1.15, 40.0, 8.0
"""Steps of a freeze keep up with its front, a cell or so each; those of a burn with what its sources give."""
_NARROW_FREEZING_K, _GROWTH_NARROW, _LONGEST_STEP_NARROW_S = 2.0, 1.15, 15.0
"""Water and gels freeze within less than this, and their sharp fronts allow no longer steps."""
_GROWTH_IDLE = 1.3
"""Where nothing works any more no front runs away."""
_PREVIEW_FIRST_S, _PREVIEW_GROWTH, _PREVIEW_LONGEST_COLD_S, _PREVIEW_LONGEST_HEAT_S = 1.0, 1.6, 100.0, 20.0
_HOTTEST_C, _COLDEST_C = 5000.0, -274.0

_TOO_SMALL_FOR_THREADS = 45_000

_running = threading.Lock()


def solve(request: ThermalRequest, progress: Progress) -> ThermalResult:
    """Predict temperature and damage for one request.

    Parameters
    ----------
    request : ThermalRequest
    progress : Progress
        Told the simulated time; the point of cancelling.

    Returns
    -------
    ThermalResult

    Raises
    ------
    Cancelled
        Within a step of ``progress.cancel()``.
    SolverError
        ``solver-diverged`` or ``potential-diverged``, with step and place.
    """
    while not _running.acquire(timeout=0.05):
        progress.report(0.0, "Waiting for another prediction")
    threads = numba.get_num_threads()
    try:
        mesh = make_mesh(request)
        if math.prod(mesh.shape) < _TOO_SMALL_FOR_THREADS:
            numba.set_num_threads(1)
        return _solve(request, mesh, progress)
    finally:
        numba.set_num_threads(threads)
        _running.release()


def _solve(request: ThermalRequest, mesh: Mesh, progress: Progress) -> ThermalResult:
    began = time.perf_counter()
    progress.report(0.0, "Preparing the prediction")
    widths = PREVIEW_WIDTHS if request.resolution == "preview" else WIDTHS
    wells = mesh.wells(make_wells(request.grid, request.applicators, widths)) if request.applicators else None
    state = Bioheat(request, mesh, wells)
    driver = Driver(request, state, progress)
    walls = BesideWalls(state, driver)
    curves = _Recorder(request, state, walls)
    curves.record(0.0)
    course = CourseRecorder(state, moments_of(request.schedule, request.course_fields), _least_c(request))
    course.record(0.0)
    stops = _stops(request)
    pace = _pace(request)
    now_s, steps, dt_s = 0.0, 0, pace.first_s
    driver.start_phase(request.schedule[0], 0.0)
    working = request.schedule[0].kind != "off"
    snapshots: list[Snapshot] = []
    for stop in stops:
        while now_s < stop.at_s - 1e-6:
            progress.report(now_s / request.duration_s, f"{now_s / 60:.1f} of {request.duration_s / 60:.0f} min")
            longest_s = min(pace.longest_s, driver.longest_step_s, state.longest_step_s)
            dt = _fitted_step(dt_s, stop.at_s - now_s, longest_s)
            driver.before_step(dt, now_s)
            state.step(dt)
            driver.after_step(dt)
            now_s, steps, dt_s = (
                now_s + dt,
                steps + 1,
                dt_s * (pace.growth if working else max(pace.growth, _GROWTH_IDLE)),
            )
            curves.record(now_s)
            course.record(now_s)
            _require_sane(request, state, steps, now_s)
        if stop.snapshot:
            snapshots.append(_snapshot(state, driver, now_s))
        if stop.switches or stop is stops[-1]:
            walls.read()
        if stop.phase is not None:
            driver.start_phase(stop.phase, now_s)
            working = stop.phase.kind != "off"
        if stop.switches:
            dt_s = pace.first_s
    state.close_gaps()
    progress.report(1.0, "Done")
    return ThermalResult(
        grid=request.grid,
        is_cold=request.is_cold,
        extreme_c=walls.onto_extreme(_shown_c(state, state.extreme)),
        final_c=walls.onto_final(_shown_c(state, state.temperature())),
        cem43_min=_dose(state),
        times_s=np.array(curves.times_s),
        recorded_c=np.array(curves.recorded_c),
        applicators=_traces(request, driver),
        solver=SOLVER_NAME,
        version=SOLVER_VERSION,
        cells=math.prod(request.grid.shape_kji),
        steps=steps,
        wall_s=time.perf_counter() - began,
        energy_balance_error_pct=_balance_error_pct(state),
        snapshots=tuple(snapshots),
        curing=None if driver.curing is None else driver.curing.trace(),
        course=course.course(),
    )


@dataclass(frozen=True, slots=True)
class _Stop:
    """A time that a step ends at: something switches there, or the fields are kept."""

    at_s: float
    phase: Phase | None = None
    switches: bool = False
    snapshot: bool = False


def _stops(request: ThermalRequest) -> list[_Stop]:
    """Return all stops in order of time; at one time, fields are kept before anything switches."""
    ends = np.cumsum([p.duration_s for p in request.schedule])
    stops = [_Stop(float(at_s), snapshot=True) for at_s in request.snapshot_times_s]
    stops += [
        _Stop(float(at_s), phase=phase, switches=True)
        for at_s, phase in zip(ends[:-1], request.schedule[1:], strict=True)
    ]
    switched_s = {t for a in request.applicators for t in (a.start_s, a.end_s)}
    begins = [0.0, *ends[:-1]]
    for phase, began_s, ends_s in zip(request.schedule, begins, ends, strict=True):
        if phase.kind == "on":
            switched_s.update(turn_changes_s(request.applicators, began_s, ends_s))
    stops += [_Stop(at_s, switches=True) for at_s in switched_s if 0 < at_s < request.duration_s]
    stops.append(_Stop(request.duration_s))
    return sorted(stops, key=lambda stop: (stop.at_s, stop.switches))


def _snapshot(state: Bioheat, driver: Driver, now_s: float) -> Snapshot:
    """Copy the fields of a moment."""
    state.close_gaps()
    return Snapshot(
        time_s=now_s,
        temperature_c=_shown_c(state, state.temperature()),
        cem43_min=_dose(state),
        near=driver.near_fields(),
    )


def _shown_c(state: Bioheat, field_c: Singles) -> Singles:
    """A field of temperatures on the grid, nowhere colder than what cools it.

    Where badly conducting cells lie among good ones at a wall, those that lend it their heat go beyond it.
    """
    return np.maximum(state.mesh.on_grid(field_c), np.float32(_least_c(state.request)))


def _least_c(request: ThermalRequest) -> float:
    """The temperature of the coldest thing in a freeze; nothing bounds a burn from below."""
    if not request.is_cold:
        return -math.inf
    drives = [a.drive for a in request.applicators if isinstance(a.drive, WallTemperature)]
    walls_c = [c for d in drives for c in (d.c, *(wall_c for _, wall_c in d.curve))]
    start_c = request.body_c if request.initial_c is None else float(request.initial_c.min())
    return min([*walls_c, start_c, request.body_c, request.blood_c])


def _dose(state: Bioheat) -> Singles:
    """The dose so far on the grid, none where it is not counted."""
    if not state.request.counts_dose:
        return np.zeros(state.request.grid.shape_kji, np.float32)
    return state.mesh.on_grid(state.cem43.copy())


@dataclass(frozen=True, slots=True)
class _Pace:
    """The first step after something switched, how steps grow then, and how long they become."""

    first_s: float
    growth: float
    longest_s: float


def _pace(request: ThermalRequest) -> _Pace:
    ranges_k = [m.frozen.freezing_high_c - m.frozen.freezing_low_c for m in request.fields.media if m.frozen]
    if request.resolution == "preview":
        longest_s = _PREVIEW_LONGEST_COLD_S if request.is_cold else _PREVIEW_LONGEST_HEAT_S
        pace = _Pace(_PREVIEW_FIRST_S, _PREVIEW_GROWTH, longest_s)
    elif not request.is_cold:
        pace = _Pace(_FIRST_STEP_S, _GROWTH_HEAT, _LONGEST_STEP_HEAT_S)
    elif min(ranges_k, default=math.inf) < _NARROW_FREEZING_K:
        pace = _Pace(_FIRST_STEP_S, _GROWTH_NARROW, _LONGEST_STEP_NARROW_S)
    else:
        pace = _Pace(_FIRST_STEP_S, _GROWTH_COLD, _LONGEST_STEP_COLD_S)
    return pace if request.max_step_s is None else replace(pace, longest_s=min(pace.longest_s, request.max_step_s))


def _fitted_step(dt_s: float, left_s: float, longest_s: float) -> float:
    """The wished step, within its limit and so that the phase ends on a step."""
    dt = min(dt_s, longest_s)
    return left_s if left_s <= 1.001 * dt else min(dt, max(left_s / 2, 0.5 * dt))


class _Recorder:
    """Temperature at the recording points over time, by trilinear interpolation and the profile beside applicators."""

    def __init__(self, request: ThermalRequest, state: Bioheat, walls: BesideWalls) -> None:
        self._state, self._walls, self._points_mm = state, walls, request.record_points_mm
        ijk = request.grid.to_ijk(request.record_points_mm) if len(request.record_points_mm) else np.zeros((0, 3))
        shape = np.array(state.mesh.shape)
        kji = state.mesh.index_of(ijk)
        low = np.minimum(np.floor(kji), np.maximum(shape - 2, 0)).astype(int)
        corners = np.array(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij")).reshape(3, 8).T
        at = np.minimum(low[:, None, :] + corners, shape - 1)
        part = (kji - low)[:, None, :]
        self._weight = np.prod(np.where(corners, part, 1 - part), axis=2)
        self._cells = np.ravel_multi_index(tuple(np.moveaxis(at, 2, 0)), tuple(shape)).reshape(-1).astype(np.int64)
        self.times_s: list[float] = []
        self.recorded_c: list[Floats] = []

    def record(self, now_s: float) -> None:
        self.times_s.append(now_s)
        if not len(self._points_mm):
            self.recorded_c.append(np.zeros(0))
            return
        corners_c = self._state.temperature_at(self._cells).reshape(self._weight.shape)
        at_c = (corners_c * self._weight).sum(axis=1)
        self.recorded_c.append(self._walls.at_points(self._points_mm, at_c))


def _require_sane(request: ThermalRequest, state: Bioheat, step: int, now_s: float) -> None:
    low, high = state.bounds_c
    if low > _COLDEST_C and high < _HOTTEST_C:
        return
    t = state.mesh.on_grid(state.temperature())
    kji = np.argwhere(~((t > _COLDEST_C) & (t < _HOTTEST_C)))[0]
    place = request.grid.to_lps(kji[::-1])
    raise SolverError(
        f"The prediction diverged at step {step} ({now_s:.1f} s) at L {place[0]:.1f}, P {place[1]:.1f}, "
        f"S {place[2]:.1f} mm.",
        code="solver-diverged",
        hint="No zone is shown. Check the tissue properties and the probe's drive.",
        context={"step": step, "time_s": now_s, "place_mm": place.tolist()},
    )


def _balance_error_pct(state: Bioheat) -> float:
    stored = state.stored_change_j
    scale = max(state.turned_over_j, abs(stored), 1e-9)
    return 100.0 * abs(stored - state.supplied_j) / scale


def _traces(request: ThermalRequest, driver: Driver) -> tuple[ApplicatorTrace, ...]:
    return tuple(
        ApplicatorTrace(
            id=a.id,
            power_w=np.array(driver.power_w)[:, n],
            impedance_ohm=np.array(driver.impedance_ohm)[:, n] if a.is_rf else None,
            wall_c=np.array(driver.wall_c)[:, n],
        )
        for n, a in enumerate(request.applicators)
    )
