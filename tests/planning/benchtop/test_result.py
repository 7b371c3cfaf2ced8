"""What comes back is what the engine found, and what can be derived."""

from __future__ import annotations

import math

import numpy as np
import pytest

from imaging.progress import no_progress
from planning.benchtop import request_of, result_document
from planning.thermal import solve
from planning.thermal.verification.references import references
from tests.builders.benchtop import DELETED, GEL, bench_top, changed, parsed, run

UNFROZEN = {k: v for k, v in GEL.items() if k != "frozen"}


def run_with_fields(spec):
    given = parsed(spec)
    request = request_of(given)
    solved = solve(request, no_progress())
    return result_document(given, request, solved), solved


def test_the_document_is_that_of_the_format():
    found = run(bench_top())
    assert set(found) == {"schema", "isotherms", "cem43", "points", "applicators", "solver"}
    assert found["schema"] == "sacroplan.bench-top-result/1"
    assert set(found["isotherms"][0]) == {"time_s", "c", "volume_mm3", "length_mm", "width_mm"}
    assert set(found["cem43"][0]) == {"time_s", "minutes", "volume_mm3", "length_mm", "width_mm"}
    assert set(found["points"][0]) == {"time_s", "point_mm", "c"}
    (needle,) = found["applicators"]
    assert (needle["id"], needle["time_s"], needle["impedance_ohm"], needle["wall_c"]) == ("p1", 60, None, -140)
    assert needle["power_w"] > 5
    assert found["solver"].keys() == {"name", "version", "cells", "steps", "wall_s", "energy_balance_error_pct"}
    assert found["solver"]["cells"] == 40 * 40 * 44
    assert found["solver"]["energy_balance_error_pct"] < 0.1
    volumes = [z["volume_mm3"] for z in found["isotherms"]]
    assert volumes == sorted(volumes, reverse=True)


def test_a_second_run_differs_in_its_time_only():
    one, two = run(bench_top()), run(bench_top())
    for found in (one, two):
        del found["solver"]["wall_s"]
    assert one == two


def test_ice_is_as_large_as_by_finite_elements():
    wanted = references()["cryo 1.5 x 25 mm, gel"].sizes
    needle = bench_top()["applicators"][0] | {"tip_mm": [0.3, 0.2, -12.5], "active_length_mm": 25}
    outputs = {"times_s": [600], "isotherms_c": list(wanted)}
    found = run(bench_top(size_mm=[64, 64, 84], regions=[], applicators=[needle], duration_s=600, outputs=outputs))
    for zone in found["isotherms"]:
        size = wanted[zone["c"]]
        assert (zone["width_mm"], zone["length_mm"]) == pytest.approx((size.width_mm, size.length_mm), rel=0.02), zone


def test_points_read_the_field_and_the_applicators_own_temperature():
    outputs = {"times_s": [0, 60], "points_mm": [[10.5, 3.5, -2.5], [0, 0, 0], [1.2, 0, 0]]}
    found, solved = run_with_fields(bench_top(outputs=outputs))
    cold = [p["c"] for p in found["points"] if p["time_s"] == 60]
    k, j, i = np.rint(solved.grid.to_ijk(outputs["points_mm"][0])).astype(int)[::-1]
    assert cold[0] == pytest.approx(float(solved.snapshots[1].temperature_c[k, j, i]))
    assert cold[1] == -140
    assert -140 < cold[2] < -75, "the cells hold it spread over a voxel, much warmer"
    assert [p["c"] for p in found["points"] if p["time_s"] == 0] == pytest.approx([37.0] * 3)


def test_heat_of_a_line_stays_in_an_insulated_box():
    spec = bench_top(
        {"kind": "line_power", "w_m": 400.0}, media={"gel": UNFROZEN}, boundary="insulated", duration_s=30,
        outputs={"times_s": [10, 30], "cem43_min": [240], "isotherms_c": [60]},
    )  # fmt: skip
    found, solved = run_with_fields(spec)
    for snapshot in solved.snapshots:
        rise = float(snapshot.temperature_c.mean(dtype=float)) - 37
        heat_j = rise * solved.cells * 1e-9 * 1000 * 3600
        assert heat_j == pytest.approx(400.0 * 0.010 * snapshot.time_s, rel=1e-3)
    assert [a["power_w"] for a in found["applicators"]] == pytest.approx([4.0, 4.0])
    assert found["isotherms"][1]["volume_mm3"] > found["cem43"][0]["volume_mm3"] > 0


def test_the_surface_of_a_line_of_heat_is_as_hot_as_in_the_closed_form():
    """q' / 4 pi k E1(r^2 / 4 a t), for a needle long against the depth the heat reaches."""
    needle = bench_top()["applicators"][0] | {
        "tip_mm": [0.2, 0.4, -30],
        "active_length_mm": 60,
        "drive": {"kind": "line_power", "w_m": 100.0},
    }
    found = run(
        bench_top(
            size_mm=[60, 60, 90], regions=[], media={"gel": UNFROZEN}, applicators=[needle], duration_s=240,
            outputs={"times_s": [240], "points_mm": [[2.2, 0.4, 0], [1.1, 0.4, 0]]},
        )
    )  # fmt: skip

    def rise_k(r_mm):
        x = (r_mm * 1e-3) ** 2 / (4 * 0.5 / 3.6e6 * 240)
        e1 = -0.5772157 - math.log(x) + x - x**2 / 4 + x**3 / 18
        return 100 / (4 * math.pi * 0.5) * e1

    assert found["applicators"][0]["wall_c"] - 37 == pytest.approx(rise_k(0.75), rel=0.03)
    for point, r_mm in zip(found["points"], (2.0, 0.9), strict=True):
        assert point["c"] - 37 == pytest.approx(rise_k(r_mm), rel=0.03)


