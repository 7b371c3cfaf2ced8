"""Choosing paths of a pool: what the tables promise is tried on the coarse model, and kept where it holds.

A step adds a path, takes one away, or exchanges one for another. Which steps are worth trying is ranked by how much each
path would do alone, added to what the coarse model says of the plan in hand: most are wrong by little, and few need trying.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from imaging.progress import Progress, no_progress
from planning.catalogue import Phase
from planning.optimise.coarse import CoarseModel, Temperatures
from planning.optimise.goal import A_COST_POINT, A_KELVIN_COSTS, A_LIMIT_COSTS, HALF_COUNTS, Goal, Score
from planning.optimise.pool import Pool, effect_k, openings_of

Chosen = tuple[int, ...]
_ADDED_TRIES, _EXCHANGES_OF_EACH, _TRIES_A_ROUND = 3, 3, 8
_WORTH_A_STEP, _WORTH_A_TRY = 0.002, -0.01
_GAINS = (0.15, 1.6)
_JITTER = 0.003
_OF_TARGET = 3
"""One place of so many is looked at to rank: the engine is asked for all of them."""
_AN_EFFECT_KELVIN_COSTS = A_KELVIN_COSTS / 3
"""Beyond a limit the effect rises by the heat of freezing too."""


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """A plan that was tried.

    Attributes
    ----------
    chosen : tuple of int
        Into the pool, in order.
    schedule : tuple of Phase
    temperatures : Temperatures
    score : Score
    """

    chosen: Chosen
    schedule: tuple[Phase, ...]
    temperatures: Temperatures
    score: Score


class Search:
    """Looks for plans with one goal.

    Parameters
    ----------
    pool : Pool
    model : CoarseModel
    goal : Goal
    openings : int or None
        In the skin at most.
    seed : int

    Attributes
    ----------
    progress : Progress
        Cancelling it raises Cancelled.
    """

    def __init__(self, pool: Pool, model: CoarseModel, goal: Goal, openings: int | None, seed: int) -> None:
        self.goal, self.progress = goal, no_progress()
        self._pool, self._model, self._openings = pool, model, openings
        self._rng = np.random.default_rng(seed)
        self._tried: dict[tuple[Chosen, tuple[Phase, ...]], Temperatures] = {}
        self._off = Temperatures(np.zeros(pool.on_target.shape[1]), np.zeros(pool.on_spared.shape[1]))
        self._gain = 0.8
        owners = goal.places.spared_of
        self._starts = np.flatnonzero(np.diff(owners, prepend=-1)) if len(owners) else np.zeros(0, int)

    @property
    def tries(self) -> int:
        """How often the coarse model was asked."""
        return len(self._tried)

    @property
    def quiet(self) -> Progress:
        """Cancels with the search, whose progress a single prediction does not tell."""
        return _Quiet(self.progress)

    def with_goal(self, goal: Goal) -> Search:
        """Return a search for another goal that knows what this one has tried and learned."""
        other = copy(self)
        other.goal = goal
        return other

    def learn(self, state: State, predicted: Temperatures) -> State:
        """Put the coarse model right by what a finer prediction of a plan said, and return the plan as it is seen now."""
        coarse = self._coarse(state.chosen, state.schedule)
        self._off = Temperatures(predicted.target_c - coarse.target_c, predicted.spared_c - coarse.spared_c)
        return self.state(state.chosen, state.schedule)

    def state(self, chosen: Chosen, schedule: tuple[Phase, ...]) -> State:
        """Return what a plan comes to, by what is known now."""
        chosen = tuple(sorted(chosen))
        coarse = self._coarse(chosen, schedule)
        right = Temperatures(coarse.target_c + self._off.target_c, coarse.spared_c + self._off.spared_c)
        return State(
            chosen, schedule, right, self.goal.score(right, schedule, float(self._pool.cost[list(chosen)].sum()))
        )

    def _coarse(self, chosen: Chosen, schedule: tuple[Phase, ...]) -> Temperatures:
        if (chosen, schedule) not in self._tried:
            probes = [self._pool.probe(n) for n in chosen]
            self._tried[chosen, schedule] = self._model.temperatures(probes, schedule, self.quiet)
        return self._tried[chosen, schedule]

    def grown(self, state: State) -> State | None:
        """Return the best plan with one path more; None where no path may be added."""
        ranked = self._ranked(state, None)
        ranked[list(state.chosen)] = -np.inf
        tried = [self.state((*state.chosen, n), state.schedule) for n in self._first(ranked, _ADDED_TRIES)]
        if not state.chosen and tried:
            self._learn_gain(tried[0])
        return max(tried, key=lambda s: s.score.value, default=None)

    def shrunk(self, state: State) -> State:
        """Return the best plan with one path less."""
        tried = [self.state(_without(state.chosen, n), state.schedule) for n in range(len(state.chosen))]
        return max(tried, key=lambda s: s.score.value)

    def improved(self, state: State, tries: int) -> State:
        """Return a plan with as many paths that is at least as good: paths are exchanged while that helps."""
        left = tries
        while left > 0:
            better = None
            for chosen in self._exchanges(state)[: min(_TRIES_A_ROUND, left)]:
                left -= 1
                other = self.state(chosen, state.schedule)
                if other.score.value > state.score.value + _WORTH_A_STEP:
                    better = other
                    break
            if better is None:
                return state
            state = better
        return state

    # ---------------------------------------------------------------- ranking

    def _exchanges(self, state: State) -> list[Chosen]:
        """Plans with one path exchanged, the most promising first."""
        promised: list[tuple[float, Chosen]] = []
        for place, leaving in enumerate(state.chosen):
            ranked = self._ranked(state, place)
            own, ranked[leaving] = ranked[leaving], -np.inf
            others = _without(state.chosen, place)
            for n in self._first(ranked, _EXCHANGES_OF_EACH):
                chosen = tuple(sorted((*others, n)))
                gain = float(ranked[n] - own)
                if gain > _WORTH_A_TRY and (chosen, state.schedule) not in self._tried:
                    promised.append((gain, chosen))
        promised.sort(key=lambda p: -p[0])
        return [chosen for _, chosen in dict.fromkeys(promised)]

    def _first(self, ranked: Floats, count: int) -> list[int]:
        """The most promising paths that are allowed when they are judged exactly, not two that all but coincide."""
        found: list[int] = []
        for n in np.argsort(-ranked, kind="stable"):
            if not np.isfinite(ranked[n]) or len(found) == count:
                break
            near = [m for m in found if np.linalg.norm(self._pool.tips_mm[n] - self._pool.tips_mm[m]) < 2.0]
            if not near and not self._pool.is_refused(int(n)):
                found.append(int(n))
        return found

    def _ranked(self, state: State, leaving: int | None) -> Floats:
        """What the score of a plan would be with each path of the pool, and without one of its own; -inf where not allowed."""
        others = list(state.chosen)
        gone = None if leaving is None else others.pop(leaving)
        promised = self._promised(state, gone) + _JITTER * self._rng.random(len(self._pool.cost))
        return np.where(self._allowed(others), promised, -np.inf)

    def _promised(self, state: State, gone: int | None) -> Floats:
        """The score with each path of the pool, as its table adds to what the engine says of the plan in hand."""
        pool, goal, cold, gain = self._pool, self.goal, self.goal.cold, np.float32(self._gain)
        target_k = effect_k(state.temperatures.target_c, cold=cold).astype(np.float32)[::_OF_TARGET]
        spared_k = effect_k(state.temperatures.spared_c, cold=cold).astype(np.float32)
        if gone is not None:
            target_k = target_k - gain * pool.on_target[gone, ::_OF_TARGET]
            spared_k = spared_k - gain * pool.on_spared[gone]
        reached = (target_k + gain * pool.on_target[:, ::_OF_TARGET]) / float(effect_k(goal.covered_c, cold=cold))
        value = (reached >= 1.0).mean(axis=1) + HALF_COUNTS * np.clip(reached, 0.0, 1.0).mean(axis=1)
        value = value - A_COST_POINT * pool.cost
        if len(self._starts):
            most_k = np.maximum.reduceat(spared_k + gain * pool.on_spared, self._starts, axis=1)
            counted = np.array([n not in goal.ignored for n in range(len(self._starts))], bool)
            over_k = (most_k - effect_k(goal.limits_c(state.schedule), cold=cold))[:, counted]
            costs = A_LIMIT_COSTS * (over_k > 0) + _AN_EFFECT_KELVIN_COSTS * np.maximum(over_k, 0.0)
            value = value - costs.sum(axis=1)
        return np.asarray(value, float)

    def _allowed(self, others: list[int]) -> npt.NDArray[np.bool_]:
        """Paths that can be taken beside some others, and are none of them."""
        allowed = np.ones(len(self._pool.cost), np.bool_)
        for n in others:
            allowed &= self._pool.apart_from(n)
        allowed[others] = False
        return allowed if self._openings is None else allowed & self._within_openings(others)

    def _within_openings(self, others: list[int]) -> npt.NDArray[np.bool_]:
        """Paths that with some others need no more openings than are allowed."""
        kept = [p.entry_mm for p in self._pool.case.plan.probes]
        have = [*kept, *self._pool.entries_mm[others]]
        return np.array([openings_of([*have, entry]) <= (self._openings or 0) for entry in self._pool.entries_mm])

    def _learn_gain(self, state: State) -> None:
        """How much a probe does in this patient's tissue, in terms of its table."""
        table_k = self._pool.on_target[list(state.chosen)].sum(axis=0)
        enough_k = float(effect_k(self.goal.covered_c, cold=self.goal.cold))
        near = (table_k > 0.2 * enough_k) & (table_k < 1.2 * enough_k)
        if near.sum() >= 10:
            found_k = effect_k(state.temperatures.target_c, cold=self.goal.cold)
            self._gain = float(np.clip(np.median(found_k[near] / table_k[near]), *_GAINS))


def _without(chosen: Chosen, place: int) -> Chosen:
    return chosen[:place] + chosen[place + 1 :]


class _Quiet(Progress):
    """Cancels with a whole and reports nothing."""

    def __init__(self, whole: Progress) -> None:
        super().__init__()
        self._whole = whole

    def report(self, fraction: float, text: str = "") -> None:
        if self._whole.cancelled:
            self._whole.report(0.0)
