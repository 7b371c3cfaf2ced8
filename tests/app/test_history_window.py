"""The history of edits is seen, and a click brings the case back to any of it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.controllers.first_start import ask_for_mouse
from app.main_window import MainWindow
from app.mouse_scheme import MouseScheme
from app.settings import Settings
from app.views.layouts import CONVENTIONAL
from app.widgets.history_list import HistoryDialog, HistoryList
from planning.operations.objects import rename_object
from tests.app.conftest import Driver
from tests.report_case import small_plan, zone_of

pytestmark = pytest.mark.window
NAMES = ("Upper", "Lower", "Middle")


@pytest.fixture
def edited(driver: Driver) -> Driver:
    """A case with three edits."""
    driver.keep_quiet()
    case, volume = small_plan()
    zone = zone_of(case)
    driver.window.session.show_case(case, volume, {zone.digest: zone})
    for name in NAMES:
        driver.window.session.apply(f"Rename to {name}", lambda c, name=name: rename_object(c, "probe-1", name))
    driver.spin(0.1)
    return driver


def rows(shown: HistoryList) -> list[str]:
    return [shown.item(n).text() for n in range(shown.count())]


def click(driver: Driver, shown: HistoryList, words: str) -> None:
    item = shown.item(rows(shown).index(words))
    shown.scrollToItem(item)
    QTest.mouseClick(shown.viewport(), Qt.MouseButton.LeftButton, pos=shown.visualItemRect(item).center())
    driver.spin(0.1)


def name_of(driver: Driver) -> str:
    return driver.window.session.case.plan.probes[0].name


def test_a_click_goes_back_and_on_and_nothing_is_lost_until_an_edit(edited: Driver):
    shown, session = edited.window.rail.history, edited.window.session
    said = ["Rename to Middle", "Rename to Lower", "Rename to Upper", "As it was opened"]
    assert rows(shown) == said and shown.currentItem().text() == "Rename to Middle"
    click(edited, shown, "Rename to Upper")
    assert name_of(edited) == "Upper" and rows(shown) == said and shown.currentItem().text() == "Rename to Upper"
    click(edited, shown, "As it was opened")
    assert name_of(edited) == "C1"
    click(edited, shown, "Rename to Middle")
    assert name_of(edited) == "Middle" and session.store.redo_names == ()
    click(edited, shown, "Rename to Upper")
    session.apply("Rename to Other", lambda c: rename_object(c, "probe-1", "Other"))
    edited.spin(0.1)
    assert rows(shown) == ["Rename to Other", "Rename to Upper", "As it was opened"]


def test_the_whole_history_stands_beside_the_work_by_a_key(edited: Driver):
    edited.window.resize(1366, 768)
    edited.spin(0.1)
    assert not edited.window.rail.history.isVisible()
    edited.press(Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)
    dialog = edited.window.findChild(HistoryDialog)
    assert dialog.isVisible() and not dialog.isModal()
    click(edited, dialog.list, "Rename to Lower")
    assert name_of(edited) == "Lower" and dialog.list.currentItem().text() == "Rename to Lower"
    edited.window.commands.run("undo")
    edited.spin(0.1)
    assert dialog.list.currentItem().text() == "Rename to Upper"
    dialog.close()


def test_layout_and_recent_finds_are_remembered(driver: Driver):
    window = driver.window
    driver.press(Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    driver.press(Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(window.finder, "light theme")
    QTest.keyClick(window.finder, Qt.Key.Key_Return)
    driver.spin(0.1)
    window.commands.run("light-theme")
    window.close()
    again = MainWindow(Settings(window.settings.folder))
    try:
        assert again.layouts.current == CONVENTIONAL and again.finder.recent == ["light-theme"]
    finally:
        again.close()
        again.deleteLater()


def test_the_mouse_is_asked_for_once(driver: Driver):
    window = driver.window
    ask_for_mouse(window)
    assert "mouse" in window.questions.words
    QTest.mouseClick(window.questions.buttons["PACS"], Qt.MouseButton.LeftButton)
    driver.spin(0.1)
    assert window.view.mouse is MouseScheme.PACS and not window.questions.words
    ask_for_mouse(window)
    assert not window.questions.words, "it was answered"
