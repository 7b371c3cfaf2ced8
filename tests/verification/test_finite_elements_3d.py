"""The independent solver in three dimensions tends to that of the half-plane."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planning.catalogue import Phase
from planning.thermal.verification.device_cases import DeviceCase, device_cases
from tests.verification.finite_elements import HalfPlane, reference_resolution, solve
from tests.verification.finite_elements_3d import Space
from tests.verification.finite_elements_3d import solve as solve_turned


def short_case(words: str) -> DeviceCase:
    case = next(c for c in device_cases() if c.name.startswith(words))
    return replace(case, schedule=(Phase(kind="on", duration_s=30.0),))


@pytest.mark.parametrize("words", ["cryo, cancellous bone |", "RF 12 V"])
def test_twice_the_sectors_leave_a_quarter_of_what_differs_from_the_half_plane(words):
    case = short_case(words)
    resolution = reference_resolution(case).with_mesh(8).with_steps(16)
    plane = solve(case, resolution)
    few, many = (solve_turned(case, resolution, sectors) for sectors in (8, 16))
    by_few, by_many = few.points_c - plane.points_c, many.points_c - plane.points_c
    assert 0.1 < abs(by_few).max() < 0.6
    assert by_many == pytest.approx(by_few / 4, abs=0.01)
    if case.is_rf:
        left = (4 * np.array(many.impedance_ohm) - few.impedance_ohm) / 3
        assert left == pytest.approx(plane.impedance_ohm, rel=2e-3)


def test_tetrahedra_around_a_sphere_tend_to_triangles_on_a_finer_mesh():
    case = short_case("RF 22 V")
    apart = []
    for mesh in (12, 6):
        resolution = reference_resolution(case).with_mesh(mesh).with_steps(16)
        plane, space = solve(case, resolution), solve_turned(case, resolution, 16)
        apart.append(abs(space.points_c - plane.points_c).max())
        assert space.impedance_ohm == pytest.approx(plane.impedance_ohm, rel=0.015)
    assert apart[1] < 0.2 and apart[1] < 0.5 * apart[0]


@pytest.mark.parametrize("words", ["cryo 1.5", "RF 22"])
def test_a_turned_mesh_fills_what_the_half_plane_stands_for(words):
    case = short_case(words)
    resolution = reference_resolution(case).with_mesh(10)
    plane, space = HalfPlane(case, resolution), Space(case, resolution, sectors=12)
    assert space.sums.dx.sum() == pytest.approx((plane.ring * plane.basis.dx).sum(), rel=1e-9)
    assert space.read(2 * space.node_z - space.node_r, 3.0, 4.0) == pytest.approx(5.0)
