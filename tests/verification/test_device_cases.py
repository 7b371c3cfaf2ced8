"""The engine on the 1 mm grid against the stored finite elements, a placement a case; `make verify` takes all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planning.thermal.verification import Comparison, Verification
from planning.thermal.verification.device_cases import device_cases
from planning.thermal.verification.device_rows import device_rows, finer_rows
from planning.thermal.verification.document import write_document
from planning.thermal.verification.references import references
from planning.thermal.verification.rows import compare
from planning.thermal.verification.zones import PLACEMENTS, Outcome, lattice_mm, run_case, zone_size


@pytest.mark.parametrize(
    ("words", "placement"),
    [
        ("cryo 1.5 x 25 mm", "oblique"),
        ("cryo, cancellous bone |", "between voxels"),
        ("RF 13 V", "diagonal"),
        ("RF bipolar", "on a voxel"),
    ],
)
def test_no_figure_is_far_off(words, placement):
    case = next(c for c in device_cases() if c.name.startswith(words))
    outcome = run_case(case, next(p for p in PLACEMENTS if p.name == placement))
    rows = device_rows(case, {placement: outcome})
    worst = [r for r in rows if "worst" in r.quantity]
    assert len(worst) == 3
    assert all(r.met for r in worst), [f"{r.name}: {r.value:.4g}, wanted {r.target}" for r in worst]


def test_what_is_missed_is_told_again_from_a_finer_grid():
    case = device_cases()[0]
    right = {p.name: as_stored(case) for p in PLACEMENTS}
    warmer = {name: replace(outcome, points_c=outcome.points_c + 3.0) for name, outcome in right.items()}
    rows = device_rows(case, warmer)
    missed = [r.quantity for r in rows if not r.met and "worst" not in r.quantity]
    again = finer_rows(case, rows, right, 0.5)
    assert missed and [r.quantity for r in again] == [f"{q}, on 0.5 mm" for q in missed]
    assert all(r.met for r in again) and not any(r.met for r in finer_rows(case, rows, warmer, 0.5))
    assert finer_rows(case, device_rows(case, right), right, 0.5) == []


def test_the_size_of_a_ball_that_lies_askew_is_its_diameter():
    """Seen from an axis 1 mm off its centre."""
    r, z = np.arange(0, 20, 0.25), np.arange(-20, 20, 0.25)
    turns = np.exp(2j * np.pi * np.arange(12) / 12)[:, None, None]
    off = abs(r[None, :, None] * turns - 1.0)
    size = zone_size(np.hypot(off, z), r, z, 10.0, cold=True)
    assert size.width_mm == pytest.approx(20, abs=0.01)
    assert size.length_mm == pytest.approx(20, abs=0.05)


def test_there_is_no_size_where_there_is_no_zone():
    r, z = np.arange(0, 20, 0.25), np.arange(-20, 20, 0.25)
    size = zone_size(np.full((4, len(r), len(z)), 37.0), r, z, 0.0, cold=True)
    assert (size.width_mm, size.length_mm) == (0, 0)


def test_the_page_names_what_is_missed_and_shows_its_pictures(tmp_path):
    outcomes = {c.name: {p.name: as_stored(c) for p in PLACEMENTS} for c in device_cases()}
    rows: list[Comparison] = [row for c in device_cases() for row in device_rows(c, outcomes[c.name])]
    assert all(row.met for row in rows)
    rows.append(compare("a paper", "width", 21.0, "mm", 12.0, 5, "a paper", kind="measurement", relative=False))
    path = tmp_path / "validation.md"
    write_document(path, Verification(rows=rows, outcomes=outcomes, errors_k=[0.4, 0.1, 0.025]))
    page = path.read_text(encoding="utf-8")
    assert page.count("MISSED") == 1
    assert all(c.name.split(",")[0] in page for c in device_cases())
    pictures = {p.name for p in (tmp_path / "pictures" / "validation").iterdir()}
    assert pictures == {"cryo.svg", "heat.svg", "differences.svg", "order.svg"}
    assert all(name in page for name in pictures)


def as_stored(case) -> Outcome:
    """What the finite elements say, as if the engine had said it."""
    reference, z = references()[case.name], lattice_mm(case)[1]
    return Outcome(
        sizes=reference.sizes,
        outlines_mm={c: np.interp(z, reference.outline_z_mm, outline) for c, outline in reference.outlines_mm.items()},
        steepness_k_mm=dict.fromkeys(reference.sizes, (5.0, 5.0)),
        points_k_mm=np.full(reference.points_c.shape[1], 5.0),
        points_c=np.repeat(reference.points_c[:, :, None], 4, axis=2),
        impedance_ohm=reference.impedance_ohm,
        power_w=reference.power_w,
        energy_balance_error_pct=0.0,
    )
