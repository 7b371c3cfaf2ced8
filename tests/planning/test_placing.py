"""The order in which probes are placed: kept in the case file, undone in a step, and no temperature depends on it."""

from __future__ import annotations

import pytest

from planning.case_io import SUFFIX, read_case, write_case
from planning.errors import PlanError
from planning.operations.placing import place_sooner, set_placing
from planning.operations.probes import add_probe, remove_probe
from planning.services import prediction_digest
from planning.store import Change, Store
from tests.builders.cases import CRYO, empty_case


@pytest.fixture
def case():
    made = empty_case()
    for x in (0.0, 10.0, 20.0):
        made = add_probe(made, CRYO, (x, 30, 0), (x, 0, 0))
    return made


def names(case):
    return [p.name for p in case.plan.in_order]


def test_without_an_order_it_is_that_of_the_plan(case):
    assert names(case) == ["C1", "C2", "C3"] and case.plan.room.placing == ()


def test_an_order_is_set_by_name_and_what_is_not_named_comes_after(case):
    assert names(set_placing(case, ["C3", "C1", "C2"])) == ["C3", "C1", "C2"]
    assert names(set_placing(case, ["C2"])) == ["C2", "C1", "C3"]


@pytest.mark.parametrize(
    ("probe", "steps", "wanted"),
    [("C3", 1, "C1 C3 C2"), ("C1", -1, "C2 C1 C3"), ("C1", 1, "C1 C2 C3"), ("C3", -5, "C1 C2 C3"), ("C3", 9, "C3 C1 C2")],
)  # fmt: skip
def test_a_probe_is_placed_sooner_or_later(case, probe, steps, wanted):
    assert names(place_sooner(case, probe, steps)) == wanted.split()


def test_no_temperature_depends_on_it_and_it_is_one_step_of_undo(case):
    store = Store(case)
    heard = []
    store.subscribe(heard.append)
    store.apply("Place C3 sooner", lambda c: place_sooner(c, "C3"))
    assert heard == [Change.ROOM] and prediction_digest(store.case) == prediction_digest(case)
    store.undo()
    assert store.case == case


def test_it_is_kept_in_the_case_file_and_forgets_a_probe_that_is_gone(case, tmp_path):
    file = tmp_path / f"case{SUFFIX}"
    write_case(file, set_placing(case, ["C3", "C2"]), {})
    kept, _ = read_case(file)
    assert names(kept) == ["C3", "C2", "C1"]
    left = remove_probe(kept, "C3")
    assert names(left) == ["C2", "C1"] and len(left.plan.room.placing) == 1


@pytest.mark.parametrize(("order", "code"), [(["C1", "C1"], "placing-twice"), (["C9"], "probe-unknown")])
def test_an_order_that_cannot_be_is_refused(case, order, code):
    with pytest.raises(PlanError) as refused:
        set_placing(case, order)
    assert refused.value.code == code
