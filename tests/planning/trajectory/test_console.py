"""The numbers for the CT room, from directions whose angles are known."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.structures import StructureKind, Tube
from planning.model.case import Probe, ProbeId
from planning.model.naming import make_structure
from planning.model.room import Room
from planning.trajectory.console import console_numbers, room_numbers
from planning.trajectory.judging import out_of_slice_deg
from tests.builders.cases import empty_case
from tests.builders.paths import needle

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


def test_the_entry_is_told_from_the_middle_of_the_canal_at_its_level():
    canal = make_structure(StructureKind.CANAL, Tube(np.array([[4.0, 20, -50], [4.0, 30, 50]]), np.full(2, 6.0)))
    case = empty_case(structures=(canal,))
    rows = {name: (value, meaning) for name, value, meaning in room_numbers(case, needle((-16, 40, 10), (-16, 0, -10)))}
    assert rows["Entry from midline"][0] == "20.0\u202fmm right"
    assert rows["Reference slice"][0] == "I\u202f10.0\u202fmm, 31 of 81"
    assert rows["Entry slice"][0] == "S\u202f10.0\u202fmm, 51 of 81"
    assert rows["Entry from reference"][0] == "20.0\u202fmm cranial"
    assert rows["Tilt for one slice"] == ("27°", "0° is set")
    assert room_numbers(empty_case(), needle((-16, 40, 10)))[0][1] == "not known"
    beyond = needle((0, 20, 30), (0, 0, 0))
    assert {n: v for n, v, _ in room_numbers(case, beyond)}["Tilt for one slice"] == "beyond 30°"


def test_the_tilt_that_is_named_holds_the_shaft_in_one_slice():
    probe = needle((12, 45, 13), (3, -4, -6))
    words = {n: v for n, v, _ in room_numbers(empty_case(), probe)}["Tilt for one slice"]
    tilt = float(words.rstrip("°").replace("\u2212", "-"))
    assert float(out_of_slice_deg(probe.direction, Room(gantry_tilt_deg=tilt))) < 0.6
