"""Plans side by side: what is known of each, and what differs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from planning.model.clinical import Intent
from planning.model.judgement import Judgement
from planning.operations.clinical import change_clinical
from planning.operations.plans import copy_plan, new_plan, take_plan
from planning.operations.probes import add_probe, move_probe
from planning.plans import approve_plan, compare, plan_digests
from planning.plans.comparing import NOT_PREDICTED
from tests.builders.cases import CRYO, ball, centred_grid, empty_case, ice_ball, lesion, root, straight_tube, zone_of


@pytest.fixture(scope="module")
def case():
    """Two plans of different reach, the second in hand, and a third without probes."""
    structures = (
        lesion(ball(centred_grid(), 8.0)),
        root("S2", "L", straight_tube((16, 0, -20), (16, 0, 20), 2.0)),
        root("S1", "L", straight_tube((30, 0, -20), (30, 0, 20), 2.0)),
    )
    first = add_probe(empty_case(structures=structures), CRYO, (0, 38, 0), (0, 0, 0))
    second = add_probe(move_probe(copy_plan(first), "C1", tip_mm=(-3, 0, 0)), CRYO, (4, 38, 30), (4, 0, 0))
    return take_plan(new_plan(second), 2)


def zones_of(case, *radii_mm):
    return {
        digest: zone_of(case, ice_ball(radius_mm), digest=digest)
        for digest, radius_mm in zip(plan_digests(case).values(), radii_mm, strict=False)
    }


def row(comparison, words):
    return next(r for r in comparison.rows if r.words == words)


def test_what_each_takes_and_reaches(case):
    found = compare(case, zones_of(case, 7.0, 12.0))
    assert [p.title for p in found.plans] == ["Plan 1", "Plan 2", "Plan 3"]
    assert [c.words for c in row(found, "Probes").cells] == ["1 × IceROD 1.5", "2 × IceROD 1.5", "none"]
    covered = [c.words for c in row(found, "Lesion covered").cells]
    assert covered[1] == "100\u202f%" and covered[0] != covered[1] and covered[2] == "–"
    margins = [c.words for c in row(found, "Smallest margin").cells]
    assert margins[0].startswith("\u2212") and margins[1] == "3.9\u202fmm"
    assert [c.words for c in row(found, "Openings in the skin").cells] == ["1", "2", "none"]


def test_a_structure_at_caution_in_one_plan_is_told_of_all(case):
    found = compare(case, zones_of(case, 7.0, 12.0))
    felt = row(found, "S2 L")
    assert felt.cells[0].judgement < Judgement.ALARM <= felt.cells[1].judgement
    assert felt.differs and not any(r.words == "S1 L" for r in found.rows)
    assert not row(found, "Approved").differs


def test_what_is_not_predicted_says_so_and_does_not_count_as_different(case):
    found = compare(case, zones_of(case, 7.0))
    assert [v is None for v in found.verdicts] == [False, True, True]
    assert row(found, "Lesion covered").cells[1].words == NOT_PREDICTED
    assert not row(found, "Lesion covered").differs
    assert not any(r.words == "S2 L" for r in compare(case, {}).rows)


def test_to_relieve_pain_the_bone_beside_the_lesion_is_compared(case):
    relieving = change_clinical(case, intent=Intent.PALLIATIVE)
    assert not any(r.words == "Bone beside it covered" for r in compare(case, zones_of(case, 7.0)).rows)
    # Without bone there is none beside the lesion to cover.
    found = compare(relieving, zones_of(relieving, 7.0, 12.0))
    assert all(v is None or v.intent is Intent.PALLIATIVE for v in found.verdicts)


def test_approvals_stand_or_fall_plan_by_plan(case):
    zones = zones_of(case, 7.0, 12.0)
    verdict = compare(case, zones).verdicts[1]
    approved = approve_plan(case, verdict, "A. Reader", datetime(2026, 3, 5, 14, 30, tzinfo=UTC), ())
    cells = row(compare(approved, zones), "Approved").cells
    assert cells[0].words == "not approved" and cells[1].words == "by A. Reader, 2026-03-05 14:30"
    moved = move_probe(approved, "C2", tip_mm=(5, 0, 0))
    fallen = row(compare(moved, zones), "Approved").cells[1]
    assert fallen.words == "fell: C2 changed" and fallen.judgement is Judgement.CAUTION
