"""What a plan is to cover, by the goal of the case."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imaging.structures import BONES, StructureKind
from planning.catalogue import Mode, load_thresholds
from planning.catalogue.thresholds import Level
from planning.errors import PlanError
from planning.evaluation.interface import judge_interface
from planning.model.clinical import Intent
from planning.operations.clinical import change_clinical
from planning.optimise.places import places_of
from planning.optimise.targets import targets_of
from planning.trajectory.suggest import largest_lesion
from tests.builders.cases import ice_ball, zone_of
from tests.builders.paths import LESION_MM, made_of, patient, places

GOAL = load_thresholds().goal(Mode.COLD)


def half_in_bone():
    """Bone behind the middle of the lesion: its edge runs through it."""
    case, volume = patient()
    bone = made_of(StructureKind.SACRUM, (np.abs(places()).max(axis=-1) < 30) & (places()[..., 1] > 0))
    others = tuple(s for s in case.structures if s.kind not in BONES)
    return replace(case, structures=(*others, bone)), volume


def relieving(case):
    return change_clinical(case, intent=Intent.PALLIATIVE)


def targets(case, margin_mm=5.0):
    return targets_of(case, largest_lesion(case), margin_mm, (), GOAL)


@pytest.mark.parametrize("intent", [Intent.CURATIVE, None])
def test_to_cure_lesion_and_margin_are_covered(intent):
    found = targets(change_clinical(half_in_bone()[0], intent=intent))
    assert found.words == "lesion and margin"
    assert (found.off_lesion_mm > 0).any() and len(found.lesion_mm) == (found.off_lesion_mm == 0).sum()


def test_to_relieve_pain_the_bone_beside_the_lesion_is_covered_whatever_the_margin():
    case = relieving(half_in_bone()[0])
    found = targets(case)
    assert found.words == "bone beside the lesion" and found.off_lesion_mm is None
    away_mm = np.linalg.norm(found.target_mm, axis=1) - LESION_MM
    assert away_mm.max() <= GOAL.interface_within_mm + 2.0 and away_mm.min() > -2.0 and len(found.target_mm) > 50
    assert np.array_equal(found.target_mm, targets(case, margin_mm=0.0).target_mm)
    assert np.linalg.norm(found.lesion_mm, axis=1).max() <= LESION_MM + 2.0


@pytest.mark.parametrize("radius_mm", [9.0, 12.0, 30.0])
def test_covering_the_targets_is_what_the_verdict_asks_for(radius_mm):
    case = relieving(half_in_bone()[0])
    found = places_of(case, largest_lesion(case), 5.0, Mode.COLD, Level.ALARM, load_thresholds())
    verdict = judge_interface(case, zone_of(case, ice_ball(radius_mm, isotherm_c=GOAL.isotherm_c)), GOAL)
    inside = (np.linalg.norm(found.targets.target_mm, axis=1) <= radius_mm).mean()
    assert inside == pytest.approx(verdict.covered_frac, abs=0.04)


def test_without_bone_there_is_nothing_to_relieve():
    case, _ = patient()
    bare = replace(case, structures=tuple(s for s in case.structures if s.kind not in BONES))
    with pytest.raises(PlanError) as refused:
        targets(relieving(bare))
    assert refused.value.code == "no-bone"
