"""The numbers for the CT room, from directions whose angles are known."""

from __future__ import annotations

import numpy as np
import pytest

from planning.model.case import Probe, ProbeId
from planning.trajectory.console import console_numbers

TIP = np.array([3.0, -7.0, 11.0])


def numbers(to_hub, depth_mm=80.0):
    direction = np.asarray(to_hub, float) / np.linalg.norm(to_hub)
    entry = TIP + depth_mm * direction
    probe = Probe(id=ProbeId("p"), name="C1", device_id="x", entry_mm=tuple(entry), tip_mm=tuple(TIP))
    return console_numbers(probe)


def tilted(in_plane_deg, craniocaudal_deg, posterior=1.0):
    a, b = np.radians([in_plane_deg, craniocaudal_deg])
    return [np.cos(b) * np.sin(a), posterior * np.cos(b) * np.cos(a), np.sin(b)]


def test_a_vertical_posterior_shaft_has_no_angles():
    upright = numbers([0, 1, 0])
    assert (upright.in_plane_deg, upright.craniocaudal_deg) == (0, 0)
    assert (upright.in_plane_text, upright.craniocaudal_text) == ("0°", "0°")


@pytest.mark.parametrize(
    ("to_hub", "in_plane", "craniocaudal"),
    [
        (tilted(30, 0), "30° hub left", "0°"),
        (tilted(-30, 0), "30° hub right", "0°"),
        (tilted(0, 20), "0°", "20° hub cranial"),
        (tilted(0, -20), "0°", "20° hub caudal"),
        (tilted(30, 20), "30° hub left", "20° hub cranial"),
        (tilted(-12, -35), "12° hub right", "35° hub caudal"),
        ([1, 0, 0], "90° hub left", "0°"),
        ([0, 0, 1], "0°", "90° hub cranial"),
    ],
)
def test_known_directions_are_told_in_words(to_hub, in_plane, craniocaudal):
    told = numbers(to_hub)
    assert (told.in_plane_text, told.craniocaudal_text) == (in_plane, craniocaudal)


@pytest.mark.parametrize("in_plane_deg", [-80, -45, -1, 0, 10, 60])
@pytest.mark.parametrize("craniocaudal_deg", [-60, 0, 25])
@pytest.mark.parametrize("posterior", [1.0, -1.0])
def test_both_angles_come_back_from_either_side_of_the_patient(in_plane_deg, craniocaudal_deg, posterior):
    told = numbers(tilted(in_plane_deg, craniocaudal_deg, posterior))
    assert told.in_plane_deg == pytest.approx(in_plane_deg)
    assert told.craniocaudal_deg == pytest.approx(craniocaudal_deg)


@pytest.mark.parametrize("depth_mm", [10.0, 123.4])
def test_the_depth_is_along_the_shaft(depth_mm):
    assert numbers(tilted(30, 20), depth_mm).depth_mm == pytest.approx(depth_mm)
