"""Decision support in the report: only where facts were given, with rules, sources and what is not assessed."""

from __future__ import annotations

from planning.decision.decide import decide
from planning.model.course import Course
from planning.operations.clinical import change_clinical, change_course
from planning.report.blocks import Facts, Table
from planning.report.decision_section import course_rows, decision_sections
from tests.builders.cases import empty_case


def test_without_facts_there_is_no_section():
    assert decision_sections(empty_case()) == ()
    assert course_rows(Course()) == []


def test_options_rules_sources_and_open_facts_stand_in_the_section():
    case = change_clinical(empty_case(), appearance="sclerotic", fracture=True)
    (section,) = decision_sections(case)
    decision = decide(case)
    facts = next(b for b in section.blocks if isinstance(b, Facts))
    assert dict(facts.rows)["Appearance"] == "sclerotic" and "Intent" in dict(facts.rows)["Not assessed"]
    options, reasons, afterwards = (b for b in section.blocks if isinstance(b, Table))
    assert [r.cells[:2] for r in options.rows] == [(a.option.name, a.standing.word) for a in decision.options]
    against = next(r.cells for r in reasons.rows if r.cells[1] == "against")
    assert against[0] == "RFA" and "Tomasian" in against[3] and "sclerotic-rfa" in against[3]
    assert any("after the thaw" in r.cells[0] for r in afterwards.rows)
    assert "decides nothing" in section.blocks[0].text


def test_the_course_is_told_where_it_was_recorded():
    case = change_course(
        empty_case(), pain_scale="NPRS", pain_before=7, pain_after=3, pain_after_weeks=4, karnofsky_after_pct=80,
        complication="none", local_control=True, local_control_months=12,
    )  # fmt: skip
    (section,) = decision_sections(case)
    (facts,) = section.blocks
    assert dict(facts.rows) == {
        "Pain before": "NPRS 7 of 10",
        "Pain after": "NPRS 3 of 10 at 4 weeks",
        "Karnofsky after": "80\u202f%",
        "Gravest complication (CIRSE)": "no complication",
        "Local control": "yes, at 12 months",
    }
