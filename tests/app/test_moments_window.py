"""The zone at any moment of the treatment, in the window: by mouse, by keys, and played."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from app.view_state import Step
from planning.operations.probes import move_probe
from tests.app.conftest import Driver
from tests.report_case import small_plan, zone_of

pytestmark = pytest.mark.window
NONE = Qt.KeyboardModifier.NoModifier


class Growing:
    """Ice that grows evenly through the schedule, up to the zone's own."""

    def __init__(self, zone) -> None:
        self.times_s = np.linspace(0.0, float(zone.times_s[-1]), 9)
        self._extreme_c = zone.extreme_c

    def at_c(self, at_s: float):
        return 37.0 + (self._extreme_c - 37.0) * np.float32(at_s / self.times_s[-1])


@pytest.fixture
def opened(driver: Driver) -> Driver:
    driver.keep_quiet()
    show(driver, with_course=True)
    driver.window.view.go_to(Step.ZONE)
    driver.wait(lambda: driver.window.moments.zone is not None)
    driver.spin(0.2)
    return driver


def show(driver: Driver, *, with_course: bool) -> None:
    case, volume = small_plan()
    zone = zone_of(case)
    if with_course:
        zone = replace(zone, course=Growing(zone))
    driver.window.session.show_case(case, volume, {zone.digest: zone})


def place(driver: Driver, at_s: float) -> QPoint:
    strip, whole_s = driver.window.time_strip, driver.window.time_strip._whole_s()
    return QPoint(round(150 + (strip.width() - 318) * at_s / whole_s), 60)


def shown_s(driver: Driver) -> float | None:
    return driver.window.moments.at_s


def coldest_c(driver: Driver) -> float:
    return float(driver.window.session.scene().shown_zone.zone.extreme_c.min())


def test_a_press_shows_the_moment_and_a_drag_goes_through_it(opened):
    strip, whole_c = opened.window.time_strip, coldest_c(opened)
    QTest.mousePress(strip, Qt.MouseButton.LeftButton, NONE, place(opened, 300))
    opened.wait(lambda: opened.window.view.offered is not None)
    assert shown_s(opened) == pytest.approx(300, abs=3) and opened.window.view.moving
    early_c = coldest_c(opened)
    assert "5:0" in opened.window.view.offered.words or "4:5" in opened.window.view.offered.words
    QTest.mouseMove(strip, place(opened, 900))
    QTest.mouseRelease(strip, Qt.MouseButton.LeftButton, NONE, place(opened, 900))
    opened.wait(lambda: coldest_c(opened) < early_c - 5)
    assert shown_s(opened) == pytest.approx(900, abs=3) and not opened.window.view.moving
    assert coldest_c(opened) > whole_c
    assert opened.window.session.scene().judgements == {}, "what is judged is the whole schedule"


def test_a_double_click_or_one_on_the_time_shows_the_whole_again(opened):
    strip = opened.window.time_strip
    for back in (
        lambda: QTest.mouseDClick(strip, Qt.MouseButton.LeftButton, NONE, place(opened, 600)),
        lambda: QTest.mouseClick(strip, Qt.MouseButton.LeftButton, NONE, QPoint(60, 22)),
    ):
        QTest.mouseClick(strip, Qt.MouseButton.LeftButton, NONE, place(opened, 600))
        opened.wait(lambda: opened.window.view.offered is not None)
        back()
        opened.spin(0.2)
        assert shown_s(opened) is None and opened.window.view.offered is None


def test_keys_step_through_it(opened):
    opened.press(Qt.Key.Key_Period)
    assert shown_s(opened) == 30
    opened.press(Qt.Key.Key_Period)
    opened.press(Qt.Key.Key_Comma)
    assert shown_s(opened) == 30
    opened.window.moments.look(None)
    opened.press(Qt.Key.Key_Comma)
    assert shown_s(opened) == pytest.approx(opened.window.moments.last_s - 30)


def test_it_plays_from_the_triangle_and_stops_there(opened):
    strip = opened.window.time_strip
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, NONE, QPoint(22, 22))
    assert opened.window.moments.playing
    opened.wait(lambda: (shown_s(opened) or 0) > 60)
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, NONE, QPoint(22, 22))
    stopped_s = shown_s(opened)
    opened.spin(0.3)
    assert not opened.window.moments.playing and shown_s(opened) == stopped_s and not opened.window.view.moving


def test_played_to_its_end_it_stops_and_begins_anew(opened):
    moments = opened.window.moments
    moments.look(moments.last_s - 20)
    opened.press(Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier)
    opened.wait(lambda: not moments.playing)
    assert moments.at_s == moments.last_s
    opened.press(Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier)
    assert moments.playing and moments.at_s < moments.last_s / 2
    moments.look(None)
    assert not moments.playing


def test_an_edit_and_another_offer_end_it(opened):
    window = opened.window
    probe = window.session.case.plan.probes[0]
    for change in (
        lambda: window.session.apply(
            "Move", lambda c: move_probe(c, probe.id, tip_mm=(*probe.tip_mm[:2], probe.tip_mm[2] + 1))
        ),
        lambda: window.view.offer(None),
    ):
        show(opened, with_course=True)
        opened.wait(lambda: window.moments.zone is not None)
        window.moments.look(300.0)
        opened.wait(lambda: window.view.offered is not None)
        change()
        opened.wait(lambda: shown_s(opened) is None)
        assert window.view.offered is None


def test_a_zone_out_of_a_file_knows_no_moments_and_the_command_says_what_to_do(driver):
    driver.keep_quiet()
    show(driver, with_course=False)
    driver.spin(0.3)
    window = driver.window
    QTest.mouseClick(window.time_strip, Qt.MouseButton.LeftButton, NONE, place(driver, 300))
    driver.spin(0.1)
    assert shown_s(driver) is None and not window.commands.actions["play"].isEnabled()
    assert "F5" in window.commands.actions["play"].toolTip()


def test_solving_a_zone_out_of_a_file_again_brings_its_moments(driver, monkeypatch):
    asked = []

    def predict(case, volume, progress=None, *, with_course=False):
        asked.append(with_course)
        return replace(zone_of(case), course=Growing(zone_of(case)))

    solve = driver.window.session.predict
    driver.keep_quiet()
    show(driver, with_course=False)
    driver.spin(0.3)
    before = driver.window.session.zone
    monkeypatch.setattr("app.controllers.session.services.predict", predict)
    driver.window.session.predict = solve
    driver.window.view.go_to(Step.ZONE)
    solve_now = next(b for b in driver.window.panels[Step.ZONE].findChildren(QPushButton) if b.text() == "Solve now")
    driver.wait(solve_now.isEnabled)
    QTest.mouseClick(solve_now, Qt.MouseButton.LeftButton)
    driver.wait(lambda: driver.window.moments.zone is not None)
    assert asked == [True] and driver.window.session.zone is not before
    driver.press(Qt.Key.Key_F5)
    driver.spin(0.3)
    assert asked == [True], "what is known with its moments is not solved again"
