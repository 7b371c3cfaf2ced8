"""Planes turned by dragging the lines of the crosshair, and temperatures over slices, with real mouse and keys."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from app.representations.plane_set import PlaneSet
from app.representations.slice_plane import Plane
from app.representations.windows import windowed
from app.view_state import Step
from app.views.magnifier import TIMES, magnified
from tests.app.conftest import Driver
from tests.report_case import small_plan, zone_of


@pytest.fixture
def shown(driver: Driver) -> Driver:
    """A case whose crosshair lies away from its probes and structures' handles."""
    driver.keep_quiet()
    case, volume = small_plan()
    driver.window.session.show_case(case.with_plan(probes=()), volume, {})
    driver.spin(0.2)
    return driver


def on_line(driver: Driver, plane: str, other: Plane, share: float = 0.36):
    """A pixel on the line of another plane, so far out."""
    view = driver.view(plane)
    planes = driver.window.view.planes or PlaneSet.straight(driver.window.session.volume.grid)
    direction = planes.lines_in(Plane(plane))[other]
    return view, view.frame.to_px(driver.window.view.crosshair_mm) + share * min(
        view.width(), view.height()
    ) * direction


def turn(driver: Driver, plane: str, other: Plane, by_deg: float) -> None:
    view, start = on_line(driver, plane, other)
    centre = view.frame.to_px(driver.window.view.crosshair_mm)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(*(round(v) for v in start)))
    for share in (0.3, 0.7, 1.0):
        turned = np.radians(by_deg * share)
        out = start - centre
        at = centre + [
            out[0] * np.cos(turned) - out[1] * np.sin(turned),
            out[0] * np.sin(turned) + out[1] * np.cos(turned),
        ]
        QTest.mouseMove(view, QPoint(*(round(v) for v in at)))
        driver.spin(0.05)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(*(round(v) for v in at)))
    driver.spin(0.1)


def test_a_line_that_is_dragged_tilts_the_other_planes_and_home_straightens_them(shown: Driver):
    window, crosshair = shown.window, shown.window.view.crosshair_mm
    before = {plane: shown.view(plane.value).frame for plane in Plane}
    turn(shown, "axial", Plane.SAGITTAL, 20.0)
    assert window.view.crosshair_mm == crosshair
    axial, sagittal, coronal = (shown.view(p).frame for p in ("axial", "sagittal", "coronal"))
    assert np.allclose(axial.right, before[Plane.AXIAL].right) and np.allclose(axial.normal, before[Plane.AXIAL].normal)
    for now, plane in ((sagittal, Plane.SAGITTAL), (coronal, Plane.CORONAL)):
        lean = np.degrees(np.arccos(abs(now.normal @ before[plane].normal)))
        assert lean == pytest.approx(20.0, abs=1.0)
        assert np.allclose(now.down, before[plane].down), "head stays up"
        assert shown.view(plane.value).heading == f"{plane.value.capitalize()}, tilted {lean:.0f}°"
    assert abs(sagittal.normal @ coronal.normal) < 1e-9
    assert shown.view("axial").heading == ""
    shown.press(Qt.Key.Key_Home)
    shown.wait(lambda: window.view.planes is None)
    assert np.allclose(shown.view("sagittal").frame.normal, before[Plane.SAGITTAL].normal)


def test_the_wheel_goes_across_a_tilted_plane(shown: Driver):
    turn(shown, "axial", Plane.SAGITTAL, 30.0)
    view, start = shown.view("sagittal"), np.array(shown.window.view.crosshair_mm)
    normal = view.frame.normal
    view.scroll_slices(3)
    step = np.array(shown.window.view.crosshair_mm) - start
    assert np.linalg.norm(np.cross(step, normal)) < 1e-9 and step[0] > 0
    spacing_mm = shown.window.session.volume.grid.spacing_ijk_mm.min()
    assert np.linalg.norm(step) == pytest.approx(3 * spacing_mm)


def test_nearly_upright_lines_stand_upright(shown: Driver):
    turn(shown, "axial", Plane.SAGITTAL, 20.0)
    turn(shown, "axial", Plane.SAGITTAL, -19.2)
    assert shown.window.view.planes is None


