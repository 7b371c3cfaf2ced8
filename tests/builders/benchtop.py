"""Bench-top specifications as plain values, to be changed and run."""

from __future__ import annotations

import copy
import json
from typing import Any

from imaging.progress import no_progress
from planning.benchtop import Specification, run_experiment, specification_of

GEL: dict[str, Any] = {
    "density_kg_m3": 1000,
    "specific_heat_j_kgk": 3600,
    "conductivity_w_mk": 0.5,
    "electrical_conductivity_s_m": 0.2,
    "perfusion_1_s": 0.0,
    "metabolic_w_m3": 0.0,
    "electrical_temperature_coefficient_1_k": 0.0,
    "frozen": {
        "conductivity_w_mk": 2.0,
        "specific_heat_j_kgk": 1800,
        "latent_heat_j_kg": 250000,
        "freezing_range_c": [-8, -1],
    },
}
DELETED = object()


def bench_top(drive: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Return a small experiment: one cold needle in a box of gel."""
    spec = {
        "schema": "sacroplan.bench-top/1",
        "size_mm": [40, 40, 44],
        "spacing_mm": 1.0,
        "boundary": "fixed",
        "initial_c": 37.0,
        "blood_c": 37.0,
        "media": {"gel": copy.deepcopy(GEL)},
        "background": "gel",
        "regions": [
            {"medium": "gel", "shape": "sphere", "centre_mm": [0, 0, 0], "radius_mm": 10},
            {
                "medium": "gel",
                "shape": "cylinder",
                "centre_mm": [0, 10, 0],
                "axis": [0, 0, 1],
                "radius_mm": 8,
                "length_mm": 44,
            },
            {"medium": "gel", "shape": "box", "centre_mm": [0, 0, 10], "size_mm": [40, 40, 10]},
        ],
        "applicators": [
            {
                "id": "p1",
                "tip_mm": [0, 0, -5],
                "direction": [0, 0, 1],
                "diameter_mm": 1.5,
                "active_length_mm": 10,
                "drive": drive or {"kind": "wall_temperature", "c": -140},
            }
        ],
        "duration_s": 60,
        "outputs": {"times_s": [60], "isotherms_c": [0, -20, -40], "cem43_min": [240], "points_mm": [[10, 0, 0]]},
    }
    return {k: v for k, v in (spec | changes).items() if v is not DELETED}


def changed(spec: dict[str, Any], path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """Return a copy with one value replaced, or without it."""
    out = copy.deepcopy(spec)
    inner: Any = out
    for part in path[:-1]:
        inner = inner[part]
    if value is DELETED:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return out


def parsed(spec: dict[str, Any]) -> Specification:
    """Return plain values as a specification."""
    return specification_of(json.dumps(spec))


def run(spec: dict[str, Any]) -> dict[str, Any]:
    """Return the result of an experiment."""
    return run_experiment(parsed(spec), no_progress())
