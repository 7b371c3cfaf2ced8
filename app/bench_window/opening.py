"""Opening a folder of DICOM: seconds from choosing it to the first slice, and to the CT, on the display."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from app.bench_window.driving import Painted, on_display, spin, the_application, until, window_of
from app.bench_window.scenario import write_folder
from app.controllers.opening import open_any
from app.representations.slice_plane import Plane
from app.views.reading_cover import ReadingCover

_LONGEST_S = 120.0


def opening_times_s(times: int, *, small: bool = False) -> dict[str, list[float]]:
    """Return the times to the first slice and to all three slices of the CT, each in a new window.

    Parameters
    ----------
    times : int
    small : bool
    """
    the_application()
    found: dict[str, list[float]] = {"first slice": [], "CT": []}
    with tempfile.TemporaryDirectory() as folder:
        dicom = Path(folder) / "ct"
        write_folder(dicom, small=small)
        for n in range(times):
            _open(Path(folder) / str(n), dicom, found)
    return found


def _open(settings: Path, dicom: Path, found: dict[str, list[float]]) -> None:
    with window_of(settings) as window:
        spin(1.0)
        views = tuple(window.slices.values())
        (cover,) = window.findChildren(ReadingCover)
        first, whole = Painted((cover,)), Painted(views)
        began_s = time.perf_counter()
        open_any(window, dicom)
        until(lambda: cover in first.seen or window.session.volume is not None, _LONGEST_S)
        on_display()
        if cover in first.seen:
            found["first slice"].append(time.perf_counter() - began_s)
        until(lambda: window.session.volume is not None, _LONGEST_S)
        whole.seen.clear()
        until(lambda: whole.seen.issuperset(views), _LONGEST_S)
        on_display()
        assert window.slices[Plane.AXIAL].frame is not None
        found["CT"].append(time.perf_counter() - began_s)
