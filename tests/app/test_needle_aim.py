"""Planes along and across a needle: how they lie, what their edges are called, and what is drawn on them."""

from __future__ import annotations

import numpy as np
import pytest

from app.representations.needle_aim import NeedleAim
from app.representations.needle_marks import (
    apart_marks,
    depth_line_px,
    planes_and_cone,
    shaft_px,
    tolerance_mm,
    turning_arms,
)
from app.representations.primitives import Label, Path
from app.representations.slice_plane import NeedlePlane, SliceFrame
from planning.catalogue.devices import device
from planning.catalogue.rules import load_path_rules
from planning.operations.probes import add_probe
from planning.trajectory.aiming import hub_direction
from tests.builders.cases import CRYO, centred_grid, empty_case

GRID = centred_grid(80)
A, B, ACROSS = NeedlePlane.ALONG_A, NeedlePlane.ALONG_B, NeedlePlane.ACROSS


def probe(in_plane_deg=0.0, craniocaudal_deg=0.0, anterior=False, depth_mm=60.0):
    direction = hub_direction(in_plane_deg, craniocaudal_deg, anterior=anterior)
    return add_probe(empty_case(GRID), CRYO, depth_mm * direction, (0, 0, 0)).plan.probes[0]


def frame(aim, plane, size=(600, 400), mm_per_px=0.25):
    right, down = aim.axes(plane)
    return SliceFrame(
        plane=plane, centre_mm=aim.middle_mm(plane), right=right, down=down, width_px=size[0], height_px=size[1],
        mm_per_px=mm_per_px,
    )  # fmt: skip


@pytest.mark.parametrize("angles", [(0, 0), (30, 18), (-75, -40), (12, 85), (0, -85)])
@pytest.mark.parametrize("anterior", [False, True])
@pytest.mark.parametrize("turned_deg", [0, 37, -120])
def test_two_planes_hold_the_shaft_upright_at_right_angles_and_one_crosses_it(angles, anterior, turned_deg):
    placed = probe(*angles, anterior=anterior)
    aim = NeedleAim.of(placed, turned_deg, 20.0)
    views = {plane: frame(aim, plane) for plane in NeedlePlane}
    for view in views.values():
        assert [view.right @ view.right, view.down @ view.down, view.right @ view.down] == pytest.approx([1, 1, 0])
    for plane in (A, B):
        tip, entry = (views[plane].to_px(end) for end in (placed.tip_mm, placed.entry_mm))
        assert tip[0] == pytest.approx(entry[0]) == pytest.approx(300)
        assert tip[1] - entry[1] == pytest.approx(placed.depth_mm / 0.25), "the hub is not above the tip"
        assert views[plane].height_mm([placed.tip_mm, placed.entry_mm]) == pytest.approx([0, 0], abs=1e-9)
    assert views[A].normal @ views[B].normal == pytest.approx(0, abs=1e-9)
    assert views[ACROSS].normal == pytest.approx(-placed.direction), "not seen from the hub"
    assert views[ACROSS].to_px(placed.tip_mm) == pytest.approx(views[ACROSS].to_px(placed.entry_mm))


def test_the_plane_across_stands_head_up_and_does_not_turn_with_the_others():
    placed = probe(10, 20)
    across = [NeedleAim.of(placed, turned_deg, 0.0).axes(ACROSS)[0] for turned_deg in (0, 50)]
    assert across[0] == pytest.approx(across[1])
    assert NeedleAim.of(placed, 0, 0.0).axes(ACROSS)[1][2] < -0.8
    still = NeedleAim.of(placed, 0, 0.0).axes(A)[0]
    assert NeedleAim.of(placed, 90, 0.0).axes(A)[0] @ still == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("angles", "plane", "letters"),
    [
        ((0, 0), A, ("S", "I", "P", "A")),
        ((0, 0), B, ("L", "R", "P", "A")),
        ((0, 0), ACROSS, ("L", "R", "S", "I")),
        ((0, 18), A, ("SA", "IP", "PS", "AI")),
        ((0, 18), ACROSS, ("L", "R", "SA", "IP")),
        ((-30, 0), B, ("LP", "RA", "PR", "AL")),
        ((0, 5), A, ("S", "I", "P", "A")),
    ],
)
def test_the_edges_of_an_oblique_plane_name_both_directions_the_nearer_first(angles, plane, letters):
    assert frame(NeedleAim.of(probe(*angles), 0, None), plane).edge_letters == letters


