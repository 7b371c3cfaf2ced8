"""Electrodes that share a generator, in the window: chosen, refused while they cannot, changed, lost, undone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QToolButton

from app.panels.course_section import CourseStrip
from app.representations.scene import Scene, SurfaceCache, ZoneSurfaces
from app.view_state import Step
from app.widgets.time_strip import _is_cold
from planning.catalogue import Mode
from planning.catalogue.devices import device
from planning.model.generator import SharedGenerator, Sharing
from planning.operations.probes import add_probe, move_probe, remove_probe
from tests.app.conftest import Driver
from tests.builders.cases import centred_grid, empty_case, uniform, zone_of
from tests.builders.volumes import noisy_ball

pytestmark = pytest.mark.window


@pytest.fixture
def placed(driver: Driver) -> Driver:
    """A window with three electrodes in a cube of tissue, on the page of probes; nothing is predicted."""
    session = driver.window.session
    session.predict = lambda: None
    session._settle.timeout.disconnect()
    session.propose = lambda: None
    session.show_volume(noisy_ball(28, 60, -1000, grid=centred_grid(30)), "ball", "Ball")
    for n, device_id in enumerate(("cool-tip-20", "cool-tip-20", "cool-tip-25")):
        path = (8.0 * n - 8, 25, 0), (8.0 * n - 8, 0, 0)
        session.apply(f"Place R{n + 1}", lambda case, d=device_id, p=path: add_probe(case, d, *p))
    driver.window.view.go_to(Step.PROBES)
    driver.spin(0.1)
    return driver


def section(driver: Driver):
    return driver.window.panels[Step.PROBES]._generators


def generators(driver: Driver):
    return driver.window.session.case.plan.generators


def click(driver: Driver, widget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=QPoint(10, widget.height() // 2))
    driver.spin()


def choose(driver: Driver, how: Sharing) -> None:
    box = section(driver)._how
    box.setCurrentIndex(box.findData(how))
    driver.spin()


def words(driver: Driver) -> str:
    box = section(driver)
    return " ".join(label.text() for label in box.findChildren(QLabel) if label.isVisibleTo(box))


def test_electrodes_take_turns_once_the_user_said_how_long(placed: Driver):
    box = section(placed)
    choose(placed, Sharing.IN_TURN)
    assert not box._share.isEnabled() and "need the time" in words(placed)
    box._dwell.lineEdit().selectAll()
    QTest.keyClicks(box._dwell, "20")
    placed.spin()
    click(placed, box._share)
    assert generators(placed) == (
        SharedGenerator(
            id="generator-1", how=Sharing.IN_TURN, probe_ids=("probe-1", "probe-2", "probe-3"), dwell_s=20.0
        ),
    )
    assert "R1, R2 and R3 in turn, 20\u202fs each; tips 8.0–16.0 mm apart" in words(placed)
    # A click on it shows it in the form, where it is changed.
    click(placed, box._list.itemAt(0).widget())
    assert box._dwell.value() == 20 and box._share.text() == "Change"
    choose(placed, Sharing.BETWEEN)
    click(placed, box._members._boxes["probe-3"])
    click(placed, box._share)
    (changed,) = generators(placed)
    assert (changed.how, changed.probe_ids, changed.against_ids) == (
        Sharing.BETWEEN, ("probe-1", "probe-2"), ("probe-2",),
    )  # fmt: skip
    placed.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    placed.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert generators(placed) == ()


def test_what_a_deleted_probe_did_to_the_sharing_is_said_until_the_next_change(placed: Driver):
    box, panel = section(placed), placed.window.panels[Step.PROBES]
    before = placed.window.session.case
    click(placed, box._members._boxes["probe-3"])
    click(placed, box._share)
    assert generators(placed)[0].probe_ids == ("probe-1", "probe-2")
    (delete,) = (b for b in panel.findChildren(QToolButton) if b.toolTip() == "Delete R2")
    click(placed, delete)
    assert generators(placed) == ()
    assert placed.window.messages.words == "R1 and R2 no longer share a generator."
    placed.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert placed.window.messages.words == "" and len(generators(placed)) == 1
    placed.spin(0.2)
    (end,) = (b for b in box.findChildren(QToolButton) if b.toolTip() == "End the sharing of R1 and R2")
    click(placed, end)
    assert generators(placed) == () and placed.window.messages.words == ""
    assert box.isVisibleTo(placed.window)
    for name in ("R3", "R2"):
        placed.window.session.apply(f"Delete {name}", lambda case, n=name: remove_probe(case, n))
    placed.spin(0.2)
    assert not box.isVisibleTo(placed.window), "with one electrode there is nothing to share"
    choose(placed, Sharing.IN_TURN)
    box._dwell.setValue(30)
    placed.window.session.show_case(before, placed.window.session.volume)
    placed.spin(0.2)
    assert box._members.ticked == ("probe-1", "probe-2", "probe-3") and box._dwell.value() == 0, "a case anew"


def test_power_and_impedance_stand_on_the_page_of_the_zone_while_they_belong_to_the_plan(placed: Driver):
    session, box = placed.window.session, section(placed)
    click(placed, box._members._boxes["probe-3"])
    click(placed, box._share)
    case, at_s = session.case, np.array([0.0, 60.0, 120.0])
    zone = zone_of(case, uniform(40.0), centred_grid(12), Mode.HEAT, times_s=at_s)
    power_w = {p.id: np.array([0.0, 20.0, 10.0]) for p in case.plan.probes}
    ohm = {p.id: np.array([np.nan, 70.0, 55.0]) for p in case.plan.probes}
    session._show_zone(ZoneSurfaces.of(replace(zone, power_w=power_w, impedance_ohm=ohm)))
    placed.window.view.go_to(Step.ZONE)
    placed.spin(0.2)
    courses = placed.window.panels[Step.ZONE]._courses
    shown = [label.text() for label in courses.findChildren(QLabel) if label.isVisibleTo(courses)]
    assert "R1 and R2" in shown and "up to 40\u202fW, 3.6\u202fkJ in all" in shown and "R3" in shown
    assert len([s for s in courses.findChildren(CourseStrip) if s.isVisibleTo(courses)]) == 2
    session.apply("Move R1", lambda c: move_probe(c, "R1", tip_mm=(-8, 1, 0)))
    placed.wait(lambda: not courses.isVisibleTo(placed.window.panels[Step.ZONE]), 5)


def test_a_shaft_that_does_not_reach_is_marked_where_its_depth_stands(placed: Driver, monkeypatch):
    panel = placed.window.panels[Step.PROBES]
    assert [alarm.isVisibleTo(panel) for _, alarm in panel._depths] == [False] * 3
    short = replace(device("cool-tip-20"), shaft_length_mm=26.0, assumptions={
        **device("cool-tip-20").assumptions, "shaft_length_mm": "made up for a test",
    })  # fmt: skip
    monkeypatch.setattr("planning.evaluation.feasibility.device", lambda i: short if i == short.id else device(i))
    placed.window.session.apply("Move R2", lambda case: move_probe(case, "R2", entry_mm=(0, 27, 0)))
    placed.spin(0.2)
    assert [alarm.isVisibleTo(panel) for _, alarm in panel._depths] == [False, True, False]
    assert "does not reach: its tip lies 27.0\u202fmm" in panel._depths[1][1].toolTip()


def test_a_plan_that_heats_is_called_so_before_there_is_a_zone():
    case = empty_case(centred_grid(30))
    assert _is_cold(Scene(case=add_probe(case, "icerod-1.5", (0, 25, 0), (0, 0, 0)), surfaces=SurfaceCache()))
    assert not _is_cold(Scene(case=add_probe(case, "cool-tip-20", (0, 25, 0), (0, 0, 0)), surfaces=SurfaceCache()))
