"""Applicators do what their drives say: curves, limits, starts, thaw, clusters, light and waves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import exp1

from imaging.progress import no_progress
from planning.catalogue import Phase, load_tissues
from planning.errors import PlanError
from planning.thermal import (
    Applicator,
    Laser,
    LinePower,
    Microwave,
    Power,
    ThermalRequest,
    WallTemperature,
    simulation_grid,
    solve,
)
from planning.thermal.properties import property_table
from planning.thermal.radiation import heat_at_1_w
from planning.thermal.verification.zones import GEL
from planning.thermal.wells import kernel_width_mm
from planning.tissue import Medium, medium_of, uniform_fields
from tests.builders.thermal import applicator

MUSCLE = medium_of(load_tissues(), "muscle")


def run(*probes, medium=GEL, schedule=(("on", 60.0),), reach=16.0, **more):
    grid = simulation_grid(probes, "f", 1.0, reach)
    phases = tuple(p if isinstance(p, Phase) else Phase(kind=p[0], duration_s=p[1]) for p in schedule)
    return solve(
        ThermalRequest(fields=uniform_fields(grid, medium), applicators=probes, schedule=phases, **more), no_progress()
    )


def test_a_wall_follows_its_curve_and_then_holds():
    trace = run(applicator(WallTemperature(c=-100.0, curve=((0.0, 30.0), (40.0, -60.0)))), schedule=(("on", 80.0),))
    times, wall = trace.times_s, trace.applicators[0].wall_c
    # A step holds what the curve says at its beginning.
    for before, now, c in zip(times[:-1], times[1:], wall[1:], strict=True):
        wanted = -100.0 if before >= 40 else 30 - 90 * before / 40
        assert c == pytest.approx(wanted, abs=1e-6), now


def test_power_is_limited_and_several_probes_share_no_infinite_source():
    free = run(applicator(WallTemperature(c=-140.0)), schedule=(("on", 120.0),))
    limit_w = 0.5 * float(free.applicators[0].power_w[-1])
    held = run(applicator(WallTemperature(c=-140.0, max_power_w=limit_w)), schedule=(("on", 120.0),))
    power, wall = held.applicators[0].power_w, held.applicators[0].wall_c
    assert power[1:].max() <= 1.05 * limit_w
    assert wall[1] > -60, "a warm start needs more than the limit"
    assert (held.extreme_c <= 0).sum() < 0.85 * (free.extreme_c <= 0).sum()


def test_a_probe_starts_when_it_is_told_to():
    late = run(
        applicator(WallTemperature(c=-140.0), x=-6.0),
        applicator(WallTemperature(c=-140.0), name="late", x=6.0, start_s=45.0),
        schedule=(("on", 60.0),),
        snapshot_times_s=(44.0, 60.0),
    )
    early = late.applicators[1].power_w[late.times_s <= 45.0]
    assert (early == 0).all() and late.applicators[1].power_w[-1] > 5
    before, after = (s.temperature_c for s in late.snapshots)
    k, j, i = np.rint(late.grid.to_ijk([6.0, 0.0, 0.0])).astype(int)[::-1]
    assert before[k, j, i] > 30 and after[k, j, i] < -40


def test_an_active_thaw_melts_sooner_than_a_passive_one():
    frozen = {}
    for name, second in (("off", ("off", 180.0)), ("thaw", Phase(kind="thaw", duration_s=180.0, wall_c=40.0))):
        result = run(applicator(WallTemperature(c=-140.0)), schedule=(("on", 120.0), second))
        frozen[name] = int((result.final_c <= 0).sum())
        assert result.energy_balance_error_pct < 0.5
    assert frozen["thaw"] < 0.8 * frozen["off"]


@pytest.mark.parametrize("words", [{"kind": "thaw"}, {"kind": "on", "wall_c": 20.0}])
def test_a_thaw_and_only_a_thaw_has_a_wall_temperature(words):
    with pytest.raises(ValueError, match="active thaw"):
        Phase(duration_s=60.0, **words)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"drive": WallTemperature(c=-140.0, curve=((5.0, 0.0), (2.0, -1.0)))}, "increasing times"),
        ({"drive": WallTemperature(c=-240.0)}, "liquid nitrogen"),
        ({"drive": WallTemperature(c=-140.0, max_power_w=0.0)}, "largest power"),
        ({"drive": WallTemperature(c=-140.0), "start_s": -3.0}, "start at -3.0 s"),
        ({"drive": Laser(w=0.0, penetration_mm=4.0)}, "power of 0.0"),
        ({"drive": Microwave(w=30.0, penetration_mm=float("nan"))}, "penetration depth of nan"),
    ],
)
def test_impossible_applicators_are_refused_by_name(more, words):
    with pytest.raises(PlanError, match=words) as refused:
        applicator(more.pop("drive"), **more)
    assert "'p'" in str(refused.value)


def test_fields_are_kept_when_asked_for_and_only_within_the_schedule():
    result = run(applicator(WallTemperature(c=-140.0)), schedule=(("on", 60.0),), snapshot_times_s=(20.0, 60.0))
    assert [s.time_s for s in result.snapshots] == pytest.approx([20.0, 60.0])
    far = abs(result.grid.to_lps(np.argwhere(result.final_c < 500)[:, ::-1])[:, :2]).max(axis=1) > 4.0
    assert np.array_equal(result.snapshots[1].temperature_c.reshape(-1)[far], result.final_c.reshape(-1)[far])
    assert (result.final_c <= result.snapshots[1].temperature_c).all()
    with pytest.raises(PlanError, match="61"):
        run(applicator(WallTemperature(c=-140.0)), schedule=(("on", 60.0),), snapshot_times_s=(61.0,))


def test_electrodes_on_one_generator_share_its_power_and_shield_each_other():
    alone = run(applicator(Power(w=4.0)), medium=MUSCLE, reach=20.0, schedule=(("on", 20.0),))
    together = run(
        *(applicator(Power(w=4.0), name=f"e{n}", x=6.0 * n - 6.0, generator="cluster") for n in range(3)),
        medium=MUSCLE,
        reach=20.0,
        schedule=(("on", 20.0),),
    )
    power = [float(a.power_w[-1]) for a in together.applicators]
    assert sum(power) == pytest.approx(4.0, rel=1e-6)
    assert power[1] < 0.95 * power[0], "the middle electrode is shielded"
    impedance = together.applicators[0].impedance_ohm[-1]
    assert impedance < 0.7 * alone.applicators[0].impedance_ohm[-1]
    assert impedance > alone.applicators[0].impedance_ohm[-1] / 3


@pytest.mark.parametrize("drive", [Laser(w=2.0, penetration_mm=3.0), Microwave(w=20.0, penetration_mm=6.0)])
@pytest.mark.parametrize("offset", [(0.0, 0.0, 0.0), (0.5, 0.3, 0.2)])
def test_radiated_heat_is_the_power_and_falls_as_published(drive, offset):
    applicator = Applicator(
        id="r", tip_mm=np.array(offset), direction=np.array([0.0, 0.0, 1.0]), diameter_mm=1.5, active_length_mm=8.0,
        drive=drive,
    )  # fmt: skip
    grid = simulation_grid((applicator,), "f", 1.0, 45.0)
    heat = heat_at_1_w(grid, applicator)
    assert heat.sum(dtype=float) * 1e-9 == pytest.approx(1.0, rel=1e-5)
    middle = np.array(offset) + (0 if isinstance(drive, Laser) else np.array([0, 0, 4.0]))
    k, j, i = np.rint(grid.to_ijk(middle)).astype(int)[::-1]
    near, far = (float(np.linalg.norm(grid.to_lps([i + n, j, k]) - middle)) for n in (5, 12))
    ratio = heat[k, j, i + 12] / heat[k, j, i + 5]
    assert ratio == pytest.approx(np.exp(-(far - near) / drive.penetration_mm) * near / far, rel=0.02)


def test_laser_heats_by_what_it_gives():
    result = run(
        applicator(Laser(w=2.0, penetration_mm=3.0)),
        boundary="insulated",
        schedule=(("on", 10.0),),
        reach=20.0,
    )
    rise_j = (result.final_c.astype(float) - 37.0).sum() * 1e-9 * 1000 * 3600
    assert rise_j == pytest.approx(20.0, rel=0.002)
    assert result.applicators[0].power_w[-1] == 2.0


def test_tissue_boils_instead_of_growing_hotter():
    heat = {"schedule": (("on", 60.0),), "reach": 20.0}
    boiling = run(applicator(LinePower(w_m=300.0)), medium=MUSCLE, **heat)
    dry = run(applicator(LinePower(w_m=300.0)), medium=replace(MUSCLE, vapour_c=None), **heat)
    assert 100 < boiling.extreme_c.max() < 106
    assert dry.extreme_c.max() > 106
    assert boiling.energy_balance_error_pct < 0.5


def test_dose_is_counted_above_ninety_degrees_too():
    result = run(applicator(LinePower(w_m=400.0)), schedule=(("on", 30.0),), stasis_cem43_min=None)
    assert result.extreme_c.max() > 100
    hot = result.extreme_c > 92
    assert np.isfinite(result.cem43_min).all()
    assert result.cem43_min[hot].min() > 1e6


def test_dose_is_counted_beside_what_cools_where_something_is_warm_enough():
    probes = (applicator(WallTemperature(c=-140.0), x=-6.0), applicator(WallTemperature(c=60.0), name="warm", x=6.0))
    both = run(*probes, schedule=(("on", 60.0),))
    assert both.is_cold and both.extreme_c.min() < -60
    k, j, i = np.rint(both.grid.to_ijk([6.0, 0.0, 0.0])).astype(int)[::-1]
    assert both.cem43_min[k, j, i] > 10
    assert (both.extreme_c <= both.final_c + 1e-3).all()
    alone = run(probes[0], schedule=(("on", 60.0),))
    assert not alone.cem43_min.any()


def test_the_surface_of_a_line_of_heat_is_hotter_than_the_cells_read():
    trace = run(applicator(LinePower(w_m=150.0), length=20.0), schedule=(("on", 20.0),)).applicators[0]
    # the cells read the temperature at about 1.45 mm from the axis
    assert trace.wall_c[-1] - trace.wall_c[0] > 150 / (2 * np.pi * 0.5) * np.log(1.45 / 0.75)


def test_the_conductivity_integral_leads_back_to_its_temperature():
    t = np.array([-140.0, -8.0, -5.0, -1.0, 0.0, 60.0])
    table = property_table((GEL,))
    medium = np.zeros(len(t), int)
    integral = table.conductivity_integral(t, medium)
    assert table.temperature_of_integral(integral, medium) == pytest.approx(t, abs=1e-9)
    assert integral[1] == pytest.approx(-7 * 0.5 * (2.0 + 0.5))
    assert integral[0] - integral[1] == pytest.approx(-132 * 2.0)


def test_any_applicator_is_held_while_it_thaws_actively():
    phases = (("on", 20.0), Phase(kind="thaw", duration_s=20.0, wall_c=-20.0))
    trace = run(applicator(LinePower(w_m=-400.0)), schedule=phases).applicators[0]
    assert trace.wall_c[-1] == -20.0


def test_heat_per_length_is_that_of_a_line_which_begins_spread_over_the_kernel():
    """q'/4 pi k E1(r²/(4at + 2s²)): its length is not diluted, and it runs s²/2a ahead of a thin line."""
    gel = Medium(name="gel", density_kg_m3=1000.0, specific_heat_j_kgk=3600.0, conductivity_w_mk=0.5)
    needle = applicator(LinePower(w_m=100.0), length=40.0)
    at_mm = np.array([2.0, 3.0, 4.0])
    points = np.stack([at_mm, np.zeros(3), np.zeros(3)], axis=1)
    result = run(needle, medium=gel, record_points_mm=points, snapshot_times_s=(60.0,))
    width_mm = kernel_width_mm(needle.radius_mm, np.ones(3))
    spread_mm2 = 2 * width_mm**2
    four_at_mm2 = 4 * 0.5 / 3.6e6 * 60 * 1e6
    expected = 100.0 / (4 * np.pi * 0.5) * exp1(at_mm**2 / (four_at_mm2 + spread_mm2))
    assert result.recorded_c[-1] - 37 == pytest.approx(expected, rel=0.015)
    heat_j = float((result.snapshots[0].temperature_c - 37).sum()) * 1e-9 * 3.6e6
    assert heat_j == pytest.approx(100.0 * 0.040 * 60, rel=0.002)
