"""What a result depends on, as one digest. A result whose digest differs from the case's is stale."""

from __future__ import annotations

import hashlib
import json

from imaging.labels import Mask
from imaging.structures import Tube
from planning.catalogue.cements import load_cements
from planning.model.case import Case, Probe, Structure
from planning.model.generator import SharedGenerator
from planning.model.protection import Pocket


def shape_digest(shape: Mask | Tube) -> str:
    """Return the identity of a structure's shape."""
    if isinstance(shape, Mask):
        return shape.digest
    return hashlib.blake2b(shape.points_mm.tobytes() + shape.radii_mm.tobytes(), digest_size=16).hexdigest()


def plan_digest(case: Case, options: str = "") -> str:
    """Return the digest over everything a thermal prediction depends on.

    Parameters
    ----------
    case : Case
    options : str
        Solver, catalogue version and whatever else the prediction was told.

    Returns
    -------
    str
        Over image, structures, probes and the generators they share, schedule, pockets and thermocouples. Names and
        confirmations do not change a temperature, and cement comes after it.
    """
    schedule = case.plan.schedule
    content: dict[str, object] = {
        "image": case.image.digest,
        "structures": sorted(_structure(s) for s in case.structures),
        "probes": [_probe(p) for p in case.plan.probes],
        "schedule": None if schedule is None else [[p.kind, p.duration_s, p.wall_c] for p in schedule],
        "pockets": [_pocket(p) for p in case.plan.pockets],
        "thermocouples": [[t.id, list(t.position_mm)] for t in case.plan.thermocouples],
        "options": options,
    }
    if case.plan.generators:
        # Only where there are any, so that predictions kept before there could be any are still current.
        content["generators"] = [_generator(g) for g in case.plan.generators]
    return hashlib.blake2b(json.dumps(content).encode(), digest_size=16).hexdigest()


def cement_digest(case: Case, prediction: str) -> str:
    """Return the digest over everything that the heat of a plan's cement depends on.

    Parameters
    ----------
    case : Case
    prediction : str
        The digest a prediction of the ablation must carry.
    """
    placed = [
        [c.id, c.kind_id, list(c.start_mm), list(c.stop_mm), c.volume_ml, c.minutes_after, c.temperature_c]
        for c in case.plan.cements
    ]
    content = json.dumps([prediction, placed, repr(load_cements())])
    return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()


def _structure(structure: Structure) -> list[str]:
    return [structure.id, structure.kind, shape_digest(structure.shape)]


def _probe(probe: Probe) -> list[object]:
    return [probe.id, probe.device_id, list(probe.entry_mm), list(probe.tip_mm)]


def _generator(generator: SharedGenerator) -> list[object]:
    return [generator.how, sorted(generator.probe_ids), sorted(generator.against_ids), generator.dwell_s]


def _pocket(pocket: Pocket) -> list[object]:
    ends = [list(pocket.start_mm), list(pocket.stop_mm)]
    return [pocket.id, pocket.agent_id, ends, pocket.radius_mm, pocket.temperature_c, pocket.circulating]
