"""Dose and damage integrals of curves."""

from __future__ import annotations

import numpy as np
import pytest

from planning.thermal.damage import ARRHENIUS_SETS, arrhenius, cem43


def test_dose_of_constant_temperatures():
    assert cem43([0, 60], [[50.0, 43.0, 42.0], [50.0, 43.0, 42.0]]) == pytest.approx([128.0, 1.0, 0.25])


def test_dose_of_a_ramp_matches_fine_steps():
    coarse = cem43([0, 60], [44.0, 50.0])
    t = np.linspace(0, 60, 20001)
    assert coarse == pytest.approx(cem43(t, 44 + t / 10), rel=1e-6)


def test_damage_integral_reaches_one_at_its_time():
    s = ARRHENIUS_SETS["cell"]
    seconds = s.seconds_to_damage(50.0)
    assert arrhenius([0.0, seconds], [50.0, 50.0], s) == pytest.approx(1.0)
    assert arrhenius([0.0, seconds], [48.0, 48.0], s) < 0.5
