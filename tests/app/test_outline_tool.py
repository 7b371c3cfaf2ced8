"""Outlines by a live wire and by the line of one density, and pieces by clicks, with real mouse and keys."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest

from app.representations.slice_plane import Plane, SliceFrame
from app.tools.outline import axis_across
from app.view_state import Step
from imaging.labels import Mask
from imaging.phantom import Phantom
from imaging.structures import Side, StructureKind
from planning.errors import PlanError
from planning.model.naming import make_structure
from planning.operations.objects import lock_object
from planning.operations.structures import put_structure
from tests.app.conftest import Driver
from tests.builders.volumes import oblique_grid

pytestmark = pytest.mark.window

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier


def click(driver: Driver, lps_mm, modifier=NONE, plane: str = "axial") -> None:
    view = driver.view(plane)
    move(driver, lps_mm, modifier, plane)
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, modifier, driver.at(view, lps_mm))
    driver.spin()


def move(driver: Driver, lps_mm, modifier=NONE, plane: str = "axial") -> None:
    view = driver.view(plane)
    place = QPointF(driver.at(view, lps_mm))
    nothing = Qt.MouseButton.NoButton
    event = QMouseEvent(
        QEvent.Type.MouseMove, place, QPointF(view.mapToGlobal(place)), nothing, nothing, modifier
    )  # fmt: skip
    driver.application.sendEvent(view, event)
    driver.spin()


def around(centre, radius_mm: float, count: int = 6) -> list[np.ndarray]:
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return [np.array(centre) + [radius_mm * np.cos(a), radius_mm * np.sin(a), 0] for a in angles]


def lesion(driver: Driver) -> Mask:
    return driver.window.session.case.structure("lesion").shape


@pytest.fixture
def outlining(opened: Driver, small_phantom: Phantom) -> Driver:
    """The outline tool in the hand, the lesion's own border under it."""
    opened.press(Qt.Key.Key_W)
    assert opened.window.tool.name == "outline"
    return opened


def test_a_live_wire_follows_the_border_and_fills_it_as_one_step(outlining: Driver, small_phantom: Phantom):
    session, truth = outlining.window.session, small_phantom.lesions[0]
    for point in around(truth.centre_mm, 11):
        click(outlining, point)
    tool = outlining.window.tool
    outlining.wait(lambda: all(wire is not None for wire in tool._wires))
    move(outlining, np.array(truth.centre_mm) + [9, -6, 0])
    outlining.wait(lambda: tool._ahead is not None)
    assert tool.preview(outlining.view("axial").frame) and not tool.preview(outlining.view("coronal").frame)
    assert session.case.find("lesion") is None
    click(outlining, around(truth.centre_mm, 11)[0])
    outlining.wait(lambda: session.case.find("lesion") is not None)
    painted, index = lesion(outlining), round(float(truth.mask.grid.to_ijk(truth.centre_mm)[2]))
    assert {int(k) for k in np.nonzero(painted.array())[0]} == {index}
    inside, there = painted.array()[index], truth.mask.array()[index]
    assert 2 * (inside & there).sum() / (inside.sum() + there.sum()) > 0.75
    assert session.store.undo_names[0] == "Outline Lesion" and outlining.window.view.selected == "lesion"
    outlining.press(Qt.Key.Key_Z, CONTROL)
    assert session.case.find("lesion") is None


@pytest.mark.parametrize(("plane", "axis"), [("coronal", 1), ("sagittal", 2)])
def test_an_outline_lies_in_the_slice_it_was_drawn_in(outlining: Driver, small_phantom: Phantom, plane: str, axis: int):
    session, centre = outlining.window.session, np.array(small_phantom.lesions[0].centre_mm)
    across = {1: (0, 2), 2: (1, 2)}[axis]
    for angle in np.linspace(0, 2 * np.pi, 5, endpoint=False):
        point = centre.copy()
        point[list(across)] += 11 * np.array([np.cos(angle), np.sin(angle)])
        click(outlining, point, plane=plane)
    outlining.press(Qt.Key.Key_Return)
    outlining.wait(lambda: session.case.find("lesion") is not None)
    painted = lesion(outlining)
    assert painted.box.shape_kji[axis] == 1 and painted.contains(centre)[0]
    assert min(np.delete(painted.box.shape_kji, axis)) >= 5


