"""Cement after an ablation: placed, refused, kept, modelled, and what is said of it."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from app.demo import demo_case
from imaging.errors import DomainError
from imaging.phantom import SMALL
from imaging.progress import Cancelled, Progress
from planning.case_io import read_case, write_case
from planning.catalogue import Phase, load_tissues
from planning.catalogue.cements import cement_kind, load_cements, read_cements
from planning.cementing import course_digest, predict_cement
from planning.errors import CaseFileError, PlanError
from planning.evaluation import Judgement
from planning.evaluation.cement import _leaks, judge_cement
from planning.model.cement_course import SettingTimes
from planning.operations.cement import add_cement, change_cement, remove_cement
from planning.operations.probes import add_probe
from planning.report.sections import report_sections
from planning.services import prediction_digest
from planning.store import Change, Store
from planning.tissue import medium_of, uniform_fields
from planning.tissue.cement import with_cement
from resources import resource
from tests import report_case
from tests.builders.cases import CRYO, centred_grid, empty_case, root, straight_tube
from tests.planning.report.test_sections import words_of

ORIGIN = (0.0, 0.0, 0.0)


def planned(device_id=CRYO):
    return add_probe(empty_case(), device_id, (0, 35, 0), ORIGIN)


# ------------------------------------------------------------------ placing


def test_cement_is_named_in_order_and_needs_no_probe_to_be_placed():
    case = add_cement(add_cement(empty_case(), ORIGIN, 3.0), (9, 0, 0), 2.0, stop_mm=(19, 0, 0), minutes_after=12)
    assert [c.name for c in case.plan.cements] == ["Cement 1", "Cement 2"]
    assert case.plan.cements[0].temperature_c == cement_kind("pmma").injected_c.value
    case = change_cement(remove_cement(case, "Cement 1"), "Cement 2", volume_ml=4.0, temperature_c=18.0)
    assert [(c.id, c.volume_ml, c.minutes_after, c.temperature_c) for c in case.plan.cements] == [
        ("cement-2", 4.0, 12.0, 18.0)
    ]


@pytest.mark.parametrize("length_mm", [0.0, 5.0, 40.0])
def test_the_radius_gives_the_volume(length_mm):
    cement = add_cement(empty_case(), (-20, 0, 0), 3.0, stop_mm=(length_mm - 20, 0, 0)).plan.cements[0]
    r = cement.radius_mm
    assert np.pi * r**2 * length_mm + 4 / 3 * np.pi * r**3 == pytest.approx(3000.0)
    assert cement.as_tube().radii_mm == pytest.approx(r)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"volume_ml": 0.0}, "0 ml is not between"),
        ({"volume_ml": -1.0}, "-1 ml is not between"),
        ({"volume_ml": 31.0}, "31 ml is not between"),
        ({"volume_ml": float("nan")}, "nan ml is not between"),
        ({"minutes_after": -1.0}, "-1 min after"),
        ({"minutes_after": 1e4}, "min after"),
        ({"temperature_c": 90.0}, "90 °C"),
        ({"temperature_c": float("inf")}, "inf °C"),
        ({"start_mm": (500, 0, 0)}, "outside the CT"),
        ({"stop_mm": (0, 0, float("inf"))}, "not a number"),
        ({"kind_id": "plaster"}, "no cement 'plaster'"),
    ],
)
def test_impossible_cement_is_refused_and_changes_nothing(change, words):
    case = add_cement(planned(), ORIGIN, 3.0)
    with pytest.raises(PlanError, match=words):
        change_cement(case, "Cement 1", **change)
    assert case.plan.cements[0].volume_ml == 3.0


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda c: add_cement(c, ORIGIN, 3, kind_id="plaster"), "cement-kind-unknown"),
        (lambda c: add_cement(c, ORIGIN, 0), "cement-invalid"),
        (lambda c: add_cement(c, (0, 0, 999), 3), "point-outside"),
        (lambda c: remove_cement(c, "Cement 7"), "cement-unknown"),
        (lambda c: change_cement(c, "Cement 7", volume_ml=1), "cement-unknown"),
    ],
)
def test_what_does_not_exist_is_refused_by_code(act, code):
    with pytest.raises(PlanError) as refused:
        act(planned())
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('tissue = "cement"', 'tissue = "chalk"', "no tissue 'chalk'"),
        ("value = 0.3333", "value = 1.5", "monomer_frac"),
        ("value = 57800\n", "value = 0\n", "outside its own range|polymerisation_heat"),
        ("value = 4\n", "value = 0.5\n", "order"),
        ('use = "', 'colour = 1\nuse = "', "colour"),
    ],
)
def test_a_bad_catalogue_of_cements_is_refused_by_key(tmp_path, old, new, words):
    good = resource("cement", "cements.toml").read_text(encoding="utf-8")
    assert old in good
    file = tmp_path / "cements.toml"
    file.write_text(good.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DomainError, match=words):
        read_cements(file)
    file.write_text(good + good, encoding="utf-8")
    with pytest.raises(DomainError, match="given twice"):
        read_cements(file)


def test_every_number_of_every_cement_has_a_source_or_is_called_an_assumption():
    for kind in load_cements().values():
        for name in ("monomer_frac", "order", "injected_c", "fastest_c"):
            assert getattr(kind, name).source.startswith("Assumption"), name
        assert all(m.source for m in kind.measured) and {m.place for m in kind.measured} == {"canal", "leak", "cement"}


# ------------------------------------------------------------------ keeping


def test_a_case_file_keeps_cement_and_an_older_one_without_it_is_read(tmp_path):
    path = tmp_path / "a.sacroplan"
    case = add_cement(planned(), ORIGIN, 3.0, stop_mm=(9, 0, 0), minutes_after=7.5, temperature_c=18.0)
    write_case(path, case, {})
    assert read_case(path)[0].plan == case.plan
    rewritten(path, lambda d: (d.pop("cements"), d.update(schema_version=2)))
    assert read_case(path)[0].plan == remove_cement(case, "Cement 1").plan
    write_case(path, case, {})
    rewritten(path, lambda d: d["cements"][0].update(volume_ml=-1))
    with pytest.raises(CaseFileError):
        read_case(path)


def rewritten(path, change):
    with zipfile.ZipFile(path) as archive:
        document = json.loads(archive.read("case.json"))
    change(document)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("case.json", json.dumps(document))


def test_cement_leaves_the_zone_as_it_is_and_has_a_digest_of_its_own():
    case = planned()
    first = add_cement(case, ORIGIN, 3.0)
    changed = [
        first, change_cement(first, "Cement 1", volume_ml=4.0), change_cement(first, "Cement 1", minutes_after=1.0),
        change_cement(first, "Cement 1", temperature_c=20.0), change_cement(first, "Cement 1", stop_mm=(5, 0, 0)),
        first.with_plan(schedule=(Phase(kind="on", duration_s=60.0),)),
    ]  # fmt: skip
    assert {prediction_digest(c) for c in changed[:5]} == {prediction_digest(case)}
    assert len({course_digest(c) for c in changed}) == len(changed)


def test_a_change_of_cement_is_told_apart_from_one_of_probes():
    store = Store(planned())
    told = []
    store.subscribe(told.append)
    store.apply("Add cement", lambda c: add_cement(c, ORIGIN, 3.0))
    store.apply("Add probe", lambda c: add_probe(c, CRYO, (9, 35, 0), (9, 0, 0)))
    assert told == [Change.CEMENT, Change.PROBES]
    store.undo()
    assert store.undo() == "Add cement" and not store.case.plan.cements


# ------------------------------------------------------------------ modelled

TABLE = load_tissues()


@pytest.mark.parametrize("spacing_mm", [1.0, 2.0])
def test_cement_takes_as_many_voxels_as_its_volume(spacing_mm):
    grid = centred_grid(30, spacing_mm)
    case = add_cement(add_cement(empty_case(), (0.3, 0.2, 0.1), 3.0), (9, 0, 0), 2.0, stop_mm=(9, 5, 0))
    fields, cells = with_cement(uniform_fields(grid, medium_of(TABLE, "red_marrow")), case.plan.cements, TABLE)
    assert [len(own) * spacing_mm**3 for own in cells] == pytest.approx([3000, 2000], abs=spacing_mm**3)
    assert len(np.unique(np.concatenate(cells))) == sum(map(len, cells))
    assert (fields.medium.reshape(-1)[np.concatenate(cells)] == 1).all() and (fields.medium == 1).sum() == sum(
        map(len, cells)
    )
    k, j, i = np.unravel_index(cells[0][0], grid.shape_kji)
    assert np.linalg.norm(grid.to_lps([i, j, k])) < spacing_mm, "the first cell lies in the middle"


def test_cement_at_the_edge_of_the_box_is_refused():
    case = add_cement(empty_case(), (18, 0, 0), 3.0)
    with pytest.raises(PlanError) as refused:
        with_cement(uniform_fields(centred_grid(30), medium_of(TABLE, "muscle")), case.plan.cements, TABLE)
    assert refused.value.code == "cement-outside-box"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Two minutes of the demo plan on the coarse phantom, with cement in the lesion a minute later."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        case, volume = demo_case(parameters=SMALL)
    case = case.with_plan(schedule=(Phase(kind="on", duration_s=120.0),))
    centre = case.find("lesion").shape.points_mm().mean(axis=0)
    return add_cement(case, centre, 3.0, minutes_after=1.0), volume


@pytest.fixture(scope="module")
def course(demo):
    return predict_cement(*demo)


def test_cement_in_cold_bone_sets_late(demo, course):
    assert course.place_frozen_frac > 0 and course.place_coldest_c < 0
    assert course.times.half_last_s > 1.5 * course.times_alone.half_last_s
    for times in (course.times, course.times_alone):
        assert times.half_centre_s <= times.half_last_s < times.set_last_s
        assert times.set_centre_s <= times.set_last_s
    assert course.at_body_s == pytest.approx(510 / np.exp(78.7e3 / 8.314462618 * (1 / 295.15 - 1 / 310.15)), rel=1e-3)
    assert course.least_cured_frac > 0.99
    assert course.digest == course_digest(demo[0]) == course.after.digest


def test_its_heat_stays_in_what_a_ball_without_loss_would_reach(course):
    highest_c = 37.0 + cement_kind("pmma").heat_j_kg / TABLE["cement"].specific_heat_j_kgk.value
    assert 37.0 < course.peak_c < course.peak_alone_c < highest_c
    assert (course.after.extreme_c <= course.alone.extreme_c.max() + 1.0).all()
    for name, curve in course.after.curves_c.items():
        assert len(curve) == len(course.after.times_s), name
    assert (np.diff(course.after.times_s) > 0).all() and course.after.times_s[-1] == pytest.approx(course.computed_s)


def test_what_is_said_of_cold_cement(demo, course):
    verdict = judge_cement(demo[0], course)
    first = verdict.findings[0]
    assert first.judgement is Judgement.ALARM
    assert first.sentence.startswith("Cement injected 1 min after the end of the freeze meets tissue at −")
    assert "instead of" in first.sentence and "ice in" in first.reason and "PMID 23072273" in first.reason
    hottest = [w.hottest_c for w in verdict.warmed]
    assert hottest == sorted(hottest, reverse=True) and {w.id for w in verdict.warmed} >= {"canal", "root.S2.L"}
    notes = " ".join(verdict.notes)
    for words in ("PMID 12865844", "PMID 22038442", "10.1186/1471-2474-12-116", "PMID 19280257", "Assumption"):
        assert words in notes
    # A curve at the worst place agrees with the field it was taken from.
    by_id = {w.id: w for w in verdict.warmed}
    assert course.after.curves_c["root.S2.L"].max() <= by_id["root.S2.L"].hottest_c + 0.5


def test_cement_that_never_sets_and_one_in_warm_bone_are_told_apart(demo, course):
    never = SettingTimes(half_centre_s=None, set_centre_s=None, half_last_s=None, set_last_s=None)
    unset = replace(course, times=never, least_cured_frac=0.31, place_frozen_frac=0.0)
    first = judge_cement(demo[0], unset).findings[0]
    assert first.judgement is Judgement.ALARM and "is not set after" in first.sentence and "31" in first.sentence
    warm = replace(course, times=course.times_alone, place_frozen_frac=0.0, place_coldest_c=36.8)
    sentences = [f for f in judge_cement(demo[0], warm).findings if f.sentence.startswith("Cement injected")]
    assert [f.judgement for f in sentences] == [Judgement.WITHIN] and "meets" not in sentences[0].sentence
    late = replace(warm, times=course.times, place_coldest_c=20.0)
    assert max(f.judgement for f in judge_cement(demo[0], late).findings) is Judgement.CAUTION


def test_heat_at_a_root_and_a_leak_are_told_with_their_levels(demo, course):
    case = demo[0]
    hot = replace(course.after, extreme_c=np.full_like(course.after.extreme_c, 46.0))
    verdict = judge_cement(case, replace(course, after=hot))
    found = {f.structure_id: f for f in verdict.findings if f.structure_id}
    assert found["root.S2.L"].judgement is Judgement.ALARM
    assert found["root.S2.L"].sentence.startswith("Left S2 heats to 46")
    assert "45" in found["root.S2.L"].reason
    leaking = change_cement(case, "Cement 1", start_mm=(0, 27, -3), stop_mm=(0, 27, -3))
    leaks = [f for f in judge_cement(leaking, course).findings if "reaches into" in f.sentence]
    assert {f.structure_id for f in leaks} >= {"canal"} and all(f.judgement is Judgement.ALARM for f in leaks)
    assert all("59.1" in f.reason for f in leaks)
    assert not [f for f in verdict.findings if "reaches into" in f.sentence]


def test_what_nobody_marked_is_not_counted_as_safe(demo, course):
    case = demo[0]
    bare = replace(case, structures=tuple(s for s in case.structures if s.id != "root.S3.R"))
    (missing,) = [f for f in judge_cement(bare, course).findings if f.judgement is Judgement.NOT_ASSESSED]
    assert "S3 R" in missing.sentence


@pytest.mark.slow
def test_heat_left_by_radiofrequency_adds_to_it(demo):
    case, volume = demo
    first = case.plan.probes[0]
    heated = add_probe(case.with_plan(probes=()), "osteocool-15", first.entry_mm, first.tip_mm)
    found = predict_cement(heated, volume)
    assert found.place_mean_c > 40 and found.peak_c > found.peak_alone_c
    verdict = judge_cement(heated, found)
    assert any("adds to its residual heat" in f.sentence for f in verdict.findings)
    assert "end of the heating" in " ".join(f.sentence for f in verdict.findings)
    by_id = {w.id: w for w in verdict.warmed}
    assert by_id["root.S2.L"].hottest_c > by_id["root.S2.L"].alone_c


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda c: remove_cement(c, "Cement 1"), "cement-missing"),
        (lambda c: c.with_plan(probes=()), "no-probe"),
        (lambda c: add_cement(c, c.plan.cements[0].start_mm, 1.0, minutes_after=9.0), "cement-not-together"),
        (lambda c: change_cement(c, "Cement 1", start_mm=(-60, 30, -36), stop_mm=(-60, 30, -36)), "cement-outside-box"),
        (lambda c: replace(c, image=replace(c.image, digest="another")), "ct-differs"),
    ],
)
def test_what_cannot_be_predicted_is_refused_before_any_work(demo, change, code):
    case, volume = demo
    with pytest.raises(PlanError) as refused:
        predict_cement(change(case), volume)
    assert refused.value.code == code


def test_it_is_cancelled_like_a_prediction(demo):
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        predict_cement(*demo, progress)


# ------------------------------------------------------------------ reported


def test_the_report_has_a_section_only_where_cement_is_planned(demo, course):
    case, volume = demo
    bare = report_sections(report_case.input_of(remove_cement(case, "Cement 1"), volume))
    assert "cement" not in {s.key for s in bare.sections}
    given = report_case.input_of(case, volume)
    unpredicted = report_sections(given)
    assert "Its heat was not predicted" in words_of(unpredicted)
    told = words_of(report_sections(replace(given, cement=judge_cement(case, course))))
    assert "meets tissue at" in told and "not predicted" not in told
    for words in ("Polymer Handbook", "PMID 19280257", "3\u202fml", "1\u202fmin after the ablation"):
        assert words in told
    cool = words_of(report_sections(replace(given, cement=replace(judge_cement(case, course), warmed=()))))
    assert "No structure that was judged becomes warmer" in cool and "hottest °C" not in cool
    stale = replace(given, case=change_cement(case, "Cement 1", volume_ml=5.0), cement=judge_cement(case, course))
    assert "Its heat was not predicted" in words_of(report_sections(stale))


def test_a_root_in_the_way_is_found_whether_it_is_a_tube_or_thin():
    case = empty_case(structures=(root("S2", "L", straight_tube((0, 0, -30), (0, 0, 30), 0.7)),))
    placed = add_cement(case, (0.0, 0.0, 0.0), 1.0)
    assert [f.structure_id for f in _leaks(placed, cement_kind("pmma"))] == ["root.S2.L"]
    assert not _leaks(add_cement(case, (20.0, 0.0, 0.0), 1.0), cement_kind("pmma"))
