"""The whole verdict on a plan: lesion, structures, and above all S2-S4 on both sides, in plain words."""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass

from imaging.structures import Side, StructureKind
from planning.catalogue.own_thresholds import load_thresholds
from planning.catalogue.thresholds import Limit, Thresholds
from planning.evaluation.exposure import Crossing, Exposure
from planning.evaluation.feasibility import plan_concerns
from planning.evaluation.finding import RiskFinding
from planning.evaluation.flags import zone_flags
from planning.evaluation.function import FunctionOutlook, function_outlook, series_text
from planning.evaluation.goal_findings import goal_findings
from planning.evaluation.interface import InterfaceVerdict, judge_interface
from planning.evaluation.lesion import LesionVerdict, judge_lesion
from planning.evaluation.protection import ThermocoupleReading, pocket_concerns, read_thermocouples
from planning.evaluation.structures import StructureRisk, judge_structures
from planning.model.case import Case
from planning.model.clinical import Intent
from planning.model.judgement import Judgement
from planning.model.zone import PredictedZone
from planning.quantities import (
    deviation_text,
    dose_text,
    length_text,
    level_text,
    temperature_text,
    time_text,
    volume_text,
)

_ICE_C = 0.0
"""The edge of the ice that a CT shows."""
_SMALLEST_TOLD_MM3 = 50.0
"""Less is no tenth of a cubic centimetre."""
PELVIC_LEVELS = ("S2", "S3", "S4")
_DECISIVE_LEVELS = ("S2", "S3")
_SIDE_WORD = {Side.LEFT: "left", Side.RIGHT: "right"}


