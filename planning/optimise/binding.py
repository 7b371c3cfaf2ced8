"""Why no plan reaches a goal, tried rather than guessed: the search goes on without limits, and what then breaks binds."""

from __future__ import annotations

import numpy as np

from planning.optimise.coarse import Temperatures
from planning.optimise.goal import Goal
from planning.optimise.request import MOST_PROBES, OptimiseRequest
from planning.optimise.search import Search, State
from planning.quantities import length_text, percent_text, temperature_text

_TRIES, _MORE_PROBES, _NAMED = 8, 4, 3


def what_binds(
    free: Search, best: State, request: OptimiseRequest, kept: int, goal: Goal, within: Temperatures | None
) -> str:
    """Return what stands in the way of a goal and what would free it, in sentences.

    Parameters
    ----------
    free : Search
        The same one without thermal limits.
    best : State
        What was found within them.
    request : OptimiseRequest
    kept : int
        Probes that every plan has.
    goal : Goal
        With its limits.
    within : Temperatures or None
        Of the best plan that keeps all limits, as predicted.
    """
    asked = request.coverage_frac
    state = free.state(best.chosen, best.schedule)
    allowed = request.most - kept
    while state.score.covered_frac < asked and len(state.chosen) < min(allowed + _MORE_PROBES, MOST_PROBES - kept):
        grown = free.grown(state)
        if grown is None:
            break
        state = free.improved(grown, _TRIES)
    reached = state.score.covered_frac >= asked
    said = []
    judged = goal.score(state.temperatures, state.schedule, 0.0)
    broken = sorted((n for n in range(len(judged.over_k)) if judged.over_k[n] > 0), key=lambda n: -judged.over_k[n])
    if broken and (reached or state.score.covered_frac > best.score.covered_frac):
        names = [goal.places.spared[n].name for n in broken]
        worst = temperature_text(float(state.temperatures.spared_c[judged.worst[broken[0]]]), cold=goal.cold)
        listed = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
        said.append(
            f"The limit{'s' if len(names) > 1 else ''} of {listed} bind{'' if len(names) > 1 else 's'}: a plan that covers "
            f"{percent_text(state.score.covered_frac)} takes {names[0]} to {worst}. Protection there, "
            f"{'' if goal.places.targets.off_lesion_mm is None else 'less margin, '}or the other modality would free it."
        )
    elif reached and len(state.chosen) > allowed:
        said.append(f"The number of probes binds: {len(state.chosen) + kept} would cover what is asked.")
    elif not reached:
        said.append(
            "The paths that are allowed bind: what they reach with this device stays uncovered in part. Other limits of "
            "paths, another position of the patient, a larger device or the other modality would free it."
        )
    if within is not None and (margin_mm := _covered_margin_mm(goal, within, asked)) is not None:
        said.append(
            f"The best plan within all limits covers {percent_text(asked)} of the lesion with {length_text(margin_mm)} of margin."
        )
    return " ".join(said)


def _covered_margin_mm(goal: Goal, found: Temperatures, asked: float) -> float | None:
    """The widest margin, in whole millimetres, of which a plan covers what is asked; None where not even the lesion is, or no margin is asked for."""
    covered, off_mm = goal.covered(found.target_c), goal.places.targets.off_lesion_mm
    if off_mm is None:
        return None
    for margin_mm in np.arange(np.floor(off_mm.max()), -1.0, -1.0):
        if covered[off_mm <= margin_mm].mean() >= asked:
            return float(margin_mm)
    return None
