"""Cement that cures: refused, aged, delayed by cold, and all of its heat in the balance."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from imaging.progress import no_progress
from planning.catalogue import Phase
from planning.catalogue.cements import cement_kind
from planning.errors import PlanError
from planning.thermal import CureKinetics, Curing, ThermalRequest, solve
from planning.thermal.damage import GAS_CONSTANT_J_MOLK
from planning.thermal.verification.curing import curing_block
from planning.tissue import Medium, uniform_fields
from tests.builders.cases import centred_grid
from tests.builders.thermal import applicator

KINETICS = CureKinetics(
    heat_j_m3=1.0e8, half_time_s=510.0, reference_c=22.0, activation_j_mol=78.7e3, fastest_c=37.0, order=4.0
)
CEMENT = Medium(name="cement", density_kg_m3=1180, specific_heat_j_kgk=1460, conductivity_w_mk=0.19)
GRID = centred_grid(3)
EVERY = np.arange(math.prod(GRID.shape_kji), dtype=np.int64)


def request(curing, start_c=22.0, duration_s=600.0, **more):
    return ThermalRequest(
        fields=uniform_fields(GRID, CEMENT), applicators=more.pop("applicators", ()),
        schedule=(Phase(kind="off", duration_s=duration_s),), boundary="insulated",
        initial_c=np.full(GRID.shape_kji, start_c), curing=curing, **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"heat_j_m3": -1.0}, "heat_j_m3"),
        ({"heat_j_m3": math.nan}, "heat_j_m3"),
        ({"half_time_s": 0.0}, "half_time_s"),
        ({"activation_j_mol": math.inf}, "activation_j_mol"),
        ({"order": 0.5}, "order"),
        ({"reference_c": -300.0}, "reference_c"),
        ({"fastest_c": math.nan}, "fastest_c"),
    ],
)
def test_impossible_kinetics_are_refused_by_name(change, words):
    with pytest.raises(PlanError, match=words) as refused:
        replace(KINETICS, **change)
    assert refused.value.code == "cure-invalid"


@pytest.mark.parametrize(
    ("cells", "age_s"),
    [
        ([], None),
        ([3, 3], None),
        ([1, 2], np.array([0.0])),
        ([1, 2], np.array([0.0, -1.0])),
        ([1, 2], np.array([0.0, math.nan])),
        ([-1], None),
        ([len(EVERY)], None),
    ],
)
def test_impossible_cells_are_refused_before_any_work(cells, age_s):
    with pytest.raises(PlanError) as refused:
        request(Curing(cells=np.array(cells, np.int64), kinetics=KINETICS, age_s=age_s))
    assert refused.value.code == "cure-invalid"


def test_the_closed_forms_of_a_block_are_met():
    assert all(row.met for row in curing_block()), [row.name for row in curing_block() if not row.met]


def test_the_age_and_the_share_are_each_others_inverse_and_nothing_is_given_twice():
    shares = np.array([0.0, 0.01, 0.5, 0.9, 0.999])
    assert KINETICS.cured(KINETICS.age_s(shares)) == pytest.approx(shares)
    assert KINETICS.age_s(0.5) == pytest.approx(510.0)
    assert KINETICS.age_s(1.0) == math.inf and KINETICS.cured(1e6) == 1.0
    assert KINETICS.pace(22.0) == pytest.approx(1.0)
    assert KINETICS.pace(90.0) == KINETICS.pace(37.0) > KINETICS.pace(36.0)


def test_the_activation_energy_is_that_of_the_two_handling_times():
    kind = cement_kind("pmma")
    fitted = GAS_CONSTANT_J_MOLK * math.log(112.5 / 8.5) / (1 / 273.15 - 1 / 295.15)
    assert kind.activation_j_mol.value == pytest.approx(fitted, rel=1e-3)
    # 15.2 min of cement stored at 4 °C and mixed in a room at 22 °C are those of 16.7 °C: between the two, as it warms.
    inverse_k = 1 / 295.15 + GAS_CONSTANT_J_MOLK * math.log(15.2 / 8.5) / fitted
    assert 1 / inverse_k - 273.15 == pytest.approx(16.7, abs=0.1)
    # The low end is that of setting times at 20 and 24 °C.
    low = GAS_CONSTANT_J_MOLK * math.log(534 / 414) / (1 / 293.15 - 1 / 297.15)
    assert kind.activation_j_mol.low == pytest.approx(low, rel=1e-3)


def test_the_heat_of_cure_follows_from_the_chemistry():
    assert cement_kind("pmma").heat_j_kg == pytest.approx(57.8e3 / 0.10012 / 3 * 0.8, rel=1e-3)


def test_a_block_without_loss_warms_by_its_heat_whatever_the_steps():
    rise_k = KINETICS.heat_j_m3 / (1180 * 1460)
    for max_step_s in (None, 2.0):
        result = solve(
            request(Curing(cells=EVERY, kinetics=KINETICS), duration_s=900.0, max_step_s=max_step_s), no_progress()
        )
        assert result.final_c.mean() - 22.0 == pytest.approx(rise_k, rel=1e-4)
        assert result.energy_balance_error_pct < 0.01
        assert result.curing.cured[-1].min() > 0.999 and (np.diff(result.curing.cured, axis=0) >= 0).all()
        assert result.curing.hottest_c.max() == pytest.approx(22.0 + rise_k, rel=1e-4)


def test_some_cells_in_others_give_their_heat_to_all():
    some = EVERY[::7]
    result = solve(request(Curing(cells=some, kinetics=KINETICS), duration_s=2400.0), no_progress())
    given_j = KINETICS.heat_j_m3 * len(some)
    taken_j = 1180 * 1460 * float((result.final_c - 22.0).sum(dtype=float))
    assert result.curing.cured[-1].min() > 0.999
    assert taken_j == pytest.approx(given_j, rel=1e-3)


def test_cold_delays_it_as_the_arrhenius_law_says():
    cold = replace(KINETICS, heat_j_m3=0.0)
    half_s = {}
    for start_c in (0.0, 22.0, 37.0):
        expected_s = cold.seconds_to(0.5, start_c)
        result = solve(request(Curing(cells=EVERY, kinetics=cold), start_c, 1.2 * expected_s), no_progress())
        half_s[start_c] = np.interp(0.5, result.curing.cured[:, 0], result.times_s)
        assert half_s[start_c] == pytest.approx(expected_s, rel=1e-3)
    assert half_s[0.0] / half_s[22.0] == pytest.approx(112.5 / 8.5, rel=2e-3)


def test_a_prediction_goes_on_where_another_ended():
    whole = solve(request(Curing(cells=EVERY, kinetics=KINETICS), duration_s=600.0), no_progress())
    first = solve(request(Curing(cells=EVERY, kinetics=KINETICS), duration_s=300.0), no_progress())
    rest = request(Curing(cells=EVERY, kinetics=KINETICS, age_s=first.curing.age_s), duration_s=300.0)
    second = solve(replace(rest, initial_c=first.final_c), no_progress())
    assert second.final_c.mean() == pytest.approx(whole.final_c.mean(), abs=0.1)
    assert second.curing.cured[-1].mean() == pytest.approx(whole.curing.cured[-1].mean(), abs=2e-3)


def test_cement_and_applicators_heat_together():
    from planning.thermal import LinePower

    line = applicator(LinePower(w_m=5.0), length=4.0)
    grid = centred_grid(12)
    cells = np.arange(50, dtype=np.int64)
    asked = ThermalRequest(
        fields=uniform_fields(grid, CEMENT), applicators=(line,), schedule=(Phase(kind="on", duration_s=300.0),),
        boundary="insulated", curing=Curing(cells=cells, kinetics=KINETICS), body_c=37.0, snapshot_times_s=(300.0,),
    )  # fmt: skip
    result = solve(asked, no_progress())
    given_j = 5.0 * 4e-3 * 300 + KINETICS.heat_j_m3 * 50e-9 * float(result.curing.cured[-1].mean())
    taken_j = 1180 * 1460 * 1e-9 * float((result.snapshots[-1].temperature_c - 37.0).sum(dtype=float))
    assert taken_j == pytest.approx(given_j, rel=5e-3)
    assert result.energy_balance_error_pct < 0.5
