"""What thermocouples will read, and what is wrong with gas and fluid near a zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from imaging.distance import sample
from imaging.structures import StructureKind
from planning.catalogue import load_tissues
from planning.catalogue.agents import Agent, agent
from planning.catalogue.thresholds import Limit, Thresholds
from planning.evaluation.grid_error import grid_error_k
from planning.evaluation.structures import judgement_of
from planning.model.case import Case
from planning.model.judgement import Judgement
from planning.model.point import Point
from planning.model.protection import Pocket
from planning.model.zone import Fidelity, PredictedZone


@dataclass(frozen=True, slots=True, kw_only=True)
class ThermocoupleReading:
    """What one thermocouple will read, judged as if a root lay there.

    Attributes
    ----------
    id, name : str
    position_mm : tuple of float
        LPS.
    extreme_c : float
        Coldest or hottest.
    at_s : float or None
        When it first reads that; None without curves.
    judged_c : float
        What it is judged by: that, and what the grid may be off.
    limit : Limit or None
        The gravest temperature limit of roots that it reaches.
    judgement : Judgement
    """

    id: str
    name: str
    position_mm: Point
    extreme_c: float
    at_s: float | None
    judged_c: float
    limit: Limit | None
    judgement: Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class PocketConcern:
    """What is wrong with one pocket: ``sentence`` follows its name."""

    id: str
    name: str
    sentence: str
    reason: str
    judgement: Judgement


def read_thermocouples(case: Case, zone: PredictedZone, thresholds: Thresholds) -> tuple[ThermocoupleReading, ...]:
    """Return what the plan's thermocouples will read in a zone."""
    roots = thresholds.of(StructureKind.ROOT, zone.mode)
    readings = []
    for placed in case.plan.thermocouples:
        curve = zone.curves_c.get(placed.id)
        if curve is None or len(curve) == 0:
            at = np.array([placed.position_mm])
            extreme_c, at_s = float(sample(zone.extreme_c, zone.grid, at, outside=zone.body_c)[0]), None
        else:
            n = int(curve.argmin() if zone.cold else curve.argmax())
            extreme_c, at_s = float(curve[n]), float(zone.times_s[n])
        off_k = grid_error_k(zone, placed.position_mm)
        judged_c = extreme_c - off_k if zone.cold else extreme_c + off_k
        reached = [
            limit
            for limit in (roots.limits if roots else ())
            if limit.temperature_c is not None
            and (judged_c <= limit.temperature_c if zone.cold else judged_c >= limit.temperature_c)
        ]
        gravest = max(reached, key=lambda limit: limit.level.rank, default=None)
        readings.append(
            ThermocoupleReading(
                id=placed.id, name=placed.name, position_mm=placed.position_mm, extreme_c=extreme_c, at_s=at_s, judged_c=judged_c,
                limit=gravest, judgement=Judgement.WITHIN if gravest is None else judgement_of(gravest.level),
            )
        )  # fmt: skip
    return tuple(readings)


def pocket_concerns(case: Case, zone: PredictedZone) -> tuple[PocketConcern, ...]:
    """Return what is wrong with the plan's pockets: the wrong fluid for the mode, and fluid that freezes."""
    found: list[PocketConcern] = []
    for pocket in case.plan.pockets:
        kind = agent(pocket.agent_id)
        found += [
            _concern(pocket, warning.sentence, warning.reason, judgement_of(warning.level))
            for warning in kind.warnings
            if warning.mode is zone.mode
        ]
        if zone.cold and kind.state == "fluid" and zone.fidelity is not Fidelity.FAST:
            found += _freezing(pocket, kind, zone)
    return tuple(found)


def _freezing(pocket: Pocket, kind: Agent, zone: PredictedZone) -> Sequence[PocketConcern]:
    """A fluid that turns to ice no longer protects."""
    record = load_tissues()[kind.tissue]
    if record.frozen is None or pocket.circulating:
        return ()
    centres = zone.grid.to_lps(np.stack(np.nonzero(zone.extreme_c <= record.frozen.freezing_high_c)[::-1], axis=1))
    icy = centres[pocket.as_tube().contains(centres)] if len(centres) else centres
    if len(icy) == 0:
        return ()
    volume_cm3 = len(icy) * float(np.prod(zone.grid.spacing_ijk_mm)) * 1e-3
    warm, cold = record.conductivity_w_mk.value, record.frozen.conductivity_w_mk.value
    return (
        _concern(
            pocket,
            f"freezes: ice reaches {volume_cm3:.1f} cm³ of it",
            f"Its ice conducts {cold / warm:.1f} times as well as the fluid ({cold:g} and {warm:g} W/(m K)). "
            "Renew it, warm it, or take gas.",
            Judgement.CAUTION,
        ),
    )


def _concern(pocket: Pocket, sentence: str, reason: str, judgement: Judgement) -> PocketConcern:
    return PocketConcern(id=pocket.id, name=pocket.name, sentence=sentence, reason=reason, judgement=judgement)
