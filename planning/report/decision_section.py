"""Decision support in the report: facts, what speaks for and against each option, what to expect, and how it went."""

from __future__ import annotations

from planning.decision.decide import Decision, decide, source_text
from planning.decision.facts import CaseFacts
from planning.model.case import Case
from planning.model.clinical import Clinical
from planning.model.course import Course
from planning.quantities import NNBSP
from planning.report.blocks import Block, Column, Facts, Paragraph, Row, Section, Table
from planning.report.wording import typeset


def decision_sections(case: Case) -> tuple[Section, ...]:
    """Return the section on decision support and that on the course, each only where somebody said something for it."""
    said = case.clinical
    sections: list[Section] = []
    if said != Clinical(course=said.course):
        sections.append(_decision(decide(case)))
    if said.course != Course():
        rows = tuple((name, words) for name, words in course_rows(said.course))
        sections.append(Section(key="course", title="How it went", blocks=(Facts(rows=rows),)))
    return tuple(sections)


def _decision(decision: Decision) -> Section:
    blocks: list[Block] = [
        Paragraph(text=" ".join(sentence for sentence, _ in decision.remarks)),
        Facts(rows=_fact_rows(decision.facts)),
        _options(decision),
        _reasons(decision),
    ]
    if decision.afterwards:
        columns = (
            Column(title="afterwards", share=5),
            Column(title="after", share=2.5),
            Column(title="source", share=3),
        )
        rows = tuple(
            Row(cells=(typeset(entry.sentence), ", ".join(names), typeset(source_text(entry))))
            for entry, names in decision.afterwards
        )
        blocks.append(Table(columns=columns, rows=rows))
    return Section(key="decision", title="Decision support", blocks=tuple(blocks))


def _fact_rows(facts: CaseFacts) -> tuple[tuple[str, str], ...]:
    known = [(f.kind.name, f.words) for f in facts.by_key.values() if f.value is not None]
    return (*known, ("Not assessed", ", ".join(facts.missing) or "nothing"))


def _options(decision: Decision) -> Table:
    columns = (
        Column(title="option", share=2.2),
        Column(title="rules on file", share=1.5),
        Column(title="open", share=6),
    )
    rows = tuple(
        Row(cells=(a.option.name, a.standing.word, " ".join(filter(None, (_parts(a.parts_words), a.open_words)))))
        for a in decision.options
    )
    return Table(columns=columns, rows=rows)


def _parts(words: str) -> str:
    return f"{words}." if words else ""


def _reasons(decision: Decision) -> Table:
    columns = (
        Column(title="option", share=1.8),
        Column(title="rule", share=0.8),
        Column(title="says", share=4.4),
        Column(title="source", share=3.4),
    )
    rows = tuple(
        Row(cells=(a.option.name, word, typeset(reason.sentence), typeset(reason.source)))
        for a in decision.options
        for word, reasons in (("for", a.speaks_for), ("against", a.speaks_against), ("note", a.notes))
        for reason in a.own(reasons)
    )
    return Table(columns=columns, rows=rows, note="" if rows else "No rule on file fired.")


def course_rows(course: Course) -> list[tuple[str, str]]:
    """Return what was recorded of a course, as names and words."""
    rows = []
    for when, pain in (("before", course.pain_before), ("after", course.pain_after)):
        if pain is not None:
            at = "" if when == "before" or course.pain_after_weeks is None else f" at {course.pain_after_weeks:g} weeks"
            rows.append((f"Pain {when}", f"{course.pain_scale} {pain:g} of 10{at}"))
    for when, pct in (("before", course.karnofsky_before_pct), ("after", course.karnofsky_after_pct)):
        if pct is not None:
            rows.append((f"Karnofsky {when}", f"{pct}{NNBSP}%"))
    if course.complication is not None:
        rows.append(("Gravest complication (CIRSE)", course.complication.words))
    if course.local_control is not None:
        months = course.local_control_months
        at = "" if months is None else f", at {months:g} months"
        rows.append(("Local control", f"{'yes' if course.local_control else 'no'}{at}"))
    return rows
