"""While a CT is read its first slice covers the views, plainly marked, and goes when the CT is there or is not to be had."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.views.reading_cover import WORDS, ReadingCover
from imaging import dicom
from tests.app.conftest import Driver

pytestmark = pytest.mark.window


@pytest.fixture
def held(monkeypatch):
    """A series that is read only when it is let go."""
    let_go, read = threading.Event(), dicom.read_series

    def slowly(series, progress):
        while not let_go.wait(0.005):
            progress.report(0.0)
        return read(series, progress)

    monkeypatch.setattr("imaging.dicom.read_series", slowly)
    return let_go


def cover_of(driver: Driver) -> ReadingCover:
    (cover,) = driver.window.findChildren(ReadingCover)
    return cover


def test_the_first_slice_is_shown_and_nothing_can_be_done_on_it(driver: Driver, phantom_folder: Path, held):
    window, cover = driver.window, cover_of(driver)
    driver.keep_quiet()
    window.open_path(phantom_folder)
    driver.wait(cover.isVisible)
    assert window.session.case is None
    assert not window.inspector.isEnabled()
    axial = window.slices["axial"]
    middle = axial.mapTo(window, axial.rect().center())
    assert window.childAt(middle) is cover, "a click there would reach the view below"
    picture = cover.grab().toImage().convertToFormat(cover.grab().toImage().Format.Format_Grayscale8)
    grey = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.bytesPerLine())
    assert len(np.unique(grey)) > 30, "no slice is seen"
    assert "Nothing can be planned" in WORDS
    QTest.keyClick(window, Qt.Key.Key_P)
    held.set()
    driver.wait(lambda: window.session.volume is not None)
    driver.wait(lambda: not cover.isVisible())
    assert window.inspector.isEnabled()


def test_the_views_come_back_when_reading_is_cancelled(driver: Driver, phantom_folder: Path, held):
    window, cover = driver.window, cover_of(driver)
    window.open_path(phantom_folder)
    driver.wait(cover.isVisible)
    driver.wait(lambda: window.jobs.at_work("Opening"))
    window.commands.run("cancel")
    driver.wait(lambda: not cover.isVisible())
    assert window.inspector.isEnabled() and window.session.volume is None


def test_the_views_come_back_when_the_series_is_refused(driver: Driver, phantom_folder: Path, tmp_path: Path):
    window, cover = driver.window, cover_of(driver)
    files = sorted(phantom_folder.iterdir())
    for path in files[:20] + files[22:]:
        (tmp_path / "ct").mkdir(exist_ok=True)
        (tmp_path / "ct" / path.name).write_bytes(path.read_bytes())
    window.open_path(tmp_path / "ct")
    driver.wait(lambda: "missing" in window.messages.words)
    driver.wait(lambda: not window.jobs.busy)
    driver.spin(0.1)
    assert not cover.isVisible() and window.inspector.isEnabled()