class PelvicRule(enum.Enum):
    """State of the rule that one side's S2 and S3 stay complete."""

    MET = "met"
    UNKNOWN = "unknown"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class PelvicRoots:
    """S2-S4 of both sides together.

    Attributes
    ----------
    rule : PelvicRule
        Whether one side's S2 and S3 stay complete.
    both_sides_at_risk : bool
        A root of S2-S4 reaches alarm on the left and another on the right: the gravest finding there is.
    sentence, reason : str
    """

    rule: PelvicRule
    both_sides_at_risk: bool
    sentence: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Everything said about a plan.

    Attributes
    ----------
    lesion : LesionVerdict or None
        None if no lesion is marked.
    intent : Intent or None
        What the ablation is for; None is judged as curative.
    interface : InterfaceVerdict or None
        The bone beside the lesion, where the intent is palliative.
    structures : tuple of StructureRisk
    pelvic : PelvicRoots
    function : FunctionOutlook
        What the loss of the roots at alarm would mean.
    thermocouples : tuple of ThermocoupleReading
    findings : tuple of RiskFinding
        Both sides' S2-S4 first if at risk, then by gravity.
    zone_digest, model, fidelity : str
        The prediction it rests on.
    """

    lesion: LesionVerdict | None
    intent: Intent | None = None
    interface: InterfaceVerdict | None = None
    structures: tuple[StructureRisk, ...]
    pelvic: PelvicRoots
    function: FunctionOutlook
    thermocouples: tuple[ThermocoupleReading, ...] = ()
    findings: tuple[RiskFinding, ...]
    zone_digest: str
    model: str
    fidelity: str

    @property
    def worst(self) -> Judgement:
        return max((f.judgement for f in self.findings), default=Judgement.WITHIN)


def evaluate(case: Case, zone: PredictedZone, thresholds: Thresholds | None = None) -> Verdict:
    """Judge a predicted zone against lesion, structures and thresholds.

    Parameters
    ----------
    case : Case
    zone : PredictedZone
    thresholds : Thresholds, optional
        Those that ship with the program by default.
    """
    thresholds = thresholds or load_thresholds()
    marked = case.of_kind(StructureKind.LESION)
    lesion = judge_lesion(marked[0], zone, thresholds.goal(zone.mode)) if marked else None
    intent, interface = case.clinical.intent, None
    if lesion is not None and intent is Intent.PALLIATIVE:
        interface = judge_interface(case, zone, thresholds.goal(zone.mode))
    structures = judge_structures(case, zone, thresholds)
    pelvic = pelvic_roots(structures)
    readings = read_thermocouples(case, zone, thresholds)
    return Verdict(
        lesion=lesion,
        intent=intent,
        interface=interface,
        structures=structures,
        pelvic=pelvic,
        function=function_outlook(structures),
        thermocouples=readings,
        findings=_findings(
            goal_findings(lesion, intent, interface, zone),
            structures,
            pelvic,
            zone,
            _beside_structures(case, zone, readings, thresholds, structures),
        ),
        zone_digest=zone.digest,
        model=zone.model,
        fidelity=zone.fidelity.value,
    )


def pelvic_roots(structures: Sequence[StructureRisk]) -> PelvicRoots:
    """Return what a plan does to S2-S4 of both sides together."""
    roots = {(r.level, r.side): r for r in structures if r.kind is StructureKind.ROOT}

    def at_risk(side: Side) -> list[str]:
        return [n for n in PELVIC_LEVELS if roots[n, side].judgement >= Judgement.ALARM]

    def complete(side: Side) -> bool:
        return all(
            roots[n, side].judgement in (Judgement.WITHIN, Judgement.CAUTION) and roots[n, side].confirmed
            for n in _DECISIVE_LEVELS
        )

    def lost(side: Side) -> bool:
        return any(roots[n, side].judgement >= Judgement.ALARM for n in _DECISIVE_LEVELS)

    left, right = at_risk(Side.LEFT), at_risk(Side.RIGHT)
    kept = [side for side in (Side.RIGHT, Side.LEFT) if complete(side)]
    rule = PelvicRule.MET if kept else PelvicRule.UNKNOWN
    if lost(Side.LEFT) and lost(Side.RIGHT):
        rule = PelvicRule.BROKEN
    if left and right:
        return PelvicRoots(
            rule=rule,
            both_sides_at_risk=True,
            sentence=f"Roots of both sides are at risk: right {', '.join(right)}; left {', '.join(left)}.",
            reason=" ".join(
                f"{words} ({source})" for words, source in (series_text("s2_down"), series_text("asymmetric"))
            ),
        )
    if rule is PelvicRule.MET:
        names = " and ".join(_SIDE_WORD[side] for side in kept)
        return PelvicRoots(
            rule=rule,
            both_sides_at_risk=False,
            sentence=f"S2 and S3 stay complete on the {names}.",
            reason="At least one side's S2 and S3 must stay complete.",
        )
    unknown = [
        roots[n, side].name
        for side in (Side.RIGHT, Side.LEFT)
        for n in _DECISIVE_LEVELS
        if roots[n, side].judgement < Judgement.ALARM
        and (roots[n, side].judgement is Judgement.NOT_ASSESSED or not roots[n, side].confirmed)
    ]
    return PelvicRoots(
        rule=rule,
        both_sides_at_risk=False,
        sentence=f"No side's S2 and S3 are known to stay complete: {', '.join(unknown)} not assessed or unconfirmed.",
        reason="Mark and confirm S2 and S3 on at least one side.",
    )


def _findings(
    of_lesion: Sequence[RiskFinding],
    structures: Sequence[StructureRisk],
    pelvic: PelvicRoots,
    zone: PredictedZone,
    further: Sequence[RiskFinding],
) -> tuple[RiskFinding, ...]:
    found = [*further]
    found += [_structure_finding(r, zone) for r in structures if r.judgement >= Judgement.CAUTION]
    found += of_lesion
    for judgement, verb in ((Judgement.UNCONFIRMED, "unconfirmed"), (Judgement.NOT_ASSESSED, "not assessed")):
        named = [r.name for r in structures if r.judgement is judgement]
        if named:
            be = "is" if len(named) == 1 else "are"
            found.append(
                RiskFinding(
                    judgement=judgement,
                    sentence=f"{_listed(named)} {be} {verb}.",
                    reason="Not counted as within limits.",
                )
            )
    found.sort(key=lambda f: -f.judgement)
    if pelvic.both_sides_at_risk:
        found.insert(0, RiskFinding(judgement=Judgement.INJURY, sentence=pelvic.sentence, reason=pelvic.reason))
    return tuple(found)


def _beside_structures(
    case: Case,
    zone: PredictedZone,
    readings: Sequence[ThermocoupleReading],
    thresholds: Thresholds,
    structures: Sequence[StructureRisk],
) -> list[RiskFinding]:
    """What cannot be done as planned, what is flagged, pockets that do not protect, and thermocouples that read harm."""
    found = [
        RiskFinding(judgement=c.judgement, sentence=c.sentence, reason=c.reason, structure_id=c.id)
        for c in (*plan_concerns(case), *zone_flags(case, zone, thresholds, structures))
    ]
    found += [
        RiskFinding(judgement=c.judgement, sentence=f"{c.name} {c.sentence}.", reason=c.reason, structure_id=c.id)
        for c in pocket_concerns(case, zone)
    ]
    for reading in readings:
        if reading.limit is None:
            continue
        verb = "cools to" if zone.cold else "heats to"
        when = "" if reading.at_s is None else f" at {time_text(reading.at_s)}"
        found.append(
            RiskFinding(
                judgement=reading.judgement,
                sentence=f"{reading.name} {verb} {temperature_text(reading.extreme_c, cold=zone.cold)}{when}.",
                reason=f"{limit_reached_text(reading.limit, reading.judged_c, cold=zone.cold)}Level of a nerve root: "
                f"{reading.limit.source}",
                structure_id=reading.id,
            )
        )
    return found


def structure_name(risk: StructureRisk) -> str:
    """Return a structure's name at the beginning of a sentence: ``Left S2``, ``Left lumbosacral trunk``."""
    if risk.side is None:
        return risk.name
    what = risk.level or risk.name.removesuffix(f" {risk.side.value}")
    return f"{_SIDE_WORD[risk.side].capitalize()} {what if risk.level else what[0].lower() + what[1:]}"


