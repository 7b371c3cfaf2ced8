"""A window with the measured case in it, and events whose pictures are waited for."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.bench_window.scenario import measured_case
from app.main_window import MainWindow
from app.memory import share_freed_memory
from app.settings import Settings
from app.theme import apply_theme
from app.view_state import Step
from planning.model import Case

SIZE_PX = (1920, 1080)
_OPENING_S, _LONGEST_S = 300.0, 20.0


class Painted(QObject):
    """Notes which widgets are painted.

    Parameters
    ----------
    widgets : collection of QWidget
    """

    def __init__(self, widgets: Collection[QWidget]) -> None:
        super().__init__()
        self._widgets = list(widgets)
        self.seen: set[QWidget] = set()
        for widget in self._widgets:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint and isinstance(watched, QWidget):
            self.seen.add(watched)
        return False

    def after_s(self, act: Callable[[], object]) -> float:
        """Do something, and return the seconds until all widgets were painted and the display had their pixels."""
        self.seen.clear()
        began_s = time.perf_counter()
        act()
        # What was painted for an event is on the window's picture, and sent, when its handling returns.
        until(lambda: self.seen.issuperset(self._widgets), _LONGEST_S, pause_s=0.0)
        on_display()
        return time.perf_counter() - began_s


def the_application() -> QApplication:
    """Return the one application, with the program's theme, made as the program makes it."""
    share_freed_memory()
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    apply_theme(application)
    return application


@contextmanager
def window_of(folder: Path) -> Iterator[MainWindow]:
    """Show an empty window with settings in a folder, and close it afterwards."""
    window = MainWindow(Settings(folder))
    window.resize(*SIZE_PX)
    window.show()
    try:
        yield window
    finally:
        window.session.cancel_prediction()
        window.close()
        window.deleteLater()
        spin(0.05)


@contextmanager
def measured_window(*, small: bool = False) -> Iterator[tuple[MainWindow, Case]]:
    """Show a window with the measured case: its zone and all surfaces are there, and nothing is computed any more."""
    the_application()
    with tempfile.TemporaryDirectory() as folder, window_of(Path(folder)) as window:
        case, volume = measured_case(small=small)
        session = window.session
        session.show_case(case, volume)
        until(lambda: session.verdict is not None, _OPENING_S)
        session.cancel_prediction()
        until(lambda: not window.jobs.busy and all(s in session.surfaces for s in case.structures), _OPENING_S)
        window.view.go_to(Step.PROBES)
        window.view.set_crosshair(case.plan.probes[0].tip_mm)
        rest(window)
        yield window, case


def rest(window: MainWindow) -> None:
    """Wait until nothing is painted or computed any more."""
    spin(1.0)
    until(lambda: not window.jobs.busy, _OPENING_S)
    spin(0.2)


def turn_wheel(view: QWidget, notches: int, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Turn the wheel over the middle of a view."""
    middle = QPointF(view.width() / 2, view.height() / 2)
    event = QWheelEvent(
        middle, view.mapToGlobal(middle), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton, modifiers,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, event)


def on_display() -> None:
    """Wait until the display has everything that was sent to it."""
    QGuiApplication.sync()


def until(reached: Callable[[], bool], longest_s: float, *, pause_s: float = 0.0005) -> None:
    """Handle events until something is reached.

    Raises
    ------
    TimeoutError
    """
    end_s = time.monotonic() + longest_s
    while not reached():
        if time.monotonic() > end_s:
            raise TimeoutError(f"not reached within {longest_s:g} s")
        QApplication.processEvents()
        # Threads of jobs get the interpreter.
        time.sleep(pause_s)


def spin(seconds: float) -> None:
    """Handle events for a while."""
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        time.sleep(0.001)
