"""How long after the pointer the zone is on screen while a probe is dragged: the real window, the demo case, real events.

Run as ``python -m app.drag_latency [MOVES [small]]`` where there is a display; prints seconds as JSON, one number a move.
``small`` takes a member of the phantom family with large voxels, which opens sooner.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.demo import demo_case
from app.main_window import MainWindow
from app.representations.slice_plane import Plane
from app.settings import Settings
from app.theme import apply_theme
from app.view_state import Step
from imaging.phantom import DEMO, SMALL, PhantomParameters
from planning import services

MOVES = 40
_NOT_COUNTED = 5
_SIZE_PX = (1920, 1080)
_LONGEST_S = 10.0
_OPENING_S = 300.0
_PAUSE_S = 0.01


class _Painted(QObject):
    """Notes which zone a view paints."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._session = window.session
        self.digest = ""
        window.slices[Plane.AXIAL].installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint and self._session.zone is not None:
            self.digest = self._session.zone.zone.digest
        return False


def drag_latencies_s(moves: int = MOVES, parameters: PhantomParameters = DEMO) -> list[float]:
    """Drag the tip of a probe around in the axial slice, and return the time of every move until its zone was painted.

    Parameters
    ----------
    moves : int
        After some that do not count.
    parameters : PhantomParameters
        Of the case it is measured on.
    """
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    apply_theme(application)
    with tempfile.TemporaryDirectory() as folder:
        window = MainWindow(Settings(Path(folder)))
        window.resize(*_SIZE_PX)
        window.show()
        try:
            _open(window, parameters)
            return _drag(window, moves + _NOT_COUNTED)[_NOT_COUNTED:]
        finally:
            window.session.cancel_prediction()
            window.close()


def _open(window: MainWindow, parameters: PhantomParameters) -> None:
    session = window.session
    session.show_case(*demo_case(parameters=parameters))
    _until(lambda: session.case is not None and session.verdict is not None, _OPENING_S)
    session.cancel_prediction()
    assert session.case is not None
    structures = session.case.structures
    _until(lambda: not window.jobs.busy and all(s in session.surfaces for s in structures), _OPENING_S)
    window.view.go_to(Step.PROBES)
    window.view.set_crosshair(session.case.plan.probes[0].tip_mm)
    _spin(0.5)


def _drag(window: MainWindow, moves: int) -> list[float]:
    session, view, painted = window.session, window.slices[Plane.AXIAL], _Painted(window)
    assert session.case is not None and view.frame is not None
    start = QPoint(*(round(v) for v in view.frame.to_px(session.case.plan.probes[0].tip_mm).tolist()))
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mousePress(view, left, none, start)
    times_s = []
    for n in range(moves):
        angle = 2 * np.pi * (n + 1) / 20
        began_s = time.perf_counter()
        QTest.mouseMove(view, start + QPoint(round(20 * np.sin(angle)), round(14 * (np.cos(angle) - 1))))
        digest = services.prediction_digest(session.case)
        _until(lambda d=digest: painted.digest == d, _LONGEST_S)
        times_s.append(time.perf_counter() - began_s)
        _spin(_PAUSE_S)
    QTest.mouseRelease(view, left, none, start)
    return times_s


def _until(reached: Callable[[], bool], longest_s: float) -> None:
    end_s = time.monotonic() + longest_s
    while not reached():
        if time.monotonic() > end_s:
            raise TimeoutError(f"not reached within {longest_s:g} s")
        _spin(0.0)


def _spin(seconds: float) -> None:
    """Handle events; the pause lets the threads of the jobs have the interpreter."""
    end_s = time.monotonic() + seconds
    while True:
        QApplication.processEvents()
        time.sleep(0.0005)
        if time.monotonic() >= end_s:
            return


if __name__ == "__main__":
    given = SMALL if "small" in sys.argv else DEMO
    print(json.dumps(drag_latencies_s(*(int(word) for word in sys.argv[1:2]), parameters=given)))  # noqa: T201
