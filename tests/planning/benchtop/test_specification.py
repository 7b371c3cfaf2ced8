"""What cannot be run is refused before any work, by the path of the key and the reason."""

from __future__ import annotations

import json

import pytest

from planning.benchtop import request_of, specification_of
from planning.errors import PlanError
from tests.builders.benchtop import DELETED, bench_top, changed, parsed

NEEDLE = bench_top()["applicators"][0]
VOLTS = {"kind": "voltage", "v_rms": 20}


def refused(spec):
    with pytest.raises(PlanError) as found:
        request_of(parsed(spec))
    assert found.value.code == "bench-top-invalid"
    assert "\n" not in str(found.value)
    return found.value.context["path"], found.value.context["reason"]


def drive(**words):
    return {"applicators": [NEEDLE | {"drive": words}]}


GEL_AT = ("media", "gel")
BAD_KEYS = [
    (("colour",), "red", "colour", "unknown"),
    (("schema",), "sacroplan.bench-top/2", "schema", "bench-top/1"),
    (("size_mm",), DELETED, "size_mm", "missing"),
    (("spacing_mm",), DELETED, "spacing_mm", "missing"),
    (("boundary",), "open", "boundary", "fixed"),
    (("initial_c",), DELETED, "initial_c", "missing"),
    (("initial_c",), -300, "initial_c", "greater"),
    (("blood_c",), DELETED, "blood_c", "missing"),
    (("spacing_mm",), 0, "spacing_mm", "greater"),
    (("spacing_mm",), "1", "spacing_mm", "number"),
    (("spacing_mm",), True, "spacing_mm", "number"),
    (("size_mm",), [40, 40], "size_mm[2]", "missing"),
    (("size_mm", 1), -4, "size_mm[1]", "greater"),
    (("size_mm", 1), float("nan"), "size_mm[1]", "finite"),
    ((*GEL_AT, "density_kg_m3"), DELETED, "media.gel.density_kg_m3", "missing"),
    ((*GEL_AT, "density_g_cm3"), 1, "media.gel.density_g_cm3", "unknown"),
    ((*GEL_AT, "density_kg_m3"), 0, "media.gel.density_kg_m3", "greater"),
    ((*GEL_AT, "density_kg_m3"), float("inf"), "media.gel.density_kg_m3", "finite"),
    ((*GEL_AT, "perfusion_1_s"), -0.1, "media.gel.perfusion_1_s", "greater"),
    ((*GEL_AT, "perfusion_1_s"), DELETED, "media.gel.perfusion_1_s", "missing"),
    ((*GEL_AT, "frozen", "latent_heat_j_kg"), DELETED, "media.gel.frozen.latent_heat_j_kg", "missing"),
    ((*GEL_AT, "frozen", "freezing_range_c"), [-1, -8], "media.gel.frozen.freezing_range_c", "lower end"),
    (("media",), {}, "media", "at least 1"),
    (("background",), "agar", "background", "agar"),
    (("regions", 0, "medium"), "agar", "regions[0].medium", "agar"),
    (("regions", 0, "shape"), "cone", "regions[0].shape", "cone"),
    (("regions", 0, "radius_mm"), DELETED, "regions[0].radius_mm", "missing"),
    (("regions", 0, "radius_cm"), 1, "regions[0].radius_cm", "unknown"),
    (("regions", 0, "centre_mm"), [100, 0, 0], "regions[0]", "outside the box"),
    (("regions", 0, "centre_mm"), [15, 0, 0], "regions[0]", "outside the box"),
    (("regions", 0, "radius_mm"), 1e-3, "regions[0]", "no voxel"),
    (("regions", 1, "axis"), [0, 0, 0], "regions[1].axis", "no length"),
    (("regions", 2, "size_mm", 0), 0, "regions[2].size_mm[0]", "greater"),
    (("applicators", 0, "tip_mm", 2), float("nan"), "applicators[0].tip_mm[2]", "finite"),
    (("applicators", 0, "tip_mm"), [0, 0, -60], "applicators[0]", "inside the simulated box"),
    (("applicators", 0, "active_length_mm"), 60, "applicators[0]", "inside the simulated box"),
    (("applicators", 0, "active_length_mm"), 0, "applicators[0].active_length_mm", "greater"),
    (("applicators", 0, "diameter_in"), 0.1, "applicators[0].diameter_in", "unknown"),
    (("applicators", 0, "direction"), [0, 0, 0], "applicators[0].direction", "no length"),
    (("applicators", 0, "drive", "kind"), "steam", "applicators[0].drive.kind", "steam"),
    (("applicators", 0, "drive", "kind"), DELETED, "applicators[0].drive.kind", "missing"),
    (("applicators", 0, "drive", "c"), DELETED, "applicators[0].drive.c", "missing"),
    (("applicators", 0, "drive", "c"), -200, "applicators[0].drive.c", "greater"),
    (("applicators", 0, "drive", "cooled_c"), 10, "applicators[0].drive.cooled_c", "unknown"),
    (("applicators",), [], "applicators", "there is none"),
    (("duration_s",), DELETED, "duration_s", "either"),
    (("duration_s",), -5, "duration_s", "greater"),
    (("schedule",), [{"phase": "on", "duration_s": 60}], "duration_s", "either"),
    (("outputs",), DELETED, "outputs", "missing"),
    (("outputs", "times_s"), [], "outputs.times_s", "at least 1"),
    (("outputs", "times_s"), [-1], "outputs.times_s[0]", "greater"),
    (("outputs", "times_s"), [30, 61], "outputs.times_s[1]", "after the end"),
    (("outputs", "isotherms_c"), [0, 37], "outputs.isotherms_c[1]", "initial_c"),
    (("outputs", "cem43_min"), [0], "outputs.cem43_min[0]", "greater"),
    (("outputs", "points_mm"), [[0, 0, 0], [0, 21, 0]], "outputs.points_mm[1]", "outside the box"),
    (("spacing_mm",), 0.01, "spacing_mm", "GB of memory"),
    (("spacing_mm",), 1e-300, "spacing_mm", "GB of memory"),
]


