"""The check in the window: compared in the background, shown, followed, replanned, and refused in words."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

import app.controllers.checking as checking
from app.checking import Check
from app.panels.check_section import CheckSection
from app.representations.actual_needle import NEW_CT_WORDS
from app.representations.primitives import Label
from app.representations.slice_overlay import slice_plan
from app.representations.slice_plane import Plane
from app.view_state import Step
from imaging.needle_finding import NeedleSearch
from imaging.registration import Registration, RegistrationError, Residual
from planning.operations.probes import add_probe, move_probe, remove_probe
from planning.trajectory.check import ActualNeedle, Deviation
from tests.app.conftest import Driver
from tests.builders.cases import centred_grid
from tests.builders.volumes import noisy_ball

pytestmark = pytest.mark.window

GRID = centred_grid(60)


def found_check(case, volume, new_ct, progress, probe=None):
    """A needle 3 mm to the left of the plan's and 5 mm short of its target, in a CT that lies where the planning CT does."""
    needle = ActualNeedle(tip_mm=np.array([3.0, 5.0, 0.0]), direction=np.array([0.0, 1.0, 0.0]), visible_mm=50.0)
    one = Deviation(probe=case.plan.probes[0], needle=needle, entry_mm=np.array([3.0, 35.0, 0.0]))
    left = Residual(mean_mm=0.21, p95_mm=0.6, agreement=0.97, overlap=1.0, bone_cm3=90.0)
    placed = Registration(
        target_from_source=np.eye(4), residual=left, likeness=0.97, rival_mean_mm=None, turn_deg=0.0, shift_mm=0.0
    )
    return Check(volume=new_ct, registration=placed, search=NeedleSearch((), ()), deviations=(one,), notes=("A note.",))


@pytest.fixture
def placed(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> Driver:
    """A window with a needle planned in a ball of tissue, and a new CT that would be read."""
    new = noisy_ball(35.0, 90, -1000, grid=GRID, seed=2)
    monkeypatch.setattr(checking, "open_ct", lambda folder, progress: new)
    monkeypatch.setattr(checking, "check", found_check)
    session = driver.window.session
    session.predict = lambda: None
    session._settle.timeout.disconnect()
    session.propose = lambda: None
    session.show_volume(noisy_ball(40.0, 40, -1000, grid=GRID), "ball", "Ball")
    driver.window.view.go_to(Step.PROBES)
    driver.spin(0.2)
    return driver


def plan(driver: Driver) -> None:
    session = driver.window.session
    session.apply("Place C1", lambda case: add_probe(case, "icerod-1.5", (0, 40, 0), (0, 0, 0)))
    driver.spin(0.2)


def run_check(driver: Driver) -> None:
    driver.window.choose_folder = lambda title: "new"
    click(driver, "Check with a new CT…")
    driver.wait(lambda: not driver.window.checking.running)
    driver.spin(0.2)


def section(driver: Driver) -> CheckSection:
    (found,) = driver.window.findChildren(CheckSection)
    return found


def words(driver: Driver) -> str:
    return " ".join(label.text() for label in section(driver).findChildren(QLabel))


def button(driver: Driver, text: str) -> QPushButton:
    return next(
        b for b in section(driver).findChildren(QPushButton) if b.text() == text and b.isVisibleTo(section(driver))
    )


def click(driver: Driver, text: str) -> None:
    QTest.mouseClick(button(driver, text), Qt.MouseButton.LeftButton)
    driver.spin(0.2)


def labels(driver: Driver) -> list[str]:
    session = driver.window.session
    drawn = slice_plan(session.scene(), driver.window.slices[Plane.AXIAL].frame)
    return [p.text for p in drawn if isinstance(p, Label)]


def test_without_a_probe_it_says_what_to_do(placed):
    assert "Place a probe first" in words(placed) and not button(placed, "Check with a new CT…").isEnabled()


def test_planned_against_actual_is_shown_followed_and_replanned(placed):
    plan(placed)
    run_check(placed)
    session, window = placed.window.session, placed.window
    assert "95 % of them within" in words(placed).replace("\u202f", " ") and "A note." in words(placed)
    assert "5.9\u202fmm" in words(placed) and "to the left" in words(placed) and "C1 actual" in labels(placed)
    assert window.view.crosshair_mm == pytest.approx((3, 5, 0))
    click(placed, "Replan from here")
    probe = session.case.plan.probes[0]
    assert probe.tip_mm == pytest.approx((3, 5, 0)) and probe.entry_mm == pytest.approx((3, 35, 0))
    assert "at the planned depth" in words(placed) and not button(placed, "Replan, advanced").isEnabled()
    session.undo()
    placed.spin(0.2)
    click(placed, "Replan, advanced")
    assert session.case.plan.probes[0].tip_mm == pytest.approx((3, 0, 0))
    session.apply("Move", lambda case: move_probe(case, probe.id, tip_mm=(3, 15, 0)))
    placed.spin(0.2)
    assert "Past the target" in words(placed)
    session.apply("Delete C1", lambda case: remove_probe(case, probe.id))
    placed.spin(0.2)
    assert "C1 actual" not in labels(placed)


def test_the_new_ct_is_shown_and_says_so_until_it_is_put_away(placed):
    plan(placed)
    run_check(placed)
    session = placed.window.session
    planned, at = session.volume, (38.5, 0.0, 0.0)
    click(placed, "Show the new CT")
    assert session.reslicer.volume is not planned and session.reslicer.volume.hu_at(at) < -800 < planned.hu_at(at)
    assert NEW_CT_WORDS in labels(placed)
    click(placed, "Back to the planning CT")
    assert session.reslicer.volume is planned and NEW_CT_WORDS not in labels(placed)
    click(placed, "Show the new CT")
    click(placed, "Put away")
    assert session.reslicer.volume is planned and session.actual is None and "C1 actual" not in labels(placed)
    assert button(placed, "Check with a new CT…").isEnabled()


def test_a_refusal_stands_where_the_result_would(placed, monkeypatch):
    plan(placed)

    def refuse(*_):
        raise RegistrationError("The bones do not fit.", code="registration-failed", hint="Check the patient.")

    monkeypatch.setattr(checking, "check", refuse)
    run_check(placed)
    assert "The bones do not fit. Check the patient." in words(placed)
    assert placed.window.session.actual is None and button(placed, "Check with a new CT…").isEnabled()


def test_it_can_be_cancelled_and_another_case_forgets_it(placed, monkeypatch):
    plan(placed)
    window = placed.window

    def slow(case, volume, new_ct, progress, probe=None):
        while True:
            progress.report(0.5, "Registering bone")

    monkeypatch.setattr(checking, "check", slow)
    window.checking.begin("new")
    placed.spin(0.2)
    click(placed, "Cancel")
    placed.wait(lambda: not window.jobs.busy)
    assert window.checking.found is None and not window.checking.running
    monkeypatch.setattr(checking, "check", found_check)
    run_check(placed)
    window.session.show_volume(noisy_ball(40.0, 40, -1000, grid=GRID), "other", "Other")
    placed.spin(0.2)
    assert window.checking.found is None and window.session.actual is None
