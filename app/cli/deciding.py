"""`clinical`: facts beside the CT. `decide`: what speaks for and against each option. `registry`: a row a case, and the cohort."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.cli.common import Answer, Subparsers, add_case_argument, add_command, change_case, progress_for
from planning.case_io import read_case
from planning.catalogue.decision_facts import FACTS
from planning.decision.decide import Advice, Decision, Reason, decide, source_text
from planning.decision.facts import CaseFacts, facts_of
from planning.decision.sins import SINS_ITEMS
from planning.errors import PlanError
from planning.model import Case
from planning.model.course import Complication, PainScale
from planning.operations.clinical import change_clinical, change_course, change_sins
from planning.quantities import deviation_text
from planning.registry.cohort import cohort_of
from planning.registry.rows import RegistryRow, read_registry
from planning.registry.table import write_csv

_UNSAID = "unknown"
_YES_NO = {"yes": True, "no": False}
_CHOSEN = ("intent", "appearance", "canal")
_YES_OR_NO = (
    "cortex_eroded", "soft_tissue", "fracture", "weight_bearing", "debulking", "oligometastatic", "radiosensitive",
    "prior_radiotherapy", "hardware",
)  # fmt: skip


_SCALES, _TIMES = ("nprs", "vas"), ("before", "after")
_PAIN = tuple(f"{scale}_{when}" for scale in _SCALES for when in _TIMES)


def add_commands(commands: Subparsers) -> None:
    """Add the commands of this file."""
    parser = add_command(
        commands, "clinical", "say what is known of the patient beside the CT, and how it went", _clinical
    )
    add_case_argument(parser)
    _add_facts(parser.add_argument_group("facts"))
    _add_course(parser.add_argument_group("course"))
    parser = add_command(commands, "decide", "say what speaks for and against each option", _decide)
    add_case_argument(parser)
    parser = add_command(
        commands, "registry", "list cases with size, treatment and outcome, and sum up the cohort", _registry
    )
    parser.add_argument("places", type=Path, nargs="+", metavar="PATH", help="folders of case files, or case files")
    parser.add_argument("--csv", type=Path, help="CSV file to write")
    parser.add_argument("--identity", action="store_true", help="write the names of the cases, not only numbers")


def _add_facts(group: Any) -> None:
    """What is not given is not there, so that it is not changed."""
    for key in _CHOSEN:
        words = "; ".join(FACTS[key].values.values())
        group.add_argument(_flag(key), choices=(*FACTS[key].values, _UNSAID), help=words, default=argparse.SUPPRESS)
    for key in _YES_OR_NO:
        name = FACTS[key].name
        words = name[:1].lower() + name[1:]
        group.add_argument(_flag(key), choices=(*_YES_NO, _UNSAID), help=words, default=argparse.SUPPRESS)
    for item in SINS_ITEMS:
        if item.key != "quality":
            words = f"SINS, {item.name.lower()}"
            choices = (*item.choices, _UNSAID)
            group.add_argument(_flag(f"sins_{item.key}"), choices=choices, help=words, default=argparse.SUPPRESS)


def _add_course(group: Any) -> None:
    grades = "; ".join(grade.words for grade in Complication)
    numbers = {
        **{f"{scale}_{when}": ("0…10", f"pain {when} the ablation") for scale in _SCALES for when in _TIMES},
        "pain_weeks": ("WEEKS", "when pain after it was taken"),
        **{f"karnofsky_{when}": ("0…100", f"function {when} the ablation") for when in _TIMES},
        "local_control_months": ("MONTHS", "when local control was seen or lost"),
    }
    for name, (shown, words) in numbers.items():
        group.add_argument(_flag(name), type=_number, metavar=shown, help=words, default=argparse.SUPPRESS)
    words = f"gravest complication: none, 1 to 6, or {_UNSAID} ({grades})"
    group.add_argument("--cirse", metavar="GRADE", help=words, default=argparse.SUPPRESS)
    group.add_argument("--local-control", choices=(*_YES_NO, _UNSAID), default=argparse.SUPPRESS)


def _flag(key: str) -> str:
    return f"--{key.replace('_', '-')}"


def _number(text: str) -> float | None:
    """A number, or none for what is no longer known."""
    if text == _UNSAID:
        return None
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is neither a number nor '{_UNSAID}'") from None


def _clinical(arguments: argparse.Namespace) -> Answer:
    given = vars(arguments)
    facts = {key: _said(given[key]) for key in (*_CHOSEN, *_YES_OR_NO) if key in given}
    form = {item.key: _said(given[f"sins_{item.key}"]) for item in SINS_ITEMS if f"sins_{item.key}" in given}
    if not {*facts, *form} and not any(name in given for name in (*_COURSE, *_PAIN)):
        raise PlanError(
            "Say what is known: --intent, --appearance, --sins-pain, --nprs-before …", code="arguments-missing"
        )

    def change(case: Case) -> Case:
        course = _course_of(given, case.clinical.course.pain_scale)
        return change_course(change_sins(change_clinical(case, **facts), **form), **course)

    case = change_case(arguments.case, change)
    known = facts_of(case)
    return Answer(_clinical_values(case, known), [*_fact_lines(known), *_course_lines(case)])


def _said(value: str | float | None) -> str | float | bool | None:
    """A value of the command line as the case keeps it."""
    if not isinstance(value, str):
        return value
    return None if value == _UNSAID else _YES_NO.get(value, value)


_COURSE = {
    "pain_weeks": "pain_after_weeks", "karnofsky_before": "karnofsky_before_pct",
    "karnofsky_after": "karnofsky_after_pct", "cirse": "complication", "local_control": "local_control",
    "local_control_months": "local_control_months",
}  # fmt: skip


def _course_of(given: Mapping[str, Any], old_scale: PainScale | None) -> dict[str, Any]:
    """What of the course was given."""
    course: dict[str, Any] = {key: _said(given[name]) for name, key in _COURSE.items() if name in given}
    scales = {name.split("_")[0] for name in _PAIN if name in given}
    if len(scales) > 1:
        raise PlanError("Pain is told on one scale, NPRS or VAS.", code="course-invalid", hint="Leave one of them out.")
    for scale in scales:
        course["pain_scale"] = scale.upper()
        for when in _TIMES:
            if f"{scale}_{when}" in given:
                course[f"pain_{when}"] = given[f"{scale}_{when}"]
            elif old_scale not in (None, scale.upper()):
                # A number of the other scale is none of this one.
                course[f"pain_{when}"] = None
    return course


def _decide(arguments: argparse.Namespace) -> Answer:
    case, _ = read_case(arguments.case, with_zones=False)
    decision = decide(case)
    values = {
        "facts": _fact_values(decision.facts),
        "sins": _sins_values(decision.facts),
        "options": [_advice_values(advice) for advice in decision.options],
        "remarks": [{"sentence": sentence, "source": source} for sentence, source in decision.remarks],
    }
    return Answer(values, [*_fact_lines(decision.facts), "", *_decision_lines(decision)])


def _fact_values(facts: CaseFacts) -> dict[str, Any]:
    return {
        key: {"value": fact.value, "words": fact.words, "origin": fact.origin, "may_be_less": fact.may_be_less}
        for key, fact in facts.by_key.items()
    }


def _sins_values(facts: CaseFacts) -> dict[str, Any]:
    score = facts.sins
    return {"points": dict(score.points), "total": score.total, "stability": score.stability, "missing": score.missing}


def _clinical_values(case: Case, facts: CaseFacts) -> dict[str, Any]:
    return {"facts": _fact_values(facts), "sins": _sins_values(facts), "course": asdict(case.clinical.course)}


def _advice_values(advice: Advice) -> dict[str, Any]:
    def reasons(of: Sequence[Reason]) -> list[dict[str, str]]:
        return [
            {"rule": r.rule.id, "sentence": r.sentence, "source": r.rule.source, "confidence": r.rule.confidence}
            for r in of
        ]

    return {
        "id": advice.option.id, "name": advice.option.name, "kind": advice.option.kind,
        "standing": advice.standing.word, "for": reasons(advice.speaks_for), "against": reasons(advice.speaks_against),
        "notes": reasons(advice.notes), "missing": advice.missing,
        "parts": {name: standing.word for name, standing in advice.parts}, "not_assessed": advice.open_words,
        "afterwards": [{"sentence": a.sentence, "source": a.source, "confidence": a.confidence} for a in advice.afterwards],
    }  # fmt: skip


def _fact_lines(facts: CaseFacts) -> list[str]:
    lines = []
    for fact in facts.by_key.values():
        origin = f"  ({fact.origin})" if fact.origin and fact.origin != "nobody said" else ""
        lines.append(f"{fact.kind.name:<24}{fact.words}{origin}")
    return lines


def _course_lines(case: Case) -> list[str]:
    course = case.clinical.course
    known = [
        f"{key.replace('_', ' ')}: {getattr(value, 'words', value)}"
        for key, value in ((f, getattr(course, f)) for f in asdict(course))
        if value is not None
    ]
    return ["", *known] if known else []


def _decision_lines(decision: Decision) -> list[str]:
    lines = []
    for advice in decision.options:
        lines.append(f"{advice.option.name}: {advice.standing.word}")
        lines += [f"  = {advice.parts_words}"] if advice.parts else []
        for mark, reasons in (("+", advice.speaks_for), ("-", advice.speaks_against), ("·", advice.notes)):
            lines += [f"  {mark} {r.sentence} [{r.source}]" for r in advice.own(reasons)]
        if advice.open_words:
            lines.append(f"  ? {advice.open_words}")
    if decision.afterwards:
        lines += ["", "Afterwards"]
        lines += [f"  {a.sentence} [{source_text(a)} After {', '.join(n)}.]" for a, n in decision.afterwards]
    return [*lines, "", *(f"{sentence} [{source}]" for sentence, source in decision.remarks)]


def _registry(arguments: argparse.Namespace) -> Answer:
    registry = read_registry(arguments.places, progress_for(arguments))
    cohort = cohort_of(registry.rows)
    if arguments.csv is not None:
        write_csv(arguments.csv, registry.rows, with_identity=arguments.identity)
    values = {
        "cases": [_row_values(row) for row in registry.rows],
        "cohort": {
            "count": cohort.count,
            "numbers": [
                {
                    "name": d.name, "unit": d.unit, "n": len(d.values), "missing": d.missing, "mean": d.mean,
                    "sd": d.deviation, "median": d.median, "least": min(d.values, default=None),
                    "most": max(d.values, default=None),
                }
                for d in cohort.distributions
            ],
            "shares": [
                {"name": s.name, "count": s.count, "known": s.known, "missing": s.missing, "pct": s.pct}
                for s in cohort.shares
            ],
        },
        "unreadable": [{"file": str(u.file), "reason": u.reason} for u in registry.unreadable],
        "csv": None if arguments.csv is None else str(arguments.csv),
    }  # fmt: skip
    lines = [_row_words(row) for row in registry.rows]
    lines += [f"Not read: {u.file.name}: {u.reason}" for u in registry.unreadable]
    lines += ["", f"{cohort.count} cases", *(f"  {e.name:<28}{e.words}" for e in cohort.entries)]
    lines += [] if arguments.csv is None else ["", f"Written: {arguments.csv}"]
    return Answer(values, lines)


def _row_values(row: RegistryRow) -> dict[str, Any]:
    return {
        "file": row.file.name, "name": row.name, "size_mm": row.size_mm, "place": row.place, "intent": row.intent,
        "modality": row.modality, "protection": row.protected, "consolidation": row.consolidated, **asdict(row.course),
    }  # fmt: skip


def _row_words(row: RegistryRow) -> str:
    size = "size not assessed" if row.size_mm is None else deviation_text(row.size_mm)
    course = row.course
    pain = (
        "" if course.pain_change is None else f", {course.pain_scale} {course.pain_before:g} to {course.pain_after:g}"
    )
    return f"{row.name}: {size}, {row.modality or 'no modality'}{pain}"
