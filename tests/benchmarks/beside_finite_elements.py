"""How long the engine takes beside finite elements of the same case: python -m tests.benchmarks.beside_finite_elements.

The reference of `tests.verification` uses that everything is the same all around the needle: it solves a half-plane. The
engine solves the whole space, for needles at any angle. Finite elements that can do so too, in three dimensions, are its
peers. Both kinds are run on finer and finer meshes and steps, the half-plane up to the stored reference itself, each with
its error against that reference, beside the engine with its own. Everything compiled is compiled before.
"""

from __future__ import annotations

import sys
import time
from typing import NamedTuple

from planning.thermal.verification.device_cases import DeviceCase, device_cases
from planning.thermal.verification.references import references
from planning.thermal.verification.zones import PLACEMENTS, run_case
from tests.verification.finite_elements import Solution, reference_resolution, solve
from tests.verification.finite_elements_3d import solve as solve_turned
from tests.verification.make_references import sizes_of

OBLIQUE = next(p for p in PLACEMENTS if p.name == "oblique")
COARSENING = ((4, 24), (3, 24), (2, 24), (2, 2), (1, 1))
"""Of mesh and steps."""
TURNED, TURNED_STEPS = ((5, 12), (4, 12), (3, 16), (2.2, 24), (1.9, 24)), 24
"""Of mesh in three dimensions, with sectors around the needle, up to the first that errs no more than the engine; of steps."""
ALL_AROUND = 48
"""So few sectors do only because nothing changes around the needle. In bone cells should be no longer around a zone than
across it; with so many sectors they are as long there as the engine's voxels, 1 to 2 mm."""
USUAL = (
    "cryo 1.5 x 25 mm, gel",
    "cryo, lytic sphere and cortical shell in cancellous bone",
    "RF 13 V, muscle, σ constant",
    "RF 22 V, lytic sphere and cortical shell in cancellous bone",
)


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


def finite_elements(case: DeviceCase, mesh: float, steps: float, sectors: int | None = None) -> tuple[Run, Solution]:
    """Solve a case on cells and steps larger by factors than the reference's, with sectors in three dimensions."""
    resolution = reference_resolution(case).with_mesh(mesh).with_steps(steps)
    began = time.perf_counter()
    solution = solve_turned(case, resolution, sectors) if sectors else solve(case, resolution)
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


def line(name: str, run: Run, ours: Run | None = None) -> None:
    """Print a line of a table."""
    times = f"  {run.seconds / ours.seconds:7.0f}" if ours else ""
    print(f"{name:38}{run.seconds:7.2f}  {run.size_pct:7.2f} %  {run.place_k:4.2f} K{times}", flush=True)


def race(case: DeviceCase) -> None:
    """Print the table of a case."""
    ours = engine(case)
    print(f"{case.name}\n{'':38}seconds  isotherms  places   times the engine's")
    line("engine, 1 mm, oblique", ours)
    for mesh, steps in COARSENING:
        run, solution = finite_elements(case, mesh, steps)
        line(f"half-plane, {solution.nodes} nodes, {solution.steps} steps", run, ours)

    def turned(mesh: float, sectors: int) -> Run:
        run, solution = finite_elements(case, mesh, TURNED_STEPS, sectors)
        line(f"3-D, {sectors} sectors, {solution.nodes} nodes, {solution.steps} steps", run, ours)
        return run

    finite_elements(case, 16, 64, sectors=4)
    for mesh, sectors in TURNED:
        run = turned(mesh, sectors)
        if run.size_pct <= ours.size_pct and run.place_k <= ours.place_k:
            break
    turned(mesh, ALL_AROUND)


def main(words: list[str]) -> None:
    """Print a table a case; cases are chosen by words of their names."""
    for case in (c for c in device_cases() if any(w in c.name for w in words or USUAL)):
        race(case)


if __name__ == "__main__":
    main(sys.argv[1:])
