"""Another plan beside the one in hand, in a real window."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.representations.slice_plane import Plane
from app.views.layouts import FOUR, PLANS
from planning.operations.probes import remove_probe
from tests.app.conftest import Driver
from tests.report_case import small_plan, zone_of


@pytest.fixture
def shown(driver: Driver) -> Driver:
    """Plan 2 with one probe is in hand, plan 1 with two is beside; both are predicted by formula."""
    driver.keep_quiet()
    window = driver.window
    case, volume = small_plan()
    case = replace(case, name="Test")
    zone = zone_of(case)
    window.session._show(case, volume, {zone.digest: zone}, None)
    driver.wait(lambda: window.session.verdict_is_current)
    window.commands.run("copy-plan")
    window.session.apply("Delete", lambda c: remove_probe(c, c.plan.probes[-1].id))
    window.session.remember(zone_of(window.session.case))
    window.session.show_known_zone()
    driver.wait(window.commands.actions["layout-plans"].isEnabled)
    driver.press(Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    driver.wait(lambda: window.layouts.current == PLANS and window.other_plan.predicted)
    driver.spin(0.1)
    return driver


def test_two_plans_stand_side_by_side_and_say_which_is_which(shown: Driver):
    window = shown.window
    mine, other = window.slices[Plane.AXIAL], window.other_views[Plane.AXIAL]
    assert mine.isVisible() and other.isVisible() and window.other_views[Plane.CORONAL].isVisible()
    assert mine.heading.startswith("Plan 2, in hand  Axial") and other.heading.startswith("Plan 1  Axial")
    assert len(mine.scene.case.plan.probes) == 1 and len(other.scene.case.plan.probes) == 2
    assert other.scene.zone.zone.digest != mine.scene.zone.zone.digest
    assert other.scene.verdict.zone_digest == other.scene.zone.zone.digest


def test_crosshair_zoom_and_window_are_shared_and_a_click_beside_moves_the_crosshair(shown: Driver):
    window = shown.window
    mine, other = window.slices[Plane.AXIAL], window.other_views[Plane.AXIAL]
    at = QPoint(other.width() // 2 + 40, other.height() // 2 + 15)
    wanted = other.frame.to_lps([at.x(), at.y()])
    before = window.session.case
    QTest.mouseClick(other, Qt.MouseButton.LeftButton, pos=at)
    assert np.allclose(window.view.crosshair_mm, wanted) and window.session.case is before
    other._zoom(0.5, at)
    assert mine.frame.mm_per_px == other.frame.mm_per_px
    assert np.allclose(mine.frame.centre_mm, other.frame.centre_mm)


def test_taking_the_other_exchanges_them(shown: Driver):
    window = shown.window
    window.plan_keeping.take(1)
    shown.wait(lambda: window.other_plan.plan.number == 2 and window.other_plan.predicted)
    assert window.other_views[Plane.AXIAL].heading.startswith("Plan 2  Axial")
    assert window.slices[Plane.AXIAL].heading.startswith("Plan 1, in hand")


def test_a_plan_without_prediction_says_so_and_without_another_the_four_views_come_back(shown: Driver):
    window = shown.window
    window.session.apply("Delete a structure", lambda c: replace(c, structures=c.structures[:-1]))
    shown.wait(lambda: "not predicted" in window.other_views[Plane.AXIAL].heading)
    assert window.other_views[Plane.AXIAL].scene.zone is None
    window.plan_keeping.remove(1)
    shown.wait(lambda: window.layouts.current == FOUR)
    assert window.slices[Plane.AXIAL].heading == "" and not window.other_views[Plane.AXIAL].isVisible()


def test_of_several_others_one_is_chosen(shown: Driver):
    window = shown.window
    window.commands.run("copy-plan")
    shown.wait(lambda: window.session.case.plan.number == 3)
    assert window.other_plan.plan.number == 2
    window.show_beside(1)
    shown.wait(lambda: window.other_views[Plane.AXIAL].heading.startswith("Plan 1"))


def test_views_that_are_hidden_leave_the_scale_of_the_others_alone(driver: Driver):
    driver.keep_quiet()
    window, view = driver.window, driver.view("axial")
    case, volume = small_plan()
    window.session._show(case, volume, {}, None)
    driver.spin(0.1)
    across_mm = view.frame.mm_per_px * min(view.width(), view.height() * 1.4)
    assert across_mm == pytest.approx(180.0, rel=0.01), "the surroundings of a plan"
    window.resize(window.width() - 100, window.height() - 60)
    driver.spin(0.1)
    assert view.frame.mm_per_px * view.height() == pytest.approx(across_mm / 1.4, rel=0.02)
