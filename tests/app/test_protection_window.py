"""Pockets and thermocouples in the window: placed, dragged, changed, undone, deleted and read."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from app.view_state import Step
from imaging.phantom import Phantom
from tests.app.conftest import Driver, place_probe

pytestmark = pytest.mark.window


@pytest.fixture
def planned(opened: Driver, small_phantom: Phantom) -> Driver:
    """A window with a probe in the lesion, on the page of probes."""
    target = np.array(small_phantom.lesions[0].centre_mm)
    place_probe(opened, target, target + [5, 30, 0])
    opened.look_at(target)
    opened.window.view.go_to(Step.PROBES)
    opened.spin(0.1)
    return opened


def plan(driver: Driver):
    return driver.window.session.case.plan


def section(driver: Driver):
    return driver.window.panels[Step.PROBES]._protection


def test_a_click_places_a_ball_and_a_drag_a_long_pocket(planned: Driver, small_phantom: Phantom):
    target = np.array(small_phantom.lesions[0].centre_mm)
    px_mm = planned.view("axial").frame.mm_per_px
    planned.press(Qt.Key.Key_O)
    planned.click("axial", target + [0, -25, 0])
    (ball,) = plan(planned).pockets
    assert ball.start_mm == ball.stop_mm == pytest.approx(target + [0, -25, 0], abs=px_mm)
    assert planned.window.tool.name == "navigate" and planned.window.view.selected == ball.id
    planned.press(Qt.Key.Key_O)
    planned.drag("axial", target + [-30, -20, 0], target + [-10, -20, 0])
    long = plan(planned).pockets[1]
    assert np.subtract(long.stop_mm, long.start_mm) == pytest.approx([20, 0, 0], abs=2 * px_mm)
    planned.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert plan(planned).pockets == (ball,)


def test_the_panel_changes_the_selected_pocket_and_each_change_is_undone(planned: Driver, small_phantom: Phantom):
    target = np.array(small_phantom.lesions[0].centre_mm)
    box = section(planned)
    box._agents.setCurrentIndex(box._agents.findData("saline"))
    box._radius.setValue(6.0)
    planned.press(Qt.Key.Key_O)
    planned.click("axial", target + [0, -25, 0])
    planned.spin(0.2)
    (pocket,) = plan(planned).pockets
    assert (pocket.agent_id, pocket.radius_mm, pocket.temperature_c) == ("saline", 6.0, 37)
    assert box._given.isVisibleTo(box)
    box._temperature.setValue(42)
    box._circulating.click()
    planned.spin(0.1)
    (pocket,) = plan(planned).pockets
    assert (pocket.temperature_c, pocket.circulating) == (42, True)
    # Without a temperature of its own nothing can circulate.
    box._temperature.setValue(0)
    planned.spin(0.1)
    assert (plan(planned).pockets[0].temperature_c, plan(planned).pockets[0].circulating) == (None, False)
    assert not box._circulating.isEnabled()
    planned.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert plan(planned).pockets[0].circulating


def test_pockets_and_thermocouples_are_dragged_as_one_step_of_undo(planned: Driver, small_phantom: Phantom):
    target = np.array(small_phantom.lesions[0].centre_mm)
    px_mm = planned.view("axial").frame.mm_per_px
    planned.press(Qt.Key.Key_M)
    planned.click("axial", target + [-20, 5, 0])
    planned.press(Qt.Key.Key_O)
    planned.click("axial", target + [0, -25, 0])
    before = plan(planned)
    planned.drag("axial", target + [-20, 5, 0], target + [-26, 9, 0])
    assert plan(planned).thermocouples[0].position_mm == pytest.approx(target + [-26, 9, 0], abs=2 * px_mm)
    planned.drag("axial", target + [0, -25, 0], target + [8, -30, 0])
    moved = plan(planned).pockets[0]
    assert moved.start_mm == moved.stop_mm == pytest.approx(target + [8, -30, 0], abs=2 * px_mm)
    assert planned.window.session.store.undo_names[:2] == ("Move CO₂ 1", "Move T1")
    for _ in range(2):
        planned.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert plan(planned) == before
    planned.window.view.select("thermocouple-1")
    planned.press(Qt.Key.Key_Delete)
    assert not plan(planned).thermocouples and plan(planned).pockets


def test_a_place_outside_the_ct_is_refused_and_escape_places_nothing(planned: Driver):
    from planning.operations.protection import add_pocket

    before = plan(planned)
    assert not planned.window.session.apply("Add CO₂", lambda case: add_pocket(case, "co2", (9e3, 0, 0), 5))
    assert "outside the CT" in planned.window.messages.words
    planned.press(Qt.Key.Key_O)
    planned.press(Qt.Key.Key_Escape)
    assert planned.window.tool.name == "navigate"
    assert plan(planned) == before


def test_what_was_judged_stands_in_the_panel(planned: Driver, small_phantom: Phantom):
    target = np.array(small_phantom.lesions[0].centre_mm)
    box = section(planned)
    box._agents.setCurrentIndex(box._agents.findData("d5w"))
    planned.press(Qt.Key.Key_O)
    planned.click("axial", target + [0, -25, 0])
    planned.press(Qt.Key.Key_M)
    planned.click("axial", target + [-8, 0, 0])
    session = planned.window.session
    planned.wait(lambda: session.verdict_is_current and bool(session.verdict.thermocouples))

    def words() -> str:
        return " ".join(label.text() for label in box.findChildren(QLabel) if label.isVisibleTo(box))

    # Panels follow a moment later, and that is longer where the machine is busy.
    planned.wait(lambda: "D5W 1 is not for cryoablation" in words())
    assert "°C" in words() and "T1" in words()
