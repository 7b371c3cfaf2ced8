"""The open case with its CT, zone and verdict, kept up to date off the window's thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from app.controllers.case_file import CaseFile
from app.controllers.finding import FINDING, find_structures
from app.controllers.first_look import first_look
from app.controllers.known_zones import KnownZones
from app.controllers.label_import import IMPORT, TOTAL_SEGMENTATOR
from app.controllers.table_making import TableMaker
from app.jobs import JobRunner
from app.representations.actual_needle import ActualNeedles
from app.representations.reslice import Reslicer
from app.representations.scene import Scene, SurfaceCache, ZoneSurfaces
from app.view_state import ViewState
from imaging.errors import DomainError
from imaging.progress import Progress
from imaging.volume import Volume
from planning import services
from planning.evaluation import Verdict, evaluate
from planning.model import Case, ImageReference
from planning.model.zone import Fidelity, PredictedZone
from planning.operations.generators import sharing_lost
from planning.store import Change, Store

PREDICT = "Predicting the zone"
_SETTLE_MS = 500
# A dragged probe is painted together with its zone, unless that takes longer than this.
_LATEST_PAINT_MS = 100
# A verdict takes longer than a move of a drag: it is asked for once the mouse rests this long.
_JUDGE_AT_REST_MS = 120


class Session(QObject):
    """The open case and everything computed from it.

    Attributes
    ----------
    zone_awaited : bool
        A probe is dragged, and the zone of its last move is not there yet.

    Signals
    -------
    opened()
        Another CT or case is shown.
    changed(Change)
        The case changed.
    zoneChanged()
        Zone, its staleness or the verdict differ.
    rulesChanged()
        Paths are judged by other rules now.
    estimated()
        The fast model gave a zone.
    saved()
    refused(DomainError)
        Something the user asked for was refused; nothing changed.
    noticed(str, str)
        A change did more than what it was asked for, or something was found; and what to do about it.
    """

    opened = Signal()
    changed = Signal(object)
    zoneChanged = Signal()
    rulesChanged = Signal()
    estimated = Signal()
    saved = Signal()
    refused = Signal(object)
    noticed = Signal(str, str)

    def __init__(self, view: ViewState, jobs: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.view, self.jobs = view, jobs
        self.store: Store | None = None
        self.volume: Volume | None = None
        self.reslicer: Reslicer | None = None
        self.actual: ActualNeedles | None = None
        self.surfaces = SurfaceCache()
        self.zone: ZoneSurfaces | None = None
        self.verdict: Verdict | None = None
        self.file = CaseFile(self)
        self.dragging = False
        self.predicting = False
        self.prediction_error: DomainError | None = None
        self._tables = TableMaker(jobs)
        self._zones = KnownZones()
        self._solving = ""
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self.predict)
        self.zone_awaited = False
        self._next_step: Callable[[], object] | None = None
        self._paint = QTimer(self, singleShot=True, interval=_LATEST_PAINT_MS)
        self._paint.timeout.connect(view.changed)
        self._rest = QTimer(self, singleShot=True, interval=_JUDGE_AT_REST_MS)
        self._rest.timeout.connect(self._judge)
        jobs.failed.connect(self.refused)

    # ---------------------------------------------------------------- the case

    @property
    def case(self) -> Case | None:
        return None if self.store is None else self.store.case

    @property
    def unsaved(self) -> bool:
        return self.case is not None and self.case is not self.file.saved

    @property
    def path(self) -> Path | None:
        """The file of the case."""
        return self.file.path

    @property
    def stale_because(self) -> str:
        """Why the zone shown no longer belongs to the case; empty while it does."""
        if self.zone is None or self.case is None:
            return ""
        if not self.case.plan.probes:
            return "no probe is left"
        if self.zone.zone.digest == services.prediction_digest(self.case):
            return ""
        names = self.store.undo_names if self.store else ()
        return names[0][:1].lower() + names[0][1:] if names else "its inputs changed"

    @property
    def verdict_is_current(self) -> bool:
        """Whether the verdict is of the zone shown, and that zone of the case."""
        verdict, zone = self.verdict, self.zone
        return (
            verdict is not None
            and zone is not None
            and not self.stale_because
            and (verdict.zone_digest, verdict.fidelity) == (zone.zone.digest, zone.zone.fidelity.value)
        )

    def scene(self) -> Scene | None:
        """Return what the views draw now."""
        if self.case is None:
            return None
        return Scene(
            case=self.case,
            surfaces=self.surfaces,
            zone=self.zone if self.case.plan.probes else None,
            stale_because=self.stale_because if self.case.plan.probes else "",
            verdict=self.verdict if self.verdict_is_current else None,
            actual=self.actual,
            volume=None if self.reslicer is None else self.reslicer.volume,
            **self.view.drawn(),
        )

    def apply(self, name: str, operation: Callable[[Case], Case], merge_key: str | None = None) -> bool:
        """Change the case; a refusal is told and changes nothing. Return whether it was done."""
        if self.store is None:
            return False
        before = self.store.case
        try:
            self.store.apply(name, operation, merge_key)
        except DomainError as error:
            self.refused.emit(error)
            return False
        if lost := sharing_lost(before, self.store.case):
            self.noticed.emit(lost, "Undo brings it back.")
        return True

    def drag(self, name: str, operation: Callable[[Case], Case], merge_key: str) -> None:
        """Change the case by one move of a drag; while the zone of the move before is awaited, only the latest waits."""
        self._next_step = lambda: self.apply(name, operation, merge_key)
        if not self.zone_awaited:
            self._take_step()

    def _take_step(self) -> None:
        step, self._next_step = self._next_step, None
        if step is not None:
            step()

    def end_drag(self) -> None:
        """The mouse was let go: the edit is one step of undo, and the physics may settle."""
        self._take_step()
        self.dragging = self.zone_awaited = False
        if self.store is not None:
            self.store.end_merge()
        self._refresh_zone()
        self.zoneChanged.emit()

    def undo(self) -> None:
        """Take the last edit back."""
        if self.store is not None:
            self.store.undo()

    def redo(self) -> None:
        """Do the last undone edit again."""
        if self.store is not None:
            self.store.redo()

    def jump(self, steps: int) -> None:
        """Take several edits back (below 0), or do several again (above 0)."""
        if self.store is not None:
            self.store.jump(steps)

    # ---------------------------------------------------------------- opening and keeping

    def show_volume(self, volume: Volume, location: str, name: str) -> None:
        """Begin a new case on a CT, and propose skin and bone."""
        case = Case(name=name, image=ImageReference.of(volume, location))
        self._show(case, volume, {}, None, None)
        self.propose()

    def show_case(
        self, case: Case, volume: Volume, zones: dict[str, PredictedZone] | None = None, path: Path | None = None,
        *, saved: bool = True,
    ) -> None:  # fmt: skip
        """Show a case whose CT is at hand; its file, if it has one, may hold an earlier state of it."""
        self._show(case, volume, zones or {}, path, case if path is not None and saved else None)

    def open_case(self, path: Path) -> None:
        """Open a case file and its CT, in the background."""
        self.file.open(path)

    def save(self, path: Path) -> None:
        """Write the case file in the background."""
        self.file.save(path)

    def plan_zones(self) -> dict[str, PredictedZone]:
        """Return the physics of every plan of the case as it is, by digest; older predictions are not kept."""
        return {} if self.case is None else self._zones.of_plans(self.case)

    def _show(
        self, case: Case, volume: Volume, zones: dict[str, PredictedZone], path: Path | None, saved: Case | None
    ) -> None:
        for title in (PREDICT, *FINDING, IMPORT, TOTAL_SEGMENTATOR):
            self.jobs.cancel_batch(title)
        self._settle.stop()
        self.store = Store(case)
        self.store.subscribe(self._on_change)
        self.volume = volume
        self.reslicer, self.actual = Reslicer(volume), None
        self.surfaces = SurfaceCache()
        self.zone = self.verdict = self.prediction_error = None
        self.predicting = False
        self._zones = KnownZones(zones.values())
        self.file.take(path, saved)
        self.view.selected = ""
        self.view.hidden, self.view.planes = frozenset(), None
        self.view.crosshair_mm = first_look(case, volume)
        self.opened.emit()
        self._refresh_surfaces()
        self._refresh_zone()

    # ---------------------------------------------------------------- keeping up to date

    def propose(self) -> None:
        """Find skin, bone, canal and sacral roots by themselves, in the background; each shows as soon as it is found."""
        find_structures(self)

    def predict(self) -> None:
        """Solve the plan as it stands, unless its prediction is known with every moment of it."""
        case, volume = self.case, self.volume
        if case is None or volume is None or not case.plan.probes:
            return
        digest = services.prediction_digest(case)
        known = self._zones.get(digest)
        if known is not None and known.course is not None:
            return
        self.jobs.cancel_batch(PREDICT)
        self._tables.make(case, lambda: self.dragging or self._refresh_zone())
        self.predicting, self.prediction_error, self._solving = True, None, digest
        self.zoneChanged.emit()

        def coarse(progress: Progress) -> ZoneSurfaces:
            return ZoneSurfaces.of(services.preview(case, volume, progress))

        def work(progress: Progress) -> ZoneSurfaces:
            return ZoneSurfaces.of(services.predict(case, volume, progress, with_course=True))

        def shown(zone: ZoneSurfaces) -> None:
            if not self.dragging and self._belongs(zone):
                self._show_zone(zone)

        def done(zone: ZoneSurfaces) -> None:
            self.predicting = False
            self.remember(zone.zone)
            if self._belongs(zone):
                self._show_zone(zone)
            self.zoneChanged.emit()

        def failed(error: DomainError) -> None:
            self.predicting, self.prediction_error = False, error
            self.refused.emit(error)
            self.zoneChanged.emit()

        # What is wrong is told once, by the prediction itself.
        if known is None:
            self.jobs.batch(PREDICT, coarse, shown, lambda _: None)
        self.jobs.batch(PREDICT, work, done, failed)

    def _belongs(self, zone: ZoneSurfaces) -> bool:
        """Whether a zone is that of the case as it is now."""
        case = self.case
        return case is not None and bool(case.plan.probes) and zone.zone.digest == services.prediction_digest(case)

    def cancel_prediction(self) -> None:
        """Stop the solver; the fast model's zone stays, marked as such."""
        self._settle.stop()
        self.jobs.cancel_batch(PREDICT)
        self.predicting = False
        self.zoneChanged.emit()

    def _on_change(self, change: Change) -> None:
        if change & Change.STRUCTURES:
            self._refresh_surfaces()
        if change & (Change.PROBES | Change.STRUCTURES):
            self._refresh_zone()
        elif change & (Change.CLINICAL | Change.LOOKS):
            # What is judged is told by its name.
            self._judge()
        self.changed.emit(change)
        self._repaint()

    def _repaint(self) -> None:
        """Have the views painted: at once, or with the zone that is awaited, so that a dragged probe never leaves its zone."""
        if not self.zone_awaited:
            self._paint.stop()
            self.view.changed.emit()
        elif not self._paint.isActive():
            self._paint.start()

    def _refresh_surfaces(self) -> None:
        case, cache = self.case, self.surfaces
        if case is None or all(s in cache for s in case.structures):
            return

        def work(progress: Progress) -> None:
            # Small structures first: they are what the user is working on.
            for n, structure in enumerate(sorted(case.structures, key=lambda s: s.volume_mm3)):
                progress.report(n / len(case.structures))
                cache.make(structure)

        def done(_: None) -> None:
            self.view.changed.emit()

        self.jobs.interactive("surfaces", "Surfaces", work, done)

    def _refresh_zone(self) -> None:
        """Show the prediction that belongs to the case: the known one, or the fast model until it settles."""
        case = self.case
        if case is None or not case.plan.probes:
            self._settle.stop()
            self.jobs.cancel_batch(PREDICT)
            self.zone = self.verdict = None
            self.predicting = False
            self.zoneChanged.emit()
            return
        digest = services.prediction_digest(case)
        known = self._zones.get(digest)
        if known is not None:
            self._settle.stop()
            self.jobs.cancel_batch(PREDICT)
            self.predicting = False
            self.jobs.interactive("estimate", "Known zone", lambda _: ZoneSurfaces.of(known), self._show_estimate)
            return
        if not self.dragging and not (self.predicting and self._solving == digest):
            self._settle.start()
        if self.zone is not None and self.zone.zone.digest == digest:
            self._judge()
            return

        def work(_: Progress) -> ZoneSurfaces:
            return ZoneSurfaces.of(services.estimate(case))

        def failed(error: DomainError) -> None:
            self.zone_awaited = False
            self.refused.emit(error)
            self._repaint()

        self.zone_awaited = self.dragging
        self.jobs.interactive("estimate", "Fast model", work, self._show_estimate, failed)

    def _show_estimate(self, zone: ZoneSurfaces) -> None:
        self.zone_awaited = False
        self.estimated.emit()
        # The next move of a drag is taken once this zone is painted.
        QTimer.singleShot(0, self._take_step)
        case = self.case
        if case is None or not case.plan.probes:
            return
        settled = self.zone is not None and self.zone.zone.fidelity is not Fidelity.FAST
        if settled and self.zone is not None and self.zone.zone.digest == services.prediction_digest(case):
            return
        self._show_zone(zone)

    def _show_zone(self, zone: ZoneSurfaces) -> None:
        self.zone = zone
        if self.dragging:
            self._rest.start()
        else:
            self._judge()
        self.zoneChanged.emit()
        self._repaint()

    def _judge(self) -> None:
        self._rest.stop()
        case, zone = self.case, self.zone
        if case is None or zone is None:
            return

        def done(verdict: Verdict) -> None:
            # The fast model's zone has the same digest as the physics: both must agree.
            if self.zone is zone:
                self.verdict = verdict
                self.zoneChanged.emit()
                self._repaint()

        self.jobs.interactive("judge", "Risk", lambda _: evaluate(case, zone.zone), done)

    def rules_changed(self) -> None:
        """Judge everything anew: the rules of paths are others now."""
        self.rulesChanged.emit()
        self._judge()

    def remember(self, zone: PredictedZone) -> None:
        """Keep the physics of a plan: it is shown once the case is that plan. Of other states the latest are kept."""
        self._zones.keep(zone, self.case)

    def show_known_zone(self) -> None:
        """Show the prediction of the plan in hand, if it is known by now."""
        if self.case is not None and services.prediction_digest(self.case) in self._zones:
            self._refresh_zone()

    def rename(self, name: str) -> None:
        """Give the case another name."""
        self.apply("Rename the case", lambda case: replace(case, name=name))
