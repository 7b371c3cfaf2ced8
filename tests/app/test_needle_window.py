"""Placing a needle by hand and by numbers: locks, drags along the shaft and about the tip, angles, and views along it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from app.representations.needle_marks import depth_line_px, turning_arms
from app.representations.slice_plane import NeedlePlane
from app.view_state import Step
from planning.operations.objects import lock_object
from planning.operations.probes import add_probe
from planning.trajectory.console import console_numbers
from tests.app.conftest import Driver
from tests.builders.cases import centred_grid
from tests.builders.volumes import noisy_ball

pytestmark = pytest.mark.window

GRID = centred_grid(60)
RADIUS_MM = 45.0


@pytest.fixture
def placed(driver: Driver) -> Driver:
    """A window with a needle from the back of a ball of soft tissue to its middle."""
    session = driver.window.session
    driver.keep_quiet()
    session.show_volume(noisy_ball(RADIUS_MM, 40, -1000, grid=GRID), "ball", "Ball")
    session.apply("Place C1", lambda case: add_probe(case, "icerod-1.5", (0, RADIUS_MM, 0), (0, 0, 0)))
    driver.window.view.go_to(Step.PROBES)
    driver.spin(0.2)
    return driver


def probe(driver: Driver):
    return driver.window.session.case.plan.probes[0]


def drag(driver: Driver, view, start_mm, stop_mm, modifier=Qt.KeyboardModifier.NoModifier, steps: int = 4) -> None:
    """Drag in any view, with a key held."""
    begin, end = driver.at(view, start_mm), driver.at(view, stop_mm)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, modifier, begin)
    for n in range(1, steps + 1):
        at = begin + QPoint(*(round(v * n / steps) for v in ((end - begin).x(), (end - begin).y())))
        QTest.mouseMove(view, at)
        driver.spin(0.05)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, modifier, end)
    driver.spin(0.1)


def lock_button(driver: Driver, words: str) -> QToolButton:
    panel = driver.window.panels[Step.PROBES]
    (found,) = (b for b in panel.findChildren(QToolButton) if b.accessibleName() == words)
    return found


def test_a_locked_probe_stays_and_says_why(placed: Driver):
    window, before = placed.window, probe(placed)
    QTest.mouseClick(lock_button(placed, "Lock C1"), Qt.MouseButton.LeftButton)
    placed.spin(0.1)
    assert probe(placed).locked and window.session.store.undo_names[0] == "Lock C1"
    assert "1 placed, locked" in window.rail.steps[Step.PROBES].toolTip()
    drag(placed, placed.view("axial"), before.tip_mm, (12, 5, 0))
    assert "C1 is locked" in window.messages.words and "Unlock C1" in window.messages.hint
    assert probe(placed).tip_mm == before.tip_mm and not window.session.dragging
    panel = window.panels[Step.PROBES]
    panel._devices.setCurrentIndex(panel._devices.findData("icesphere-1.5"))
    assert probe(placed).device_id == "icerod-1.5" and panel._devices.currentData() == "icerod-1.5"
    placed.press(Qt.Key.Key_Delete)
    assert len(window.session.case.plan.probes) == 1
    placed.press(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert not probe(placed).locked
    drag(placed, placed.view("axial"), before.tip_mm, (12, 5, 0))
    assert probe(placed).tip_mm == pytest.approx((12, 5, 0), abs=1) and not window.messages.words
    assert np.asarray(probe(placed).entry_mm) == pytest.approx(before.entry_mm)


def test_keys_held_move_it_along_its_axis_and_turn_it_about_its_tip(placed: Driver):
    session, before, view = placed.window.session, probe(placed), placed.view("sagittal")
    drag(placed, view, (0, 20, 0), (0, 32, 9), Qt.KeyboardModifier.ShiftModifier)
    assert probe(placed).entry_mm == before.entry_mm
    assert probe(placed).tip_mm == pytest.approx((0, 12, 0), abs=1)
    assert session.store.undo_names[0] == "Move C1 along its shaft"
    session.undo()
    drag(placed, view, (0, 30, 0), (0, 30, 30), Qt.KeyboardModifier.ControlModifier)
    turned = probe(placed)
    assert turned.tip_mm == before.tip_mm and turned.direction == pytest.approx(np.sqrt([0, 0.5, 0.5]), abs=0.05)
    assert np.linalg.norm(turned.entry_mm) == pytest.approx(RADIUS_MM, abs=1)
    assert session.store.undo_names[0] == "Turn C1 about its tip"


def typed(driver: Driver, box, value: float) -> None:
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, f"{value}")
    QTest.keyClick(box, Qt.Key.Key_Return)
    driver.spin(0.1)


def test_angles_and_depth_are_typed_and_refused_where_they_cannot_be(placed: Driver):
    window, panel = placed.window, placed.window.panels[Step.PROBES]
    rows, session = panel._aim, window.session
    assert (rows.depth.value(), rows.in_plane.value(), rows.craniocaudal.value()) == (RADIUS_MM, 0, 0)
    typed(placed, rows.craniocaudal, 30)
    assert probe(placed).direction == pytest.approx([0, np.cos(np.pi / 6), 0.5])
    assert np.linalg.norm(probe(placed).entry_mm) == pytest.approx(RADIUS_MM, abs=1) and probe(placed).tip_mm == (
        0,
        0,
        0,
    )
    typed(placed, rows.depth, 30)
    assert probe(placed).depth_mm == pytest.approx(30) and session.store.undo_names[0] == "Set the depth of C1"
    session.undo()
    placed.spin(0.1)
    assert rows.depth.value() == pytest.approx(probe(placed).depth_mm, abs=0.05)
    before = probe(placed)
    typed(placed, rows.depth, 120)
    assert "lies outside the CT" in window.messages.words and probe(placed) == before
    assert rows.depth.value() == pytest.approx(before.depth_mm, abs=0.05), "a refused number was left standing"
    typed(placed, rows.depth, 40)
    session.apply("Lock C1", lambda case: lock_object(case, "C1"))
    placed.spin(0.1)
    before = probe(placed)
    typed(placed, rows.in_plane, 20)
    QTest.keyClick(rows.in_plane, Qt.Key.Key_Up)
    placed.spin(0.1)
    assert probe(placed) == before and "locked" in rows.in_plane.toolTip()


def wheel(driver: Driver, widget, notches: int, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    middle = QPointF(widget.width() / 2, widget.height() / 2)
    event = QWheelEvent(
        middle, widget.mapToGlobal(middle), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton, modifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    driver.application.sendEvent(widget, event)
    driver.spin(0.05)


def test_a_second_probe_is_placed_by_target_and_angles_and_the_wheel_changes_no_number_in_passing(placed: Driver):
    window, panel = placed.window, placed.window.panels[Step.PROBES]
    aim = panel._by_angles
    assert not aim.isVisible()
    placed.press(Qt.Key.Key_P)
    assert aim.isVisible()
    aim.in_plane.setValue(-20)
    window.setFocus()
    wheel(placed, aim.in_plane, 3)
    assert aim.in_plane.value() == -20
    aim.in_plane.setFocus()
    wheel(placed, aim.in_plane, 1)
    assert aim.in_plane.value() == -19
    window.setFocus()
    placed.look_at((0, 0, 55))
    placed.press(Qt.Key.Key_A)
    assert "in air" in window.messages.words and len(window.session.case.plan.probes) == 1
    placed.look_at((0, 0, 0))
    placed.click("axial", (10, 5, 0))
    QTest.mouseClick(aim.place, Qt.MouseButton.LeftButton)
    placed.spin(0.1)
    second = window.session.case.plan.probes[1]
    assert second.tip_mm == pytest.approx((10, 5, 0), abs=1) and not aim.isVisible()
    assert console_numbers(second).in_plane_deg == pytest.approx(-19)
    assert np.linalg.norm(second.entry_mm) == pytest.approx(RADIUS_MM, abs=1)


@pytest.fixture
def along(placed: Driver) -> Driver:
    """The window with its views along and across the needle."""
    placed.press(Qt.Key.Key_N)
    placed.spin(0.2)
    return placed


def needle_view(driver: Driver, plane: NeedlePlane):
    return driver.window.needle_views[plane]


def test_the_needle_layout_comes_and_goes_and_says_why_it_cannot(along: Driver):
    window = along.window
    action, layouts = window.commands.actions["layout-needle"], window.layouts
    assert action.isChecked() and all(view.isVisible() for view in layouts.shown)
    assert not along.view("axial").isVisible() and window.view3d.isVisible()
    QTest.mouseDClick(needle_view(along, NeedlePlane.ACROSS), Qt.MouseButton.LeftButton, pos=QPoint(30, 60))
    along.spin(0.1)
    assert [view for view in layouts.shown if view.isVisible()] == [needle_view(along, NeedlePlane.ACROSS)]
    along.press(Qt.Key.Key_N)
    assert layouts.current == "four" and along.view("axial").isVisible() and not action.isChecked()
    along.press(Qt.Key.Key_N)
    window.view.select(probe(along).id)
    along.spin(0.1)
    along.press(Qt.Key.Key_Delete)
    along.spin(0.2)
    assert layouts.current == "four" and not action.isEnabled() and "Place a probe first" in action.toolTip()
    along.press(Qt.Key.Key_N)
    assert layouts.current == "four" and along.view("coronal").isVisible()


def test_a_drag_along_the_needle_moves_it_in_that_plane_which_stays_until_it_is_let_go(along: Driver):
    window, session = along.window, along.window.session
    view, other = needle_view(along, NeedlePlane.ALONG_A), needle_view(along, NeedlePlane.ACROSS)
    before, kept = probe(along), view.frame
    start, left = along.at(view, before.tip_mm), Qt.MouseButton.LeftButton
    QTest.mousePress(view, left, Qt.KeyboardModifier.NoModifier, start)
    for n in (5, 10, 20):
        QTest.mouseMove(view, start + QPoint(n, 0))
        along.spin(0.05)
    assert view.frame is kept or np.array_equal(view.frame.right, kept.right)
    moved = probe(along)
    shift_mm = 20 * kept.mm_per_px
    assert np.asarray(moved.tip_mm) == pytest.approx(np.asarray(before.tip_mm) + shift_mm * kept.right, abs=1e-6)
    assert other.frame.normal == pytest.approx(-moved.direction), "the view across did not follow"
    QTest.mouseRelease(view, left, Qt.KeyboardModifier.NoModifier, start + QPoint(20, 0))
    along.spin(0.1)
    assert view.frame.down == pytest.approx(-moved.direction) and session.store.undo_names[0] == "Move C1 tip"
    assert window.view.selected == before.id


def test_across_the_needle_it_is_moved_as_a_whole_and_turned_about_its_tip(along: Driver):
    view, before = needle_view(along, NeedlePlane.ACROSS), probe(along)
    here = view.aim.across_mm
    drag(along, view, here, here + [-6, 0, 4])
    for end in ("tip_mm", "entry_mm"):
        assert np.subtract(getattr(probe(along), end), getattr(before, end)) == pytest.approx([-6, 0, 4], abs=0.4)
    along.window.session.undo()
    along.spin(0.1)
    drag(along, view, here, here + [-6, 0, 0], Qt.KeyboardModifier.ControlModifier)
    turned = probe(along)
    assert turned.tip_mm == before.tip_mm and np.linalg.norm(turned.entry_mm) == pytest.approx(RADIUS_MM, abs=1)
    assert turned.direction[0] / turned.direction[1] == pytest.approx(-6 / here[1], abs=0.05)


def test_wheel_lines_and_numbers_turn_and_move_the_planes(along: Driver):
    view, section = along.window.view, along.window.panels[Step.PROBES]._needle
    a, across = needle_view(along, NeedlePlane.ALONG_A), needle_view(along, NeedlePlane.ACROSS)
    depth_mm = across.aim.depth_mm
    wheel(along, across, 2)
    assert across.aim.depth_mm == pytest.approx(depth_mm - 2) == pytest.approx(section.across.value(), abs=0.1)
    wheel(along, a, 3)
    assert view.needle_turned_deg == 9 and section.turned.value() == 9
    along.window._hovered = across
    along.press(Qt.Key.Key_Down)
    assert across.aim.depth_mm == pytest.approx(depth_mm - 1)
    line_y = round(depth_line_px(a.aim, a.frame))
    step_px = round(6 / a.frame.mm_per_px)
    for act, y in ((QTest.mousePress, 0), (QTest.mouseRelease, step_px)):
        QTest.mouseMove(a, QPoint(90, line_y + y))
        along.spin(0.05)
        act(a, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(90, line_y + y))
    assert a.aim.depth_mm == pytest.approx(depth_mm + 5, abs=0.4)
    centre, arm = across.frame.to_px(across.aim.across_mm), turning_arms(across.aim, across.frame)[NeedlePlane.ALONG_B]
    begin, end = centre + 80 * arm, centre + 80 * np.array([arm[1], -arm[0]])
    for act, at in ((QTest.mousePress, begin), (QTest.mouseRelease, end)):
        QTest.mouseMove(across, QPoint(*at.round().astype(int)))
        along.spin(0.05)
        act(across, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(*at.round().astype(int)))
    assert view.needle_turned_deg == pytest.approx(-81, abs=1)
    typed(along, section.turned, 45)
    typed(along, section.across, 12)
    assert (view.needle_turned_deg, across.aim.depth_mm) == (45, pytest.approx(12))
    assert "3.3 mm" in section._cone.text() and section._cone.toolTip()
    view.reveal((0, 30, 0))
    assert across.aim.depth_mm == pytest.approx(RADIUS_MM - 30)


def test_what_draws_in_slices_refuses_an_oblique_plane(along: Driver):
    view = needle_view(along, NeedlePlane.ALONG_B)
    along.window.view.use_tool("outline")
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    along.spin(0.05)
    assert "axial, coronal and sagittal" in along.window.messages.words and "(N)" in along.window.messages.hint
    asked = []
    along.window.tool.move = along.window.tool.preview = lambda *event: asked.append(event) or []
    QTest.mouseMove(view, QPoint(230, 210))
    view.repaint()
    assert not asked, "a tool that draws in slices was shown an oblique plane"
    along.window.view.use_tool("thermocouple")
    place = view.frame.to_lps((220.0, 200.0))
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(220, 200))
    along.spin(0.05)
    assert along.window.session.case.plan.thermocouples[0].position_mm == pytest.approx(tuple(place))


def test_needles_snap_to_slice_and_axis_while_that_is_on(placed: Driver):
    window = placed.window
    window.settings.snaps = False
    placed.press(Qt.Key.Key_A, Qt.KeyboardModifier.ShiftModifier)
    assert window.view.snaps and window.settings.snaps
    # Two degrees off the vertical, and then ten.
    drag(placed, placed.view("axial"), (0, RADIUS_MM, 0), (1.6, RADIUS_MM, 0))
    assert abs(console_numbers(probe(placed)).in_plane_deg) < 1e-6
    drag(placed, placed.view("axial"), (0, RADIUS_MM, 0), (8.0, RADIUS_MM, 0))
    assert console_numbers(probe(placed)).in_plane_deg > 8
    placed.press(Qt.Key.Key_A, Qt.KeyboardModifier.ShiftModifier)
    drag(placed, placed.view("axial"), probe(placed).entry_mm, (1.6, RADIUS_MM, 0))
    assert 1 < console_numbers(probe(placed)).in_plane_deg < 3, "it is off again"


def test_what_a_needle_is_drawn_to_stands_beside_the_mouse(placed: Driver):
    window = placed.window
    panel = window.panels[Step.PROBES]
    QTest.mouseClick(panel.snap, Qt.MouseButton.LeftButton)
    placed.spin(0.1)
    assert window.view.snaps and panel.snap.isChecked()
    view = placed.view("axial")
    begin, end = placed.at(view, (0, RADIUS_MM, 0)), placed.at(view, (1.6, RADIUS_MM, 0))
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=begin)
    QTest.mouseMove(view, begin + QPoint(2, 0))
    QTest.mouseMove(view, end)
    placed.spin(0.1)
    (label,) = window.tool.preview(view.frame)
    assert label.text == "in one slice, vertical"
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=end)
    placed.spin(0.1)
    assert window.tool.preview(view.frame) == [] and window.view.snapped_to == ""


def test_a_probe_is_placed_exactly_upright(placed: Driver):
    window = placed.window
    window.view.snaps = True
    placed.press(Qt.Key.Key_P)
    placed.click("axial", (10, 0, 0))
    placed.click("axial", (11, 40, 0))
    placed.wait(lambda: len(window.session.case.plan.probes) == 2)
    numbers = console_numbers(window.session.case.plan.probes[1])
    assert abs(numbers.in_plane_deg) < 0.01 and abs(numbers.craniocaudal_deg) < 0.01
