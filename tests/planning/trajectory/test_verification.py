"""The rows of `sacroplan verify --trajectories` that built cases give; those of phantoms are made by `make verify`."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.structures import Tube
from imaging.surface import surface_of_mask
from planning.catalogue.rules import builtin_path_rules
from planning.trajectory.verification import answers
from planning.trajectory.verification.distances import distance_group
from planning.trajectory.verification.exact import ExactSurface, left_to_tube_mm, to_tube_mm
from planning.trajectory.verification.groups import all_met
from planning.trajectory.verification.left import least_left_mm
from planning.trajectory.verification.limits import limit_group
from tests.builders.cases import ball, centred_grid
from tests.builders.paths import NO_LENGTH, needle, nerve, patient


def missed(rows):
    return [(r.name, r.value, r.source) for r in rows if not r.met]


def test_distances_agree_with_brute_force():
    group = distance_group(shafts=6)
    assert len(group.rows) >= 6 and not missed(group.rows) and all_met([group])


def test_every_limit_begins_where_it_must():
    rows = limit_group().rows
    assert not missed(rows) and len(rows) == 17
    assert any("vessels" in r.name for r in rows) and any("bore" in r.name for r in rows)


@pytest.mark.parametrize(
    "ask", [answers.around_bowel, answers.through_a_foramen, answers.no_way, answers.what_is_not_known]
)
def test_built_cases_have_their_answers(ask):
    row = ask()
    assert row.met, (row.value, row.source)


ROUGH_MM = 0.25
"""So far its voxels make a ball of 10 mm uneven."""
BALL = ExactSurface(surface_of_mask(ball(centred_grid(20, 0.5), 10.0)))


@pytest.mark.parametrize(
    ("entry", "tip", "wanted_mm"),
    [((0, 40, 14), (0, -40, 14), 4.0), ((0, 40, 0), (0, 16, 0), 6.0), ((0, 40, 6), (0, -40, 6), -4.0), ((0, 3, 0), (0, 1, 0), -9.0)],
)  # fmt: skip
def test_brute_force_itself_tells_the_distance_to_a_ball(entry, tip, wanted_mm):
    assert BALL.distance_mm(entry, tip) == pytest.approx(wanted_mm, abs=ROUGH_MM)


def test_brute_force_takes_off_what_a_needle_strays():
    assert BALL.left_mm((14, 30, 0), (14, 0, 0), 3.0) == pytest.approx(1.0, abs=ROUGH_MM)
    tube = Tube(np.array([(5.0, 40, 0), (5, -40, 0)]), np.full(2, 1.0))
    assert to_tube_mm(tube, (0, 30, 0), (0, 0, 0)) == pytest.approx(4.0, abs=1e-3)
    assert left_to_tube_mm(tube, (0, 30, 0), (0, 0, 0), 3.0) == pytest.approx(1.0, abs=0.02)


def test_what_is_left_names_the_nearest():
    case, _ = patient(nerve([(8, 60, 0), (8, -20, 0)], radius_mm=1.0))
    left_mm, name = least_left_mm(case, needle((0, 60, 0), (0, 0, 0), NO_LENGTH), builtin_path_rules())
    assert name == "S1 L" and left_mm == pytest.approx(8 - 1 - 0.75 - 3.3, abs=0.02)
    with_probe = case.with_plan(probes=(needle((3, 60, 0), (3, 0, 0), name="C1"),))
    assert least_left_mm(with_probe, needle((0, 60, 0), (0, 0, 0)), builtin_path_rules())[1] == "C1"
