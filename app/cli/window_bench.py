"""The window's speed for `bench`, measured in a process of its own because the command never loads Qt."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from statistics import median

import numpy as np

from app.virtual_display import can_make_display, has_display, virtual_display
from planning.thermal.verification import VerificationRow

_TARGET_MS = 100.0
_LONGEST_S = 600.0
_NAME = "pointer to zone on screen while a probe is dragged"


def drag_row(moves: int = 40, *, small: bool = False) -> VerificationRow:
    """Return how long a dragged probe's zone takes to the screen, or why that was not measured.

    Parameters
    ----------
    moves : int
        The figure is the 95th percentile of this many.
    small : bool
        On a case that opens sooner than the demo case.
    """
    if has_display():
        return _measured(moves, os.environ, small=small)
    if not can_make_display():
        return _not_measured("there is no display, and Xvfb is not installed")
    with virtual_display() as environment:
        return _measured(moves, environment, small=small)


def _measured(moves: int, environment: Mapping[str, str], *, small: bool) -> VerificationRow:
    command = [sys.executable, "-m", "app.drag_latency", str(moves), *(["small"] if small else [])]
    try:
        done = subprocess.run(
            command, env=dict(environment), capture_output=True, text=True, timeout=_LONGEST_S, check=False
        )
    except subprocess.TimeoutExpired:
        return _not_measured(f"the window took longer than {_LONGEST_S:g} s")
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        return _not_measured(f"the window could not be driven ({said[-1] if said else done.returncode})")
    times_ms = 1e3 * np.array(json.loads(done.stdout.splitlines()[-1]))
    worst_ms = float(np.percentile(times_ms, 95))
    return VerificationRow(
        name=_NAME,
        value=worst_ms,
        unit="ms",
        target=f"≤ {_TARGET_MS:g}",
        met=worst_ms <= _TARGET_MS,
        source=f"the zone seems to hang on the pointer, in the slice it is dragged in; 95th percentile of {moves} moves on the {'small' if small else 'demo'} case, median "
        f"{median(times_ms):.0f} ms",
    )


def _not_measured(reason: str) -> VerificationRow:
    return VerificationRow(
        name=_NAME, value=None, unit="ms", target=f"≤ {_TARGET_MS:g}", met=None, source=f"not measured: {reason}"
    )
