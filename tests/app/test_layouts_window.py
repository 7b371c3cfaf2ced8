"""Layouts of the views, by key: four, and a large one beside three."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from app.representations.slice_plane import Plane
from tests.app.conftest import Driver
from tests.builders.paths import patient

pytestmark = pytest.mark.window
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def opened(driver: Driver) -> Driver:
    driver.keep_quiet()
    _, volume = patient()
    driver.window.session.show_volume(volume, "round", "Round")
    driver.spin(0.2)
    return driver


def shapes(driver: Driver) -> dict[str, tuple[int, int]]:
    """Width and height of all views that are seen."""
    views = {plane.value: driver.view(plane.value) for plane in Plane} | {"3d": driver.window.view3d}
    return {name: (view.width(), view.height()) for name, view in views.items() if view.isVisible()}


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768)])
def test_a_large_view_stands_beside_three_and_four_are_alike_again(opened, size):
    opened.window.resize(*size)
    opened.press(Qt.Key.Key_2, CONTROL)
    found = shapes(opened)
    large, others = found.pop("axial"), list(found.values())
    assert len(others) == 3 and all(abs(w - others[0][0]) <= 2 and abs(h - others[0][1]) <= 2 for w, h in others)
    assert large[1] == pytest.approx(3 * others[0][1], abs=8) and large[0] == pytest.approx(2 * others[0][0], rel=0.02)
    assert opened.window.commands.actions["layout-conventional"].isChecked()
    opened.press(Qt.Key.Key_1, CONTROL)
    four = list(shapes(opened).values())
    assert len(four) == 4 and all(abs(w - four[0][0]) <= 4 and abs(h - four[0][1]) <= 4 for w, h in four)
    assert opened.window.commands.actions["layout-four"].isChecked()


def test_one_view_of_three_is_shown_alone_and_goes_back(opened):
    opened.press(Qt.Key.Key_2, CONTROL)
    before = shapes(opened)
    opened.window.layouts.maximise("coronal")
    opened.spin(0.1)
    alone = shapes(opened)
    assert list(alone) == ["coronal"] and alone["coronal"][1] == before["axial"][1]
    opened.window.layouts.maximise("coronal")
    opened.spin(0.1)
    assert shapes(opened) == before
    opened.press(Qt.Key.Key_3, CONTROL)
    assert list(shapes(opened)) == ["axial"]
