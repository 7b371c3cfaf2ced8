"""Laser fibres and microwave antennas from files: what is asked of them, and what the solver is given."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imaging.errors import DomainError
from imaging.progress import no_progress
from planning.catalogue import Phase, load_devices
from planning.catalogue.devices import read_device
from planning.report.device_section import _device_numbers
from planning.thermal.applicator import Laser, Microwave, from_device
from planning.thermal.zone_sizes import zone_size
from planning.thermal.zone_tables import make_table

FILE = """
id = "made-up"
name = "Made-up"
maker = "nobody"
family = "{family}"
diameter_mm = 0.4
active_length_mm = 10
default_schedule = [{{ kind = "on", duration_s = 300 }}]

[drive]
{drive}

[sources]

[assumptions]
diameter_mm = "made up for a test"
active_length_mm = "made up for a test"
default_schedule = "made up for a test"
{assumed}
"""
ASSUMED = ' = "made up for a test"\n'


def written(tmp_path, family, **drive):
    lines = "\n".join(f"{key} = {value}" for key, value in drive.items())
    assumed = "".join(f'"drive.{key}"{ASSUMED}' for key in drive)
    file = tmp_path / "made-up.toml"
    file.write_text(FILE.format(family=family, drive=lines, assumed=assumed), encoding="utf-8")
    return file


def test_laser_becomes_the_solvers_laser(tmp_path):
    source = read_device(written(tmp_path, "laser", power_w=2, penetration_mm=3))
    assert from_device(source, (0, 0, 0), (0, 0, 50)).drive == Laser(w=2, penetration_mm=3)
    assert not source.is_cold


def test_microwave_becomes_the_solvers_microwave(tmp_path):
    source = read_device(written(tmp_path, "microwave", power_w=20, penetration_mm=6, cooled_c=20))
    assert from_device(source, (0, 0, 0), (0, 0, 50)).drive == Microwave(w=20, penetration_mm=6, cooled_c=20)


@pytest.mark.parametrize(
    ("family", "drive", "key"),
    [
        ("laser", {"power_w": 2}, "drive.penetration_mm"),
        ("laser", {"power_w": 2, "penetration_mm": 3, "cooled_c": 20}, "does not belong to this family"),
        ("laser", {"power_w": 2, "penetration_cm": 0.3}, "drive.penetration_cm"),
        ("laser", {"power_w": "nan", "penetration_mm": 3}, "drive.power_w"),
        ("laser", {"power_w": 0, "penetration_mm": 3}, "drive.power_w"),
        ("microwave", {"power_w": 20, "penetration_mm": -6}, "drive.penetration_mm"),
        ("microwave", {"power_w": 20, "penetration_mm": 6, "cooled_c": 90}, "drive.cooled_c"),
        ("cryo", {"power_w": 2, "penetration_mm": 3}, "does not belong to this family"),
    ],
)
def test_impossible_drives_are_refused(tmp_path, family, drive, key):
    with pytest.raises(DomainError, match=r"made-up\.toml") as refused:
        read_device(written(tmp_path, family, **drive))
    assert key in str(refused.value)


def test_a_drives_number_needs_its_source(tmp_path):
    file = written(tmp_path, "laser", power_w=2, penetration_mm=3)
    file.write_text(file.read_text(encoding="utf-8").replace('"drive.penetration_mm"', '"drive.depth_mm"'))
    with pytest.raises(DomainError, match=r"no source for drive\.penetration_mm"):
        read_device(file)


@pytest.mark.parametrize(
    ("family", "drive"),
    [
        ("laser", {"power_w": 2, "penetration_mm": 3}),
        ("microwave", {"power_w": 20, "penetration_mm": 6, "cooled_c": 20}),
    ],
)
def test_report_names_every_number_and_the_solver_heats(tmp_path, family, drive):
    source = read_device(written(tmp_path, family, **drive))
    named = {key: words for key, words, _ in _device_numbers(source)}
    assert set(named) == {*source.sources, *source.assumptions}
    short = replace(source, default_schedule=(Phase(kind="on", duration_s=20),))
    table = make_table(short, no_progress())
    assert table.extreme_c.max() > 45 and table.extreme_c.min() < 37.5
    assert zone_size(table, 42).width_mm > 2


def test_report_names_every_number_of_every_device_that_ships():
    for source in load_devices().values():
        assert {key for key, _, _ in _device_numbers(source)} == {*source.sources, *source.assumptions}
