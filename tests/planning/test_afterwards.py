"""A prediction goes on after the last probe stops: cold and heat still spread, and doses still grow."""

from __future__ import annotations

import numpy as np
import pytest

from app.demo import demo_case
from imaging.phantom import SMALL
from planning import services
from planning.catalogue import Phase
from planning.operations.probes import add_probe


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        return demo_case(parameters=SMALL)


def plans(demo):
    case, _ = demo
    first = case.plan.probes[0]
    heated = add_probe(case.with_plan(probes=()), "cool-tip-20", first.entry_mm, first.tip_mm)
    short = (Phase(kind="on", duration_s=180.0),)
    return {"cold": case.with_plan(schedule=short), "heat": heated.with_plan(schedule=short)}


@pytest.mark.parametrize("mode", ["cold", "heat"])
def test_what_comes_after_the_last_phase_is_in_the_zone(demo, mode, monkeypatch):
    case, volume = plans(demo)[mode], demo[1]
    whole = services.predict(case, volume)
    assert whole.times_s[-1] == pytest.approx(180.0 + services.AFTERWARDS_S)
    assert any("5 min after the last probe stops" in note for note in whole.notes)
    monkeypatch.setattr(services, "afterwards", lambda case: ())
    cut = services.predict(case, volume)
    assert cut.times_s[-1] == pytest.approx(180.0)
    if mode == "cold":
        assert (whole.extreme_c <= cut.extreme_c + 0.05).all() and (whole.extreme_c < cut.extreme_c - 2.0).any()
    else:
        assert (whole.extreme_c >= cut.extreme_c - 0.05).all()
        warm = (cut.cem43_min > 1.0) & (cut.cem43_min < 100.0)
        assert np.median(whole.cem43_min[warm] / cut.cem43_min[warm]) > 1.5, "doses do not grow after the heat stops"


@pytest.mark.parametrize("last", ["off", "thaw"])
def test_a_schedule_that_ends_with_a_wait_is_followed_as_it_is(demo, last):
    phases = (
        Phase(kind="on", duration_s=60.0),
        Phase(kind=last, duration_s=90.0, wall_c=15.0 if last == "thaw" else None),
    )
    case = demo[0].with_plan(schedule=phases)
    assert services.afterwards(case) == ()
    assert services.predict(case, demo[1]).times_s[-1] == pytest.approx(150.0)


def test_the_schedule_of_the_plan_stays_what_it_is(demo):
    case = plans(demo)["cold"]
    assert case.plan.phases == case.plan.schedule
