"""Finds what calls for protection as soon as a verdict is there, and tries what helps when asked to."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.controllers.session import Session
from app.controllers.settled import settled_digest
from app.representations.scene import Offered, ZoneSurfaces
from imaging.errors import DomainError
from imaging.progress import Progress
from planning.operations.protection import add_thermocouple
from planning.protecting import PocketProposal, ProtectionAdvice, WatchPlace, advise, first_look
from planning.protecting.pockets import placed
from planning.services import predict
from planning.store import Change

TRY, WITHOUT = "What protects", "The zone without what protects"


class Protecting(QObject):
    """What is proposed to protect in the case shown.

    Attributes
    ----------
    running : bool
        Proposals are being tried in the engine.
    without : bool
        The views show the zone as it would be without the plan's pockets.

    Parameters
    ----------
    session : Session
    parent : QObject, optional

    Signals
    -------
    changed()
        It began or ended, or another answer is there.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.running = False
        self._found: ProtectionAdvice | None = None
        self._looked_at: object = None
        self.without = False
        self._offered: Offered | None = None
        session.zoneChanged.connect(self._look)
        session.opened.connect(self._forget)
        session.changed.connect(self._changed)
        session.rulesChanged.connect(self._forget)
        session.jobs.idle.connect(self._rest)

    @property
    def current(self) -> ProtectionAdvice | None:
        """The answer that belongs to the verdict shown, or None until it is there."""
        found = self._found
        return found if found is not None and found.digest == self._settled() else None

    @property
    def can_try(self) -> bool:
        """Whether anything is left to be tried."""
        return not self.running and bool(self._settled()) and (self.current is None or not self.current.tried)

    def try_all(self) -> None:
        """Try pockets and moments to stop in the engine, in the background."""
        session, digest = self._session, self._settled()
        case, volume, zone, verdict = session.case, session.volume, session.zone, session.verdict
        if not self.can_try or case is None or volume is None or zone is None or verdict is None:
            return
        self.running = True
        self.changed.emit()

        def work(progress: Progress) -> ProtectionAdvice:
            return advise(case, volume, zone.zone, verdict, progress)

        def done(found: ProtectionAdvice) -> None:
            self.running = False
            if found.digest == self._settled() == digest:
                self._found = found
            self.changed.emit()

        def failed(error: DomainError) -> None:
            self.running = False
            session.refused.emit(error)
            self.changed.emit()

        session.jobs.batch(TRY, work, done, failed, lane="protection")

    def cancel(self) -> None:
        """Stop trying."""
        self._session.jobs.cancel_batch(TRY)
        if self.running:
            self.running = False
            self.changed.emit()

    def show_without(self, without: bool) -> None:
        """Show the zone as it would be without the plan's pockets, or as it is."""
        session, case, volume = self._session, self._session.case, self._session.volume
        if without == self.without:
            return
        self.without = without
        if not without or case is None or volume is None or not (case.plan.pockets and case.plan.probes):
            self.without = False
            self._take_back()
            self.changed.emit()
            return

        def work(progress: Progress) -> ZoneSurfaces:
            return ZoneSurfaces.of(predict(case.with_plan(pockets=()), volume, progress))

        def done(zone: ZoneSurfaces) -> None:
            now = session.case
            if self.without and now is not None and Change.between(case, now) in Change.ANNOTATIONS:
                self._offered = Offered(probes=(), zone=zone, words="Without gas and fluid")
                session.view.offer(self._offered)

        def failed(error: DomainError) -> None:
            self.without = False
            session.refused.emit(error)
            self.changed.emit()

        session.jobs.batch(WITHOUT, work, done, failed, lane="protection")

    def _changed(self, change: Change) -> None:
        if change & ~Change.ANNOTATIONS:
            self.show_without(False)

    def _take_back(self) -> None:
        """Show the zone as it is again."""
        self._session.jobs.cancel_batch(WITHOUT)
        if self._offered is not None and self._session.view.offered is self._offered:
            self._session.view.offer(None)
        self._offered = None

    def place_pocket(self, proposal: PocketProposal) -> None:
        """Take a proposed pocket into the plan, as one step of undo."""
        if self._session.apply(f"Place {proposal.pocket.name}", lambda case: placed(case, proposal)):
            self._session.view.reveal(proposal.pocket.start_mm)

    def place_thermocouple(self, place: WatchPlace) -> None:
        """Take a proposed thermocouple into the plan, as one step of undo."""
        if self._session.apply("Place a thermocouple", lambda case: add_thermocouple(case, place.position_mm)):
            self._session.view.reveal(place.position_mm)

    def _settled(self) -> str:
        """The digest of the zone shown if it is the physics of the case as it is, and judged; else empty."""
        return settled_digest(self._session)

    def _look(self) -> None:
        session = self._session
        case, zone, verdict = session.case, session.zone, session.verdict
        if self.running and not self._settled():
            # The plan is another one now.
            self.cancel()
        if not self._settled() or case is None or zone is None or verdict is None or verdict is self._looked_at:
            return
        self._looked_at = verdict
        if self.current is not None and self.current.tried:
            return

        def done(found: ProtectionAdvice) -> None:
            tried = self.current is not None and self.current.tried
            if found.digest == self._settled() and not tried:
                self._found = found
                self.changed.emit()

        session.jobs.interactive(
            "advice", "What calls for protection", lambda _: first_look(case, zone.zone, verdict), done
        )

    def _rest(self) -> None:
        """Nothing runs any more: it was cancelled."""
        if self.running and not self._session.jobs.busy:
            self.running = False
            self.changed.emit()

    def _forget(self) -> None:
        self.cancel()
        self.show_without(False)
        self._found = self._looked_at = None
