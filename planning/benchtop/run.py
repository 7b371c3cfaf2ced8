"""One experiment from its specification to its result."""

from __future__ import annotations

from typing import Any

from imaging.progress import Progress
from planning.benchtop.experiment import request_of
from planning.benchtop.result import result_document
from planning.benchtop.specification import Specification
from planning.thermal import solve


def run_experiment(spec: Specification, progress: Progress) -> dict[str, Any]:
    """Return the result of an experiment, computed by the engine that plans patients.

    Raises
    ------
    PlanError
        ``bench-top-invalid`` before any work, with the path of the offending key.
    SolverError, Cancelled
    """
    request = request_of(spec)
    return result_document(spec, request, solve(request, progress))
