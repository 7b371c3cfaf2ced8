"""From a specification to a request of the engine."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from imaging.geometry import Floats, VoxelGrid
from planning.benchtop.refusal import refusal
from planning.benchtop.specification import (
    RF,
    AnyDrive,
    AnyRegion,
    BoxRegion,
    CylinderRegion,
    HeldBipolarPower,
    HeldLinePower,
    HeldPower,
    HeldTip,
    HeldVoltage,
    HeldWall,
    MediumProperties,
    PlacedApplicator,
    Specification,
    SphereRegion,
)
from planning.catalogue import Phase
from planning.errors import PlanError
from planning.thermal import (
    Applicator,
    BipolarPower,
    LinePower,
    Power,
    ThermalRequest,
    TipTemperature,
    Voltage,
    WallTemperature,
)
from planning.thermal.applicator import Drive
from planning.thermal.request import BYTES_PER_CELL, MEMORY_LIMIT_BYTES
from planning.tissue import Frozen, Medium, Region, TissueFields, painted, uniform_fields
from planning.tissue.regions import Box, Cylinder, Shape, Sphere

T = TypeVar("T")

_FRAME = "bench-top"
_MOST_CELLS_ALONG = 1_000_000
_SNAPSHOT_BYTES_PER_CELL = 8
_POTENTIAL_BYTES_PER_CELL = 80
_CLOSE_MM = 1e-6


def request_of(spec: Specification) -> ThermalRequest:
    """Return what is asked of the engine.

    Raises
    ------
    PlanError
        ``bench-top-invalid`` before any work, with the path of the offending key.
    """
    grid = _grid(spec)
    applicators = tuple(_applicator(n, a) for n, a in enumerate(spec.applicators))
    _check_apart(applicators)
    fields = _fields(spec, grid)
    _check_conducts(spec, applicators, fields)
    return _or_refuse(
        lambda: ThermalRequest(
            fields=fields,
            applicators=applicators,
            schedule=tuple(Phase(kind=p.phase, duration_s=p.duration_s, wall_c=p.c) for p in spec.phases),
            body_c=spec.initial_c,
            blood_c=spec.blood_c,
            boundary=spec.boundary,
            ground="faces",
            stasis_cem43_min=None,
            initial_c=_start_field(spec, grid),
            resolution="everywhere",
            snapshot_times_s=tuple(sorted({min(t, spec.total_s) for t in spec.outputs.times_s})),
        ),
        lambda error: (
            f"applicators[{[a.id for a in applicators].index(str(error.context['id']))}]"
            if "id" in error.context
            else ""
        ),
    )


def _grid(spec: Specification) -> VoxelGrid:
    """Voxels that fill the box: as near to the wished spacing as its size allows."""
    cells = [min(max(round(min(size / spec.spacing_mm, 1e9)), 1), _MOST_CELLS_ALONG) for size in spec.size_mm]
    rf = any(isinstance(a.drive, RF) for a in spec.applicators)
    per_cell = BYTES_PER_CELL + _SNAPSHOT_BYTES_PER_CELL * len(spec.outputs.times_s) + _POTENTIAL_BYTES_PER_CELL * rf
    needed = math.prod(n + 2 for n in cells) * per_cell
    if needed > MEMORY_LIMIT_BYTES:
        raise refusal("spacing_mm", f"{' x '.join(map(str, cells))} cells would need {needed / 1e9:.0f} GB of memory")
    spacing = np.array(spec.size_mm) / cells
    n_i, n_j, n_k = cells
    origin = -0.5 * spacing * (np.array(cells) - 1)
    return VoxelGrid.axis_aligned((n_k, n_j, n_i), spacing, origin, _FRAME)


def _fields(spec: Specification, grid: VoxelGrid) -> TissueFields:
    media = {name: _medium(name, properties) for name, properties in spec.media.items()}
    regions = [Region(medium=media[r.medium], shape=_shape(r)) for r in spec.regions]
    return _or_refuse(
        lambda: painted(uniform_fields(grid, media[spec.background]), regions),
        lambda error: f"regions[{error.context['region']}]" if "region" in error.context else "media",
    )


def _start_field(spec: Specification, grid: VoxelGrid) -> Floats | None:
    """Metabolism moves the temperature everywhere, faces included, so all of the box is worked on from the start."""
    if any(m.metabolic_w_m3 for m in spec.media.values()):
        return np.full(grid.shape_kji, spec.initial_c)
    return None


def _medium(name: str, given: MediumProperties) -> Medium:
    ice = given.frozen
    return Medium(
        name=name,
        density_kg_m3=given.density_kg_m3,
        specific_heat_j_kgk=given.specific_heat_j_kgk,
        conductivity_w_mk=given.conductivity_w_mk,
        perfusion_1_s=given.perfusion_1_s,
        metabolic_w_m3=given.metabolic_w_m3,
        electrical_conductivity_s_m=given.electrical_conductivity_s_m,
        electrical_temperature_coefficient_1_k=given.electrical_temperature_coefficient_1_k,
        frozen=None
        if ice is None
        else Frozen(
            conductivity_w_mk=ice.conductivity_w_mk,
            specific_heat_j_kgk=ice.specific_heat_j_kgk,
            latent_heat_j_kg=ice.latent_heat_j_kg,
            freezing_low_c=ice.freezing_range_c[0],
            freezing_high_c=ice.freezing_range_c[1],
        ),
    )


def _shape(region: AnyRegion) -> Shape:
    match region:
        case SphereRegion():
            return Sphere(centre_mm=region.centre_mm, radius_mm=region.radius_mm)
        case CylinderRegion():
            return Cylinder(
                centre_mm=region.centre_mm, axis=region.axis, radius_mm=region.radius_mm, length_mm=region.length_mm
            )
        case BoxRegion():
            return Box(centre_mm=region.centre_mm, size_mm=region.size_mm)


def _drive(given: AnyDrive) -> Drive:
    match given:
        case HeldWall():
            return WallTemperature(c=given.c)
        case HeldLinePower():
            return LinePower(w_m=given.w_m)
        case HeldVoltage():
            return Voltage(v_rms=given.v_rms, cooled_c=given.cooled_c)
        case HeldPower():
            return Power(w=given.w, cooled_c=given.cooled_c)
        case HeldTip():
            return TipTemperature(c=given.c, max_power_w=given.max_power_w, cooled_c=given.cooled_c)
        case HeldBipolarPower():
            return BipolarPower(w=given.w, cooled_c=given.cooled_c)


def _applicator(number: int, given: PlacedApplicator) -> Applicator:
    return _or_refuse(
        lambda: Applicator(
            id=given.id,
            tip_mm=np.array(given.tip_mm),
            direction=np.array(given.direction),
            diameter_mm=given.diameter_mm,
            active_length_mm=given.active_length_mm,
            drive=_drive(given.drive),
            gap_mm=given.drive.gap_mm if isinstance(given.drive, HeldBipolarPower) else None,
            # Electrodes at one voltage are one conductor, as a cluster is.
            generator="voltage" if isinstance(given.drive, HeldVoltage) else "",
        ),
        lambda _: f"applicators[{number}]",
    )


def _check_apart(applicators: tuple[Applicator, ...]) -> None:
    """Refuse applicators whose active parts run through each other."""
    for (_, a), (n, b) in itertools.combinations(enumerate(applicators), 2):
        if _axes_apart_mm(a, b) < a.radius_mm + b.radius_mm - _CLOSE_MM:
            raise refusal(f"applicators[{n}].tip_mm", f"'{a.id}' and '{b.id}' lie in the same place")


def _axes_apart_mm(a: Applicator, b: Applicator) -> float:
    """Smallest distance of two active parts' axes: between the lines where it lies on both, else from an end."""
    between, cross = b.tip_mm - a.tip_mm, np.cross(a.direction, b.direction)
    if (square := float(cross @ cross)) > 1e-12:
        along_a = float(np.cross(between, b.direction) @ cross) / square
        along_b = float(np.cross(between, a.direction) @ cross) / square
        if 0 <= along_a <= a.active_length_mm and 0 <= along_b <= b.active_length_mm:
            return abs(float(between @ cross)) / math.sqrt(square)
    ends = [(a, b.tip_mm), (a, b.end_mm), (b, a.tip_mm), (b, a.end_mm)]
    return min(_from_axis_mm(one, point) for one, point in ends)


def _from_axis_mm(a: Applicator, point_mm: Floats) -> float:
    along = np.clip((point_mm - a.tip_mm) @ a.direction, 0.0, a.active_length_mm)
    return float(np.linalg.norm(point_mm - a.tip_mm - along * a.direction))


def _check_conducts(spec: Specification, applicators: tuple[Applicator, ...], fields: TissueFields) -> None:
    for n, a in enumerate(applicators):
        along = [
            fields.medium_at(a.tip_mm + part * a.active_length_mm * a.direction) for part in (0.1, 0.3, 0.5, 0.7, 0.9)
        ]
        if a.is_rf and all(m is None or m.electrical_conductivity_s_m == 0 for m in along):
            raise refusal(f"applicators[{n}].drive", "the medium around the electrode conducts no current")


def _or_refuse(make: Callable[[], T], path_of: Callable[[PlanError], str]) -> T:
    """Return what is made, or the engine's refusal with the path of the key behind it."""
    try:
        return make()
    except PlanError as error:
        raise refusal(path_of(error), error.message.rstrip(".")) from error
