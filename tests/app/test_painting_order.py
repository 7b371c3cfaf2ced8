"""While a probe is dragged the slice under the hand is painted first, and the others are not forgotten."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtTest import QTest

from imaging.phantom import Phantom
from tests.app.conftest import Driver, place_probe

pytestmark = pytest.mark.window


class Painted(QObject):
    """Notes which slices are painted, with the place of the probe they show."""

    def __init__(self, driver: Driver) -> None:
        super().__init__(driver.window)
        self._driver = driver
        self.seen: list[tuple[str, object]] = []
        for view in driver.window.slices.values():
            view.installEventFilter(self)

    def eventFilter(self, watched, event) -> bool:  # noqa: N802  Qt's name
        if event.type() is QEvent.Type.Paint:
            self.seen.append((watched.plane.value, self._driver.window.session.case.plan.probes[0].tip_mm))
        return False


def test_the_slice_under_the_hand_is_painted_for_every_move_and_the_others_follow(
    opened: Driver, small_phantom: Phantom
):
    session = opened.window.session
    target = np.array(small_phantom.lesions[0].centre_mm)
    place_probe(opened, target, target + [5, 30, 0])
    opened.wait(lambda: session.zone is not None)
    opened.look_at(session.case.plan.probes[0].tip_mm)
    opened.spin(0.2)
    view = opened.view("axial")
    start = opened.at(view, session.case.plan.probes[0].tip_mm)
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mousePress(view, left, none, start)
    painted = Painted(opened)
    for n in range(1, 13):
        painted.seen.clear()
        QTest.mouseMove(view, start + QPoint(2 * n, n))
        opened.wait(lambda: bool(painted.seen) and not session.zone_awaited)
        if n == 1:
            assert painted.seen[0][0] == "axial", (
                "a slice that is not touched was painted before the one under the hand"
            )
    moved_to = session.case.plan.probes[0].tip_mm
    painted.seen.clear()
    opened.spin(0.6)
    assert {(plane, moved_to) for plane in ("sagittal", "coronal")} <= set(painted.seen), (
        "a slice still shows an old place"
    )
    QTest.mouseRelease(view, left, none, start + QPoint(24, 12))
    opened.spin(0.1)


def test_without_a_drag_all_slices_are_painted_together(opened: Driver, small_phantom: Phantom):
    place_probe(
        opened, np.array(small_phantom.lesions[0].centre_mm), np.array(small_phantom.lesions[0].centre_mm) + [0, 30, 0]
    )
    opened.spin(0.3)
    painted = Painted(opened)
    opened.window.view.set_window(300, 30)
    opened.spin(0.1)
    assert {plane for plane, _ in painted.seen} == {"axial", "sagittal", "coronal"}