@pytest.mark.parametrize(("path", "value", "key", "reason"), BAD_KEYS, ids=[f"{k[2]}-{k[3]}" for k in BAD_KEYS])
def test_a_bad_key_is_refused_by_its_path(path, value, key, reason):
    found = refused(changed(bench_top(), path, value))
    assert found[0] == key
    assert reason in found[1]


@pytest.mark.parametrize(
    ("changes", "key", "reason"),
    [
        (drive(kind="voltage", v_rms=0), "applicators[0].drive.v_rms", "greater"),
        (drive(kind="power", w=-1), "applicators[0].drive.w", "greater"),
        (drive(kind="power", w=5, cooled_c=-300), "applicators[0].drive.cooled_c", "greater"),
        (drive(kind="tip_temperature", c=80), "applicators[0].drive.max_power_w", "missing"),
        (drive(kind="tip_temperature", c=30, max_power_w=9), "applicators[0].drive.c", "initial_c"),
        (drive(kind="bipolar_power", w=5, gap_mm=10), "applicators[0].drive.gap_mm", "contains"),
        (drive(kind="bipolar_power", w=5), "applicators[0].drive.gap_mm", "missing"),
    ],
)
def test_a_bad_drive_is_refused(changes, key, reason):
    found = refused(bench_top(**changes))
    assert found[0] == key
    assert reason in found[1]


@pytest.mark.parametrize(
    ("phase", "key"),
    [
        ({"phase": "thaw", "duration_s": 5}, "schedule[1].c"),
        ({"phase": "off", "duration_s": 5, "c": 4}, "schedule[1].c"),
        ({"phase": "off", "duration_s": 0}, "schedule[1].duration_s"),
        ({"phase": "pause", "duration_s": 5}, "schedule[1].phase"),
        ({"phase": "off", "minutes": 5}, "schedule[1].minutes"),
    ],
)
def test_a_bad_phase_is_refused(phase, key):
    schedule = [{"phase": "on", "duration_s": 60}, phase]
    assert refused(bench_top(duration_s=DELETED, schedule=schedule))[0] == key


@pytest.mark.parametrize(
    ("second", "key", "reason"),
    [
        ({"id": "p2"}, "applicators[1].tip_mm", "same place"),
        ({"id": "p2", "tip_mm": [0, 1.0, -3]}, "applicators[1].tip_mm", "same place"),
        ({"id": "p2", "tip_mm": [-5, 0, 0], "direction": [1, 0, 0]}, "applicators[1].tip_mm", "same place"),
        ({"id": "p2", "tip_mm": [0, 0, 15], "direction": [0, 0, -1]}, "applicators[1].tip_mm", "same place"),
        ({"tip_mm": [0, 10, -5]}, "applicators[1].id", "p1"),
        ({"id": "p2", "tip_mm": [0, 10, -5], "drive": VOLTS}, "applicators[0].drive", "radiofrequency"),
    ],
)
def test_two_applicators_that_cannot_be_are_refused(second, key, reason):
    found = refused(bench_top(applicators=[NEEDLE, NEEDLE | second]))
    assert found[0] == key
    assert reason in found[1]


def test_crossing_and_neighbouring_needles_are_not_in_the_same_place():
    for second in ({"tip_mm": [0, 1.6, -5]}, {"tip_mm": [-5, 1.6, 0], "direction": [1, 0, 0]}):
        assert len(request_of(parsed(bench_top(applicators=[NEEDLE, NEEDLE | {"id": "p2"} | second]))).applicators) == 2


def test_electrodes_at_two_voltages_or_cooled_differently_are_refused():
    pair = [NEEDLE | {"drive": VOLTS}, NEEDLE | {"id": "p2", "tip_mm": [0, 9, -5], "drive": VOLTS | {"v_rms": 10}}]
    assert refused(bench_top(applicators=pair))[0] == "applicators[0].drive.v_rms"
    pair[1] = pair[1] | {"drive": VOLTS | {"cooled_c": 10}}
    assert refused(bench_top(applicators=pair))[0] == "applicators[0].drive.cooled_c"


def test_an_electrode_in_what_conducts_no_current_is_refused():
    spec = changed(bench_top(VOLTS), ("media", "gel", "electrical_conductivity_s_m"), 0.0)
    assert refused(spec) == ("applicators[0].drive", "the medium around the electrode conducts no current")


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"schema": 1', b"\xff\xfe{}"])
def test_what_is_no_specification_is_refused(text):
    with pytest.raises(PlanError) as found:
        specification_of(text)
    assert found.value.context["path"] == ""


def test_too_large_a_number_is_not_finite():
    text = json.dumps(bench_top()).replace('"duration_s": 60', '"duration_s": 1e999')
    with pytest.raises(PlanError) as found:
        specification_of(text)
    assert found.value.context["path"] == "duration_s"


def test_what_may_be_left_out_may_be_left_out():
    spec = changed(bench_top(regions=DELETED), ("media", "gel", "frozen"), DELETED)
    spec["outputs"] = {"times_s": [0, 60]}
    assert request_of(parsed(spec)).fields.media[0].frozen is None
