"""One member: the plan with some values drawn, through the engine, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from imaging.distance import closest_points, sample
from imaging.geometry import Floats
from imaging.progress import Progress, no_progress
from imaging.surface import surface_of_field
from planning.catalogue import load_tissues
from planning.catalogue.ranges import Factor, moved
from planning.ensemble.inputs import InputKind, UncertainInput
from planning.evaluation.dose import DOSE_PER_K, dose_at_min
from planning.model.case import Case
from planning.services import SimulatedBox, thermal_request, to_the_end
from planning.thermal import ThermalRequest, solve
from planning.thermal.applicator import (
    Applicator,
    BipolarPower,
    Laser,
    LinePower,
    Microwave,
    Power,
    PulsedPower,
    TipTemperature,
    WallTemperature,
)

Singles = npt.NDArray[np.float32]
T = TypeVar("T", bound=np.floating[Any])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LesionPlaces:
    """Where coverage and margin of a lesion are read.

    Attributes
    ----------
    surface_mm : ndarray, shape (n, 3)
    known_within_mm : ndarray, shape (n,)
        How far the surface may lie from there.
    inner_mm : ndarray, shape (m, 3)
        Places throughout the lesion and shortly beyond.
    depth_mm : ndarray, shape (m,)
        Their distance from the surface, positive inside.
    """

    surface_mm: Floats
    known_within_mm: Floats
    inner_mm: Floats
    depth_mm: Floats


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class StructurePlaces:
    """Where a structure is read.

    Attributes
    ----------
    points_mm : ndarray, shape (n, 3)
    correction_k : ndarray, shape (n,)
        As that of the field, but of these places: beside a wall that holds its temperature a coarse grid reads another
        one between its cells.
    """

    points_mm: Floats
    correction_k: Floats


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Setup:
    """What all members share; small enough to be sent to other processes and machines.

    Attributes
    ----------
    case : Case
        The plan, without structures.
    box : SimulatedBox
        On the coarse grid.
    inputs : tuple of UncertainInput
    correction_k : ndarray of float32, shape ``box.grid.shape_kji``
        What the prediction on the fine grid has beyond that on the coarse one.
    isotherm_c : float
        What counts for coverage.
    mapped_c : tuple of float
        Levels whose reach is mapped.
    lesion : LesionPlaces or None
    structures : mapping of str to StructurePlaces
        By id.
    cold : bool
    body_c : float
    """

    case: Case
    box: SimulatedBox
    inputs: tuple[UncertainInput, ...]
    correction_k: Singles
    isotherm_c: float
    mapped_c: tuple[float, ...]
    lesion: LesionPlaces | None
    structures: Mapping[str, StructurePlaces]
    cold: bool
    body_c: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Outcome:
    """What one member comes to.

    Attributes
    ----------
    extreme_c : mapping of str to float
        Coldest or hottest temperature of every structure.
    cem43_min : mapping of str to float
        Their largest doses; empty for cold.
    covered_frac, margin_mm : float or None
        None without a lesion; the margin also where there is no zone.
    beyond : tuple of ndarray of uint8
        Cells beyond each mapped level, as packed bits.
    """

    extreme_c: Mapping[str, float]
    cem43_min: Mapping[str, float]
    covered_frac: float | None
    margin_mm: float | None
    beyond: tuple[npt.NDArray[np.uint8], ...] = ()


def run_members(setup: Setup, draws: Floats) -> list[Outcome]:
    """Run some members; a function of its arguments alone, for executors that run elsewhere.

    Parameters
    ----------
    setup : Setup
    draws : ndarray, shape (members, inputs)
        Values of the inputs.
    """
    return [run_member(setup, draw) for draw in draws]


def run_member(setup: Setup, draw: Floats, progress: Progress | None = None) -> Outcome:
    """Run one member.

    Parameters
    ----------
    setup : Setup
    draw : ndarray, shape (inputs,)
    progress : Progress, optional
    """
    extreme_c, dose = temperatures(setup, draw, progress or no_progress())
    return outcome(setup, draw, extreme_c, dose)


def temperatures(setup: Setup, draw: Floats, progress: Progress) -> tuple[Singles, Singles | None]:
    """Return extreme temperature and dose (for heat) of a member on the coarse grid."""
    result = solve(member_request(setup, draw), progress)
    return result.extreme_c, None if setup.cold else result.cem43_min


def member_request(setup: Setup, draw: Floats) -> ThermalRequest:
    """Return what the engine is asked for a member."""
    table, power_frac, wall_k = load_tissues(), 0.0, 0.0
    tips: dict[str, Floats] = {p.id: np.array(p.tip_mm, float) for p in setup.case.plan.probes}
    for one, value in zip(setup.inputs, draw.tolist(), strict=True):
        match one.kind:
            case InputKind.TIP:
                tips[one.of][one.axis] += value
            case InputKind.TISSUE:
                table = moved(table, Factor(one.of), value)
            case InputKind.POWER:
                power_frac = value
            case InputKind.WALL:
                wall_k = value
    probes = tuple(replace(p, tip_mm=tuple(tips[p.id].tolist())) for p in setup.case.plan.probes)
    request = thermal_request(setup.case.with_plan(probes=probes), setup.box, table)
    driven = tuple(_driven(a, power_frac, wall_k) for a in request.applicators)
    return to_the_end(setup.case, replace(request, applicators=driven, resolution="preview"))


def _driven(applicator: Applicator, power_frac: float, wall_k: float) -> Applicator:
    """An applicator whose power or wall is off."""
    drive, more = applicator.drive, 1.0 + power_frac
    match drive:
        case WallTemperature():
            curve = tuple((at_s, c + wall_k) for at_s, c in drive.curve)
            return replace(applicator, drive=replace(drive, c=drive.c + wall_k, curve=curve))
        case LinePower():
            return replace(applicator, drive=replace(drive, w_m=drive.w_m * more))
        case TipTemperature():
            return replace(applicator, drive=replace(drive, max_power_w=drive.max_power_w * more))
        case Power() | PulsedPower() | BipolarPower() | Laser() | Microwave():
            return replace(applicator, drive=replace(drive, w=drive.w * more))
        case _:
            # At a held voltage the power goes with its square.
            return replace(applicator, drive=replace(drive, v_rms=drive.v_rms * np.sqrt(more)))


def outcome(setup: Setup, draw: Floats, extreme_c: Singles, dose: Singles | None) -> Outcome:
    """Return what the temperatures of a member come to, with structures where this member has them."""
    offsets_mm = {name: np.zeros(3) for name in setup.structures}
    grown = 0.0
    for one, value in zip(setup.inputs, draw.tolist(), strict=True):
        if one.kind is InputKind.STRUCTURE:
            offsets_mm[one.of][one.axis] = value
        elif one.kind is InputKind.LESION:
            grown = value
    names = list(setup.structures)
    worst_c, doses = _worst(setup, offsets_mm, extreme_c, dose)
    corrected_c = _no_farther((extreme_c + setup.correction_k).astype(np.float32), setup)
    covered, margin_mm = _lesion(setup, corrected_c, grown)
    return Outcome(
        extreme_c=dict(zip(names, worst_c, strict=True)),
        cem43_min=dict(zip(names, doses, strict=False)),
        covered_frac=covered,
        margin_mm=margin_mm,
        beyond=tuple(np.packbits(_beyond(corrected_c, c, setup.cold)) for c in setup.mapped_c),
    )


def _worst(
    setup: Setup, offsets_mm: Mapping[str, Floats], extreme_c: Singles, dose: Singles | None
) -> tuple[list[float], list[float]]:
    """Extreme temperature and largest dose of every structure, all read in one go."""
    places = setup.structures
    if not places:
        return [], []
    points_mm = np.concatenate([at.points_mm + offsets_mm[name] for name, at in places.items()])
    correction_k = np.concatenate([at.correction_k for at in places.values()])
    starts = np.concatenate([[0], np.cumsum([len(at.points_mm) for at in places.values()])[:-1]]).astype(int)
    read_c = sample(extreme_c, setup.box.grid, points_mm, outside=setup.body_c) + correction_k
    values_c = _no_farther(read_c, setup)
    worst_c = (np.minimum if setup.cold else np.maximum).reduceat(values_c, starts)
    if dose is None:
        return worst_c.tolist(), []
    doses = dose_at_min(dose, setup.box.grid, points_mm) * DOSE_PER_K**correction_k
    return worst_c.tolist(), np.maximum.reduceat(doses, starts).tolist()


def _no_farther(values_c: npt.NDArray[T], setup: Setup) -> npt.NDArray[T]:
    """Cold leaves nothing warmer than the body, nor heat colder."""
    bounded: npt.NDArray[T] = np.minimum(values_c, setup.body_c) if setup.cold else np.maximum(values_c, setup.body_c)
    return bounded


def _lesion(setup: Setup, extreme_c: Singles, grown: float) -> tuple[float | None, float | None]:
    """Coverage and smallest margin of the lesion, its border moved out by a share of what its voxels allow."""
    places, cold = setup.lesion, setup.cold
    if places is None:
        return None, None
    grid, level = setup.box.grid, setup.isotherm_c
    mean_mm = float(places.known_within_mm.mean())
    inner_mm = places.inner_mm[places.depth_mm > -grown * mean_mm]
    covered = float(_beyond(sample(extreme_c, grid, inner_mm, outside=setup.body_c), level, cold).mean())
    surface = surface_of_field(extreme_c, grid, level, below=cold)
    if surface.empty:
        return covered, None
    _, distance_mm = closest_points(surface, places.surface_mm)
    inside = _beyond(sample(extreme_c, grid, places.surface_mm, outside=setup.body_c), level, cold)
    signed_mm = np.where(inside, distance_mm, -distance_mm) - grown * places.known_within_mm
    return covered, float(signed_mm.min())


def _beyond(values: npt.NDArray[np.floating], level: float, cold: bool) -> npt.NDArray[np.bool_]:
    return np.asarray(values <= level if cold else values >= level)