def test_what_was_begun_is_forgotten_with_the_ct_and_with_few_points_with_the_tool(
    outlining: Driver, small_phantom: Phantom
):
    window = outlining.window
    click(outlining, small_phantom.lesions[0].centre_mm)
    outlining.press(Qt.Key.Key_B)
    assert window.tool.name == "brush" and window.messages.words == ""
    outlining.press(Qt.Key.Key_W)
    click(outlining, small_phantom.lesions[0].centre_mm)
    window.session.show_case(window.session.case, window.session.volume)
    outlining.spin()
    assert window.tool.name == "outline" and not window.tool._points


def test_enter_closes_and_with_shift_takes_away(outlining: Driver, small_phantom: Phantom):
    session, truth = outlining.window.session, small_phantom.lesions[0]
    session.apply("Mark", lambda case: put_structure(case, make_structure(StructureKind.LESION, truth.mask)))
    for point in around(truth.centre_mm, 7, 4):
        click(outlining, point)
    outlining.press(Qt.Key.Key_Return, SHIFT)
    outlining.wait(lambda: lesion(outlining).count < truth.mask.count)
    assert not lesion(outlining).contains(truth.centre_mm)[0]
    assert session.store.undo_names[0] == "Take outline from Lesion"
    session.undo()
    assert lesion(outlining).digest == truth.mask.digest


def test_backspace_takes_a_point_back_and_escape_forgets_all(outlining: Driver, small_phantom: Phantom):
    tool, session = outlining.window.tool, outlining.window.session
    for point in around(small_phantom.lesions[0].centre_mm, 15, 4):
        click(outlining, point)
    outlining.press(Qt.Key.Key_Backspace)
    assert len(tool._points) == 3 and len(tool._wires) == 2
    outlining.press(Qt.Key.Key_Escape)
    outlining.press(Qt.Key.Key_Return)
    assert not tool._points and session.case.find("lesion") is None


def test_control_and_a_click_fill_the_line_of_one_density(outlining: Driver, small_phantom: Phantom):
    session, truth = outlining.window.session, small_phantom.lesions[0]
    border = np.array(truth.centre_mm) + [truth.mask.points_mm()[:, 0].max() - truth.centre_mm[0], 0, 0]
    move(outlining, border, CONTROL)
    outlining.wait(lambda: outlining.window.tool._level is not None)
    click(outlining, border, CONTROL)
    outlining.wait(lambda: session.case.find("lesion") is not None)
    assert session.store.undo_names[0] == "Outline Lesion"


def test_what_cannot_be_outlined_is_refused_by_name(outlining: Driver, small_phantom: Phantom):
    window, session, truth = outlining.window, outlining.window.session, small_phantom.lesions[0]
    centre = np.array(truth.centre_mm)
    outside = session.volume.grid.bounds_mm[1] + 40
    window.tool.press(_event(outlining, np.array([outside[0], centre[1], centre[2]])))
    assert "outside the CT" in window.messages.words and not window.tool._points
    click(outlining, centre)
    click(outlining, centre + [8, 0, 0])
    outlining.press(Qt.Key.Key_Return)
    assert "needs three points" in window.messages.words
    click(outlining, centre, plane="coronal")
    assert "begun in another slice" in window.messages.words and len(window.tool._points) == 2
    outlining.press(Qt.Key.Key_Escape)
    session.apply("Mark", lambda case: put_structure(case, make_structure(StructureKind.LESION, truth.mask)))
    session.apply("Lock", lambda case: lock_object(case, "lesion"))
    click(outlining, centre)
    assert "Lesion is locked" in window.messages.words and not window.tool._points
    session.apply("Unlock", lambda case: lock_object(case, "lesion", False))
    for point in around(centre, 45, 8):
        click(outlining, point)
    before = lesion(outlining)
    only_here = before.minus(_without_slice(before, centre))
    session.apply("Thin", lambda case: put_structure(case, make_structure(StructureKind.LESION, only_here)))
    outlining.press(Qt.Key.Key_Return, SHIFT)
    outlining.wait(lambda: "Nothing would be left of Lesion" in window.messages.words)
    assert lesion(outlining).count == only_here.count


