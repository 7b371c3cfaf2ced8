"""Cells grow away from the applicators and change nothing that matters."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.geometry import VoxelGrid
from imaging.progress import no_progress
from planning.catalogue import Phase, load_tissues
from planning.thermal import Power, ThermalRequest, WallTemperature, simulation_grid, solve
from planning.thermal.mesh import make_mesh
from planning.thermal.wells import make_wells
from planning.tissue import medium_of, uniform_fields
from tests.builders.thermal import applicator

MUSCLE = medium_of(load_tissues(), "muscle")


def request(probe, reach_mm=30.0, spacing_mm=1.0, **more):
    grid = simulation_grid((probe,), "f", spacing_mm, reach_mm)
    more.setdefault("schedule", (Phase(kind="on", duration_s=60.0),))
    return ThermalRequest(fields=uniform_fields(grid, MUSCLE), applicators=(probe,), **more)


COLD = applicator(WallTemperature(c=-140.0))


@pytest.mark.parametrize("spacing_mm", [0.7, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("resolution", ["near", "preview"])
def test_cells_are_the_grids_near_the_probe_and_no_narrower_beyond(spacing_mm, resolution):
    mesh = make_mesh(request(COLD, 40.0, spacing_mm, resolution=resolution))
    wells = make_wells(mesh.grid, (COLD,))
    touched = np.unravel_index(wells.cells, mesh.grid.shape_kji)
    for axis, begin in enumerate(mesh.begins):
        widths = np.diff(begin)
        assert begin[0] == 0 and begin[-1] == mesh.grid.shape_kji[axis] and (widths >= 1).all()
        inner = np.flatnonzero(widths == 1)
        fine = np.arange(inner[0], inner[-1] + 1)
        assert (widths[fine] == 1).all()
        assert begin[fine[0]] <= touched[axis].min() and begin[fine[-1]] >= touched[axis].max()
    if spacing_mm <= 2.0:
        assert np.prod(mesh.shape) < 0.7 * np.prod(mesh.grid.shape_kji)


def test_everywhere_is_the_grid_and_so_is_a_request_without_probes():
    assert make_mesh(request(COLD, resolution="everywhere")).is_grid
    grid = VoxelGrid.axis_aligned((9, 9, 9), 1.0, (0, 0, 0), "f")
    assert make_mesh(
        ThermalRequest(
            fields=uniform_fields(grid, MUSCLE), applicators=(), schedule=(Phase(kind="off", duration_s=1.0),)
        )
    ).is_grid


def test_means_keep_the_integral_and_the_way_back_is_exact_near_the_probe_and_for_straight_lines():
    mesh = make_mesh(request(COLD))
    field = np.random.default_rng(0).random(mesh.grid.shape_kji).astype(np.float32)
    integral = np.einsum("kji,k,j,i->", mesh.mean(field), *mesh.widths_m)
    assert integral == pytest.approx(float(field.sum()) * 1e-9, rel=1e-5)
    k, j, i = (n // 2 for n in mesh.grid.shape_kji)
    assert mesh.on_grid(mesh.mean(field))[k, j, i] == field[k, j, i]
    line = np.broadcast_to(np.arange(mesh.grid.shape_kji[2], dtype=np.float32), mesh.grid.shape_kji)
    back = mesh.on_grid(mesh.mean(line))
    middles = slice(int(np.diff(mesh.begins[2])[0]), -int(np.diff(mesh.begins[2])[-1]))
    assert back[..., middles] == pytest.approx(line[..., middles], abs=1e-4)


def test_wells_touch_the_same_places():
    asked = request(COLD)
    mesh, wells = make_mesh(asked), make_wells(asked.grid, asked.applicators)
    field = np.random.default_rng(1).random(asked.grid.shape_kji)
    moved = mesh.wells(wells)
    assert mesh.sample(field).reshape(-1)[moved.cells] == pytest.approx(field.reshape(-1)[wells.cells])
    assert mesh.sample(field).reshape(-1)[moved.centre_cell] == pytest.approx(field.reshape(-1)[wells.centre_cell])


@pytest.mark.slow
@pytest.mark.parametrize(("probe", "level_c"), [(COLD, 0.0), (applicator(Power(w=6.0)), 50.0)])
def test_zones_and_curves_are_those_of_cells_of_one_size(probe, level_c):
    schedule = (Phase(kind="on", duration_s=240.0),)
    points = np.array([[6.0, 0, 0], [0, 20.0, 5.0]])
    near, everywhere = (
        solve(request(probe, schedule=schedule, record_points_mm=points, resolution=resolution), no_progress())
        for resolution in ("near", "everywhere")
    )
    assert near.energy_balance_error_pct < 0.01 and everywhere.energy_balance_error_pct < 0.01
    within = [(r.extreme_c < level_c) == r.is_cold for r in (near, everywhere)]
    assert within[0].sum() == pytest.approx(within[1].sum(), rel=0.01)
    assert near.recorded_c[-1] == pytest.approx(everywhere.recorded_c[-1], abs=0.1)
    assert near.extreme_c == pytest.approx(everywhere.extreme_c, abs=0.5)


def test_a_preview_is_rough_but_right():
    schedule = (Phase(kind="on", duration_s=300.0), Phase(kind="off", duration_s=120.0))
    asked = request(COLD, 40.0, 2.0, schedule=schedule)
    fine = solve(asked, no_progress())
    rough = solve(request(COLD, 40.0, 2.0, schedule=schedule, resolution="preview"), no_progress())
    assert rough.steps < 0.7 * fine.steps
    assert (rough.extreme_c < 0).sum() == pytest.approx((fine.extreme_c < 0).sum(), rel=0.06)
