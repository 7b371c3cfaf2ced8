"""The sheet of keys: complete, in groups, readable on small screens."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from app.widgets.keys_dialog import KeysDialog
from tests.app.conftest import Driver

pytestmark = pytest.mark.window


def opened_sheet(driver: Driver) -> KeysDialog:
    driver.press(Qt.Key.Key_Question)
    dialog = driver.window.findChild(KeysDialog)
    assert dialog is not None and dialog.isVisible() and not dialog.isModal()
    return dialog


def test_every_key_stands_in_the_group_of_its_command(driver: Driver):
    dialog = opened_sheet(driver)
    said = [label.text() for label in dialog.findChildren(QLabel)]
    heads = [label.text() for label in dialog.findChildren(QLabel) if label.property("role") == "section"]
    assert heads == [
        "File", "Edit", "Plans", "Views", "Tools", "3D view", "Mouse and views", "Measurements", "Report, help and end",
    ]  # fmt: skip
    for head, words in (
        ("File", "Save"),
        ("Edit", "Undo"),
        ("Views", "Four views"),
        ("Tools", "Brush"),
        ("3D view", "3D: bone of the CT"),
        ("Plans", "Next plan"),
    ):
        at = said.index(words)
        assert [h for h in heads if said.index(h) < at][-1] == head
    assert "Window: bone, soft tissue, " in " ".join(
        said
    ) and "3D from behind, from the front, from the left, " in " ".join(said)
    for action in driver.window.commands.actions.values():
        words = action.text().rstrip("…")
        in_a_row = [
            line for line in said if ", " in line and words.removeprefix("3D ").removeprefix("Window: ") in line
        ]
        assert not action.shortcuts() or words in said or in_a_row, words
    dialog.close()


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768), (1024, 500)])
def test_no_word_is_cut_off_and_the_sheet_stays_within_the_window(driver: Driver, size):
    driver.window.resize(*size)
    driver.spin(0.1)
    dialog = opened_sheet(driver)
    driver.spin(0.1)
    assert dialog.width() <= driver.window.width() and dialog.height() <= driver.window.height()
    for label in dialog.findChildren(QLabel):
        assert label.width() >= label.minimumSizeHint().width(), label.text()
        needed = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
        assert label.height() >= needed, label.text()
        assert label.wordWrap() or label.width() >= label.sizeHint().width(), label.text()
    bar = dialog.scroll.verticalScrollBar()
    # On small screens it scrolls.
    assert bar.maximum() == 0 or size[1] < 1080
    if size[0] > 1200:
        assert dialog.scroll.horizontalScrollBar().maximum() == 0
    dialog.close()


def test_asking_twice_shows_one_sheet_and_escape_closes_it(driver: Driver):
    dialog = opened_sheet(driver)
    driver.window.commands.run("help")
    driver.spin()
    assert driver.window.findChildren(KeysDialog) == [dialog]
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    driver.spin(0.1)
    assert not driver.window.findChildren(KeysDialog)


def test_no_key_does_two_things(driver: Driver):
    keys = [key.toString() for action in driver.window.commands.actions.values() for key in action.shortcuts()]
    assert keys and len(set(keys)) == len(keys), {key for key in keys if keys.count(key) > 1}
