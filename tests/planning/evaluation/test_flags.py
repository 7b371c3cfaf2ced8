"""What is flagged of a plan and its zone: each flag fires in one case and stays silent in another."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.structures import Side, StructureKind
from planning.catalogue import Mode, load_thresholds
from planning.catalogue.devices import Phase
from planning.evaluation import judge_structures
from planning.evaluation.flags import MOST_CRYOPROBES, zone_flags
from planning.model.clinical import Appearance
from planning.model.generator import Sharing
from planning.model.judgement import Judgement
from planning.model.naming import make_structure
from planning.operations.cement import add_cement
from planning.operations.clinical import change_clinical
from planning.operations.generators import share_generator
from planning.operations.probes import add_probe
from tests.builders.cases import (
    CRYO,
    RF,
    ball,
    centred_grid,
    empty_case,
    hot_ball,
    ice_ball,
    lesion,
    straight_tube,
    uniform,
    zone_of,
)

CT = centred_grid()
MONOPOLAR = "cool-tip-30"


def flags(case, extreme_c=None, mode=Mode.HEAT, grid=None):
    field = extreme_c or (hot_ball(10) if mode is Mode.HEAT else ice_ball(10))
    return zone_flags(case, zone_of(case, field, grid, mode=mode), load_thresholds())


def said(found):
    return " ".join(f.sentence for f in found)


def probed(device, *structures, tip=(0, 0, 0)):
    return add_probe(empty_case(CT, structures=structures), device, (0, 40, 0), tip)


@pytest.mark.parametrize(
    ("device", "away_mm", "judgement"),
    [(RF, 3.0, Judgement.ALARM), (RF, 20.0, None), (MONOPOLAR, 20.0, Judgement.CAUTION), (CRYO, 3.0, None)],
)
def test_metal_near_an_electrode(device, away_mm, judgement):
    screw = make_structure(StructureKind.METAL, ball(CT, 2.5, (away_mm, 10, 0)))
    found = [
        f
        for f in flags(probed(device, screw), mode=Mode.COLD if device == CRYO else Mode.HEAT)
        if "metal" in f.sentence
    ]
    assert [f.judgement for f in found] == ([] if judgement is None else [judgement])
    assert all("metajournal" in f.reason for f in found)


@pytest.mark.parametrize(("device", "needs"), [(MONOPOLAR, True), (RF, False), (CRYO, False)])
def test_only_monopolar_electrodes_need_ground_pads(device, needs):
    found = flags(probed(device), mode=Mode.COLD if device == CRYO else Mode.HEAT)
    assert ("ground pads" in said(found)) is needs


def test_electrodes_against_each_other_need_no_pads():
    case = add_probe(probed(MONOPOLAR), MONOPOLAR, (15, 40, 0), (15, 0, 0))
    one, other = (p.id for p in case.plan.probes)
    assert "R1 and R2 need ground pads" in said(flags(case))
    assert "ground pads" not in said(flags(share_generator(case, [one, other], Sharing.BETWEEN)))


@pytest.mark.parametrize(
    ("at_mm", "told"), [(14.7, "touches the thecal sac"), (10.0, "reaches into the thecal sac"), (22.0, "")]
)
def test_heat_in_a_lesion_against_the_dura(at_mm, told):
    sac = make_structure(StructureKind.THECAL_SAC, straight_tube((at_mm, 0, -20), (at_mm, 0, 20), 5.0))
    marked = lesion(ball(CT, 9))
    found = [f for f in flags(probed(RF, marked, sac)) if "sac" in f.sentence]
    assert (told in said(found) and len(found) == 1) if told else not found
    assert not [f for f in flags(probed(CRYO, marked, sac), mode=Mode.COLD) if "sac" in f.sentence]


def test_nerves_beside_a_hip_bone_that_nobody_marked():
    hip = make_structure(StructureKind.ILIUM, ball(CT, 8, (12, 0, 0)), side=Side.LEFT)
    assert "sciatic and lateral femoral cutaneous nerve" in said(flags(probed(CRYO, hip), mode=Mode.COLD))
    trunk = make_structure(StructureKind.NERVE, straight_tube((25, 0, -5), (25, 0, 5)), side=Side.LEFT)
    assert "sciatic" not in said(flags(probed(CRYO, hip, trunk), mode=Mode.COLD))
    far = make_structure(StructureKind.ILIUM, ball(CT, 6, (32, 0, 0)), side=Side.LEFT)
    assert "sciatic" not in said(flags(probed(CRYO, far), mode=Mode.COLD))


def test_a_zone_that_leaves_its_box_is_an_alarm():
    case = probed(CRYO)
    (found,) = (f for f in flags(case, uniform(-5.0), Mode.COLD, centred_grid(20)))
    assert found.judgement is Judgement.ALARM and "beyond the computed box" in found.sentence
    assert flags(case, mode=Mode.COLD) == ()


def test_every_flag_gives_a_reason():
    hip = make_structure(StructureKind.ILIUM, ball(CT, 8, (12, 0, 0)), side=Side.LEFT)
    screw = make_structure(StructureKind.METAL, ball(CT, 2.5, (3, 10, 0)))
    assert all(f.reason and np.isfinite(f.judgement) for f in flags(probed(MONOPOLAR, hip, screw)))


@pytest.mark.parametrize(
    ("device", "lesion_class", "hu", "words"),
    [
        (RF, "sclerotic", 400.0, "reads as sclerotic"), (RF, "lytic", 40.0, ""), (CRYO, "sclerotic", 400.0, ""),
        (CRYO, "sclerotic", 800.0, "hardly show the ice"), (RF, "", None, ""),
    ],
)  # fmt: skip
def test_a_dense_lesion(device, lesion_class, hu, words):
    mode = Mode.COLD if device == CRYO else Mode.HEAT
    case = probed(device, lesion(ball(CT, 8.0)))
    field = hot_ball(10) if mode is Mode.HEAT else ice_ball(10)
    zone = zone_of(case, field, mode=mode, lesion_class=lesion_class, lesion_hu=hu)
    found = [f for f in zone_flags(case, zone, load_thresholds()) if "mean" in f.sentence]
    assert [words in f.sentence for f in found] == ([True] if words else [])
    assert all(f.judgement is Judgement.CAUTION and "radfyi" in f.reason for f in found)


@pytest.mark.parametrize(("radius_mm", "judgement"), [(20.0, None), (28.5, Judgement.CAUTION), (33.0, Judgement.ALARM)])
def test_a_zone_that_comes_to_the_skin(radius_mm, judgement):
    body = make_structure(StructureKind.SKIN, ball(CT, 32.0))
    case = probed(CRYO, body)
    zone = zone_of(case, ice_ball(radius_mm, isotherm_c=0.0), mode=Mode.COLD)
    judged = judge_structures(case, zone, load_thresholds())
    found = [f for f in zone_flags(case, zone, load_thresholds(), judged) if "skin" in f.sentence]
    assert [f.judgement for f in found] == ([] if judgement is None else [judgement])


def test_more_cryoprobes_than_a_system_has():
    case = empty_case(CT)
    for n in range(MOST_CRYOPROBES):
        case = add_probe(case, CRYO, (n, 38, 0), (n, 0, 0))
    assert "work at once" not in said(flags(case, mode=Mode.COLD))
    one_more = add_probe(case, CRYO, (-3, 38, 0), (-3, 0, 0))
    assert "26 cryoprobes" in said(flags(one_more, mode=Mode.COLD))


@pytest.mark.parametrize(
    ("minutes", "flagged"), [((10, 8, 10), False), ((10, 8, 10.5), True), ((25,), True), ((12,), False)]
)
def test_probes_that_work_longer_than_usual(minutes, flagged):
    phases = [Phase(kind=("on", "off")[n % 2], duration_s=60.0 * m) for n, m in enumerate(minutes)]
    found = [f for f in flags(probed(CRYO).with_plan(schedule=tuple(phases)), mode=Mode.COLD) if "usual" in f.sentence]
    assert [f.judgement for f in found] == ([Judgement.CAUTION] if flagged else [])
    assert all("20:00" in f.sentence and "CVIR 2018" in f.reason for f in found)


def test_what_was_said_of_the_lesion_counts_more_than_its_density():
    case = probed(RF, lesion(ball(CT, 8.0)))

    def found(appearance, lesion_class):
        zone = zone_of(case, hot_ball(10), mode=Mode.HEAT, lesion_class=lesion_class, lesion_hu=200.0)
        told = change_clinical(case, appearance=appearance)
        return [f.sentence for f in zone_flags(told, zone, load_thresholds()) if "radiofrequency" in f.sentence]

    assert found(Appearance.SCLEROTIC, "mixed") == ["The lesion is sclerotic and it is to be heated by radiofrequency."]
    assert found(Appearance.LYTIC, "sclerotic") == []


@pytest.mark.parametrize(
    ("facts", "words"),
    [({}, ""), ({"fracture": False, "weight_bearing": False}, ""), ({"fracture": True}, "is fractured"),
     ({"weight_bearing": True}, "under axial load")],
)  # fmt: skip
def test_weak_bone_without_cement(facts, words):
    case = change_clinical(probed(CRYO, lesion(ball(CT, 8.0))), **facts)
    found = [f.sentence for f in flags(case, mode=Mode.COLD) if "no cement" in f.sentence]
    assert [words in sentence for sentence in found] == ([True] if words else [])
    cemented = add_cement(case, (0, 0, 0), 2.0)
    assert "no cement" not in said(flags(cemented, mode=Mode.COLD))
