"""The engine against closed forms, with the tolerances of the evidence base. The longest of them are slow."""

from __future__ import annotations

import pytest

from planning.thermal.verification import closed_forms, convergence, lines, sources

QUICK = (
    closed_forms.freezing_slab,
    closed_forms.freezing_water,
    closed_forms.perfused_decay,
    closed_forms.kinetics,
    lines.line_sink,
    sources.rf_sphere,
)
SLOW = (lines.perfused_cylinder, sources.perfused_sphere, sources.point_source)


@pytest.mark.parametrize("case", [*QUICK, *(pytest.param(c, marks=pytest.mark.slow) for c in SLOW)])
def test_case_meets_its_closed_form(case):
    rows = case()
    assert rows
    missed = [f"{r.name}: {r.value:.4g} {r.unit}, wanted {r.target}" for r in rows if not r.met]
    assert not missed


def test_the_error_falls_with_the_square_of_the_spacing():
    assert all(row.met for row in convergence.second_order(convergence.errors_k()))
