"""What a drag of a probe does to it, in planes that its shaft crosses obliquely or end on."""

from __future__ import annotations

import numpy as np
import pytest

from app.representations.needle_aim import NeedleAim
from app.representations.slice_plane import NeedlePlane, Plane, SliceFrame
from app.tools.base import SliceEvent
from app.tools.grabs import grab_under
from planning.operations.probes import add_probe
from planning.trajectory.aiming import hub_direction
from tests.builders.cases import CRYO, centred_grid, empty_case
from tests.builders.volumes import noisy_ball

GRID = centred_grid(50)
BALL = noisy_ball(45.0, 40, -1000, grid=GRID)


def planned(in_plane_deg=0.0, craniocaudal_deg=0.0):
    return add_probe(empty_case(GRID), CRYO, 44 * hub_direction(in_plane_deg, craniocaudal_deg), (0, 0, 0))


def taken(case, frame, at_mm, **keys):
    px = frame.to_px(at_mm)
    event = SliceEvent(frame, (float(px[0]), float(px[1])), frame.to_lps(px), **keys)
    found = grab_under(event, case, "", BALL)
    assert found is not None
    return found


@pytest.mark.parametrize("craniocaudal_deg", [0, 30, 60])
def test_along_its_axis_the_tip_stays_under_the_mouse_also_where_the_shaft_leaves_the_slice(craniocaudal_deg):
    case = planned(0, craniocaudal_deg)
    frame = SliceFrame.of(Plane.AXIAL, GRID, (0, 0, 0), 400, 400, 0.25)
    grab = taken(case, frame, (0, 0, 0), shift=True)
    moved = grab.moved(np.array([3.0, 8.0, 0.0]))(case).probe("C1")
    assert frame.to_px(moved.tip_mm) == pytest.approx(frame.to_px((0, 8, 0)))
    assert moved.entry_mm == case.probe("C1").entry_mm and moved.direction == pytest.approx(case.probe("C1").direction)
    assert grab.words == "Move C1 along its shaft"


def test_seen_end_on_there_is_no_axis_to_drag_along():
    case = planned(10, 20)
    aim = NeedleAim.of(case.probe("C1"), 0, 12.0)
    right, down = aim.axes(NeedlePlane.ACROSS)
    frame = SliceFrame(
        plane=NeedlePlane.ACROSS, centre_mm=aim.across_mm, right=right, down=down, width_px=400, height_px=400,
        mm_per_px=0.25,
    )  # fmt: skip
    moved = taken(case, frame, aim.across_mm, shift=True).moved(5 * right + 3 * down)(case).probe("C1")
    assert moved.tip_mm == pytest.approx(case.probe("C1").tip_mm)


def test_about_its_tip_the_place_that_is_held_follows_and_one_at_the_tip_does_not_spin_it():
    case = planned()
    frame = SliceFrame.of(Plane.SAGITTAL, GRID, (0, 0, 0), 400, 400, 0.25)
    turned = taken(case, frame, (0, 30, 0), control=True).moved(np.array([0.0, 0.0, 10.0]))(case).probe("C1")
    assert turned.direction[2] / turned.direction[1] == pytest.approx(10 / 30)
    assert np.linalg.norm(turned.entry_mm) == pytest.approx(45, abs=1)
    near = taken(case, frame, (0, 5, 0), control=True).moved(np.array([0.0, 0.0, 5.0]))(case).probe("C1")
    assert near.direction[2] / near.direction[1] == pytest.approx(5 / 10)
    assert taken(case, frame, (0, 0, 0), control=True).words == "Move C1 tip"
