"""Painted regions have the volume of their shapes, and none lies outside."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.geometry import VoxelGrid
from planning.errors import PlanError
from planning.tissue import Medium, Region, painted, uniform_fields
from planning.tissue.regions import Box, Capsule, Cylinder, Ellipsoid, Sphere

GRID = VoxelGrid.axis_aligned((60, 56, 52), (0.5, 0.5, 0.5), (-12.75, -13.75, -14.75), "f")
GEL, FLUID = (
    Medium(name=name, density_kg_m3=1000, specific_heat_j_kgk=3600, conductivity_w_mk=0.5) for name in ("gel", "fluid")
)
SHAPES = [
    (Sphere(centre_mm=(1, 2, 3), radius_mm=5.0), 4 / 3 * np.pi * 125),
    (Ellipsoid(centre_mm=(0, 0, 1), radii_mm=(3, 5, 7)), 4 / 3 * np.pi * 105),
    (Box(centre_mm=(0, 1, 0), size_mm=(4, 6, 8)), 192),
    (Cylinder(centre_mm=(0, 0, 0), axis=(1, 2, 2), radius_mm=3.0, length_mm=12.0), np.pi * 9 * 12),
    (Capsule(start_mm=(-4, 0, 0), stop_mm=(4, 3, 2), radius_mm=2.0), np.pi * 4 * 77**0.5 + 4 / 3 * np.pi * 8),
]


@pytest.mark.parametrize(("shape", "volume_mm3"), SHAPES, ids=[type(s).__name__ for s, _ in SHAPES])
def test_a_shape_is_as_large_as_it_should_be(shape, volume_mm3):
    before = uniform_fields(GRID, GEL)
    after = painted(before, [Region(medium=FLUID, shape=shape)])
    assert (after.medium == 1).sum() * GRID.voxel_volume_mm3 == pytest.approx(volume_mm3, rel=0.03)
    assert not before.medium.any(), "what was given is left as it was"
    assert [m.name for m in after.media] == ["gel", "fluid"]


def test_known_conductivities_are_painted_too():
    fields = uniform_fields(GRID, GEL)
    known = type(fields)(
        grid=GRID, medium=fields.medium, media=fields.media, sigma_s_m=np.full(GRID.shape_kji, 0.3, np.float32)
    )
    after = painted(known, [Region(medium=FLUID, shape=SHAPES[0][0])])
    assert np.array_equal(after.sigma_s_m == 0, after.medium == 1)


def test_a_box_to_the_faces_lies_inside():
    whole = Box(centre_mm=(0, 0, 0), size_mm=(26, 28, 30))
    assert painted(uniform_fields(GRID, GEL), [Region(medium=FLUID, shape=whole)]).medium.all()


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        (Sphere(centre_mm=(50, 0, 0), radius_mm=5.0), "region-outside"),
        (Sphere(centre_mm=(9, 0, 0), radius_mm=5.0), "region-outside"),
        (Cylinder(centre_mm=(0, 0, 0), axis=(1, 1, 1), radius_mm=1.0, length_mm=60.0), "region-outside"),
        (Sphere(centre_mm=(0, 0, 0), radius_mm=0.01), "region-too-small"),
    ],
)
def test_what_cannot_be_painted_is_refused(shape, code):
    with pytest.raises(PlanError) as found:
        painted(uniform_fields(GRID, GEL), [Region(medium=FLUID, shape=SHAPES[0][0]), Region(medium=GEL, shape=shape)])
    assert (found.value.code, found.value.context["region"]) == (code, 1)
