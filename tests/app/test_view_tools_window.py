"""Tools on the slices, in the window: they appear under the mouse, and change how the CT is shown."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QCursor, QWheelEvent
from PySide6.QtTest import QTest

from app.representations.ct_look import PLAIN
from app.widgets.view_tools import ViewTools
from imaging.slab import Projection
from tests.app.conftest import Driver
from tests.builders.paths import patient

pytestmark = pytest.mark.window


@pytest.fixture
def opened(driver: Driver) -> Driver:
    driver.keep_quiet()
    _, volume = patient()
    driver.window.session.show_volume(volume, "round", "Round")
    driver.spin(0.2)
    return driver


def tools(driver: Driver, plane: str = "axial") -> ViewTools:
    return driver.view(plane).findChild(ViewTools)


def over(driver: Driver, plane: str) -> None:
    view = driver.view(plane)
    QCursor.setPos(view.mapToGlobal(QPoint(view.width() // 2, view.height() // 2)))
    driver.wait(lambda: tools(driver, plane).isVisible())


def from_menu(driver: Driver, button, act) -> None:
    """Open the menu of a button, and do something in it; a menu holds the loop until it is closed."""

    def inside() -> None:
        act(button.menu())
        button.menu().close()

    QTimer.singleShot(150, inside)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    driver.spin(0.1)


def choose(driver: Driver, button, words: str) -> None:
    def pick(menu) -> None:
        action = next(a for a in menu.actions() if words in a.text())
        QTest.mouseClick(
            menu, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, menu.actionGeometry(action).center()
        )

    from_menu(driver, button, pick)


def greys(driver: Driver, plane: str = "axial") -> np.ndarray:
    image = driver.view(plane).grab().toImage().convertToFormat(image_format())
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1).astype(int)


def image_format():
    from PySide6.QtGui import QImage

    return QImage.Format.Format_Grayscale8


def test_tools_are_on_the_view_under_the_mouse_and_on_no_other(opened):
    over(opened, "axial")
    assert not tools(opened, "coronal").isVisible()
    shown, view = tools(opened).geometry(), opened.view("axial").rect()
    assert view.contains(shown) and shown.right() > view.right() - 12 and shown.top() < 12
    over(opened, "coronal")
    opened.wait(lambda: not tools(opened, "axial").isVisible())


def test_a_slab_is_chosen_in_the_menu_shown_on_all_slices_and_ticked(opened):
    view, before = opened.window.view, greys(opened)
    over(opened, "axial")
    choose(opened, tools(opened).look, "MIP")
    assert view.ct_look.slab.projection is Projection.LARGEST and view.ct_look.slab.thickness_mm == 10
    choose(opened, tools(opened).look, "40")
    assert view.ct_look.slab.thickness_mm == 40
    opened.spin(0.3)
    assert (greys(opened) != before).mean() > 0.005
    ticked = []
    from_menu(opened, tools(opened).look, lambda menu: ticked.extend(a.text() for a in menu.actions() if a.isChecked()))
    assert [any(w in t for t in ticked) for w in ("MIP", "40", "linear", "One plane")] == [True, True, True, False]
    choose(opened, tools(opened).look, "One plane")
    assert view.ct_look.slab is None
    opened.spin(0.3)


def test_z_switches_the_slab_and_shift_with_the_wheel_makes_it_thicker(opened):
    view, slices = opened.window.view, opened.view("axial")

    def wheel(notches: int) -> None:
        at = QPointF(slices.width() / 2, slices.height() / 2)
        event = QWheelEvent(
            at, slices.mapToGlobal(at), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.ShiftModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        opened.application.sendEvent(slices, event)
        opened.spin(0.02)

    crosshair = view.crosshair_mm
    wheel(1)
    assert view.ct_look == PLAIN and view.crosshair_mm != crosshair, "without a slab the wheel goes through slices"
    opened.press(Qt.Key.Key_Z)
    assert view.ct_look.thick
    crosshair = view.crosshair_mm
    wheel(1)
    wheel(1)
    wheel(-1)
    assert view.ct_look.thickness_mm == 11 and view.crosshair_mm == crosshair
    for _ in range(14):
        wheel(-1)
    assert view.ct_look.thickness_mm == 1
    opened.press(Qt.Key.Key_Z)
    assert view.ct_look.slab is None


def test_the_window_is_set_by_a_preset_or_by_numbers(opened):
    view = opened.window.view
    over(opened, "axial")
    choose(opened, tools(opened).window_hu, "Window: soft tissue")
    assert view.window_hu == (400, 40)

    def type_numbers(_menu) -> None:
        for box, words in ((tools(opened).width_box, "640"), (tools(opened).level_box, "-120")):
            box.setFocus()
            box.selectAll()
            QTest.keyClicks(box, words)
            QTest.keyClick(box, Qt.Key.Key_Return)

    from_menu(opened, tools(opened).window_hu, type_numbers)
    assert view.window_hu == (640, -120)


def test_a_view_is_shown_alone_and_back(opened):
    over(opened, "axial")
    QTest.mouseClick(tools(opened).alone, Qt.MouseButton.LeftButton)
    opened.spin(0.1)
    assert not opened.view("coronal").isVisible() and opened.view("axial").isVisible()
    QTest.mouseClick(tools(opened).alone, Qt.MouseButton.LeftButton)
    opened.spin(0.1)
    assert opened.view("coronal").isVisible()
