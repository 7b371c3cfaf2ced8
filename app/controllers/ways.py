"""Follows every shaft through bone, in the background, and knows whose way is still that of the plan."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from app.controllers.session import Session
from imaging.errors import DomainError
from imaging.progress import Progress
from imaging.structures import BONES
from planning.model import Probe, Structure
from planning.store import Change
from planning.trajectory.passage import Passage, passage

_WHILE_DRAGGING_MS = 200
"""Lists are made anew no more often while a probe is dragged: the zone under the hand comes first."""


class Ways(QObject):
    """The ways of the plan's probes.

    Attributes
    ----------
    refusal : DomainError or None
        Why there are none.

    Parameters
    ----------
    session : Session
    parent : QObject, optional

    Signals
    -------
    changed()
        Other ways are there, or none any more.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._found: dict[Probe, Passage] = {}
        self._followed: object = None
        self.refusal: DomainError | None = None
        self._soon = QTimer(self, singleShot=True, interval=_WHILE_DRAGGING_MS)
        self._soon.timeout.connect(self._follow)
        session.opened.connect(self._follow)
        session.changed.connect(self._changed)

    def of(self, probe: Probe) -> Passage | None:
        """Return the way of a probe as it lies now, or None until it is known."""
        return self._found.get(probe)

    def _changed(self, change: Change) -> None:
        if not change & (Change.PROBES | Change.STRUCTURES):
            return
        if not self._session.dragging:
            self._follow()
        elif not self._soon.isActive():
            self._soon.start()

    def _follow(self) -> None:
        case, volume = self._session.case, self._session.volume
        if case is None or volume is None:
            return
        bones: list[Structure] = [s for s in case.structures if s.kind in BONES]
        asked = (case.image, case.plan.probes, bones)
        if asked == self._followed:
            return
        self._followed = asked
        if not case.plan.probes:
            self._found, self.refusal = {}, None
            self.changed.emit()
            return

        def work(_: Progress) -> dict[Probe, Passage]:
            return {probe: passage(case, volume, probe) for probe in case.plan.probes}

        def done(found: dict[Probe, Passage]) -> None:
            self._found, self.refusal = found, None
            self.changed.emit()

        def failed(error: DomainError) -> None:
            self._found, self.refusal = {}, error
            self.changed.emit()

        self._session.jobs.interactive("way", "Way through bone", work, done, failed)
