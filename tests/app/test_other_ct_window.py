"""Another CT beside the planning CT: laid over it, looked at, refused in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

import app.controllers.other_ct as other_ct
from app.representations.slice_plane import Plane
from app.views.layouts import CTS, FOUR
from imaging.registration import Registration, RegistrationError, Residual
from planning.quantities import hu_text
from tests.app.conftest import Driver
from tests.builders.cases import centred_grid
from tests.builders.volumes import noisy_ball

pytestmark = pytest.mark.window

GRID = centred_grid(60)
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT_MM = 7.0


def another(frame: str = GRID.frame_uid, seed: int = 2):
    new = noisy_ball(35.0, 90, -1000, grid=replace(GRID, frame_uid=frame), seed=seed)
    return replace(new, provenance=replace(new.provenance, description="Arterial", acquired_on="20260301"))


@pytest.fixture
def ready(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> Driver:
    """A window on a ball of tissue; the folder that is chosen holds another scan in the same frame of reference."""
    driver.keep_quiet()
    monkeypatch.setattr(other_ct, "open_ct", lambda folder, progress: another())
    driver.window.choose_folder = lambda title: "another"
    driver.window.session.show_volume(noisy_ball(40.0, 40, -1000, grid=GRID), "ball", "Ball")
    driver.spin(0.1)
    return driver


def show(driver: Driver) -> None:
    driver.press(Qt.Key.Key_6, CONTROL)
    driver.wait(lambda: not driver.window.other_ct.running)
    driver.spin(0.1)


def test_it_stands_beside_in_the_same_place_and_size(ready: Driver):
    window = ready.window
    show(ready)
    ct = window.ct_views[Plane.AXIAL]
    assert window.layouts.current == CTS and ct.isVisible()
    assert "Other CT: Arterial, 2026-03-01" in ct.heading and "Axial" in ct.heading
    assert "frame of reference" in window.messages.hint
    assert ct.reslicer.volume.hu_at((0, 0, 0)) != window.slices[Plane.AXIAL].reslicer.volume.hu_at((0, 0, 0))
    assert ct.frame.mm_per_px == window.slices[Plane.AXIAL].frame.mm_per_px
    at = QPoint(ct.width() // 3, ct.height() // 3)
    expected = ct.frame.to_lps([at.x(), at.y()])
    QTest.mouseClick(ct, Qt.MouseButton.LeftButton, pos=at)
    assert np.allclose(window.view.crosshair_mm, expected, atol=0.5)
    QTest.mouseMove(ct, at + QPoint(3, 3))
    ready.spin(0.1)
    hu = ct.reslicer.volume.hu_at(ct.frame.to_lps([at.x() + 3, at.y() + 3]))
    assert window.status._value.text().startswith(hu_text(hu)), "the status line tells of the CT under the mouse"
    # The bar of messages lies over the views that came.
    assert window.childAt(ct.mapTo(window, QPoint(30, 12))) is not ct


def test_it_stays_until_another_is_chosen_or_the_case_changes(ready: Driver, monkeypatch: pytest.MonkeyPatch):
    window = ready.window
    show(ready)
    first = window.other_ct.reslicer
    window.show_layout(FOUR)
    show(ready)
    assert window.layouts.current == CTS and window.other_ct.reslicer is first, "it is not read again"
    monkeypatch.setattr(other_ct, "open_ct", lambda folder, progress: another(seed=5))
    window.commands.run("other-ct")
    ready.wait(lambda: window.other_ct.reslicer is not first)
    window.session.show_volume(noisy_ball(30.0, 40, -1000, grid=GRID, seed=9), "ball", "Next")
    ready.wait(lambda: window.layouts.current == FOUR)
    assert window.other_ct.reslicer is None


def test_one_in_another_frame_is_laid_over_by_its_bones(ready: Driver, monkeypatch: pytest.MonkeyPatch):
    left = Residual(mean_mm=0.21, p95_mm=0.6, agreement=0.97, overlap=1.0, bone_cm3=90.0)
    placed = np.eye(4)
    placed[0, 3] = SHIFT_MM
    found = Registration(
        target_from_source=placed, residual=left, likeness=0.97, rival_mean_mm=None, turn_deg=0.0, shift_mm=SHIFT_MM
    )
    new = another("1.2.9")
    monkeypatch.setattr(other_ct, "open_ct", lambda folder, progress: new)
    monkeypatch.setattr(other_ct, "register", lambda *args, **kwargs: found)
    show(ready)
    window = ready.window
    assert window.other_ct.reslicer.volume.hu_at((SHIFT_MM, 0, 0)) == new.hu_at((0, 0, 0))
    assert "apart in the mean" in window.messages.hint and "97\u202f%" in window.messages.hint


@pytest.mark.parametrize("fault", ["same", "bones"])
def test_what_cannot_stand_beside_is_refused_and_the_one_before_stays(
    ready: Driver, monkeypatch: pytest.MonkeyPatch, fault: str
):
    window = ready.window
    show(ready)
    before = window.other_ct.reslicer
    window.show_layout(FOUR)
    if fault == "same":
        monkeypatch.setattr(other_ct, "open_ct", lambda folder, progress: window.session.volume)
        words = "This is the planning CT itself"
    else:
        words = "The new CT shows no bone"

        def refuse(*args, **kwargs):
            raise RegistrationError(words + ".", code="registration-no-bone", hint="Choose another.")

        monkeypatch.setattr(other_ct, "open_ct", lambda folder, progress: another("1.2.9"))
        monkeypatch.setattr(other_ct, "register", refuse)
    window.commands.run("other-ct")
    ready.wait(lambda: words in window.messages.words)
    ready.wait(lambda: not window.other_ct.running)
    ready.spin(0.1)
    assert window.messages.hint and window.other_ct.reslicer is before and window.layouts.current == FOUR
