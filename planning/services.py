"""Use cases of a case and its CT: predict, estimate while dragging, judge."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from imaging.distance import sample
from imaging.geometry import Floats, VoxelGrid
from imaging.progress import Progress, no_progress
from imaging.resample import rasterise, resample_hu
from imaging.structures import StructureKind
from imaging.volume import Volume
from planning.assumptions import device_notes, protection_left_out, sharing_left_out, sharing_notes
from planning.catalogue import Device, Mode, Phase, TissueTable, load_tissues
from planning.catalogue.agents import load_agents
from planning.catalogue.devices import device
from planning.errors import PlanError
from planning.evaluation.structures import SENSITIVE_KINDS, surface_points
from planning.model.case import Case, Structure
from planning.model.digest import plan_digest
from planning.model.naming import names_in_short
from planning.model.zone import Fidelity, PredictedZone
from planning.operations.generators import check_sharing
from planning.thermal import (
    SOLVER_NAME,
    SOLVER_VERSION,
    Applicator,
    ThermalRequest,
    from_device,
    simulation_grid,
    solve,
)
from planning.thermal.fast import fast_extreme
from planning.thermal.zone_tables import ensure_table, has_table
from planning.tissue import tissue_fields
from planning.tissue.classify import LESION_CLASS
from planning.tissue.pockets import with_pockets

GRID_SPACING_MM = 1.0
"""Of the cells of a prediction."""
_PREVIEW_SPACING_MM = 2.0
_BODY_C = 37.0
AFTERWARDS_S = 300.0
"""How long a prediction goes on after the last probe stops: tissue around it still cools or warms, and doses still grow."""
_FOLLOWED = f"Temperatures are followed for {AFTERWARDS_S / 60:g} min after the last probe stops."
_ESTIMATE_SPACING_MM = 2.0
_MOST_WATCHED, _MOST_WATCHED_PREVIEW = 30, 8
_WATCHED_APART_MM = (1.0, 3.0)
"""Close together where the fast model is right about the worst place, and farther around it."""
# What a target must at least read: below this it is air or gas, and nothing can be treated there.
_COURSE_FIELDS = 32
_TARGET_AIR_HU = -300.0


def afterwards(case: Case) -> tuple[Phase, ...]:
    """Return what a prediction adds to the plan's phases: a wait, where the last of them works."""
    return (Phase(kind="off", duration_s=AFTERWARDS_S),) if case.plan.phases[-1].kind == "on" else ()


def _require_probe(case: Case) -> None:
    if not case.plan.probes:
        raise PlanError("The plan has no probe.", code="no-probe", hint="Place a probe first.")


def mode_of(case: Case) -> Mode:
    """Return whether the plan freezes or heats."""
    _require_probe(case)
    return Mode.COLD if device(case.plan.probes[0].device_id).is_cold else Mode.HEAT


def prediction_digest(case: Case) -> str:
    """Return the digest a prediction of this case must carry to be current."""
    schedule = [(p.kind, p.duration_s, p.wall_c) for p in case.plan.phases] if case.plan.probes else []
    devices = [device_numbers(device(p.device_id)) for p in case.plan.probes]
    return plan_digest(
        case,
        f"{SOLVER_NAME} {SOLVER_VERSION} {GRID_SPACING_MM} {_MOST_WATCHED} {AFTERWARDS_S} {schedule} {devices} {_tissues_digest()}",
    )


def device_numbers(applicator: Device) -> tuple[object, ...]:
    """Return what of a device's file a temperature depends on."""
    size = (applicator.diameter_mm, applicator.active_length_mm, applicator.pole_gap_mm)
    return (*size, applicator.drive, *([applicator.tines] if applicator.tines else []))


def model_identity() -> str:
    """Return what predictions are made with: the solver, its grid, and the tissues and agents it knows."""
    return f"{SOLVER_NAME} {SOLVER_VERSION} {GRID_SPACING_MM} {_tissues_digest()}"


@cache
def _tissues_digest() -> str:
    return hashlib.blake2b(repr((load_tissues(), load_agents())).encode(), digest_size=16).hexdigest()


