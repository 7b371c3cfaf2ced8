"""Scrolling through slices, moving the crosshair, thick slices: seconds from the event to the pixels of all views."""

from __future__ import annotations

import time

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.bench_window.driving import Painted, measured_window, rest, turn_wheel
from app.main_window import MainWindow
from app.representations.slice_picture import ct_picture
from app.representations.slice_plane import Plane
from app.views.slice_view import SliceView

_WARM_UP = 5
_SLAB_MM = 40.0


def slice_times_s(frames: int, *, small: bool = False) -> dict[str, list[float]]:
    """Return the times of frames, by what was done.

    Parameters
    ----------
    frames : int
        Of each.
    small : bool
    """
    with measured_window(small=small) as (window, case):
        place = case.plan.probes[0].tip_mm
        axial, three = window.slices[Plane.AXIAL], tuple(window.slices.values())
        found = {}
        found["scroll, three views"] = _scrolled(axial, three, frames)
        window.view.set_crosshair(place)
        found["crosshair, three views"] = _dragged(axial, three, frames)
        window.view.set_crosshair(place)
        window.commands.run("layout-one")
        rest(window)
        found["scroll, one view"] = _scrolled(axial, (axial,), frames)
        window.view.set_crosshair(place)
        window.commands.run("layout-four")
        found.update(_thick(window, frames))
        return found


def _scrolled(under_mouse: QWidget, painted: tuple[QWidget, ...], frames: int) -> list[float]:
    """Some slices up, then down: none of them is seen twice in a row."""
    watched = Painted(painted)
    return [
        watched.after_s(lambda n=n: turn_wheel(under_mouse, 1 if n < (frames + _WARM_UP) / 2 else -1))
        for n in range(frames + _WARM_UP)
    ][_WARM_UP:]


def _dragged(under_mouse: QWidget, painted: tuple[QWidget, ...], frames: int) -> list[float]:
    """The crosshair along a line through soft tissue and bone, by 2 px a frame, away from anything that could be dragged."""
    watched = Painted(painted)
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    start = QPoint(under_mouse.width() // 4, under_mouse.height() // 4)
    QTest.mousePress(under_mouse, left, none, start)
    times_s = [
        watched.after_s(lambda n=n: QTest.mouseMove(under_mouse, start + QPoint(2 * n, n)))
        for n in range(1, frames + _WARM_UP + 1)
    ]
    QTest.mouseRelease(under_mouse, left, none, start)
    return times_s[_WARM_UP:]


def _thick(window: MainWindow, frames: int) -> dict[str, list[float]]:
    """Thick slices while the wheel is turned over each view: the picture of the CT alone, and all three views to the display."""
    window.view.show_ct(thick=True, thickness_mm=_SLAB_MM)
    rest(window)
    found: dict[str, list[float]] = {}
    for plane, view in window.slices.items():
        found[f"MIP, three views, {plane.value}"] = _scrolled(view, tuple(window.slices.values()), frames)
        found[f"MIP, {plane.value}"] = [_picture_s(window, view) for _ in range(frames)]
    window.view.show_ct(thick=False)
    return found


def _picture_s(window: MainWindow, view: SliceView) -> float:
    """One slice on, the time of the picture of the thick one."""
    view.scroll_slices(1)
    frame, reslicer = view.frame, window.session.reslicer
    assert frame is not None and reslicer is not None
    began_s = time.perf_counter()
    ct_picture(reslicer, frame, window.view.window_hu, view.devicePixelRatioF(), window.view.ct_look)
    return time.perf_counter() - began_s
