"""The document an experiment ends with."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from imaging.distance import sample
from imaging.geometry import Floats, VoxelGrid
from planning.benchtop.measuring import Overlay, ZoneSize, zone_size
from planning.benchtop.specification import RESULT_SCHEMA, HeldVoltage, HeldWall, Specification
from planning.thermal import ApplicatorTrace, ThermalRequest, ThermalResult
from planning.thermal.damage import DOSE_UP_TO_C, cem43
from planning.thermal.near_field import along_and_across, body_holds
from planning.thermal.request import Snapshot

_LEAST_DOSE = 1e-3
"""Doses are interpolated by their logarithm, down to this share of the level."""


def result_document(spec: Specification, request: ThermalRequest, result: ThermalResult) -> dict[str, Any]:
    """Return what came of an experiment, as plain values of the result's schema."""
    snapshots = {s.time_s: s for s in result.snapshots}
    times = [(at_s, _nearest(snapshots, at_s)) for at_s in spec.outputs.times_s]
    return {
        "schema": RESULT_SCHEMA,
        "isotherms": [row for at_s, s in times for row in _isotherms(spec, request, result, s, at_s)],
        "cem43": [row for at_s, s in times for row in _doses(spec, request, result, s, at_s)],
        "points": [row for at_s, s in times for row in _points(spec, request, result, s, at_s)],
        "applicators": [
            _applicator(n, spec, request, result, at_s)
            for at_s in spec.outputs.times_s
            for n in range(len(spec.applicators))
        ],
        "solver": {
            "name": result.solver,
            "version": result.version,
            "cells": result.cells,
            "steps": result.steps,
            "wall_s": result.wall_s,
            "energy_balance_error_pct": result.energy_balance_error_pct,
        },
    }


def _nearest(snapshots: dict[float, Snapshot], at_s: float) -> Snapshot:
    return snapshots[min(snapshots, key=lambda t: abs(t - at_s))]


def _row_at(result: ThermalResult, at_s: float) -> int:
    return int(np.abs(result.times_s - at_s).argmin())


def _isotherms(
    spec: Specification, request: ThermalRequest, result: ThermalResult, snapshot: Snapshot, at_s: float
) -> list[dict[str, float]]:
    overlays = [
        Overlay(applicator=f.applicator, own=f.own_c, bounds_mm=f.bounds_mm, values=f.temperature_c)
        for f in snapshot.near
    ]
    return [
        {"time_s": at_s, "c": c}
        | _size(
            zone_size(
                snapshot.temperature_c,
                result.grid,
                c,
                below=c < spec.initial_c,
                axis=request.applicators[0].direction,
                overlays=overlays,
            )
        )
        for c in spec.outputs.isotherms_c
    ]


def _doses(
    spec: Specification, request: ThermalRequest, result: ThermalResult, snapshot: Snapshot, at_s: float
) -> list[dict[str, float]]:
    rows = []
    for minutes in spec.outputs.cem43_min:
        floor = _LEAST_DOSE * minutes
        overlays = [
            _body(n, request, math.log2(max(_own_dose(trace, result.times_s, snapshot.time_s), floor)), result.grid)
            for n, trace in enumerate(result.applicators)
        ]
        size = zone_size(
            np.log2(np.maximum(snapshot.cem43_min, floor)),
            result.grid,
            math.log2(minutes),
            below=False,
            axis=request.applicators[0].direction,
            overlays=overlays,
        )
        rows.append({"time_s": at_s, "minutes": minutes} | _size(size))
    return rows


def _own_dose(trace: ApplicatorTrace, times_s: Floats, until_s: float) -> float:
    """Dose of a body that is as warm as its surface."""
    so_far = times_s <= until_s + 1e-6
    return float(cem43(times_s[so_far], np.minimum(trace.wall_c[so_far], DOSE_UP_TO_C)))


def _body(number: int, request: ThermalRequest, own: float, grid: VoxelGrid) -> Overlay:
    """The body of an applicator as it stands in a field that is not of temperature."""
    a = request.applicators[number]
    ends = np.stack([a.tip_mm, a.end_mm])
    return Overlay(
        applicator=a,
        own=own,
        bounds_mm=(ends.min(axis=0) - a.radius_mm, ends.max(axis=0) + a.radius_mm),
        values=lambda points, field: np.where(body_holds(a, *along_and_across(a, points)), own, field),
    )


def _size(size: ZoneSize) -> dict[str, float]:
    return {"volume_mm3": size.volume_mm3, "length_mm": size.length_mm, "width_mm": size.width_mm}


def _points(
    spec: Specification, request: ThermalRequest, result: ThermalResult, snapshot: Snapshot, at_s: float
) -> list[dict[str, Any]]:
    if not spec.outputs.points_mm:
        return []
    points = np.array(spec.outputs.points_mm, float)
    low, high = result.grid.bounds_mm
    found_c = sample(snapshot.temperature_c, result.grid, np.clip(points, low, high), outside=spec.initial_c)
    for field in snapshot.near:
        low, high = field.bounds_mm
        near = ((points >= low) & (points <= high)).all(axis=1)
        found_c[near] = field.temperature_c(points[near], found_c[near])
    return [
        {"time_s": at_s, "point_mm": list(point), "c": float(c)}
        for point, c in zip(spec.outputs.points_mm, found_c, strict=True)
    ]


def _applicator(
    number: int, spec: Specification, request: ThermalRequest, result: ThermalResult, at_s: float
) -> dict[str, Any]:
    drive, trace, row = spec.applicators[number].drive, result.applicators[number], _row_at(result, at_s)
    power_w = float(trace.power_w[row])
    if isinstance(drive, HeldWall) and (drive.c < spec.initial_c) != request.applicators[number].is_cold:
        # the engine calls cold what is below body temperature; here it is what is below the box
        power_w = -power_w
    impedance = math.nan if trace.impedance_ohm is None else float(trace.impedance_ohm[row])
    if isinstance(drive, HeldVoltage) and power_w > 0:
        # electrodes at one voltage work as one conductor; each has the impedance that its own current makes
        impedance = drive.v_rms**2 / power_w
    return {
        "id": trace.id,
        "time_s": at_s,
        "power_w": power_w,
        "impedance_ohm": None if math.isnan(impedance) else impedance,
        "wall_c": float(trace.wall_c[row]),
    }