def inner_name(risk: StructureRisk) -> str:
    """Return a structure's name within a sentence: ``left S2``, ``canal``."""
    name = structure_name(risk)
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def _structure_finding(risk: StructureRisk, zone: PredictedZone) -> RiskFinding:
    """One sentence on a structure that reaches a level."""
    subject = structure_name(risk)
    if risk.needle_limit_mm is not None and risk.needle_mm is not None:
        thing = subject[0].lower() + subject[1:]
        if risk.needle_mm < 0 and risk.needle_by_tines:
            sentence = f"The tines of {risk.needle_name} reach into {thing}, if they are turned that way."
        elif risk.needle_mm < 0:
            sentence = f"{risk.needle_name} passes through {thing}."
        else:
            part = risk.needle_text if risk.needle_by_tines else f"shaft of {risk.needle_name}"
            sentence = f"{subject} lies {length_text(risk.needle_mm)} from the {part}."
        return RiskFinding(judgement=risk.judgement, sentence=sentence, reason=risk.reason, structure_id=risk.id)
    assert risk.exposure is not None
    limit = "" if risk.limit is None else judged_limit_text(risk.limit, risk.exposure, cold=zone.cold)
    return RiskFinding(
        judgement=risk.judgement,
        sentence=f"{subject} {_felt_text(risk, risk.exposure, cold=zone.cold)}.",
        reason=_since_text(risk, risk.exposure, cold=zone.cold) + limit + risk.reason,
        structure_id=risk.id,
    )