def test_a_click_on_a_line_moves_the_crosshair_and_turns_nothing(shown: Driver):
    view, at = on_line(shown, "axial", Plane.SAGITTAL)
    wanted = view.frame.to_lps(np.round(at))
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(*(round(v) for v in at)))
    shown.spin(0.05)
    assert shown.window.view.planes is None
    assert np.allclose(shown.window.view.crosshair_mm, wanted, atol=1e-6)


def test_near_the_crosshair_a_drag_moves_it(shown: Driver):
    view, at = on_line(shown, "axial", Plane.SAGITTAL, share=0.1)
    start = QPoint(*(round(v) for v in at))
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(view, start + QPoint(20, 0))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start + QPoint(20, 0))
    shown.spin(0.05)
    assert shown.window.view.planes is None
    assert np.allclose(shown.window.view.crosshair_mm, view.frame.to_lps([start.x() + 20, start.y()]), atol=1e-6)


def test_drawing_on_a_tilted_plane_is_refused_and_says_what_to_do(shown: Driver):
    turn(shown, "axial", Plane.SAGITTAL, 20.0)
    window = shown.window
    window.view.use_tool("brush")
    before = window.session.case
    shown.click("sagittal", window.view.crosshair_mm)
    shown.wait(lambda: "axial, coronal and sagittal slices only" in window.messages.words)
    said = " ".join(label.text() for label in window.messages.findChildren(QLabel))
    assert "(Home)" in said and window.session.case is before
    shown.click("axial", window.view.crosshair_mm)
    shown.wait(lambda: window.session.case is not before)


def test_another_case_is_shown_straight(shown: Driver):
    turn(shown, "coronal", Plane.AXIAL, 15.0)
    assert shown.window.view.planes is not None
    case, volume = small_plan()
    shown.window.session.show_case(case, volume, {})
    assert shown.window.view.planes is None and not shown.window.commands.actions["straight-planes"].isEnabled()


def test_the_temperature_is_laid_over_the_slices_by_key_and_by_its_box(driver: Driver):
    window = driver.window
    driver.keep_quiet()
    case, volume = small_plan()
    zone = zone_of(case)
    window.session.show_case(case, volume, {zone.digest: zone})
    window.view.go_to(Step.ZONE)
    driver.wait(lambda: window.session.verdict_is_current)
    box, view = window.panels[Step.ZONE].temperature, driver.view("axial")
    plain = view.grab().toImage()
    driver.press(Qt.Key.Key_F)
    driver.wait(box.isChecked)
    driver.spin(0.2)
    assert view.grab().toImage() != plain
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    driver.wait(lambda: not window.view.temperature_shown)


def test_the_magnifier_shows_what_is_under_the_mouse_larger(shown: Driver):
    window, view = shown.window, shown.view("axial")
    window.view.set_hidden([s.id for s in window.session.case.structures], True)
    at = QPoint(view.width() // 2 + 30, view.height() // 2 - 20)
    QTest.mouseMove(view, QPoint(5, 5))
    shown.spin(0.05)
    plain = view.grab().toImage()
    shown.press(Qt.Key.Key_Q)
    shown.wait(lambda: window.view.magnifier)
    QTest.mouseMove(view, at)
    shown.wait(lambda: view.grab().toImage() != plain)
    glass, inside = view.grab().toImage(), magnified(view.frame, QPointF(at))
    assert inside.mm_per_px == pytest.approx(view.frame.mm_per_px / TIMES)
    assert np.allclose(inside.centre_mm, view.frame.to_lps([at.x(), at.y()]))
    # Far from the glass the slice is as it was, under it the CT is that of the larger frame.
    assert glass.pixelColor(8, view.height() - 60) == plain.pixelColor(8, view.height() - 60)
    hu = shown.window.session.reslicer.slice_hu(inside, 1.0)
    grey = int(windowed(hu, *window.view.window_hu)[120 + 40, 120 - 35])
    assert abs(glass.pixelColor(at.x() - 35, at.y() + 40).red() - grey) <= 12
    QTest.mouseMove(view, QPoint(5, 5))
    shown.press(Qt.Key.Key_Q)
    shown.wait(lambda: not window.view.magnifier)
    assert view.grab().toImage() == plain
