"""Measurements and notes in the window: drawn with the mouse, told, moved, reworded, hidden, deleted, and no prediction minds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from app.representations.primitives import Label, Path
from app.representations.reslice import Reslicer
from app.representations.slice_overlay import slice_plan
from app.tokens import annotation_colour
from app.view_state import Step
from imaging.phantom import Phantom
from planning.model.annotation import AnnotationKind
from planning.operations.annotations import add_annotation
from planning.store import Change
from tests.app.conftest import Driver, place_probe

pytestmark = pytest.mark.window

NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
KEYS = {
    "distance": (Qt.Key.Key_D, NONE), "angle": (Qt.Key.Key_U, NONE), "ellipse": (Qt.Key.Key_R, NONE),
    "polygon": (Qt.Key.Key_Y, NONE), "arrow": (Qt.Key.Key_J, NONE), "note": (Qt.Key.Key_T, SHIFT),
}  # fmt: skip


@pytest.fixture
def quiet(opened: Driver) -> Driver:
    opened.keep_quiet()
    opened.window.view.go_to(Step.STRUCTURES)
    opened.spin(0.1)
    return opened


@pytest.fixture
def target(small_phantom: Phantom) -> np.ndarray:
    return np.array(small_phantom.lesions[0].centre_mm)


def annotations(driver: Driver):
    return driver.window.session.case.annotations


def take(driver: Driver, tool: str) -> None:
    driver.press(*KEYS[tool])
    assert driver.window.tool.name == tool


def section(driver: Driver):
    return driver.window.panels[Step.STRUCTURES]._annotations


def line_of(driver: Driver, number: int):
    name = f"annotation-{number}"
    driver.wait(lambda: name in section(driver)._lines)
    return section(driver)._lines[name]


def told(driver: Driver, plane: str = "axial") -> list[str]:
    """Words of labels in the colour of measurements, on a slice as it is drawn, and beside the mouse."""
    view, session = driver.view(plane), driver.window.session
    marks = [*slice_plan(session.scene(), view.frame), *driver.window.tool.preview(view.frame)]
    return [m.text for m in marks if isinstance(m, Label) and m.colour == annotation_colour()]


def drawn_lines(driver: Driver, plane: str = "axial") -> int:
    view, session = driver.view(plane), driver.window.session
    marks = slice_plan(session.scene(), view.frame)
    return sum(isinstance(m, Path) and m.stroke is not None and m.stroke.colour == annotation_colour() for m in marks)


def hover(driver: Driver, plane: str, lps_mm) -> None:
    view = driver.view(plane)
    QTest.mouseMove(view, driver.at(view, lps_mm))
    driver.spin()


def double_click(driver: Driver, plane: str, lps_mm) -> None:
    view = driver.view(plane)
    left, at = Qt.MouseButton.LeftButton, driver.at(view, lps_mm)
    QTest.mouseClick(view, left, NONE, at)
    QTest.mouseDClick(view, left, NONE, at)
    driver.spin()


def undo(driver: Driver) -> None:
    driver.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)


def redo(driver: Driver) -> None:
    driver.press(Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)


def test_a_distance_is_dragged_or_clicked_told_while_drawn_and_undone(quiet: Driver, target):
    px_mm = quiet.view("axial").frame.mm_per_px
    take(quiet, "distance")
    quiet.drag("axial", target + [-20, 0, 0], target + [10, 0, 0])
    (first,) = annotations(quiet)
    assert first.length_mm == pytest.approx(30, abs=2 * px_mm)
    assert quiet.window.tool.name == "navigate" and quiet.window.view.selected == first.id
    take(quiet, "distance")
    quiet.click("axial", target + [0, -20, 0])
    hover(quiet, "axial", target + [0, -5, 0])
    assert any(words.startswith(("14.", "15.")) for words in told(quiet)), told(quiet)
    quiet.click("axial", target + [0, 4, 0])
    second = annotations(quiet)[1]
    assert second.length_mm == pytest.approx(24, abs=2 * px_mm)
    assert f"{np.floor(first.length_mm * 10 + 1e-6) / 10:.1f}\u202fmm" in told(quiet)
    undo(quiet)
    assert annotations(quiet) == (first,)
    redo(quiet)
    assert annotations(quiet) == (first, second)


def test_an_angle_is_three_clicks_and_backspace_takes_the_last_back(quiet: Driver, target):
    take(quiet, "angle")
    quiet.click("axial", target + [20, 0, 0])
    quiet.click("axial", target + [9, 9, 0])
    quiet.press(Qt.Key.Key_Backspace)
    quiet.click("axial", target)
    hover(quiet, "axial", target + [0, 15, 0])
    assert any(words.endswith("°") for words in told(quiet))
    quiet.click("axial", target + [0, 20, 0])
    (angle,) = annotations(quiet)
    assert angle.angle_deg == pytest.approx(90, abs=3)
    assert f"{angle.angle_deg:.0f}°" in told(quiet)


def test_an_ellipse_tells_the_densities_inside_it_in_view_and_list(quiet: Driver, target):
    take(quiet, "ellipse")
    quiet.drag("axial", target + [-6, -6, 0], target + [6, 6, 0])
    (ellipse,) = annotations(quiet)
    assert ellipse.area_mm2 == pytest.approx(np.pi * 36, rel=0.2)
    hu = quiet.window.session.volume.hu_at(target)
    (words,) = [w for w in told(quiet) if "HU" in w]
    assert "±" in words and "mm²" in words and "voxels" in words
    mean_hu = float(words.split(" ±")[0].replace("\u2212", "-"))
    assert abs(mean_hu - hu) < 150
    line = line_of(quiet, 1)
    quiet.wait(lambda: line._value.text() != "")
    assert words.startswith(line._value.text()) and words.endswith(line._more.text())


def test_the_densities_told_are_those_of_the_ct_that_is_shown(quiet: Driver, target):
    take(quiet, "ellipse")
    quiet.drag("axial", target + [-6, -6, 0], target + [6, 6, 0])
    before = line_of(quiet, 1)._value.text()
    session = quiet.window.session
    session.reslicer = Reslicer(replace(session.volume, hu=session.volume.hu * 0 + 77))
    section(quiet).refresh()
    (words,) = told(quiet)
    assert words.startswith("77 ± 0\u202fHU") and words.startswith(line_of(quiet, 1)._value.text())
    assert before != line_of(quiet, 1)._value.text()


@pytest.mark.parametrize("end", ["enter", "double click", "first point"])
def test_a_polygon_is_ended_by_enter_a_double_click_or_its_first_point(quiet: Driver, target, end):
    corners = [target + [-9, -9, 0], target + [9, -9, 0], target + [9, 9, 0], target + [-9, 9, 0]]
    take(quiet, "polygon")
    for corner in corners[: 3 if end == "double click" else 4]:
        quiet.click("axial", corner)
    # No double click of the one before.
    quiet.spin(0.1)
    if end == "enter":
        hover(quiet, "axial", target + [-7, 0, 0])
        assert any("HU" in words for words in told(quiet))
        quiet.press(Qt.Key.Key_Return)
    elif end == "double click":
        double_click(quiet, "axial", corners[3])
    else:
        quiet.click("axial", corners[0])
    (polygon,) = annotations(quiet)
    assert len(polygon.points_mm) == 4 and polygon.area_mm2 == pytest.approx(18 * 18, rel=0.1)


def test_a_polygon_of_two_corners_is_refused_and_goes_on(quiet: Driver, target):
    take(quiet, "polygon")
    quiet.click("axial", target + [-9, -9, 0])
    quiet.click("axial", target + [9, -9, 0])
    quiet.press(Qt.Key.Key_Return)
    assert not annotations(quiet) and "at least 3 points" in quiet.window.messages.words
    quiet.click("axial", target + [9, 9, 0])
    quiet.press(Qt.Key.Key_Return)
    assert len(annotations(quiet)) == 1


def test_escape_forgets_and_another_slice_is_refused(quiet: Driver, target):
    take(quiet, "distance")
    quiet.click("axial", target)
    quiet.press(Qt.Key.Key_Escape)
    assert quiet.window.tool.name == "distance"
    quiet.click("axial", target + [5, 0, 0])
    quiet.wheel("axial", 2)
    quiet.click("axial", target + [15, 0, 0])
    assert "another slice" in quiet.window.messages.words and not annotations(quiet)
    quiet.click("coronal", target + [15, 0, 0])
    assert "another slice" in quiet.window.messages.words and not annotations(quiet)
    quiet.press(Qt.Key.Key_Escape)
    quiet.press(Qt.Key.Key_Escape)
    assert quiet.window.tool.name == "navigate" and not annotations(quiet)


def test_a_place_outside_the_ct_is_refused(quiet: Driver):
    view = quiet.view("axial")
    quiet.wheel("axial", -12, control=True)
    take(quiet, "note")
    corner = QPoint(3, 3)
    if quiet.window.session.volume.grid.contains(view.frame.to_lps([3, 3])):
        pytest.fail("the corner of the view still shows the CT")
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, NONE, corner)
    quiet.spin()
    assert "outside the CT" in quiet.window.messages.words and not annotations(quiet)


def test_a_note_is_typed_where_it_is_placed_and_its_letters_are_no_keys(quiet: Driver, target):
    quiet.window.view.go_to(Step.RISK)
    quiet.spin(0.1)
    take(quiet, "note")
    quiet.click("axial", target + [5, 5, 0])
    editor = line_of(quiet, 1).editor
    quiet.wait(editor.hasFocus, 5)
    assert quiet.window.view.step is Step.STRUCTURES
    QTest.keyClicks(editor, "Dry tap")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    quiet.spin()
    assert annotations(quiet)[0].words == "Dry tap" and quiet.window.tool.name == "navigate"
    assert "Dry tap" in told(quiet) and not editor.isVisible()
    undo(quiet)
    assert annotations(quiet)[0].words == "" and "Note 1" in told(quiet)


def test_an_arrow_points_from_its_words_to_the_place(quiet: Driver, target):
    take(quiet, "arrow")
    quiet.drag("coronal", target, target + [20, 0, -15])
    (arrow,) = annotations(quiet)
    assert arrow.points_mm[0] == pytest.approx(target, abs=1.5) and abs(arrow.normal[1]) == pytest.approx(1)
    assert "Arrow 1" in told(quiet, "coronal") and not told(quiet, "axial")


def test_a_double_click_on_a_name_changes_it_and_escape_does_not(quiet: Driver, target):
    take(quiet, "distance")
    quiet.drag("axial", target + [-20, 0, 0], target + [10, 0, 0])
    line = line_of(quiet, 1)
    quiet.wait(line.isVisible, 5)
    for key, words in ((Qt.Key.Key_Escape, ""), (Qt.Key.Key_Return, "Neck")):
        QTest.mouseDClick(line._row, Qt.MouseButton.LeftButton, NONE, line._name.geometry().center())
        quiet.wait(line.editor.hasFocus, 5)
        QTest.keyClicks(line.editor, "Neck")
        QTest.keyClick(line.editor, key)
        quiet.spin(0.1)
        assert annotations(quiet)[0].words == words
    assert any(w.startswith("Neck: ") for w in told(quiet))
    assert quiet.window.session.store.undo_names[0] == "Reword Distance 1"


def test_points_and_lines_are_dragged_as_one_step_each_and_delete_removes_the_selected(quiet: Driver, target):
    px_mm = quiet.view("axial").frame.mm_per_px
    take(quiet, "distance")
    quiet.drag("axial", target + [-20, 0, 0], target + [20, 0, 0])
    before = annotations(quiet)
    quiet.drag("axial", target + [20, 0, 0], target + [10, 8, 0])
    moved = annotations(quiet)[0]
    assert moved.points_mm[1] == pytest.approx(target + [10, 8, 0], abs=2 * px_mm)
    assert moved.points_mm[0] == pytest.approx(before[0].points_mm[0])
    undo(quiet)
    assert annotations(quiet) == before
    quiet.drag("axial", target, target + [0, 12, 0])
    assert np.subtract(annotations(quiet)[0].points_mm, before[0].points_mm) == pytest.approx(
        np.array([[0, 12, 0]] * 2), abs=2 * px_mm
    )
    undo(quiet)
    assert annotations(quiet) == before
    quiet.window.view.select("")
    quiet.press(Qt.Key.Key_Delete)
    assert annotations(quiet) == before
    quiet.click("axial", target)
    assert quiet.window.view.selected == before[0].id and annotations(quiet) == before
    quiet.press(Qt.Key.Key_Delete)
    assert not annotations(quiet)
    undo(quiet)
    assert annotations(quiet) == before


def test_a_corner_of_an_ellipse_is_dragged_over_the_opposite_one_and_escape_brings_it_back(quiet: Driver, target):
    take(quiet, "ellipse")
    quiet.drag("axial", target + [-8, -6, 0], target + [8, 6, 0])
    before = annotations(quiet)
    quiet.drag("axial", target + [8, -6, 0], target + [-20, 16, 0])
    assert annotations(quiet)[0].area_mm2 == pytest.approx(np.pi / 4 * 12 * 10, rel=0.1)
    undo(quiet)
    view = quiet.view("axial")
    QTest.mousePress(view, Qt.MouseButton.LeftButton, NONE, quiet.at(view, target + [8, 6, 0]))
    QTest.mouseMove(view, quiet.at(view, target + [20, 20, 0]))
    quiet.spin()
    assert annotations(quiet) != before
    quiet.press(Qt.Key.Key_Escape)
    assert annotations(quiet) == before
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, NONE, quiet.at(view, target))
    assert annotations(quiet) == before


def test_escape_while_it_is_held_and_was_not_moved_takes_nothing_back(quiet: Driver, target):
    take(quiet, "distance")
    quiet.drag("axial", target + [-20, 0, 0], target + [20, 0, 0])
    before, view = annotations(quiet), quiet.view("axial")
    QTest.mousePress(view, Qt.MouseButton.LeftButton, NONE, quiet.at(view, target))
    quiet.press(Qt.Key.Key_Escape)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, NONE, quiet.at(view, target))
    assert annotations(quiet) == before


def test_a_drag_off_the_ct_is_refused_and_the_last_good_place_stays(quiet: Driver, target):
    take(quiet, "distance")
    quiet.drag("axial", target + [-20, 0, 0], target + [20, 0, 0])
    quiet.wheel("axial", -12, control=True)
    view = quiet.view("axial")
    corner = view.frame.to_lps([3, 3])
    assert not quiet.window.session.volume.grid.contains(corner)
    quiet.drag("axial", target + [20, 0, 0], corner)
    assert "outside the CT" in quiet.window.messages.words
    grid = quiet.window.session.volume.grid
    assert grid.contains(np.array(annotations(quiet)[0].points_mm)).all()


def press_in(line, words: str) -> None:
    """Press a button of a line by its name; buttons are made anew with what they say."""
    button = next(b for b in line._row.findChildren(QToolButton) if b.accessibleName() == words)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_it_is_drawn_on_slices_of_its_plane_and_not_when_hidden(quiet: Driver, target):
    take(quiet, "distance")
    quiet.drag("axial", target + [-20, 0, 0], target + [20, 0, 0])
    spacing_mm = float(quiet.window.session.volume.grid.spacing_ijk_mm[2])
    assert drawn_lines(quiet) and not drawn_lines(quiet, "coronal") and not drawn_lines(quiet, "sagittal")
    quiet.look_at(target + [0, 0, 0.45 * spacing_mm])
    assert drawn_lines(quiet)
    quiet.look_at(target + [0, 0, max(0.55 * spacing_mm, 1.1)])
    assert not drawn_lines(quiet)
    line = line_of(quiet, 1)
    QTest.mouseClick(line._row, Qt.MouseButton.LeftButton, NONE, line._name.geometry().center())
    quiet.spin()
    assert drawn_lines(quiet) and quiet.window.view.selected == "annotation-1"
    press_in(line, "Hide Distance 1")
    quiet.spin()
    assert not drawn_lines(quiet)
    # What is hidden is not taken by accident.
    quiet.drag("axial", target, target + [0, 12, 0])
    assert quiet.window.session.store.undo_names[0] == "Measure distance"
    press_in(line, "Delete Distance 1")
    quiet.spin()
    assert not annotations(quiet)
    # The next one has the number of the one that was hidden, and is seen all the same.
    take(quiet, "distance")
    quiet.drag("axial", target + [-20, 0, 0], target + [20, 0, 0])
    assert annotations(quiet)[0].id == "annotation-1" and drawn_lines(quiet)


def test_the_section_is_folded_while_there_is_nothing_and_opens_with_the_first(quiet: Driver, target):
    box = section(quiet)
    assert not box.fold.isChecked() and box.aside.text() == ""
    take(quiet, "distance")
    quiet.drag("axial", target + [-20, 0, 0], target + [20, 0, 0])
    quiet.wait(box.fold.isChecked, 5)
    assert box.aside.text() == "1" and box._lines["annotation-1"]._row.property("selected")
    button = box._buttons["angle"]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    quiet.spin()
    assert quiet.window.tool.name == "angle" and button.isChecked()


def test_a_measuring_tool_stays_in_the_hand_at_every_step_and_v_lays_it_down_where_one_is(quiet: Driver):
    view = quiet.window.view
    take(quiet, "distance")
    for step in Step:
        view.go_to(step)
        quiet.spin(0.02)
        assert quiet.window.tool.name == "distance"
    view.go_to(Step.RISK)
    quiet.press(Qt.Key.Key_V)
    assert quiet.window.tool.name == "navigate" and view.step is Step.RISK
    view.go_to(Step.STRUCTURES)
    view.use_tool("brush")
    view.go_to(Step.RISK)
    assert quiet.window.tool.name == "navigate"


def test_measurements_lie_in_the_planes_of_the_needle_too(quiet: Driver, target):
    place_probe(quiet, target, target + [8, 30, 0])
    quiet.press(Qt.Key.Key_N)
    quiet.spin(0.3)
    view = next(iter(quiet.window.needle_views.values()))
    take(quiet, "distance")
    start, stop = (
        QPoint(view.width() // 2 - 60, view.height() // 2 + 40),
        QPoint(view.width() // 2 - 60, view.height() // 2 - 40),
    )
    QTest.mousePress(view, Qt.MouseButton.LeftButton, NONE, start)
    QTest.mouseMove(view, stop)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, NONE, stop)
    quiet.spin(0.1)
    (distance,) = annotations(quiet)
    assert distance.length_mm == pytest.approx(80 * view.frame.mm_per_px, rel=0.02)
    assert abs(float(distance.normal @ view.frame.normal)) == pytest.approx(1)
    marks = slice_plan(quiet.window.session.scene(), view.frame)
    assert any(isinstance(m, Label) and "mm" in m.text and m.colour == annotation_colour() for m in marks)
    quiet.window.view.turn_needle(quiet.window.view.needle_turned_deg + 20)
    marks = slice_plan(quiet.window.session.scene(), view.frame)
    assert not any(isinstance(m, Label) and m.colour == annotation_colour() for m in marks)


def test_no_prediction_verdict_or_run_begins_anew(opened: Driver, target):
    driver = opened
    place_probe(driver, target, target + [5, 30, 0])
    driver.wait_settled()
    session, how_sure = driver.window.session, driver.window.how_sure
    driver.wait(lambda: how_sure.complete is not None)
    zone, verdict, runs = session.zone, session.verdict, how_sure.complete
    plans, plan = driver.window.plans, object()
    plans.looked_at, driver.window.protecting.without = plan, True
    begun: list[str] = []
    cancelled: list[str] = []
    cancel = driver.window.jobs.cancel_batch
    driver.window.jobs.cancel_batch = lambda *titles: (cancelled.extend(titles), cancel(*titles))
    for name in ("batch", "interactive"):
        original = getattr(driver.window.jobs, name)

        def told_of(*args, _original=original, **keys):
            begun.append(next(a for a in args if isinstance(a, str)))
            return _original(*args, **keys)

        setattr(driver.window.jobs, name, told_of)
    changes: list[Change] = []
    session.changed.connect(changes.append)
    take(driver, "distance")
    driver.drag("axial", target + [-20, -15, 0], target + [20, -15, 0])
    driver.drag("axial", target + [20, -15, 0], target + [20, -25, 0])
    undo(driver)
    driver.spin(1.0)
    assert changes and set(changes) == {Change.ANNOTATIONS}
    assert session.zone is zone and session.verdict is verdict and session.verdict_is_current
    assert how_sure.complete is runs and not how_sure.running and not session.predicting
    assert not {"estimate", "judge"} & set(begun) and not any("Predict" in title for title in begun), begun
    assert not cancelled and plans.looked_at is plan and driver.window.protecting.without


def test_every_kind_is_kept_with_the_case(quiet: Driver, target, tmp_path):
    session, (right, down) = quiet.window.session, ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    for kind in AnnotationKind:
        places = [target, target + [9, 0, 0], target + [9, 7, 0]]
        count = {AnnotationKind.ELLIPSE: slice(0, 3, 2)}.get(kind, slice(0, kind.points))
        assert session.apply("Add", lambda case, k=kind, p=places[count]: add_annotation(case, k, p, right, down))
    kept = annotations(quiet)
    path = tmp_path / "kept.sacroplan"
    session.save(path)
    quiet.wait(lambda: not session.unsaved)
    undo(quiet)
    quiet.window.open_path(path)
    quiet.wait(lambda: annotations(quiet) == kept)
