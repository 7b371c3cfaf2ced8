"""The figures of `bench --window`: each against its target, measured in processes of their own because the command never loads Qt."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from app.virtual_display import can_make_display, has_display, virtual_display
from planning.thermal.verification import VerificationRow

_LONGEST_S = 1200.0
_CYCLES_FROM = 10
_STARTS = 5

Times = Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What is measured, and what is asked of it.

    Attributes
    ----------
    name, unit, how : str
    target : float
        At least so much of frames a second, at most so much of everything else.
    of : callable
        The figure, of the seconds or megabytes that were measured.
    """

    name: str
    unit: str
    target: float
    how: str
    of: Callable[[Times], float]

    @property
    def at_least(self) -> bool:
        return self.unit == "1/s"

    def row(self, times: Times | None, reason: str = "") -> VerificationRow:
        """Return the row, or that it was not measured and why."""
        target = f"{'≥' if self.at_least else '≤'} {self.target:g}"
        if times is None:
            return VerificationRow(
                name=self.name, value=None, unit=self.unit, target=target, met=None, source=f"not measured: {reason}"
            )
        value = self.of(times)
        met = value >= self.target if self.at_least else value <= self.target
        return VerificationRow(name=self.name, value=value, unit=self.unit, target=target, met=met, source=self.how)


def _rate(name: str) -> Callable[[Times], float]:
    return lambda times: 1 / median(times[name])


def _ms(*names: str) -> Callable[[Times], float]:
    """The median; of several the slowest."""
    return lambda times: 1e3 * max(median(times[name]) for name in names)


def _growth(name: str) -> Callable[[Times], float]:
    """From the tenth time on, in percent: the mean of the last five against that of five from there."""

    def grown(times: Times) -> float:
        first = min(_CYCLES_FROM, len(times[name]) // 2)
        begin, end = np.mean(times[name][first : first + 5]), np.mean(times[name][-5:])
        return float(100 * (end / begin - 1))

    return grown


_FRAME = "median from the event until all pixels of these views were on the display, each event waited for"
_CYCLES = "memory of the process alone after collecting; 50 times, from the 10th to the last; CT on voxels of 3 mm"
KINDS: Mapping[str, tuple[int, tuple[Figure, ...]]] = {
    "slices": (
        60,
        (
            Figure(name="scrolling, three views", unit="1/s", target=30, how=_FRAME, of=_rate("scroll, three views")),
            Figure(name="crosshair, three views", unit="1/s", target=30, how=_FRAME, of=_rate("crosshair, three views")),
            Figure(name="scrolling, one view alone", unit="1/s", target=60, how=_FRAME, of=_rate("scroll, one view")),
            Figure(
                name="MIP of 40 mm", unit="ms", target=20, how="median of the picture of the CT, another place each time; slowest of three planes",
                of=_ms("MIP, axial", "MIP, coronal", "MIP, sagittal"),
            ),
        ),
    ),
    "turning": (
        60,
        (
            Figure(name="turning 3D, a quarter of the window", unit="1/s", target=15, how=_FRAME, of=_rate("3D, a quarter")),
            Figure(name="turning 3D, alone", unit="1/s", target=15, how=_FRAME, of=_rate("3D, alone")),
        ),
    ),
    "drag": (
        60,
        (
            Figure(
                name="dragging a probe, pointer to pixel", unit="ms", target=50,
                how="median from the move until probe and zone of that place were on the display, in the slice under the hand", of=_ms("drag"),
            ),
        ),
    ),
    "opening": (
        5,
        (
            Figure(name="folder to first slice", unit="s", target=0.3, how="median; marked as being read", of=lambda t: median(t["first slice"])),
            Figure(name="folder to CT", unit="s", target=1.5, how="median; read, checked and in all three slices", of=lambda t: median(t["CT"])),
        ),
    ),
    "memory": (
        50,
        (
            Figure(name="growth, cases opened and closed", unit="%", target=5, how=_CYCLES, of=_growth("cases")),
            Figure(name="growth, windows opened and closed", unit="%", target=5, how=_CYCLES, of=_growth("windows")),
        ),
    ),
}  # fmt: skip
START = Figure(
    name="start to window", unit="s", target=1.5, how="median of a process started again, its files in memory, until its window was on the display",
    of=lambda times: median(times["start"]),
)  # fmt: skip
_ALWAYS_SMALL = ("memory",)


def window_rows(*, small: bool = False, share: float = 1.0) -> list[VerificationRow]:
    """Measure how smooth the window is, in some minutes.

    Parameters
    ----------
    small : bool
        On a CT on voxels of 3 mm.
    share : float
        Of the repetitions; for tests.
    """
    if has_display():
        return _rows(os.environ, small, share)
    if not can_make_display():
        return _all(lambda _: (None, "there is no display, and Xvfb is not installed"))
    with virtual_display() as environment:
        return _rows(environment, small, share)


def _rows(environment: Mapping[str, str], small: bool, share: float) -> list[VerificationRow]:
    def measured(kind: str) -> tuple[Times | None, str]:
        if kind == "start":
            return _started(environment, max(round(_STARTS * share), 1))
        count = max(round(KINDS[kind][0] * share), 2)
        words = [kind, str(count), *(["small"] if small or kind in _ALWAYS_SMALL else [])]
        said, reason = _run(["app.bench_window", *words], environment)
        return (None if said is None else json.loads(said)), reason

    return _all(measured)


def _all(measured: Callable[[str], tuple[Times | None, str]]) -> list[VerificationRow]:
    rows = [START.row(*measured("start"))]
    for kind, (_, figures) in KINDS.items():
        times, reason = measured(kind)
        rows += [figure.row(times, reason) for figure in figures]
    return rows


def _started(environment: Mapping[str, str], starts: int) -> tuple[Times | None, str]:
    """The first start does not count: it finds no files in memory."""
    times_s = []
    with tempfile.TemporaryDirectory() as folder:
        own = {**environment, "SACROPLAN_HOME": str(Path(folder))}
        for _ in range(starts + 1):
            said, reason = _run(["app.bench_window.first_paint", repr(time.time())], own)
            if said is None:
                return None, reason
            times_s.append(float(said))
    return {"start": times_s[1:]}, ""


def _run(words: Sequence[str], environment: Mapping[str, str]) -> tuple[str | None, str]:
    """Run a module, and return the last line it said, or None and why there is none."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", *words], env=dict(environment), capture_output=True, text=True, timeout=_LONGEST_S, check=False
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return None, f"the window took longer than {_LONGEST_S:g} s"
    if done.returncode != 0 or not done.stdout.strip():
        said = done.stderr.strip().splitlines()
        return None, f"the window could not be driven ({said[-1] if said else done.returncode})"
    return done.stdout.strip().splitlines()[-1], ""
