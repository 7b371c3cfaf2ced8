"""What the needles that bring gas, fluid and thermocouples pass on their way."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from imaging.structures import StructureKind
from planning.catalogue.protection_advice import load_protection_advice
from planning.catalogue.rules import load_path_rules
from planning.evaluation.concern import PlanConcern
from planning.model.case import Case, Structure
from planning.model.judgement import Judgement
from planning.model.protection import Pocket, Thermocouple, tip_of
from planning.quantities import length_text
from planning.trajectory.clearance import axis_to
from planning.trajectory.midline import from_midline_mm

_STEP_MM = 0.5
_MIDLINE_MM = 1.0
"""So far to both sides of the middle a way is not on either."""


def protection_ways(case: Case) -> tuple[PlanConcern, ...]:
    """Return what is wrong with the ways of a plan's pockets and thermocouples, and which have none."""
    found: list[PlanConcern] = []
    without = []
    for placed in case.plan.protective:
        if placed.entry_mm is None:
            without.append(placed)
        else:
            found += _passed(case, placed)
            found += _midline(case, placed)
    if without:
        names = ", ".join(p.name for p in without)
        found.append(
            PlanConcern(
                id=without[0].id,
                sentence=f"No way is planned for {names}: what the needle passes is not assessed.",
                reason="Set where it goes through the skin, with its line through the crosshair.",
                judgement=Judgement.NOT_ASSESSED,
            )
        )
    return tuple(found)


def _passed(case: Case, placed: Pocket | Thermocouple) -> Iterator[PlanConcern]:
    """What must not be pierced and is, or may be by straying. A needle to the epidural space goes into the canal."""
    rules = load_path_rules()
    assert placed.entry_mm is not None
    tip = tip_of(placed)
    strays_mm = rules.tolerance_mm.value
    for limit in rules.distances.values():
        for structure in (s for s in case.structures if s.kind in limit.kinds):
            if _is_meant(structure, tip):
                continue
            apart_mm, _, _ = axis_to(structure.shape, placed.entry_mm, tip)
            if apart_mm >= strays_mm:
                continue
            pierced = apart_mm < 0
            what = (
                f"passes through {structure.name}"
                if pierced
                else f"passes {structure.name} at {length_text(apart_mm)}, and may touch it by straying"
            )
            yield PlanConcern(
                id=placed.id,
                sentence=f"The needle of {placed.name} {what}.",
                reason=f"Measured to its axis. {rules.tolerance_mm.source}",
                judgement=Judgement.ALARM if pierced else Judgement.CAUTION,
            )


def _is_meant(structure: Structure, tip: tuple[float, float, float]) -> bool:
    """A canal is entered by whatever is to lie in it; roots, sac and organs are meant by none."""
    return structure.kind is StructureKind.CANAL and bool(structure.shape.contains(np.array([tip]))[0])


def _midline(case: Case, placed: Pocket | Thermocouple) -> Iterator[PlanConcern]:
    """A needle that crosses the middle within the canal."""
    canal = next(iter(case.of_kind(StructureKind.CANAL)), None)
    assert placed.entry_mm is not None
    if canal is None or not _is_meant(canal, tip_of(placed)):
        return
    entry, tip = np.asarray(placed.entry_mm), np.asarray(tip_of(placed))
    steps = int(np.ceil(np.linalg.norm(entry - tip) / _STEP_MM)) + 1
    points = tip + np.linspace(0.0, 1.0, steps)[:, None] * (entry - tip)
    aside = [from_midline_mm(case, (x, y, z)) for x, y, z in points[canal.shape.contains(points)].tolist()]
    known = [mm for mm in aside if mm is not None]
    if known and min(known) < -_MIDLINE_MM and max(known) > _MIDLINE_MM:
        watched = load_protection_advice().watch_of(StructureKind.CANAL)
        yield PlanConcern(
            id=placed.id,
            sentence=f"The needle of {placed.name} crosses the midline within the canal.",
            reason="" if watched is None else watched.source,
            judgement=Judgement.CAUTION,
        )
