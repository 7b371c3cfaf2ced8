"""Limits of the brush, and points of centrelines, with real mouse and keys."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.tools.brush import kept_off
from app.view_state import Step
from imaging.labels import Mask
from imaging.phantom import Phantom
from imaging.structures import Side, StructureKind, Tube
from planning.model.naming import make_structure
from planning.operations.objects import lock_object
from planning.operations.structures import put_structure
from tests.app.conftest import Driver

pytestmark = pytest.mark.window


@pytest.fixture
def with_root(opened: Driver, small_phantom: Phantom) -> Driver:
    """A window on the phantom with a straight root of four points beside the lesion."""
    centre = np.array(small_phantom.lesions[0].centre_mm)
    points = centre + [[20, 0, 21], [20, 0, 0], [20, 0, -21], [26, 0, -42]]
    root = make_structure(StructureKind.ROOT, Tube(points, np.full(4, 4.0)), level="S2", side=Side.LEFT)
    opened.window.session.apply("Mark", lambda case: put_structure(case, root))
    opened.spin(0.1)
    return opened


def options(driver: Driver):
    return driver.window.panels[Step.STRUCTURES]._brush


def tick(driver: Driver, box) -> None:
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(8, box.height() // 2))
    driver.spin()


def painted(driver: Driver) -> Mask:
    return driver.window.session.case.structure("lesion").shape


def test_a_disc_paints_only_in_the_slice(opened: Driver, small_phantom: Phantom):
    centre = np.array(small_phantom.lesions[0].centre_mm)
    opened.press(Qt.Key.Key_B)
    options(opened).shape_of.setCurrentIndex(1)
    options(opened).size.setValue(9)
    for plane, axis in (("axial", 2), ("coronal", 1)):
        opened.drag(plane, centre, centre + [6, 0, 0])
        places = painted(opened).points_mm()
        assert np.ptp(places[:, axis]) < 3.1 and np.ptp(places[:, 0]) > 18
        assert opened.window.view.selected == "lesion"
        assert opened.window.tool.preview(opened.view("axial").frame)
        opened.window.session.undo()
        assert opened.window.session.case.find("lesion") is None


def test_only_voxels_of_the_chosen_densities_are_painted(opened: Driver, small_phantom: Phantom):
    centre = np.array(small_phantom.lesions[0].centre_mm)
    hu = opened.window.session.volume.hu
    opened.press(Qt.Key.Key_B)
    tick(opened, options(opened).only)
    options(opened).low.setValue(200)
    options(opened).size.setValue(20)
    opened.drag("axial", centre, centre + [15, 0, 0])
    assert hu[painted(opened).array()].min() >= 200
    opened.window.session.undo()
    options(opened).low.setValue(3900)
    options(opened).high.setValue(4000)
    opened.drag("axial", centre, centre + [15, 0, 0])
    assert "Nothing was painted" in opened.window.messages.words
    assert opened.window.session.case.find("lesion") is None


def test_the_brush_keeps_off_nerves_where_it_is_told_and_the_eraser_does_not(with_root: Driver, small_phantom: Phantom):
    session, centre = with_root.window.session, np.array(small_phantom.lesions[0].centre_mm)
    root = session.case.structure("root.S2.L").shape
    with_root.press(Qt.Key.Key_B)
    options(with_root).size.setValue(12)
    tick(with_root, options(with_root).keeps_off)
    with_root.drag("axial", centre, centre + [30, 0, 0])
    assert not root.contains(painted(with_root).points_mm()).any()
    kept = painted(with_root)
    tick(with_root, options(with_root).keeps_off)
    with_root.drag("axial", centre, centre + [30, 0, 0])
    assert root.contains(painted(with_root).points_mm()).any() and painted(with_root).count > kept.count
    tick(with_root, options(with_root).keeps_off)
    with_root.press(Qt.Key.Key_X)
    assert not options(with_root).keeps_off.isVisible()
    with_root.drag("axial", centre, centre + [30, 0, 0])
    assert session.case.find("lesion") is None or not root.contains(painted(with_root).points_mm()).any()


def test_what_holds_a_structure_is_painted_over(with_root: Driver, small_phantom: Phantom):
    session = with_root.window.session
    canal = make_structure(StructureKind.CANAL, small_phantom.canal)
    sac = make_structure(StructureKind.THECAL_SAC, small_phantom.lesions[0].mask)
    session.apply("Mark", lambda case: put_structure(put_structure(case, canal), sac))
    off = {s.id for s in session.case.structures if any(s.shape is shape for shape in kept_off(session.case, "lesion"))}
    assert off == {"root.S2.L", "canal", "thecal_sac"}
    assert not any(shape is canal.shape for shape in kept_off(session.case, "thecal_sac"))


def test_a_locked_structure_or_nothing_is_not_painted(opened: Driver, small_phantom: Phantom):
    window, truth = opened.window, small_phantom.lesions[0]
    opened.press(Qt.Key.Key_X)
    opened.drag("axial", truth.centre_mm, np.array(truth.centre_mm) + [6, 0, 0])
    assert "nothing to erase" in window.messages.words
    window.session.apply("Mark", lambda c: put_structure(c, make_structure(StructureKind.LESION, truth.mask)))
    window.session.apply("Lock", lambda case: lock_object(case, "lesion"))
    opened.press(Qt.Key.Key_B)
    opened.drag("axial", truth.centre_mm, np.array(truth.centre_mm) + [30, 0, 0])
    assert "Lesion is locked" in window.messages.words and painted(opened).digest == truth.mask.digest


@pytest.fixture
def at_point(with_root: Driver) -> tuple[Driver, np.ndarray]:
    """The centreline tool in the hand, the second point of the root taken."""
    with_root.press(Qt.Key.Key_C)
    with_root.window.view.select("root.S2.L")
    place = with_root.window.session.case.structure("root.S2.L").shape.points_mm[1]
    with_root.look_at(place)
    with_root.click("axial", place)
    return with_root, place


def tube(driver: Driver) -> Tube:
    return driver.window.session.case.structure("root.S2.L").shape


def test_a_point_is_taken_by_a_click_and_its_radius_set_in_the_panel(at_point):
    driver, _ = at_point
    session, box = driver.window.session, driver.window.panels[Step.STRUCTURES]._centreline.at_point
    assert driver.window.tool.chosen == 1 and not driver.window.tool.points_mm
    assert box.isVisible() and box.value() == 4.0
    steps = len(session.store.undo_names)
    box.setValue(6.0)
    assert tube(driver).radii_mm == pytest.approx([4, 6, 4, 4])
    assert session.store.undo_names[0] == "Radius of S2 L" and len(session.store.undo_names) == steps + 1
    session.undo()
    assert tube(driver).radii_mm == pytest.approx([4, 4, 4, 4])
    driver.spin(0.1)
    assert box.value() == 4.0


def test_the_wheel_over_a_point_sets_its_radius_as_one_step(at_point):
    driver, place = at_point
    session, view = driver.window.session, driver.view("axial")
    QTest.mouseMove(view, driver.at(view, place))
    driver.spin()
    steps = len(session.store.undo_names)
    for _ in range(3):
        driver.wheel("axial", 1, control=True)
    assert tube(driver).radii_mm[1] == pytest.approx(4 * 1.08**3) and len(session.store.undo_names) == steps + 1
    session.undo()
    assert tube(driver).radii_mm[1] == 4.0


def test_a_point_is_dragged_as_one_step_and_escape_undoes_it(at_point):
    driver, place = at_point
    session = driver.window.session
    driver.drag("axial", place, place + [9, 6, 0])
    assert tube(driver).points_mm[1] == pytest.approx(place + [9, 6, 0], abs=1.0)
    assert tube(driver).points_mm[[0, 2, 3]] == pytest.approx(tube(driver).points_mm[[0, 2, 3]])
    assert session.store.undo_names[0] == "Move point of S2 L"
    session.undo()
    assert tube(driver).points_mm[1] == pytest.approx(place)
    view = driver.view("axial")
    QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, driver.at(view, place))
    QTest.mouseMove(view, driver.at(view, place + [15, 0, 0]))
    driver.spin()
    driver.press(Qt.Key.Key_Escape)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, driver.at(view, place))
    assert tube(driver).points_mm[1] == pytest.approx(place)


def test_shift_and_another_line_begin_anew_and_a_locked_one_is_refused(at_point):
    driver, place = at_point
    session, view, tool = driver.window.session, driver.view("axial"), driver.window.tool
    panel = driver.window.panels[Step.STRUCTURES]
    assert panel._centreline.which.currentText() == "Root S2 L"
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, driver.at(view, place))
    assert len(tool.points_mm) == 1
    driver.press(Qt.Key.Key_Escape)
    session.apply("Lock", lambda case: lock_object(case, "root.S2.L"))
    before = tube(driver)
    driver.drag("axial", place, place + [9, 6, 0])
    assert "S2 L is locked" in driver.window.messages.words and tube(driver) is before
    tool.set_radius(7.0)
    assert tube(driver) is before
    panel._centreline.which.setCurrentIndex(panel._centreline.which.findText("Root S3 L"))
    assert driver.window.view.selected == ""
    driver.click("axial", place)
    assert len(tool.points_mm) == 1 and (tool.level, tool.side) == ("S3", Side.LEFT)
