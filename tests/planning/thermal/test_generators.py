"""Generators do what they say: shafts against each other, pulses, turns, and what they refuse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imaging.progress import no_progress
from planning.catalogue import Phase, load_tissues
from planning.errors import PlanError
from planning.thermal import (
    BipolarPower,
    Power,
    PulsedPower,
    ThermalRequest,
    TipTemperature,
    Voltage,
    WallTemperature,
    simulation_grid,
    solve,
)
from planning.tissue import medium_of, uniform_fields
from tests.builders.thermal import applicator

MUSCLE = medium_of(load_tissues(), "muscle")
SIGMA_S_M = 0.3
LINEAR = replace(
    MUSCLE, electrical_conductivity_s_m=SIGMA_S_M, electrical_temperature_coefficient_1_k=0.0, perfusion_1_s=0.0,
    metabolic_w_m3=0.0, vapour_c=None,
)  # fmt: skip


def request(*probes, medium=LINEAR, seconds=0.25, reach=16.0, spacing=1.0, **more):
    grid = simulation_grid(probes, "f", spacing, reach)
    more.setdefault("schedule", (Phase(kind="on", duration_s=seconds),))
    return ThermalRequest(fields=uniform_fields(grid, medium), applicators=probes, **more)


def run(*probes, **more):
    return solve(request(*probes, **more), no_progress())


def shafts(drive, *, apart=8.0, lengths=(10.0, 10.0)):
    """Two electrodes driven against each other."""
    return tuple(
        applicator(drive, name=f"e{n}", x=(n - 0.5) * apart, length=length, generator="g", polarity=1 - 2 * n)
        for n, length in enumerate(lengths)
    )


def pair(first, second):
    """Two electrodes of one generator, each with its own settings."""
    settings = ({"drive": Power(w=1.0)} | first, {"drive": Power(w=1.0)} | second)
    return tuple(
        applicator(s.pop("drive"), name=f"e{n}", x=12.0 * n, generator="shared", **s) for n, s in enumerate(settings)
    )


def test_conductance_between_long_parallel_shafts_is_that_of_two_cylinders():
    # Two cylinders of radius a, their axes d apart, conduct pi sigma / arccosh(d / 2a) per length: the capacitance
    # of two parallel wires (Jackson, Classical Electrodynamics, problem 1.7; exact form by images) times sigma / eps.
    # The difference of two lengths leaves the ends out. The box that lets no current out costs 1 % to 1.5 %, and
    # current that leaves a shaft evenly all around, rather than more towards the other one, 0.4 %.
    apart, radius = 8.0, 0.75
    exact_s_m = np.pi * SIGMA_S_M / np.arccosh(apart / (2 * radius))
    conductance = []
    for length in (40.0, 60.0):
        pair = run(*shafts(Voltage(v_rms=1.0), apart=apart, lengths=(length, length)), reach=36.0).applicators
        assert pair[0].impedance_ohm[-1] == pair[1].impedance_ohm[-1]
        conductance.append(1 / pair[0].impedance_ohm[-1])
    assert (conductance[1] - conductance[0]) / 20e-3 == pytest.approx(exact_s_m, rel=0.025)


def test_shafts_against_each_other_share_the_power_and_heat_what_lies_between():
    between = np.array([[0.0, 0, 0], [-10.0, 0, 0], [10.0, 0, 0]])
    both = run(*shafts(Power(w=3.0)), seconds=30.0, reach=34.0, record_points_mm=between)
    assert [float(a.power_w[-1]) for a in both.applicators] == pytest.approx([1.5, 1.5], rel=1e-3)
    middle, left, right = both.recorded_c[-1]
    assert left == pytest.approx(right, abs=0.02)
    together = (replace(a, polarity=1) for a in shafts(Power(w=3.0)))
    cluster = run(*together, seconds=30.0, reach=34.0, record_points_mm=between)
    assert middle - 37 > 2 * (cluster.recorded_c[-1, 0] - 37)
    heat_j = (both.final_c.astype(float) - 37.0).sum() * 1e-9 * LINEAR.density_kg_m3 * LINEAR.specific_heat_j_kgk
    assert heat_j == pytest.approx(90.0, rel=0.01)


def test_the_current_of_unequal_shafts_is_one():
    pair = run(*shafts(Power(w=3.0), lengths=(10.0, 20.0)), reach=34.0).applicators
    # the power of an electrode is told by its current
    assert pair[0].power_w[-1] == pytest.approx(pair[1].power_w[-1], rel=2e-3)


def test_heats_of_different_generators_add_and_fields_of_one_generator_do_not():
    # Medium and boundaries are linear, so the temperatures of electrodes that work one by one may be added.
    medium = replace(LINEAR, conductivity_w_mk=0.5)
    left, right = (applicator(Power(w=3.0), name=f"e{n}", x=8.0 * n - 4.0) for n in range(2))
    at_mm = np.array([[0.0, 0, 0], [0.0, 0, 3.0], [7.0, 0, 0]])

    def rises(*probes):
        grid = simulation_grid((left, right), "f", 1.0, 30.0)
        result = solve(
            ThermalRequest(
                fields=uniform_fields(grid, medium),
                applicators=probes,
                schedule=(Phase(kind="on", duration_s=5.0),),
                record_points_mm=at_mm,
            ),
            no_progress(),
        )
        return result.recorded_c[-1] - 37.0

    apart = rises(left, right)
    assert apart == pytest.approx(rises(left) + rises(right), rel=0.002)
    one = rises(*(replace(a, generator="g", drive=Power(w=6.0)) for a in (left, right)))
    assert one[0] < 0.25 * apart[0], "between electrodes at one potential there is no field"
    against = rises(*(replace(a, generator="g", drive=Power(w=6.0), polarity=p) for a, p in ((left, 1), (right, -1))))
    assert against[0] > 1.3 * apart[0], "and between those driven against each other it is the sum of both"


def test_pulses_end_where_the_impedance_rises_and_begin_again_after_the_pause():
    drive = PulsedPower(w=200.0, rise_ohm=10.0, pause_s=15.0, cooled_c=20.0)
    result = run(applicator(drive, length=20.0), medium=MUSCLE, seconds=60.0, reach=20.0)
    trace = result.applicators[0]
    # a step is regulated by the impedance that is recorded with it
    times, power, ohm = result.times_s, trace.power_w[1:], trace.impedance_ohm[1:]
    assert set(power) == {0.0, 200.0}
    ends = np.flatnonzero((power[:-1] > 0) & (power[1:] == 0)) + 1
    begins = np.flatnonzero((power[:-1] == 0) & (power[1:] > 0)) + 1
    assert len(ends) >= 2 and len(begins) >= 2
    pulse_began = 0
    for end, begin in zip(ends, begins, strict=False):
        rise = ohm[pulse_began : end + 1] - np.minimum.accumulate(ohm[pulse_began : end + 1])
        assert rise[-1] >= 10.0 > rise[:-1].max()
        assert times[begin] - times[end] == pytest.approx(15.0, abs=1e-6)
        pulse_began = begin
    assert trace.wall_c[1:] == pytest.approx(20.0), "the coolant flows in the pauses too"
    assert 100.0 < result.extreme_c.max() < 106.0
    assert result.energy_balance_error_pct < 0.5


def test_without_boiling_a_pulse_does_not_end():
    drive = PulsedPower(w=4.0, rise_ohm=10.0, pause_s=15.0)
    assert (run(applicator(drive), medium=MUSCLE, seconds=20.0).applicators[0].power_w[1:] == 4.0).all()


def given_w(result, number, at_s):
    """Power of an electrode in the step that holds a time."""
    return round(float(result.applicators[number].power_w[np.searchsorted(result.times_s, at_s)]), 9)


def test_switched_electrodes_take_turns_as_if_each_were_alone():
    probes = pair(*({"drive": Power(w=4.0, cooled_c=20.0), "dwell_s": 7.0, "start_s": 3.0} for _ in range(2)))
    result = run(*probes, seconds=30.0, schedule=(Phase(kind="on", duration_s=30.0),))
    turns = {
        1.0: (0, 0),
        4.0: (4, 0),
        9.5: (4, 0),
        10.5: (0, 4),
        16.5: (0, 4),
        17.5: (4, 0),
        24.5: (0, 4),
        29.5: (0, 4),
    }
    assert {at: (given_w(result, 0, at), given_w(result, 1, at)) for at in turns} == turns
    assert {3.0, 10.0, 17.0, 24.0} <= set(np.round(result.times_s, 6))
    alone = run(replace(probes[0], generator="", dwell_s=None), seconds=5.0).applicators[0].impedance_ohm[-1]
    ohm = np.stack([a.impedance_ohm for a in result.applicators])
    assert np.nanmax(abs(ohm / alone - 1)) < 0.02, "nobody shares the current"
    worked = np.stack([a.power_w for a in result.applicators]) > 0
    assert (np.isfinite(ohm) == worked).all()
    started = result.times_s > 3.0
    assert all(a.wall_c[started] == pytest.approx(20.0) for a in result.applicators), "the coolant flows all the time"


def test_turns_begin_anew_with_every_phase():
    schedule = tuple(Phase(kind=kind, duration_s=10.0) for kind in ("on", "off", "on"))
    result = run(*pair({"dwell_s": 6.0}, {"dwell_s": 6.0}), schedule=schedule)
    expected = {5.0: (1, 0), 9.0: (0, 1), 15.0: (0, 0), 21.0: (1, 0), 25.5: (1, 0), 26.5: (0, 1)}
    assert {at: (given_w(result, 0, at), given_w(result, 1, at)) for at in expected} == expected


def test_each_switched_electrode_is_regulated_by_the_tissue_around_itself():
    drive = TipTemperature(c=80.0, max_power_w=20.0, cooled_c=20.0)
    probes = [applicator(drive, name=f"e{n}", x=30.0 * n, generator="g", dwell_s=20.0) for n in range(2)]
    result = run(*probes, medium=MUSCLE, seconds=200.0)
    hottest = [float(result.extreme_c[tuple(_near(result.grid, probe))].max()) for probe in probes]
    assert hottest == pytest.approx([80.0, 80.0], abs=3.5)


def test_a_cooled_electrode_is_not_held_back_by_tissue_that_another_one_heats():
    held = applicator(TipTemperature(c=70.0, max_power_w=20.0, cooled_c=20.0), x=30.0)
    result = run(applicator(Power(w=12.0), name="hot"), held, medium=MUSCLE, seconds=100.0)
    assert result.extreme_c.max() > 90.0
    assert float(result.extreme_c[tuple(_near(result.grid, held))].max()) == pytest.approx(70.0, abs=3.5)


def _near(grid, probe):
    low, high = (np.rint(grid.to_ijk(probe.centre_mm + reach)).astype(int)[::-1] for reach in (-8.0, 8.0))
    return [slice(a, b) for a, b in zip(low, high, strict=True)]


def test_electrodes_work_in_sequence():
    first = applicator(Power(w=2.0), duration_s=12.0)
    second = applicator(WallTemperature(c=60.0), name="q", x=12.0, start_s=12.0, duration_s=9.0)
    result = run(first, second, seconds=30.0)
    assert [given_w(result, 0, at) for at in (1.0, 11.9, 12.1)] == [2.0, 2.0, 0.0]
    assert given_w(result, 1, 11.9) == 0 and given_w(result, 1, 13.0) > 0 and given_w(result, 1, 21.5) == 0
    assert np.isnan(result.applicators[0].impedance_ohm[-1])
    assert {12.0, 21.0} <= set(np.round(result.times_s, 6))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"drive": Power(w=1.0), "dwell_s": 0.5}, "turns of 0.5 s are shorter than 1 s"),
        ({"drive": Power(w=1.0), "dwell_s": float("nan")}, "turns of nan s"),
        ({"drive": WallTemperature(c=60.0), "dwell_s": 9.0}, "only radiofrequency electrodes take turns"),
        ({"drive": Power(w=1.0), "duration_s": 0.0}, "duration of 0.0 s"),
        ({"drive": PulsedPower(w=0.0, rise_ohm=10.0, pause_s=15.0)}, "power of 0.0 is"),
        ({"drive": PulsedPower(w=9.0, rise_ohm=0.0, pause_s=15.0)}, "impedance rise of 0.0 is"),
        ({"drive": PulsedPower(w=9.0, rise_ohm=10.0, pause_s=float("inf"))}, "pause of inf is"),
        ({"drive": BipolarPower(w=1.0), "gap_mm": 2.0, "polarity": -1}, "driven against another"),
        ({"drive": WallTemperature(c=60.0), "polarity": -1}, "driven against another"),
        ({"drive": Power(w=1.0), "polarity": 0}, "neither 1 nor -1"),
    ],
)
def test_impossible_electrodes_are_refused_by_name(more, words):
    with pytest.raises(PlanError, match=words) as refused:
        applicator(more.pop("drive"), **more)
    assert "'p'" in str(refused.value) and refused.value.code == "applicator-invalid"


@pytest.mark.parametrize(
    ("probes", "words"),
    [
        (pair({}, {"drive": Power(w=2.0)}), "'e0' and 'e1' differ in their drive"),
        (pair({}, {"start_s": 5.0}), "'e0' and 'e1' differ in their start"),
        (pair({}, {"duration_s": 5.0}), "'e0' and 'e1' differ in their duration"),
        (pair({"dwell_s": 9.0}, {}), "'e0' and 'e1' differ in their dwell time"),
        (pair({"dwell_s": 9.0}, {"dwell_s": 9.0, "polarity": -1}), "cannot take turns"),
        ((applicator(Power(w=1.0), dwell_s=9.0),), "nobody to take turns with"),
        (pair({"polarity": -1}, {"polarity": -1}), "no electrode of polarity 1"),
        ((applicator(Power(w=1.0), polarity=-1),), "a generator of its own"),
    ],
)
def test_electrodes_that_contradict_each_other_are_refused(probes, words):
    with pytest.raises(PlanError, match=words) as refused:
        request(*probes)
    assert refused.value.code == "generator-contradiction"
    assert all(f"'{a.id}'" in str(refused.value) for a in probes)
