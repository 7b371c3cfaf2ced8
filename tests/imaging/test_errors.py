"""A refusal says the same on the other side of a process."""

from __future__ import annotations

import pickle

from planning.errors import SolverError


def test_a_refusal_crosses_to_another_process():
    given = SolverError("It diverged.", code="solver-diverged", hint="Check it.", context={"step": 3})
    got = pickle.loads(pickle.dumps(given))
    assert type(got) is SolverError and str(got) == "It diverged. Check it."
    assert (got.code, got.hint, dict(got.context)) == ("solver-diverged", "Check it.", {"step": 3})
