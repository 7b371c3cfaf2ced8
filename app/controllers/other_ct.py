"""Another CT of the same patient beside the planning CT: another phase, or an earlier or later one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.checking import registration_sentence
from app.controllers.session import Session
from app.representations.reslice import Reslicer
from app.views.layouts import CTS
from imaging.opening import open_ct
from imaging.progress import Progress
from imaging.registration import register
from imaging.volume import Volume
from planning.errors import PlanError

if TYPE_CHECKING:
    from app.main_window import MainWindow

OTHER_CT = "Laying the other CT over the planning CT"
"""Title of the job."""
_LONGEST_TITLE, _DATE_DIGITS = 28, 8


@dataclass(frozen=True, slots=True, eq=False)
class _Laid:
    """A CT in the space of the planning CT, and in words how it came there."""

    volume: Volume
    how: str


class OtherCt(QObject):
    """The CT that stands beside the planning CT; it belongs to the window, and is not kept in the case.

    Attributes
    ----------
    running : bool

    Parameters
    ----------
    session : Session
    parent : QObject, optional

    Signals
    -------
    changed()
        It is another one, or being read.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._laid: _Laid | None = None
        self._reslicer: Reslicer | None = None
        self.running = False
        session.opened.connect(self._forget)

    @property
    def reslicer(self) -> Reslicer | None:
        """What cuts it; None while there is none."""
        return self._reslicer

    @property
    def title(self) -> str:
        """What it is called over its views."""
        if self._laid is None:
            return "Other CT"
        source = self._laid.volume.provenance
        words = source.description or "no description"
        short = words if len(words) <= _LONGEST_TITLE else words[: _LONGEST_TITLE - 1] + "…"
        day = source.acquired_on
        return (
            f"Other CT: {short}, {day[:4]}-{day[4:6]}-{day[6:]}" if len(day) == _DATE_DIGITS else f"Other CT: {short}"
        )

    def begin(self, folder: Path) -> None:
        """Read a CT and lay it over the planning CT; a refusal is told, and leaves the one that stands there."""
        session = self._session
        case, volume = session.case, session.volume
        if case is None or volume is None or self.running:
            return
        tips = np.array([p.tip_mm for p in case.plan.probes]) if case.plan.probes else None

        def work(progress: Progress) -> _Laid:
            other = open_ct(folder, progress=progress.part(0.0, 0.2))
            return lay_over(volume, other, tips, progress.part(0.2, 1.0))

        def done(laid: _Laid) -> None:
            self.running = False
            if session.volume is volume:
                self._laid, self._reslicer = laid, Reslicer(laid.volume)
                session.noticed.emit("The other CT stands beside the planning CT.", laid.how)
            self.changed.emit()

        def failed(error: Exception) -> None:
            self.running = False
            session.refused.emit(error)
            self.changed.emit()

        self.running = True
        session.jobs.batch(OTHER_CT, work, done, failed, lane="check")
        self.changed.emit()

    def cancel(self) -> None:
        """Stop reading."""
        self._session.jobs.cancel_batch(OTHER_CT)
        if self.running:
            self.running = False
            self.changed.emit()

    def _forget(self) -> None:
        self._session.jobs.cancel_batch(OTHER_CT)
        self._laid = self._reslicer = None
        self.running = False
        self.changed.emit()


def lay_over(planning_ct: Volume, other: Volume, targets_mm: np.ndarray | None, progress: Progress) -> _Laid:
    """Return another CT in the space of the planning CT.

    Parameters
    ----------
    planning_ct, other : Volume
    targets_mm : ndarray of shape (n, 3) or None
        Around which bone is to agree, LPS.
    progress : Progress

    Raises
    ------
    PlanError
        ``other-ct-same``.
    RegistrationError
        If their bones cannot be brought together.
    Cancelled
    """
    if other.digest == planning_ct.digest:
        raise PlanError(
            "This is the planning CT itself.", code="other-ct-same",
            hint="Choose another CT of the patient: another phase, an earlier or a later one.",
        )  # fmt: skip
    if other.grid.frame_uid and other.grid.frame_uid == planning_ct.grid.frame_uid:
        return _Laid(other, "Both have one frame of reference: they lie as they were acquired, and are not registered.")
    found = register(planning_ct, other, progress, about_mm=targets_mm)
    notes = " ".join(finding.message for finding in found.findings)
    return _Laid(found.moved(other, planning_ct.grid.frame_uid), f"{registration_sentence(found)} {notes}".rstrip())


def show_other_ct(window: MainWindow) -> None:
    """Show the other CT beside, or ask for one where there is none yet."""
    if window.other_ct.reslicer is None:
        ask_for_other_ct(window)
    else:
        window.show_layout(CTS)


def ask_for_other_ct(window: MainWindow) -> None:
    """Ask for the folder of another CT, and show it beside once it is read."""
    folder = window.choose_folder("Another CT of the patient")
    if folder is None:
        return

    before = window.other_ct.reslicer

    def show() -> None:
        if window.other_ct.running:
            return
        window.other_ct.changed.disconnect(show)
        # After a refusal the one before stays, where it was.
        if window.other_ct.reslicer not in (None, before):
            window.show_layout(CTS)

    window.other_ct.begin(folder)
    if window.other_ct.running:
        window.other_ct.changed.connect(show)
