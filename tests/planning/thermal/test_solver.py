"""The solver refuses, stops, conserves and drives as it says."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from imaging.geometry import VoxelGrid
from imaging.progress import Cancelled, Progress, no_progress
from planning.catalogue import Phase, device, load_tissues
from planning.errors import PlanError, SolverError
from planning.thermal import (
    BipolarPower,
    LinePower,
    Power,
    ThermalRequest,
    TipTemperature,
    WallTemperature,
    fast_extreme,
    from_device,
    simulation_grid,
    solve,
)
from planning.thermal.verification.zones import GEL
from planning.thermal.zone_tables import load_table, make_table
from planning.tissue import TissueFields, medium_of, uniform_fields
from tests.builders.thermal import applicator

MUSCLE = medium_of(load_tissues(), "muscle")


def request(*probes, medium=GEL, seconds=30.0, reach=16.0, **more):
    grid = simulation_grid(probes, "f", 1.0, reach)
    more.setdefault("schedule", (Phase(kind="on", duration_s=seconds),))
    return ThermalRequest(fields=uniform_fields(grid, medium), applicators=probes, **more)


COLD = WallTemperature(c=-140.0)


def test_ice_is_conserved_and_the_off_phase_thaws():
    schedule = (Phase(kind="on", duration_s=60.0), Phase(kind="off", duration_s=60.0))
    result = solve(
        request(applicator(COLD), schedule=schedule, record_points_mm=np.array([[3.0, 0, 0]])), no_progress()
    )
    assert result.is_cold and result.times_s[-1] == pytest.approx(120.0)
    assert result.energy_balance_error_pct < 0.5
    coldest = int(np.argmin(result.recorded_c[:, 0]))
    assert result.times_s[coldest] < 65.0
    assert result.recorded_c[-1, 0] > result.recorded_c[coldest, 0] + 10
    assert (result.extreme_c <= result.final_c + 1e-3).all()
    assert (result.cem43_min == 0).all()
    assert result.applicators[0].power_w[-1] == 0.0 and result.applicators[0].power_w[3] > 10


def test_heat_of_a_line_is_what_was_asked():
    line = applicator(LinePower(w_m=150.0))
    asked = request(line, boundary="insulated", medium=MUSCLE, snapshot_times_s=(30.0,))
    result = solve(asked, no_progress())
    rise = (result.snapshots[0].temperature_c.astype(float) - 37.0).sum() * 1e-9 * 1090 * 3421
    assert rise == pytest.approx(150.0 * 0.01 * 30.0, rel=0.03)  # blood takes a little
    assert result.energy_balance_error_pct < 0.5


def test_tip_temperature_is_held():
    drive = TipTemperature(c=80.0, max_power_w=30.0)
    trace = solve(request(applicator(drive), medium=MUSCLE, seconds=120.0), no_progress()).applicators[0]
    assert trace.wall_c.max() < 82.0
    assert trace.power_w.max() <= 30.0
    hottest_end_over_mean = 8.0
    assert 80.0 - hottest_end_over_mean < trace.wall_c[-1] <= 80.5


def test_power_is_delivered_and_impedance_falls_with_heating():
    result = solve(request(applicator(Power(w=4.0)), medium=MUSCLE, seconds=60.0), no_progress())
    trace = result.applicators[0]
    assert trace.impedance_ohm is not None
    assert trace.power_w[1:] == pytest.approx(4.0)
    assert trace.impedance_ohm[-1] < trace.impedance_ohm[1]
    assert result.energy_balance_error_pct < 0.5


def test_bipolar_field_is_symmetric_about_the_gap():
    result = solve(
        request(
            applicator(BipolarPower(w=3.0), length=20.0, gap_mm=4.0),
            medium=MUSCLE,
            record_points_mm=np.array([[4.0, 0, 6.0], [4.0, 0, -6.0], [4.0, 0, 0.0]]),
        ),
        no_progress(),
    )
    near, far, middle = result.recorded_c[-1]
    assert near == pytest.approx(far, abs=0.1)
    assert near > 37.5 and middle > 37.5


def test_vessel_stays_at_blood_temperature_and_balance_holds():
    grid = simulation_grid((applicator(COLD),), "f", 1.0, 14.0)
    index = np.zeros(grid.shape_kji, np.uint8)
    index[:, :, -12:-8] = 1
    fields = TissueFields(grid=grid, medium=index, media=(GEL, medium_of(load_tissues(), "blood", held=True)))
    result = solve(
        ThermalRequest(fields=fields, applicators=(applicator(COLD),), schedule=(Phase(kind="on", duration_s=120.0),)),
        no_progress(),
    )
    assert result.final_c[index == 1] == pytest.approx(37.0, abs=1e-3)
    assert result.energy_balance_error_pct < 0.5


def test_cancel_is_quick_and_leaves_the_solver_usable():
    asked = request(applicator(COLD), seconds=3600.0, reach=45.0)
    solve(request(applicator(COLD), seconds=1.0), no_progress())  # compiled
    progress, times = Progress(), []

    def work():
        with pytest.raises(Cancelled):
            solve(asked, progress)
        times.append(time.monotonic())

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.15)
    began = time.monotonic()
    progress.cancel()
    thread.join(10.0)
    assert times and times[0] - began < 1.0  # 0.2 s on an idle machine
    assert solve(request(applicator(COLD), seconds=1.0), no_progress()).steps > 0


def test_divergence_names_step_and_place():
    with pytest.raises(SolverError, match=r"step \d+ .* at L ") as refusal:
        solve(request(applicator(LinePower(w_m=1e9)), medium=MUSCLE), no_progress())
    assert refusal.value.code == "solver-diverged"


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: request(applicator(COLD), applicator(COLD, name="q", x=0.1)), "applicators-coincide"),
        (lambda: request(applicator(COLD), applicator(COLD, x=9.0)), "request-invalid"),
        (lambda: request(applicator(COLD), applicator(Power(w=1.0), name="q", x=9.0)), "request-invalid"),
        (lambda: request(applicator(COLD), schedule=()), "schedule-invalid"),
        (lambda: request(applicator(COLD), body_c=float("nan")), "request-invalid"),
        (lambda: request(applicator(COLD), record_points_mm=np.array([[500.0, 0, 0]])), "request-invalid"),
        (lambda: simulation_grid((applicator(COLD),), "f", 0.05, 60.0), "grid-too-large"),
        (lambda: simulation_grid((), "f"), "request-invalid"),
        (lambda: simulation_grid((applicator(COLD),), "f", -1.0), "request-invalid"),
        (lambda: applicator(COLD, length=-3.0), "applicator-invalid"),
        (lambda: applicator(BipolarPower(w=1.0)), "applicator-invalid"),
        (lambda: from_device(device("icerod-1.5"), (1, 2, 3), (1, 2, 3)), "applicator-invalid"),
        (lambda: from_device(device("icerod-1.5"), (1, float("nan"), 3), (1, 2, 3)), "applicator-invalid"),
    ],
)
def test_refusals_by_name(make, code):
    with pytest.raises(PlanError) as refusal:
        make()
    assert refusal.value.code == code


def test_applicator_outside_the_grid_is_refused():
    grid = VoxelGrid.axis_aligned((20, 20, 20), 1.0, (50, 0, 0), "f")
    with pytest.raises(PlanError, match="'p'") as refusal:
        ThermalRequest(
            fields=uniform_fields(grid, GEL),
            applicators=(applicator(COLD),),
            schedule=(Phase(kind="on", duration_s=1.0),),
        )
    assert refusal.value.code == "applicator-outside"


def test_fast_model_is_its_table_at_any_angle_and_labelled():
    source = device("iceseed-1.5")
    axis = np.array([1.0, 2.0, 2.0]) / 3
    grid = VoxelGrid.axis_aligned((100, 100, 100), 1.0, (-50, -50, -50), "f")
    tip = -10 * axis
    zone = fast_extreme([(source, tip, tip + axis)], None, grid)
    assert zone.label == "fast model" and zone.is_cold and "lytic" in zone.notes[0]
    straight = fast_extreme([(source, (0, 0, -10), (0, 0, 0))], None, grid)
    volumes = [(z.extreme_c <= 0).sum() for z in (zone, straight)]
    assert volumes[0] == pytest.approx(volumes[1], rel=0.01)


def test_two_fast_probes_reach_further_but_not_below_the_drive():
    source = device("iceseed-1.5")
    grid = VoxelGrid.axis_aligned((60, 60, 60), 1.0, (-30, -30, -30), "f")
    one = fast_extreme([(source, (0, 0, -10), (0, 0, 0))], None, grid)
    two = fast_extreme([(source, (x, 0, -10), (x, 0, 0)) for x in (-8, 8)], None, grid)
    assert (two.extreme_c <= 0).sum() > 1.5 * (one.extreme_c <= 0).sum()
    assert two.extreme_c.min() >= -140.0


def test_fast_model_says_when_the_schedule_is_another():
    source = device("iceseed-1.5")
    grid = VoxelGrid.axis_aligned((5, 5, 5), 1.0, (0, 0, 0), "f")
    zone = fast_extreme([(source, (0, 0, 0), (0, 0, 9))], (Phase(kind="on", duration_s=60),), grid)
    assert any("schedule" in note for note in zone.notes)


def test_shipped_table_is_what_the_solver_computes():
    source = device("uncooled-rf-5")
    fresh, shipped = make_table(source, no_progress()), load_table(source.id)
    assert shipped.extreme_c.shape == fresh.extreme_c.shape
    assert np.abs(shipped.extreme_c - fresh.extreme_c).max() < 1.0


def test_every_device_has_a_table():
    from planning.catalogue import load_devices

    for device_id, source in load_devices().items():
        assert load_table(device_id).schedule == source.default_schedule
