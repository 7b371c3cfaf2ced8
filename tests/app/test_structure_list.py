"""The list of structures: groups that open and close, confirming, renumbering, with real clicks."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel

from app.panels.structure_list import StructureList
from app.view_state import Step
from imaging.phantom import Phantom
from imaging.structures import Side, StructureKind
from planning.model.naming import make_structure
from planning.operations.structures import put_structure
from tests.app.conftest import Driver

pytestmark = pytest.mark.window


@pytest.fixture
def listed(opened: Driver, small_phantom: Phantom) -> Driver:
    """The phantom with roots S1 and S2, a root above the sacrum and the canal marked, none of them confirmed."""
    session = opened.window.session

    def mark(case):
        for level, of in (("L4", "L5"), ("S1", "S1"), ("S2", "S2")):
            for side in Side:
                tube = small_phantom.roots[f"{of}.{side.value}"]
                root = make_structure(
                    StructureKind.ROOT, tube, level=level, side=side, confirmed=False, confidence=0.72
                )
                case = put_structure(case, root)
        return put_structure(case, make_structure(StructureKind.CANAL, small_phantom.canal, confirmed=False))

    session.apply("Mark", mark)
    opened.window.view.go_to(Step.STRUCTURES)
    opened.spin(0.2)
    return opened


def list_of(driver: Driver) -> StructureList:
    return driver.window.findChild(StructureList)


def texts(driver: Driver) -> list[str]:
    return [label.text() for label in list_of(driver).findChildren(QLabel) if label.text() and label.isVisible()]


def press(driver: Driver, name: str) -> None:
    """Click the button of a name or tooltip."""
    buttons = list_of(driver).findChildren(QAbstractButton)
    found = [b for b in buttons if name in (b.accessibleName(), b.toolTip(), b.text()) and b.isVisible()]
    QTest.mouseClick(found[0], Qt.MouseButton.LeftButton)
    driver.spin(0.1)


def test_bones_are_confirmed_together_and_roots_one_by_one(listed: Driver):
    session = listed.window.session
    sacrum = make_structure(StructureKind.SACRUM, session.case.structure("bone").shape, confirmed=False)
    session.apply("Mark", lambda case: put_structure(case, sacrum))
    listed.spin(0.1)
    together = [b for b in list_of(listed).findChildren(QAbstractButton) if b.text() == "Confirm all" and b.isVisible()]
    assert len(together) == 1
    press(listed, "Confirm all")
    assert session.case.structure("bone").confirmed and session.case.structure("sacrum").confirmed
    assert not session.case.structure("root.S1.L").confirmed and not session.case.structure("canal").confirmed
    session.undo()
    assert not session.case.structure("sacrum").confirmed


def test_groups_open_and_close_and_count_what_nobody_confirmed(listed: Driver):
    shown = texts(listed)
    assert "Sacral roots" in shown and "4 unconfirmed" in shown
    assert shown.index("S1 R") < shown.index("S1 L") < shown.index("S2 R")
    assert "Roots above the sacrum" in shown and "L4 R" not in shown
    press(listed, "Open Roots above the sacrum")
    assert "L4 R" in texts(listed)
    press(listed, "Close Sacral roots")
    assert "S1 R" not in texts(listed)


def test_a_selected_structure_is_shown_even_where_its_group_is_closed(listed: Driver):
    listed.window.view.select("root.L4.R")
    listed.spin(0.1)
    assert "L4 R" in texts(listed)


def test_confirming_one_is_a_step_of_undo_and_the_button_says_how_sure_the_program_was(listed: Driver):
    session = listed.window.session
    buttons = [b for b in list_of(listed).findChildren(QAbstractButton) if b.text() == "Confirm"]
    assert any("72 % sure" in b.toolTip() for b in buttons)
    press(listed, "Confirm")
    assert "3 of 4 unconfirmed" in texts(listed) or session.case.structure("canal").confirmed
    listed.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not any(s.confirmed for s in session.case.structures)


def test_all_of_a_group_are_hidden_and_shown_by_its_eye(listed: Driver):
    view = listed.window.view
    press(listed, "Hide Sacral roots")
    assert {"root.S1.L", "root.S2.R"} <= view.hidden and "root.L4.L" not in view.hidden
    press(listed, "Show Sacral roots")
    assert not view.hidden


def test_levels_are_renumbered_by_one_click_and_undone_by_one_key(listed: Driver):
    session = listed.window.session
    press(listed, "Renumber levels up")
    assert {s.id for s in session.case.of_kind(StructureKind.ROOT)} == {
        f"root.{level}.{side}" for level in ("L3", "L5", "S1") for side in "LR"
    }
    listed.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    listed.wait(lambda: "S2 R" in texts(listed))
    press(listed, "Renumber levels down")
    assert session.case.find("root.S3.L") is not None and session.case.find("root.S1.L") is None


def test_a_structure_that_is_picked_comes_into_sight_in_every_slice(listed: Driver):
    view = listed.window.view
    for plane in ("axial", "coronal", "sagittal"):
        listed.view(plane).lens.pan_mm += 150.0
    rows = [label for label in list_of(listed).findChildren(QLabel) if label.text() == "S2 L"]
    QTest.mouseClick(rows[0].parentWidget(), Qt.MouseButton.LeftButton)
    listed.spin(0.1)
    assert view.selected == "root.S2.L"
    for plane in ("axial", "coronal", "sagittal"):
        shown = listed.view(plane)
        place = listed.at(shown, view.crosshair_mm)
        assert shown.rect().adjusted(10, 10, -10, -10).contains(place)
