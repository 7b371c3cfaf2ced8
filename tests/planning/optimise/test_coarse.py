"""The fast model of a search against the prediction."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.progress import Cancelled, Progress, no_progress
from planning import services
from planning.catalogue import Mode, load_thresholds
from planning.catalogue.devices import device
from planning.catalogue.thresholds import Level
from planning.optimise.coarse import CoarseModel
from planning.optimise.places import places_of
from planning.trajectory.suggest import largest_lesion
from tests.builders.paths import needle, nerve, patient

DEVICE = "icesphere-1.5"
TIPS = ((-4.0, -10.0, 2.0), (4.0, -12.0, -3.0))


@pytest.fixture(scope="module")
def looked_at():
    root = nerve([(-40.0, 5.0, 16.0), (40.0, 5.0, 16.0)])
    case, volume = patient(root)
    places = places_of(case, largest_lesion(case), 5.0, Mode.COLD, Level.ALARM, load_thresholds())
    return case, volume, places


def probes_from_behind():
    return [needle((x, 58.0, z), (x, y, z), DEVICE, f"C{n}") for n, (x, y, z) in enumerate(TIPS, 1)]


def test_it_holds_volume_and_temperatures_of_the_prediction(looked_at):
    case, volume, places = looked_at
    schedule = device(DEVICE).default_schedule
    model = CoarseModel(case, volume, places, device(DEVICE).active_length_mm)
    coarse = model.temperatures(probes_from_behind(), schedule, no_progress())
    planned = case.with_plan(probes=tuple(probes_from_behind()), schedule=schedule)
    zone = services.predict(planned, volume)
    fine = model.read(zone.extreme_c, zone.grid, zone.body_c)
    covered = (coarse.target_c <= -20).mean(), (fine.target_c <= -20).mean()
    assert 0.3 < covered[1] < 1.0
    assert covered[0] == pytest.approx(covered[1], abs=0.06)
    near = np.abs(fine.spared_c) < 20
    assert near.sum() > 20
    # In a gradient of some 4 K/mm two thirds of a cell: what previews put right.
    assert abs(np.median(coarse.spared_c[near] - fine.spared_c[near])) < 8.0


def test_without_a_probe_everything_keeps_body_heat(looked_at):
    case, volume, places = looked_at
    model = CoarseModel(case, volume, places, 25.0)
    found = model.temperatures([], device(DEVICE).default_schedule, no_progress())
    assert set(found.target_c) == {37.0} == set(found.spared_c)


def test_it_can_be_stopped(looked_at):
    case, volume, places = looked_at
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        CoarseModel(case, volume, places, 25.0).temperatures(
            probes_from_behind(), device(DEVICE).default_schedule, progress
        )
