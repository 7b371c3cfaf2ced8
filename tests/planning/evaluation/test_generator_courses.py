"""Power and impedance of generators: what several electrodes give together, from the solver to the picture."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from app.cli.common import _plain
from app.cli.judging import _course_values
from app.representations.course import draw_course
from app.representations.primitives import Label
from imaging.progress import no_progress
from planning import services
from planning.catalogue import Mode, Phase
from planning.evaluation.generators import generator_courses
from planning.model.generator import Sharing
from planning.operations.generators import share_generator
from planning.operations.probes import add_probe, set_schedule
from planning.thermal import simulation_grid, solve
from tests.builders.cases import centred_grid, empty_case, uniform, zone_of

GRID = centred_grid(20)
NAN = np.nan


def placed(*, how=None, **more):
    case = empty_case(GRID)
    for n in range(3):
        case = add_probe(case, "uncooled-rf-10", (9.0 * n - 9, 18, 0), (9.0 * n - 9, 0, 0))
    case = set_schedule(case, [Phase(kind="on", duration_s=6)])
    return case if how is None else share_generator(case, ["R1", "R2"], how, **more)


def zone(case, powers, ohms):
    """A zone with curves at 0, 1 and 3 s."""
    names = [p.id for p in case.plan.probes]
    made = zone_of(case, uniform(40.0), GRID, Mode.HEAT, times_s=np.array([0.0, 1.0, 3.0]))
    return replace(
        made,
        power_w={n: np.array(p, float) for n, p in zip(names, powers, strict=True)},
        impedance_ohm={n: np.array(z, float) for n, z in zip(names, ohms, strict=True)},
    )


def test_electrodes_together_add_their_power_and_measure_one_impedance():
    case = placed(how=Sharing.TOGETHER)
    made = zone(case, [[0, 4, 6], [0, 2, 3], [0, 1, 1]], [[NAN, 50, 40], [NAN, 50, 40], [NAN, 90, 80]])
    both, alone = generator_courses(case, made)
    assert (both.probes, alone.probes) == ("R1 and R2", "R3")
    assert both.power_w.tolist() == [0, 6, 9] and both.impedance_ohm[1:].tolist() == [50, 40]
    assert both.energy_j == 6 * 1 + 9 * 2
    assert (both.power_text, both.impedance_text) == ("up to 9\u202fW, 0.0\u202fkJ in all", "40–50\u202fΩ")
    assert [(name, power_w.tolist()) for name, power_w in both.share_w] == [("R1", [0, 4, 6]), ("R2", [0, 2, 3])]


def test_the_command_line_prints_them_as_json_can():
    case = placed(how=Sharing.TOGETHER)
    made = zone(case, [[0, 4, 6], [0, 2, 3], [0, 1, 1]], [[NAN, 50, 40], [NAN, 50, 40], [NAN, 90, 80]])
    values = _course_values(generator_courses(case, made)[0])
    assert json.loads(json.dumps(values, default=_plain, allow_nan=False)) == {
        "probes": ["R1", "R2"], "energy_j": 24.0, "times_s": [0, 1, 3], "power_w": [0, 6, 9],
        "impedance_ohm": [None, 50, 40],
    }  # fmt: skip


def test_in_turn_the_one_that_works_is_measured():
    case = placed(how=Sharing.IN_TURN, dwell_s=1)
    made = zone(case, [[0, 4, 0], [0, 0, 5], [0, 0, 0]], [[NAN, 60, NAN], [NAN, NAN, 70], [NAN] * 3])
    both, idle = generator_courses(case, made)
    assert both.power_w.tolist() == [0, 4, 5] and both.impedance_ohm[1:].tolist() == [60, 70]
    assert not idle.works and idle.impedance_text == "off"


def test_a_zone_without_curves_has_no_courses():
    case = placed()
    assert generator_courses(case, zone_of(case, uniform(40.0), GRID, Mode.HEAT)) == ()


@pytest.mark.parametrize("how", list(Sharing))
def test_what_the_solver_gives_is_shown(how):
    case = placed(how=how, **({"dwell_s": 2} if how is Sharing.IN_TURN else {}))
    grid = simulation_grid(services.placed_applicators(case), GRID.frame_uid, 3.0, 20.0)
    box = services.SimulatedBox(grid, np.full(grid.shape_kji, 60.0, np.float32), {})
    result = solve(services.thermal_request(case, box), no_progress())
    made = replace(
        zone_of(case, uniform(40.0), GRID, Mode.HEAT, times_s=result.times_s),
        power_w={a.id: a.power_w for a in result.applicators},
        impedance_ohm={a.id: a.impedance_ohm for a in result.applicators},
    )
    both, alone = generator_courses(case, made)
    first, second = (power_w[1:] for _, power_w in both.share_w)
    assert (alone.power_w[1:] > 0).all() and np.isfinite(both.impedance_ohm[1:]).all()
    if how is Sharing.IN_TURN:
        turn = (np.ceil(result.times_s[1:] / 2 - 1e-6) - 1) % 2
        assert ((first > 0) == (turn == 0)).all() and ((second > 0) == (turn == 1)).all()
    else:
        assert (first > 0).all() and (second > 0).all()
        by_probe = list(made.impedance_ohm.values())
        assert np.array_equal(by_probe[0][1:], by_probe[1][1:]), "one generator measures one impedance"
    if how is Sharing.BETWEEN:
        assert first == pytest.approx(second, rel=0.05), "the current that leaves one side arrives at the other"
    words = [p.text for p in draw_course(both, 400, 64) if isinstance(p, Label)]
    assert words[0] == f"{both.power_w.max():.0f}\u202fW" and words[2] == f"{np.nanmax(both.impedance_ohm):.0f}\u202fΩ"
