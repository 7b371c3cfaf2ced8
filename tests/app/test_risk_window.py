"""Risk in the window: what a root feels, margins on their map and in 3D, and what stays untreated, with real mouse and keys."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QToolButton

from app.panels.felt_section import FeltSection
from app.qt_painter import number_font
from app.representations.margin_colours import margin_judgement, margin_rgb
from app.representations.primitives import Label
from app.view_state import Step
from app.widgets.margin_charts import MarginOnMap
from app.widgets.thresholds_dialog import ThresholdsDialog
from planning.evaluation import Judgement
from planning.operations.protection import add_pocket
from planning.protecting import PocketProposal, first_look
from tests import report_case
from tests.app.conftest import Driver

pytestmark = pytest.mark.window


def shown(driver: Driver, reach_mm: float, **changes) -> Driver:
    """The demo plan with a zone made by a formula, at the step of risk."""
    session = driver.window.session
    driver.keep_quiet()
    case, volume = report_case.small_plan()
    zone = replace(report_case.zone_of(case, reach_mm), **changes)
    session.show_case(case, volume, {zone.digest: zone})
    driver.window.view.go_to(Step.RISK)
    driver.wait_settled(30)
    driver.wait(lambda: "inside" in words_of(driver.window.panels[Step.RISK]._margin))
    driver.spin(0.5)
    return driver


def words_of(widget) -> str:
    return " ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def test_a_root_that_is_picked_says_what_it_feels(driver: Driver):
    shown(driver, 11.0)
    panel = driver.window.panels[Step.RISK]
    felt = panel.findChild(FeltSection)
    assert not felt.isVisible()
    table = panel._table
    risk = next(r for r in driver.window.session.verdict.structures if r.judgement >= Judgement.ALARM and r.level)
    row = table._levels.index(risk.level)
    x = 20 if risk.side.value == "R" else table.width() - 20
    QTest.mouseClick(table, Qt.MouseButton.LeftButton, pos=QPoint(x, 36 + row * 26 + 13))
    driver.wait(felt.isVisible)
    driver.spin(0.3)
    assert driver.window.view.crosshair_mm == pytest.approx(risk.extreme_at_mm)
    for crossing in risk.exposure.crossings:
        level = f"≤ {crossing.temperature_c:g}".replace("-", "−")
        driver.wait(lambda level=level: level in words_of(felt))
    assert felt.chart.isVisible()


def test_a_click_on_the_map_goes_to_the_place_on_the_lesion(driver: Driver):
    shown(driver, 11.0)
    margins = driver.window.panels[Step.RISK].findChild(MarginOnMap)
    driver.window.panels[Step.RISK].ensureWidgetVisible(margins)
    driver.spin(0.1)
    lesion = driver.window.session.verdict.lesion
    area = margins._area()
    for part, axis, sign in ((0.25, 0, -1), (0.75, 0, 1), (0.5, 1, -1)):
        place = QPoint(round(area.left() + part * area.width()), round(area.center().y()))
        QTest.mouseClick(margins, Qt.MouseButton.LeftButton, pos=place)
        driver.spin(0.05)
        out = np.array(driver.window.view.crosshair_mm) - lesion.margin.surface.points_mm.mean(axis=0)
        assert sign * out[axis] == pytest.approx(np.abs(out).max(), rel=0.3)
    before = driver.window.view.crosshair_mm
    margins.setFocus()
    QTest.keyClick(margins, Qt.Key.Key_Right)
    driver.spin(0.05)
    assert driver.window.view.crosshair_mm != before
    off_map = QPoint(round(area.left() + 2), round(area.top() + 2))
    before = driver.window.view.crosshair_mm
    QTest.mouseClick(margins, Qt.MouseButton.LeftButton, pos=off_map)
    assert driver.window.view.crosshair_mm == before


def test_lesion_in_3d_has_the_colours_of_its_margin_only_at_this_step(driver: Driver):
    shown(driver, 11.0)
    session, panel = driver.window.session, driver.window.panels[Step.RISK]
    assert session.scene().margin_on_lesion and session.scene().judged_lesion is session.verdict.lesion
    panel._margin.in_3d.click()
    driver.spin(0.05)
    assert not session.scene().margin_on_lesion
    panel._margin.in_3d.click()
    driver.window.view.go_to(Step.PROBES)
    assert not session.scene().margin_on_lesion


@pytest.mark.parametrize(("reach_mm", "left"), [(7.0, True), (25.0, False)])
def test_what_stays_untreated_is_said_and_shown(driver: Driver, reach_mm, left):
    shown(driver, reach_mm)
    lesion, section = driver.window.session.verdict.lesion, driver.window.panels[Step.RISK]._margin
    assert (lesion.residual is not None) is left
    driver.wait(lambda: ("stays untreated" in words_of(section)) is left)
    if lesion.residual is not None:
        row = section._left.itemAt(0).widget()
        QTest.mouseClick(row, Qt.MouseButton.LeftButton)
        driver.spin(0.05)
        assert driver.window.view.crosshair_mm == pytest.approx(lesion.residual.largest_at_mm)
        assert lesion.residual.mask.contains([lesion.residual.largest_at_mm])[0]


def test_without_a_zone_there_is_no_map(driver: Driver):
    body_c = np.full_like(report_case.zone_of(report_case.small_plan()[0]).extreme_c, 37.0)
    shown(driver, 11.0, extreme_c=body_c)
    section = driver.window.panels[Step.RISK]._margin
    driver.wait(lambda: "nothing is treated" in words_of(section))
    assert not section.map.isVisible() and not section.histogram.isVisible()


def test_colours_of_margins_tell_three_kinds_apart():
    rgb = margin_rgb(np.array([-2.0, -0.1, 0.0, 2.9, 3.0, 9.0]), 3.0).astype(int)
    kinds = [margin_judgement(m, 3.0) for m in (-2.0, -0.1, 0.0, 2.9, 3.0, 9.0)]
    assert kinds == [Judgement.ALARM] * 2 + [Judgement.CAUTION] * 2 + [Judgement.WITHIN] * 2
    # Worse is brighter within a kind; what suffices is never as bright as what fails.
    assert rgb[0].sum() > rgb[1].sum() and rgb[2].sum() > rgb[3].sum() and rgb[4].sum() > rgb[5].sum()


def test_what_would_protect_is_tried_on_request_and_placed_with_one_click(driver: Driver, monkeypatch):
    asked = []

    def tried(case, volume, zone, verdict, progress):
        asked.append(zone.digest)
        seen = first_look(case, zone, verdict)
        need = seen.needs[0]
        pocket = add_pocket(case, "co2", need.risk.extreme_at_mm, 6.0).plan.pockets[-1]
        proposal = PocketProposal(
            pocket=pocket, for_id=need.risk.id, for_name=need.risk.name, without_c=-20.0, with_c=-9.0
        )
        return replace(seen, pockets=(proposal,), tried=True)

    monkeypatch.setattr("app.controllers.protecting.advise", tried)
    monkeypatch.setattr("app.controllers.protecting.predict", lambda case, volume, _: report_case.zone_of(case, 12.0))
    shown(driver, 11.0)
    session, section = driver.window.session, driver.window.panels[Step.RISK]._protecting
    driver.wait(lambda: "alarm from" in words_of(section) or "will read" in words_of(section))
    assert section._try.isVisible() and not asked
    driver.window.panels[Step.RISK].ensureWidgetVisible(section._try)
    QTest.mouseClick(section._try, Qt.MouseButton.LeftButton)
    driver.wait(lambda: "−20\u202f°C → −9\u202f°C" in words_of(section))
    assert len(asked) == 1 and not section._try.isVisible()
    place = next(b for b in section.findChildren(QToolButton) if b.toolTip() == "Place this CO₂")
    driver.window.panels[Step.RISK].ensureWidgetVisible(place)
    QTest.mouseClick(place, Qt.MouseButton.LeftButton)
    driver.wait(lambda: len(session.case.plan.pockets) == 1)
    driver.wait(lambda: "→" not in words_of(section))
    driver.wait(section.without.isVisible)
    driver.window.panels[Step.RISK].ensureWidgetVisible(section.without)
    QTest.mouseClick(section.without, Qt.MouseButton.LeftButton, pos=QPoint(8, section.without.height() // 2))
    driver.wait(lambda: driver.window.view.offered is not None, 60)
    assert driver.window.view.offered.words == "Without gas and fluid"
    driver.window.commands.run("undo")
    driver.wait(lambda: driver.window.view.offered is None and not section.without.isChecked())
    driver.wait(lambda: not session.case.plan.pockets)
    driver.wait(lambda: "−20\u202f°C → −9\u202f°C" in words_of(section))


def test_levels_are_changed_in_their_window_and_judged_by_at_once(driver: Driver):
    shown(driver, 11.0)
    window = driver.window
    before = next(r for r in window.session.verdict.structures if r.id == "bowel")
    assert before.judgement in (Judgement.NOT_ASSESSED, Judgement.UNCONFIRMED)
    window.commands.run("thresholds")
    dialog = window.findChild(ThresholdsDialog)
    cells = [[dialog.table.item(line, n).text() for n in range(7)] for line in range(dialog.table.rowCount())]
    bowel = next(n for n, line in enumerate(cells) if line[:2] == ["Bowel", "cold"])
    assert cells[bowel][2:5] == ["", "", ""] and "not assessed" in cells[bowel][6]
    dialog.table.item(bowel, 3).setText("37")
    assert "Changed" in dialog.said.text()

    def judged():
        return next(r for r in window.session.verdict.structures if r.id == "bowel")

    driver.wait(lambda: judged().judgement is Judgement.ALARM)
    assert "Set by the user" in judged().reason
    root = next(n for n, line in enumerate(cells) if line[0].startswith("Roots") and line[1] == "cold")
    dialog.table.item(root, 3).setText("20")
    assert "crossed" in dialog.said.text() and dialog.table.item(root, 3).text() == "0"
    QTest.mouseClick(dialog.reset_button, Qt.MouseButton.LeftButton)
    driver.wait(lambda: judged().judgement is before.judgement)
    dialog.close()


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768)])
def test_temperatures_of_roots_keep_clear_of_their_glyphs(driver: Driver, size):
    driver.window.resize(*size)
    shown(driver, 11.0)
    table = driver.window.panels[Step.RISK]._table
    width, labels = float(table.width()), []
    for n, level in enumerate(table._levels):
        labels += [m for m in table._row(level, 36.0 + 26 * n, width) if isinstance(m, Label) and m.size_px == 13]
    assert any(label.text.startswith("−") and len(label.text) > 2 for label in labels), "no long number was looked at"
    for label in labels:
        half = QFontMetricsF(number_font(label.size_px, label.weight)).horizontalAdvance(label.text) / 2
        glyph_from_middle, half_glyph = 40.0, 6.5
        assert abs(label.x_px - width / 2) - half >= glyph_from_middle + half_glyph + 1, label.text
