"""Looking at the zone at any moment of the treatment, and playing through it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from app.controllers.session import Session
from app.representations.scene import Offered, ZoneSurfaces
from app.widgets.time_strip import Moment, TimeStrip
from imaging.progress import Progress
from planning.model.zone import PredictedZone
from planning.quantities import time_text

_PLAYS_IN_S, _FRAME_MS = 14.0, 40
STEP_S = 30.0


class Moments(QObject):
    """The moment of the treatment that the views show.

    Attributes
    ----------
    at_s : float or None
        None shows the coldest or hottest of the whole schedule, which is what is judged.
    playing : bool

    Parameters
    ----------
    session : Session
    parent : QObject, optional

    Signals
    -------
    changed()
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.at_s: float | None = None
        self._offered: Offered | None = None
        self._zone: PredictedZone | None = None
        self._timer = QTimer(self, interval=_FRAME_MS)
        self._timer.timeout.connect(self._play_on)
        self._since = QElapsedTimer()
        session.opened.connect(lambda: self.look(None))
        session.changed.connect(lambda _: self._follow())
        session.zoneChanged.connect(self._follow)
        session.view.changed.connect(self._seen)

    @property
    def zone(self) -> PredictedZone | None:
        """The zone whose moments can be looked at; None where there is none, it is out of date, or knows no moments."""
        session = self._session
        shown = session.zone
        if shown is None or session.case is None or not session.case.plan.probes or session.stale_because:
            return None
        return shown.zone if shown.zone.course is not None else None

    @property
    def playing(self) -> bool:
        return self._timer.isActive()

    @property
    def last_s(self) -> float:
        """The end of what was predicted."""
        return _end_s(self.zone if self._zone is None else self._zone)

    @property
    def shown(self) -> Moment:
        """What the time strip shows of it."""
        return Moment(at_s=self.at_s, known=self.zone is not None, playing=self.playing)

    def follow(self, strip: TimeStrip) -> None:
        """Do what is asked by mouse on the time strip."""
        strip.dragged.connect(self.drag)
        strip.rested.connect(self.rest)
        strip.wholeWanted.connect(lambda: self.look(None))
        strip.played.connect(self.play)

    def look(self, at_s: float | None) -> None:
        """Show the zone at a moment, or that of the whole schedule."""
        zone = self.zone
        wanted = None if at_s is None or zone is None else float(np.clip(at_s, 0.0, _end_s(zone)))
        if wanted is None:
            self._timer.stop()
            self._session.view.move(False)
        if wanted == self.at_s:
            return
        self.at_s, self._zone = wanted, None if wanted is None else zone
        if wanted is None:
            self._take_back()
        else:
            self._show(wanted)
        self.changed.emit()

    def drag(self, at_s: float) -> None:
        """Show the zone at a moment that is being dragged; `rest` ends it."""
        self._timer.stop()
        self._session.view.move(True)
        self.look(at_s)

    def rest(self) -> None:
        """Stop where it is: playing, or dragging."""
        self._timer.stop()
        self._session.view.move(False)
        self.changed.emit()

    def step(self, by_s: float) -> None:
        """Go on or back; from the whole schedule, from its end or its beginning."""
        self.rest()
        begin_s = (self.last_s if by_s < 0 else 0.0) if self.at_s is None else self.at_s
        self.look(begin_s + by_s)

    def play(self) -> None:
        """Play through the treatment, from the moment that is shown, or stop."""
        if self.playing:
            self.rest()
        elif self.zone is not None:
            if self.at_s is None or self.at_s >= self.last_s:
                self.look(0.0)
            self._since.start()
            self._session.view.move(True)
            self._timer.start()
            self.changed.emit()

    def _play_on(self) -> None:
        if self.at_s is None:
            self.rest()
            return
        on_s = self._since.restart() / 1000 * self.last_s / _PLAYS_IN_S
        self.look(self.at_s + on_s)
        if self.at_s is None or self.at_s >= self.last_s:
            self.rest()

    def _show(self, at_s: float) -> None:
        session, zone = self._session, self._zone
        assert zone is not None

        def work(_: Progress) -> ZoneSurfaces:
            return ZoneSurfaces.at(zone, at_s)

        def done(surfaces: ZoneSurfaces) -> None:
            if self.at_s is not None and self._zone is zone:
                self._offered = Offered(
                    probes=(), zone=surfaces, words=f"At {time_text(at_s)} of {time_text(self.last_s)}"
                )
                session.view.offer(self._offered)

        session.jobs.interactive("moment", "Moment", work, done)

    def _take_back(self) -> None:
        """Show the zone of the whole schedule again."""
        if self._offered is not None and self._session.view.offered is self._offered:
            self._offered = None
            self._session.view.offer(None)
        self._offered = None

    def _follow(self) -> None:
        """Moments of a zone that is no longer there are not looked at."""
        if self.at_s is not None and self.zone is not self._zone:
            self.look(None)

    def _seen(self) -> None:
        """Something else is offered in the views: the moment makes way."""
        if self._offered is not None and self._session.view.offered is not self._offered:
            self._offered = None
            self.look(None)


def _end_s(zone: PredictedZone | None) -> float:
    """The end of what was predicted."""
    return 0.0 if zone is None or zone.course is None else float(zone.course.times_s[-1])
