"""A fault in a view, a page, a slot or a job is told and contained, and what failed is tried again."""

from __future__ import annotations

import sys
import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage

from app.contained import FAULTS, report_uncaught
from app.representations.scene3d import Scene3D
from app.tokens import theme_colour
from app.view_state import Step
from imaging.phantom import Phantom
from planning.errors import PlanError
from planning.model import Case, ImageReference
from tests.app.conftest import Driver

pytestmark = pytest.mark.window


def fail(*_: object, **__: object) -> None:
    raise ZeroDivisionError("a secret of Erika Mustermann in /home/erika")


@pytest.fixture
def shown(driver: Driver, small_phantom: Phantom, monkeypatch: pytest.MonkeyPatch) -> Driver:
    """A window on the phantom in which uncaught faults are reported as in the program."""
    driver.keep_quiet()
    case = Case(name="shown", image=ImageReference.of(small_phantom.volume, "phantom"))
    driver.window.session.show_case(case, small_phantom.volume)
    driver.spin()
    monkeypatch.setattr(sys, "excepthook", report_uncaught)
    return driver


def told(driver: Driver, words: str) -> None:
    driver.wait(lambda: words in driver.window.messages.words, 5)
    assert "unharmed" in driver.window.messages.hint and "Erika" not in driver.window.messages.words


def picture(driver: Driver, view) -> QImage:
    driver.spin()
    return view.grab().toImage()


def repaint(driver: Driver) -> None:
    """Change something, so that all views are painted."""
    driver.window.view.changed.emit()
    driver.spin()


def test_a_slice_that_cannot_be_painted_says_so_and_is_painted_again(shown: Driver, monkeypatch):
    axial = shown.view("axial")
    whole = picture(shown, axial)
    with monkeypatch.context() as broken:
        broken.setattr(axial, "_under_plan", fail)
        repaint(shown)
        told(shown, "“Axial slice” could not be shown (ZeroDivisionError)")
        said = picture(shown, axial)
        assert said.pixelColor(3, 3) == QColor(theme_colour("bg-1")) != whole.pixelColor(3, 3)
        assert len({said.pixel(x, said.height() // 2) for x in range(said.width())}) > 3, "nothing is said"
        shown.window.messages.hide()
        repaint(shown)
        assert not shown.window.messages.words, "the same fault was told again"
    repaint(shown)
    assert picture(shown, axial) == whole


def test_one_slice_fails_and_the_others_follow(shown: Driver, monkeypatch):
    axial, coronal = shown.view("axial"), shown.view("coronal")
    beside = picture(shown, coronal)
    monkeypatch.setattr(axial, "_draw_ground", fail)
    shown.window.view.set_window(400, 40)
    told(shown, "“Axial slice” could not be shown")
    assert picture(shown, coronal) != beside, "a view that works did not follow"


def test_a_ground_that_failed_half_way_is_not_taken_for_drawn(shown: Driver, monkeypatch):
    axial = shown.view("axial")
    with monkeypatch.context() as broken:
        broken.setattr("app.views.slice_view.slice_ground", fail)
        shown.window.view.select("lesion")
        told(shown, "could not be shown")
        failed = picture(shown, axial)
    repaint(shown)
    assert picture(shown, axial) != failed


def test_a_3d_view_that_cannot_be_rendered_says_so_and_is_rendered_again(shown: Driver, monkeypatch):
    view3d = shown.window.view3d
    shown.wait(lambda: view3d._pixels is not None)
    whole = picture(shown, view3d)
    with monkeypatch.context() as broken:
        broken.setattr(Scene3D, "update", fail)
        repaint(shown)
        told(shown, "“3D view” could not be shown (ZeroDivisionError)")
        assert picture(shown, view3d) != whole
    repaint(shown)
    shown.wait(lambda: view3d._scene3d is not None)
    assert picture(shown, view3d) == whole


def test_a_page_that_fails_is_not_acted_on_and_the_rest_is_up_to_date(shown: Driver, monkeypatch):
    window, page = shown.window, shown.window.panels[Step.PROBES]
    window.view.go_to(Step.PROBES)
    with monkeypatch.context() as broken:
        broken.setattr(page, "refresh", fail)
        window.session.rename("another name")
        told(shown, "The page “Probes” could not be shown")
        sections = [page._layout.itemAt(n).widget() for n in range(1, page._layout.count() - 1)]
        assert page._failed.isVisible() and page._failed.isEnabled()
        assert sections and not any(section.isEnabled() for section in sections)
        assert window.top_bar.name.text() == "another name"
        assert "not saved" in window.status._saved.text()
    window.session.rename("and another")
    shown.wait(lambda: all(section.isEnabled() for section in sections))
    assert not page._failed.isVisible()


def test_a_fault_in_a_slot_leaves_the_other_slots_and_undo(shown: Driver):
    session, seen = shown.window.session, []
    session.changed.connect(fail)
    session.changed.connect(lambda _: seen.append(session.case.name))
    session.rename("renamed")
    told(shown, "Something failed unexpectedly (ZeroDivisionError)")
    assert seen == ["renamed"] and shown.window.top_bar.name.text() == "renamed"
    session.changed.disconnect(fail)
    shown.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.case.name == "shown"


def test_a_refusal_that_nothing_caught_is_told_in_its_own_words(shown: Driver):
    report_uncaught(PlanError, PlanError("No such probe.", code="probe-unknown", hint="Choose another."), None)
    shown.wait(lambda: shown.window.messages.words == "No such probe.")
    assert shown.window.messages.hint == "Choose another."


@pytest.mark.parametrize("fault", [ZeroDivisionError, SystemExit, MemoryError])
def test_a_job_that_breaks_leaves_its_lane_at_work(shown: Driver, fault):
    jobs, done = shown.window.jobs, []

    def broken(_: object) -> None:
        raise fault

    jobs.batch("Measuring the sky", broken, done.append)
    told(shown, f"Measuring the sky failed unexpectedly ({fault.__name__})")
    jobs.batch("Next", lambda _: "done", done.append)
    shown.wait(lambda: done == ["done"])


def test_what_a_job_brings_may_fail_to_be_taken(shown: Driver):
    jobs, done = shown.window.jobs, []
    jobs.batch("First", lambda _: None, fail)
    told(shown, "Something failed unexpectedly")
    jobs.batch("Next", lambda _: "done", done.append)
    shown.wait(lambda: done == ["done"] and not jobs.busy)


def test_a_fault_in_a_thread_is_told_in_the_window(shown: Driver):
    thread = threading.Thread(target=report_uncaught, args=(ValueError, ValueError("x"), None))
    thread.start()
    thread.join()
    told(shown, "Something failed unexpectedly (ValueError)")


def test_a_drag_whose_release_failed_is_ended(shown: Driver):
    shown.window.session.dragging = True
    report_uncaught(ValueError, ValueError("x"), None)
    shown.wait(lambda: not shown.window.session.dragging, 5)


def test_faults_go_to_every_window_once(shown: Driver):
    received = []
    FAULTS.told.connect(received.append)
    report_uncaught(ValueError, ValueError("x"), None)
    FAULTS.told.disconnect(received.append)
    assert [error.code for error in received] == ["fault"]
