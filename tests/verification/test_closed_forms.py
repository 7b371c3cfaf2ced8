"""The engine against closed forms, with the tolerances of the evidence base."""

from __future__ import annotations

import pytest

from planning.thermal.verification import closed_forms, sources

CASES = (
    closed_forms.freezing_slab,
    closed_forms.freezing_water,
    closed_forms.perfused_decay,
    closed_forms.kinetics,
    sources.perfused_sphere,
    sources.point_source,
    sources.rf_sphere,
)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.__name__)
def test_case_meets_its_closed_form(case):
    rows = case()
    assert rows
    missed = [f"{r.name}: {r.value:.4g} {r.unit}, wanted {r.target}" for r in rows if not r.met]
    assert not missed