def require_same_ct(case: Case, volume: Volume) -> None:
    """Refuse to plan on another CT than the case's own.

    Raises
    ------
    PlanError
        ``ct-differs``.
    """
    if volume.digest != case.image.digest:
        raise PlanError(
            "This CT is not the one the case was planned on.",
            code="ct-differs",
            hint=f"Open the series {case.image.description or case.image.series_uid} it was planned on.",
        )


def check_targets(case: Case, volume: Volume) -> None:
    """Refuse probes whose tip lies in air.

    Raises
    ------
    PlanError
        ``target-in-air``.
    """
    for probe in case.plan.probes:
        hu = volume.hu_at(probe.tip_mm)
        if hu is not None and hu < _TARGET_AIR_HU:
            raise PlanError(
                f"The target of {probe.name} lies in air ({hu:.0f} HU).",
                code="target-in-air",
                hint="Move its tip into tissue.",
            )


def predict(
    case: Case, volume: Volume, progress: Progress | None = None, *, with_course: bool = False
) -> PredictedZone:
    """Solve the bio-heat equation for a plan.

    Parameters
    ----------
    case : Case
        With at least one probe.
    volume : Volume
        The CT the case refers to.
    progress : Progress, optional
    with_course : bool
        Whether the zone is to know every moment of the treatment, for some tens of megabytes more.

    Returns
    -------
    PredictedZone
        Carrying the digest of everything it depends on.

    Raises
    ------
    PlanError
        No probe, a target in air, another CT, a probe outside the grid.
    SolverError
        If the solution diverges.
    Cancelled
    """
    fields = _COURSE_FIELDS if with_course else 0
    return _solved(case, volume, GRID_SPACING_MM, Fidelity.PHYSICS, progress or no_progress(), fields)


def preview(case: Case, volume: Volume, progress: Progress | None = None) -> PredictedZone:
    """Solve the bio-heat equation for a plan on a coarse grid, about ten times faster than `predict`, and as it does.

    Returns
    -------
    PredictedZone
        Marked as a preview: shown until the prediction is there, never reported.
    """
    return _solved(case, volume, _PREVIEW_SPACING_MM, Fidelity.PREVIEW, progress or no_progress())


def _solved(
    case: Case, volume: Volume, spacing_mm: float, fidelity: Fidelity, progress: Progress, course_fields: int = 0
) -> PredictedZone:
    require_same_ct(case, volume)
    check_targets(case, volume)
    if without_table(case):
        make_tables(case, progress.part(0.0, 0.4))
        progress = progress.part(0.4, 1.0)
    progress.report(0.0, "Reading tissue")
    request = to_the_end(case, thermal_request(case, simulated_box(case, volume, spacing_mm)))
    grid = request.grid
    most = _MOST_WATCHED_PREVIEW if fidelity is Fidelity.PREVIEW else _MOST_WATCHED
    watched = {**_watched_points(case, grid, most), **_thermocouple_points(case, grid)}
    request = replace(
        request,
        record_points_mm=np.concatenate([np.zeros((0, 3)), *watched.values()]),
        resolution="preview" if fidelity is Fidelity.PREVIEW else "near",
        course_fields=course_fields,
    )
    result = solve(request, progress.part(0.05, 1.0))
    read: Mapping[str, Any] = next((f.values for f in request.fields.findings if f.code == LESION_CLASS), {})
    return PredictedZone(
        grid=grid,
        extreme_c=result.extreme_c,
        cem43_min=None if result.is_cold else result.cem43_min,
        mode=mode_of(case),
        fidelity=fidelity,
        digest=prediction_digest(case),
        model=f"{result.solver} {result.version}, {spacing_mm:g} mm grid, "
        f"energy balance within {max(result.energy_balance_error_pct, 0.01):.2f} %",
        times_s=result.times_s,
        curves_c=_envelopes(watched, result.recorded_c, result.is_cold),
        power_w={a.id: a.power_w for a in result.applicators if a.impedance_ohm is not None},
        impedance_ohm={a.id: a.impedance_ohm for a in result.applicators if a.impedance_ohm is not None},
        course=result.course,
        notes=tuple(f.message for f in request.fields.findings)
        + device_notes(case)
        + sharing_notes(case)
        + ((_FOLLOWED,) if afterwards(case) else ()),
        lesion_class=read.get("class", ""),
        lesion_hu=read.get("mean_hu"),
    )


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedBox:
    """CT and structures around a plan's probes, on the grid its zone is computed on.

    Attributes
    ----------
    grid : VoxelGrid
    hu : ndarray of float32, shape ``grid.shape_kji``
        NaN outside the CT.
    kinds : mapping of StructureKind to ndarray of bool, shape ``grid.shape_kji``
        Structures of one kind together.
    """

    grid: VoxelGrid
    hu: npt.NDArray[np.float32]
    kinds: Mapping[StructureKind, npt.NDArray[np.bool_]]


