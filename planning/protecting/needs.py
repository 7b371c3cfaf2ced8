"""Which structures call for protection: those that a zone harms or reaches, and those near the lesion."""

from __future__ import annotations

from dataclasses import dataclass

from imaging.structures import StructureKind
from planning.catalogue.own_thresholds import load_thresholds
from planning.catalogue.protection_advice import NeedRule, load_protection_advice
from planning.evaluation import StructureRisk, Verdict
from planning.evaluation.apart import apart_mm
from planning.evaluation.verdict import judged_limit_text, structure_name
from planning.model.case import Case
from planning.model.judgement import Judgement
from planning.model.zone import PredictedZone
from planning.quantities import length_text, level_text, temperature_text


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionNeed:
    """One structure that calls for protection.

    Attributes
    ----------
    risk : StructureRisk
        What the plan does to it as it is.
    lesion_mm : float or None
        Distance from the lesion, negative where it reaches in; None where it is farther than any rule asks about.
    sentence, reason : str
    """

    risk: StructureRisk
    lesion_mm: float | None
    sentence: str
    reason: str


def protection_needs(case: Case, zone: PredictedZone, verdict: Verdict) -> tuple[ProtectionNeed, ...]:
    """Return what calls for protection, the gravest first, then the nearest to the lesion.

    Parameters
    ----------
    case : Case
    zone : PredictedZone
        Of the case.
    verdict : Verdict
        Of that zone.
    """
    rules = load_protection_advice()
    found = []
    for risk in verdict.structures:
        rule = rules.need_of(risk.kind)
        if rule is None or risk.exposure is None or risk.extreme_at_mm is None:
            continue
        lesion_mm = _from_lesion_mm(case, risk, rule)
        if (told := _why(risk, rule, lesion_mm, zone)) is not None:
            sentence, reason = told
            found.append(ProtectionNeed(risk=risk, lesion_mm=lesion_mm, sentence=sentence, reason=reason))
    return tuple(sorted(found, key=lambda n: (-_by_zone(n.risk), n.lesion_mm if n.lesion_mm is not None else 1e3)))


def _by_zone(risk: StructureRisk) -> Judgement:
    """What the zone alone amounts to, whether the structure is confirmed or not."""
    return Judgement.WITHIN if risk.limit is None else risk.judgement


def _from_lesion_mm(case: Case, risk: StructureRisk, rule: NeedRule) -> float | None:
    lesions = case.of_kind(StructureKind.LESION)
    if rule.lesion_within_mm is None or not lesions:
        return None
    return apart_mm(lesions[0], case.structure(risk.id), within_mm=rule.lesion_within_mm)


def _why(risk: StructureRisk, rule: NeedRule, lesion_mm: float | None, zone: PredictedZone) -> tuple[str, str] | None:
    """Why a structure calls for protection, in a sentence with its reason; None where it does not."""
    name, cold = structure_name(risk), zone.cold
    assert risk.exposure is not None
    if risk.limit is not None:
        felt = temperature_text(risk.exposure.extreme_c, cold=cold)
        level = judged_limit_text(risk.limit, risk.exposure, cold=cold)
        return f"{name} {'cools to' if cold else 'heats to'} {felt}.", f"{level}{risk.limit.source}"
    if lesion_mm is not None:
        where = "The lesion reaches it" if lesion_mm <= 0 else f"It lies {length_text(lesion_mm)} from the lesion"
        return f"{name}: {where[0].lower()}{where[1:]}.", rule.source
    mild_c = max(load_thresholds().isotherms(zone.mode).isotherms_c, key=lambda c: -abs(c - zone.body_c))
    to_zone_mm = risk.isotherm_mm.get(mild_c)
    unjudged = load_thresholds().of(risk.kind, zone.mode)
    if (unjudged is None or not unjudged.assessed) and to_zone_mm is not None and to_zone_mm <= 0:
        felt = temperature_text(risk.exposure.extreme_c, cold=cold)
        return (
            f"{name}: the zone reaches it at {level_text(mild_c)}, up to {felt}.",
            f"No published level of harm is on file. {rule.source}.",
        )
    return None
