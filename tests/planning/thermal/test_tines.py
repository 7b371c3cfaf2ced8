"""Arrays of tines: their shape, that the grid does not matter, what is regulated, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imaging.geometry import VoxelGrid
from imaging.progress import no_progress
from planning.catalogue import Phase, load_tissues
from planning.errors import PlanError
from planning.thermal import (
    Applicator,
    BipolarPower,
    LinePower,
    Power,
    ThermalRequest,
    TipTemperature,
    everted_tines,
    simulation_grid,
    solve,
    spread_tines,
)
from planning.tissue import medium_of, uniform_fields

MUSCLE = medium_of(load_tissues(), "muscle")
UP = np.array([0.0, 0.0, 1.0])


def array(
    shape=everted_tines, *, direction=UP, tip=(0.0, 0.0, 0.0), turned_deg=0.0, drive=None, count=10, diameter=30.0
):
    """A shaft of 1.8 mm with tines of 0.5 mm."""
    return Applicator(
        id="p",
        tip_mm=np.array(tip),
        direction=np.array(direction),
        diameter_mm=1.8,
        active_length_mm=2.0,
        drive=drive or Power(w=10.0),
        tines=shape(tip, direction, count, diameter, turned_deg=turned_deg),
        tine_diameter_mm=0.5,
    )


def run(probe, *, seconds=0.25, spacing=1.0, half_mm=44.0):
    n = round(2 * half_mm / spacing) + 1
    grid = VoxelGrid.axis_aligned((n, n, n), spacing, (-half_mm,) * 3, "f")
    schedule = (Phase(kind="on", duration_s=seconds),)
    request = ThermalRequest(fields=uniform_fields(grid, MUSCLE), applicators=(probe,), schedule=schedule)
    return solve(request, no_progress())


def ohm(probe, **more):
    return float(run(probe, **more).applicators[0].impedance_ohm[-1])


@pytest.mark.parametrize("shape", [everted_tines, spread_tines])
def test_tines_leave_the_tip_forwards_and_reach_the_deployed_diameter(shape):
    tip, direction = np.array([3.0, -2.0, 5.0]), np.array([1.0, 2.0, 2.0]) / 3
    tines = shape(tip, 7 * direction, 9, 40.0)
    assert len(tines) == 9
    ends = np.array([tine[-1] - tip for tine in tines])
    forwards = -ends @ direction
    outwards = ends + forwards[:, None] * direction
    assert np.linalg.norm(outwards, axis=1) == pytest.approx(20.0)
    assert outwards.sum(axis=0) == pytest.approx(0.0, abs=1e-9)
    assert forwards == pytest.approx(0.0 if shape is everted_tines else 20.0, abs=1e-9)
    for tine in tines:
        assert tine[0] == pytest.approx(tip)
        assert (tine[1] - tip) @ -direction > 0.9 * np.linalg.norm(tine[1] - tip)
    highest = max(float((tip - tine @ np.eye(3)).dot(direction).max()) for tine in tines)
    assert highest == pytest.approx(10.0 if shape is everted_tines else 20.0, rel=1e-6)


@pytest.mark.parametrize("shape", [everted_tines, spread_tines])
@pytest.mark.parametrize(
    "placed",
    [
        {"turned_deg": 13.0},
        {"tip": (0.5, 0.3, 0.2)},
        {"direction": (0.3, 1.0, 0.1), "tip": (0.2, 0.4, 0.1), "turned_deg": 5.0},
    ],
)
def test_impedance_of_an_array_depends_neither_on_place_nor_on_angle(shape, placed):
    # 0.03 % in practice
    assert ohm(array(shape, **placed)) == pytest.approx(ohm(array(shape)), rel=0.002)


def test_impedance_of_an_array_hardly_depends_on_the_spacing():
    assert ohm(array(), spacing=1.4) == pytest.approx(ohm(array()), rel=0.005)


@pytest.mark.slow
def test_a_straight_tine_is_a_longer_electrode():
    tip = np.array([0.0, 0.0, -5.0])
    short = Applicator(
        id="p", tip_mm=tip + 10 * UP, direction=UP, diameter_mm=1.5, active_length_mm=10.0, drive=Power(w=3.0)
    )
    long = replace(short, tip_mm=tip, active_length_mm=20.0)
    tined = replace(short, tines=(np.stack([tip + 10 * UP, tip]),), tine_diameter_mm=1.5)
    assert ohm(tined) == pytest.approx(ohm(long), rel=0.01)
    heated = [run(probe, seconds=20.0).final_c for probe in (tined, long)]
    assert heated[0] == pytest.approx(heated[1], abs=0.5)


def test_an_array_can_be_driven_against_a_shaft():
    lined_up = replace(array(diameter=16.0), generator="g", polarity=-1)
    shaft = replace(lined_up, id="q", tines=(), tine_diameter_mm=None, active_length_mm=15.0, polarity=1,
                    tip_mm=np.array([20.0, 0.0, 0.0]))  # fmt: skip
    grid = simulation_grid((lined_up, shaft), "f", 1.0, 30.0)
    bloodless = replace(MUSCLE, perfusion_1_s=0.0, metabolic_w_m3=0.0)
    result = solve(
        ThermalRequest(
            fields=uniform_fields(grid, bloodless),
            applicators=(lined_up, shaft),
            schedule=(Phase(kind="on", duration_s=10.0),),
        ),
        no_progress(),
    )
    assert [float(a.power_w[-1]) for a in result.applicators] == pytest.approx([5.0, 5.0], rel=2e-3)
    heat_j = (result.final_c.astype(float) - 37.0).sum() * 1e-9 * MUSCLE.density_kg_m3 * MUSCLE.specific_heat_j_kgk
    assert heat_j == pytest.approx(100.0, rel=0.01)


def test_the_hottest_place_of_the_tines_is_held():
    result = run(array(drive=TipTemperature(c=70.0, max_power_w=60.0), diameter=20.0), seconds=120.0, half_mm=36.0)
    assert result.extreme_c.max() == pytest.approx(67.0, abs=4.0)
    assert result.energy_balance_error_pct < 0.5


def test_the_shaft_of_an_array_may_be_hotter_than_its_tines():
    # a long bare shaft with short thick tines, as no maker builds it: its hub end is the hottest place
    drive = TipTemperature(c=60.0, max_power_w=60.0)
    probe = replace(array(drive=drive, diameter=8.0, count=6), active_length_mm=20.0, tine_diameter_mm=1.8)
    result = run(probe, seconds=90.0, half_mm=36.0)
    hottest_mm = result.grid.to_lps(
        np.array(np.unravel_index(np.argmax(result.extreme_c), result.extreme_c.shape))[::-1]
    )
    assert hottest_mm[2] > 15.0 and result.extreme_c.max() > 65.0


def test_the_box_holds_the_tines():
    probe = array(spread_tines)
    low, high = simulation_grid((probe,), "f", 1.0, 20.0).bounds_mm
    assert (low <= -34.0).all() and high[2] >= 21.5
    with pytest.raises(PlanError, match="does not lie inside") as refused:
        run(probe, half_mm=15.0)
    assert refused.value.code == "applicator-outside"


LINE = np.array([[0.0, 0, 0], [0.0, 5.0, -5.0]])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tines": ()}, "belong together"),
        ({"tine_diameter_mm": None}, "belong together"),
        ({"tine_diameter_mm": -0.5}, "diameter of -0.5 mm"),
        ({"drive": LinePower(w_m=9.0)}, "only a radiofrequency electrode"),
        ({"drive": BipolarPower(w=1.0), "gap_mm": 0.5}, "only a radiofrequency electrode"),
        ({"tines": (LINE, LINE[:1])}, "tine 2 is not a line"),
        ({"tines": (LINE * np.nan,)}, "tine 1 is not a line"),
        ({"tines": (LINE[[0, 1, 1]],)}, "tine 1 has two points in the same place"),
        ({"tines": (LINE + 2.0 * np.array([1.0, 0, 0]),)}, "tine 1 does not begin at"),
    ],
)
def test_impossible_tines_are_refused_by_name(changes, words):
    with pytest.raises(PlanError, match=words) as refused:
        replace(array(), **changes)
    assert "'p'" in str(refused.value) and refused.value.code == "applicator-invalid"


@pytest.mark.parametrize("shape", [everted_tines, spread_tines])
@pytest.mark.parametrize(
    ("direction", "count", "diameter", "words"),
    [
        (UP, 0, 30.0, "0 tines"),
        (UP, 9, float("nan"), "diameter of nan mm"),
        (UP, 9, 0.0, "diameter of 0.0 mm"),
        (0 * UP, 9, 30.0, "no direction"),
    ],
)
def test_arrays_that_cannot_be_laid_out_are_refused(shape, direction, count, diameter, words):
    with pytest.raises(PlanError, match=words) as refused:
        shape((0, 0, 0), direction, count, diameter)
    assert refused.value.code == "applicator-invalid"