def simulated_box(case: Case, volume: Volume, spacing_mm: float) -> SimulatedBox:
    """Return CT and structures around a plan's probes.

    Raises
    ------
    PlanError
        No probe.
    """
    _require_probe(case)
    return box_on(case, volume, simulation_grid(placed_applicators(case), case.image.grid.frame_uid, spacing_mm))


def box_on(case: Case, volume: Volume, grid: VoxelGrid) -> SimulatedBox:
    """Return CT and structures on a grid, whatever probes the plan has."""
    return SimulatedBox(grid, resample_hu(volume, grid), _kinds_on(grid, case.structures))


def thermal_request(case: Case, box: SimulatedBox, table: TissueTable | None = None) -> ThermalRequest:
    """Return what the solver is asked for a plan, without points to record.

    Parameters
    ----------
    case : Case
        With at least one probe.
    box : SimulatedBox
        Of the case.
    table : TissueTable, optional
        The one that ships with the program by default.

    Raises
    ------
    PlanError
        No probe, or a probe outside the grid.
    """
    schedule, applicators, table = case.plan.phases, applicators_of(case), table or load_tissues()
    fields = tissue_fields(box.grid, box.hu, box.kinds, table)
    fields, start_c = with_pockets(fields, case.plan.pockets, box.kinds, table, _BODY_C)
    return ThermalRequest(fields=fields, applicators=applicators, schedule=schedule, body_c=_BODY_C, initial_c=start_c)


def to_the_end(case: Case, request: ThermalRequest) -> ThermalRequest:
    """Return a request that goes on until what the probes did has spread."""
    return replace(request, schedule=(*request.schedule, *afterwards(case)))


def estimate(case: Case) -> PredictedZone:
    """Return the fast model's zone of a plan, for the time until the physics has settled.

    Parameters
    ----------
    case : Case
        With at least one probe.

    Returns
    -------
    PredictedZone
        Marked as the fast model's, with what it leaves out; well within 100 ms.

    Raises
    ------
    PlanError
        No probe, or a device without a zone table.
    """
    schedule = case.plan.phases
    grid = simulation_grid(placed_applicators(case), case.image.grid.frame_uid, _ESTIMATE_SPACING_MM)
    fast = fast_extreme([(device(p.device_id), p.tip_mm, p.entry_mm) for p in case.plan.probes], schedule, grid)
    return PredictedZone(
        grid=grid,
        extreme_c=fast.extreme_c,
        cem43_min=None,
        mode=mode_of(case),
        fidelity=Fidelity.FAST,
        digest=prediction_digest(case),
        model=f"{fast.label}: {fast.rule}",
        notes=fast.notes + sharing_left_out(case) + protection_left_out(case),
    )


def without_table(case: Case) -> tuple[str, ...]:
    """Return the ids of a plan's devices that have no zone table yet, and so no drag estimate."""
    return tuple(d for d in dict.fromkeys(p.device_id for p in case.plan.probes) if not has_table(d))


def make_tables(case: Case, progress: Progress) -> None:
    """Compute and keep the zone tables that a plan's devices lack; about a minute each.

    Raises
    ------
    Cancelled, SolverError
    """
    ids = without_table(case)
    for n, device_id in enumerate(ids):
        ensure_table(device_id, progress.part(n / len(ids), (n + 1) / len(ids)))


def applicators_of(case: Case) -> tuple[Applicator, ...]:
    """Return the plan's probes as the solver takes them, at the generators that they share.

    Raises
    ------
    PlanError
        ``device-unknown``, or as `check_sharing`.
    """
    check_sharing(case)
    return tuple(replace(a, **_at_generator(case, a.id)) for a in placed_applicators(case))


