"""What keeping a case against a crash costs the window: `python -m tests.benchmarks.autosave_pauses`.

A stream of edits runs for twenty seconds in a window that is not shown. Printed are, with autosave and without: the longest time
that the window's thread gave to nothing else than autosave, the longest gap between two events, and how far behind the kept case was
at worst.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.demo import demo_case
from app.main_window import MainWindow
from app.settings import Settings
from imaging.labels import Box, Mask
from imaging.structures import StructureKind
from imaging.volume import Volume
from planning.case_io.journal import Journal, JournalNote
from planning.model import Case
from planning.model.case import StructureId
from planning.operations.probes import move_probe

_RUN_S = 20.0
_EDIT_MS = 40


class _Measured:
    """Times of every call of a function."""

    def __init__(self, act: Callable[..., object]) -> None:
        self._act = act
        self.took_s: list[float] = []

    def __call__(self, *given: object) -> object:
        began_s = time.thread_time()
        try:
            return self._act(*given)
        finally:
            self.took_s.append(time.thread_time() - began_s)


def with_many(case: Case, times: int) -> Case:
    """Return a case with its masks several times, as from a program that segments everything."""
    more = [
        replace(s, id=StructureId(f"{s.id}.{n}"), name=f"{s.name} {n}", shape=Mask(s.shape.grid, s.shape._bricks))
        for n in range(times - 1)
        for s in case.structures
        if isinstance(s.shape, Mask)
    ]
    return replace(case, structures=(*case.structures, *more))


def painted(case: Case, n: int) -> Case:
    """Return a case with one stroke more in the skin, its largest mask: more work than any other edit."""
    skin = case.of_kind(StructureKind.SKIN)[0]
    start = (20 + n % 100, 200, 200)
    box = Box(start, (start[0] + 8, 208, 208))
    shape = skin.shape.with_box(box, np.full((8, 8, 8), bool(n % 2)))
    structures = tuple(replace(s, shape=shape) if s is skin else s for s in case.structures)
    return replace(case, structures=structures, name=f"edit {n}")


def dragged(case: Case, n: int) -> Case:
    """Return a case with a needle a little farther in or out."""
    probe = case.plan.probes[0]
    tip = np.array(probe.tip_mm) + [0, 0, 0.1 * (-1) ** n]
    return replace(move_probe(case, probe.id, tip_mm=tip), name=f"edit {n}")


def run(application: QApplication, case: Case, volume: Volume, change: Callable[[Case, int], Case], *, on: bool) -> str:
    """Edit a case for a while and return a line of what it cost."""
    window = MainWindow(Settings(Path(tempfile.mkdtemp())))
    session, saving = window.session, window.keeping.autosave
    session.predict = lambda: None
    session.show_case(case, volume)
    # Only autosave is looked at: surfaces and zones are computed for every edit otherwise.
    session._refresh_surfaces = session._refresh_zone = lambda: None
    # These two are reached by name whenever the timer is through; the slot of a change is timed by hand below.
    saving._due.timeout.disconnect()
    written, changed = _Measured(saving._write), _Measured(saving._changed)
    if on:
        saving._due.timeout.connect(written)
    session.changed.disconnect(saving._changed)
    session.changed.connect(changed)
    made_at: dict[str, float] = {}
    behind_s, kept_s, sizes = [], [], []
    real = Journal.write

    def timed(journal: Journal, path: Path, kept: Case, note: JournalNote) -> None:
        began_s = time.perf_counter()
        real(journal, path, kept, note)
        ended_s = time.perf_counter()
        kept_s.append(ended_s - began_s)
        sizes.append(path.stat().st_size)
        # The oldest edit that was not on disk until now.
        behind_s.append(
            ended_s - min(made_at.pop(name) for name in list(made_at) if int(name[5:]) <= int(kept.name[5:]))
        )

    Journal.write = timed
    edits = QTimer(interval=_EDIT_MS)
    counter = iter(range(1, 10_000_000))

    def edit() -> None:
        n = next(counter)
        made_at[f"edit {n}"] = time.perf_counter()
        session.store.apply("Edit", lambda current: change(current, n), "stream")

    edits.timeout.connect(edit)
    edits.start()
    gaps_s = gaps_between_events_s(application)
    edits.stop()
    window.keeping._let_go = True
    window.close()
    Journal.write = real
    own_ms = 1e3 * max((*written.took_s, *changed.took_s))
    gap = f"gaps between events: longest {1e3 * max(gaps_s):.1f} ms, 99.9 % below {1e3 * np.percentile(gaps_s, 99.9):.1f} ms"
    what = f"{change.__name__}, {len(case.structures)} structures"
    if not on:
        return f"{what}, autosave off: {gap}"
    return (
        f"{what}, autosave on: window's thread {own_ms:.2f} ms at most in one event; {gap}; "
        f"{len(kept_s)} times kept, {max(kept_s):.2f} s at most, {max(sizes) / 1e6:.1f} MB; behind by {max(behind_s):.2f} s at most"
    )


def gaps_between_events_s(application: QApplication) -> list[float]:
    """Let a window run for a while, and return how long it took from one round of events to the next."""
    gaps_s, last_s = [], time.perf_counter()
    end_s = last_s + _RUN_S
    while last_s < end_s:
        application.processEvents()
        time.sleep(0.001)
        now_s = time.perf_counter()
        gaps_s.append(now_s - last_s)
        last_s = now_s
    return gaps_s


def quiet(application: QApplication, case: Case, volume: Volume, *, on: bool) -> str:
    """Keep a case five times a second in a window in which nothing else goes on, and return what gaps that makes."""
    window = MainWindow(Settings(Path(tempfile.mkdtemp())))
    session, saving = window.session, window.keeping.autosave
    session.predict = lambda: None
    session.show_case(case, volume)
    begun_s = time.perf_counter()
    while window.jobs.busy or time.perf_counter() < begun_s + 3:
        application.processEvents()
        time.sleep(0.001)
    counter = iter(range(1, 10_000_000))
    states = QTimer(interval=200)

    def keep() -> None:
        saving._now = replace(saving._now, case=painted(case, next(counter)))
        saving._write()

    states.timeout.connect(keep)
    if on:
        states.start()
    gaps_s = gaps_between_events_s(application)
    states.stop()
    window.keeping._let_go = True
    window.close()
    gaps_ms = 1e3 * np.array(gaps_s)
    words = "kept five times a second" if on else "nothing kept"
    return (
        f"window at rest, {len(case.structures)} structures, {words}: longest gap {gaps_ms.max():.1f} ms, "
        f"99.9 % below {np.percentile(gaps_ms, 99.9):.1f} ms, {int((gaps_ms > 16).sum())} above 16 ms of {len(gaps_ms)}"
    )


def main() -> None:
    """Print the figures of the demo case, and of one with three times its structures."""
    application = QApplication(["sacroplan"])
    case, volume = demo_case()
    for times in (1, 3):
        for on in (False, True):
            print(quiet(application, with_many(case, times), volume, on=on), flush=True)
    for change, times in ((dragged, 1), (painted, 1), (painted, 3)):
        for on in (False, True):
            print(run(application, with_many(case, times), volume, change, on=on), flush=True)


if __name__ == "__main__":
    main()
