"""Planned against actual: deviations whose size is known, in numbers and sentences."""

from __future__ import annotations

import numpy as np
import pytest

from planning.errors import PlanError
from planning.model.case import Probe, ProbeId
from planning.operations.objects import lock_object
from planning.operations.probes import add_probe, move_probe
from planning.operations.replanning import replan
from planning.quantities import NNBSP
from planning.trajectory.check import ActualNeedle, Deviation, deviation, deviation_sentences, matched, way_words
from tests.builders.cases import centred_grid, empty_case
from tests.builders.check_scans import with_needle
from tests.builders.volumes import noisy_ball, volume_of

GRID = centred_grid(60)


def probe(tip=(0, 0, 0), entry=(0, 50, 0), name="C1"):
    return Probe(id=ProbeId(name), name=name, device_id="icerod-1.5", entry_mm=entry, tip_mm=tip)


def needle(tip=(0, 0, 0), to_hub=(0, 1, 0)):
    axis = np.asarray(to_hub, float) / np.linalg.norm(to_hub)
    return ActualNeedle(tip_mm=np.asarray(tip, float), direction=axis, visible_mm=80.0)


def compared(tip, to_hub=(0, 1, 0), entry_y_mm=50.0):
    found = needle(tip, to_hub)
    away = (entry_y_mm - found.tip_mm[1]) / found.direction[1]
    return Deviation(probe=probe(), needle=found, entry_mm=found.tip_mm + away * found.direction)


def test_a_tip_off_the_plan_is_taken_apart_along_and_across_the_shaft():
    found = compared((3, 4, -1))
    assert found.tip_mm == pytest.approx(np.sqrt(26))
    assert found.along_mm == pytest.approx(-4) and found.lateral_mm == pytest.approx(np.sqrt(10))
    assert found.lateral_offset_mm == pytest.approx([3, 0, -1])
    assert found.remaining_mm == pytest.approx(4) and found.miss_mm == pytest.approx(np.sqrt(10))
    assert found.nearest_mm == pytest.approx([3, 0, -1])
    assert found.depth_mm == pytest.approx(46) and found.angle_deg == pytest.approx(0)
    assert compared((0, -6, 0)).along_mm == pytest.approx(6)


def test_a_turned_shaft_keeps_the_definitions_of_the_ct_room():
    turn = np.radians(10)
    found = compared((0, 0, 0), (np.sin(turn), np.cos(turn), 0))
    assert found.angle_deg == pytest.approx(10) and found.actual.in_plane_deg == pytest.approx(10)
    assert found.actual.craniocaudal_deg == pytest.approx(0) and found.planned.in_plane_deg == pytest.approx(0)


def test_it_is_told_in_sentences_that_never_flatter():
    told = deviation_sentences(compared((3.01, 4, -1.2), (0.1, 1, 0)))
    mm = f"{NNBSP}mm"
    assert told[0] == (
        f"The tip of C1 lies 5.2{mm} from the planned one: 4.0{mm} short of it, 3.3{mm} beside it, to the left and caudal."
    )
    assert told[1] == "The shaft lies 6° off the plan: in plane 6° hub left (planned 0°), craniocaudal 0° (planned 0°)."
    assert told[2] == f"It is 46.2{mm} deep from the skin, 50.0{mm} were planned."
    assert told[3].endswith(f"farther along its line it is nearest to the target, 2.9{mm} beside it.")
    assert "too deep" in deviation_sentences(compared((0, -6, 0)))[0]
    assert "past the target" in deviation_sentences(compared((0, -6, 0)))[3]
    assert "as near to the target as its line leads" in deviation_sentences(compared((2, 0, 0)))[3]


@pytest.mark.parametrize(
    ("vector", "words"),
    [
        ((3, 0, 0), "to the left"),
        ((-3, 0, 0.9), "to the right"),
        ((0, 2, -4), "caudal and posterior"),
        ((0, -2, 1.5), "anterior and cranial"),
        ((0.2, 0.1, 0), ""),
    ],
)
def test_ways_in_words(vector, words):
    assert way_words(np.array(vector, float)) == words


