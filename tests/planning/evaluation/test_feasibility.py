"""What cannot be done as planned is told: shafts that do not reach."""

from __future__ import annotations

import pytest

from planning.evaluation import Judgement, evaluate
from planning.evaluation.feasibility import plan_concerns
from planning.operations.probes import add_probe
from tests.builders.cases import CRYO, centred_grid, empty_case, ice_ball, zone_of

TALL = centred_grid(100, 4.0)
SHAFT_MM = 175.0


def deep(depth_mm, device_id=CRYO):
    return add_probe(empty_case(TALL), device_id, (0, 0, depth_mm - 90.0), (0, 0, -90.0))


def test_a_shaft_that_is_too_short_is_an_alarm_of_the_verdict():
    case = deep(SHAFT_MM + 3.01)
    (concern,) = plan_concerns(case)
    assert concern.sentence == (
        "The shaft of C1, 175\u202fmm long, does not reach: its tip lies 178.1\u202fmm below the skin."
    )
    assert (concern.id, concern.judgement) == ("probe-1", Judgement.ALARM)
    assert "17.5 cm is typical" in concern.reason
    first = evaluate(case, zone_of(case, ice_ball(9), centred_grid(12))).findings[0]
    assert (first.sentence, first.judgement) == (concern.sentence, Judgement.ALARM)


@pytest.mark.parametrize("case", [deep(SHAFT_MM), deep(189.0, "icesphere-1.5")], ids=["reaches", "length not known"])
def test_a_shaft_that_reaches_or_is_not_known_is_not_told(case):
    assert plan_concerns(case) == ()
