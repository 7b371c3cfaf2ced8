"""What the mouse buttons do in each scheme, with a real mouse in a real window."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from app.mouse_scheme import Button, Gesture, MouseScheme
from app.settings import Settings
from app.widgets.keys_dialog import KeysDialog
from tests.app.conftest import Driver
from tests.report_case import small_plan

LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton


@pytest.fixture
def shown(driver: Driver) -> Driver:
    driver.keep_quiet()
    case, volume = small_plan()
    driver.window.session._show(case, volume, {}, None)
    driver.window.view.set_hidden([s.id for s in case.structures], True)
    driver.spin(0.1)
    return driver


def seen(driver: Driver):
    view = driver.view("axial")
    return {
        "window": driver.window.view.window_hu, "pan": tuple(view.lens.pan_mm), "scale": view.lens.mm_per_px,
        "crosshair": driver.window.view.crosshair_mm,
    }  # fmt: skip


def changed_by(driver: Driver, button, modifier=Qt.KeyboardModifier.NoModifier) -> set[str]:
    """What a drag over empty tissue changes."""
    view, before = driver.view("axial"), seen(driver)
    start = QPoint(60, view.height() // 2 - 50)
    QTest.mousePress(view, button, modifier, start)
    for step in (10, 25):
        QTest.mouseMove(view, start + QPoint(step, step))
        driver.spin(0.02)
    QTest.mouseRelease(view, button, modifier, start + QPoint(25, 25))
    driver.spin(0.02)
    after = seen(driver)
    return {name for name in before if after[name] != before[name]}


@pytest.mark.parametrize(
    ("scheme", "left", "middle", "right"),
    [
        (MouseScheme.OWN, "crosshair", "pan", "window"),
        (MouseScheme.PACS, "window", "pan", "scale"),
        (MouseScheme.SLICER, "crosshair", "pan", "scale"),
    ],
)
def test_drags_do_what_the_scheme_says(shown: Driver, scheme, left, middle, right):
    shown.window.commands.run(f"mouse-{scheme.value.lower()}")
    assert shown.window.view.mouse is scheme
    assert changed_by(shown, LEFT) == {left}
    assert changed_by(shown, MIDDLE) == {middle}
    # Zooming about a place pans too.
    assert right in changed_by(shown, RIGHT)
    if scheme is not MouseScheme.OWN:
        assert changed_by(shown, RIGHT, Qt.KeyboardModifier.ControlModifier) == {"window"}


def test_a_click_moves_the_crosshair_in_pacs_too_and_probes_are_dragged_by_the_left_button(shown: Driver):
    window, view = shown.window, shown.view("axial")
    window.commands.run("mouse-pacs")
    at = QPoint(70, view.height() // 2 - 40)
    wanted = view.frame.to_lps([at.x(), at.y()])
    QTest.mouseClick(view, LEFT, pos=at)
    assert np.allclose(window.view.crosshair_mm, wanted)
    probe = window.session.case.plan.probes[0]
    shown.look_at(probe.tip_mm)
    window_hu = window.view.window_hu
    shown.drag("axial", probe.tip_mm, np.add(probe.tip_mm, (6.0, 0.0, 0.0)))
    moved = window.session.case.plan.probes[0]
    assert moved.tip_mm[0] - probe.tip_mm[0] == pytest.approx(6.0, abs=1.0) and window.view.window_hu == window_hu


def test_in_pacs_a_brush_in_the_hand_draws_by_the_left_button(shown: Driver):
    window = shown.window
    window.commands.run("mouse-pacs")
    window.view.use_tool("brush")
    before, window_hu = window.session.case, window.view.window_hu
    shown.click("axial", window.view.crosshair_mm)
    shown.wait(lambda: window.session.case is not before)
    assert window.view.window_hu == window_hu


def test_shift_has_the_crosshair_follow_in_slicers_scheme_only(shown: Driver):
    window, view = shown.window, shown.view("axial")
    at = QPoint(90, view.height() // 2 - 30)
    wanted = view.frame.to_lps([at.x(), at.y()])
    for scheme, follows in ((MouseScheme.OWN, False), (MouseScheme.SLICER, True)):
        window.commands.run(f"mouse-{scheme.value.lower()}")
        place, none = QPointF(at), Qt.MouseButton.NoButton
        moved = QMouseEvent(
            QEvent.Type.MouseMove, place, view.mapToGlobal(place), none, none, Qt.KeyboardModifier.ShiftModifier
        )
        shown.application.sendEvent(view, moved)
        assert np.allclose(window.view.crosshair_mm, wanted) is follows


def test_the_scheme_is_remembered_and_stands_in_the_sheet(shown: Driver):
    window = shown.window
    window.commands.run("mouse-slicer")
    assert Settings(window.settings.folder).mouse is MouseScheme.SLICER
    window.commands.run("help")
    dialog = window.findChild(KeysDialog)
    said = [label.text() for label in dialog.findChildren(QLabel)]
    assert "Shift+move" in said and "zoom; with Ctrl window and level" in said
    dialog.close()


@pytest.mark.parametrize("scheme", list(MouseScheme))
def test_a_tool_in_the_hand_always_has_the_left_button_and_the_middle_one_pans(scheme):
    assert scheme.gesture(Button.LEFT, in_hand=True) is Gesture.TOOL
    assert scheme.gesture(Button.MIDDLE, in_hand=False) is Gesture.PAN
    assert all(words and what for words, what in scheme.rows())