def test_every_needle_finds_its_probe_however_deep_it_is():
    probes = [probe(), probe((12, 0, 0), (12, 50, 0), "C2")]
    near_first, near_second = needle((2, 25, 0)), needle((11, 10, 0))
    assert matched(probes, [near_second, near_first]) == {"C1": near_first, "C2": near_second}
    assert matched(probes, [near_second, near_first], "C2") == {"C2": near_second}
    assert matched(probes, [near_second], "C2") == {"C2": near_second}
    assert matched(probes, [near_first]) == {"C1": near_first}


def test_what_cannot_be_matched_is_refused():
    for probes, needles, asked, code in (
        ([], [needle()], None, "no-probe"),
        ([probe()], [needle((60, 0, 0))], None, "needle-far"),
        ([probe()], [], None, "needle-far"),
        ([probe()], [needle((4, 0, 0)), needle((-6, 0, 0))], None, "needle-ambiguous"),
        ([probe(), probe((12, 0, 0), (12, 50, 0), "C2")], [needle((12, 0, 0))], "C1", "needle-far"),
    ):
        with pytest.raises(PlanError) as refused:
            matched(probes, needles, asked)
        assert refused.value.code == code and refused.value.hint


@pytest.fixture(scope="module")
def body():
    """A ball of tissue of 40 mm in air."""
    return noisy_ball(40.0, 40, -1000, grid=GRID)


def test_the_skin_is_found_beside_a_needle_that_hides_it(body):
    with_metal = with_needle(body, (0, 5, 0), (0, 1, 0), 2.0, length_mm=60)
    found = deviation(probe((0, 0, 0), (0, 40, 0)), needle((0, 5, 0)), with_metal, body)
    assert found.entry_mm == pytest.approx([0, 39.2, 0], abs=0.6) and not found.skin_of_plan


def test_the_planning_cts_skin_is_taken_and_said_where_the_new_ct_does_not_show_it(body):
    slab = volume_of(body.hu[:, :80], GRID.crop((0, 0, 0), (121, 80, 121)))
    found = deviation(probe((0, 0, 0), (0, 40, 0)), needle((0, 5, 0)), slab, body)
    assert found.skin_of_plan and found.entry_mm == pytest.approx([0, 40, 0], abs=0.6)
    assert "from the planning CT's skin" in deviation_sentences(found)[2]
    with pytest.raises(PlanError):
        deviation(probe(), needle((0, 5, 0)), slab, slab)


def test_replanning_sets_the_probe_to_the_needle_and_refuses_what_is_outdated(body):
    case = add_probe(empty_case(GRID), "icerod-1.5", (0, 50, 0), (0, 0, 0))
    planned = case.plan.probes[0]
    found = Deviation(probe=planned, needle=needle((3, 10, 0), (0.1, 1, 0)), entry_mm=np.array([6.0, 40.0, 0.0]))
    there = replan(case, found).plan.probes[0]
    assert (there.tip_mm, there.entry_mm, there.id, there.name) == ((3, 10, 0), (6, 40, 0), planned.id, planned.name)
    on = replan(case, found, advance=True).plan.probes[0]
    assert on.tip_mm == pytest.approx(found.nearest_mm) and np.linalg.norm(on.tip_mm) == pytest.approx(found.miss_mm)
    past = Deviation(probe=planned, needle=needle((0, -5, 0)), entry_mm=np.array([0.0, 40.0, 0.0]))
    assert replan(case, past, advance=True).plan.probes[0].tip_mm == (0, -5, 0)
    with pytest.raises(PlanError) as refused:
        replan(move_probe(case, planned.id, tip_mm=(1, 0, 0)), found)
    assert refused.value.code == "check-outdated"
    outside = Deviation(probe=planned, needle=needle((3, 10, 0)), entry_mm=np.array([3.0, 140.0, 0.0]))
    with pytest.raises(PlanError, match="outside"):
        replan(case, outside)
    with pytest.raises(PlanError) as locked:
        replan(lock_object(case, planned.id), found)
    assert locked.value.code == "probe-locked"
