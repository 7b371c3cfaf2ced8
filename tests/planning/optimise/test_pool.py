"""The paths a plan is put together from."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.progress import no_progress
from imaging.structures import StructureKind
from planning.catalogue import Mode, load_thresholds
from planning.catalogue.devices import device
from planning.catalogue.rules import builtin_path_rules
from planning.catalogue.thresholds import Level
from planning.errors import PlanError
from planning.operations.probes import add_probe
from planning.optimise.places import places_of
from planning.optimise.pool import OPENING_MM, effect_k, openings_of, pool_of
from planning.trajectory.clearance import between_probes
from planning.trajectory.judging import judge_path
from planning.trajectory.suggest import largest_lesion
from tests.builders.paths import NO_LENGTH, SHORT, made_of, nerve, patient, places

RULES = builtin_path_rules()


def pool(case, volume, *, devices=(NO_LENGTH,), openings=None):
    looked_at = places_of(case, largest_lesion(case), 5.0, Mode.COLD, Level.ALARM, load_thresholds())
    return pool_of(case, volume, looked_at, [device(d) for d in devices], RULES, openings, no_progress())


@pytest.fixture(scope="module")
def beside_a_root():
    root = nerve([(-50.0, 30.0, 12.0), (50.0, 30.0, 12.0)], "S2")
    return *patient(root), root


def test_paths_keep_to_the_rules_and_lay_the_active_part_into_lesion_or_margin(beside_a_root):
    case, volume, _ = beside_a_root
    found = pool(case, volume)
    inwards = found.tips_mm - found.entries_mm
    inwards /= np.linalg.norm(inwards, axis=1, keepdims=True)
    middles = found.tips_mm - inwards * device(NO_LENGTH).active_length_mm / 2
    assert np.linalg.norm(middles, axis=1).max() < 8 + 5 + 2
    judged = [judge_path(case, volume, found.probe(n), RULES) for n in range(0, len(found.cost), 40)]
    refused = [bool(j.refused) for j in judged]
    # Screened on cubes: nearly all hold when they are judged exactly, and the search asks before it takes one.
    assert np.mean(refused) < 0.1
    assert [found.is_refused(n) for n in range(0, len(found.cost), 40)] == refused


def test_two_needles_that_may_touch_are_not_taken_together(beside_a_root):
    case, volume, _ = beside_a_root
    found = pool(case, volume)
    for n, m in ((0, 1), (0, len(found.cost) - 1), (5, 40), (7, 90)):
        a, b = found.probe(n), found.probe(m)
        apart = between_probes(a, b)
        if found.apart_from(n)[m]:
            assert apart.distance_mm > RULES.tolerance_mm.value * apart.depth_mm / b.depth_mm
        else:
            assert apart.distance_mm < 2 * RULES.tolerance_mm.value
        assert found.apart_from(m)[n] == found.apart_from(n)[m]
    assert not found.apart_from(7)[7]


def test_one_opening_serves_all_paths(beside_a_root):
    case, volume, _ = beside_a_root
    found = pool(case, volume, openings=1)
    assert len(found.cost) > 10
    assert openings_of(found.entries_mm) == 1
    assert np.linalg.norm(found.entries_mm - found.entries_mm.mean(axis=0), axis=1).max() <= OPENING_MM


def test_the_opening_of_a_kept_probe_is_used(beside_a_root):
    case, volume, _ = beside_a_root
    with_one = add_probe(case, NO_LENGTH, (-10.0, 58.0, -10.0), (0.0, 5.0, -5.0))
    found = pool(with_one, volume, openings=1)
    assert np.linalg.norm(found.entries_mm - (-10.0, 58.0, -10.0), axis=1).max() <= OPENING_MM


def test_paths_of_every_device_of_a_set(beside_a_root):
    case, volume, _ = beside_a_root
    found = pool(case, volume, devices=(NO_LENGTH, SHORT))
    assert {found.probe(n).device_id for n in range(len(found.cost))} == {NO_LENGTH, SHORT}


def test_without_a_path_it_says_what_forbids_them():
    shell = np.linalg.norm(places(), axis=-1)
    bowel = made_of(StructureKind.BOWEL, (shell > 30) & (shell < 40))
    with pytest.raises(PlanError, match="too near to bowel") as refusal:
        pool(*patient(bowel))
    assert refusal.value.code == "no-path"


def test_entries_near_each_other_share_an_opening():
    near, far = (0.0, 0.0, OPENING_MM - 1), (0.0, 0.0, OPENING_MM + 1)
    assert openings_of([(0.0, 0.0, 0.0), near]) == 1
    assert openings_of([(0.0, 0.0, 0.0), far]) == 2
    assert openings_of([]) == 0


def test_what_cools_a_little_does_not_add_up_to_ice():
    three_cool = 3 * effect_k(25.0, cold=True)
    assert three_cool < effect_k(-8.0, cold=True)
    assert effect_k(50.0, cold=False) == 13.0
    assert effect_k(30.0, cold=False) == 0.0


def test_active_parts_keep_the_spacing_of_their_device(beside_a_root):
    case, volume, _ = beside_a_root
    found = pool(case, volume)
    spacing_mm = device(NO_LENGTH).spacing_mm
    assert spacing_mm == 5.0
    beside = found.apart_from(3)
    inwards = found.tips_mm - found.entries_mm
    inwards /= np.linalg.norm(inwards, axis=1, keepdims=True)
    along = np.linspace(0, device(NO_LENGTH).active_length_mm, 60)
    active = found.tips_mm[:, None] - along[:, None] * inwards[:, None]
    for n in np.flatnonzero(beside)[::50]:
        apart_mm = np.linalg.norm(active[n][:, None] - active[3][None], axis=2).min()
        assert apart_mm >= spacing_mm - 1e-6
    # Needles far enough apart not to touch are still too near to each other for the device.
    parallel = [n for n in range(len(found.cost)) if not beside[n] and n != 3]
    assert parallel
