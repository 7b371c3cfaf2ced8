"""Cement in the window: placed, changed, dragged, undone, deleted, and its heat predicted, cancelled and read."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from app.view_state import Step
from imaging.phantom import Phantom
from planning.catalogue import Phase
from planning.operations.cement import add_cement, remove_cement
from planning.operations.probes import set_schedule
from tests.app.conftest import Driver, place_probe

pytestmark = pytest.mark.window


@pytest.fixture
def planned(opened: Driver, small_phantom: Phantom) -> Driver:
    """A window with a probe in the lesion that freezes for a minute, on the page of the zone."""
    target = np.array(small_phantom.lesions[0].centre_mm)
    place_probe(opened, target, target + [5, 30, 0])
    session = opened.window.session
    session.apply("Change the schedule", lambda c: set_schedule(c, (Phase(kind="on", duration_s=60.0),)))
    opened.look_at(target)
    opened.window.view.go_to(Step.ZONE)
    opened.spin(0.1)
    return opened


def cements(driver: Driver):
    return driver.window.session.case.plan.cements


def section(driver: Driver):
    return driver.window.panels[Step.ZONE]._cement


def words(driver: Driver) -> str:
    box = section(driver)
    return " ".join(label.text() for label in box.findChildren(QLabel) if label.isVisibleTo(box))


def test_a_click_places_a_ball_and_a_drag_a_long_volume(planned: Driver, small_phantom: Phantom):
    target = np.array(small_phantom.lesions[0].centre_mm)
    px_mm = planned.view("axial").frame.mm_per_px
    box = section(planned)
    box._volume.setValue(4.0)
    box._minutes.setValue(7)
    planned.press(Qt.Key.Key_I)
    assert "Click for a ball" in words(planned)
    planned.click("axial", target + [6, 6, 0])
    (ball,) = cements(planned)
    assert ball.start_mm == ball.stop_mm == pytest.approx(target + [6, 6, 0], abs=px_mm)
    assert (ball.volume_ml, ball.minutes_after) == (4.0, 7.0)
    assert planned.window.tool.name == "navigate" and planned.window.view.selected == ball.id
    planned.press(Qt.Key.Key_I)
    planned.drag("axial", target + [-12, -10, 0], target + [3, -10, 0])
    assert np.subtract(cements(planned)[1].stop_mm, cements(planned)[1].start_mm) == pytest.approx(
        [15, 0, 0], abs=2 * px_mm
    )
    planned.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert cements(planned) == (ball,)
    planned.press(Qt.Key.Key_I)
    planned.press(Qt.Key.Key_Escape)
    assert planned.window.tool.name == "navigate" and cements(planned) == (ball,)


def test_cement_is_changed_dragged_and_deleted_and_the_zone_stays(planned: Driver, small_phantom: Phantom):
    target = np.array(small_phantom.lesions[0].centre_mm)
    px_mm = planned.view("axial").frame.mm_per_px
    planned.wait_settled()
    zone = planned.window.session.zone.zone
    planned.press(Qt.Key.Key_I)
    planned.click("axial", target + [0, -14, 0])
    planned.spin(0.1)
    box = section(planned)
    assert box._given.isVisibleTo(box)
    box._volume.setValue(2.0)
    box._minutes.setValue(12)
    box._temperature.setValue(18)
    assert (cements(planned)[0].volume_ml, cements(planned)[0].minutes_after, cements(planned)[0].temperature_c) == (
        2.0, 12.0, 18.0,
    )  # fmt: skip
    planned.drag("axial", target + [0, -14, 0], target + [7, -18, 0])
    assert cements(planned)[0].start_mm == pytest.approx(target + [7, -18, 0], abs=2 * px_mm)
    assert planned.window.session.store.undo_names[0] == "Move Cement 1"
    planned.press(Qt.Key.Key_Delete)
    assert not cements(planned)
    planned.spin(0.8)
    session = planned.window.session
    assert not session.stale_because and not session.predicting and session.zone.zone.digest == zone.digest
    assert session.zone.zone.fidelity.value == "physics"


def test_a_place_outside_the_ct_is_refused_and_nothing_is_predicted_without_a_probe(planned: Driver):
    session = planned.window.session
    assert not session.apply("Add cement", lambda case: add_cement(case, (9e3, 0, 0), 3.0))
    assert "outside the CT" in planned.window.messages.words
    assert "No cement is planned" in words(planned) and not section(planned)._predict.isEnabled()
    at = session.case.plan.probes[0].tip_mm
    session.apply("Add cement", lambda case: add_cement(case, at, 3.0))
    session.apply("Take the probes out", lambda case: case.with_plan(probes=()))
    planned.spin(0.2)
    assert "place a probe first" in words(planned) and not section(planned)._predict.isEnabled()


def test_its_heat_is_predicted_on_request_and_stands_in_the_panel(planned: Driver):
    session, heat = planned.window.session, planned.window.cement_heat
    at = session.case.plan.probes[0].tip_mm
    session.apply("Add cement", lambda case: add_cement(case, at, 3.0, minutes_after=2.0))
    planned.wait_settled()
    assert "not predicted yet" in words(planned)
    section(planned)._predict.click()
    assert heat.running
    planned.spin(0.1)
    assert not section(planned)._predict.isEnabled() and section(planned)._cancel.isVisibleTo(section(planned))
    planned.wait(lambda: heat.current is not None, 240)
    planned.spin(0.3)
    said = words(planned)
    assert "Cement injected 2 min after the end of the freeze" in said
    for source in ("PMID 23072273", "PMID 12865844", "PMID 19280257", "Assumption"):
        assert source in said
    # Another volume is another answer; an undo brings the first one back.
    found = heat.current
    session.apply("Resize", lambda case: case.with_plan(cements=()))
    planned.spin(0.1)
    assert heat.current is None
    planned.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    planned.spin(0.1)
    assert heat.current is found
    # The ranges waited for it, and run now.
    planned.wait(lambda: planned.window.how_sure.current is not None, 240)


def test_it_is_cancelled_and_given_up_when_the_plan_changes(planned: Driver):
    session, heat = planned.window.session, planned.window.cement_heat
    at = session.case.plan.probes[0].tip_mm
    session.apply("Add cement", lambda case: add_cement(case, at, 3.0))
    planned.wait_settled()
    planned.press(Qt.Key.Key_F6)
    assert heat.running
    section(planned)._cancel.click()
    assert not heat.running and heat.current is None
    planned.spin(0.3)
    assert heat.can_predict and section(planned)._predict.isEnabled()
    planned.press(Qt.Key.Key_F6)
    assert heat.running
    session.apply("Delete Cement 1", lambda case: remove_cement(case, "Cement 1"))
    planned.spin(0.1)
    assert not heat.running and not heat.can_predict
