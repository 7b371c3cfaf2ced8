"""Placing a needle by hand and by numbers: locks, drags along the shaft and about the tip, angles, and views along it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from app.view_state import Step
from planning.operations.probes import add_probe
from tests.app.conftest import Driver
from tests.builders.cases import centred_grid
from tests.builders.volumes import noisy_ball

pytestmark = pytest.mark.window

GRID = centred_grid(60)
RADIUS_MM = 45.0


@pytest.fixture
def placed(driver: Driver) -> Driver:
    """A window with a needle from the back of a ball of soft tissue to its middle."""
    session = driver.window.session
    session.predict = lambda: None
    session._settle.timeout.disconnect()
    session.propose = lambda: None
    session.show_volume(noisy_ball(RADIUS_MM, 40, -1000, grid=GRID), "ball", "Ball")
    session.apply("Place C1", lambda case: add_probe(case, "icerod-1.5", (0, RADIUS_MM, 0), (0, 0, 0)))
    driver.window.view.go_to(Step.PROBES)
    driver.spin(0.2)
    return driver


def probe(driver: Driver):
    return driver.window.session.case.plan.probes[0]


def drag(driver: Driver, view, start_mm, stop_mm, modifier=Qt.KeyboardModifier.NoModifier, steps: int = 4) -> None:
    """Drag in any view, with a key held."""
    begin, end = driver.at(view, start_mm), driver.at(view, stop_mm)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, modifier, begin)
    for n in range(1, steps + 1):
        at = begin + QPoint(*(round(v * n / steps) for v in ((end - begin).x(), (end - begin).y())))
        QTest.mouseMove(view, at)
        driver.spin(0.05)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, modifier, end)
    driver.spin(0.1)


def lock_button(driver: Driver, words: str) -> QToolButton:
    panel = driver.window.panels[Step.PROBES]
    (found,) = (b for b in panel.findChildren(QToolButton) if b.accessibleName() == words)
    return found


def test_a_locked_probe_stays_and_says_why(placed: Driver):
    window, before = placed.window, probe(placed)
    QTest.mouseClick(lock_button(placed, "Lock C1"), Qt.MouseButton.LeftButton)
    placed.spin(0.1)
    assert probe(placed).locked and window.session.store.undo_names[0] == "Lock C1"
    drag(placed, placed.view("axial"), before.tip_mm, (12, 5, 0))
    assert "C1 is locked" in window.messages.words and "Unlock C1" in window.messages.hint
    assert probe(placed).tip_mm == before.tip_mm and not window.session.dragging
    panel = window.panels[Step.PROBES]
    panel._devices.setCurrentIndex(panel._devices.findData("icesphere-1.5"))
    assert probe(placed).device_id == "icerod-1.5" and panel._devices.currentData() == "icerod-1.5"
    placed.press(Qt.Key.Key_Delete)
    assert len(window.session.case.plan.probes) == 1
    placed.press(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert not probe(placed).locked
    drag(placed, placed.view("axial"), before.tip_mm, (12, 5, 0))
    assert probe(placed).tip_mm == pytest.approx((12, 5, 0), abs=1) and not window.messages.words
    assert np.asarray(probe(placed).entry_mm) == pytest.approx(before.entry_mm)
