"""The whole verification: every case run, its rows, and what is drawn of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from imaging.progress import Progress
from planning.thermal.verification import closed_forms, convergence, curing, lines, measurements, sources
from planning.thermal.verification.device_cases import device_cases
from planning.thermal.verification.device_rows import device_rows, finer_rows
from planning.thermal.verification.rows import Comparison
from planning.thermal.verification.zones import PLACEMENTS, Outcome, run_case

CLOSED_FORMS: tuple[Callable[[], list[Comparison]], ...] = (
    closed_forms.freezing_slab,
    closed_forms.freezing_water,
    lines.line_sink,
    sources.perfused_sphere,
    lines.perfused_cylinder,
    closed_forms.perfused_decay,
    sources.point_source,
    sources.rf_sphere,
    closed_forms.kinetics,
    curing.curing_block,
)

FINER_MM = 0.5
"""What is missed on 1 mm is run on this grid too: is it the cells that tissue is told apart by?"""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Verification:
    """All rows, and what the pictures show.

    Attributes
    ----------
    outcomes : dict of str to dict of str to Outcome
        By the name of the case, then of the placement.
    errors_k : list of float
        Of the convergence study, one a grid.
    """

    rows: list[Comparison]
    outcomes: dict[str, dict[str, Outcome]]
    errors_k: list[float]


def verify(progress: Progress) -> Verification:
    """Run every case, some minutes."""
    rows = [row for case in _told(progress.part(0.0, 0.2), CLOSED_FORMS) for row in case()]
    errors_k = convergence.errors_k()
    rows += convergence.second_order(errors_k)
    outcomes: dict[str, dict[str, Outcome]] = {}
    part = progress.part(0.2, 0.9)
    for n, case in enumerate(device_cases()):
        outcomes[case.name] = {}
        for m, placement in enumerate(PLACEMENTS):
            part.report((n + m / len(PLACEMENTS)) / len(device_cases()), f"{case.name}, {placement.name}")
            outcomes[case.name][placement.name] = run_case(case, placement)
        found = device_rows(case, outcomes[case.name])
        rows += found
        if not all(row.met for row in found):
            finer = {placement.name: run_case(case, placement, FINER_MM) for placement in PLACEMENTS}
            rows += finer_rows(case, found, finer, FINER_MM)
    rows += [row for case in _told(progress.part(0.9, 1.0), measurements.CASES) for row in case()]
    progress.report(1.0, "Verified")
    return Verification(rows=rows, outcomes=outcomes, errors_k=errors_k)


def _told(
    progress: Progress, cases: tuple[Callable[[], list[Comparison]], ...]
) -> Iterator[Callable[[], list[Comparison]]]:
    """Every case, after saying that it begins."""
    for n, case in enumerate(cases):
        progress.report(n / len(cases), case.__name__.replace("_", " "))
        yield case
