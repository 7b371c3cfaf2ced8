"""A needle by its angles: the inverse of the numbers of the CT room, and where it leaves the skin."""

from __future__ import annotations

import numpy as np
import pytest

from planning.errors import PlanError
from planning.model.case import Probe, ProbeId
from planning.trajectory.aiming import entry_at_angles, hub_direction, hub_is_anterior
from planning.trajectory.console import console_numbers
from tests.builders.cases import centred_grid
from tests.builders.volumes import noisy_ball

RADIUS_MM = 25.0
BALL = noisy_ball(RADIUS_MM, 40, -1000, grid=centred_grid(30))
TARGET = np.array([2.0, -1.0, 3.0])


def probe_of(entry_mm):
    return Probe(id=ProbeId("p"), name="C1", device_id="x", entry_mm=tuple(entry_mm), tip_mm=tuple(TARGET))


@pytest.mark.parametrize("in_plane_deg", [-90, -35, 0, 12, 60])
@pytest.mark.parametrize("craniocaudal_deg", [-85, -20, 0, 18])
@pytest.mark.parametrize("anterior", [False, True])
def test_the_numbers_of_the_ct_room_come_back(in_plane_deg, craniocaudal_deg, anterior):
    direction = hub_direction(in_plane_deg, craniocaudal_deg, anterior=anterior)
    made = probe_of(TARGET + 70 * direction)
    told = console_numbers(made)
    assert np.linalg.norm(direction) == pytest.approx(1)
    assert told.in_plane_deg == pytest.approx(in_plane_deg) and told.craniocaudal_deg == pytest.approx(craniocaudal_deg)
    assert hub_is_anterior(made) == anterior or abs(in_plane_deg) == 90


def test_without_angles_the_needle_comes_straight_from_behind():
    assert hub_direction(0, 0) == pytest.approx([0, 1, 0])
    assert hub_direction(0, 0, anterior=True) == pytest.approx([0, -1, 0])


@pytest.mark.parametrize("angles", [(0, 0), (30, 0), (-20, 35), (90, 0)])
def test_the_entry_lies_on_the_skin_in_the_direction_told(angles):
    entry = entry_at_angles(BALL, TARGET, *angles)
    assert np.linalg.norm(entry) == pytest.approx(RADIUS_MM, abs=0.8)
    assert (entry - TARGET) / np.linalg.norm(entry - TARGET) == pytest.approx(hub_direction(*angles))


@pytest.mark.parametrize(
    ("angles", "word"),
    [((91, 0), "in-plane"), ((0, 86), "craniocaudal"), ((0, -90), "craniocaudal"), ((float("nan"), 0), "in-plane")],
)
def test_an_angle_out_of_range_is_refused_by_name(angles, word):
    with pytest.raises(PlanError, match=f"The {word} angle") as refused:
        hub_direction(*angles)
    assert refused.value.code == "angle-out-of-range" and "to" in refused.value.hint


def test_a_ct_without_the_skin_there_is_refused():
    with pytest.raises(PlanError, match="before it reaches the skin"):
        entry_at_angles(noisy_ball(80.0, 40, -1000, grid=centred_grid(30)), TARGET, 10, 10)
