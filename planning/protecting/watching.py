"""Where thermocouples tell most: epidural and foraminal, at the places that come nearest to harm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from imaging.structures import FORAMINA, StructureKind
from planning.catalogue.protection_advice import WatchRule, load_protection_advice
from planning.evaluation import StructureRisk
from planning.evaluation.exposure import first_passing_s
from planning.evaluation.verdict import inner_name
from planning.model.case import Case
from planning.model.point import Point
from planning.model.zone import PredictedZone
from planning.protecting.needs import ProtectionNeed

MOST_FORAMINAL = 3
_SAME_PLACE_MM = 5.0
"""Two thermocouples nearer than this read nearly the same."""
_EPIDURAL_FIRST = (StructureKind.CANAL, StructureKind.THECAL_SAC, StructureKind.CORD)
"""The wall of the canal is outside the dura; sac and cord stand in where it is not marked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchPlace:
    """A place for a thermocouple.

    Attributes
    ----------
    position_mm : tuple of float
        LPS.
    place : str
        ``epidural`` or ``foraminal``.
    words : str
        Where that is: ``Epidural, at the canal``.
    for_id : str
        The structure it stands for.
    extreme_c : float
        What it will read at the most.
    from_s : float or None
        When its structure first reaches the alarm's temperature; None where it never does.
    source : str
    """

    position_mm: Point
    place: str
    words: str
    for_id: str
    extreme_c: float
    from_s: float | None
    source: str


def watch_places(
    case: Case, zone: PredictedZone, needs: tuple[ProtectionNeed, ...], alarm_c: float | None
) -> tuple[WatchPlace, ...]:
    """Return where thermocouples tell most, that which warns first before the others.

    Parameters
    ----------
    case : Case
        What its thermocouples watch already is left out.
    zone : PredictedZone
    needs : tuple of ProtectionNeed
    alarm_c : float or None
        The temperature at which a root is at alarm.
    """
    rules = load_protection_advice()
    asked: list[tuple[WatchRule, StructureRisk]] = []
    epidural = [n.risk for n in needs if n.risk.kind in _EPIDURAL_FIRST]
    if epidural:
        outermost = min(epidural, key=lambda risk: _EPIDURAL_FIRST.index(risk.kind))
        asked += [(rule, outermost) for rule in (rules.watch_of(outermost.kind),) if rule is not None]
    foraminal = [(rule, n.risk) for n in needs if (rule := rules.watch_of(n.risk.kind)) and rule.place == "foraminal"]
    asked += foraminal[:MOST_FORAMINAL]
    taken = [np.array(t.position_mm) for t in case.plan.thermocouples]
    found = []
    for rule, risk in asked:
        if risk.extreme_at_mm is None or risk.extreme_c is None:
            continue
        at = np.array(risk.extreme_at_mm)
        if any(np.linalg.norm(at - other) < _SAME_PLACE_MM for other in taken):
            continue
        taken.append(at)
        curve_c = zone.curves_c.get(risk.id)
        from_s = None if alarm_c is None else first_passing_s(zone.times_s, curve_c, alarm_c, cold=zone.cold)
        found.append(
            WatchPlace(
                position_mm=risk.extreme_at_mm, place=rule.place, words=_words(case, rule, risk), for_id=risk.id,
                extreme_c=risk.extreme_c, from_s=from_s, source=rule.source,
            )
        )  # fmt: skip
    never = float("inf")
    sign = 1 if zone.cold else -1
    return tuple(sorted(found, key=lambda w: (never if w.from_s is None else w.from_s, sign * w.extreme_c)))


def _words(case: Case, rule: WatchRule, risk: StructureRisk) -> str:
    name = inner_name(risk)
    if rule.place == "epidural":
        return f"Epidural, at the {name}"
    at = np.array([risk.extreme_at_mm])
    for foramen in case.structures:
        if foramen.kind in FORAMINA and foramen.side is risk.side and bool(foramen.shape.contains(at)[0]):
            which = "ventral" if foramen.kind is StructureKind.VENTRAL_FORAMEN else "dorsal"
            return f"In the {which} foramen {foramen.level}, at {name}"
    return f"At {name}"