def test_with_nothing_marked_there_is_nothing_to_take_away_from(outlining: Driver, small_phantom: Phantom):
    for point in around(small_phantom.lesions[0].centre_mm, 10, 4):
        click(outlining, point)
    outlining.press(Qt.Key.Key_Return, SHIFT)
    assert "nothing to take away from" in outlining.window.messages.words


def test_a_root_is_not_outlined(outlining: Driver, small_phantom: Phantom):
    session = outlining.window.session
    root = make_structure(StructureKind.ROOT, small_phantom.roots["S2.L"], level="S2", side=Side.LEFT)
    session.apply("Mark", lambda case: put_structure(case, root))
    outlining.window.view.select("root.S2.L")
    click(outlining, small_phantom.lesions[0].centre_mm)
    assert "S2 L is a centreline" in outlining.window.messages.words


def test_an_oblique_ct_is_refused_with_its_angle():
    grid = oblique_grid()
    frame = SliceFrame.of(Plane.AXIAL, grid, grid.centre_mm, 100, 100, 1.0)
    with pytest.raises(PlanError, match="oblique to this view") as refused:
        axis_across(grid, frame)
    assert refused.value.code == "slice-oblique"


@pytest.fixture
def in_pieces(opened: Driver, small_phantom: Phantom) -> tuple[Driver, np.ndarray, np.ndarray]:
    """A lesion of two pieces beside each other in one slice, and the middle of each."""
    whole = small_phantom.lesions[0].mask
    centre = np.array(small_phantom.lesions[0].centre_mm)
    array = whole.array()
    i = round(float(whole.grid.to_ijk(centre)[0]))
    array[:, :, i - 1 : i + 2] = False
    lesion_of_two = make_structure(StructureKind.LESION, Mask.from_array(whole.grid, array))
    opened.window.session.apply("Mark", lambda case: put_structure(case, lesion_of_two))
    opened.window.view.go_to(Step.STRUCTURES)
    opened.window.view.select("lesion")
    opened.spin(0.1)
    panel = opened.window.panels[Step.STRUCTURES]
    QTest.mouseClick(panel._edit.pieces, Qt.MouseButton.LeftButton)
    opened.spin()
    assert opened.window.tool.name == "piece"
    return opened, centre - [8, 0, 0], centre + [8, 0, 0]


def test_the_clicked_piece_stays_and_with_shift_goes(in_pieces):
    driver, one, other = in_pieces
    session, before = driver.window.session, lesion(driver)
    click(driver, one)
    driver.wait(lambda: lesion(driver).count < before.count)
    assert lesion(driver).contains([one, other]).tolist() == [True, False]
    assert session.store.undo_names[0] == "Keep piece of Lesion"
    session.undo()
    click(driver, one, SHIFT)
    driver.wait(lambda: lesion(driver).count < before.count)
    assert lesion(driver).contains([one, other]).tolist() == [False, True]
    click(driver, other, SHIFT)
    driver.wait(lambda: "Nothing would be left of Lesion" in driver.window.messages.words)
    click(driver, one)
    driver.wait(lambda: "not on the structure" in driver.window.messages.words)
    click(driver, other)
    driver.wait(lambda: "nothing changed" in driver.window.messages.words)
    session.apply("Lock", lambda case: lock_object(case, "lesion"))
    click(driver, other, SHIFT)
    assert "Lesion is locked" in driver.window.messages.words


def test_without_a_structure_there_is_no_piece(opened: Driver, small_phantom: Phantom):
    opened.press(Qt.Key.Key_K)
    click(opened, small_phantom.lesions[0].centre_mm)
    assert "nothing to choose a piece of" in opened.window.messages.words


def _event(driver: Driver, lps_mm):
    from app.tools import SliceEvent

    frame = driver.view("axial").frame
    px = frame.to_px(lps_mm)
    return SliceEvent(frame, (float(px[0]), float(px[1])), lps_mm)


def _without_slice(mask: Mask, lps_mm) -> Mask:
    array = mask.array()
    array[round(float(mask.grid.to_ijk(lps_mm)[2]))] = False
    return Mask.from_array(mask.grid, array)
