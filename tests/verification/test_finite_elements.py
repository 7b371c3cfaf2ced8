"""The independent solver: against a closed form, against itself on finer meshes and steps, against what is stored."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import k0

from planning.catalogue import Phase
from planning.thermal import WallTemperature
from planning.thermal.verification.device_cases import GEL, DeviceCase, device_cases
from planning.thermal.verification.references import digest, references
from planning.tissue import Medium
from tests.verification.finite_elements import REFERENCE, Electric, HalfPlane, reference_resolution, solve
from tests.verification.make_references import sizes_of

COARSE = REFERENCE.with_mesh(3).with_steps(3)
SHORT = DeviceCase(
    name="a short freeze",
    diameter_mm=1.5,
    active_length_mm=10.0,
    drive=WallTemperature(c=-140.0),
    schedule=(Phase(kind="on", duration_s=60.0),),
    background=GEL,
    levels_c=(0.0,),
    points_rz_mm=((4.0, 5.0), (7.0, 5.0), (0.0, -3.0)),
)


@pytest.mark.slow
def test_a_long_warm_needle_has_the_closed_form_of_the_perfused_cylinder():
    soft = Medium(name="soft", density_kg_m3=1000, specific_heat_j_kgk=3600, conductivity_w_mk=0.5, perfusion_1_s=6e-3)
    case = replace(
        SHORT,
        active_length_mm=60.0,
        drive=WallTemperature(c=80.0),
        background=soft,
        schedule=(Phase(kind="on", duration_s=900.0),),
        points_rz_mm=((3.0, 30.0), (5.0, 30.0), (10.0, 30.0)),
    )
    depth_mm = 1e3 * np.sqrt(0.5 / (6e-3 * 1050 * 3617))
    exact = 37 + 43 * k0(np.array([3, 5, 10]) / depth_mm) / k0(0.75 / depth_mm)
    assert solve(case, COARSE).points_c[0] == pytest.approx(exact, abs=0.3)


@pytest.mark.slow
def test_a_finer_mesh_changes_less_and_less():
    points = [solve(SHORT, REFERENCE.with_mesh(factor).with_steps(4)).points_c for factor in (6, 3, 1.5)]
    first, second = abs(points[1] - points[0]).max(), abs(points[2] - points[1]).max()
    assert second < first / 2


@pytest.mark.slow
def test_shorter_steps_change_less_and_less():
    points = [solve(SHORT, REFERENCE.with_mesh(4).with_steps(factor)).points_c for factor in (3, 1.5, 0.75)]
    first, second = abs(points[1] - points[0]).max(), abs(points[2] - points[1]).max()
    assert second < 0.7 * first
    assert second < 0.3


def test_impedance_settles_on_finer_meshes():
    case = next(c for c in device_cases() if c.name.startswith("RF 13 V"))
    ohm = []
    for factor in (4, 2, 1):
        plane = HalfPlane(case, reference_resolution(case).with_mesh(factor))
        ohm.append(1 / Electric(plane).heat(np.full(plane.mesh.nvertices, 37.0))[0])
    assert abs(ohm[2] - ohm[1]) < 0.7 * abs(ohm[1] - ohm[0])
    assert ohm[2] == pytest.approx(references()[case.name].impedance_ohm[0], rel=1e-4)


@pytest.mark.parametrize("case", device_cases(), ids=lambda c: c.name)
def test_what_is_stored_belongs_to_the_case(case):
    reference = references()[case.name]
    assert reference.case == digest(case), "compute it anew: python -m tests.verification.make_references"
    assert not case.is_rf or reference.hottest_c < 100, "the finite elements do not know boiling"


@pytest.mark.slow
@pytest.mark.parametrize("words", ["warm wall", "RF 13 V"])
def test_what_is_stored_is_what_is_computed(words):
    case = next(c for c in device_cases() if c.name.startswith(words))
    computed, stored = solve(case), references()[case.name]
    assert computed.points_c == pytest.approx(stored.points_c, abs=0.02)
    for level, size in sizes_of(case, computed).items():
        assert (size.width_mm, size.length_mm) == pytest.approx(
            (stored.sizes[level].width_mm, stored.sizes[level].length_mm), abs=0.02
        )
