"""Zone tables of devices of the user's own: made once, kept, made anew when device or file changed, never a crash."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.geometry import VoxelGrid
from imaging.progress import Cancelled, Progress, no_progress
from planning.catalogue import device
from planning.catalogue.user_files import add_file, reload_user_files
from planning.errors import PlanError
from planning.thermal import zone_tables
from planning.thermal.fast import fast_extreme
from planning.thermal.zone_tables import ensure_table, has_table, load_table
from tests.builders.user_devices import device_text

THAWING = 'default_schedule = [{ kind = "on", duration_s = 20 }, { kind = "thaw", duration_s = 5, wall_c = 15 }]'


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SACROPLAN_HOME", str(tmp_path / "home"))
    put(tmp_path)
    yield tmp_path / "home"
    reload_user_files()


def put(tmp_path, **changes):
    file = tmp_path / "mine.toml"
    file.write_text(device_text(default_schedule=THAWING, **changes), encoding="utf-8")
    add_file(file, replace=True)


def forget():
    zone_tables._made.clear()


def test_table_is_made_once_and_kept(home, tmp_path):
    assert not has_table("made-up")
    with pytest.raises(PlanError) as refused:
        load_table("made-up")
    assert refused.value.code == "zone-table-missing"
    ensure_table("made-up", no_progress())
    made = load_table("made-up")
    assert made.schedule == device("made-up").default_schedule
    assert made.extreme_c.min() < -50
    forget()
    kept = load_table("made-up")
    assert np.abs(kept.extreme_c - made.extreme_c).max() < 0.2
    grid = VoxelGrid.axis_aligned((9, 9, 9), 1.0, (-4, -4, -4), "f")
    assert fast_extreme([(device("made-up"), (0, 0, 0), (0, 0, 50))], None, grid).extreme_c.min() < -50
    # Another drive is another device.
    put(tmp_path, wall_temperature_c="wall_temperature_c = -80")
    assert not has_table("made-up")


def test_broken_table_is_made_anew_and_cancelling_leaves_none(home):
    (home / "zones").mkdir()
    (home / "zones" / "made-up.npz").write_bytes(b"PK\x03\x04 broken")
    assert not has_table("made-up")
    stopped = Progress()
    stopped.cancel()
    with pytest.raises(Cancelled):
        ensure_table("made-up", stopped)
    assert not has_table("made-up")
    ensure_table("made-up", no_progress())
    forget()
    assert has_table("made-up")


def test_without_a_place_to_write_the_table_lasts_until_the_end(home):
    (home / "zones").write_text("a file where the folder should be", encoding="utf-8")
    ensure_table("made-up", no_progress())
    assert has_table("made-up")
    forget()
    assert not has_table("made-up")