def placed_applicators(case: Case) -> tuple[Applicator, ...]:
    """Return the plan's probes where they lie, whatever generators they work at; raises PlanError ``device-unknown``."""
    return tuple(from_device(device(p.device_id), p.tip_mm, p.entry_mm, applicator_id=p.id) for p in case.plan.probes)


def _at_generator(case: Case, probe_id: str) -> dict[str, Any]:
    """What an applicator says of the generator that it shares."""
    shared = case.generator_of(probe_id)
    if shared is None:
        return {}
    polarity = -1 if probe_id in shared.against_ids else 1
    return {"generator": shared.id, "polarity": polarity, "dwell_s": shared.dwell_s}


def _thermocouple_points(case: Case, grid: VoxelGrid) -> dict[str, Floats]:
    """Where the thermocouples lie that the simulated box holds; outside it nothing changes its temperature."""
    points = {t.id: np.array([t.position_mm]) for t in case.plan.thermocouples}
    return {name: point for name, point in points.items() if bool(np.all(grid.contains(point)))}


def _kinds_on(grid: VoxelGrid, structures: tuple[Structure, ...]) -> Mapping[StructureKind, npt.NDArray[np.bool_]]:
    """Structures on the simulation grid, those of one kind together."""
    kinds: dict[StructureKind, npt.NDArray[np.bool_]] = {}
    for structure in structures:
        inside = rasterise(structure.shape, grid)
        kinds[structure.kind] = kinds[structure.kind] | inside if structure.kind in kinds else inside
    return kinds


def _watched_points(case: Case, grid: VoxelGrid, most: int) -> dict[str, Floats]:
    """For every sensitive structure the points where the fast model harms it most, each of shape (n, 3)."""
    expected = estimate(case)
    points: dict[str, Floats] = {}
    for structure in case.structures:
        if structure.kind is not StructureKind.ROOT and structure.kind not in SENSITIVE_KINDS:
            continue
        left = surface_points(structure.shape)
        left = left[grid.contains(left)]
        reached_c = sample(expected.extreme_c, expected.grid, left, outside=expected.body_c)
        left = left[np.argsort(reached_c if expected.cold else -reached_c)]
        if len(left):
            points[structure.id] = np.concatenate([_first_apart(left, apart, most) for apart in _WATCHED_APART_MM])
    return points


def _first_apart(points: Floats, apart_mm: float, most: int) -> Floats:
    """The first of some points, none closer than a distance to one before."""
    chosen: list[Floats] = []
    while len(points) and len(chosen) < most:
        chosen.append(points[0])
        points = points[np.linalg.norm(points - points[0], axis=1) >= apart_mm]
    return np.array(chosen)


def _envelopes(watched: Mapping[str, Floats], recorded_c: Floats, cold: bool) -> dict[str, Floats]:
    """At every time the temperature farthest from the body's among those recorded on each structure."""
    curves: dict[str, Floats] = {}
    start = 0
    for name, points in watched.items():
        own = recorded_c[:, start : start + len(points)]
        curves[name] = own.min(axis=1) if cold else own.max(axis=1)
        start += len(points)
    return curves


def blocking_findings(case: Case) -> tuple[str, ...]:
    """Return what must be settled before a plan can be relied on, as sentences."""
    missing = []
    if not case.of_kind(StructureKind.LESION):
        missing.append("No lesion is marked.")
    if not case.plan.probes:
        missing.append("No probe is placed.")
    unconfirmed = names_in_short([s for s in case.structures if not s.confirmed])
    if unconfirmed:
        missing.append(f"Unconfirmed: {', '.join(unconfirmed)}.")
    return tuple(missing)


__all__ = [
    "AFTERWARDS_S",
    "afterwards",
    "applicators_of",
    "blocking_findings",
    "box_on",
    "check_targets",
    "device_numbers",
    "estimate",
    "make_tables",
    "mode_of",
    "model_identity",
    "placed_applicators",
    "predict",
    "prediction_digest",
    "preview",
    "require_same_ct",
    "simulated_box",
    "thermal_request",
    "to_the_end",
    "without_table",
]  # fmt: skip
