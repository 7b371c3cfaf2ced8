"""A real window under a virtual display, with real mouse and keys; leaked windows and threads fail the test."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent

from app.proposing import Found
from app.representations import scene
from app.virtual_display import virtual_display
from imaging.labels import Mask
from imaging.phantom import Phantom
from imaging.structures import Tube
from imaging.surface import Mesh
from tests.report_case import small_plan


@pytest.fixture(scope="session", autouse=True)
def display() -> Iterator[None]:
    """Start Xvfb for the session, unless tests are told to use the display at hand."""
    if os.environ.get("SACROPLAN_TEST_DISPLAY"):
        yield
        return
    with virtual_display() as environment:
        before = {name: os.environ.get(name) for name in ("DISPLAY", "QT_QPA_PLATFORM", "WAYLAND_DISPLAY")}
        _set({name: environment.get(name) for name in before})
        yield
    _set(before)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@pytest.fixture(scope="session")
def application(display: None):
    """The one QApplication, with the program's theme."""
    from PySide6.QtWidgets import QApplication

    from app.theme import apply_theme

    existing = QApplication.instance() or QApplication(["sacroplan"])
    apply_theme(existing)
    return existing


@pytest.fixture(scope="session", autouse=True)
def surfaces_of_the_small_plan_once() -> Iterator[None]:
    """Many windows show the small plan: its surfaces, which take a second, are made for the first of them."""
    made: dict[int, Mesh] = {}
    real = scene.surface_of

    def once(shape: Mask | Tube) -> Mesh:
        # Its shapes stay alive, so that no other can have their ids.
        if id(shape) not in {id(s.shape) for s in small_plan()[0].structures}:
            return real(shape)
        if id(shape) not in made:
            made[id(shape)] = real(shape)
        return made[id(shape)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scene, "surface_of", once)
        yield


