"""Many runs of one plan, on any executor, with a result that gets better as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import replace

import numpy as np

from imaging.distance import closest_points, sample
from imaging.geometry import Floats, VoxelGrid
from imaging.labels import Mask
from imaging.later import stats
from imaging.progress import Progress, no_progress
from imaging.structures import StructureKind, Tube
from imaging.volume import Volume
from planning.catalogue.own_thresholds import load_thresholds
from planning.catalogue.spreads import Spreads, load_spreads
from planning.catalogue.thresholds import Mode
from planning.ensemble.inputs import uncertain_inputs
from planning.ensemble.member import (
    LesionPlaces,
    Outcome,
    Setup,
    Singles,
    StructurePlaces,
    outcome,
    run_member,
    run_members,
    temperatures,
)
from planning.ensemble.result import Ensemble, InputEffect, counted_bits
from planning.errors import PlanError
from planning.evaluation.margin import margin_of_surface
from planning.evaluation.structures import SENSITIVE_KINDS, surface_points
from planning.model.case import Case, Structure
from planning.model.zone import Fidelity, PredictedZone
from planning.services import (
    box_on,
    mode_of,
    placed_applicators,
    prediction_digest,
    require_same_ct,
    thermal_request,
    to_the_end,
)
from planning.thermal import simulation_grid, solve
from planning.thermal.grid import DEFAULT_REACH_MM
from planning.trajectory.clearance import whole_surface

MEMBERS = 128
SPACING_MM = 2.0
_CHUNK = 8
_STRAY_MM = 8.0
"""Farther than any tip is drawn."""
_BESIDE_MM, _CORRECTED_K = 5.0, 6.0
"""Beside needles both grids differ by more, which does not move along with a needle that is moved."""
_MOST_PLACES = 1500
_THINNED_TO_MM = 1.0
_LATTICE_MM = 1.0
_ENDS = (0.1, 0.9)

OnPartial = Callable[[Ensemble], None]


def run_ensemble(
    case: Case,
    volume: Volume,
    zone: PredictedZone,
    *,
    members: int = MEMBERS,
    seed: int = 0,
    placed: bool = False,
    alone: bool = True,
    spreads: Spreads | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    on_partial: OnPartial | None = None,
) -> Ensemble:
    """Run a plan many times with everything that is not known drawn anew.

    Parameters
    ----------
    case : Case
    volume : Volume
        The CT the case refers to.
    zone : PredictedZone
        Its physics: what the runs are corrected by.
    members : int
        A power of two keeps the draws even.
    seed : int
        The same seed gives the same draws.
    placed : bool
        The needles were seen where the plan has them.
    alone : bool
        Run each input alone too, to say which matters most.
    spreads : Spreads, optional
        Those that ship with the program by default.
    executor : Executor, optional
        Where runs are made: a pool of processes, or of machines. By default one after another in this thread, each on all
        cores.
    progress : Progress, optional
    on_partial : callable, optional
        Told what is known so far, some times.

    Raises
    ------
    PlanError
        ``zone-stale`` or ``zone-not-physics``; ``members-invalid``; another CT.
    SolverError, Cancelled
    """
    progress = progress or no_progress()
    _check(case, volume, zone, members)
    spreads = spreads or load_spreads()
    progress.report(0.0, "Preparing the runs")
    setup, left_out = _setup(case, volume, zone, spreads, placed=placed)
    shares = stats.qmc.Sobol(len(setup.inputs), scramble=True, rng=seed).random(members)
    draws = np.stack([[one.at(u) for u in shares[:, n]] for n, one in enumerate(setup.inputs)], axis=1)
    done: dict[int, Outcome] = {}

    def so_far(effects: tuple[InputEffect, ...] = ()) -> Ensemble:
        return _gathered(setup, [done[n] for n in sorted(done)], members, effects, left_out, seed, zone.digest)

    runs = progress.part(0.02, 0.85 if alone else 1.0)
    for numbers, outcomes in _outcomes(setup, draws, executor, runs):
        done.update(zip(numbers, outcomes, strict=True))
        runs.report(len(done) / members, f"{len(done)} of {members} runs")
        if on_partial is not None:
            on_partial(so_far())
    return so_far(_effects(setup, progress.part(0.85, 1.0)) if alone else ())


def _check(case: Case, volume: Volume, zone: PredictedZone, members: int) -> None:
    require_same_ct(case, volume)
    if members < 1:
        raise PlanError(f"{members} runs say nothing.", code="members-invalid", hint="Ask for one or more.")
    if zone.digest != prediction_digest(case):
        raise PlanError("The zone belongs to another state of the plan.", code="zone-stale", hint="Predict it anew.")
    if zone.fidelity is not Fidelity.PHYSICS:
        raise PlanError(
            "How sure a zone is can only be said of the physics.", code="zone-not-physics", hint="Let it settle first."
        )


def _outcomes(
    setup: Setup, draws: Floats, executor: Executor | None, progress: Progress
) -> Iterator[tuple[list[int], list[Outcome]]]:
    """Outcomes with their numbers, as they come."""
    chunks = [list(range(n, min(n + _CHUNK, len(draws)))) for n in range(0, len(draws), _CHUNK)]
    if executor is None:
        for numbers in chunks:
            outcomes = []
            for n in numbers:
                progress.report(n / len(draws), f"{n} of {len(draws)} runs")
                outcomes.append(run_member(setup, draws[n]))
            yield numbers, outcomes
        return
    waiting: dict[Future[list[Outcome]], list[int]] = {
        executor.submit(run_members, setup, draws[numbers]): numbers for numbers in chunks
    }
    try:
        for future in as_completed(waiting):
            progress.report(0.0, "Runs on the executor")
            yield waiting[future], future.result()
    except BaseException:
        for future in waiting:
            future.cancel()
        raise


def _effects(setup: Setup, progress: Progress) -> tuple[InputEffect, ...]:
    """What every input does alone; temperatures are computed once for all that does not change them."""
    nothing = np.zeros(len(setup.inputs))
    usual = temperatures(setup, nothing, progress.part(0.0, 0.0))
    found = []
    for n, one in enumerate(setup.inputs):
        progress.report(n / len(setup.inputs), f"Which input matters: {n} of {len(setup.inputs)}")
        ends = []
        for share in _ENDS:
            draw = nothing.copy()
            draw[n] = one.at(share)
            fields = temperatures(setup, draw, no_progress()) if one.kind.thermal else usual
            ends.append(replace(outcome(setup, draw, *fields), beyond=()))
        found.append(InputEffect(input=one, low=ends[0], high=ends[1]))
    progress.report(1.0, "Done")
    return tuple(found)


def _setup(
    case: Case, volume: Volume, zone: PredictedZone, spreads: Spreads, *, placed: bool
) -> tuple[Setup, tuple[str, ...]]:
    reach_mm = DEFAULT_REACH_MM + _STRAY_MM
    grid = simulation_grid(placed_applicators(case), case.image.grid.frame_uid, SPACING_MM, reach_mm)
    box = box_on(case, volume, grid)
    bare = replace(case, structures=())
    usual = to_the_end(bare, replace(thermal_request(bare, box), resolution="preview"))
    coarse_c = solve(usual, no_progress()).extreme_c
    centres = grid.to_lps(np.indices(grid.shape_kji).reshape(3, -1).T[:, ::-1])
    fine_c = sample(zone.extreme_c, zone.grid, centres, outside=zone.body_c).reshape(grid.shape_kji)
    needles = [Tube(a.active_points_mm, np.ones(2)) for a in placed_applicators(case)]
    correction_k = _bounded_beside(needles, centres, (fine_c - coarse_c).reshape(-1)).reshape(grid.shape_kji)
    near = _near(case, grid)
    inputs, left_out = uncertain_inputs(case, box, spreads, near, placed=placed)
    thresholds = load_thresholds()
    mode = mode_of(case)
    goal_c = thresholds.goal(mode).isotherm_c
    lesions = case.of_kind(StructureKind.LESION)
    return Setup(
        case=bare,
        box=box,
        inputs=inputs,
        correction_k=correction_k.astype(np.float32),
        isotherm_c=goal_c,
        mapped_c=(0.0, goal_c) if mode is Mode.COLD else (45.0, goal_c),
        lesion=_lesion_places(lesions[0], zone, goal_c) if lesions else None,
        structures={s.id: _places(s, grid, coarse_c, zone, needles) for s in near},
        cold=zone.cold,
        body_c=zone.body_c,
    ), left_out


def _near(case: Case, grid: VoxelGrid) -> list[Structure]:
    """Sensitive structures with any part in the box, but vessels, whose walls a coarse grid misreads."""
    sensitive = {StructureKind.ROOT, *SENSITIVE_KINDS} - {StructureKind.VESSEL}
    return [s for s in case.structures if s.kind in sensitive and bool(grid.contains(surface_points(s.shape)).any())]


def _bounded_beside(needles: Sequence[Tube], points_mm: Floats, apart_k: Floats) -> Floats:
    """What two grids differ by at some points, but no more than a bound beside needles."""
    beside = np.zeros(len(points_mm), bool)
    for needle in needles:
        beside |= needle.within(points_mm, _BESIDE_MM)
    return np.where(beside, np.clip(apart_k, -_CORRECTED_K, _CORRECTED_K), apart_k)


def _places(
    structure: Structure, grid: VoxelGrid, coarse_c: Singles, zone: PredictedZone, needles: Sequence[Tube]
) -> StructurePlaces:
    """Places on a structure a millimetre apart, those that come nearest to harm."""
    points = surface_points(structure.shape)
    points = points[grid.contains(points)]
    _, first = np.unique(np.floor(points / _THINNED_TO_MM).astype(int), axis=0, return_index=True)
    points = points[first]
    fine_c = sample(zone.extreme_c, zone.grid, points, outside=zone.body_c)
    points = points[np.argsort(fine_c if zone.cold else -fine_c)[:_MOST_PLACES]]
    apart_k = sample(zone.extreme_c, zone.grid, points, outside=zone.body_c) - sample(
        coarse_c, grid, points, outside=zone.body_c
    )
    return StructurePlaces(points_mm=points, correction_k=_bounded_beside(needles, points, apart_k))


def _lesion_places(structure: Structure, zone: PredictedZone, isotherm_c: float) -> LesionPlaces | None:
    lesion = structure.shape
    if not isinstance(lesion, Mask):
        return None
    surface = whole_surface(lesion)
    found = margin_of_surface(surface, lesion.grid, zone, isotherm_c)
    half_mm = 0.5 * lesion.grid.spacing_ijk_mm
    known = np.full(len(surface.points_mm), half_mm.mean()) if found is None else found.known_within_mm
    room_mm = float(known.mean()) + _LATTICE_MM
    low, high = surface.points_mm.min(axis=0) - room_mm, surface.points_mm.max(axis=0) + room_mm
    axes = [np.arange(a, b, _LATTICE_MM) for a, b in zip(low, high, strict=True)]
    lattice = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    _, away_mm = closest_points(surface, lattice)
    depth_mm = np.where(lesion.contains(lattice), away_mm, -away_mm)
    kept = depth_mm > -room_mm
    return LesionPlaces(
        surface_mm=surface.points_mm, known_within_mm=known, inner_mm=lattice[kept], depth_mm=depth_mm[kept]
    )


def _gathered(
    setup: Setup,
    outcomes: list[Outcome],
    wanted: int,
    effects: tuple[InputEffect, ...],
    left_out: tuple[str, ...],
    seed: int,
    digest: str,
) -> Ensemble:
    def numbers(values: list[float | None]) -> Floats:
        return np.array([np.nan if v is None else v for v in values], float)

    names = list(setup.structures)
    return Ensemble(
        grid=setup.box.grid,
        runs=len(outcomes),
        wanted=wanted,
        extreme_c={name: np.array([o.extreme_c[name] for o in outcomes]) for name in names},
        cem43_min={} if setup.cold else {name: np.array([o.cem43_min[name] for o in outcomes]) for name in names},
        covered_frac=numbers([o.covered_frac for o in outcomes]),
        margin_mm=numbers([o.margin_mm for o in outcomes]),
        reached_frac={
            level_c: counted_bits([o.beyond[n] for o in outcomes], setup.box.grid.shape_kji)
            for n, level_c in enumerate(setup.mapped_c)
        },
        effects=effects,
        inputs=setup.inputs,
        left_out=left_out,
        cold=setup.cold,
        isotherm_c=setup.isotherm_c,
        seed=seed,
        digest=digest,
    )
