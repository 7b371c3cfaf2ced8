"""Turning the 3D view: seconds from a move of the mouse to the pixels."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.bench_window.driving import Painted, measured_window, rest

_WARM_UP = 5
_STEP_PX = 6


def turning_times_s(frames: int, *, small: bool = False) -> dict[str, list[float]]:
    """Return the times of frames while 3D is turned, in a quarter of the window and alone.

    Parameters
    ----------
    frames : int
        Of each.
    small : bool
    """
    with measured_window(small=small) as (window, _):
        found = {}
        for where in ("a quarter", "alone"):
            if where == "alone":
                window.layouts.maximise("3d")
            rest(window)
            view = window.view3d
            watched, start = Painted((view,)), QPoint(view.width() // 3, view.height() // 3)
            left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
            QTest.mousePress(view, left, none, start)
            found[f"3D, {where}"] = [
                watched.after_s(lambda n=n, v=view, s=start: QTest.mouseMove(v, s + QPoint(_STEP_PX * n, 0)))
                for n in range(1, frames + _WARM_UP + 1)
            ][_WARM_UP:]
            QTest.mouseRelease(view, left, none, start)
        return found
