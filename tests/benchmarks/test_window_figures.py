"""The rows of `sacroplan bench --window`: well formed, and measured where a window can be shown. How large they are is for that command to say."""

from __future__ import annotations

import math
import shutil

import pytest

from app.cli import window_figures
from app.cli.checks import rows_answer
from app.cli.window_figures import KINDS, START, window_rows


@pytest.mark.slow
@pytest.mark.window
@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is not installed")
def test_every_figure_is_measured_without_a_display(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    rows = window_rows(small=True, share=0.1)
    assert len(rows) == 1 + sum(len(figures) for _, figures in KINDS.values())
    assert len({row.name for row in rows}) == len(rows)
    for row in rows:
        assert row.value is not None and math.isfinite(row.value), row.source
        bound = float(row.target[2:])
        assert row.met == (row.value >= bound if row.target.startswith("≥") else row.value <= bound)


def test_without_display_and_xvfb_nothing_is_measured_and_no_target_missed(monkeypatch):
    monkeypatch.setattr(window_figures, "has_display", lambda: False)
    monkeypatch.setattr(window_figures, "can_make_display", lambda: False)
    rows = window_rows()
    assert all((row.value, row.met) == (None, None) for row in rows)
    assert all("not measured: there is no display" in row.source for row in rows)
    assert rows_answer(rows).status == 0


def test_a_window_that_does_not_start_is_told(monkeypatch):
    monkeypatch.setattr(window_figures, "has_display", lambda: True)
    monkeypatch.setattr(window_figures, "KINDS", {"drag": KINDS["drag"]})
    monkeypatch.setenv("QT_QPA_PLATFORM", "no-such-platform")
    for row in window_rows(small=True, share=0.02):
        assert row.met is None and "could not be driven" in row.source


def figure(name: str) -> window_figures.Figure:
    (found,) = (f for _, figures in KINDS.values() for f in figures if f.name == name)
    return found


def test_figures_are_of_what_was_measured():
    scroll = figure("scrolling, three views").row({"scroll, three views": [0.02, 0.025, 0.5]})
    assert (scroll.value, scroll.unit, scroll.met) == (pytest.approx(40), "1/s", True)
    mip = figure("MIP of 40 mm").row(
        {"MIP, axial": [0.004] * 3, "MIP, coronal": [0.021] * 3, "MIP, sagittal": [0.009] * 3}
    )
    assert mip.value == pytest.approx(21) and mip.met is False
    assert START.row({"start": [1.2, 1.4, 9.0]}).met


def test_growth_counts_from_the_tenth_time_on():
    """What is loaded and kept once is no leak."""
    once = [100.0 + 20 * n for n in range(10)] + [300.0] * 40
    assert figure("growth, windows opened and closed").row({"windows": once}).value == pytest.approx(0)
    leaking = [300.0 + 2 * n for n in range(50)]
    row = figure("growth, cases opened and closed").row({"cases": leaking})
    assert row.value == pytest.approx(100 * (394 / 324 - 1)) and row.met is False
