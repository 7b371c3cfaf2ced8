"""Relief of pain: bone where it meets the lesion, and what counts as its being treated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imaging.labels import Mask
from imaging.structures import StructureKind
from planning.catalogue import Mode
from planning.catalogue.own_thresholds import load_thresholds
from planning.evaluation import Judgement, evaluate
from planning.evaluation.interface import judge_interface
from planning.model.clinical import Intent
from planning.model.naming import make_structure
from planning.operations.clinical import change_clinical
from planning.operations.probes import add_probe
from planning.operations.structures import put_structure
from tests.builders.cases import CRYO, ball, centred_grid, distances_mm, empty_case, ice_ball, lesion, zone_of

GRID = centred_grid(40)
GOAL = load_thresholds().goal(Mode.COLD)
RADIUS_MM = 10.0


def y_mm():
    kji = np.indices(GRID.shape_kji).reshape(3, -1).T
    return GRID.to_lps(kji[:, ::-1])[:, 1].reshape(GRID.shape_kji)


def in_bone(bone):
    """A ball of lesion at the origin, and bone given by where it is."""
    case = put_structure(empty_case(GRID), lesion(ball(GRID, RADIUS_MM)))
    case = put_structure(case, make_structure(StructureKind.SACRUM, Mask.from_array(GRID, bone)))
    return add_probe(case, CRYO, (0, 38, 0), (0, 0, 0))


def test_within_bone_it_is_the_wall_of_the_whole_lesion():
    case = in_bone(distances_mm(GRID) > RADIUS_MM)
    found = judge_interface(case, zone_of(case, ice_ball(14.0), GRID), GOAL)
    assert found.area_mm2 == pytest.approx(4 * np.pi * RADIUS_MM**2, rel=0.06)
    assert found.covered_frac == 1.0 and found.goal_met
    short = judge_interface(case, zone_of(case, ice_ball(8.0), GRID), GOAL)
    assert short.covered_frac == 0.0 and not short.goal_met


def test_a_mass_that_lies_half_in_soft_tissue_has_only_its_bony_half_and_the_rim_beside_it():
    case = in_bone((y_mm() > 0.5) & (distances_mm(GRID) > RADIUS_MM))
    found = judge_interface(case, zone_of(case, ice_ball(14.0), GRID), GOAL)
    half, rim = 2 * np.pi * RADIUS_MM**2, np.pi * ((RADIUS_MM + GOAL.interface_within_mm) ** 2 - RADIUS_MM**2)
    assert found.area_mm2 == pytest.approx(half + rim, rel=0.08)
    assert found.covered_frac == 1.0
    behind = zone_of(case, lambda r: np.full_like(r, 37.0), GRID)
    half_frozen = replace(behind, extreme_c=np.where(y_mm() > 4.0, -40.0, 37.0).astype(np.float32))
    assert 0.3 < judge_interface(case, half_frozen, GOAL).covered_frac < 0.6


def test_the_intent_decides_what_is_said_and_nothing_else():
    case = in_bone(y_mm() < -RADIUS_MM - 1)
    zone = zone_of(case, ice_ball(11.0), GRID)

    def said(intent):
        verdict = evaluate(change_clinical(case, intent=intent), zone)
        return verdict, [f.sentence for f in verdict.findings if f.structure_id in ("lesion", "interface")]

    verdict, curative = said(Intent.CURATIVE)
    assert verdict.interface is None and "smallest margin" in curative[0]
    assert said(None)[1] == curative, "what nobody said is judged by the stricter goal"
    verdict, palliative = said(Intent.PALLIATIVE)
    assert verdict.interface.covered_frac < 1.0 and "of the bone beside the lesion lies inside" in palliative[0]
    assert not any("margin" in sentence for sentence in palliative)
    assert [s.judgement for s in verdict.structures] == [s.judgement for s in said(None)[0].structures]


def test_without_bone_relief_is_not_assessed():
    case = put_structure(empty_case(GRID), lesion(ball(GRID, RADIUS_MM)))
    case = change_clinical(add_probe(case, CRYO, (0, 38, 0), (0, 0, 0)), intent=Intent.PALLIATIVE)
    verdict = evaluate(case, zone_of(case, ice_ball(20.0), GRID))
    assert verdict.interface is None
    (finding,) = [f for f in verdict.findings if f.structure_id == "lesion"]
    assert finding.judgement is Judgement.NOT_ASSESSED and "No bone is outlined" in finding.sentence
