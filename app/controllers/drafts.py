"""What an edit would make of the selected structure, drawn over it before it is applied."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from app.controllers.session import Session
from app.representations.scene import Draft
from imaging.errors import DomainError
from imaging.labels import Mask
from imaging.progress import Progress
from imaging.structures import SPANNING_BODY
from imaging.surface import Mesh, surface_of_mask
from planning.model import Structure
from planning.quantities import volume_text

_SOON_MS = 150


class Drafts(QObject):
    """Works a draft out beside everything else; the latest that is asked for wins.

    Parameters
    ----------
    session : Session

    Signals
    -------
    told(str)
        What the draft comes to; empty where there is none.
    """

    told = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._asked: tuple[Structure, Callable[[], Mask]] | None = None
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._work_out)

    def ask(self, structure: Structure | None, make: Callable[[], Mask] | None) -> None:
        """Show what an edit would leave of a structure, as soon as nothing else is asked for; without one, nothing."""
        if structure is None or make is None or structure.kind in SPANNING_BODY or structure.locked:
            self.clear()
            return
        self._asked = (structure, make)
        self._soon.start()

    def clear(self) -> None:
        """Show none."""
        self._asked = None
        self._soon.stop()
        self._session.view.show_draft(None)
        self.told.emit("")

    def _work_out(self) -> None:
        asked = self._asked
        if asked is None:
            return
        structure, make = asked

        def work(_: Progress) -> tuple[Mask, Mesh]:
            mask = make()
            return mask, surface_of_mask(mask)

        def done(found: tuple[Mask, Mesh]) -> None:
            if self._asked is asked:
                self._show(structure, *found)

        def failed(error: DomainError) -> None:
            if self._asked is asked:
                self._session.view.show_draft(None)
                self.told.emit(f"{error}")

        self._session.jobs.interactive("draft", "Draft", work, done, failed)

    def _show(self, structure: Structure, mask: Mask, surface: Mesh) -> None:
        assert isinstance(structure.shape, Mask)
        if mask.count == 0:
            self._session.view.show_draft(None)
            self.told.emit(f"Nothing would be left of {structure.name}.")
            return
        self._session.view.show_draft(Draft(structure_id=structure.id, surface=surface))
        before, after = (volume_text(m.volume_mm3) for m in (structure.shape, mask))
        self.told.emit(f"{after} instead of {before}, dashed in the views")
