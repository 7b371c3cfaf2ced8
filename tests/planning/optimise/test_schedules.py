"""In less or more time."""

from __future__ import annotations

from planning.catalogue import Phase
from planning.catalogue.devices import device
from planning.optimise.schedules import longer, shorter

TWICE = (Phase(kind="on", duration_s=600), Phase(kind="off", duration_s=480), Phase(kind="on", duration_s=600))


def test_only_working_phases_are_shortened_to_the_half_minute():
    found = shorter(TWICE)
    assert [s[0].duration_s for s in found] == [540, 480, 420, 360, 300]
    assert {s[1].duration_s for s in found} == {480}
    assert all(p.duration_s % 30 == 0 for s in shorter(device("cool-tip-20").default_schedule) for p in s)


def test_a_freeze_is_no_longer_than_is_in_use_and_heating_no_longer_than_its_maker_says():
    assert [s[0].duration_s for s in longer(TWICE, cold=True)] == [750, 900]
    long = (Phase(kind="on", duration_s=900),)
    assert longer(long, cold=True) == []
    assert longer(TWICE, cold=False) == []
