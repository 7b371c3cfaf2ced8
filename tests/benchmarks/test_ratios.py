"""The figures of `sacroplan bench` are well formed. How large they are is for that command to say, not for a test."""

from __future__ import annotations

import math

import pytest

from app.demo import demo_case
from app.tool_bench import tool_rows
from imaging.phantom import SMALL
from planning.benchmark import bench_rows
from planning.optimise.benchmark import plan_bench_rows
from planning.thermal.benchmark import thermal_bench_rows
from planning.thermal.verification import VerificationRow
from planning.trajectory.benchmark import path_bench_rows

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def rows():
    small = demo_case(parameters=SMALL)
    paths = [*path_bench_rows(*small, repeats=1), *plan_bench_rows(*small, most=1)]
    return [*bench_rows(repeats=2), *paths, *thermal_bench_rows(size_mm=40.0, repeats=1), *tool_rows(repeats=1)]


def test_every_row_is_named_once_and_says_what_it_is_measured_against(rows):
    assert len({r.name for r in rows}) == len(rows) >= 5
    for row in rows:
        assert isinstance(row, VerificationRow)
        assert all((row.name, row.unit, row.target, row.source))
        assert type(row.met) is bool


def test_every_figure_is_finite_and_above_zero(rows):
    assert all(type(r.value) is float and math.isfinite(r.value) and r.value > 0 for r in rows)


def test_a_budget_is_met_exactly_when_its_time_is_within_it(rows):
    budgets = [r for r in rows if r.unit in ("ms", "s")]
    assert {r.target for r in budgets} >= {"≤ 100", "≤ 16", "≤ 6", "≤ 3", "≤ 0.15", "≤ 60"}
    assert all(r.met == (r.value <= float(r.target.removeprefix("≤ "))) for r in budgets)
