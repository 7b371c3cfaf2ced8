"""The window's row of `sacroplan bench`: measured where a window can be shown, else said to be not measured."""

from __future__ import annotations

import shutil

import pytest

from app.cli import window_bench
from app.cli.checks import rows_answer


@pytest.mark.slow
@pytest.mark.window
@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is not installed")
def test_a_drag_is_measured_without_a_display(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    row = window_bench.drag_row(moves=4, small=True)
    assert row.value is not None, row.source
    assert row.value > 0 and row.met == (row.value <= 100)
    assert "4 moves" in row.source and "median" in row.source


def test_without_display_and_xvfb_nothing_is_measured_and_no_target_missed(monkeypatch):
    monkeypatch.setattr(window_bench, "has_display", lambda: False)
    monkeypatch.setattr(window_bench, "can_make_display", lambda: False)
    row = window_bench.drag_row()
    assert (row.value, row.met) == (None, None)
    assert "not measured: there is no display" in row.source
    answer = rows_answer([row])
    assert answer.status == 0 and "–" in answer.lines[1]


def test_a_window_that_does_not_start_is_told(monkeypatch):
    monkeypatch.setattr(window_bench, "has_display", lambda: True)
    monkeypatch.setenv("QT_QPA_PLATFORM", "no-such-platform")
    row = window_bench.drag_row(moves=1, small=True)
    assert row.met is None and "could not be driven" in row.source
