"""A needle that is nearly in the slice, upright or on a suggested way is drawn there, and no other is touched."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from planning.trajectory.aiming import hub_direction
from planning.trajectory.snapping import snapped

TARGET = np.array([3.0, -20.0, 7.0])
LENGTH_MM = 60.0


def towards(in_plane_deg: float, craniocaudal_deg: float, *, anterior: bool = False):
    return TARGET + LENGTH_MM * hub_direction(in_plane_deg, craniocaudal_deg, anterior=anterior)


@pytest.mark.parametrize(
    ("given", "exact", "words"),
    [
        ((20.0, 2.5), (20.0, 0.0), "in one slice"),
        ((20.0, -2.5), (20.0, 0.0), "in one slice"),
        ((2.0, 20.0), (0.0, 20.0), "vertical"),
        ((-2.0, 1.0), (0.0, 0.0), "in one slice, vertical"),
        ((88.0, 25.0), (90.0, 25.0), "level"),
        ((-88.0, 1.0), (-90.0, 0.0), "in one slice, level"),
        ((20.0, 20.0), (20.0, 20.0), ""),
        ((3.5, 3.5), (3.5, 3.5), ""),
        ((1.0, 84.0), (1.0, 84.0), ""),
    ],
)
@pytest.mark.parametrize("anterior", [False, True])
def test_it_is_drawn_to_slice_and_axes_within_three_degrees(given, exact, words, anterior):
    found = snapped(TARGET, towards(*given, anterior=anterior))
    assert found.words == words
    np.testing.assert_allclose(found.towards_mm, towards(*exact, anterior=anterior), atol=1e-9)
    assert np.linalg.norm(found.towards_mm - TARGET) == pytest.approx(LENGTH_MM)


def test_a_tilted_gantry_has_tilted_slices():
    tilt = 15.0
    in_slice = np.array([0.3, np.cos(np.radians(tilt)), np.sin(np.radians(tilt))])
    near = TARGET + LENGTH_MM * in_slice / np.linalg.norm(in_slice) + [0, 0, 1.5]
    found = snapped(TARGET, near, gantry_tilt_deg=tilt)
    left, posterior, superior = found.towards_mm - TARGET
    assert found.words == "in one slice" and superior / posterior == pytest.approx(np.tan(np.radians(tilt)))
    assert left > 0 and snapped(TARGET, near).words == ""


def way(entry_mm, tip_mm=TARGET, title="From behind"):
    return SimpleNamespace(probe=SimpleNamespace(entry_mm=tuple(entry_mm), tip_mm=tuple(tip_mm)), title=title)


def test_a_way_to_the_same_target_comes_first_and_the_nearest_of_them():
    ways = [way(towards(1.0, 2.0), title="Steeper"), way(towards(0.5, 0.5)), way(towards(30.0, 0.0), title="Far")]
    found = snapped(TARGET, towards(0.0, 0.0), ways=ways)
    assert found.words == "From behind"
    np.testing.assert_allclose(found.towards_mm, towards(0.5, 0.5), atol=1e-9)
    elsewhere = [way(towards(0.5, 0.5), tip_mm=TARGET + [9, 0, 0])]
    assert snapped(TARGET, towards(0.0, 1.0), ways=elsewhere).words == "in one slice, vertical"


def test_no_direction_is_left_as_it_is():
    found = snapped(TARGET, TARGET)
    assert found.words == "" and np.array_equal(found.towards_mm, TARGET)
