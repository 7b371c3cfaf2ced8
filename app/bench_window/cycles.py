"""Opening and closing again and again: how much memory the program holds after each time."""

from __future__ import annotations

import ctypes
import gc
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from app.bench_window.driving import spin, the_application, until, window_of
from app.bench_window.scenario import measured_case
from app.main_window import MainWindow
from imaging.volume import Volume
from planning.model import Case

_LONGEST_S = 120.0
_BYTES_OF_KB = 1024


def cycle_memory_mb(cycles: int, *, small: bool = False) -> dict[str, list[float]]:
    """Return the memory held after every open–close, of cases in one window and of whole windows.

    Parameters
    ----------
    cycles : int
        Of each.
    small : bool
        On voxels of 3 mm; so is it for `sacroplan bench --window`, where each CT that was kept would be a thousandth of the whole.
    """
    the_application()
    given = measured_case(small=small)
    with tempfile.TemporaryDirectory() as folder:
        windows = []
        for n in range(cycles):
            with window_of(Path(folder) / "windows") as window:
                _open(window, *_anew(*given, n))
            windows.append(held_mb())
        cases = []
        with window_of(Path(folder) / "cases") as window:
            for n in range(cycles):
                _open(window, *_anew(*given, n))
                cases.append(held_mb())
    return {"cases": cases, "windows": windows}


def held_mb() -> float:
    """Return the memory of this process alone, in MB, after everything that can be freed was."""
    gc.collect()
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL("libc.so.6").malloc_trim(0)
        for line in Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return float(line.split()[1]) * _BYTES_OF_KB / 1e6
    # Only here: not every system has it.
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _BYTES_OF_KB / 1e6


def _anew(case: Case, volume: Volume, number: int) -> tuple[Case, Volume]:
    """The case with voxels of its own, as one that was read from a file."""
    copy = Volume(hu=volume.hu.copy(), grid=volume.grid, provenance=volume.provenance)
    return replace(case, name=f"{case.name} {number}"), copy


def _open(window: MainWindow, case: Case, volume: Volume) -> None:
    """Open a case, see its zone, surfaces, verdict and 3D, and scroll once."""
    session = window.session
    session.show_case(case, volume)
    until(lambda: session.case is case and session.verdict is not None, _LONGEST_S)
    session.cancel_prediction()
    until(lambda: all(s in session.surfaces for s in case.structures), _LONGEST_S)
    for view in window.slices.values():
        view.scroll_slices(1)
    spin(0.3)
    until(lambda: not window.jobs.busy, _LONGEST_S)
