"""Anything in sight is selected, named, coloured, hidden, locked and deleted by the same gestures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QPushButton, QToolButton

from app.controllers.object_commands import held_under
from app.controllers.objects import shown_colour
from app.tokens import own_colour
from app.view_state import Step
from app.widgets.basics import HELD
from app.widgets.name_field import NameField
from planning.model.annotation import AnnotationKind
from planning.model.look import OwnColour
from planning.operations.annotations import add_annotation
from planning.operations.cement import add_cement
from planning.operations.objects import find_object, object_of
from planning.operations.protection import add_pocket, add_thermocouple
from tests.app.conftest import Driver
from tests.report_case import small_plan, zone_of

pytestmark = pytest.mark.window

STEPS = {
    "lesion": Step.STRUCTURES,
    "annotation-1": Step.STRUCTURES,
    "probe-1": Step.PROBES,
    "pocket-1": Step.PROBES,
    "thermocouple-1": Step.PROBES,
    "cement-1": Step.ZONE,
}


@pytest.fixture
def shown(driver: Driver) -> Driver:
    """The small plan with one of everything; nothing is solved but by formula."""
    driver.keep_quiet()
    case, volume = small_plan()
    x, y, z = case.plan.probes[0].tip_mm
    case = add_pocket(case, "co2", (x + 25, y, z), 4.0)
    case = add_thermocouple(case, (x - 20, y, z))
    case = add_cement(case, (x, y, z), 1.0)
    case = add_annotation(case, AnnotationKind.DISTANCE, [(x, y - 20, z), (x + 9, y - 20, z)], (1, 0, 0), (0, 1, 0))
    zone = zone_of(case)
    driver.window.session.show_case(replace(case, name="Test"), volume, {zone.digest: zone})
    driver.look_at((x, y, z))
    driver.wait(lambda: driver.window.session.verdict_is_current)
    return driver


def held(driver: Driver, object_id: str):
    return object_of(driver.window.session.case, object_id)


def popup(driver: Driver, kind):
    driver.wait(lambda: isinstance(driver.application.activePopupWidget(), kind), 5)
    return driver.application.activePopupWidget()


def right_click(driver: Driver, widget, at: QPoint) -> QMenu:
    QTest.mouseMove(widget, at)
    QTest.mouseClick(widget, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, at)
    return popup(driver, QMenu)


def words_of(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if action.text()]


def choose(driver: Driver, menu: QMenu, words: str) -> None:
    action = next(a for a in menu.actions() if a.text() == words)
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    driver.spin()


def line_of(driver: Driver, object_id: str):
    panel = driver.window.panels[driver.window.view.step]
    driver.wait(lambda: any(w.property(HELD) == object_id for w in panel.findChildren(object)), 5)
    return next(w for w in panel.findChildren(object) if w.property(HELD) == object_id)


@pytest.mark.parametrize("object_id", STEPS)
def test_it_is_named_hidden_locked_and_deleted_by_the_same_keys(shown: Driver, object_id: str):
    window = shown.window
    window.view.go_to(STEPS[object_id])
    shown.spin(0.1)
    window.view.select(object_id)
    shown.spin()
    shown.press(Qt.Key.Key_F2)
    field = popup(shown, NameField)
    QTest.keyClick(field.editor, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(field.editor, "The upper one")
    QTest.keyClick(field.editor, Qt.Key.Key_Return)
    shown.wait(lambda: held(shown, object_id).name == "The upper one")
    shift, control = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
    shown.press(Qt.Key.Key_H, shift)
    assert object_id in window.view.hidden
    shown.wait(lambda: any(b.text() == "1 hidden" and b.isVisible() for b in window.top_bar.findChildren(QPushButton)))
    shown.press(Qt.Key.Key_H, control | shift)
    assert object_id not in window.view.hidden
    shown.press(Qt.Key.Key_L, control)
    assert held(shown, object_id).locked
    shown.press(Qt.Key.Key_Delete)
    assert "The upper one is locked" in window.messages.words and held(shown, object_id)
    shown.press(Qt.Key.Key_L, control)
    shown.press(Qt.Key.Key_Delete)
    assert find_object(window.session.case, object_id) is None
    undone = window.session.store.undo_names[:4]
    assert undone[0] == "Delete The upper one" and undone[3].startswith("Rename ")


@pytest.mark.parametrize("object_id", STEPS)
def test_its_line_offers_the_same(shown: Driver, object_id: str):
    window = shown.window
    window.view.go_to(STEPS[object_id])
    shown.spin(0.3)
    line = line_of(shown, object_id)
    buttons = {b.accessibleName().split()[0]: b for b in line.findChildren(QToolButton)}
    assert {"Hide", "Lock", "Delete"} <= set(buttons)
    # As the platform sends it: a click of the right button on a line.
    window.panels[window.view.step].ensureWidgetVisible(line)
    shown.spin(0.3)
    at = QPoint(60, line.height() // 2)
    shown.wait(lambda: held_under(line_of(shown, object_id).mapToGlobal(at)) == object_id, 5)
    line = line_of(shown, object_id)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, line.mapToGlobal(at))
    shown.application.sendEvent(line, event)
    menu = popup(shown, QMenu)
    assert words_of(menu) == [held(shown, object_id).name, "Rename…", "Hide", "Lock", "Delete", "Colour"]
    choose(shown, menu, "Hide")
    assert object_id in window.view.hidden and window.view.selected == object_id


def test_a_needle_is_coloured_from_the_menu_over_it_and_undone(shown: Driver):
    window, session = shown.window, shown.window.session
    usual = shown_colour(session, held(shown, "probe-1"))
    view = shown.view("axial")
    menu = right_click(shown, view, shown.at(view, held(shown, "probe-1").tip_mm))
    assert words_of(menu)[0] == "C1" and window.view.selected == "probe-1"
    colours = next(a.menu() for a in menu.actions() if a.text() == "Colour")
    next(a for a in colours.actions() if a.text() == "Orange").trigger()
    menu.close()
    shown.spin()
    assert held(shown, "probe-1").colour is OwnColour.ORANGE
    assert shown_colour(session, held(shown, "probe-1")) == own_colour(OwnColour.ORANGE) != usual
    assert session.verdict_is_current, "a colour is nothing that is predicted or judged"
    window.commands.run("undo")
    assert shown_colour(session, held(shown, "probe-1")) == usual


def test_the_menu_is_of_what_lies_under_the_mouse_and_else_of_the_place(shown: Driver):
    window, view = shown.window, shown.view("axial")
    lesion = held(shown, "lesion")
    rim = np.asarray(lesion.shape.points_mm())
    z = window.view.crosshair_mm[2]
    level = rim[np.abs(rim[:, 2] - z) < 1]
    # Away from the shafts, which come first.
    far = level[np.argmax(level[:, 0])]
    menu = right_click(shown, view, shown.at(view, far - [1, 0, 0]))
    assert words_of(menu)[0] == lesion.name and window.view.selected == "lesion"
    menu.close()
    nowhere = QPoint(30, view.height() // 2)
    menu = right_click(shown, view, nowhere)
    assert "Target at the crosshair" in words_of(menu) and "Delete" not in words_of(menu)
    menu.close()
    at = view.frame.to_lps([nowhere.x(), nowhere.y()])
    assert np.allclose(window.view.crosshair_mm, at, atol=0.5)


def test_a_drag_of_the_right_button_still_changes_the_window(shown: Driver):
    window, view = shown.window, shown.view("axial")
    before = window.view.window_hu
    at = QPoint(view.width() // 2, view.height() // 2)
    QTest.mousePress(view, Qt.MouseButton.RightButton, pos=at)
    QTest.mouseMove(view, at + QPoint(40, 0))
    QTest.mouseRelease(view, Qt.MouseButton.RightButton, pos=at + QPoint(40, 0))
    shown.spin()
    assert window.view.window_hu != before and shown.application.activePopupWidget() is None


def test_a_name_that_is_taken_stays_to_be_mended(shown: Driver):
    window = shown.window
    window.view.select("probe-1")
    shown.spin()
    shown.press(Qt.Key.Key_F2)
    field = popup(shown, NameField)
    QTest.keyClick(field.editor, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(field.editor, "Lesion")
    QTest.keyClick(field.editor, Qt.Key.Key_Return)
    shown.spin()
    assert field.isVisible() and field.editor.text() == "Lesion" and held(shown, "probe-1").name == "C1"
    QTest.keyClick(field.editor, Qt.Key.Key_Escape)
    shown.wait(lambda: shown.application.activePopupWidget() is None)
    assert held(shown, "probe-1").name == "C1"


def test_a_root_says_that_its_level_is_its_name(shown: Driver):
    window = shown.window
    root = next(s for s in window.session.case.structures if s.level)
    window.view.select(root.id)
    shown.spin()
    shown.press(Qt.Key.Key_F2)
    assert f"{root.name} is named by its level" in window.messages.words
    assert shown.application.activePopupWidget() is None


def test_what_is_hidden_is_drawn_nowhere_and_cannot_be_dragged(shown: Driver):
    window = shown.window
    tip = held(shown, "probe-1").tip_mm
    window.view.set_hidden([p.id for p in window.session.case.plan.probes], True)
    shown.spin()
    assert window.session.scene().plan.probes == () and window.session.case.plan.probes
    shown.drag("axial", tip, np.asarray(tip) + [8, 0, 0])
    assert held(shown, "probe-1").tip_mm == tip
