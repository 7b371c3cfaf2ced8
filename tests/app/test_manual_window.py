"""The manual in the program: its chapters, its pictures, its search and its links, by real keys and mouse."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel

from app.manual import CHAPTERS, anchor_of, manual_folder, manual_text
from app.theme import set_theme
from app.view_state import Step
from app.widgets.about_dialog import AboutDialog
from app.widgets.keys_dialog import KeysDialog
from app.widgets.manual_window import ManualWindow
from imaging.errors import DomainError
from tests.app.conftest import Driver

pytestmark = pytest.mark.window
LARGEST_BYTES = 250_000


def opened_manual(driver: Driver) -> ManualWindow:
    driver.press(Qt.Key.Key_F1)
    manual = driver.window.findChild(ManualWindow)
    assert manual is not None and manual.isVisible() and not manual.isModal()
    return manual


def test_f1_opens_the_manual_at_the_chapter_of_the_step(driver: Driver):
    for n, step in enumerate(Step):
        # The manual has the keyboard once it is open; whoever goes on working clicks the window.
        driver.window.windowHandle().requestActivate()
        driver.wait(driver.window.isActiveWindow, 5)
        driver.press(Qt.Key(Qt.Key.Key_1 + n), Qt.KeyboardModifier.AltModifier)
        manual = opened_manual(driver)
        assert manual.chapter == CHAPTERS[step]
        assert manual.page.verticalScrollBar().value() > 0
    assert len(driver.window.findChildren(ManualWindow)) == 1
    QTest.keyClick(manual, Qt.Key.Key_Escape)
    driver.spin(0.1)
    assert not driver.window.findChildren(ManualWindow)


def test_every_chapter_is_in_the_contents_and_a_click_goes_there(driver: Driver):
    manual = opened_manual(driver)
    headings = re.findall(r"^##+ (.+)$", manual_text(), re.MULTILINE)
    listed = [manual.contents.item(n) for n in range(manual.contents.count())]
    assert [item.data(Qt.ItemDataRole.UserRole) for item in listed] == headings and set(CHAPTERS.values()) <= set(
        headings
    )
    item = listed[headings.index("How sure")]
    place = manual.contents.visualItemRect(item).center()
    QTest.mouseClick(manual.contents.viewport(), Qt.MouseButton.LeftButton, pos=place)
    driver.spin()
    assert manual.chapter == "How sure"


def test_the_search_marks_every_place_and_goes_from_one_to_the_next(driver: Driver):
    manual = opened_manual(driver)
    QTest.keyClick(manual, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert manual.search.hasFocus()
    QTest.keyClicks(manual.search, "thermocouple")
    driver.spin()
    count = len(re.findall("thermocouple", manual_text(), re.IGNORECASE))
    assert count > 0 and manual.found.text() == f"1 of {count}" and len(manual.page.extraSelections()) == count
    QTest.keyClick(manual.search, Qt.Key.Key_Return)
    assert manual.found.text() == f"{min(2, count)} of {count}"
    QTest.keyClick(manual.search, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(manual.search, "no such word")
    assert manual.found.text() == "Not found" and not manual.page.extraSelections()
    assert manual.isVisible()


def test_every_picture_is_there_shown_and_small(driver: Driver):
    manual, names = opened_manual(driver), re.findall(r"!\[.+\]\((.+?)\)", manual_text())
    assert 10 <= len(names) <= 14 and len(set(names)) == len(names)
    assert {p.name for p in (manual_folder() / "pictures" / "manual").iterdir()} == {n.split("/")[-1] for n in names}
    for name in names:
        assert (manual_folder() / name).stat().st_size < LARGEST_BYTES
        picture = manual.page.loadResource(2, QUrl(name))
        assert 200 < picture.width() <= 860 * manual.devicePixelRatioF()


def test_a_click_on_a_picture_shows_it_as_large_as_it_is(driver: Driver):
    manual = opened_manual(driver)
    manual.show_chapter("The verdict")
    driver.spin()
    for place in (QPoint(200, 300), QPoint(700, 300)):
        assert manual.page.picture_at(place) == "pictures/manual/09-risk.png"
        QTest.mouseClick(manual.page.viewport(), Qt.MouseButton.LeftButton, pos=place)
        driver.spin()
        (shown,) = [d for d in manual.findChildren(QDialog) if d.isVisible()]
        assert shown.findChild(QLabel).pixmap().width() == 1366 and not shown.isModal()
        QTest.keyClick(shown, Qt.Key.Key_Escape)
        driver.spin(0.1)
    assert manual.page.picture_at(QPoint(200, 5)) == "", "a heading is no picture"


def test_links_lead_to_headings(driver: Driver):
    manual = opened_manual(driver)
    anchors = {anchor_of(heading) for heading in manual._headings}
    assert set(re.findall(r"\]\(#(.+?)\)", manual_text())) <= anchors
    manual.page.anchorClicked.emit(QUrl("#look-along-the-needle"))
    driver.spin()
    assert manual.chapter == "Look along the needle"


def test_both_themes_keep_the_place(driver: Driver):
    manual = opened_manual(driver)
    manual.show_chapter("The verdict")
    dark, at = manual.grab().toImage().pixelColor(manual.width() - 40, 300), manual.page.verticalScrollBar().value()
    try:
        set_theme("light")
        driver.spin(0.2)
        light = manual.grab().toImage().pixelColor(manual.width() - 40, 300)
        assert dark.lightness() < 60 and light.lightness() > 200
        assert manual.page.verticalScrollBar().value() == at and manual.chapter == "The verdict"
    finally:
        set_theme("dark")


def test_every_key_of_the_manual_is_one_of_the_program(driver: Driver):
    keys = {key.toString() for action in driver.window.commands.actions.values() for key in action.shortcuts()}
    told = set(re.findall(r"[`*]+((?:Ctrl\+|Shift\+|Alt\+)*(?:F\d|[A-Z\d?]|Space))[`*]+", manual_text()))
    assert len(told) > 15 and told <= keys, told - keys


def test_help_stands_in_the_menu_and_says_what_program_this_is(driver: Driver):
    from app.controllers.window_commands import main_menu

    menu = main_menu(driver.window)
    helping = next(a.menu() for a in menu.actions() if a.menu() is not None and a.text() == "Help")
    words = [action.text() for action in helping.actions()]
    assert words == ["Manual", "Keys and gestures", "Save the log to send…", "About sacroplan"]
    helping.actions()[1].trigger()
    helping.actions()[3].trigger()
    driver.spin()
    assert driver.window.findChild(KeysDialog).isVisible()
    about = driver.window.findChild(AboutDialog)
    assert about.isVisible() and not about.isModal()
    QTest.keyClick(about, Qt.Key.Key_Escape)
    driver.window.findChild(KeysDialog).close()
    driver.spin(0.1)
    assert driver.window.findChild(AboutDialog) is None


def test_a_manual_that_is_missing_is_told(monkeypatch, tmp_path):
    (tmp_path / "resources").mkdir()
    monkeypatch.setattr("app.manual.resources.__file__", str(tmp_path / "resources" / "__init__.py"))
    with pytest.raises(DomainError, match="not part of this installation"):
        manual_folder()


def test_a_built_package_holds_the_manual_and_its_pictures(tmp_path):
    root, built = Path(__file__).parents[2], tmp_path / "built"
    command = [
        sys.executable,
        "setup.py",
        "-q",
        "egg_info",
        "--egg-base",
        str(tmp_path),
        "build_py",
        "--build-lib",
        str(built),
    ]
    done = subprocess.run(command, check=False, cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    packed = built / "resources" / "manual"
    assert (packed / "manual.md").read_text(encoding="utf-8") == manual_text()
    for name in re.findall(r"!\[.+\]\((.+?)\)", manual_text()):
        assert (packed / name).read_bytes() == (manual_folder() / name).read_bytes()
