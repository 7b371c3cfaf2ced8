"""Start the window."""

from __future__ import annotations

import subprocess
import sys
import threading
from importlib import import_module
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.contained import catch_all
from app.controllers import opening
from app.controllers.first_start import ask_for_mouse
from app.log import begin_log
from app.main_window import MainWindow
from app.memory import share_freed_memory
from app.settings import Settings
from app.theme import apply_theme
from planning.thermal.warm_up import is_warm

# What the first CT needs and the window does not, loaded once the window stands.
_LOADED_AHEAD = (
    "imaging.dicom",
    "app.representations.scene3d",
    "vtkmodules.vtkImagingCore",
    "scipy.ndimage",
    "skimage.measure",
)
_STANDS_MS = 300


def run_window(path: Path | None = None, *, demo: bool = False) -> int:
    """Open the window and return its exit status.

    Parameters
    ----------
    path : Path, optional
        A case file, a CT folder or a volume to open; otherwise the last case.
    demo : bool
        Open the demo case instead.
    """
    share_freed_memory()
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("sacroplan")
    application.setOrganizationName("sacroplan")
    apply_theme(application)
    settings = Settings()
    log = begin_log(settings.folder)
    catch_all()
    window = MainWindow(settings)
    if window.settings.geometry is None:
        screen = application.primaryScreen().availableGeometry()
        window.resize(min(1920, screen.width()), min(1080, screen.height()))
    window.show()
    if settings.second_window:
        window.second.open()
    _warm_up()
    QTimer.singleShot(_STANDS_MS, _load_ahead)
    window.keeping.look()
    ask_for_mouse(window)
    if path is not None:
        window.open_path(path)
    elif demo or not opening.open_last(window):
        opening.open_demo(window)
    status = application.exec()
    if log is not None:
        log.end()
    return status


def _warm_up() -> None:
    """Compile the solver's kernels in another process if that was never done: here it would make the window stutter."""
    if not is_warm():
        subprocess.Popen([sys.executable, "-m", "planning.thermal.warm_up"], stdout=subprocess.DEVNULL)


def _load_ahead() -> None:
    """Load libraries beside the window's thread; whoever needs one before waits for it."""

    def load() -> None:
        for name in _LOADED_AHEAD:
            import_module(name)

    threading.Thread(target=load, name="load-ahead", daemon=True).start()
