"""What the sheet for the CT room says, and what it must not pass over."""

from dataclasses import replace

import pytest

from planning.errors import PlanError
from planning.evaluation import Judgement
from planning.model.zone import Fidelity
from planning.operations.placing import set_placing
from planning.operations.probes import move_probe
from planning.operations.protection import add_thermocouple
from planning.report.blocks import PlacingCard
from planning.report.room_sheet import RoomSheetInput, room_sheet


def sheet_of(given, case=None, **changes):
    fields = {
        "case": case or given.case,
        "case_digest": given.case_digest,
        "volume": given.volume,
        "verdict": given.verdict,
    }
    return room_sheet(RoomSheetInput(**(fields | changes)))


def texts(section):
    return [f"{b.lead} {b.text}" for b in section.blocks]


def test_every_probe_has_a_card_in_the_order_of_placement(cold_input):
    case = cold_input.case
    turned = set_placing(case, [p.id for p in reversed(case.plan.probes)])
    for shown in (case, turned):
        cards = [b for b in sheet_of(cold_input, shown).section("room").blocks if isinstance(b, PlacingCard)]
        assert [c.title.split(",")[0] for c in cards] == [
            f"{n}. {p.name}" for n, p in enumerate(shown.plan.in_order, 1)
        ]


def test_a_plan_that_was_not_predicted_says_so(cold_input):
    estimate = replace(cold_input.verdict, fidelity=Fidelity.FAST.value)
    for changes in ({"verdict": None}, {"case_digest": "moved since"}, {"verdict": estimate}):
        first = sheet_of(cold_input, **changes).section("checks").blocks[0]
        assert first.lead == "Not predicted." and first.judgement is Judgement.NOT_ASSESSED
    first = sheet_of(cold_input).section("checks").blocks[0]
    assert first.lead == "Predicted." and first.text == cold_input.verdict.pelvic.sentence


def test_a_path_that_the_rules_refuse_stands_above_everything(cold_input):
    case = cold_input.case
    assert not sheet_of(cold_input).alert
    root = next(s for s in case.structures if s.name == "S2 L").shape.points_mm
    middle = root[len(root) // 2]
    probe = case.plan.probes[0]
    through = move_probe(case, probe.id, entry_mm=tuple(middle + [0, 60, 0]), tip_mm=tuple(middle - [0, 2, 0]))
    found = sheet_of(cold_input, through, verdict=None)
    assert f"refuse {probe.name} " in found.alert
    assert any(t.startswith(f"{probe.name}.") and "S2 L" in t for t in texts(found.section("checks")))


def test_both_sides_at_risk_stand_above_everything(both_sides_input):
    given = both_sides_input
    assert given.verdict.pelvic.both_sides_at_risk
    assert given.verdict.pelvic.sentence in sheet_of(given).alert
    assert given.verdict.pelvic.sentence not in sheet_of(given, verdict=None).alert


def test_thermocouples_are_placed_before_they_are_read(cold_input):
    case = add_thermocouple(cold_input.case, cold_input.case.plan.probes[0].tip_mm)
    table = sheet_of(cold_input, case, verdict=None).section("protection").blocks[0]
    assert [c.title for c in table.columns] == ["thermocouple", "place"] and table.rows[0].cells[0] == "T1"


def test_a_case_is_named_only_when_asked(cold_input):
    assert cold_input.case.name not in sheet_of(cold_input).title
    assert cold_input.case.name in sheet_of(cold_input, with_identity=True).title


def test_a_plan_without_a_probe_is_refused(cold_input):
    with pytest.raises(PlanError) as refused:
        sheet_of(cold_input, cold_input.case.with_plan(probes=()))
    assert refused.value.code == "no-probe" and refused.value.hint
