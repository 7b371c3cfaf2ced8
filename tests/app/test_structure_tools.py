"""Lasso, scribbles, edits of the selected structure and locks, with real mouse and keys."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.view_state import Step
from imaging.phantom import Phantom
from imaging.structures import Side, StructureKind, Tube
from planning.model.naming import make_structure
from planning.operations.objects import lock_object
from planning.operations.structures import put_structure
from tests.app.conftest import Driver

pytestmark = pytest.mark.window


@pytest.fixture
def marked(opened: Driver, small_phantom: Phantom) -> Driver:
    """A window on the phantom with its lesion and one root marked, the lesion selected."""
    session = opened.window.session
    lesion = make_structure(StructureKind.LESION, small_phantom.lesions[0].mask)
    root = make_structure(StructureKind.ROOT, small_phantom.roots["S2.L"], level="S2", side=Side.LEFT)
    session.apply("Mark", lambda case: put_structure(put_structure(case, lesion), root))
    opened.window.view.go_to(Step.STRUCTURES)
    opened.window.view.select("lesion")
    opened.spin(0.2)
    return opened


def drag_along(driver: Driver, points_mm, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    view = driver.view("axial")
    places = [driver.at(view, p) for p in points_mm]
    QTest.mousePress(view, Qt.MouseButton.LeftButton, modifier, places[0])
    for place in places[1:]:
        QTest.mouseMove(view, place)
        driver.spin(0.02)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, modifier, places[-1] + QPoint(0, 0))
    driver.spin()


def open_options(driver: Driver, words: str) -> None:
    """Press the button that shows what an edit asks for."""
    panel = driver.window.panels[Step.STRUCTURES]
    opener = next(act for act in panel._edit.options if act.text() == words)
    QTest.mouseClick(opener, Qt.MouseButton.LeftButton)
    driver.spin()


def test_a_lasso_cuts_the_selected_structure_through_all_slices(marked: Driver, small_phantom: Phantom):
    session, centre = marked.window.session, np.array(small_phantom.lesions[0].centre_mm)
    before = session.case.structure("lesion").shape
    marked.press(Qt.Key.Key_L)
    around_left_half = [(0, -25, 0), (25, -25, 0), (25, 25, 0), (0, 25, 0)]
    drag_along(marked, [centre + p for p in around_left_half])
    marked.wait(lambda: session.case.structure("lesion").shape.count < before.count)
    left = session.case.structure("lesion").shape
    assert left.points_mm()[:, 0].max() < centre[0] + 3.1
    assert left.count == pytest.approx(before.count / 2, rel=0.3)
    marked.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.case.structure("lesion").shape.digest == before.digest


def test_scribbles_find_the_lesion_as_one_step_of_undo(opened: Driver, small_phantom: Phantom):
    session, truth = opened.window.session, small_phantom.lesions[0]
    centre = np.array(truth.centre_mm)
    opened.press(Qt.Key.Key_S)
    drag_along(opened, [centre + (x, 0, 0) for x in (-6, -2, 2, 6)])
    opened.wait(lambda: session.case.find("lesion") is not None)
    ring = [(21 * np.cos(a), 21 * np.sin(a), 0) for a in np.linspace(0, 6, 12)]
    first = session.case.structure("lesion").shape.digest
    drag_along(opened, [centre + p for p in ring], Qt.KeyboardModifier.ShiftModifier)
    opened.wait(lambda: session.case.structure("lesion").shape.digest != first or not opened.window.jobs.busy)
    found = session.case.structure("lesion").shape
    overlap = found.count - found.minus(truth.mask).count
    assert 2 * overlap / (found.count + truth.mask.count) > 0.7
    assert session.store.undo_names.count("Scribble lesion") + session.store.undo_names.count("Scribble Lesion") == 1


def test_edits_of_the_selected_structure_and_what_it_measures(marked: Driver):
    session, panel = marked.window.session, marked.window.panels[Step.STRUCTURES]
    before = session.case.structure("lesion")
    marked.wait(lambda: "HU" in panel._edit._facts.text())
    assert "touches S2 L" in panel._edit._facts.text() or "mm to S2 L" in panel._edit._facts.text()
    open_options(marked, "Margin…")
    panel._edit.margin.margin.setValue(4)
    panel._edit.margin.grow.click()
    marked.wait(lambda: session.case.structure("lesion").volume_mm3 > 1.5 * before.volume_mm3)
    assert session.store.undo_names[0] == "Margin of Lesion"
    panel._edit.smooth.click()
    marked.wait(lambda: session.store.undo_names[0] == "Smooth Lesion")
    panel._edit.holes.click()
    marked.wait(lambda: "Fill holes of Lesion: nothing changed" in marked.window.messages.words)
    assert session.store.undo_names[0] == "Smooth Lesion"
    marked.window.view.select("root.S2.L")
    assert panel._edit.mirror.isVisible() and not panel._edit.smooth.isVisible()
    panel._edit.mirror.click()
    marked.wait(lambda: session.case.find("root.S2.R") is not None)
    mirrored = session.case.structure("root.S2.R")
    assert isinstance(mirrored.shape, Tube) and not mirrored.confirmed


def test_a_locked_structure_is_neither_cut_nor_deleted_and_is_named(marked: Driver, small_phantom: Phantom):
    session = marked.window.session
    session.apply("Lock", lambda case: lock_object(case, "lesion"))
    before = session.case.structure("lesion").shape.digest
    marked.press(Qt.Key.Key_L)
    centre = np.array(small_phantom.lesions[0].centre_mm)
    drag_along(marked, [centre + p for p in [(0, -25, 0), (25, -25, 0), (25, 25, 0)]])
    assert "Lesion is locked" in marked.window.messages.words
    marked.press(Qt.Key.Key_Delete)
    assert session.case.structure("lesion").shape.digest == before


def test_the_bladder_by_a_click_and_a_refusal_are_told(opened, small_phantom):
    window, session = opened.window, opened.window.session
    middle = small_phantom.mask(StructureKind.BLADDER).points_mm().mean(axis=0)
    window.commands.run("tool-organ")
    opened.look_at(middle)
    window.commands.run("reset-view")
    opened.spin()
    opened.click("axial", middle)
    opened.wait(lambda: session.case.find("bladder") is not None)
    assert not session.case.structure("bladder").confirmed
    window.panels[window.view.step]._organ.setCurrentIndex(2)
    opened.click("axial", middle)
    opened.wait(lambda: "runs into what lies around it" in window.messages.words)
    assert session.case.find("vessel") is None
    session.undo()
    assert session.case.find("bladder") is None
