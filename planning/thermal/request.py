"""What is asked of the solver, and what it answers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats, VoxelGrid
from planning.catalogue import Phase
from planning.errors import PlanError
from planning.model.zone import ZoneCourse
from planning.thermal.applicator import Applicator
from planning.thermal.curing import Curing, CuringTrace
from planning.thermal.damage import DOSE_FROM_C
from planning.thermal.near_field import NearField
from planning.thermal.sharing import check_generators
from planning.thermal.wells import reach_mm
from planning.tissue import TissueFields

BYTES_PER_CELL = 40
MEMORY_LIMIT_BYTES = 6_000_000_000
_SAME_PLACE_MM = 0.5


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ThermalRequest:
    """One prediction.

    Attributes
    ----------
    fields : TissueFields
    applicators : tuple of Applicator
        Working as their start, duration and generator say; none is allowed, for verification.
    schedule : tuple of Phase
    record_points_mm : ndarray, shape (n, 3)
        LPS points whose temperature is recorded at every step.
    body_c, blood_c : float
        Temperature at the start and far away, and that of perfusing blood.
    boundary : {"fixed", "insulated"}
        Faces of the box held at ``body_c``, or letting no heat through.
    ground : {"far", "faces"}
        RF return path: as if the tissue went on, or the faces of the box at 0 V.
    stasis_cem43_min : float or None
        Dose at which perfusion ends; None keeps it.
    initial_c : ndarray of float, shape ``grid.shape_kji``, or None
        Start field in place of ``body_c``.
    max_step_s : float or None
        Upper limit of the time step, for convergence studies.
    snapshot_times_s : tuple of float
        When the whole field is kept besides, in order.
    course_fields : int
        About how many fields through the schedule are kept in brief, at the ends of phases among them.
    resolution : {"near", "everywhere", "preview"}
        Where cells are those of the grid: near the applicators, farther out being larger; everywhere; or for a quick look
        only where ice or coagulation is expected, with long steps in time.
    curing : Curing or None
        Cells of cement that give off heat while they set.

    Raises
    ------
    PlanError
        Before any work: ``applicator-outside``, ``applicators-coincide``, ``schedule-invalid``,
        ``generator-contradiction``, ``grid-too-large``, ``grid-not-aligned``, ``cure-invalid``, ``request-invalid``.
    """

    fields: TissueFields
    applicators: tuple[Applicator, ...]
    schedule: tuple[Phase, ...]
    record_points_mm: Floats = field(default_factory=lambda: np.zeros((0, 3)))
    body_c: float = 37.0
    blood_c: float = 37.0
    boundary: Literal["fixed", "insulated"] = "fixed"
    ground: Literal["far", "faces"] = "far"
    stasis_cem43_min: float | None = 240.0
    initial_c: npt.NDArray[np.floating] | None = None
    max_step_s: float | None = None
    snapshot_times_s: tuple[float, ...] = ()
    course_fields: int = 0
    resolution: Literal["near", "everywhere", "preview"] = "near"
    curing: Curing | None = None

    def __post_init__(self) -> None:
        points = np.array(self.record_points_mm, float).reshape(-1, 3)
        object.__setattr__(self, "record_points_mm", points)
        _check_numbers(self, points)
        check_grid(self.grid)
        _check_applicators(self.grid, self.applicators)
        if self.curing is not None:
            self.curing.check_on(math.prod(self.grid.shape_kji))

    @property
    def grid(self) -> VoxelGrid:
        return self.fields.grid

    @property
    def is_cold(self) -> bool:
        return any(a.is_cold for a in self.applicators)

    @property
    def counts_dose(self) -> bool:
        """Whether thermal dose is kept: always where nothing cools, else where something may be warm enough for it."""
        warmest_c = max([self.body_c, self.blood_c, *(p.wall_c for p in self.schedule if p.wall_c is not None)])
        return not self.is_cold or warmest_c > DOSE_FROM_C or not all(a.is_cold for a in self.applicators)

    @property
    def duration_s(self) -> float:
        return sum(p.duration_s for p in self.schedule)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ApplicatorTrace:
    """What one applicator did over time.

    Attributes
    ----------
    power_w : ndarray, shape (n_times,)
        Heat taken from the tissue by a cold applicator (positive); dissipated power of an RF one.
    impedance_ohm : ndarray, shape (n_times,), or None
        Of all electrodes that work together at its generator. None for a cold applicator; NaN while it is off, and not in
        the pauses of a pulsed generator, which measures then too.
    wall_c : ndarray, shape (n_times,)
        Mean temperature of the active surface.
    """

    id: str
    power_w: Floats
    impedance_ohm: Floats | None
    wall_c: Floats


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Snapshot:
    """The fields at one time, float32 of shape ``grid.shape_kji``; the dose is 0 where the request counts none.

    Attributes
    ----------
    temperature_c : ndarray
        As the cells have it.
    near : tuple of NearField
        What the applicators at work add to it beside them.
    """

    time_s: float
    temperature_c: npt.NDArray[np.float32]
    cem43_min: npt.NDArray[np.float32]
    near: tuple[NearField, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ThermalResult:
    """Fields on the simulation grid, all float32 of shape ``grid.shape_kji``, and curves over time.

    Attributes
    ----------
    extreme_c : ndarray
        Coldest temperature over time where ``is_cold``, hottest otherwise.
    final_c : ndarray
        At the end. Beside applicators at work both have the true profile, which cells hold spread over a voxel.
    cem43_min : ndarray
        Cumulative equivalent minutes at 43 °C; 0 where the request counts no dose.
    times_s : ndarray, shape (n_times,)
    recorded_c : ndarray, shape (n_times, n_points)
    energy_balance_error_pct : float
        Change of the stored heat against all heat that came and went, in per cent of the largest of them.
    curing : CuringTrace or None
        Of the cells that cure.
    course : ZoneCourse or None
        Where the request asks for it.
    """

    grid: VoxelGrid
    is_cold: bool
    extreme_c: npt.NDArray[np.float32]
    final_c: npt.NDArray[np.float32]
    cem43_min: npt.NDArray[np.float32]
    times_s: Floats
    recorded_c: Floats
    applicators: tuple[ApplicatorTrace, ...]
    solver: str
    version: str
    cells: int
    steps: int
    wall_s: float
    energy_balance_error_pct: float
    snapshots: tuple[Snapshot, ...] = ()
    curing: CuringTrace | None = None
    course: ZoneCourse | None = None


def check_grid(grid: VoxelGrid) -> None:
    """Refuse a grid the solver cannot use.

    Raises
    ------
    PlanError
        ``grid-not-aligned`` or ``grid-too-large``.
    """
    if not np.allclose(grid.lps_from_ijk[:3, :3], np.diag(grid.spacing_ijk_mm), atol=1e-6):
        raise PlanError("The simulation grid does not run along L, P and S.", code="grid-not-aligned")
    needed = math.prod(n + 2 for n in grid.shape_kji) * BYTES_PER_CELL
    if needed > MEMORY_LIMIT_BYTES:
        raise PlanError(
            f"A simulation grid of {grid.shape_kji} would need {needed / 1e9:.1f} GB of memory.",
            code="grid-too-large",
            hint="Use a coarser spacing or a smaller reach.",
        )


def _check_numbers(request: ThermalRequest, points: Floats) -> None:
    if not request.schedule:
        raise PlanError("The schedule has no phases.", code="schedule-invalid")
    for n, phase in enumerate(request.schedule, start=1):
        if not (math.isfinite(phase.duration_s) and phase.duration_s > 0):
            raise PlanError(f"Phase {n} of the schedule lasts {phase.duration_s} s.", code="schedule-invalid")
    for at_s in request.snapshot_times_s:
        if not (math.isfinite(at_s) and 0 <= at_s <= request.duration_s + 1e-6):
            raise PlanError(
                f"A field is asked for at {at_s} s of a schedule of {request.duration_s:g} s.", code="request-invalid"
            )
    for name in ("body_c", "blood_c"):
        if not math.isfinite(getattr(request, name)):
            raise PlanError(f"{name} is not a finite number.", code="request-invalid")
    if not bool(np.all(request.grid.contains(points))):
        raise PlanError("A recording point lies outside the simulated box.", code="request-invalid")
    initial = request.initial_c
    if initial is not None and (initial.shape != request.grid.shape_kji or not np.isfinite(initial).all()):
        raise PlanError("The start field is not a finite field of the grid.", code="request-invalid")


def _check_applicators(grid: VoxelGrid, applicators: tuple[Applicator, ...]) -> None:
    if len({a.id for a in applicators}) != len(applicators):
        raise PlanError("Two probes have the same name.", code="request-invalid")
    if any(a.is_cold for a in applicators) and any(a.is_rf for a in applicators):
        raise PlanError("Cold and radiofrequency probes cannot work in one prediction.", code="request-invalid")
    check_generators(applicators)
    low, high = grid.bounds_mm
    for n, a in enumerate(applicators):
        margin = reach_mm(a, grid.spacing_ijk_mm)
        ends = a.active_points_mm
        if (ends - margin < low).any() or (ends + margin > high).any():
            raise PlanError(
                f"The active part of probe '{a.id}' does not lie inside the simulated box.",
                code="applicator-outside",
                hint="Move the probe, or simulate a larger box around it.",
                context={"id": a.id},
            )
        for b in applicators[:n]:
            if np.linalg.norm(a.tip_mm - b.tip_mm) < _SAME_PLACE_MM and np.linalg.norm(a.end_mm - b.end_mm) < (
                _SAME_PLACE_MM + abs(a.active_length_mm - b.active_length_mm)
            ):
                raise PlanError(
                    f"The probes '{b.id}' and '{a.id}' lie in the same place.",
                    code="applicators-coincide",
                    hint="Move one of them.",
                    context={"id": a.id},
                )