def test_from_the_front_left_and_right_are_not_taken_from_behind():
    assert frame(NeedleAim.of(probe(anterior=True), 0, None), ACROSS).edge_letters == ("R", "L", "S", "I")


def test_titles_name_needle_plane_side_turn_and_depth():
    aim = NeedleAim.of(probe(), 0, 10.04)
    assert aim.title(A) == "Along C1, A  seen from the left"
    assert aim.title(B) == "Along C1, B  seen from the feet"
    assert aim.title(ACROSS) == "Across C1  at 49.9\u202fmm, from the hub"
    turned = NeedleAim.of(probe(), -20, 70.0)
    assert (
        turned.title(A).endswith("turned \u221220°") and turned.title(A, brief=True) == "Along C1, A, turned \u221220°"
    )
    assert "10.0\u202fmm outside the skin" in turned.title(ACROSS)


def test_the_plane_across_begins_in_the_active_part_and_stays_near_the_needle():
    placed = probe()
    assert NeedleAim.of(placed, 0, None).above_tip_mm == device(CRYO).active_length_mm / 2
    assert NeedleAim.of(placed, 0, 500.0).depth_mm == -10 and NeedleAim.of(placed, 0, -500.0).depth_mm == 100
    assert NeedleAim.of(placed, 270, None).turned_deg == -90


def test_the_dotted_cone_is_as_wide_as_the_rules_say_at_the_tip_and_narrows_to_the_skin():
    placed = probe()
    rule_mm = load_path_rules().tolerance_mm
    assert tolerance_mm(60, placed) == rule_mm.value and tolerance_mm(0, placed) == 0 and rule_mm.source
    view = frame(NeedleAim.of(placed, 0, None), A)
    cone = next(mark for mark in planes_and_cone(NeedleAim.of(placed, 0, None), view) if isinstance(mark, Path))
    (points,) = cone.lines
    assert np.ptp(points[:, 0]) == pytest.approx(2 * rule_mm.value / 0.25, rel=0.01)
    assert points[:, 1].max() - view.to_px(placed.tip_mm)[1] == pytest.approx(rule_mm.value / 0.25, rel=0.01)


def test_the_shaft_is_as_thick_as_it_is_but_never_too_thin_to_be_seen():
    aim = NeedleAim.of(probe(), 0, None)
    assert shaft_px(aim.probe, frame(aim, A, mm_per_px=0.1)) == pytest.approx(device(CRYO).diameter_mm / 0.1)
    assert shaft_px(aim.probe, frame(aim, A, mm_per_px=2.0)) == 1.5


def test_the_lines_of_the_other_planes_lie_where_these_are():
    aim = NeedleAim.of(probe(0, 20), 30, 15.0)
    view = frame(aim, A)
    assert depth_line_px(aim, view) == pytest.approx(view.to_px(aim.across_mm)[1])
    arms = turning_arms(aim, frame(aim, ACROSS))
    assert arms[A] @ arms[B] == pytest.approx(0, abs=1e-9)
    assert arms[B] == pytest.approx([np.cos(np.radians(30)), np.sin(np.radians(30))]), "not clockwise from the hub"


def test_depths_and_the_distance_to_the_next_needle_are_told():
    case = add_probe(empty_case(GRID), CRYO, (0, 60, 0), (0, 0, 0))
    case = add_probe(case, CRYO, (12, 60, 0), (12, 10, 0))
    first, second = case.plan.probes
    aim = NeedleAim.of(first, 0, 20.0)
    told = {mark.text for mark in planes_and_cone(aim, frame(aim, A)) if isinstance(mark, Label)}
    assert {"20", "50", "across, 40\u202fmm"} <= told and "" not in told
    words = [m.text for m in apart_marks(aim, (first, second), frame(aim, ACROSS)) if isinstance(m, Label)]
    assert words == ["12.0\u202fmm"]
    beside = NeedleAim.of(first, 0, 5.0)
    assert not apart_marks(beside, (first, second), frame(beside, ACROSS)), "the other needle does not reach so deep"
