"""Opening and saving from the window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.controllers.reading import LOOKING_FOR_SERIES, OPENING
from app.widgets.dialogs import choose_series_dialog
from imaging.errors import DomainError
from imaging.files import is_volume_file
from imaging.opening import open_ct, series_folder
from imaging.progress import Progress
from imaging.volume import Volume
from planning.case_io import SUFFIX
from planning.model import Case

if TYPE_CHECKING:
    from app.main_window import MainWindow
    from imaging.dicom import Series

_CASE_PATTERN = f"sacroplan case (*{SUFFIX})"


def ask_for_ct(window: MainWindow) -> None:
    """Ask for a folder and open its CT."""
    folder = window.choose_folder("Open CT folder")
    if folder is not None:
        open_any(window, folder)


def ask_for_volume(window: MainWindow) -> None:
    """Ask for a volume file and open it."""
    path = window.choose_file("Open volume", "Volumes (*.nii *.nii.gz *.nrrd *.nhdr *.mha *.mhd)")
    if path is not None:
        open_any(window, path)


def ask_for_case(window: MainWindow) -> None:
    """Ask for a case file and open it."""
    path = window.choose_file("Open case", _CASE_PATTERN)
    if path is not None:
        open_any(window, path)


def open_any(window: MainWindow, path: Path) -> None:
    """Open a case file, a volume file, or a folder of DICOM; several series are listed to choose from."""
    session = window.session
    if path.suffix == SUFFIX:
        session.open_case(path)
        return
    if path.is_file() and is_volume_file(path):
        window.jobs.batch(
            OPENING,
            lambda p: _known(open_ct(path, progress=p)),
            lambda volume: session.show_volume(volume, str(path), path.name),
        )
        return
    window.reading.begin(path)

    def work(progress: Progress) -> tuple[Path, tuple[Series, ...]]:
        # What reads DICOM is loaded where it is needed: the window is there sooner.
        from imaging.dicom import scan_folder

        folder = series_folder(path)
        return folder, scan_folder(folder, progress)

    def listed(looked: tuple[Path, tuple[Series, ...]]) -> None:
        folder, found = looked
        usable = [s for s in found if s.modality == "CT"]
        if len(found) == 1 or (len(usable) == 1 and usable[0].readable):
            open_series(window, folder, (usable or list(found))[0])
        else:
            dialog = choose_series_dialog(found, window)
            dialog.chosen.connect(lambda series: open_series(window, folder, series))
            dialog.show()

    window.jobs.batch(LOOKING_FOR_SERIES, work, listed)


def open_series(window: MainWindow, folder: Path, series: Series) -> None:
    """Open one series of a folder; a broken one is refused with its finding."""

    def done(volume: Volume) -> None:
        window.session.show_volume(volume, str(folder), series.description or folder.name)

    def work(progress: Progress) -> Volume:
        from imaging.dicom import read_series

        return _known(read_series(series, progress))

    window.jobs.batch(OPENING, work, done)


def _known(volume: Volume) -> Volume:
    """Have the digest of a CT made here, off the window's thread: it takes a tenth of a second, and a new case asks for it."""
    assert volume.digest
    return volume


def open_demo(window: MainWindow) -> None:
    """Open the demo case with a plan in it."""

    def work(progress: Progress) -> tuple[Case, Volume]:
        from app.demo import demo_case

        return demo_case(progress)

    window.jobs.batch("Making the demo case", work, lambda made: window.session.show_case(*made))


def save(window: MainWindow) -> None:
    """Save to the case's file, or ask for one."""
    session = window.session
    if session.path is not None and session.path != window.settings.autosave_path:
        session.save(session.path)
    else:
        save_as(window)


def save_as(window: MainWindow) -> None:
    """Ask for a file and save there."""
    path = ask_where_to_save(window)
    if path is not None:
        window.session.save(path)


def ask_where_to_save(window: MainWindow) -> Path | None:
    """Ask for a file of the open case."""
    case = window.session.case
    if case is None:
        return None
    path = window.choose_target("Save case", f"{case.name}{SUFFIX}", _CASE_PATTERN)
    return path if path is None or path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)


def open_last(window: MainWindow) -> bool:
    """Open the case that was open last; return whether there is one."""
    path = window.settings.last_case
    if path is None:
        return False
    try:
        window.session.open_case(path)
    except DomainError as error:
        window.messages.show_error(error)
        return False
    return True
