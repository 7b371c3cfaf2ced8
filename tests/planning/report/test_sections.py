from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from app.representations.scene import ZoneSurfaces
from imaging.structures import BONES
from planning.catalogue.own_thresholds import load_thresholds
from planning.errors import PlanError
from planning.evaluation import Judgement
from planning.model.generator import Sharing
from planning.model.zone import Fidelity
from planning.operations.generators import share_generator
from planning.operations.placing import set_placing
from planning.operations.plans import copy_plan, rename_plan
from planning.operations.probes import add_probe
from planning.operations.room import change_room
from planning.plans import approve_plan, speaking_against
from planning.quantities import length_text, level_text, percent_text, temperature_text, volume_text
from planning.report.blocks import Facts, Histogram, Paragraph, PlacingCard, Table
from planning.report.room_sections import probes_section
from planning.report.sections import report_sections
from planning.report.wording import STANDING, mapped_uid, typeset
from planning.trajectory.console import console_numbers
from planning.trajectory.passage import passage
from tests.report_case import NAME, NOTE, UID, input_of

COURSE = {"power_w": [0, 20, 10], "impedance_ohm": [np.nan, 70, 55]}


def words_of(report):
    """Everything a report says, as one text."""
    said = [report.title, report.subtitle, report.alert]
    for section in report.sections:
        said.append(section.title)
        for block in section.blocks:
            if isinstance(block, Paragraph):
                said += [block.lead, block.text]
            elif isinstance(block, Facts):
                said += [text for row in block.rows for text in row]
            elif isinstance(block, Table):
                said += [c.title for c in block.columns] + [c for row in block.rows for c in row.cells] + [block.note]
            elif isinstance(block, PlacingCard):
                said += [block.title, block.way, *(w for row in (*block.facts, *block.checkpoints) for w in row)]
    return "\n".join(said)


def test_lesion_numbers_are_the_verdicts(cold_input):
    lesion = cold_input.verdict.lesion
    facts = dict(report_sections(cold_input).section("lesion").blocks[0].rows)
    assert facts["Inside −20\u202f°C"].startswith(percent_text(lesion.covered_frac))
    assert facts["Smallest margin"].startswith(length_text(lesion.margin_mm))


def test_volumes_of_the_zone_are_those_of_the_surfaces_on_screen(cold_input):
    facts = dict(report_sections(cold_input).section("isotherms").blocks[0].rows)
    shown = {f"Inside {level_text(c)}": m for c, m in ZoneSurfaces.of(cold_input.zone).by_temperature_c.items()}
    assert shown and all(facts[name] == volume_text(m.volume_mm3) for name, m in shown.items() if not m.empty)


def test_roots_are_mirrored_right_side_first(cold_input):
    table = report_sections(cold_input).section("roots").blocks[0]
    risks = {r.name: r for r in cold_input.verdict.structures}
    row = next(r for r in table.rows if "S2" in r.cells)
    middle = row.cells.index("S2")
    for name, cell in (("S2 R", row.cells[middle - 1]), ("S2 L", row.cells[middle + 1])):
        assert cell == temperature_text(risks[name].extreme_c, cold=True, unit=False)
    assert row.cells[0] == risks["S2 R"].judgement.word
    assert row.cells[-1] == risks["S2 L"].judgement.word
    assert table.columns[0].title.startswith("Right")


@pytest.mark.parametrize("name", ["cold_input", "heat_input"])
def test_every_threshold_stands_with_its_source(request, name):
    given = request.getfixturevalue(name)
    said = words_of(report_sections(given))
    for limits in load_thresholds().structures:
        if limits.mode is given.zone.mode:
            for limit in limits.limits:
                assert typeset(limit.source) in said
    assert typeset(load_thresholds().goal(given.zone.mode).margin_source) in said


