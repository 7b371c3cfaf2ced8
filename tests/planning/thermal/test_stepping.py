"""Long steps: as many stages as stability needs, and no cell colder than it can be."""

from __future__ import annotations

import os

import numpy as np
import pytest

from imaging.progress import no_progress
from planning.catalogue import Phase, load_tissues
from planning.thermal import ThermalRequest, WallTemperature, bioheat, simulation_grid, solve, solver
from planning.thermal.bioheat import Bioheat
from planning.thermal.mesh import make_mesh
from planning.thermal.wells import make_wells
from planning.tissue import TissueFields, medium_of, uniform_fields
from planning.tissue.bone import bone_media
from tests.builders.thermal import applicator

LYTIC = medium_of(load_tissues(), "lytic_metastasis")
PROBES = tuple(applicator(WallTemperature(c=-140.0), length=16.0, x=x, name=f"p{x:g}") for x in (-6.0, 6.0))


def request(seconds=120.0):
    grid = simulation_grid(PROBES, "f", 1.0, 16.0)
    return ThermalRequest(
        fields=uniform_fields(grid, LYTIC), applicators=PROBES, schedule=(Phase(kind="on", duration_s=seconds),)
    )


def frozen_state():
    asked = request()
    mesh = make_mesh(asked)
    state = Bioheat(asked, mesh, mesh.wells(make_wells(asked.grid, asked.applicators)))
    state.drive.held[:], state.drive.wall_c[:] = True, -140.0
    return state


def stepped_too_far(monkeypatch):
    """Two fronts that meet within steps of half a minute and more."""
    monkeypatch.setattr(solver, "_GROWTH_COLD", 1.6)
    return solve(request(), no_progress())


def test_a_step_that_would_freeze_too_far_is_done_in_halves(monkeypatch):
    held = stepped_too_far(monkeypatch)
    monkeypatch.setattr(bioheat, "_UNDERSHOOT_K", np.inf)
    free = stepped_too_far(monkeypatch)
    monkeypatch.undo()
    fine = solve(request(), no_progress())
    far = np.abs(fine.extreme_c - held.extreme_c).max(), np.abs(fine.extreme_c - free.extreme_c).max()
    assert far[0] < 20.0 < far[1]
    assert held.energy_balance_error_pct < 0.01 and free.energy_balance_error_pct < 0.01


def test_steps_of_a_freeze_are_short_enough_to_need_no_halves(monkeypatch):
    halved = []
    found = Bioheat._undershoots
    monkeypatch.setattr(Bioheat, "_undershoots", lambda self: halved.append(found(self)) or halved[-1])
    solve(request(), no_progress())
    assert sum(halved) <= 0.1 * len(halved)


def test_colder_ice_needs_more_stages():
    state = frozen_state()
    before = state.stages_for(10.0)
    for dt_s in (0.25, 0.5, 1.0, 2.0, 4.0):
        state.step(dt_s)
    assert state.stages_for(10.0) > before
    state.drive.held[:] = False
    assert state.stages_for(10.0) >= before


def test_nothing_is_shown_colder_than_the_wall_that_cools_it():
    """Bone whose density changes from cell to cell, at a probe: single cells lend the wall more than they get."""
    bones = bone_media(load_tissues())
    grid = simulation_grid(PROBES[:1], "f", 1.0, 16.0)
    medium = np.random.default_rng(0).integers(0, 2, grid.shape_kji).astype(np.uint8)
    fields = TissueFields(grid=grid, medium=medium, media=(LYTIC, bones[-1]))
    asked = ThermalRequest(fields=fields, applicators=PROBES[:1], schedule=(Phase(kind="on", duration_s=120.0),))
    assert solve(asked, no_progress()).extreme_c.min() >= -140.0


def test_threads_do_not_wait_in_a_loop():
    assert int(os.environ["GOMP_SPINCOUNT"]) == pytest.approx(2000)
