"""Looks for ways in: the map of the skin, and the best paths of different kinds."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.controllers.session import Session
from app.representations.scene import Offered
from imaging.errors import DomainError
from imaging.geometry import Floats
from imaging.progress import Progress
from planning.catalogue.rules import load_path_rules
from planning.errors import PlanError
from planning.model import Case, Probe
from planning.operations.probes import add_probe, change_device, move_probe
from planning.store import Change
from planning.trajectory.judging import middle_mm
from planning.trajectory.screening import ALLOWED
from planning.trajectory.skin_map import SkinMap, skin_map
from planning.trajectory.suggest import Suggestion, largest_lesion, suggest_paths


class WaysIn(QObject):
    """The map of the skin for the target in the hand, and suggestions.

    Attributes
    ----------
    suggestions : tuple of Suggestion
        The last that were found; empty once what they depend on has changed.
    refusal : DomainError or None
        Why there is no map, or no suggestion.
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
        self.suggestions: tuple[Suggestion, ...] = ()
        self.changed.connect(self._tell_of_ways)
        self.refusal: DomainError | None = None
        self._offered: Offered | None = None
        self._comparing = self._mapping = False
        self._shows_map = False
        self._mapped: object = None
        self._suggested_for: object = None
        session.opened.connect(self._forget)
        session.changed.connect(self._changed)
        session.rulesChanged.connect(lambda: self._changed(Change.PROBES))
        session.view.changed.connect(self._follow)

    @property
    def at_work(self) -> str:
        """What is being looked for; empty while nothing is."""
        return "Comparing paths …" if self._comparing else "Judging the skin …" if self._mapping else ""

    # ---------------------------------------------------------------- the map

    @property
    def shows_map(self) -> bool:
        return self._shows_map

    def toggle_map(self) -> None:
        """Show the map of the skin in 3D, or put it away."""
        self._shows_map = not self._shows_map
        self.refusal = None
        self._mapped = None
        if not self._shows_map:
            self._show(None)
        self._follow()
        self.changed.emit()

    def take_entry(self, lps_mm: Floats) -> None:
        """Place the selected probe, or a new one, with its entry at a place of the map; one that is no entry is refused."""
        shown = self._session.view.skin_map
        if shown is None:
            return
        n = shown.nearest(lps_mm)
        if shown.screened.refused_by[n] != ALLOWED:
            self._session.refused.emit(
                PlanError(shown.words_at(lps_mm), code="entry-refused", hint="Click coloured skin: bright is best.")
            )
            return
        self._place(tuple(shown.mesh.points_mm[n].tolist()), tuple(shown.target_mm.tolist()), shown.device_id)

    # ---------------------------------------------------------------- suggestions

    def suggest(self) -> None:
        """Look for the best paths to the lesion, with the device that is chosen."""
        case, volume, device_id = self._session.case, self._session.volume, self._session.view.device_id
        if case is None or volume is None:
            return
        chosen = self._chosen(case)
        leave_out = "" if chosen is None else chosen.id
        self.refusal, self._comparing, self.suggestions = None, True, ()
        depends_on = self._depends_on(case, leave_out)
        self.offer(None)
        self.changed.emit()

        def work(progress: Progress) -> tuple[Suggestion, ...]:
            return suggest_paths(case, volume, device_id, progress, leave_out=leave_out)

        def done(found: tuple[Suggestion, ...]) -> None:
            self._comparing, self._suggested_for = False, depends_on
            self.suggestions = found
            if self._drop_outdated():
                # Something was found or edited meanwhile; what was asked for is still wanted.
                self.suggest()
                return
            self.changed.emit()

        def failed(error: DomainError) -> None:
            self._comparing, self.refusal = False, error
            self.changed.emit()

        self._session.jobs.interactive("paths", "Suggestions", work, done, failed)

    def _tell_of_ways(self) -> None:
        """Needles snap to them."""
        self._session.view.ways = self.suggestions

    def offer(self, suggestion: Suggestion | None) -> None:
        """Show a suggestion in the views without taking it."""
        view, probe = self._session.view, None if suggestion is None else suggestion.probe
        if probe is not None:
            self._offered = Offered(probes=(probe,))
            view.offer(self._offered)
        elif view.offered is self._offered:
            # What others offer meanwhile stays.
            view.offer(None)

    def take(self, suggestion: Suggestion) -> None:
        """Place the selected probe, or a new one, on a suggestion."""
        probe = suggestion.probe
        self.offer(None)
        self._place(probe.entry_mm, probe.tip_mm, probe.device_id)

    # ---------------------------------------------------------------- what both need

    def _place(self, entry_mm: tuple[float, ...], tip_mm: tuple[float, ...], device_id: str) -> None:
        case = self._session.case
        chosen = None if case is None else self._chosen(case)

        def place(current: Case) -> Case:
            if chosen is None:
                return add_probe(current, device_id, entry_mm, tip_mm)
            same = chosen.device_id == device_id
            changed = current if same else change_device(current, chosen.id, device_id)
            return move_probe(changed, chosen.id, entry_mm=entry_mm, tip_mm=tip_mm)

        words = "Add probe" if chosen is None else f"Place {chosen.name} anew"
        offered = self.suggestions
        if self._session.apply(words, place) and self._session.case is not None:
            placed = self._session.case.plan.probes[-1] if chosen is None else chosen
            self._session.view.select(placed.id)
            self._session.view.reveal(self._session.case.probe(placed.id).tip_mm)
            # They are still those for this probe, so that another of them can be tried.
            self.suggestions = offered
            self._suggested_for = self._depends_on(self._session.case, placed.id)
            self.changed.emit()

    def _chosen(self, case: Case) -> Probe | None:
        """The probe that is placed anew; without one a new one is."""
        return next((p for p in case.plan.probes if p.id == self._session.view.selected), None)

    def _depends_on(self, case: Case, leave_out: str) -> tuple[object, ...]:
        others = tuple(p for p in case.plan.probes if p.id != leave_out)
        return (case.image, case.structures, others, case.plan.room, load_path_rules())

    def _forget(self) -> None:
        self.suggestions, self.refusal, self._comparing, self._mapping = (), None, False, False
        self._mapped = None
        self.offer(None)
        self._show(None)
        self._follow()
        self.changed.emit()

    def _changed(self, change: Change) -> None:
        if change & (Change.PROBES | Change.STRUCTURES | Change.ROOM):
            if self._drop_outdated():
                self.changed.emit()
            self._follow()

    def _drop_outdated(self) -> bool:
        """Whether there were suggestions that no longer belong to the case."""
        case = self._session.case
        leave_out = self._session.view.selected
        if not self.suggestions or case is None or self._depends_on(case, leave_out) == self._suggested_for:
            return False
        self.suggestions = ()
        self.offer(None)
        return True

    def _follow(self) -> None:
        """Make the map anew where what it depends on has changed; not while something is dragged."""
        case, volume = self._session.case, self._session.volume
        if not self._shows_map or case is None or volume is None or self._session.dragging:
            return
        chosen, device_id = self._chosen(case), self._session.view.device_id
        try:
            target = chosen.tip_mm if chosen is not None else tuple(middle_mm(largest_lesion(case).shape).tolist())
        except PlanError as error:
            self._no_map(error)
            return
        leave_out = "" if chosen is None else chosen.id
        asked = (*self._depends_on(case, leave_out), target, device_id)
        if asked == self._mapped:
            return
        self._mapped = asked
        self.refusal, self._mapping = None, True
        self.changed.emit()

        def work(progress: Progress) -> SkinMap:
            return skin_map(
                case, volume, target, device_id, progress, leave_out=leave_out, known=self._session.view.skin_map
            )

        def done(found: SkinMap) -> None:
            self._mapping = False
            if self._shows_map and self._mapped == asked:
                self._show(found)
            self.changed.emit()

        self._session.jobs.interactive("skin", "Skin map", work, done, self._no_map)

    def _no_map(self, error: DomainError) -> None:
        self.refusal, self._mapping = error, False
        self._show(None)
        self.changed.emit()

    def _show(self, found: SkinMap | None) -> None:
        if found is not self._session.view.skin_map:
            self._session.view.skin_map = found
            self._session.view.changed.emit()
