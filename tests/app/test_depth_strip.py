"""The way of the needle between the views along it: on their scale, and a click shows the place."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.representations.primitives import Label
from app.representations.slice_plane import NeedlePlane
from app.representations.way import way_column
from app.view_state import Step
from app.views.depth_strip import DepthStrip
from app.views.needle_view import NeedleView
from imaging.structures import StructureKind
from planning.model.naming import make_structure
from planning.operations.probes import add_probe
from planning.operations.structures import put_structure
from tests.app.conftest import Driver
from tests.builders.cases import ball, centred_grid
from tests.builders.volumes import noisy_ball

pytestmark = pytest.mark.window

GRID = centred_grid(60)
SKIN_MM, BONE_MM = 45.0, 20.0


@pytest.fixture
def along(driver: Driver) -> Driver:
    """A window with the views along a needle into the middle of a ball of bone."""
    session = driver.window.session
    driver.keep_quiet()
    session.show_volume(noisy_ball(SKIN_MM, 40, -1000, grid=GRID), "ball", "Ball")
    bone = make_structure(StructureKind.BONE, ball(GRID, BONE_MM))
    session.apply("Outline", lambda case: put_structure(case, bone))
    session.apply("Place C1", lambda case: add_probe(case, "icerod-1.5", (0, SKIN_MM, 0), (0, 0, 0)))
    driver.window.view.go_to(Step.PROBES)
    driver.window.toggle_needle()
    probe = session.case.plan.probes[0]
    driver.wait(lambda: driver.window.ways.of(probe) is not None)
    return driver


def strip(driver: Driver) -> DepthStrip:
    (found,) = driver.window.findChildren(DepthStrip)
    return found


def view_along(driver: Driver) -> NeedleView:
    return driver.window.needle_views[NeedlePlane.ALONG_A]


def test_a_click_shows_the_place_at_the_same_height_in_the_view_beside(along: Driver):
    view = view_along(along)
    view._zoom(0.7, QPoint(80, 60))
    along.spin()
    surface_px = float(view.frame.to_px((0, BONE_MM, 0))[1])
    assert strip(along).height() == view.height()
    QTest.mouseClick(strip(along), Qt.MouseButton.LeftButton, pos=QPoint(10, round(surface_px)))
    along.spin()
    within_mm = view.frame.mm_per_px
    assert along.window.view.crosshair_mm == pytest.approx([0, BONE_MM, 0], abs=within_mm)
    assert along.window.view.needle_above_tip_mm == pytest.approx(BONE_MM, abs=within_mm)


def test_beyond_its_ends_a_click_shows_skin_and_tip(along: Driver):
    for y_px, y_mm in ((1, SKIN_MM), (strip(along).height() - 2, 0.0)):
        QTest.mouseClick(strip(along), Qt.MouseButton.LeftButton, pos=QPoint(10, y_px))
        along.spin()
        assert along.window.view.crosshair_mm == pytest.approx([0, y_mm, 0], abs=1e-6)


def test_depths_stand_where_the_needle_has_them(along: Driver):
    window = along.window
    way = window.ways.of(window.session.case.plan.probes[0]).way
    marks = way_column(way, 30.0, 4.0, 350.0)
    labels = {mark.text: mark.y_px for mark in marks if isinstance(mark, Label)}
    assert labels["skin"] == 30.0 and labels["tip"] == pytest.approx(30 + 4 * SKIN_MM)
    (surface,) = way.crossings
    assert surface.depth_mm == pytest.approx(SKIN_MM - BONE_MM, abs=1)
    assert labels[f"{surface.depth_mm:.0f}"] == pytest.approx(30 + 4 * surface.depth_mm)
    ys = np.concatenate([line[:, 1] for mark in marks if hasattr(mark, "lines") for line in mark.lines])
    assert (ys.min(), ys.max()) == pytest.approx((30, 30 + 4 * SKIN_MM))


def test_it_stays_beside_a_view_that_is_alone_which_fills_the_room(along: Driver):
    window, whole = along.window, window_height(along)
    before = {view: view.frame.mm_per_px for view in window.slices.values()}
    window.layouts.maximise(NeedlePlane.ALONG_A.value)
    along.spin()
    assert strip(along).isVisible() and view_along(along).height() == whole == strip(along).height()
    window.layouts.maximise(NeedlePlane.ALONG_A.value)
    window.layouts.maximise("3d")
    along.spin()
    assert not strip(along).isVisible() and window.view3d.height() == whole
    window.toggle_needle()
    along.spin()
    assert not strip(along).isVisible() and along.view("axial").isVisible()
    assert {view: view.frame.mm_per_px for view in window.slices.values()} == pytest.approx(before)


def window_height(driver: Driver) -> int:
    """How high the views and the gap between them are."""
    return driver.window.layouts.grid.geometry().height()