def test_what_is_unknown_is_named_as_unknown(heat_input):
    table = report_sections(heat_input).section("roots").blocks[0]
    judged = {(row.cells[5], n): word for row in table.rows for n, word in ((0, row.cells[0]), (1, row.cells[-1]))}
    assert judged["S5", 0] == Judgement.NOT_ASSESSED.word
    assert judged["S4", 1] == Judgement.UNCONFIRMED.word


def test_both_sides_at_risk_come_first(both_sides_input):
    report = report_sections(both_sides_input)
    assert report.alert == both_sides_input.verdict.pelvic.sentence
    first = report.sections[0].blocks[0]
    assert first.alert and first.lead == report.alert and first.judgement is Judgement.INJURY


def test_histogram_holds_the_whole_surface(cold_input):
    histogram = next(b for b in report_sections(cold_input).section("margins").blocks if isinstance(b, Histogram))
    assert sum(histogram.shares) == pytest.approx(1)
    margins = cold_input.verdict.lesion.margin.margin_mm
    assert histogram.start_mm <= margins.min() < histogram.start_mm + 1


def test_identity_is_left_out_unless_asked_for(cold_input):
    said = words_of(report_sections(cold_input))
    assert NAME not in said and UID not in said
    assert mapped_uid(UID) in said
    assert "De-identified" in said
    named = words_of(report_sections(replace(cold_input, with_identity=True)))
    assert NAME in named and UID in named and "De-identified" not in named


def test_origin_and_standing_are_said(cold_input):
    said = words_of(report_sections(cold_input))
    for words in (
        STANDING,
        cold_input.zone.digest,
        cold_input.zone.model,
        NOTE,
        "ynthetic",
        cold_input.made_on.isoformat(),
    ):
        assert words in said


def test_assumed_device_numbers_are_marked_as_assumed(cold_input):
    tables = [b for b in report_sections(cold_input).section("devices").blocks if isinstance(b, Table)]
    assert any("Assumed." in row.cells[2] for table in tables for row in table.rows)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"case_digest": "another"}, "zone-stale"),
        ({"zone": {"digest": "another"}}, "zone-stale"),
        ({"verdict": {"zone_digest": "another"}}, "zone-stale"),
        ({"zone": {"fidelity": Fidelity.FAST}}, "zone-not-physics"),
        ({"verdict": {"fidelity": Fidelity.FAST.value}}, "zone-not-physics"),
    ],
)
def test_stale_and_fast_results_are_refused(cold_input, change, code):
    changes = {k: replace(getattr(cold_input, k), **v) if isinstance(v, dict) else v for k, v in change.items()}
    with pytest.raises(PlanError) as refused:
        report_sections(replace(cold_input, **changes))
    assert refused.value.code == code


def test_without_lesion_and_roots_nothing_is_called_within_limits(bare_input):
    report = report_sections(bare_input)
    assert report.title.startswith("No lesion marked")
    assert "No lesion is marked" in report.section("lesion").blocks[0].text
    rows = report.section("roots").blocks[0].rows
    assert {row.cells[0] for row in rows} | {row.cells[-1] for row in rows} == {Judgement.NOT_ASSESSED.word}
    assert report.section("pelvic").blocks[0].judgement is Judgement.UNCONFIRMED


def test_every_probe_has_a_card_with_numbers_angles_and_checkpoints(cold_input):
    case = set_placing(cold_input.case, ["C2"])
    said, *blocks = report_sections(replace(cold_input, case=case)).section("room").blocks
    cards = [b for b in blocks if isinstance(b, PlacingCard)]
    assert said.lead == "Placed in this order: C2, then C1." and "lies prone" in said.text
    assert [card.title for card in cards] == ["1. C2, IceSPHERE 1.5", "2. C1, IceSPHERE 1.5"]
    for card, probe in zip(cards, case.plan.in_order, strict=True):
        way, facts = passage(case, cold_input.volume, probe), dict(card.facts)
        assert [depth for depth, _, _ in card.checkpoints] == [length_text(c.depth_mm) for c in way.crossings]
        assert facts["In plane"] == card.views[0].angle_words == console_numbers(probe).in_plane_text
        assert facts["Craniocaudal"] == card.views[1].angle_words
        assert set(facts) >= {
            "Depth, skin to tip",
            "Entry from midline",
            "Entry slice",
            "Reference slice",
            "Tilt for one slice",
        }
        assert " of 72" in facts["Entry slice"] and facts["Entry from reference"].endswith("cranial")
    (table,) = [b for b in blocks if isinstance(b, Table)]
    assert [row.cells[0] for row in table.rows] == ["C2", "C1"]


