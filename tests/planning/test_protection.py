"""Pockets of gas and fluid, and thermocouples: placed, refused, kept, modelled and judged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imaging.errors import DomainError
from imaging.progress import no_progress
from imaging.structures import StructureKind
from planning.case_io import read_case, write_case
from planning.catalogue import Mode, Phase, load_tissues
from planning.catalogue.agents import agent, load_agents, read_agents
from planning.errors import PlanError
from planning.evaluation import Judgement, evaluate
from planning.evaluation.protection_ways import protection_ways
from planning.model.naming import make_structure
from planning.model.protection import Pocket
from planning.operations.probes import add_probe
from planning.operations.protection import (
    add_pocket,
    add_thermocouple,
    change_pocket,
    move_thermocouple,
    remove_pocket,
    remove_thermocouple,
    set_way,
)
from planning.operations.structures import put_structure
from planning.services import estimate, prediction_digest
from planning.thermal import ThermalRequest, WallTemperature, solve
from planning.tissue import medium_of, tissue_fields, uniform_fields
from planning.tissue.pockets import with_pockets
from tests.builders.cases import (
    CRYO,
    RF,
    ball,
    centred_grid,
    empty_case,
    hot_ball,
    ice_ball,
    root,
    straight_tube,
    zone_of,
)
from tests.builders.thermal import applicator

ORIGIN = (0.0, 0.0, 0.0)


def planned(device_id=CRYO):
    return add_probe(empty_case(), device_id, (0, 35, 0), ORIGIN)


# ------------------------------------------------------------------ placing


def test_pockets_and_thermocouples_are_named_in_order_and_never_reuse_a_name_in_use():
    case = add_pocket(add_pocket(planned(), "co2", (10, 0, 0), 6), "saline", (-10, 0, 0), 5)
    assert [p.name for p in case.plan.pockets] == ["CO₂ 1", "Saline 2"]
    case = add_pocket(remove_pocket(case, "CO₂ 1"), "co2", (10, 0, 0), 6)
    assert [p.name for p in case.plan.pockets] == ["Saline 2", "CO₂ 3"]
    case = add_thermocouple(add_thermocouple(case, (1, 2, 3)), (4, 5, 6))
    case = move_thermocouple(remove_thermocouple(case, "T1"), "T2", (7, 8, 9))
    assert [(t.name, t.position_mm) for t in case.plan.thermocouples] == [("T2", (7, 8, 9))]


def test_an_agent_comes_at_the_temperature_its_source_gives_for_the_mode():
    assert add_pocket(planned(CRYO), "saline", ORIGIN, 5).plan.pockets[0].temperature_c == 37
    assert add_pocket(planned(RF), "d5w", ORIGIN, 5).plan.pockets[0].temperature_c == 20
    # No source gives a temperature for saline near heat, nor for gas.
    assert add_pocket(planned(RF), "saline", ORIGIN, 5).plan.pockets[0].temperature_c is None
    assert add_pocket(planned(CRYO), "co2", ORIGIN, 5).plan.pockets[0].temperature_c is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"radius_mm": 0.5}, "0.5 mm is not between"),
        ({"radius_mm": 90.0}, "90 mm is not between"),
        ({"radius_mm": float("nan")}, "nan mm is not between"),
        ({"temperature_c": 0.0}, "0 °C"),
        ({"temperature_c": 150.0}, "150 °C"),
        ({"circulating": True, "temperature_c": None}, "temperature is not said"),
        ({"start_mm": (500, 0, 0)}, "outside the CT"),
        ({"stop_mm": (0, 0, float("inf"))}, "not a number"),
    ],
)
def test_an_impossible_pocket_is_refused_and_changes_nothing(change, words):
    case = add_pocket(planned(), "co2", ORIGIN, 6)
    with pytest.raises(PlanError, match=words):
        change_pocket(case, "CO₂ 1", **change)
    assert case.plan.pockets[0].radius_mm == 6


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda c: add_pocket(c, "helium", ORIGIN, 5), "agent-unknown"),
        (lambda c: remove_pocket(c, "CO₂ 7"), "pocket-unknown"),
        (lambda c: remove_thermocouple(c, "T9"), "thermocouple-unknown"),
        (lambda c: add_thermocouple(c, (0, 0, 999)), "point-outside"),
    ],
)
def test_what_does_not_exist_is_refused_by_name(act, code):
    with pytest.raises(PlanError) as refused:
        act(planned())
    assert refused.value.code == code


def test_a_bad_catalogue_of_agents_is_refused_by_key(tmp_path):
    file = tmp_path / "agents.toml"
    good = (
        '[[agents]]\nid = "a"\nname = "A"\nstate = "gas"\ntissue = "co2"\nkinds = ["root"]\nuse = "u"\nsource = "s"\n'
    )
    file.write_text(good, encoding="utf-8")
    assert list(read_agents(file)) == ["a"]
    for bad, words in (
        (good.replace('"co2"', '"xenon"'), "no tissue 'xenon'"),
        (good.replace('source = "s"\n', ""), "source"),
        (good + "colour = 1\n", "colour"),
        (good + good, "given twice"),
    ):
        file.write_text(bad, encoding="utf-8")
        with pytest.raises(DomainError, match=words):
            read_agents(file)


def test_every_agent_of_the_catalogue_has_a_source_and_saline_is_warned_of_with_heat_only():
    assert all(a.source and a.use for a in load_agents().values())
    assert [w.mode for w in agent("saline").warnings] == [Mode.HEAT]
    assert [w.mode for w in agent("d5w").warnings] == [Mode.COLD]


def test_a_warm_pack_lies_on_the_skin_and_takes_the_place_of_air_alone():
    grid = centred_grid(20, 1.0)
    hu = np.full(grid.shape_kji, 40.0, np.float32)
    hu[:, 30:, :] = -1000.0
    fields = tissue_fields(grid, hu, {}, load_tissues())
    pack = add_pocket(empty_case(grid), "warm-pack", (0, 12, 0), 6.0, temperature_c=40.0).plan.pockets[0]
    changed, start_c = with_pockets(fields, (pack,), {}, load_tissues(), 37.0)
    inside = pack.as_tube().contains(grid.to_lps(np.indices(grid.shape_kji).reshape(3, -1).T[:, ::-1]))
    inside = inside.reshape(grid.shape_kji)
    warmed = start_c == 40.0
    assert (warmed == (inside & (hu < -500))).all() and warmed.any() and (inside & ~warmed).any()
    assert "Warm pack" in changed.media[changed.medium[warmed][0]].name
    deep = replace(pack, start_mm=(0, -12, 0), stop_mm=(0, -12, 0))
    told, _ = with_pockets(fields, (deep,), {}, load_tissues(), 37.0)
    assert "no air beside the skin" in told.findings[-1].message


def ways_of(case, *structures):
    for structure in structures:
        case = put_structure(case, structure)
    return [(c.judgement, c.sentence) for c in protection_ways(case)]


def test_the_way_of_a_needle_is_checked_against_everything_on_it():
    case = add_thermocouple(planned(), ORIGIN)
    assert [j for j, _ in ways_of(case)] == [Judgement.NOT_ASSESSED], "no way is planned yet"
    case = set_way(case, "T1", (0, 38, 0))
    assert ways_of(case) == []
    across = root("S2", "L", straight_tube((-20, 20, 0), (20, 20, 0)))
    assert ways_of(case, across) == [(Judgement.ALARM, "The needle of T1 passes through S2 L.")]
    beside = root("S2", "L", straight_tube((-20, 20, 4.5), (20, 20, 4.5)))
    ((judgement, sentence),) = ways_of(case, beside)
    assert judgement is Judgement.CAUTION and "at 2.5" in sentence
    assert ways_of(case, root("S2", "L", straight_tube((-20, 20, 6), (20, 20, 6)))) == []
    assert set_way(case, "T1", None).plan.thermocouples[0].entry_mm is None


def test_a_needle_to_the_epidural_space_may_enter_the_canal_but_not_the_sac_nor_cross_its_middle():
    grid = planned().image.grid
    canal = make_structure(StructureKind.CANAL, ball(grid, 9.0))
    case = set_way(add_thermocouple(planned(), (5, 0, 0)), "T1", (5, 38, 0))
    assert ways_of(case, canal) == []
    assert ways_of(case, canal, make_structure(StructureKind.THECAL_SAC, ball(grid, 7.0)))[0][0] is Judgement.ALARM
    crossing = set_way(add_thermocouple(planned(), (5, 0, 0)), "T1", (-30, 30, 0))
    ((judgement, sentence),) = ways_of(crossing, canal)
    assert judgement is Judgement.CAUTION and "midline" in sentence
    passing = set_way(add_thermocouple(planned(), (5, -20, 0)), "T1", (5, 38, 0))
    assert ways_of(passing, canal)[0][0] is Judgement.ALARM, "it goes through the canal to somewhere else"


def test_a_way_that_is_none_is_refused():
    case = add_pocket(planned(), "co2", ORIGIN, 5)
    for act, code in (
        (lambda: set_way(case, "T9", (0, 30, 0)), "pocket-unknown"),
        (lambda: set_way(case, "pocket-1", (0, 0, 999)), "point-outside"),
        (lambda: set_way(case, "pocket-1", ORIGIN), "way-too-short"),
    ):
        with pytest.raises(PlanError) as refused:
            act()
        assert refused.value.code == code


# ------------------------------------------------------------------ keeping


def test_a_case_file_keeps_pockets_thermocouples_and_an_active_thaw(tmp_path):
    case = add_thermocouple(add_pocket(planned(), "saline", ORIGIN, 5, stop_mm=(9, 0, 0), circulating=True), (1, 2, 3))
    case = set_way(case, "T1", (1, 30, 3))
    thaw = (Phase(kind="on", duration_s=600.0), Phase(kind="thaw", duration_s=60.0, wall_c=15.0))
    case = case.with_plan(schedule=thaw)
    write_case(tmp_path / "a.sacroplan", case, {})
    assert read_case(tmp_path / "a.sacroplan")[0].plan == case.plan


def test_what_protects_and_what_watches_changes_the_digest_and_so_makes_a_zone_stale():
    case = planned()
    changes = [
        add_pocket(case, "co2", ORIGIN, 6),
        add_pocket(case, "co2", ORIGIN, 7),
        add_pocket(case, "co2", ORIGIN, 7, temperature_c=40.0, circulating=True),
        add_thermocouple(case, (1, 1, 1)),
        case.with_plan(schedule=(Phase(kind="on", duration_s=60.0), Phase(kind="thaw", duration_s=9.0, wall_c=15.0))),
        case.with_plan(schedule=(Phase(kind="on", duration_s=60.0), Phase(kind="thaw", duration_s=9.0, wall_c=25.0))),
    ]
    digests = {prediction_digest(c) for c in [case, *changes]}
    assert len(digests) == len(changes) + 1


def test_the_fast_model_says_what_it_leaves_out():
    assert "CO₂ 1" in " ".join(estimate(add_pocket(planned(), "co2", ORIGIN, 6)).notes)


# ------------------------------------------------------------------ modelled

TABLE = load_tissues()
COLD = WallTemperature(c=-140.0)
BESIDE = Pocket(id="pocket-1", name="P", agent_id="co2", start_mm=(9, 0, 0), stop_mm=(9, 0, 0), radius_mm=3)


def coldest_behind(pocket: Pocket | None, point=(14.0, 0.0, 0.0)):
    """Freeze five minutes in muscle, with a pocket between the probe and a point."""
    grid = centred_grid(24)
    fields, start_c = with_pockets(
        uniform_fields(grid, medium_of(TABLE, "muscle")), [] if pocket is None else [pocket], {}, TABLE, 37.0
    )
    request = ThermalRequest(
        fields=fields, applicators=(applicator(COLD),), schedule=(Phase(kind="on", duration_s=300.0),),
        record_points_mm=np.array([point]), initial_c=start_c,
    )  # fmt: skip
    result = solve(request, no_progress())
    return float(result.recorded_c.min()), result


def test_gas_shields_the_tissue_behind_it_and_warm_circulating_fluid_more():
    bare, _ = coldest_behind(None)
    gas, _ = coldest_behind(BESIDE)
    warm, solved = coldest_behind(replace(BESIDE, agent_id="saline", temperature_c=42.0, circulating=True))
    assert gas > bare + 1.0
    assert warm > gas
    assert solved.energy_balance_error_pct < 0.5
    inside, _ = coldest_behind(replace(BESIDE, agent_id="saline", temperature_c=42.0, circulating=True), (9.0, 0, 0))
    assert inside == pytest.approx(42.0, abs=0.01), "circulating fluid keeps its temperature"


def test_fluid_injected_cold_begins_cold_and_warms():
    pocket = replace(BESIDE, agent_id="d5w", start_mm=(15, 0, 0), stop_mm=(15, 0, 0), radius_mm=4, temperature_c=20.0)
    _, result = coldest_behind(pocket, (15.0, 0.0, 0.0))
    assert result.recorded_c[0, 0] == pytest.approx(20.0, abs=0.1)
    assert result.recorded_c[-1, 0] > 25.0


def test_only_soft_tissue_gives_way():
    grid = centred_grid(12)
    fields = uniform_fields(grid, medium_of(TABLE, "muscle"))
    root = np.zeros(grid.shape_kji, bool)
    root[12:, :, :] = True
    pocket = replace(BESIDE, start_mm=ORIGIN, stop_mm=ORIGIN, radius_mm=5)
    changed, start_c = with_pockets(fields, [pocket], {StructureKind.ROOT: root}, TABLE, 37.0)
    gas = changed.medium == 1
    assert gas.any() and not gas[root].any()
    assert start_c is None and not changed.findings
    bone, _ = with_pockets(uniform_fields(grid, medium_of(TABLE, "cortical_bone")), [pocket], {}, TABLE, 37.0)
    assert (bone.medium == 0).all()
    assert "changes nothing" in bone.findings[0].message


def test_the_canal_is_left_alone_while_its_sac_is_not_marked():
    grid = centred_grid(12)
    fields = uniform_fields(grid, medium_of(TABLE, "fat"))
    canal, sac = np.zeros((2, *grid.shape_kji), bool)
    canal[8:17, 8:17, 8:17] = True
    sac[10:15, 10:15, 10:15] = True
    pocket = replace(BESIDE, start_mm=ORIGIN, stop_mm=ORIGIN, radius_mm=6)
    unknown, _ = with_pockets(fields, [pocket], {StructureKind.CANAL: canal}, TABLE, 37.0)
    assert not (unknown.medium == 1)[canal].any()
    assert "sac is not marked" in unknown.findings[0].message
    known, _ = with_pockets(fields, [pocket], {StructureKind.CANAL: canal, StructureKind.THECAL_SAC: sac}, TABLE, 37.0)
    assert (known.medium == 1)[canal & ~sac].any() and not (known.medium == 1)[sac].any()
    assert not known.findings


def test_a_balloon_keeps_the_current_out_and_saline_does_not():
    grid = centred_grid(12)
    fields = uniform_fields(grid, medium_of(TABLE, "muscle"))
    at = replace(BESIDE, start_mm=ORIGIN, stop_mm=ORIGIN)
    conducts = {
        name: with_pockets(fields, [replace(at, agent_id=name)], {}, TABLE, 37.0)[0]
        .media[1]
        .electrical_conductivity_s_m
        for name in ("balloon-fluid", "saline", "co2")
    }
    assert conducts == {"balloon-fluid": 0.0, "saline": 2.0, "co2": 0.0}


# ------------------------------------------------------------------ judged


def test_saline_near_radiofrequency_is_an_alarm_and_near_ice_is_not():
    for device_id, mode, field, expected in (
        (RF, Mode.HEAT, hot_ball(10), [Judgement.ALARM]),
        (CRYO, Mode.COLD, ice_ball(3), []),
    ):
        case = add_pocket(planned(device_id), "saline", (20, 0, 0), 5)
        verdict = evaluate(case, zone_of(case, field, mode=mode))
        found = [f for f in verdict.findings if f.sentence.startswith("Saline 1")]
        assert [f.judgement for f in found] == expected
        assert all("29 to 154 %" in f.reason for f in found)


def test_fluid_that_freezes_is_told_with_its_volume_and_gas_never_freezes():
    case = add_pocket(add_pocket(planned(), "saline", (12, 0, 0), 5), "co2", (-12, 0, 0), 5)
    verdict = evaluate(case, zone_of(case, ice_ball(10)))
    (found,) = [f for f in verdict.findings if "freezes" in f.sentence]
    assert found.sentence.startswith("Saline 1 freezes: ice reaches 0.")
    assert found.judgement is Judgement.CAUTION and "3.7 times" in found.reason
    far = add_pocket(planned(), "saline", (30, 0, 0), 5)
    assert not [f for f in evaluate(far, zone_of(far, ice_ball(10))).findings if "freezes" in f.sentence]


def test_a_thermocouple_reads_its_curve_and_is_judged_like_a_root():
    case = add_thermocouple(add_thermocouple(planned(), (11, 0, 0)), (39, 0, 0))
    times = np.array([0.0, 300.0, 600.0, 900.0])
    curves = {"thermocouple-1": np.array([37.0, 12.0, -21.0, 5.0])}
    zone = zone_of(case, ice_ball(10), times_s=times, curves_c=curves)
    verdict = evaluate(case, zone)
    first, second = verdict.thermocouples
    assert (first.extreme_c, first.at_s, first.judgement) == (-21.0, 600.0, Judgement.INJURY)
    assert second.extreme_c == pytest.approx(37.0) and second.at_s is None and second.judgement is Judgement.WITHIN
    (found,) = [f for f in verdict.findings if f.sentence.startswith("T1")]
    assert found.sentence == "T1 cools to −21\u202f°C at 10:00."
    assert found.structure_id == "thermocouple-1" and "nerve root" in found.reason
