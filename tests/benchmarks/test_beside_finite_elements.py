"""The race beside finite elements runs, and its errors are those of its solutions. How long it takes it says itself."""

from __future__ import annotations

from planning.thermal.verification.device_cases import device_cases
from tests.benchmarks.beside_finite_elements import engine, finite_elements


def test_coarse_finite_elements_err_more_than_finer_ones_and_the_engine_stays_within_what_is_asked():
    case = next(c for c in device_cases() if c.name.startswith("warm wall"))
    coarse, fine = (finite_elements(case, mesh, 8)[0] for mesh in (8, 4))
    assert coarse.size_pct > fine.size_pct > 0 and coarse.place_k > fine.place_k > 0
    ours = engine(case)
    assert 0 < ours.size_pct < 4 and ours.seconds > 0


def test_few_sectors_in_three_dimensions_err_more_than_many():
    case = next(c for c in device_cases() if c.name.startswith("warm wall"))
    few, many = (finite_elements(case, 6, 32, sectors)[0] for sectors in (4, 12))
    assert few.size_pct > many.size_pct > 0 and few.place_k > many.place_k > 0
