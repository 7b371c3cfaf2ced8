"""A fault in one place is told and contained: the rest of the window goes on, and what failed is tried again."""

from __future__ import annotations

import copy
import functools
import logging
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.qt_painter import number_font
from app.tokens import theme_colour
from imaging.errors import DomainError

W = TypeVar("W", bound=QWidget)

GO_ON = "Your case is unharmed, and everything else goes on."
_FAILED = "This could not be drawn. It is tried again with the next change."
_log = logging.getLogger(__name__)


class _Faults(QObject):
    """Where faults of all threads come together.

    Signals
    -------
    told(DomainError)
        In words for the user.
    """

    told = Signal(object)


FAULTS = _Faults()


def report_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Tell a fault that nothing else caught; a refusal is told in its own words."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    _log.error("unexpected fault", exc_info=(kind, error, trace))
    # A copy knows no frames, and keeps nothing alive that was being painted.
    refusal = copy.copy(error) if isinstance(error, DomainError) else None
    words = f"Something failed unexpectedly ({kind.__name__})."
    FAULTS.told.emit(
        refusal or DomainError(words, code="fault", hint=f"{GO_ON} Save it under another name to be safe.")
    )


def catch_all() -> None:
    """Have every fault that nothing else catches reported, of slots and of threads."""
    sys.excepthook = report_uncaught
    threading.excepthook = lambda got: (
        None if got.exc_value is None else report_uncaught(got.exc_type, got.exc_value, got.exc_traceback)
    )


class Contained:
    """Runs what a part of the window does again and again; a fault is told once, until it works again or fails otherwise.

    Parameters
    ----------
    name : str
        What the part is called, for the user.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._told: object = None

    def run(self, act: Callable[[], object]) -> bool:
        """Do it, and return whether that worked."""
        try:
            act()
        except Exception as error:  # noqa: BLE001  one part of the window must not take the others with it
            self._tell(error)
            return False
        self._told = None
        return True

    def _tell(self, error: Exception) -> None:
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = (type(error), trace and (trace.tb_frame.f_code, trace.tb_lineno))
        if place == self._told:
            return
        self._told = place
        _log.error("a part of the window failed", exc_info=error)
        words = f"{self._name} could not be shown ({type(error).__name__})."
        FAULTS.told.emit(DomainError(words, code="view-fault", hint=f"{GO_ON} It is tried again with the next change."))


def contained_paint(paint: Callable[[W, QPainter], None]) -> Callable[[W, QPaintEvent], None]:
    """Make the ``paintEvent`` of a widget of a function that paints; where that fails the widget says so."""

    @functools.wraps(paint)
    def paint_event(widget: W, event: QPaintEvent) -> None:
        painter = QPainter(widget)
        try:
            if not containment_of(widget).run(lambda: paint(widget, painter)):
                # Whatever it left unfinished ends here: a painter that goes on keeps the widget from being painted again.
                painter.end()
                painter.begin(widget)
                say_failed(painter, widget)
        finally:
            painter.end()

    return paint_event


def containment_of(widget: QWidget) -> Contained:
    """Return what contains the faults of a widget."""
    kept = widget.__dict__.get("_containment")
    if kept is None:
        name = widget.accessibleName() or type(widget).__name__
        kept = widget.__dict__["_containment"] = Contained(f"“{name}”")
    return kept


def say_failed(painter: QPainter, widget: QWidget) -> None:
    """Paint, instead of a widget, that it could not be drawn."""
    area = QRectF(widget.rect())
    painter.fillRect(area, QColor(theme_colour("bg-1")))
    painter.setPen(QColor(theme_colour("text-2")))
    painter.setFont(number_font(13))
    painter.drawText(area.adjusted(8, 8, -8, -8), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, _FAILED)
