"""The figures of found structures: what they count, and that a miss is counted as one."""

from __future__ import annotations

import math

import pytest

from imaging.progress import no_progress
from imaging.verification import Figure, structure_figures


def test_a_figure_counts_what_is_as_wanted_and_names_the_worst():
    up = Figure("Dice", "", 0.9, True, [("a", "", 0.95), ("b", "left", 0.7), ("c", "", 0.9)])
    assert (up.met, up.median, up.worst) == (2, 0.9, ("b", "left", 0.7))
    down = Figure("away", "mm", 2.0, False, [("a", "", 2.5), ("b", "", 1.0)])
    assert (down.met, down.median, down.worst) == (1, 1.75, ("a", "", 2.5))
    assert math.isnan(Figure("none", "", 1.0, True).median)


@pytest.fixture(scope="module")
def close_up():
    return structure_figures(no_progress(), ["close-up", "left-half"])


@pytest.mark.slow
def test_a_member_gives_every_figure_its_values(close_up):
    figures = {f.name: f for f in close_up[0]}
    roots = figures["roots L5 to S4 up to their foramen, mean"].values
    assert {which for _, which, _ in roots} == {f"S{n} {side}" for n in range(1, 5) for side in "LR"}
    assert figures["roots whose number is right"].met == len(roots)
    assert 0.5 < figures["canal, Dice"].median < 1.0
    assert figures["lesion by a click, lytic, Dice"].values[0][0] == "close-up"


@pytest.mark.slow
def test_what_was_refused_is_named_with_its_reason(close_up):
    (line,) = close_up[1]
    assert line.startswith("left-half: ") and "too little alike" in line
