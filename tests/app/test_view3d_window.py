"""The 3D view's own tools, in the window: volume, cuts, standard views, and where it is moved with the mouse."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QCursor, QImage
from PySide6.QtTest import QTest

from app.controllers.taking_away import take_pictures
from app.representations import ct_solid
from app.representations.camera3d import STANDARD_VIEWS
from app.representations.volume_look import SURFACES, Cut, Substance
from app.widgets.view3d_tools import View3DTools
from imaging.errors import ImagingError
from planning.model.naming import make_structure
from planning.operations.probes import add_probe
from planning.operations.structures import put_structure
from tests.app.conftest import Driver
from tests.builders.solids import body_with_plate, hidden_lesion

pytestmark = pytest.mark.window

SHIFT, CTRL_ALT = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier,
)
NONE, LEFT = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
DIGITS = (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4, Qt.Key.Key_5, Qt.Key.Key_6, Qt.Key.Key_7)


@pytest.fixture
def opened(driver: Driver) -> Driver:
    """A window on a body whose plate of bone hides a lesion, seen from straight behind."""
    driver.keep_quiet()
    session = driver.window.session
    session.show_volume(body_with_plate(), "plate", "Plate")
    session.apply("Lesion", lambda case: put_structure(case, make_structure(*hidden_lesion())))
    driver.look_at((0, 0, 0))
    driver.window.commands.run("reset-view")
    driver.window.commands.refresh()
    driver.press(Qt.Key.Key_1, CTRL_ALT)
    driver.wait(lambda: not session.jobs.busy)
    settle(driver)
    return driver


def tools(driver: Driver) -> View3DTools:
    return driver.window.view3d.findChild(View3DTools)


def settle(driver: Driver) -> None:
    """Wait until the view rests, and shows the volume if it is to."""
    view = driver.window.view3d

    def rests() -> bool:
        wanted = driver.window.view.volume_look.casts
        return not (view._due.isActive() or view._is_coarse) and view._scene3d.casts == wanted

    driver.wait(rests)
    driver.spin(0.02)


def colour_at(driver: Driver, lps_mm) -> np.ndarray:
    """Mean red, green and blue of the 3D picture around a place."""
    settle(driver)
    view = driver.window.view3d
    x, y = np.rint(view._scene3d.to_px(lps_mm, view.width(), view.height())[0]).astype(int)
    image = view.grab().toImage()
    colours = [image.pixelColor(x + i, y + j) for i in range(-2, 3) for j in range(-2, 3)]
    return np.mean([(c.red(), c.green(), c.blue()) for c in colours], axis=0)


def is_pink(colour) -> bool:
    return colour[0] > colour[1] + 20 and colour[2] > colour[1]


def in_menu(driver: Driver, button, act) -> None:
    """Open the menu of a button, do something in it, and close it; a menu holds the loop until it is closed."""

    went_wrong = []

    def inside() -> None:
        try:
            act(button.menu())
        except Exception as error:  # noqa: BLE001  Qt would only print it, and the menu hold the loop for ever
            went_wrong.append(error)
        finally:
            button.menu().close()

    QTimer.singleShot(100, inside)
    QTest.mouseClick(button, LEFT)
    driver.spin(0.05)
    if went_wrong:
        raise went_wrong[0]


def choose(driver: Driver, button, words: str) -> None:
    def pick(menu) -> None:
        action = next(a for a in menu.actions() if words in a.text())
        QTest.mouseClick(menu, LEFT, NONE, menu.actionGeometry(action).center())

    in_menu(driver, button, pick)


def over(driver: Driver) -> None:
    view = driver.window.view3d
    QCursor.setPos(view.mapToGlobal(QPoint(view.width() // 2, view.height() // 2)))
    driver.wait(lambda: tools(driver).isVisible())


def with_probe(driver: Driver) -> None:
    done = driver.window.session.apply(
        "Add", lambda case: add_probe(case, "icesphere-1.5", (0.0, 48.0, 0.0), (0.0, 0.0, 0.0))
    )
    assert done
    driver.spin(0.05)
    driver.window.commands.refresh()


def test_bone_is_chosen_in_the_menu_under_the_mouse_shown_and_ticked(opened: Driver):
    over(opened)
    shown, view = tools(opened).geometry(), opened.window.view3d.rect()
    assert view.contains(shown) and shown.right() > view.right() - 12 and shown.top() < 12
    assert colour_at(opened, (40, 24, 40)).max() < 5
    choose(opened, tools(opened).volume, "bone of the CT")
    assert colour_at(opened, (40, 24, 40)).min() > 40
    ticked = []
    in_menu(opened, tools(opened).volume, lambda menu: ticked.extend(a.text() for a in menu.actions() if a.isChecked()))
    assert ticked == ["3D: bone of the CT", "3D: see lesion and zone through the volume"]
    choose(opened, tools(opened).volume, "surfaces alone")
    assert colour_at(opened, (40, 24, 40)).max() < 5
    QCursor.setPos(opened.view("axial").mapToGlobal(QPoint(100, 100)))
    opened.wait(lambda: not tools(opened).isVisible())


def test_keys_switch_the_volume_and_nothing_is_undone_by_it(opened: Driver):
    view, names = opened.window.view, opened.window.session.store.undo_names
    opened.press(Qt.Key.Key_B, SHIFT)
    assert view.volume_look.substance is Substance.BONE and colour_at(opened, (62, 24, 0)).max() < 5
    opened.press(Qt.Key.Key_S, SHIFT)
    assert view.volume_look.substance is Substance.SOFT_TISSUE and colour_at(opened, (62, 48, 0)).max() > 20
    opened.press(Qt.Key.Key_S, SHIFT)
    assert view.volume_look == SURFACES and opened.window.session.store.undo_names == names


def test_the_lesion_is_seen_through_bone_until_that_is_switched_off(opened: Driver):
    button = tools(opened).see_through
    assert not button.isEnabled() and "translucent already" in button.toolTip()
    opened.press(Qt.Key.Key_B, SHIFT)
    over(opened)
    assert button.isEnabled() and button.isChecked() and is_pink(colour_at(opened, (0, 0, 0)))
    QTest.mouseClick(button, LEFT)
    assert not button.isChecked() and not is_pink(colour_at(opened, (0, 0, 0)))
    opened.press(Qt.Key.Key_L, SHIFT)
    assert button.isChecked() and is_pink(colour_at(opened, (0, 0, 0)))


def test_a_cut_is_chosen_turned_to_the_other_side_and_follows_the_crosshair(opened: Driver):
    opened.press(Qt.Key.Key_B, SHIFT)
    over(opened)
    choose(opened, tools(opened).cuts, "cut axially")
    assert colour_at(opened, (40, 24, 30)).max() < 5 < 40 < colour_at(opened, (40, 24, -30)).min()
    opened.press(Qt.Key.Key_F, SHIFT)
    assert colour_at(opened, (40, 24, -30)).max() < 5 < 40 < colour_at(opened, (40, 24, 30)).min()
    opened.look_at((0, 0, 44))
    assert colour_at(opened, (40, 24, 30)).max() < 5
    choose(opened, tools(opened).cuts, "whole")
    assert colour_at(opened, (40, 24, 30)).min() > 40


def test_a_wedge_needs_a_needle_and_the_other_side_a_cut_at_the_crosshair(opened: Driver):
    actions, view = opened.window.commands.actions, opened.window.view
    assert not actions["cut-needle"].isEnabled() and "Place a probe first" in actions["cut-needle"].toolTip()
    assert (
        not actions["cut-other-side"].isEnabled()
        and "Cut at the crosshair first" in actions["cut-other-side"].toolTip()
    )
    assert "Place a probe first" in actions["from-needle"].toolTip()
    for key in (Qt.Key.Key_N, Qt.Key.Key_F):
        opened.press(key, SHIFT)
    opened.window.commands.run("cut-needle")
    assert view.volume_look == SURFACES
    with_probe(opened)
    opened.press(Qt.Key.Key_B, SHIFT)
    opened.press(Qt.Key.Key_L, SHIFT)
    opened.window.view3d.look_from(0, 50)
    assert not is_pink(colour_at(opened, (0, 0, 8)))
    opened.press(Qt.Key.Key_N, SHIFT)
    assert view.volume_look.cut is Cut.NEEDLE and is_pink(colour_at(opened, (0, 0, 8)))
    opened.press(Qt.Key.Key_N, SHIFT)
    assert view.volume_look.cut is Cut.NONE and not is_pink(colour_at(opened, (0, 0, 8)))


def test_keys_turn_to_the_standard_views_and_along_the_needle(opened: Driver):
    view, focus = opened.window.view3d, opened.window.view3d._focus
    for key, standard in zip(DIGITS, STANDARD_VIEWS, strict=False):
        opened.press(key, CTRL_ALT)
        assert view.seen_from_deg == (standard.azimuth_deg, standard.elevation_deg) and (view._focus == focus).all()
    opened.press(DIGITS[6], CTRL_ALT)
    assert view.seen_from_deg == (180, -90), "there is no needle yet"
    with_probe(opened)
    opened.look_at((20, 0, 0))
    opened.press(DIGITS[6], CTRL_ALT)
    assert view.seen_from_deg == pytest.approx((0, 0), abs=0.1) and view._focus == pytest.approx([0, 0, 0])


def test_small_pictures_of_the_standard_views_are_drawn_and_turn_the_view_by_a_click(opened: Driver):
    opened.press(Qt.Key.Key_B, SHIFT)
    settle(opened)
    over(opened)
    before = opened.window.view3d._scene3d.to_px((20, 24, 20), 100, 100)

    def look(_menu) -> None:
        buttons = tools(opened).directions

        def lit(button) -> float:
            image = button.icon().pixmap(button.iconSize()).toImage().convertToFormat(QImage.Format.Format_Grayscale8)
            return np.frombuffer(image.constBits(), np.uint8).mean()

        opened.wait(lambda: all(lit(b) > 0.3 for name, b in buttons.items() if name != "Along the needle"), 10)
        assert list(buttons) == ["Behind", "Front", "Left", "Right", "Above", "Below", "Along the needle"]
        assert not buttons["Along the needle"].isEnabled()
        assert "Place a probe first" in buttons["Along the needle"].toolTip()
        assert "Ctrl+Alt+3" in buttons["Left"].toolTip() and "The back is on the right" in buttons["Left"].toolTip()
        # The plate is seen edge on from the side, and whole from behind.
        assert lit(buttons["Behind"]) > 2 * lit(buttons["Left"])
        assert opened.window.view3d._scene3d.to_px((20, 24, 20), 100, 100) == pytest.approx(before, abs=0.5)
        QTest.mouseClick(buttons["Left"], LEFT)

    in_menu(opened, tools(opened).views, look)
    assert opened.window.view3d.seen_from_deg == (-90, 0)


@pytest.mark.parametrize(("button", "modifier"), [(LEFT, SHIFT), (Qt.MouseButton.MiddleButton, NONE)])
def test_a_drag_with_shift_or_the_middle_button_moves_the_picture(opened: Driver, button, modifier):
    view, from_deg, focus = opened.window.view3d, opened.window.view3d.seen_from_deg, opened.window.view3d._focus.copy()
    drag(opened, button, modifier)
    assert view.seen_from_deg == from_deg
    mm_per_px = view._height_mm / view.height()
    # From behind the patient's left is on the left: a drag to the right looks at what lies more to the left.
    assert view._focus - focus == pytest.approx([40 * mm_per_px, 0, 20 * mm_per_px], abs=0.01)
    drag(opened, LEFT, NONE)
    assert view.seen_from_deg != from_deg


def test_a_slow_picture_is_coarse_while_it_changes_and_full_at_rest(opened: Driver):
    view = opened.window.view3d
    opened.press(Qt.Key.Key_B, SHIFT)
    settle(opened)
    # As on a machine where a full picture takes a second.
    view._full_s, full = 1.0, view._pixels
    opened.press(Qt.Key.Key_2, CTRL_ALT)
    opened.press(Qt.Key.Key_1, CTRL_ALT)
    assert view._is_coarse and not view._due.isActive()
    coarse = view._pixels
    settle(opened)
    assert (view._pixels == full).all() and (coarse != full).any()


def drag(driver: Driver, button, modifier) -> None:
    """A drag by 40 pixels to the right and 20 down, over empty ground."""
    view, start = driver.window.view3d, QPoint(30, 200)
    QTest.mousePress(view, button, modifier, start)
    for n in (1, 2):
        event_at = start + QPoint(20 * n, 10 * n)
        QTest.mouseMove(view, event_at)
        driver.spin(0.02)
    QTest.mouseRelease(view, button, modifier, start + QPoint(40, 20))
    settle(driver)


def test_a_picture_that_is_taken_away_shows_the_volume_too(opened: Driver, tmp_path):
    bright = []
    for _ in range(2):
        take_pictures(opened.window, tmp_path)
        opened.wait(lambda: not opened.window.session.jobs.busy)
        image = QImage(str(tmp_path / "3d.png")).convertToFormat(QImage.Format.Format_Grayscale8)
        bright.append(np.frombuffer(image.constBits(), np.uint8).mean())
        opened.window.commands.run("volume-bone")
    assert bright[1] > 2 * bright[0]


def test_another_ct_is_made_into_a_volume_of_its_own(opened: Driver):
    opened.press(Qt.Key.Key_B, SHIFT)
    settle(opened)
    first = opened.window.view3d._scene3d.solid
    opened.window.session.show_volume(body_with_plate(), "other", "Other")
    opened.wait(lambda: opened.window.view3d._scene3d.solid not in (None, first))
    assert opened.window.view3d._scene3d.solid.ct is opened.window.session.volume
    settle(opened)


def test_a_ct_that_cannot_be_a_volume_is_told_and_surfaces_stay(opened: Driver, monkeypatch):
    def refuses(_volume):
        raise ImagingError("It is too thin.", code="ct-too-thin", hint="Open another.")

    monkeypatch.setattr(ct_solid, "CtSolid", refuses)
    opened.press(Qt.Key.Key_B, SHIFT)
    opened.wait(lambda: "too thin" in opened.window.messages.words)
    assert opened.window.view.volume_look == SURFACES
