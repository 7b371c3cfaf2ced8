"""Dragging a needle's tip: seconds from a move of the mouse until the needle is painted there, with its zone."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.bench_window.driving import measured_window, on_display, spin, until
from app.main_window import MainWindow
from app.representations.slice_plane import Plane
from planning import services

_WARM_UP = 5
_LONGEST_S = 20.0
_PAUSE_S = 0.01


class _Shown(QObject):
    """Notes of which state of the case a view last painted the zone.

    Parameters
    ----------
    window : MainWindow
    view : QWidget
    """

    def __init__(self, window: MainWindow, view: QWidget) -> None:
        super().__init__()
        self._session = window.session
        self.digest = ""
        view.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint and self._session.zone is not None:
            self.digest = self._session.zone.zone.digest
        return False


def drag_times_s(moves: int, *, small: bool = False) -> dict[str, list[float]]:
    """Return the times of the moves of a drag in a circle.

    Parameters
    ----------
    moves : int
    small : bool
    """
    with measured_window(small=small) as (window, case):
        session, view = window.session, window.slices[Plane.AXIAL]
        shown = _Shown(window, view)
        assert view.frame is not None
        start = QPoint(*(round(v) for v in view.frame.to_px(case.plan.probes[0].tip_mm).tolist()))
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QTest.mousePress(view, left, none, start)
        times_s = []
        for n in range(moves + _WARM_UP):
            angle = 2 * np.pi * (n + 1) / 20
            began_s = time.perf_counter()
            QTest.mouseMove(view, start + QPoint(round(20 * np.sin(angle)), round(14 * (np.cos(angle) - 1))))
            assert session.case is not None
            digest = services.prediction_digest(session.case)
            until(lambda d=digest: shown.digest == d, _LONGEST_S)
            on_display()
            times_s.append(time.perf_counter() - began_s)
            spin(_PAUSE_S)
        QTest.mouseRelease(view, left, none, start)
        return {"drag": times_s[_WARM_UP:]}
