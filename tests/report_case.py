"""A small plan with a zone made by a formula, for tests of sheet and report."""

import os
import tempfile
from dataclasses import replace
from functools import cache
from unittest import mock

import numpy as np

from app.demo import demo_case
from imaging.geometry import VoxelGrid
from imaging.phantom import SMALL
from planning import services
from planning.assumptions import device_notes
from planning.catalogue.devices import device
from planning.evaluation import evaluate
from planning.model.zone import Fidelity, PredictedZone
from planning.operations.probes import add_probe
from planning.report.model import ReportInput

NAME = "Kowalczyk 1954"
UID = "1.2.826.0.1.3680043.8.498.4711"
NOTE = "Tissue was made up for this test."


def zone_of(case, reach_mm=11.0, spacing_mm=2.0):
    """Temperature as a function of the distance from the active parts alone."""
    mode = services.mode_of(case)
    cold = mode.value == "cold"
    tips = np.array([p.tip_mm for p in case.plan.probes])
    ends = np.array([p.tip_mm + device(p.device_id).active_length_mm * p.direction for p in case.plan.probes])
    low = np.minimum(tips, ends).min(axis=0) - 40
    shape = np.ceil((np.maximum(tips, ends).max(axis=0) + 40 - low) / spacing_mm).astype(int)
    grid = VoxelGrid.axis_aligned(tuple(int(n) for n in shape[::-1]), spacing_mm, low, case.image.grid.frame_uid)
    k, j, i = np.indices(grid.shape_kji)
    points = grid.to_lps(np.stack([i, j, k], axis=-1).reshape(-1, 3))
    strength = np.zeros(len(points))
    for tip, end in zip(tips, ends, strict=True):
        along = np.clip((points - tip) @ (end - tip) / ((end - tip) @ (end - tip)), 0, 1)
        strength += np.exp(-((np.linalg.norm(points - tip - along[:, None] * (end - tip), axis=1) / reach_mm) ** 2))
    extreme = (37 - 140 * np.minimum(strength, 1.1) if cold else 37 + 55 * np.minimum(strength, 1)).astype(np.float32)
    extreme = extreme.reshape(grid.shape_kji)
    times = np.linspace(0, sum(p.duration_s for p in case.plan.phases), 60)
    watched = {s.id: n for n, s in enumerate(s for s in case.structures if s.level)}
    curves = {name: 37 - (5 + 3 * n) * times / times[-1] * (1 if cold else -1) for name, n in watched.items()}
    return PredictedZone(
        grid=grid, extreme_c=extreme, cem43_min=None if cold else np.exp2(extreme - 45), mode=mode,
        fidelity=Fidelity.PHYSICS, digest=services.prediction_digest(case), model="a formula 1.0",
        times_s=times, curves_c=curves, notes=(NOTE, *device_notes(case)),
    )  # fmt: skip


def input_of(case, volume, zone=None, **changes):
    """What a report of a case is made of."""
    zone = zone or zone_of(case)
    return ReportInput(
        case=case, case_digest=services.prediction_digest(case), volume=volume, zone=zone,
        verdict=evaluate(case, zone), **changes,
    )  # fmt: skip


@cache
def small_plan():
    """Case and CT of the demo plan on a coarse grid, with a telling name, UID and description."""
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, {"XDG_CACHE_HOME": folder}):
        case, volume = demo_case(parameters=SMALL)
    image = replace(case.image, series_uid=UID, description=f"Pelvis of {NAME}")
    return replace(case, name=NAME, image=image), volume


@cache
def cold():
    """Two cryoprobes, everything confirmed."""
    return input_of(*small_plan())


@cache
def heat():
    """One electrode, a root unconfirmed and a root missing."""
    case, volume = small_plan()
    first = case.plan.probes[0]
    heated = add_probe(case.with_plan(probes=()), "osteocool-15", first.entry_mm, first.tip_mm)
    kept = tuple(replace(s, confirmed=s.name != "S4 L") for s in heated.structures if s.name != "S5 R")
    return input_of(replace(heated, structures=kept), volume)


@cache
def bare():
    """Neither lesion nor roots are marked, and the zone touches nothing."""
    case, volume = small_plan()
    case = replace(case, structures=tuple(s for s in case.structures if s.name in ("Bone", "Canal")))
    return input_of(case, volume, replace(zone_of(case), times_s=np.zeros(0), curves_c={}))


@cache
def both_sides():
    """Five probes across the sacrum, so that nothing on the sheet is short."""
    case, volume = small_plan()
    first = case.plan.probes[0]
    for probe in case.plan.probes:
        (x, *entry), (u, *tip) = probe.entry_mm, probe.tip_mm
        case = add_probe(case, "icerod-1.5", (-x, *entry), (-u, *tip))
    (x, *entry), (u, *tip) = first.entry_mm, first.tip_mm
    return input_of(add_probe(case, "icesphere-1.5", (x - 30, *entry), (u - 30, *tip)), volume)
