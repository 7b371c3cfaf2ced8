"""What the ranges of tissue values may change in a verdict, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planning.evaluation.structures import StructureRisk
from planning.evaluation.verdict import RiskFinding, Verdict, evaluate, structure_name
from planning.model.case import Case
from planning.model.judgement import Judgement
from planning.model.zone import PredictedZone
from planning.model.zone_range import FactorEffect, ZoneRange, least_and_most
from planning.quantities import length_text, level_text, percent_text, temperature_text


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sureness:
    """How sure a verdict is.

    Attributes
    ----------
    least, most : Verdict
        On the smallest and the largest zone that the ranges allow.
    effects : tuple of FactorEffect
    findings : tuple of RiskFinding
        What may turn out otherwise, the gravest first; judged as the worse end is.
    digest : str
        Of the prediction it belongs to.
    """

    least: Verdict
    most: Verdict
    effects: tuple[FactorEffect, ...]
    findings: tuple[RiskFinding, ...]
    digest: str


def judge_range(case: Case, zone: PredictedZone, usual: Verdict, zone_range: ZoneRange) -> Sureness:
    """Judge the least and the largest zone, and say what differs from the usual verdict.

    Parameters
    ----------
    case : Case
    zone : PredictedZone
        By physics.
    usual : Verdict
        On this zone.
    zone_range : ZoneRange
    """
    least, most = (evaluate(case, end) for end in least_and_most(zone, zone_range))
    found = [*_structures(usual, least, most, cold=zone.cold), *_lesion(usual, least, most)]
    found.sort(key=lambda f: -f.judgement)
    if most.pelvic.both_sides_at_risk and not usual.pelvic.both_sides_at_risk:
        found.insert(
            0, RiskFinding(judgement=Judgement.INJURY, sentence=most.pelvic.sentence, reason=most.pelvic.reason)
        )
    return Sureness(least=least, most=most, effects=zone_range.effects, findings=tuple(found), digest=zone_range.digest)


def _structures(usual: Verdict, least: Verdict, most: Verdict, *, cold: bool) -> list[RiskFinding]:
    """Structures that are or may be harmed, with the temperatures they may reach."""
    found = []
    for risk, mild, grave in zip(usual.structures, least.structures, most.structures, strict=True):
        if max(risk.judgement, grave.judgement) < Judgement.CAUTION or grave.extreme_c is None:
            continue
        if risk.needle_judgement >= max(risk.judgement, grave.judgement):
            # The needle decides, and that is sure.
            continue
        same = mild.judgement is grave.judgement
        words = f"{grave.judgement.word} at both ends" if same else f"{mild.judgement.word} to {grave.judgement.word}"
        found.append(
            RiskFinding(
                judgement=max(risk.judgement, grave.judgement),
                sentence=f"{structure_name(risk)}: {_span(mild, grave, cold=cold)}, {words}.",
                reason="",
                structure_id=risk.id,
            )
        )
    return found


def _span(mild: StructureRisk, grave: StructureRisk, *, cold: bool) -> str:
    texts = [temperature_text(r.extreme_c, cold=cold) for r in (mild, grave) if r.extreme_c is not None]
    return " to ".join(dict.fromkeys(texts))


def _lesion(usual: Verdict, least: Verdict, most: Verdict) -> list[RiskFinding]:
    """Coverage and margin at both ends."""
    if usual.lesion is None or least.lesion is None or most.lesion is None:
        return []
    ends = (least.lesion, most.lesion)
    isotherm = level_text(usual.lesion.isotherm_c)
    covered = " to ".join(dict.fromkeys(percent_text(end.covered_frac) for end in ends))
    margins = " to ".join(
        dict.fromkeys("no zone" if end.margin_mm is None else length_text(end.margin_mm) for end in ends)
    )
    judgement = Judgement.WITHIN if least.lesion.goal_met else Judgement.CAUTION
    return [
        RiskFinding(
            judgement=judgement,
            sentence=f"Lesion: {covered} inside {isotherm}, smallest margin {margins}.",
            reason="",
            structure_id="lesion",
        )
    ]


def effects_text(effects: Sequence[FactorEffect]) -> str:
    """Return what moves the zone most, in a sentence; the sum of all of them is what the ends are judged on."""
    if not effects:
        return "No tissue of this plan has a range."
    parts = [
        f"{e.factor.value} of {', '.join(_lower(m) for m in e.media)} by up to {max(e.warmer_k, e.colder_k):.0f} °C"
        for e in effects
    ]
    return f"Moves the temperature somewhere: {'; '.join(parts)}. All of them together are judged."


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
