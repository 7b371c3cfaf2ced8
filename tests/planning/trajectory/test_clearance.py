"""Distances of a needle to structures against closed forms and against exact distances to their surfaces."""

from __future__ import annotations

import numpy as np
import pytest
from vtkmodules.vtkFiltersCore import vtkImplicitPolyDataDistance

from app.representations.reslice import polydata
from imaging.structures import StructureKind, Tube
from planning.catalogue.devices import device
from planning.model.naming import make_structure
from planning.trajectory.clearance import between_probes, between_segments, clearance, clearances, whole_surface
from tests.builders.cases import ball, centred_grid, empty_case
from tests.builders.paths import NO_LENGTH, needle, nerve

RADIUS_MM = device(NO_LENGTH).diameter_mm / 2
FINE = centred_grid(40, 0.8)


def exact_mm(mesh, probe):
    """Brute force: the distance of a thousand places along the shaft to the mesh."""
    measure = vtkImplicitPolyDataDistance()
    measure.SetInput(polydata(mesh))
    at = np.linspace(0, 1, 1001)[:, None]
    points = np.asarray(probe.entry_mm) + at * np.subtract(probe.tip_mm, probe.entry_mm)
    return min(measure.EvaluateFunction(p) for p in points.tolist()) - device(probe.device_id).diameter_mm / 2


@pytest.mark.parametrize(
    ("entry", "tip"),
    [((20, 35, 4), (18, -10, -3)), ((0, 38, 0), (0, 14, 0)), ((30, 30, 30), (-5, 16, 12)), ((11, 30, 0), (11, -30, 0))],
)
def test_distances_to_a_mask_agree_with_exact_ones(entry, tip):
    structure = make_structure(StructureKind.BOWEL, ball(FINE, 10.0, (1.3, -2.2, 0.7)))
    probe = needle(entry, tip)
    found = clearance(structure, probe)
    assert found.distance_mm == pytest.approx(exact_mm(whole_surface(structure.shape), probe), abs=0.1)
    apart_mm = np.linalg.norm(np.subtract(found.needle_at_mm, found.other_at_mm))
    assert abs(found.distance_mm + RADIUS_MM) == pytest.approx(apart_mm, abs=0.01)


def test_distances_to_bodies_that_bend_find_the_nearer_of_two_places():
    two = ball(FINE, 6.0, (12, 20, 0)).union(ball(FINE, 6.0, (-11, -15, 0)))
    structure = make_structure(StructureKind.VESSEL, two)
    probe = needle((0, 38, 0), (0, -38, 0))
    assert clearance(structure, probe).distance_mm == pytest.approx(exact_mm(whole_surface(two), probe), abs=0.1)


def test_a_straight_nerve_has_its_closed_form():
    found = clearance(nerve([(-30, 5, 10), (30, 5, 10)], radius_mm=2.5), needle((0, 40, 0), (0, -20, 0)))
    assert found.distance_mm == pytest.approx(10 - 2.5 - RADIUS_MM)
    assert found.needle_at_mm == pytest.approx((0, 5, 0)) and found.other_at_mm == pytest.approx((0, 5, 7.5))
    assert found.depth_mm == pytest.approx(35)


def test_a_bent_nerve_that_grows_thicker_agrees_with_places_along_the_shaft():
    rng = np.random.default_rng(3)
    tube = Tube(np.cumsum(rng.normal(0, 4, (12, 3)), axis=0), np.linspace(1.0, 3.0, 12))
    structure = make_structure(StructureKind.NERVE, tube, side=nerve([(0, 0, 0), (1, 0, 0)]).side)
    for n in range(20):
        probe = needle(rng.normal(0, 20, 3) + (0, 30, 0), rng.normal(0, 10, 3), name=f"C{n}")
        at = np.linspace(0, 1, 2001)[:, None]
        points = np.asarray(probe.entry_mm) + at * np.subtract(probe.tip_mm, probe.entry_mm)
        brute = tube.signed_distance_mm(points).min() - RADIUS_MM
        assert clearance(structure, probe).distance_mm == pytest.approx(brute, abs=0.1)


def test_a_needle_through_a_structure_is_less_than_no_distance_away():
    structure = make_structure(StructureKind.BLADDER, ball(FINE, 10.0))
    assert clearance(structure, needle((0, 30, 0), (0, -30, 0))).distance_mm == pytest.approx(-10 - RADIUS_MM, abs=0.3)


def test_two_shafts_are_as_far_apart_as_their_axes_less_their_radii():
    one, other = needle((0, 40, 0), (0, 0, 0)), needle((20, 40, 6), (-20, 20, 6), name="C8")
    found = between_probes(other, one)
    assert found.distance_mm == pytest.approx(6 - 2 * RADIUS_MM) and found.kind is None


@pytest.mark.parametrize("seed", range(5))
def test_segments_agree_with_brute_force(seed):
    rng = np.random.default_rng(seed)
    start, stop, starts, stops = (
        rng.normal(size=3),
        rng.normal(size=3),
        rng.normal(size=(9, 3)),
        rng.normal(size=(9, 3)),
    )
    stops[0], stops[1] = starts[0], starts[1] + 2 * (stop - start)
    at = np.linspace(0, 1, 301)
    mine = start + at[:, None] * (stop - start)
    for n, apart in enumerate(between_segments(start, stop, starts, stops)[2]):
        theirs = starts[n] + at[:, None] * (stops[n] - starts[n])
        assert apart == pytest.approx(np.linalg.norm(mine[:, None] - theirs, axis=2).min(), abs=0.01)


def test_a_distance_followed_to_where_the_needle_went_is_never_too_small():
    structure = nerve([(-30, 5, 10), (10, 5, 12), (30, 9, 10)])
    before = clearance(structure, needle((0, 40, 0), (0, -20, 0)))
    moved = needle((3, 40, 1), (1, -20, 3))
    exact = clearance(structure, moved).distance_mm
    assert exact - 1e-9 <= before.followed(moved).distance_mm <= exact + 0.5


def test_the_nearest_comes_first():
    far, near = nerve([(30, 0, -5), (30, 0, 5)], "S2"), nerve([(10, 0, -5), (10, 0, 5)], "S1")
    case = empty_case(structures=(far, near))
    found = clearances(case, needle((0, 40, 0)), [StructureKind.ROOT])
    assert [c.id for c in found] == [near.id, far.id]


def test_a_wall_that_widens_is_nearest_beside_the_nearest_place_of_its_axis():
    """A cone: where the axis is nearest to the shaft its wall is not."""
    cone = Tube(np.array([(0.0, 0, 0), (0, 0, 20)]), np.array([2.0, 12.0]))
    structure = make_structure(StructureKind.CANAL, cone)
    found = clearance(structure, needle((-40, 20, 4), (40, 20, 4)))
    along = np.linspace(0, 20, 4001)
    wanted_mm = (np.hypot(20, along - 4) - np.interp(along, [0, 20], [2, 12])).min() - RADIUS_MM
    assert found.distance_mm == pytest.approx(wanted_mm, abs=0.01)
    assert wanted_mm < 20 - 4 - RADIUS_MM - 1
