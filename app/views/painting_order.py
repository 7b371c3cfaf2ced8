"""Which slice is painted when: while a probe is dragged, the one under the hand never waits for the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QObject, QTimer

from app.controllers.session import Session
from app.views.slice_view import SliceView

# One of the other slices is painted this often while something is dragged.
_OTHERS_MS = 120


class PaintingOrder(QObject):
    """Has the slices painted when what they show changes.

    A slice with everything over it takes longer to paint than the fast model takes for its zone. So while something is
    dragged, or a needle's plane turned, the slice under the hand is painted at once, and the others follow at a slower pace, one at a time, the
    longest unpainted first.

    Parameters
    ----------
    session : Session
    views : sequence of SliceView
    parent : QObject, optional
    """

    def __init__(self, session: Session, views: Sequence[SliceView], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._views = list(views)
        self._waiting: list[SliceView] = []
        self._due = False
        self._next = QTimer(self, singleShot=True, interval=_OTHERS_MS)
        self._next.timeout.connect(self._paint_next)
        session.view.changed.connect(self._changed)

    def add(self, views: Iterable[SliceView]) -> None:
        """Have further slices painted."""
        self._views += views

    def remove(self, views: Iterable[SliceView]) -> None:
        """Forget slices that are gone."""
        gone = set(views)
        self._views = [view for view in self._views if view not in gone]
        self._waiting = [view for view in self._waiting if view not in gone]

    def _changed(self) -> None:
        leading = next((view for view in self._views if view.leads), None)
        if leading is None:
            self._waiting.clear()
            for view in self._views:
                view.update()
            return
        leading.repaint()
        self._waiting = [view for view in self._views if view is not leading and view.isVisible()]
        if self._due:
            self._paint_next()
        elif not self._next.isActive():
            self._next.start()

    def _paint_next(self) -> None:
        """Paint one slice, unless it would show the probe without the zone that is on its way."""
        self._due = bool(self._waiting) and self._session.zone_awaited
        if self._due or not self._waiting:
            return
        view = self._waiting.pop(0)
        view.repaint()
        self._views.remove(view)
        self._views.append(view)
        if self._waiting:
            self._next.start()
