"""Where a plan is looked at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imaging.labels import Mask
from imaging.structures import Side, StructureKind
from planning.catalogue import Mode, load_thresholds
from planning.catalogue.thresholds import Level
from planning.errors import PlanError
from planning.optimise.places import places_of
from planning.trajectory.suggest import largest_lesion
from tests.builders.paths import GRID, LESION_MM, made_of, nerve, patient, places

TABLE = load_thresholds()


def looked_at(case, margin_mm=5.0, mode=Mode.COLD, level=Level.ALARM):
    return places_of(case, largest_lesion(case), margin_mm, mode, level, TABLE)


def test_lesion_and_margin_each_place_for_the_same_volume():
    case, _ = patient()
    found = looked_at(case)
    voxels = places()[np.linalg.norm(places(), axis=-1) <= LESION_MM]

    def off_lesion_mm(points):
        """To the nearest of the lesion's voxels, cubes of 2 mm, by brute force."""
        return np.linalg.norm(np.maximum(np.abs(points[:, None] - voxels) - 1.0, 0.0), axis=2).min(axis=1)

    off_mm = off_lesion_mm(found.targets.target_mm)
    assert off_mm.max() <= 5.0 + 0.5
    assert np.abs(off_mm - found.targets.off_lesion_mm).max() < 0.6
    rng = np.random.default_rng(1)
    thrown = off_lesion_mm(rng.uniform(-16, 16, (20_000, 3)))
    share = (thrown == 0).sum() / (thrown <= 5.0).sum()
    share = (thrown == 0).sum() / (thrown <= 5.0).sum()
    # A lattice of places over voxels as wide as its step: their borders fall together.
    assert (found.targets.off_lesion_mm == 0).mean() == pytest.approx(share, rel=0.08)


def test_margin_within_a_root_or_outside_the_body_is_not_asked_for():
    root = nerve([(-40.0, 0.0, 11.0), (40.0, 0.0, 11.0)], radius_mm=2.0)
    beside = looked_at(patient(root)[0])
    assert (np.linalg.norm(beside.targets.target_mm[:, 1:] - (0.0, 11.0), axis=1) > 1.9).all()
    at = places()
    small = made_of(StructureKind.SKIN, np.linalg.norm(at, axis=-1) <= LESION_MM + 2.0)
    case, _ = patient()
    others = tuple(s for s in case.structures if s.kind is not StructureKind.SKIN)
    case = replace(case, structures=(small, *others))
    assert np.linalg.norm(looked_at(case).targets.target_mm, axis=1).max() < LESION_MM + 4.0


def test_limits_are_those_of_the_level_and_what_has_none_is_named():
    root = nerve([(-40.0, 0.0, 20.0), (40.0, 0.0, 20.0)])
    bowel = made_of(StructureKind.BOWEL, np.linalg.norm(places() - (0.0, -25.0, 0.0), axis=-1) <= 6)
    case, _ = patient(root, bowel)
    assert looked_at(case, level=Level.CAUTION).limits_c.tolist() == [10.0]
    assert looked_at(case, level=Level.ALARM).limits_c.tolist() == [0.0]
    assert looked_at(case, level=Level.INJURY).limits_c.tolist() == [-20.0]
    assert looked_at(case).unlimited == ("Bowel",)
    hot = looked_at(case, mode=Mode.HEAT, level=Level.INJURY)
    # Only a dose is published for injury by heat: the temperature of the milder level stands on the safe side of it.
    assert (hot.limits_c.tolist(), hot.dose_limits_min.tolist()) == ([45.0], [60.0])


def test_what_lies_far_away_is_left_out():
    far = nerve([(-40.0, 0.0, 70.0), (40.0, 0.0, 70.0)], side=Side.RIGHT)
    assert looked_at(patient(far)[0]).spared == ()


def test_an_empty_lesion_is_refused():
    case, _ = patient()
    empty = replace(largest_lesion(case), shape=Mask.from_array(GRID, np.zeros(GRID.shape_kji, bool)))
    with pytest.raises(PlanError) as refusal:
        places_of(case, empty, 5.0, Mode.COLD, Level.ALARM, TABLE)
    assert refusal.value.code == "lesion-empty"