def test_without_bone_the_card_says_that_the_way_is_not_known(cold_input):
    kept = tuple(s for s in cold_input.case.structures if s.kind not in BONES)
    without = probes_section(replace(cold_input.case, structures=kept), cold_input.volume)
    card = next(b for b in without.blocks if isinstance(b, PlacingCard))
    assert "No bone is outlined" in card.way and not card.checkpoints
    assert any("350 HU" in b.text for b in without.blocks if isinstance(b, Paragraph))


def test_shared_generators_stand_with_the_numbers_for_the_ct_room(heat_input):
    first = heat_input.case.plan.probes[0]
    beside = [(x + 12.0, y, z) for x, y, z in (first.entry_mm, first.tip_mm)]
    case = share_generator(
        add_probe(heat_input.case, first.device_id, *beside), ["R1", "R2"], Sharing.IN_TURN, dwell_s=20
    )
    blocks = report_sections(input_of(case, heat_input.volume)).section("room").blocks
    assert [row.cells for row in blocks[-1].rows] == [("1", "R1 and R2 in turn, 20\u202fs each", "R1–R2 12.0\u202fmm")]
    assert len(report_sections(heat_input).section("room").blocks) == 4, "a generator of its own is told"
    curves = {key: {p.id: np.array(c, float) for p in case.plan.probes} for key, c in COURSE.items()}
    given = input_of(case, heat_input.volume)
    worked = replace(given, zone=replace(given.zone, times_s=np.array([0.0, 60.0, 120.0]), **curves))
    courses = report_sections(worked).section("schedule").blocks[1]
    assert courses.rows[0].cells == (
        "R1 and R2", "up to 40\u202fW, 3.6\u202fkJ in all", "55–70\u202fΩ", "R1 1.8\u202fkJ, R2 1.8\u202fkJ",
    )  # fmt: skip
    assert len(report_sections(given).section("schedule").blocks) == 1


# Which plan, and who approved it


def approved(given):
    at = datetime(2026, 3, 5, 14, 30, tzinfo=UTC)
    against = speaking_against(given.case, given.volume, given.verdict)
    return approve_plan(given.case, given.verdict, "A. Reader", at, against)


def test_a_report_says_who_approved_the_plan_and_in_spite_of_what(heat_input):
    assert "nobody approved this plan" in words_of(report_sections(heat_input))
    case = approved(heat_input)
    said = words_of(report_sections(replace(heat_input, case=case)))
    assert "Approved by A. Reader on 2026-03-05 14:30." in said
    assert case.plan.approval.in_spite_of and all(words in said for words in case.plan.approval.in_spite_of)


def test_a_report_says_what_made_an_approval_fall(cold_input):
    case = change_room(approved(cold_input), gantry_tilt_deg=5.0)
    said = words_of(report_sections(replace(cold_input, case=case)))
    assert "The approval by A. Reader fell: the CT room changed." in said and "Approved by" not in said


def test_one_of_several_plans_is_told_by_its_number_and_its_name_only_with_the_cases(cold_input):
    case = rename_plan(copy_plan(cold_input.case), 2, NAME)
    told = report_sections(replace(cold_input, case=case))
    assert "Plan 2 of 2" in told.subtitle and NAME not in words_of(told)
    named = report_sections(replace(cold_input, case=case, with_identity=True))
    assert f"{NAME}, plan 2 of 2" in named.subtitle
