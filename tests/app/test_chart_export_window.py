"""Charts saved as pictures and as numbers, in a real window."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QImage
from PySide6.QtWidgets import QMenu

from app.panels.course_section import CourseStrip
from app.view_state import Step
from app.widgets.cumulative_chart import CumulativeChart
from app.widgets.margin_charts import MarginHistogram, MarginOnMap
from app.widgets.swing_chart import SwingChart
from app.widgets.trade_off import TradeOff
from planning.evaluation.generators import GeneratorCourse
from tests.app.conftest import Driver
from tests.builders.plans import proposal_of
from tests.report_case import small_plan, zone_of


@pytest.fixture
def shown(driver: Driver) -> Driver:
    driver.keep_quiet()
    case, volume = small_plan()
    zone = zone_of(case)
    driver.window.session.show_case(replace(case, name="Test"), volume, {zone.digest: zone})
    driver.window.view.go_to(Step.RISK)
    driver.wait(lambda: driver.window.session.verdict_is_current)
    driver.spin(0.2)
    return driver


def save(driver: Driver, monkeypatch, chart, path: Path, which: str) -> None:
    """Open the menu of a chart by a right click, and choose what is saved."""
    asked = []
    monkeypatch.setattr(driver.window, "choose_target", lambda title, name, pattern: asked.append(name) or path)
    at = QPoint(chart.width() // 2, chart.height() // 2)
    driver.application.sendEvent(
        chart,
        QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, chart.mapToGlobal(at), Qt.KeyboardModifier.NoModifier),
    )
    driver.spin(0.1)
    (menu,) = [m for m in chart.findChildren(QMenu) if m.isVisible()]
    next(act for act in menu.actions() if which in act.text()).trigger()
    menu.close()
    driver.spin(0.1)
    assert asked and asked[0].endswith(path.suffix)


def test_curves_over_time_are_saved_as_shown_and_as_numbers(shown: Driver, monkeypatch, tmp_path):
    window, chart = shown.window, shown.window.time_strip
    save(shown, monkeypatch, chart, tmp_path / "curves.csv", "CSV")
    with (tmp_path / "curves.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    zone = window.session.zone.zone
    assert rows[0][0] == "time, s" and "S2 L, °C" in rows[0] and len(rows) == len(zone.times_s) + 1
    column = rows[0].index("S2 L, °C")
    assert np.allclose([float(row[column]) for row in rows[1:]], zone.curves_c["root.S2.L"], rtol=1e-4)
    assert "curves.csv" in window.status._written
    save(shown, monkeypatch, chart, tmp_path / "curves", "PNG")
    image = QImage(str(tmp_path / "curves.png"))
    assert image.width() == 3 * chart.width() and image.height() == 3 * chart.height()
    colours = {image.pixelColor(x, y).rgb() for x in range(0, image.width(), 9) for y in range(0, image.height(), 9)}
    assert len(colours) > 10, "curves and words are in it"


def test_margins_are_saved_with_their_places(shown: Driver, monkeypatch, tmp_path):
    (chart,) = shown.window.panels[Step.RISK].findChildren(MarginHistogram)
    save(shown, monkeypatch, chart, tmp_path / "m.csv", "CSV")
    with (tmp_path / "m.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    margin = shown.window.session.verdict.lesion.margin
    assert rows[0][3] == "margin, mm" and len(rows) == len(margin.margin_mm) + 1
    assert min(float(row[3]) for row in rows[1:]) == pytest.approx(margin.smallest_mm, abs=1e-3)
    (unrolled,) = shown.window.panels[Step.RISK].findChildren(MarginOnMap)
    save(shown, monkeypatch, unrolled, tmp_path / "u.csv", "CSV")
    assert (tmp_path / "u.csv").read_bytes() == (tmp_path / "m.csv").read_bytes()


def test_a_folder_that_cannot_be_written_is_told_and_nothing_breaks(shown: Driver, monkeypatch, tmp_path):
    for which, name in (("CSV", "x.csv"), ("PNG", "x.png")):
        save(shown, monkeypatch, shown.window.time_strip, tmp_path / "missing" / name, which)
        assert name in shown.window.messages.words and "could not be saved" in shown.window.messages.words


def test_a_chart_that_shows_nothing_offers_nothing(application):
    for chart in (CumulativeChart(), SwingChart(), MarginHistogram(), MarginOnMap(), TradeOff()):
        assert chart.property("exportMenu").menu() is None, type(chart)


def test_plans_and_generators_have_their_numbers(application):
    case, _ = small_plan()
    chart = TradeOff()
    found = proposal_of(case)
    chart.show_plans(found.plans, 0.98, chart._level, -1)
    table = chart._table()
    assert [row[0] for row in table.rows] == [len(plan.probes) for plan in found.plans]
    assert all(len(row) == len(table.columns) for row in table.rows)
    times = np.array([0.0, 1.0, 2.0])
    strip = CourseStrip(
        GeneratorCourse(
            probes="R1", times_s=times, power_w=times * 10, impedance_ohm=times + 60, share_w=(("R1", times * 10),)
        )
    )
    assert strip._table().rows[2] == [2.0, 20.0, 62.0, 20.0]
