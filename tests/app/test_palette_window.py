"""The search field of the window, with real keys and mouse."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from app.demo import true_case
from app.view_state import Step
from imaging.phantom import Phantom
from planning.operations.probes import add_probe
from planning.operations.protection import add_thermocouple
from tests.app.conftest import Driver

pytestmark = pytest.mark.window
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def planned(driver: Driver, small_phantom: Phantom) -> Driver:
    """A window on the coarse phantom with all that it truly holds, a probe and a thermocouple; nothing is computed."""
    driver.keep_quiet()
    target = np.array(small_phantom.lesions[0].centre_mm)
    case = add_probe(true_case("planned", small_phantom), "icesphere-1.5", target + [0, 40, 0], target)
    case = add_thermocouple(case, target + [9, 0, 0])
    driver.window.session.show_case(case, small_phantom.volume)
    driver.spin()
    return driver


def find(driver: Driver, words: str) -> list[str]:
    """Press Ctrl+K, type, and return what is listed."""
    QTest.keyClick(QApplication.focusWidget() or driver.window, Qt.Key.Key_K, CONTROL)
    driver.spin()
    finder = driver.window.finder
    assert finder.hasFocus() and finder.list.isVisible()
    QTest.keyClicks(finder, words)
    driver.spin()
    return [finder.list.item(n).text() for n in range(finder.list.count())]


def press(driver: Driver, key: Qt.Key) -> None:
    QTest.keyClick(driver.window.finder, key)
    driver.spin()


def chosen(driver: Driver) -> str:
    return driver.window.finder.list.currentItem().text()


def test_a_command_is_found_and_done_by_the_keyboard(driver: Driver):
    window = driver.window
    assert find(driver, "bone")[:2] == ["Window: bone", "Window: bone and soft tissue"]
    press(driver, Qt.Key.Key_Down)
    press(driver, Qt.Key.Key_Down)
    press(driver, Qt.Key.Key_Up)
    assert chosen(driver) == "Window: bone and soft tissue"
    press(driver, Qt.Key.Key_Up)
    press(driver, Qt.Key.Key_Return)
    assert window.view.window_hu == (2000, 400)
    assert not window.finder.list.isVisible() and window.finder.text() == ""
    assert not window.finder.hasFocus()
    driver.press(Qt.Key.Key_2)
    assert window.view.window_hu == (400, 40), "single keys do not work after a search"


def test_every_command_and_step_is_found_but_the_search_itself(driver: Driver):
    listed = find(driver, "")
    for command in driver.window.commands.listed:
        assert (command.words in listed) == (command.id != "search")
    assert {step.value for step in Step} <= set(listed)


def test_a_device_is_found_and_is_the_next_to_be_placed(driver: Driver):
    assert find(driver, "bare laser") == ["Bare laser fibre 805 nm"]
    press(driver, Qt.Key.Key_Return)
    view = driver.window.view
    assert view.device_id == "bare-fibre-805" and view.step is Step.PROBES


def test_a_step_is_found(driver: Driver):
    find(driver, "risk")
    press(driver, Qt.Key.Key_Enter)
    assert driver.window.view.step is Step.RISK


def test_what_cannot_be_done_is_listed_with_its_reason_and_passed_over(driver: Driver):
    window = driver.window
    listed = find(driver, "report")
    item = window.finder.list.item(listed.index("PDF report…"))
    assert item.toolTip().startswith("It needs a probe and its settled zone")
    assert window.finder.list.currentItem() is None
    press(driver, Qt.Key.Key_Down)
    press(driver, Qt.Key.Key_Return)
    assert window.finder.list.isVisible() and window.messages.words == ""
    QTest.mouseClick(
        window.finder.list.viewport(), Qt.MouseButton.LeftButton,
        pos=window.finder.list.visualItemRect(item).center(),
    )  # fmt: skip
    assert window.finder.list.isVisible(), "a click on what cannot be done did something"


def test_nothing_found_is_said(driver: Driver):
    assert find(driver, "xylophone") == ["Nothing here is called that."]
    press(driver, Qt.Key.Key_Return)
    assert driver.window.finder.list.isVisible()


def test_a_structure_is_selected_and_shown_by_a_click(planned: Driver):
    window = planned.window
    window.view.set_crosshair((0, 0, 0))
    listed = find(planned, "s3 l")
    assert listed[0] == "S3 L"
    found = window.finder.list
    QTest.mouseClick(
        found.viewport(), Qt.MouseButton.LeftButton, pos=found.visualItemRect(found.item(0)).center()
    )  # fmt: skip
    planned.spin()
    assert window.view.selected == "root.S3.L" and not found.isVisible()
    root = window.session.case.structure("root.S3.L")
    centre = window.view.crosshair_mm
    assert np.linalg.norm(root.shape.points_mm - centre, axis=1).min() < 25
    for view in window.slices.values():
        x, y = view.frame.to_px(np.asarray(centre))
        assert 0 < x < view.width() and 0 < y < view.height()


def test_probes_and_thermocouples_are_found_by_name_and_kind(planned: Driver):
    view, (probe,) = planned.window.view, planned.window.session.case.plan.probes
    assert probe.name in find(planned, "icesphere probe")
    press(planned, Qt.Key.Key_Return)
    assert view.selected == probe.id and view.crosshair_mm == pytest.approx(probe.tip_mm)
    (placed,) = planned.window.session.case.plan.thermocouples
    find(planned, placed.name)
    press(planned, Qt.Key.Key_Return)
    assert view.selected == placed.id and view.crosshair_mm == pytest.approx(placed.position_mm)


def test_what_was_chosen_lately_comes_first(driver: Driver):
    before = find(driver, "window")
    press(driver, Qt.Key.Key_Down)
    press(driver, Qt.Key.Key_Down)
    third = chosen(driver)
    press(driver, Qt.Key.Key_Return)
    after = find(driver, "window")
    assert before[2] == third == after[0] and sorted(before) == sorted(after)


def test_the_keyboard_goes_back_to_where_it_was(planned: Driver):
    window = planned.window
    window.view.go_to(Step.CASE)
    planned.spin()
    view = planned.view("axial")
    view.setFocus()
    find(planned, "s2")
    press(planned, Qt.Key.Key_Escape)
    assert view.hasFocus() and window.finder.text() == "" and not window.finder.list.isVisible()
    assert window.view.selected == "", "Esc chose something"


def test_escape_in_the_search_leaves_the_points_of_a_tool_alone(opened: Driver, small_phantom: Phantom):
    opened.press(Qt.Key.Key_C)
    for point in small_phantom.roots["S1.R"].points_mm[:2]:
        opened.look_at(point)
        opened.click("axial", point)
    assert len(opened.window.tool.points_mm) == 2
    find(opened, "xyz")
    press(opened, Qt.Key.Key_Return)
    press(opened, Qt.Key.Key_Backspace)
    press(opened, Qt.Key.Key_Escape)
    assert len(opened.window.tool.points_mm) == 2


def test_a_click_elsewhere_leaves_and_does_what_it_does(driver: Driver):
    window = driver.window
    find(driver, "s")
    QTest.mouseClick(window.rail.steps[Step.ZONE], Qt.MouseButton.LeftButton)
    driver.spin()
    assert window.view.step is Step.ZONE and not window.finder.list.isVisible() and not window.finder.hasFocus()


def test_the_list_opens_with_a_click_on_the_field_and_stays_in_the_window(driver: Driver):
    window = driver.window
    for size in ((1920, 1080), (1366, 768)):
        window.resize(*size)
        driver.spin(0.1)
        QTest.mouseClick(window.finder, Qt.MouseButton.LeftButton, pos=QPoint(60, 10))
        driver.spin()
        found = window.finder.list
        assert found.isVisible() and window.rect().contains(found.geometry())
        assert found.geometry().top() >= window.finder.mapTo(window, QPoint(0, window.finder.height())).y()
        press(driver, Qt.Key.Key_Escape)
    assert window.finder.width() < 200, "the field does not shrink"


def test_ctrl_k_works_from_a_text_field(driver: Driver):
    other = QLineEdit(driver.window)
    other.show()
    other.setFocus()
    QTest.keyClicks(other, "abc")
    assert find(driver, "undo") == ["Undo"]
    press(driver, Qt.Key.Key_Escape)
    assert other.hasFocus() and other.text() == "abc"


def test_taking_the_crosshair_stays_on_the_page(opened: Driver):
    opened.window.view.go_to(Step.RISK)
    opened.press(Qt.Key.Key_V)
    assert opened.window.view.step is Step.RISK