class Driver:
    """A user of the window: waits, clicks and drags in patient coordinates, presses keys."""

    def __init__(self, window, application) -> None:
        self.window, self.application = window, application

    def spin(self, seconds: float = 0.05) -> None:
        # Not QTest.qWait: it keeps the interpreter to itself, and the job threads starve.
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            self.application.processEvents()
            self.application.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            time.sleep(0.005)

    def keep_quiet(self) -> None:
        """Predict and find nothing by itself, and make no runs."""
        session = self.window.session
        session.predict = lambda: None
        session._settle.timeout.disconnect()
        self.window.how_sure._settled = lambda: ""
        session.propose = lambda: None

    def wait(self, condition: Callable[[], bool], seconds: float = 30) -> None:
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            if condition():
                return
            self.spin(0.02)
        raise AssertionError(f"not reached within {seconds} s; the window says: {self.window.messages.words!r}")

    def wait_open(self) -> None:
        """Wait until a CT is shown and skin and bone are found."""
        session = self.window.session
        self.wait(lambda: session.case is not None)
        self.wait(lambda: session.case.find("bone") is not None)

    def wait_settled(self, seconds: float = 240) -> None:
        """Wait until the physics, and the verdict on it, belong to the case."""
        session = self.window.session

        def settled() -> bool:
            zone, verdict = session.zone, session.verdict
            return (
                zone is not None
                and zone.zone.fidelity.value == "physics"
                and not session.stale_because
                and verdict is not None
                and verdict.fidelity == zone.zone.fidelity.value
                and verdict.zone_digest == zone.zone.digest
            )

        self.wait(settled, seconds)

    def view(self, plane: str):
        from app.representations.slice_plane import Plane

        return self.window.slices[Plane(plane)]

    def at(self, view, lps_mm):
        from PySide6.QtCore import QPoint

        x, y = view.frame.to_px(np.asarray(lps_mm, float))
        return QPoint(round(float(x)), round(float(y)))

    def look_at(self, lps_mm) -> None:
        """Move the crosshair, as a click on another view would."""
        self.window.view.set_crosshair(np.asarray(lps_mm, float))
        self.spin(0.02)

    def click(self, plane: str, lps_mm) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        view = self.view(plane)
        QTest.mouseMove(view, self.at(view, lps_mm))
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, self.at(view, lps_mm))
        self.spin()

    def drag(self, plane: str, start_mm, stop_mm, steps: int = 6) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        view = self.view(plane)
        begin, end = self.at(view, start_mm), self.at(view, stop_mm)
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QTest.mousePress(view, left, none, begin)
        for n in range(1, steps + 1):
            QTest.mouseMove(view, begin + (end - begin) * (n / steps))
            self.spin(0.02)
        QTest.mouseRelease(view, left, none, end)
        self.spin()

    def press(self, key, modifier=None) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        QTest.keyClick(self.window, key, modifier or Qt.KeyboardModifier.NoModifier)
        self.spin()

    def wheel(self, plane: str, notches: int, *, control: bool = False) -> None:
        from PySide6.QtCore import QPoint, QPointF, Qt
        from PySide6.QtGui import QWheelEvent

        view = self.view(plane)
        middle = QPointF(view.width() / 2, view.height() / 2)
        modifier = Qt.KeyboardModifier.ControlModifier if control else Qt.KeyboardModifier.NoModifier
        event = QWheelEvent(
            middle, view.mapToGlobal(middle), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton, modifier,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        self.application.sendEvent(view, event)
        self.spin(0.02)


@pytest.fixture
def finds_nerves(monkeypatch) -> None:
    """Canal and roots take seconds in every window; only tests that look at them find them."""
    nothing = Found((), "")
    monkeypatch.setattr("app.controllers.finding.find_spine", lambda volume, progress: nothing)
    monkeypatch.setattr("app.controllers.finding.canal_and_roots", lambda volume, spine, progress: nothing)
    monkeypatch.setattr("app.controllers.finding.named_bones", lambda volume, bone, spine, progress: nothing)


@pytest.fixture
def driver(application, tmp_path: Path, finds_nerves: None) -> Iterator[Driver]:
    """A window with settings of its own; it must close without leaving a thread or a window behind."""
    from app.main_window import MainWindow
    from app.settings import Settings

    threads = set(threading.enumerate())
    window = MainWindow(Settings(tmp_path / "settings"))
    window.resize(1920, 1080)
    window.show()
    # Enough to see them come; all of them would keep the cores busy in every test whose physics settles.
    window.how_sure.members = 16
    driver = Driver(window, application)
    # Without a window manager nobody hands the keyboard to a new window.
    window.windowHandle().requestActivate()
    driver.wait(window.isActiveWindow, 5)
    yield driver
    window.close()

    def left() -> list[str]:
        return [t.name for t in threading.enumerate() if t not in threads and t.name.startswith("jobs-")]

    end_s = time.monotonic() + 0.5
    while left() and time.monotonic() < end_s:
        driver.spin(0.01)
    assert not left(), f"threads left running: {left()}"
    open_still = [w for w in application.topLevelWidgets() if w.isVisible()]
    for widget in (*open_still, window):
        # Those of a test that failed would be in the way of all others.
        widget.hide()
        widget.deleteLater()
    driver.spin(0.01)
    assert not open_still, f"a window was left open: {[type(w).__name__ for w in open_still]}"


@pytest.fixture
def opened(driver: Driver, phantom_folder: Path, small_phantom: Phantom) -> Driver:
    """A window on the coarse phantom, with skin and bone found, looking at the lesion."""
    driver.window.open_path(phantom_folder)
    driver.wait_open()
    driver.look_at(small_phantom.lesions[0].centre_mm)
    driver.window.commands.run("reset-view")
    driver.spin()
    return driver


def place_probe(driver: Driver, target, towards) -> None:
    """Place a probe with the mouse: target, then towards the entry, both on the axial slice of the target."""
    from PySide6.QtCore import Qt

    driver.look_at(target)
    driver.press(Qt.Key.Key_P)
    driver.click("axial", target)
    driver.click("axial", towards)
