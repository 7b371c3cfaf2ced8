"""Planes that are turned together stay at right angles, and pictures show them as they lean."""

from __future__ import annotations

import numpy as np
import pytest

from app.export.pictures import slice_primitives
from app.representations.plane_set import PlaneSet
from app.representations.primitives import Label
from app.representations.reslice import Reslicer
from app.representations.scene import Scene, SurfaceCache
from app.representations.slice_plane import Plane
from tests.builders.cases import centred_grid
from tests.report_case import small_plan

STRAIGHT = PlaneSet.straight(centred_grid())


@pytest.mark.parametrize("about", list(Plane))
@pytest.mark.parametrize("by_deg", [-70.0, 12.0, 45.0])
def test_two_planes_lean_by_the_angle_and_the_third_stays(about, by_deg):
    turned = STRAIGHT.turned(about, by_deg)
    assert turned.is_straight(about) and turned.axes[about] is STRAIGHT.axes[about]
    others = [plane for plane in Plane if plane is not about]
    assert [turned.tilt_deg(plane) for plane in others] == pytest.approx([abs(by_deg)] * 2)
    normals = np.array([turned.normal(plane) for plane in Plane])
    assert np.allclose(abs(normals @ normals.T), np.eye(3), atol=1e-12)


@pytest.mark.parametrize("about", list(Plane))
def test_lines_turn_clockwise_on_the_screen_by_the_angle(about):
    before, after = STRAIGHT.lines_in(about), STRAIGHT.turned(about, 30.0).lines_in(about)
    for other, (x, y) in before.items():
        wanted = [x * np.cos(np.pi / 6) - y * np.sin(np.pi / 6), x * np.sin(np.pi / 6) + y * np.cos(np.pi / 6)]
        assert after[other] == pytest.approx(wanted, abs=1e-12)


def test_turning_twice_about_different_planes_keeps_right_angles_and_says_how_far_each_leans():
    turned = STRAIGHT.turned(Plane.AXIAL, 20.0).turned(Plane.SAGITTAL, 10.0)
    normals = np.array([turned.normal(plane) for plane in Plane])
    assert np.allclose(abs(normals @ normals.T), np.eye(3), atol=1e-12)
    assert turned.title(Plane.SAGITTAL) == "Sagittal, tilted 20°" and turned.title(Plane.AXIAL) == "Axial, tilted 10°"
    assert STRAIGHT.title(Plane.AXIAL) == ""


def test_a_picture_shows_the_plane_as_it_leans_and_says_so():
    case, volume = small_plan()
    straight = Scene(case=case, surfaces=SurfaceCache())
    planes = PlaneSet.straight(case.image.grid).turned(Plane.AXIAL, 25.0)
    leaning = Scene(case=case, surfaces=SurfaceCache(), planes=planes)
    shots = [
        slice_primitives(scene, Reslicer(volume), Plane.CORONAL, (1500, 350), size_px=(200, 150))
        for scene in (straight, leaning)
    ]
    said = [[mark.text for mark in shot if isinstance(mark, Label)] for shot in shots]
    assert "Coronal, tilted 25°" in said[1] and not any("tilted" in words for words in said[0])
    assert not np.array_equal(shots[0][0].pixels, shots[1][0].pixels)
