"""Label maps of other programs as proposals, and TotalSegmentator where it is installed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app.jobs import Queue
from app.label_import import ImportedStructures, kept_sentence, structures_of_map
from app.proposing import with_proposals
from app.total_segmentator import BEFORE_RUNNING, installed, run_on
from app.widgets.dialogs import ask
from imaging.progress import Progress

if TYPE_CHECKING:
    from app.controllers.session import Session
    from app.main_window import MainWindow

IMPORT, TOTAL_SEGMENTATOR = "Importing the label map", "TotalSegmentator"
"""Titles of the jobs."""
_WHAT_TO_DO = "Nothing unconfirmed counts as safe: compare each with the CT, correct it, confirm it."
_PATTERN = "Label maps (*.nii *.nii.gz *.nrrd *.nhdr *.mha *.mhd)"


def ask_for_map(window: MainWindow) -> None:
    """Ask for a label map and import it."""
    path = window.choose_file("Import label map", _PATTERN)
    if path is not None:
        import_map(window.session, path)


def ask_for_folder(window: MainWindow) -> None:
    """Ask for a folder of masks, one file a structure, and import it."""
    path = window.choose_folder("Import folder of masks")
    if path is not None:
        import_map(window.session, path)


def import_map(session: Session, path: Path) -> None:
    """Import a label map or a folder of masks in the background."""
    volume = session.volume
    if volume is not None:
        _import(session, IMPORT, "Import label map", lambda progress: structures_of_map(path, volume, progress))


def ask_to_run(window: MainWindow) -> None:
    """Say what TotalSegmentator is and under which licence, and run it if that is wanted."""
    ask(window, "Run TotalSegmentator", BEFORE_RUNNING, "Run TotalSegmentator", lambda: run_it(window.session))


def run_it(session: Session) -> None:
    """Run TotalSegmentator beside all other work, which does not wait for it."""
    volume = session.volume
    if volume is not None:
        _import(
            session, TOTAL_SEGMENTATOR, "Find structures by TotalSegmentator", lambda progress: run_on(volume, progress),
            lane="anatomy",
        )  # fmt: skip


def can_run() -> bool:
    """Whether TotalSegmentator is installed with its weights."""
    return not installed().why_not


def _import(
    session: Session,
    title: str,
    words: str,
    work: Callable[[Progress], ImportedStructures],
    *,
    lane: Queue = "batch",
) -> None:
    volume = session.volume

    def done(found: ImportedStructures) -> None:
        case = session.case
        # What comes too late for another CT is dropped.
        if case is None or session.volume is not volume:
            return
        kept = kept_sentence(case, found.structures)
        if session.apply(words, lambda c: with_proposals(c, found.structures)):
            session.noticed.emit(" ".join(filter(None, [*found.notes, kept])), _WHAT_TO_DO)

    session.jobs.batch(title, work, done, lane=lane)
