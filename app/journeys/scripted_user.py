"""A user of a real window: real keys, mouse and wheel at the places of widgets, each counted, and every wait measured."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPushButton, QScrollArea, QWidget

from app.journeys.actions import BUTTON_S, FILE_S, HOMING_S, KEY_S, NOTCH_S, POINT_S, PREPARING_S, Action
from app.main_window import MainWindow
from app.representations.slice_plane import Plane
from app.views.slice_view import SliceView
from imaging.geometry import Floats

NONE, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
_MODIFIERS = (CONTROL, SHIFT, ALT)
_NOTCH = 120
_LONGEST_S, _SHORT_S = 600.0, 0.1


class ScriptedUser:
    """Works in a window, and keeps what it did.

    Parameters
    ----------
    window : MainWindow
        Shown already.

    Attributes
    ----------
    actions : list of Action
    waits : list of (str, float)
    """

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.actions: list[Action] = []
        self.waits: list[tuple[str, float]] = []
        self._looking_s = 0.0
        self._at_keys = False
        self._opened_s = time.monotonic()

    # ---------------------------------------------------------------- acting

    def press(self, key: Qt.Key, words: str, modifier: Qt.KeyboardModifier = NONE) -> None:
        """Press a key, or a chord."""
        QTest.keyClick(self._focused(), key, modifier)
        held = sum(bool(modifier & one) for one in _MODIFIERS)
        self._did("key", words, (1 + held) * KEY_S, keys=True)

    def type(self, text: str, words: str) -> None:
        """Type a text into what has the focus."""
        QTest.keyClicks(self._focused(), text)
        self._did("typed", words, len(text) * KEY_S, keys=True)

    def click(self, widget: QWidget, words: str, at: QPoint | None = None) -> None:
        """Click a widget in its middle, or at a place of it; it is scrolled into sight first."""
        self.scroll_to(widget)
        place = widget.rect().center() if at is None else at
        QTest.mouseMove(widget, place)
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, NONE, place)
        self._did("click", words, POINT_S + BUTTON_S)

    def double_click(self, widget: QWidget, words: str) -> None:
        """Double click a widget: one click by its count, two by its time."""
        self.scroll_to(widget)
        QTest.mouseMove(widget, widget.rect().center())
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, NONE, widget.rect().center())
        QTest.mouseDClick(widget, Qt.MouseButton.LeftButton, NONE, widget.rect().center())
        self._did("click", words, POINT_S + 2 * BUTTON_S)

    def click_at(self, plane: Plane, lps_mm: Floats, words: str) -> None:
        """Click a place in a slice."""
        view = self.window.slices[plane]
        self.click(view, words, _pixel(view, lps_mm))

    def slice_to(self, lps_mm: Floats, words: str) -> None:
        """Turn the wheel over the axial view until its slice goes through a place."""
        volume = self.window.session.volume
        assert volume is not None
        away_mm = float(lps_mm[2] - self.window.view.crosshair_mm[2])
        self.turn_wheel(Plane.AXIAL, round(away_mm / float(volume.grid.spacing_ijk_mm[2])), words)

    def turn_wheel(self, plane: Plane, notches: int, words: str, modifier: Qt.KeyboardModifier = NONE) -> None:
        """Turn the wheel over a view."""
        for _ in range(abs(notches)):
            self._wheel(self.window.slices[plane], 1 if notches > 0 else -1, modifier)
        self._did("wheel", words, POINT_S + abs(notches) * NOTCH_S)

    def scroll_to(self, widget: QWidget) -> None:
        """Scroll the page that a widget stands on until all of it is in sight; nothing is done if it is."""
        page = _page_of(widget)
        if page is None or _in_sight(page, widget):
            return
        turned = 0
        while not _in_sight(page, widget) and turned < 200:
            below = widget.mapTo(page.viewport(), QPoint(0, 0)).y() > 0
            self._wheel(page.viewport(), -1 if below else 1, NONE)
            turned += 1
        self._did("wheel", "Scroll the page", POINT_S + turned * NOTCH_S)

    def answer_file(self, path: Path, ask: Callable[[], None], words: str) -> None:
        """Do what asks for a file, and answer its dialog."""
        window = self.window
        before = window.choose_target
        window.choose_target = lambda *_: path  # type: ignore[method-assign]
        try:
            ask()
            self.spin(0.1)
        finally:
            window.choose_target = before  # type: ignore[method-assign]
        self._did("file", words, FILE_S)

    def look(self, seconds: float) -> None:
        """Look at the screen before the next action: an assumption, told beside it."""
        self._looking_s += seconds

    # ---------------------------------------------------------------- waiting

    def wait(self, reached: Callable[[], bool], what: str, longest_s: float = _LONGEST_S) -> None:
        """Wait for the program, and keep how long that took."""
        began_s = time.monotonic()
        while not reached():
            if time.monotonic() - began_s > longest_s:
                said = self.window.messages.words
                raise TimeoutError(f"{what}: not reached within {longest_s:g} s; the window says: {said!r}")
            self.spin(0.02)
        waited_s = time.monotonic() - began_s
        if waited_s >= _SHORT_S:
            self.waits.append((what, waited_s))

    def wait_beside(self, reached: Callable[[], bool], what: str) -> None:
        """Wait for work that has gone on since the CT was opened: only what a user, who looks longer, would still wait counts."""
        known = list(self.waits)
        self.wait(reached, what)
        taken_s = time.monotonic() - self._opened_s
        worked_s = sum(a.seconds + a.looking_s for a in self.actions) + sum(seconds for _, seconds in known)
        left_s = taken_s - worked_s - self._looking_s
        self.waits = known if left_s < _SHORT_S else [*known, (what, left_s)]

    def begin(self) -> None:
        """The CT is open: what is done from here on counts."""
        self.actions.clear()
        self.waits.clear()
        self._opened_s = time.monotonic()

    def spin(self, seconds: float) -> None:
        """Handle events; the pauses let the threads of the jobs have the interpreter."""
        end_s = time.monotonic() + seconds
        while True:
            QApplication.processEvents()
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            if time.monotonic() >= end_s:
                return
            time.sleep(0.002)

    # ---------------------------------------------------------------- what both need

    def _did(self, kind: str, words: str, seconds: float, *, keys: bool = False) -> None:
        homing_s = HOMING_S if keys is not self._at_keys else 0.0
        self._at_keys = keys
        self.actions.append(
            Action(kind=kind, words=words, seconds=PREPARING_S + homing_s + seconds, looking_s=self._looking_s)
        )
        self._looking_s = 0.0
        self.spin(0.05)

    def _focused(self) -> QWidget:
        focused = QApplication.focusWidget()
        return focused if focused is not None and focused.window() is self.window else self.window

    def _wheel(self, widget: QWidget, notches: int, modifier: Qt.KeyboardModifier) -> None:
        middle = QPointF(widget.width() / 2, widget.height() / 2)
        QTest.mouseMove(widget, middle.toPoint())
        event = QWheelEvent(
            middle, widget.mapToGlobal(middle), QPoint(), QPoint(0, _NOTCH * notches), Qt.MouseButton.NoButton, modifier,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(widget, event)
        self.spin(0.0)


def _pixel(view: SliceView, lps_mm: Floats) -> QPoint:
    assert view.frame is not None
    x, y = view.frame.to_px(np.asarray(lps_mm, float))
    return QPoint(round(float(x)), round(float(y)))


def buttons(holder: QWidget, words: str) -> list[QPushButton]:
    """Return the buttons of these words, from above downwards."""
    found = [b for b in holder.findChildren(QPushButton) if b.text() == words and b.isVisible()]
    return sorted(found, key=lambda b: b.mapTo(holder, QPoint(0, 0)).y())


def with_tooltip(holder: QWidget, begins: str) -> list[QAbstractButton]:
    """Return the buttons whose tooltips begin so."""
    return [b for b in holder.findChildren(QAbstractButton) if b.toolTip().startswith(begins) and b.isVisible()]


def said(holder: QWidget, words: str) -> list[QLabel]:
    """Return what shows these words."""
    return [label for label in holder.findChildren(QLabel) if label.text() == words and label.isVisible()]


def _page_of(widget: QWidget) -> QScrollArea | None:
    parent = widget.parentWidget()
    while parent is not None and not isinstance(parent, QScrollArea):
        parent = parent.parentWidget()
    return parent


def _in_sight(page: QScrollArea, widget: QWidget) -> bool:
    top = widget.mapTo(page.viewport(), QPoint(0, 0)).y()
    return top >= 0 and top + min(widget.height(), page.viewport().height()) <= page.viewport().height()
