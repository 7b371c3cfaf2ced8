"""How long the engine takes beside finite elements of the same case: python -m tests.benchmarks.beside_finite_elements.

The finite elements of `tests.verification` use that everything is the same all around the needle: they solve a half-plane.
The engine solves the whole space, for needles at any angle. They are run on finer and finer meshes and steps up to the
stored reference itself, each with its error against that reference, beside the engine with its own.
"""

from __future__ import annotations

import sys
import time
from typing import NamedTuple

from planning.thermal.verification.device_cases import DeviceCase, device_cases
from planning.thermal.verification.references import references
from planning.thermal.verification.zones import PLACEMENTS, run_case
from tests.verification.finite_elements import Solution, reference_resolution, solve
from tests.verification.make_references import sizes_of

OBLIQUE = next(p for p in PLACEMENTS if p.name == "oblique")
COARSENING = ((4, 8), (4, 4), (3, 4), (3, 3), (2, 3), (2, 2), (1, 1))
"""Of mesh and steps."""
USUAL = ("cryo 1.5 x 25 mm, gel", "cryo, lytic sphere and cortical shell in cancellous bone")


class Run(NamedTuple):
    """One solution of a case: seconds, and the worst errors of isotherms in per cent and of places in kelvins."""

    seconds: float
    size_pct: float
    place_k: float


def engine(case: DeviceCase) -> Run:
    """Predict a case on 1 mm with an oblique needle; compiled before."""
    run_case(case, OBLIQUE)
    began = time.perf_counter()
    outcome = run_case(case, OBLIQUE)
    seconds = time.perf_counter() - began
    return Run(seconds, *_errors(case, outcome.sizes, outcome.points_c.mean(axis=-1)))


def finite_elements(case: DeviceCase, mesh: float, steps: float) -> tuple[Run, Solution]:
    """Solve a case on cells and steps larger by factors than the reference's."""
    resolution = reference_resolution(case).with_mesh(mesh).with_steps(steps)
    began = time.perf_counter()
    solution = solve(case, resolution)
    seconds = time.perf_counter() - began
    return Run(seconds, *_errors(case, sizes_of(case, solution), solution.points_c)), solution


def _errors(case, sizes, points_c):
    reference = references()[case.name]
    of_sizes = [
        abs(getattr(sizes[level], name) / getattr(reference.sizes[level], name) - 1) * 100
        for level in case.levels_c
        for name in ("width_mm", "length_mm")
        if getattr(reference.sizes[level], name)
    ]
    return max(of_sizes), float(abs(points_c - reference.points_c).max())


def main(words: list[str]) -> None:
    """Print a table a case; cases are chosen by words of their names."""
    for case in (c for c in device_cases() if any(w in c.name for w in words or USUAL)):
        ours = engine(case)
        print(f"{case.name}\n{'':28}seconds  isotherms  places   times the engine's")
        print(
            f"{'engine, 1 mm, oblique':28}{ours.seconds:7.2f}  {ours.size_pct:7.2f} %  {ours.place_k:4.2f} K",
            flush=True,
        )
        for mesh, steps in COARSENING:
            run, solution = finite_elements(case, mesh, steps)
            name = f"{solution.nodes} nodes, {solution.steps} steps"
            times = run.seconds / ours.seconds
            print(f"{name:28}{run.seconds:7.2f}  {run.size_pct:7.2f} %  {run.place_k:4.2f} K  {times:7.0f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
