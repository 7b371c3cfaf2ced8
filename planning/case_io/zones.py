"""A predicted zone as named arrays, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from imaging.geometry import VoxelGrid
from planning.catalogue.thresholds import Mode
from planning.model.zone import Fidelity, PredictedZone

Arrays = dict[str, np.ndarray[Any, Any]]

_CURVE, _POWER, _IMPEDANCE = "curve:", "power:", "impedance:"


def zone_to_arrays(zone: PredictedZone) -> Arrays:
    """Return a zone as arrays; everything that is no array is JSON in ``about``."""
    about = {
        "grid": zone.grid.to_dict(),
        "mode": zone.mode.value,
        "fidelity": zone.fidelity.value,
        "digest": zone.digest,
        "model": zone.model,
        "body_c": zone.body_c,
        "notes": list(zone.notes),
        "lesion_class": zone.lesion_class,
        "lesion_hu": zone.lesion_hu,
    }
    arrays: Arrays = {"about": np.array(json.dumps(about)), "extreme_c": zone.extreme_c, "times_s": zone.times_s}
    if zone.cem43_min is not None:
        arrays["cem43_min"] = zone.cem43_min
    kept = ((_CURVE, zone.curves_c), (_POWER, zone.power_w), (_IMPEDANCE, zone.impedance_ohm))
    return arrays | {prefix + name: curve for prefix, curves in kept for name, curve in curves.items()}


def zone_from_arrays(arrays: Mapping[str, np.ndarray[Any, Any]]) -> PredictedZone:
    """Return the zone that `zone_to_arrays` took apart.

    Raises
    ------
    KeyError, ValueError
        If something is missing or does not fit.
    """
    about = json.loads(str(arrays["about"]))
    grid = VoxelGrid.from_dict(about["grid"])
    extreme_c = arrays["extreme_c"]
    dose, times_s = arrays.get("cem43_min"), arrays["times_s"]
    curves_c, power_w, impedance_ohm = (
        {name.removeprefix(prefix): curve for name, curve in arrays.items() if name.startswith(prefix)}
        for prefix in (_CURVE, _POWER, _IMPEDANCE)
    )
    if extreme_c.shape != grid.shape_kji or (dose is not None and dose.shape != grid.shape_kji):
        raise ValueError("the zone does not fit its grid")
    curves = (*curves_c.values(), *power_w.values(), *impedance_ohm.values())
    if any(curve.shape != times_s.shape for curve in curves):
        raise ValueError("a curve does not fit its times")
    return PredictedZone(
        grid=grid,
        extreme_c=extreme_c,
        cem43_min=dose,
        mode=Mode(about["mode"]),
        fidelity=Fidelity(about["fidelity"]),
        digest=about["digest"],
        model=about["model"],
        body_c=float(about["body_c"]),
        times_s=times_s,
        curves_c=curves_c,
        power_w=power_w,
        impedance_ohm=impedance_ohm,
        notes=tuple(about["notes"]),
        lesion_class=about.get("lesion_class", ""),
        lesion_hu=about.get("lesion_hu"),
    )
