"""The way through bone in the window: shown, followed, clicked, and refused where no bone is outlined."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from app.panels.way_section import WaySection
from app.representations.way import HEIGHT_PX, way_marks
from app.view_state import Step
from app.widgets.basics import Row
from imaging.structures import StructureKind
from planning.model.naming import make_structure
from planning.operations.probes import add_probe, move_probe
from planning.operations.structures import put_structure
from tests.app.conftest import Driver
from tests.builders.cases import ball, centred_grid
from tests.builders.volumes import noisy_ball

pytestmark = pytest.mark.window

GRID = centred_grid(60)
RADIUS_MM = 15.0


@pytest.fixture
def placed(driver: Driver) -> Driver:
    """A window with a needle from the back to the middle of a ball of bone that is not confirmed."""
    session = driver.window.session
    driver.keep_quiet()
    session.show_volume(noisy_ball(RADIUS_MM, 600, 40, grid=GRID), "ball", "Ball")
    session.apply("Place C1", lambda case: add_probe(case, "icerod-1.5", (0, 25, 0), (0, 0, 0)))
    driver.window.view.go_to(Step.PROBES)
    driver.spin(0.2)
    return driver


def outline(driver: Driver) -> None:
    bone = make_structure(StructureKind.BONE, ball(GRID, RADIUS_MM), confirmed=False)
    driver.window.session.apply("Outline", lambda case: put_structure(case, bone))
    driver.wait(lambda: bool(rows(driver)))


def section(driver: Driver) -> WaySection:
    found = driver.window.findChild(WaySection)
    assert found is not None
    return found


def rows(driver: Driver) -> list[Row]:
    return section(driver).findChildren(Row)


def words(driver: Driver) -> str:
    return " ".join(label.text() for label in section(driver).findChildren(QLabel))


def test_without_bone_it_says_what_to_do(placed):
    placed.wait(lambda: "No bone is outlined" in words(placed))
    assert "Find the structures first" in words(placed) and not section(placed).strip.isVisibleTo(section(placed))


def test_the_surface_is_told_shown_on_a_click_and_not_called_confirmed(placed):
    outline(placed)
    (only,) = rows(placed)
    shown = [label.text() for label in only.findChildren(QLabel)]
    assert shown[1] == "Into Bone, posterior face" and shown[2] == "0° to normal"
    assert "Not confirmed: Bone" in words(placed) and section(placed).strip.isVisibleTo(section(placed))
    QTest.mouseClick(only, Qt.MouseButton.LeftButton, pos=QPoint(10, only.height() // 2))
    placed.spin()
    assert placed.window.view.crosshair_mm == pytest.approx([0, RADIUS_MM, 0], abs=1.0)


def test_it_follows_the_needle_and_an_undo(placed):
    outline(placed)
    session = placed.window.session
    probe = session.case.plan.probes[0]
    before = words(placed)
    session.apply("Move", lambda case: move_probe(case, probe.id, entry_mm=(10, 25, 0), tip_mm=(10, 0, 0)))
    placed.wait(lambda: words(placed) != before)
    angle = re.search(r"(\d+)° to normal", words(placed))
    assert angle is not None and float(angle[1]) == pytest.approx(np.degrees(np.arcsin(10 / RADIUS_MM)), abs=4)
    session.undo()
    placed.wait(lambda: words(placed) == before)


def test_the_strip_runs_from_skin_to_tip(placed):
    outline(placed)
    probe = placed.window.session.case.plan.probes[0]
    placed.wait(lambda: section(placed).ways.of(probe) is not None)
    way = section(placed).ways.of(probe).way
    marks = way_marks(way, 300.0, 350.0)
    xs = np.concatenate([line[:, 0] for mark in marks if hasattr(mark, "lines") for line in mark.lines])
    ys = np.concatenate([line[:, 1] for mark in marks if hasattr(mark, "lines") for line in mark.lines])
    assert (xs.min(), xs.max()) == pytest.approx((0, 300)) and ys.min() >= 0 and ys.max() <= HEIGHT_PX
