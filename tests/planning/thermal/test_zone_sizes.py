"""Sizes of isotherms in a zone table, and words about a device's own table."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest
from pydantic import TypeAdapter

from planning.catalogue import Phase
from planning.catalogue.isotherm_tables import IsothermTable
from planning.thermal.zone_sizes import compare, zone_size
from planning.thermal.zone_tables import STEP_MM, ZoneTable, load_table
from tests.builders.user_devices import table_text

_ON = (Phase(kind="on", duration_s=600),)


def ellipsoid(
    width_mm: float, length_mm: float, centre_mm: float, sign: float = 1.0, reach_mm: float = 34
) -> ZoneTable:
    """A zone whose 0 °C isotherm (or 74 °C, with ``sign`` -1) is an ellipsoid."""
    r, z = np.arange(0, reach_mm, STEP_MM)[:, None], np.arange(-34, 60, STEP_MM)[None, :]
    out = np.sqrt((2 * r / width_mm) ** 2 + (2 * (z - centre_mm) / length_mm) ** 2)
    extreme = np.minimum(37.0, 37.0 * (2 * out - 1)) if sign > 0 else np.maximum(37.0, 74 - 37.0 * (2 * out - 2))
    return ZoneTable(
        device_id="x", schedule=_ON, tissue="lytic_metastasis", solver="s", version="1", body_c=37.0, z_start_mm=-34.0,
        extreme_c=extreme.astype(np.float32),
    )  # fmt: skip


def table(**changes) -> IsothermTable:
    return TypeAdapter(IsothermTable).validate_python(tomllib.loads(table_text(**changes)))


@pytest.mark.parametrize(("sign", "c"), [(1.0, 18.5), (-1.0, 55.5)])
def test_size_of_an_ellipsoid_is_its_axes(sign, c):
    # Halfway between body and the unit surface's temperature the axes are known.
    zone = ellipsoid(24, 36, 8.0, sign)
    size = zone_size(zone, c)
    scale = 0.75 if sign > 0 else 1.25
    assert size.width_mm == pytest.approx(24 * scale, abs=0.3)
    assert size.length_mm == pytest.approx(36 * scale, abs=0.3)
    assert size.widest_from_tip_mm == pytest.approx(8.0, abs=0.3)
    assert not size.cut


def test_temperature_that_is_not_reached_has_no_size():
    size = zone_size(ellipsoid(24, 36, 8.0), -90)
    assert (size.width_mm, size.length_mm, size.widest_from_tip_mm) == (0, 0, None)


def test_isotherm_beyond_the_table_is_marked():
    assert zone_size(ellipsoid(140, 36, 8.0), 0).cut


def test_words_say_where_the_physics_differs_beyond_the_tolerance():
    zone = ellipsoid(66, 80, 10.0)  # 0 °C at half its axes
    found = compare(table(width_mm="width_mm = 33"), zone)
    assert not found.rows[0].differs and "agrees" in found.rows[0].words
    found = compare(table(width_mm="width_mm = 40"), zone)
    assert found.rows[0].differs
    assert "7.0\u202fmm narrower" in found.rows[0].words and "±\u202f5\u202fmm" in found.rows[0].words
    assert "longer" not in found.rows[0].words
    moved = compare(table(widest_from_tip_mm="widest_from_tip_mm = 16"), zone)
    assert "6.0\u202fmm nearer the tip" in moved.rows[0].words
    assert any("gel at 20\u202f°C" in n and "lytic metastasis" in n for n in found.notes)


def test_another_schedule_is_said():
    zone = ellipsoid(66, 80, 10.0)
    assert len(compare(table(), zone).notes) == 1
    other = table(schedule='schedule = [{ kind = "on", duration_s = 60 }]')
    assert any("another schedule" in n for n in compare(other, zone).notes)
    assert "not reached" in compare(table(width_mm="width_mm = 33"), ellipsoid(2, 2, 0.0, -1.0)).rows[0].words


def test_the_laser_fibre_heats_what_was_published_of_such_fibres():
    """5 to 9 mm of necrosis in patients (Gangi 1997), 16 mm by temperature in bone without blood flow (doi 10.1055/s-2008-1080157)."""
    heated = {c: zone_size(load_table("bare-fibre-805"), c).width_mm for c in (60.0, 55.0, 50.0)}
    assert 5.0 <= heated[60.0] <= 9.0 and 5.0 <= heated[55.0] <= 10.0 and heated[50.0] <= 16.0
    assert heated[60.0] < heated[55.0] < heated[50.0]
