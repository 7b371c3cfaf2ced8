"""Facts and decision of the open case: its lesion is measured and looked at off the window's thread, rules are asked at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from imaging.labels import Mask
from imaging.progress import Progress
from imaging.segmentation.appearance import Appearance, appearance_of
from imaging.structures import StructureKind
from planning.decision.decide import Decision, decide
from planning.decision.facts import facts_of
from planning.decision.measured import LesionMeasures, measure_lesion
from planning.model import Case, Structure

if TYPE_CHECKING:
    from app.controllers.session import Session


class Deciding:
    """Keeps what the structures say of the lesion, and asks the rules with it.

    Parameters
    ----------
    session : Session
    changed : callable
        Called when the lesion was measured anew.
    """

    def __init__(self, session: Session, changed: Callable[[], object]) -> None:
        self._session, self._changed = session, changed
        self._structures: tuple[Structure, ...] | None = None
        self._measures: LesionMeasures | None = None
        self._asked: tuple[Structure, ...] | None = None
        self._decided: tuple[Case, LesionMeasures] | None = None
        self._decision: Decision | None = None
        self._looked: tuple[Mask, Appearance | None] | None = None

    @property
    def looks(self) -> Appearance | None:
        """What the lesion's densities propose; None where they say nothing."""
        return None if self._looked is None or self._structures is None else self._looked[1]

    def decision(self) -> Decision | None:
        """Return what is said of the case as it is; None without a case, and while its lesion is being measured."""
        case = self._session.case
        if case is None:
            return None
        if self._structures is not case.structures:
            self._measure(case)
            return None
        assert self._measures is not None
        if self._decided is None or self._decided[0] is not case:
            self._decision = decide(case, facts=facts_of(case, self._measures))
            self._decided = (case, self._measures)
        return self._decision

    def _measure(self, case: Case) -> None:
        structures = case.structures
        if self._asked is structures:
            return
        self._asked = structures
        volume, looked = self._session.volume, self._looked
        lesions = [s.shape for s in case.of_kind(StructureKind.LESION) if isinstance(s.shape, Mask) and s.shape.count]

        def work(_: Progress) -> tuple[LesionMeasures, tuple[Mask, Appearance | None] | None]:
            look = None
            if lesions and looked is not None and looked[0] is lesions[0]:
                look = looked
            elif lesions and volume is not None:
                look = lesions[0], appearance_of(volume, lesions[0])
            return measure_lesion(case), look

        def done(found: tuple[LesionMeasures, tuple[Mask, Appearance | None] | None]) -> None:
            self._structures, self._decided = structures, None
            self._measures, self._looked = found
            self._changed()

        self._session.jobs.interactive("facts", "Facts of the lesion", work, done)
