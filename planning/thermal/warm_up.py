"""Compile the solver's kernels ahead of the first prediction; ``python -m planning.thermal.warm_up`` does it.

Compiled code is kept on disk beside the sources, or in the user's cache where those cannot be written.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from imaging.geometry import VoxelGrid
from imaging.progress import no_progress
from planning.catalogue import Phase, load_tissues
from planning.thermal.advance import advance
from planning.thermal.applicator import Applicator, Drive, TipTemperature, WallTemperature
from planning.thermal.request import ThermalRequest
from planning.thermal.solver import solve
from planning.tissue import medium_of, uniform_fields

_SECONDS = 3.0


def is_warm() -> bool:
    """Return whether the kernels have been compiled on this machine before."""
    kept = Path(advance.stats.cache_path)
    return kept.is_dir() and any(kept.glob("advance.advance-*.nbi"))


def warm_up() -> None:
    """Run one freeze and one burn, small and short."""
    grid = VoxelGrid.axis_aligned((24, 24, 24), 1.0, (-11.5, -11.5, -11.5), "warm-up")
    fields = uniform_fields(grid, medium_of(load_tissues(), "muscle"))
    drives: tuple[Drive, ...] = (WallTemperature(c=-140.0), TipTemperature(c=90.0, max_power_w=10.0))
    for drive in drives:
        probe = Applicator(
            id="p", tip_mm=np.array([0.0, 0.0, -3.0]), direction=np.array([0.0, 0.0, 1.0]), diameter_mm=1.5,
            active_length_mm=6.0, drive=drive,
        )  # fmt: skip
        solve(
            ThermalRequest(fields=fields, applicators=(probe,), schedule=(Phase(kind="on", duration_s=_SECONDS),)),
            no_progress(),
        )


if __name__ == "__main__":
    warm_up()
