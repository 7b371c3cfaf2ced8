"""What may be asked of a plan of several probes."""

from __future__ import annotations

import pytest

from planning.errors import PlanError
from planning.optimise import MOST_PROBES, OptimiseRequest


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"device_ids": ()}, "no device"),
        ({"device_ids": ("icerod-1.5", "cool-tip-20")}, "freeze and devices that heat"),
        ({"most": 0}, "1 to 25 probes, not 0"),
        ({"most": MOST_PROBES + 1}, "not 26"),
        ({"margin_mm": -1.0}, "margin"),
        ({"margin_mm": 21.0}, "21 mm"),
        ({"coverage_frac": 0.0}, "share"),
        ({"coverage_frac": 1.1}, "share"),
        ({"most": 1, "kept": ("a", "b")}, "2 probes are kept, but 1"),
        ({"openings": 0}, "opening"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(changes, named):
    with pytest.raises(PlanError, match=named) as refusal:
        OptimiseRequest(**{"device_ids": ("icerod-1.5",), **changes})
    assert refusal.value.code == "request-invalid"
    assert refusal.value.hint


def test_an_unknown_device_is_refused():
    with pytest.raises(PlanError) as refusal:
        OptimiseRequest(device_ids=("nothing-1.5",))
    assert refusal.value.code == "device-unknown"
