"""A specification becomes the request it describes."""

from __future__ import annotations

import numpy as np
import pytest

from planning.benchtop import request_of
from planning.thermal import BipolarPower, LinePower, Power, TipTemperature, Voltage, WallTemperature
from tests.builders.benchtop import DELETED, GEL, bench_top, changed, parsed


def request(spec):
    return request_of(parsed(spec))


def test_the_box_is_filled_by_its_voxels():
    made = request(bench_top(size_mm=[40.6, 40, 44]))
    low, high = made.grid.bounds_mm
    half = made.grid.spacing_ijk_mm / 2
    assert low - half == pytest.approx([-20.3, -20, -22])
    assert high + half == pytest.approx([20.3, 20, 22])
    assert made.grid.spacing_ijk_mm == pytest.approx([40.6 / 41, 1, 1])


def test_tissue_boundary_and_ground_are_the_formats():
    made = request(bench_top(boundary="insulated", initial_c=20.0, blood_c=36.0))
    assert (made.boundary, made.ground, made.body_c, made.blood_c) == ("insulated", "faces", 20.0, 36.0)
    assert made.stasis_cem43_min is None, "the format knows no stasis"
    gel = made.fields.media[0]
    assert (gel.vapour_c, gel.held, gel.frozen.freezing_low_c, gel.frozen.freezing_high_c) == (None, False, -8, -1)


@pytest.mark.parametrize(
    ("given", "drive"),
    [
        ({"kind": "wall_temperature", "c": -140}, WallTemperature(c=-140)),
        ({"kind": "line_power", "w_m": -300}, LinePower(w_m=-300)),
        ({"kind": "voltage", "v_rms": 20, "cooled_c": 10}, Voltage(v_rms=20, cooled_c=10)),
        ({"kind": "power", "w": 9}, Power(w=9)),
        ({"kind": "tip_temperature", "c": 90, "max_power_w": 9}, TipTemperature(c=90, max_power_w=9)),
        ({"kind": "bipolar_power", "w": 9, "gap_mm": 3}, BipolarPower(w=9)),
    ],
)
def test_every_drive_is_the_engines(given, drive):
    (made,) = request(bench_top(given)).applicators
    assert made.drive == drive
    assert (made.active_length_mm, made.gap_mm) == (10, given.get("gap_mm"))


def test_a_schedule_may_hold_the_wall_at_any_temperature():
    schedule = [
        {"phase": "on", "duration_s": 30},
        {"phase": "off", "duration_s": 20},
        {"phase": "thaw", "duration_s": 10, "c": -5},
    ]
    made = request(bench_top(duration_s=DELETED, schedule=schedule))
    assert [(p.kind, p.duration_s, p.wall_c) for p in made.schedule] == [
        ("on", 30, None),
        ("off", 20, None),
        ("thaw", 10, -5),
    ]


def test_a_later_region_wins():
    spec = bench_top(
        media={"gel": GEL, "a": GEL | {"conductivity_w_mk": 1.0}, "b": GEL | {"conductivity_w_mk": 2.0}},
        regions=[
            {"medium": "a", "shape": "box", "centre_mm": [0, 0, 0], "size_mm": [40, 40, 10]},
            {"medium": "b", "shape": "sphere", "centre_mm": [0, 0, 0], "radius_mm": 3},
        ],
    )
    fields = request(spec).fields
    names = [fields.medium_at(p).name for p in ([0, 0, 0], [4, 0, 0], [0, 0, 6])]
    assert names == ["b", "a", "gel"]


def test_metabolism_warms_the_box_from_the_start():
    assert request(bench_top()).initial_c is None
    start = request(changed(bench_top(), ("media", "gel", "metabolic_w_m3"), 400.0)).initial_c
    assert np.unique(start) == pytest.approx([37.0])
