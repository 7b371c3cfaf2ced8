"""What cement after an ablation means: whether it sets in time, and what its heat does to canal and roots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from imaging.structures import StructureKind
from planning.catalogue import load_thresholds
from planning.catalogue.cements import CementKind, cement_kind
from planning.catalogue.devices import device
from planning.evaluation.finding import RiskFinding
from planning.evaluation.structures import SENSITIVE_KINDS, StructureRisk, judge_structures, surface_points
from planning.evaluation.verdict import judged_limit_text, structure_name
from planning.model.case import Case
from planning.model.cement_course import CementCourse
from planning.model.judgement import Judgement
from planning.quantities import dose_text, level_text, percent_text, temperature_text, time_text

_FAR_FROM_BODY_K = 1.0
"""Tissue within a degree of the body's is called so warm."""
_LATE = 1.5
"""Cement that needs this many times as long as in tissue at body temperature is told as late."""
_NERVES = (
    StructureKind.ROOT, StructureKind.NERVE, StructureKind.CANAL, StructureKind.THECAL_SAC, StructureKind.CORD,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Warmed:
    """How warm one structure gets.

    Attributes
    ----------
    id, name : str
    hottest_c : float
        From the injection on.
    at_s : float or None
        When, from the injection; None where it was not recorded.
    alone_c : float
        With the same cement in tissue at body temperature.
    cem43_min : float
        Thermal dose; with that of the ablation where it heats.
    judgement : Judgement
        By the levels for heat.
    """

    id: str
    name: str
    hottest_c: float
    at_s: float | None
    alone_c: float
    cem43_min: float
    judgement: Judgement


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CementVerdict:
    """What is said of a plan's cement.

    Attributes
    ----------
    course : CementCourse
    warmed : tuple of Warmed
        Marked roots, canal, sac, bowel, bladder and vessels, the hottest first.
    findings : tuple of RiskFinding
        The gravest first.
    notes : tuple of str
        What was measured elsewhere, and what the model assumes.
    digest : str
        Of the course.
    """

    course: CementCourse
    warmed: tuple[Warmed, ...]
    findings: tuple[RiskFinding, ...]
    notes: tuple[str, ...]
    digest: str


def judge_cement(case: Case, course: CementCourse) -> CementVerdict:
    """Judge the heat and the setting of a plan's cement.

    Parameters
    ----------
    case : Case
    course : CementCourse
        Of this case.
    """
    unprobed = case.with_plan(probes=())
    thresholds = load_thresholds()
    risks = [r for r in judge_structures(unprobed, course.after, thresholds) if r.kind is not StructureKind.SKIN]
    alone = {r.id: r for r in judge_structures(unprobed, course.alone, thresholds)}
    warmed = [_warmed(r, alone[r.id], course) for r in risks if r.extreme_c is not None]
    kind = cement_kind(case.plan.cements[0].kind_id)
    found = [
        *_setting(case, course, kind), *_leaks(case, kind), *_heat(risks, alone, course), *_residual(case, course),
        *_unknown(risks),
    ]  # fmt: skip
    found.sort(key=lambda f: -f.judgement)
    return CementVerdict(
        course=course,
        warmed=tuple(sorted(warmed, key=lambda w: -w.hottest_c)),
        findings=tuple(found),
        notes=_notes(course, kind, warmed),
        digest=course.digest,
    )


def _warmed(risk: StructureRisk, alone: StructureRisk, course: CementCourse) -> Warmed:
    assert risk.extreme_c is not None and alone.extreme_c is not None
    curve = course.after.curves_c.get(risk.id)
    return Warmed(
        id=risk.id,
        name=risk.name,
        hottest_c=risk.extreme_c,
        at_s=None if curve is None else float(course.after.times_s[int(curve.argmax())]),
        alone_c=alone.extreme_c,
        cem43_min=risk.cem43_min or 0.0,
        judgement=risk.judgement,
    )


def _setting(case: Case, course: CementCourse, kind: CementKind) -> list[RiskFinding]:
    """Whether it sets late, and why."""
    body_c = course.after.body_c
    sources = f"Handling times {', '.join(h.words for h in kind.handling)} ({kind.handling[0].source})." if (
        kind.handling
    ) else ""  # fmt: skip
    usual_s = course.times_alone.set_last_s
    usual = "" if usual_s is None else f" instead of {time_text(usual_s)} min in tissue at {level_text(body_c)}"
    last_s = course.times.set_last_s
    ends = (
        f"is not set after {time_text(course.computed_s)} min: {percent_text(course.least_cured_frac)} of it where it is "
        "coldest"
        if last_s is None
        else f"sets after {time_text(last_s)} min{usual}"
    )
    cold = course.place_coldest_c < body_c - _FAR_FROM_BODY_K
    meets = "" if not cold else f" meets tissue at {temperature_text(course.place_coldest_c, cold=True)} and"
    sentence = f"Cement injected {course.minutes_after:g} min after the {_end_word(case)}{meets} {ends}."
    if course.place_frozen_frac > 0:
        ice = f"There is ice in {percent_text(course.place_frozen_frac)} of its place. "
        reason = f"{ice}Cold delays cement: wait until the ice has thawed and the bone is warm again. {sources}"
        return [RiskFinding(judgement=Judgement.ALARM, sentence=sentence, reason=reason)]
    late = last_s is None or (usual_s is not None and last_s > _LATE * usual_s)
    if last_s is None or late:
        reason = f"Cold delays cement: wait until the bone is warm again. {sources}"
        judgement = Judgement.ALARM if last_s is None else Judgement.CAUTION
        return [RiskFinding(judgement=judgement, sentence=sentence, reason=reason)]
    return [RiskFinding(judgement=Judgement.WITHIN, sentence=sentence, reason=sources)]


def _end_word(case: Case) -> str:
    return "end of the freeze" if device(case.plan.probes[0].device_id).is_cold else "end of the heating"


def _leaks(case: Case, kind: CementKind) -> list[RiskFinding]:
    """Cement that is planned where it must not be."""
    measured = _measured(kind, "leak")
    found = []
    for structure in case.structures:
        nerve = structure.kind in _NERVES
        if not nerve and (structure.kind not in SENSITIVE_KINDS or structure.kind is StructureKind.SKIN):
            continue
        for cement in case.plan.cements:
            tube = cement.as_tube()
            if tube.contains(surface_points(structure.shape)).any() or bool(
                structure.shape.contains(tube.points_mm).any()
            ):
                found.append(
                    RiskFinding(
                        judgement=Judgement.ALARM,
                        sentence=f"{cement.name} as planned reaches into {structure.name}.",
                        reason=f"Its heat was computed with cement there. Measured: {measured}.",
                        structure_id=structure.id,
                    )
                )
    return found


def _heat(risks: Sequence[StructureRisk], alone: dict[str, StructureRisk], course: CementCourse) -> list[RiskFinding]:
    """Structures that reach a level for heat, now or with the same cement in warm tissue."""
    found = []
    for risk in risks:
        if risk.extreme_c is None:
            continue
        warm = alone[risk.id]
        worse = warm if warm.judgement > risk.judgement else risk
        if worse.judgement < Judgement.CAUTION or worse.exposure is None or worse.limit is None:
            continue
        dose = f", {dose_text(worse.cem43_min or 0.0)} min CEM43"
        reached = temperature_text(worse.exposure.extreme_c, cold=False)
        if worse is risk:
            curve = course.after.curves_c.get(risk.id)
            at_s = None if curve is None else float(course.after.times_s[int(curve.argmax())])
            when = "" if at_s is None else f", {time_text(at_s)} min after the injection"
            sentence = f"{structure_name(risk)} heats to {reached}{when}{dose}."
        else:
            sentence = f"{structure_name(risk)} would heat to {reached}{dose} with this cement in warm tissue."
        reason = judged_limit_text(worse.limit, worse.exposure, cold=False) + worse.reason
        found.append(
            RiskFinding(judgement=worse.judgement, sentence=sentence, reason=reason, structure_id=risk.id)
        )  # fmt: skip
    return found


def _residual(case: Case, course: CementCourse) -> list[RiskFinding]:
    """Heat that the ablation left, to which that of the cement adds."""
    if device(case.plan.probes[0].device_id).is_cold or course.place_mean_c < course.after.body_c + _FAR_FROM_BODY_K:
        return []
    return [
        RiskFinding(
            judgement=Judgement.CAUTION,
            sentence=f"Cement injected {course.minutes_after:g} min after the end of the heating adds to its residual heat: its "
            f"place is still at {temperature_text(course.place_mean_c, cold=False)} on average.",
            reason=f"Inside the cement {temperature_text(course.peak_c, cold=False)} instead of "
            f"{temperature_text(course.peak_alone_c, cold=False)}. Declared rule of this program: told from "
            f"{_FAR_FROM_BODY_K:g} °C above body temperature.",
        )
    ]


def _unknown(risks: Sequence[StructureRisk]) -> list[RiskFinding]:
    """Nerves that nobody marked are not safe."""
    missing = [r.name for r in risks if r.kind in _NERVES and r.extreme_c is None]
    if not missing:
        return []
    return [
        RiskFinding(
            judgement=Judgement.NOT_ASSESSED,
            sentence=f"Not marked, so not assessed: {', '.join(missing)}.",
            reason="Not counted as within limits.",
        )
    ]


def _notes(course: CementCourse, kind: CementKind, warmed: Sequence[Warmed]) -> tuple[str, ...]:
    """What was measured elsewhere beside what was computed, and what is assumed."""
    canal = next((w for w in warmed if w.id == StructureKind.CANAL.value), None)
    here = "not assessed" if canal is None else temperature_text(canal.hottest_c, cold=False)
    notes = [
        f"Hottest in the canal here: {here}. Measured with cement: {_measured(kind, 'canal')}; {_measured(kind, 'leak')}."
    ]
    highest = max((m.high_c for m in kind.measured if m.place == "cement"), default=None)
    beyond = highest is not None and course.peak_c > highest
    notes.append(
        f"Hottest inside the cement: {temperature_text(course.peak_c, cold=False)} after {time_text(course.peak_at_s)} min. "
        f"Measured: {_measured(kind, 'cement')}." + (" The model is on the hot side." if beyond else "")
    )
    notes.append(
        f"Half of it has reacted after {_time(course.times.half_centre_s)} in its middle and after "
        f"{_time(course.times.half_last_s)} where it is coldest; {time_text(course.at_body_s)} min if all of it were at "
        f"{level_text(course.after.body_c)}."
    )
    heat = f"{kind.heat_j_kg / 1e3:.0f} kJ per kg"
    notes.append(f"Heat of cure {heat}, derived from its monomer. {kind.monomer_frac.source}.")
    notes += [kind.assumed_s_curve, kind.assumed_clock, f"{kind.fastest_c.source}.", kind.assumed_shape]
    return tuple(notes)


def _measured(kind: CementKind, place: str) -> str:
    return "; ".join(f"{m.words} ({m.source})" for m in kind.measured if m.place == place) or "nothing on file"


def _time(seconds: float | None) -> str:
    return "more time than was computed" if seconds is None else f"{time_text(seconds)} min"
