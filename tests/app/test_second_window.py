"""A second window of views: on the same case, with the same keys, tools and menus, and remembered."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from app.representations.slice_plane import Plane
from app.settings import Settings
from app.views.layouts import CONVENTIONAL
from tests.app.conftest import Driver
from tests.report_case import small_plan, zone_of

pytestmark = pytest.mark.window
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def two(driver: Driver) -> Driver:
    """The small plan in two windows."""
    driver.keep_quiet()
    driver.window.resize(1000, 700)
    case, volume = small_plan()
    zone = zone_of(case)
    driver.window.session.show_case(case, volume, {zone.digest: zone})
    driver.press(Qt.Key.Key_5, CONTROL)
    driver.wait(lambda: driver.window.second.shown is not None and driver.window.second.shown.isVisible())
    driver.look_at(case.plan.probes[0].tip_mm)
    driver.wait(lambda: all(v.lens.mm_per_px > 0 for v in driver.window.second.slices))
    driver.spin(0.1)
    return driver


def test_what_is_done_in_it_is_done_in_both(two: Driver):
    window, second = two.window, two.window.second.shown
    view = second.slices[Plane.AXIAL]
    at = QPoint(view.width() // 3, view.height() // 3)
    expected = view.frame.to_lps([at.x(), at.y()])
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=at)
    two.spin()
    assert np.allclose(window.view.crosshair_mm, expected, atol=0.5)
    before = window.view.crosshair_mm
    QTest.mouseMove(view, at)
    QTest.keyClick(second, Qt.Key.Key_Up)
    two.spin()
    assert window.view.crosshair_mm[2] > before[2] and window.view.crosshair_mm[:2] == before[:2]
    second.windowHandle().requestActivate()
    two.wait(second.isActiveWindow, 5)
    QTest.keyClick(second, Qt.Key.Key_H)
    two.wait(lambda: not window.view.show_crosshair, 5)


def test_a_probe_is_dragged_in_it(two: Driver):
    session, view = two.window.session, two.window.second.shown.slices[Plane.AXIAL]
    tip = np.asarray(session.case.plan.probes[0].tip_mm)
    begin, end = two.at(view, tip), two.at(view, tip + [6, 0, 0])
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=begin)
    for n in (0.5, 1.0):
        QTest.mouseMove(view, begin + (end - begin) * n)
        two.spin(0.05)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=end)
    two.wait(lambda: abs(session.case.plan.probes[0].tip_mm[0] - tip[0] - 6) < 1)
    QTest.mouseClick(view, Qt.MouseButton.RightButton, pos=end)
    two.wait(lambda: isinstance(two.application.activePopupWidget(), QMenu), 5)
    assert two.application.activePopupWidget().actions()[0].text() == "C1"
    two.application.activePopupWidget().close()


def test_its_views_stand_alone_and_turn_alone(two: Driver):
    window, second = two.window, two.window.second.shown
    assert second.layouts.current == CONVENTIONAL
    QTest.mouseDClick(second.view3d, Qt.MouseButton.LeftButton, pos=QPoint(60, 60))
    two.spin(0.1)
    assert second.view3d.isVisible() and not any(v.isVisible() for v in second.slices.values())
    assert all(window.slices[p].isVisible() for p in Plane), "the first window keeps its layout"


def test_it_is_closed_by_the_same_key_and_comes_back_with_the_first(two: Driver):
    window = two.window
    both = len(window.all_slices)
    assert window.commands.actions["second-window"].isChecked() and len(window.second.slices) == 3
    two.press(Qt.Key.Key_5, CONTROL)
    two.wait(lambda: window.second.shown is None)
    assert not window.settings.second_window and len(window.all_slices) == both - 3
    two.look_at((0, 0, 0))
    # What hung on its views must be gone with them.
    window.commands.run("volume-bone")
    window.commands.refresh()
    two.spin(0.2)
    two.press(Qt.Key.Key_5, CONTROL)
    window.close()
    two.spin(0.1)
    assert window.second.shown is None
    again = Settings(window.settings.folder)
    assert again.second_window and again.second_geometry is not None