def test_impedance_against_grounded_faces_is_that_of_a_rod_in_a_cube():
    """A rod in endless medium, less what the images of a point in a grounded cube take (Madelung's constant)."""
    spec = bench_top({"kind": "voltage", "v_rms": 20}, size_mm=[48, 48, 48], regions=[], duration_s=1)
    (found,) = run(spec | {"outputs": {"times_s": [1]}})["applicators"]
    rod = 1 / (2 * math.pi * 0.2 * 0.010) * (math.log(2 * 10 / 0.75) - 1)
    expected = rod - 1.7476 / (4 * math.pi * 0.2 * 0.048)
    assert found["impedance_ohm"] == pytest.approx(expected, rel=0.02)
    assert found["power_w"] == pytest.approx(400 / expected, rel=0.02)


def test_two_electrodes_at_one_voltage_share_the_box():
    one = bench_top({"kind": "voltage", "v_rms": 20}, regions=[], duration_s=1, outputs={"times_s": [1]})
    a = one["applicators"][0] | {"tip_mm": [-4, 0, -5]}
    b = a | {"id": "p2", "tip_mm": [4, 0, -5]}
    alone = run(one)["applicators"][0]["impedance_ohm"]
    pair = [f["impedance_ohm"] for f in run(one | {"applicators": [a, b]})["applicators"]]
    assert pair[0] == pytest.approx(pair[1], rel=0.01)
    assert 1.05 * alone < pair[0] < 2 * alone


def test_both_poles_heat_and_the_gap_between_them_less():
    spec = bench_top({"kind": "bipolar_power", "w": 3.0, "gap_mm": 4.0}, regions=[], duration_s=20)
    spec["outputs"] = {"times_s": [20], "points_mm": [[1.8, 0, z] for z in (-3.5, 0, 3.5)], "isotherms_c": [45]}
    found = run(spec)
    low, middle, high = (p["c"] for p in found["points"])
    assert low < high < low + 1.5  # the tip's flat end takes some of the current
    assert low > middle > 37
    assert found["isotherms"][0]["length_mm"] > 10


def test_a_cooled_electrode_is_held_and_the_hot_zone_lies_around_it():
    spec = bench_top({"kind": "power", "w": 6.0, "cooled_c": 10.0}, regions=[], duration_s=40)
    spec["outputs"] = {"times_s": [40], "isotherms_c": [50, 20], "points_mm": [[0, 0, 0], [3, 0, 0]]}
    found = run(spec)
    assert found["applicators"][0]["wall_c"] == 10
    assert found["points"][0]["c"] == 10 < found["points"][1]["c"]
    hot, cold = found["isotherms"]
    assert hot["width_mm"] > cold["width_mm"] >= 1.4


def test_off_and_thaw_do_what_the_schedule_says():
    schedule = [
        {"phase": "on", "duration_s": 60},
        {"phase": "off", "duration_s": 10},
        {"phase": "thaw", "duration_s": 60, "c": 60},
    ]
    outputs = {"times_s": [60, 70, 130], "isotherms_c": [0, 45], "cem43_min": [1]}
    found = run(bench_top(duration_s=DELETED, schedule=schedule, outputs=outputs))
    on, off, thaw = found["applicators"]
    assert (on["wall_c"], thaw["wall_c"]) == (-140, 60)
    assert off["power_w"] == 0 and on["power_w"] > 5 and thaw["power_w"] < -1
    assert -140 < off["wall_c"] < 0
    ice = [z["volume_mm3"] for z in found["isotherms"] if z["c"] == 0]
    assert ice[1] > 0.5 * ice[0]
    dose = [z["volume_mm3"] for z in found["cem43"]]
    assert dose[:2] == [0, 0]
    assert dose[2] > 10, "a hot thaw gives dose, cold as the experiment is"


def test_a_sharp_front_and_a_range_freeze_alike():
    sharp = changed(bench_top(), ("media", "gel", "frozen", "freezing_range_c"), [-1, -1])
    ranged = changed(bench_top(), ("media", "gel", "frozen", "freezing_range_c"), [-1.5, -0.5])
    for spec in (sharp, ranged):
        spec["outputs"] = {"times_s": [60], "isotherms_c": [-2]}
    one, two = (run(s)["isotherms"][0] for s in (sharp, ranged))
    assert one["volume_mm3"] == pytest.approx(two["volume_mm3"], rel=0.05)


def test_power_is_taken_by_what_is_colder_than_the_box():
    for initial_c, wall_c in ((60.0, 45.0), (20.0, 5.0)):
        spec = bench_top(
            {"kind": "wall_temperature", "c": wall_c}, initial_c=initial_c, blood_c=initial_c, duration_s=5
        )
        assert run(spec | {"outputs": {"times_s": [5]}})["applicators"][0]["power_w"] > 0
