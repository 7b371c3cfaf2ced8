"""Judges every probe's way in the background: what it passes, how near it comes, and what the rules say of it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from app.controllers.session import Session
from imaging.progress import Progress
from planning.catalogue.rules import PathRules, load_path_rules
from planning.model import Case, Probe
from planning.store import Change
from planning.trajectory.judging import PathJudgement, judge_path

_WHILE_DRAGGING_MS = 80
"""A probe that is dragged is judged no more often: its lines follow at once, and the zone under the hand comes first."""


class Ways(QObject):
    """The ways of the plan's probes.

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
        self._found: dict[Probe, PathJudgement] = {}
        self._latest: dict[str, PathJudgement] = {}
        self._followed: object = None
        self._soon = QTimer(self, singleShot=True, interval=_WHILE_DRAGGING_MS)
        self._soon.timeout.connect(self.follow)
        session.opened.connect(self.follow)
        session.changed.connect(self._changed)
        session.rulesChanged.connect(self.follow)
        session.view.changed.connect(self._show_near)

    def of(self, probe: Probe) -> PathJudgement | None:
        """Return the way of a probe as it lies now, or None until it is known."""
        return self._found.get(probe)

    def latest(self, probe: Probe) -> PathJudgement | None:
        """Return the last way that is known of a probe, even if it lay elsewhere then."""
        return self._latest.get(probe.id)

    def _changed(self, change: Change) -> None:
        if not change & (Change.PROBES | Change.STRUCTURES | Change.ROOM):
            return
        if not self._session.dragging:
            self.follow()
        elif not self._soon.isActive():
            self._soon.start()

    def follow(self) -> None:
        """Judge the ways again if anything they depend on has changed."""
        case, volume, rules = self._session.case, self._session.volume, load_path_rules()
        if case is None or volume is None:
            return
        # While one is dragged only that one is followed; the others are once it rests.
        dragged = self._session.view.selected if self._session.dragging else ""
        asked = (case.image, case.plan.probes, case.structures, case.plan.room, rules, dragged)
        if asked == self._followed:
            return
        self._followed = asked
        probes = [p for p in case.plan.probes if p.id == dragged] or list(case.plan.probes)

        def work(_: Progress) -> dict[Probe, PathJudgement]:
            return {probe: judge_path(case, volume, probe, rules) for probe in probes}

        self._session.jobs.interactive("way", "Ways", work, lambda found: self._take(case, rules, found))

    def _take(self, case: Case, rules: PathRules, found: dict[Probe, PathJudgement]) -> None:
        kept = self._found if len(found) < len(case.plan.probes) else {}
        self._found = {**kept, **found}
        there = {p.id for p in case.plan.probes}
        latest = {**self._latest, **{probe.id: judged for probe, judged in found.items()}}
        self._latest = {key: judged for key, judged in latest.items() if key in there}
        self._show_near()
        self.changed.emit()

    def _show_near(self) -> None:
        """Have the views draw lines from the selected probe."""
        judged = self._latest.get(self._session.view.selected)
        near = () if judged is None else judged.near
        if near != self._session.view.near:
            self._session.view.near = near
            if not self._session.dragging:
                self._session.view.changed.emit()
