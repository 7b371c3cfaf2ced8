"""The whole verdict on a plan: lesion, structures, and above all S2-S4 on both sides, in plain words."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from imaging.structures import Side, StructureKind
from planning.catalogue.thresholds import Limit, Thresholds, load_thresholds
from planning.evaluation.feasibility import plan_concerns
from planning.evaluation.lesion import LesionVerdict, judge_lesion
from planning.evaluation.protection import ThermocoupleReading, pocket_concerns, read_thermocouples
from planning.evaluation.structures import StructureRisk, judge_structures
from planning.model.case import Case
from planning.model.judgement import Judgement
from planning.model.zone import PredictedZone
from planning.quantities import dose_text, length_text, level_text, percent_text, temperature_text, time_text

TODD = "Todd 2002, Clin Orthop Relat Res"
ZOCCALI = "Zoccali 2016, Eur Spine J, doi 10.1007/s00586-016-4450-3"

_PELVIC_LEVELS = ("S2", "S3", "S4")
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
class RiskFinding:
    """One sentence with its subject and number, its reason, and the structure it is about."""

    judgement: Judgement
    sentence: str
    reason: str
    structure_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Everything said about a plan.

    Attributes
    ----------
    lesion : LesionVerdict or None
        None if no lesion is marked.
    structures : tuple of StructureRisk
    pelvic : PelvicRoots
    thermocouples : tuple of ThermocoupleReading
    findings : tuple of RiskFinding
        Both sides' S2-S4 first if at risk, then by gravity.
    zone_digest, model, fidelity : str
        The prediction it rests on.
    """

    lesion: LesionVerdict | None
    structures: tuple[StructureRisk, ...]
    pelvic: PelvicRoots
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
    structures = judge_structures(case, zone, thresholds)
    pelvic = _pelvic(structures)
    readings = read_thermocouples(case, zone, thresholds)
    return Verdict(
        lesion=lesion,
        structures=structures,
        pelvic=pelvic,
        thermocouples=readings,
        findings=_findings(lesion, structures, pelvic, zone, _beside_structures(case, zone, readings)),
        zone_digest=zone.digest,
        model=zone.model,
        fidelity=zone.fidelity.value,
    )


def _pelvic(structures: Sequence[StructureRisk]) -> PelvicRoots:
    roots = {(r.level, r.side): r for r in structures if r.kind is StructureKind.ROOT}

    def at_risk(side: Side) -> list[str]:
        return [n for n in _PELVIC_LEVELS if roots[n, side].judgement >= Judgement.ALARM]

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
            reason="With S2–S5 lost on both sides no patient kept normal bladder or bowel function; with one S3 kept "
            f"60 % kept the bladder and 67 % the bowel ({TODD}).",
        )
    if rule is PelvicRule.MET:
        names = " and ".join(_SIDE_WORD[side] for side in kept)
        return PelvicRoots(
            rule=rule,
            both_sides_at_risk=False,
            sentence=f"S2 and S3 stay complete on the {names}.",
            reason="One-sided loss left the bladder normal in 89 % and the bowel in 87 % "
            f"({TODD}). At least one side's S2 and S3 must stay complete.",
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
    lesion: LesionVerdict | None,
    structures: Sequence[StructureRisk],
    pelvic: PelvicRoots,
    zone: PredictedZone,
    further: Sequence[RiskFinding],
) -> tuple[RiskFinding, ...]:
    found = [*further]
    found += [_structure_finding(r, zone) for r in structures if r.judgement >= Judgement.CAUTION]
    found += _lesion_findings(lesion, zone)
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


def _beside_structures(case: Case, zone: PredictedZone, readings: Sequence[ThermocoupleReading]) -> list[RiskFinding]:
    """What cannot be done as planned, pockets that do not protect, and thermocouples that read harm."""
    found = [
        RiskFinding(judgement=c.judgement, sentence=c.sentence, reason=c.reason, structure_id=c.id)
        for c in plan_concerns(case)
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
                reason=f"{limit_reached_text(reading.limit, reading.extreme_c, cold=zone.cold)}Level of a nerve root: "
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
    assert risk.extreme_c is not None
    reached = temperature_text(risk.extreme_c, cold=zone.cold)
    verb = "cools to" if zone.cold else "heats to"
    dose = "" if risk.cem43_min is None else f", {dose_text(risk.cem43_min)} min CEM43"
    limit = "" if risk.limit is None else limit_reached_text(risk.limit, risk.extreme_c, cold=zone.cold)
    return RiskFinding(
        judgement=risk.judgement,
        sentence=f"{subject} {verb} {reached}{dose}.",
        reason=limit + risk.reason,
        structure_id=risk.id,
    )


def limit_reached_text(limit: Limit, extreme_c: float, *, cold: bool) -> str:
    """Return the level and the value that was crossed, temperature before dose."""
    name = limit.level.value.capitalize()
    if limit.temperature_c is not None:
        crossed = extreme_c <= limit.temperature_c if cold else extreme_c >= limit.temperature_c
        if crossed or limit.cem43_min is None:
            return f"{name} at {'≤' if cold else '≥'} {level_text(limit.temperature_c)}. "
    return f"{name} above {limit.cem43_min:g} min CEM43. "


def _lesion_findings(lesion: LesionVerdict | None, zone: PredictedZone) -> list[RiskFinding]:
    if lesion is None:
        return [
            RiskFinding(
                judgement=Judgement.NOT_ASSESSED,
                sentence="No lesion is marked: coverage and margin are not assessed.",
                reason="Mark the lesion.",
            )
        ]
    if lesion.goal_met:
        return []
    isotherm = level_text(lesion.isotherm_c)
    if lesion.margin_mm is None:
        sentence = f"The zone never reaches {isotherm}: nothing of the lesion is treated."
    elif lesion.margin_mm < 0:
        sentence = (
            f"{percent_text(lesion.covered_frac)} of the lesion lies inside {isotherm}; "
            f"it reaches {length_text(-lesion.margin_mm + 0.0999)} beyond."
        )
    elif lesion.margin_met:
        sentence = f"{percent_text(lesion.covered_frac)} of the lesion lies inside {isotherm}; a pocket is left out."
    else:
        sentence = f"The smallest margin to {isotherm} is {length_text(lesion.margin_mm)}."
    return [
        RiskFinding(
            judgement=Judgement.CAUTION,
            sentence=sentence,
            reason=f"Goal {length_text(lesion.goal_margin_mm)}: {lesion.margin_source}",
            structure_id="lesion",
        )
    ]


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