def _felt_text(risk: StructureRisk, felt: Exposure, *, cold: bool) -> str:
    """What a structure feels, after its name: how much of it passes the level that counts, and its extreme."""
    reached = temperature_text(felt.extreme_c, cold=cold)
    dose = "" if felt.cem43_min is None else f", {dose_text(felt.cem43_min)} min CEM43"
    through = _passed(risk, felt, cold=cold)
    if through is None or through.temperature_c is None:
        away = risk.isotherm_mm.get(_ICE_C) if cold else None
        outside = f", {length_text(away)} outside the ice" if away is not None and away >= 0 else ""
        return f"{'cools to' if cold else 'heats to'} {reached}{dose}{outside}"
    level = level_text(through.temperature_c)
    where = "in ice" if cold and through.temperature_c == _ICE_C else f"{'below' if cold else 'above'} {level}"
    if through.length_mm is not None:
        way = where.replace("in ice", "through ice")
        return f"runs {deviation_text(through.length_mm)} {way}: {reached}{dose}"
    if through.volume_mm3 is not None and through.volume_mm3 >= _SMALLEST_TOLD_MM3:
        return f"has {volume_text(through.volume_mm3)} {where}: {reached}{dose}"
    return f"{'cools to' if cold else 'heats to'} {reached}{dose}"


def _passed(risk: StructureRisk, felt: Exposure, *, cold: bool) -> Crossing | None:
    """The crossing that is told: ice for cold once it is reached, otherwise the gravest temperature that is a limit."""
    if cold and (ice := felt.crossing(_ICE_C)) is not None:
        return ice
    limit_c = None if risk.limit is None else risk.limit.temperature_c
    return None if cold or limit_c is None else felt.crossing(limit_c)


def _since_text(risk: StructureRisk, felt: Exposure, *, cold: bool) -> str:
    """From when on ice and limit are passed, and how much of a nerve passes the limit; seconds are rounded down."""
    limit_c = None if risk.limit is None else risk.limit.temperature_c
    ice, passed = felt.crossing(_ICE_C) if cold else None, None if limit_c is None else felt.crossing(limit_c)
    words = []
    if ice is not None and ice is not passed and ice.from_s is not None:
        words.append(f"In ice from {time_text(math.floor(ice.from_s))}. ")
    if passed is not None and passed.temperature_c is not None:
        begun = "" if passed.from_s is None else f" from {time_text(math.floor(passed.from_s))}"
        told = passed is ice or passed.length_mm is None or not cold
        over = "" if told else f", {deviation_text(passed.length_mm or 0.0)} of it"
        if begun or over:
            words.append(f"{'Below' if cold else 'Above'} {level_text(passed.temperature_c)}{begun}{over}. ")
    return "".join(words)


def limit_reached_text(limit: Limit, extreme_c: float, *, cold: bool) -> str:
    """Return the level and the value that was crossed, temperature before dose."""
    name = limit.level.value.capitalize()
    if limit.temperature_c is not None:
        crossed = extreme_c <= limit.temperature_c if cold else extreme_c >= limit.temperature_c
        if crossed or limit.cem43_min is None:
            return f"{name} at {'≤' if cold else '≥'} {level_text(limit.temperature_c)}. "
    return f"{name} above {limit.cem43_min:g} min CEM43. "


def judged_limit_text(limit: Limit, felt: Exposure, *, cold: bool) -> str:
    """Return the level that a structure is judged to reach, and where only what the grid may be off takes it there, by how much."""
    reached = limit_reached_text(limit, felt.judged_c, cold=cold)
    if not felt.short_of(limit, cold=cold):
        return reached
    bound_c, off_k = limit.temperature_c, abs(felt.judged_c - felt.extreme_c)
    if bound_c is not None and (felt.judged_c <= bound_c if cold else felt.judged_c >= bound_c):
        # Rounded to the side it is predicted on, so that it never reads as the level itself.
        tenths = math.ceil(felt.extreme_c * 10) if cold else math.floor(felt.extreme_c * 10)
        return f"{reached}Predicted {level_text(tenths / 10)}, within the {level_text(math.ceil(off_k * 10) / 10)} that the grid may be off. "
    return (
        f"{reached}Predicted {felt.cem43_min or 0.0:.3g} min, and the grid may be off by a factor of "
        f"{(felt.judged_cem43_min or 0.0) / (felt.cem43_min or 1.0):.2g}. "
    )


def _listed(names: Sequence[str]) -> str:
    inner = [names[0], *(n if n[1:2].isdigit() else n[:1].lower() + n[1:] for n in names[1:])]
    return inner[0] if len(inner) == 1 else f"{', '.join(inner[:-1])} and {inner[-1]}"
