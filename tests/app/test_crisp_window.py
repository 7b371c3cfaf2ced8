"""On a display with two device pixels in each pixel, pictures are made in all of them: nothing is enlarged afterwards."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from app.bench_window.driving import spin
from app.theme import icon
from app.views import slice_view
from tests.app.conftest import Driver
from tests.report_case import small_plan, zone_of

pytestmark = pytest.mark.window

RATIO = 2.0


@pytest.fixture
def doubled(driver: Driver, monkeypatch) -> Driver:
    """A window with a plan whose widgets have two device pixels in each of theirs."""
    monkeypatch.setattr(QWidget, "devicePixelRatioF", lambda widget: RATIO)
    driver.keep_quiet()
    case, volume = small_plan()
    zone = zone_of(case)
    driver.window.session.show_case(case, volume, {zone.digest: zone})
    driver.wait(lambda: driver.window.session.verdict is not None and not driver.window.jobs.busy)
    return driver


def test_a_slice_is_cut_and_kept_in_device_pixels(doubled: Driver, monkeypatch):
    view, made = doubled.view("axial"), []
    cut = slice_view.ct_picture
    monkeypatch.setattr(slice_view, "ct_picture", lambda *given: made.append(cut(*given)) or made[-1])
    doubled.window.view.set_window(380, 45)
    spin(0.2)
    view.repaint()
    view.repaint()
    wanted = round(view.height() * RATIO), round(view.width() * RATIO)
    assert wanted in {picture.pixels.shape for picture in made}
    for layer in (view._ct, view._ground, view._plan):
        assert (layer._kept.height(), layer._kept.width()) == wanted
        assert layer._kept.devicePixelRatio() == RATIO


def test_3d_is_rendered_in_device_pixels_once_it_rests(doubled: Driver):
    view = doubled.window.view3d
    wanted = round(view.height() * RATIO), round(view.width() * RATIO), 3
    doubled.wait(lambda: view._pixels is not None and not view._is_coarse and view._pixels.shape == wanted)


def test_icons_are_drawn_in_device_pixels(application):
    size = QSize(24, 24)
    picture = icon("camera").pixmap(size, RATIO)
    assert picture.size() == size * RATIO and picture.devicePixelRatio() == RATIO
