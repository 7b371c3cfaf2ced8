"""Plans proposed: searched on the coarse model, which predictions put right, and confirmed by the thermal engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from imaging.geometry import Floats
from imaging.progress import Cancelled, Progress, no_progress
from imaging.volume import Volume
from planning import services
from planning.catalogue import Mode, Phase, load_thresholds
from planning.catalogue.devices import device
from planning.catalogue.rules import PathRules, load_path_rules
from planning.errors import PlanError
from planning.model.case import Case
from planning.optimise.binding import what_binds
from planning.optimise.coarse import CoarseModel
from planning.optimise.goal import Goal
from planning.optimise.judge import Judge
from planning.optimise.kept import with_kept_only
from planning.optimise.places import Places, places_of
from planning.optimise.plans import Proposal, ProposedPlan
from planning.optimise.pool import pool_of
from planning.optimise.request import OptimiseRequest
from planning.optimise.schedules import longer, shorter
from planning.optimise.search import Chosen, Search, State
from planning.thermal.zone_tables import ensure_table
from planning.trajectory.suggest import largest_lesion

_WHILE_GROWING, _ONCE_GROWN, _WHILE_SHRINKING, _PUT_RIGHT = 6, 20, 14, 14
_ROUNDS = 2
_MOST_SHRUNK, _NOT_BELOW = 5, 0.15
_CORRECTIONS, _CONFIRMATIONS, _MOST_PLANS, _MOST_PREDICTED, _SHORTENINGS = 3, 2, 3, 6, 3
_WORTH_A_PROBE = 0.005
_Key = tuple[Chosen, tuple[Phase, ...]]
_TO_SPARE, _GUARD_K, _GUARD_MORE_K = 0.004, 1.0, 2.0
"""How much more a searched plan covers, and how far it stays within limits, so that its prediction does not just fall short; and how
much farther after one that did."""


def propose_plans(
    case: Case, volume: Volume, request: OptimiseRequest, progress: Progress, rules: PathRules | None = None
) -> Proposal:
    """Look for plans that cover a lesion and its margin and spare what must be spared.

    Parameters
    ----------
    case : Case
        With skin, bone and a lesion. Of its probes those that are asked for or locked are kept, the others left out.
    volume : Volume
    request : OptimiseRequest
    progress : Progress
        Cancelling returns the best plans so far, and raises Cancelled only where there is none yet.
    rules : PathRules, optional
        The user's by default.

    Raises
    ------
    PlanError
        ``no-lesion``, ``no-path``, ``probe-unknown``, ``mixed-modality``, ``request-invalid``, and as `skin_map` and
        `services.predict`.
    """
    run = _Run(case, volume, request, rules or load_path_rules())
    try:
        run.prepare(progress.part(0.0, 0.1))
        run.look(progress.part(0.1, 0.55))
        run.confirm(progress.part(0.55, 0.95))
        return run.proposal(progress.part(0.95, 1.0))
    except Cancelled:
        return run.best_so_far()


class _Run:
    """One search, and what it found so far."""

    def __init__(self, case: Case, volume: Volume, request: OptimiseRequest, rules: PathRules) -> None:
        self._volume, self._request, self._rules = volume, request, rules
        self._case = with_kept_only(case, request)
        first = device(request.device_ids[0])
        kept = bool(self._case.plan.probes)
        self._schedule: tuple[Phase, ...] = (kept and case.plan.schedule) or first.default_schedule
        self._cold = first.is_cold
        self._noted: dict[_Key, None] = {}
        self._confirmed: dict[_Key, ProposedPlan] = {}
        self._search: Search | None = None

    def prepare(self, progress: Progress) -> None:
        """Find places, paths and the model."""
        devices = [device(name) for name in self._request.device_ids]
        for applicator in devices:
            ensure_table(applicator.id, progress.part(0.0, 0.2))
        services.require_same_ct(self._case, self._volume)
        table, mode = load_thresholds(), Mode.COLD if self._cold else Mode.HEAT
        lesion = largest_lesion(self._case)
        progress.report(0.2, "Looking at what is to be spared")
        self._places: Places = places_of(
            self._case, lesion, self._request.margin_mm, mode, self._request.spared_to, table
        )
        pool = pool_of(
            self._case, self._volume, self._places, devices, self._rules, self._request.openings,
            progress.part(0.3, 1.0),
        )  # fmt: skip
        model = CoarseModel(self._case, self._volume, self._places, max(d.active_length_mm for d in devices))
        self._goal = Goal(places=self._places, cold=self._cold, covered_c=table.goal(mode).isotherm_c)
        self._judge = Judge(self._case, self._volume, pool, model, self._goal, table)
        guarded = replace(self._goal, guard_k=_GUARD_K)
        self._search = Search(pool, model, guarded, self._request.openings, self._request.seed)

    def look(self, progress: Progress) -> None:
        """Add paths until enough is covered, exchange them, and take away what is not needed."""
        search = self._searching(progress)
        state = search.state((), self._schedule)
        if self._case.plan.probes:
            self._note(state)
        state = self._grown(state, progress.part(0.0, 0.4))
        if not self._noted:
            raise PlanError(
                "Every path that seems allowed on a grid is refused when it is judged exactly.",
                code="no-path",
                hint="Choose a thinner or longer device, another position of the patient, or change the limits.",
            )
        for n in range(_ROUNDS):
            progress.report(0.4 + 0.1 * n, "Correcting the search")
            state = self._put_right(state, 1, _ONCE_GROWN)
            if self._reaches(state):
                break
            state = self._grown(state, progress.part(0.45 + 0.1 * n, 0.5 + 0.1 * n))
        most_covered = state.score.covered_frac
        for n in range(_MOST_SHRUNK):
            if len(state.chosen) < 2:
                break
            progress.report(0.6 + 0.4 * n / _MOST_SHRUNK, f"Trying {self._count(state) - 1} probes")
            state = self._note(search.improved(search.shrunk(state), _WHILE_SHRINKING))
            if state.score.covered_frac < most_covered - _NOT_BELOW:
                break
        self._shorten(progress)

    def _shorten(self, progress: Progress) -> None:
        """Plans that break a limit by little keep it in less time: less is covered, but more than by fewer probes."""
        search = self._searching(progress)
        states = sorted(self._states(), key=lambda s: -s.score.value)
        by_number = {len(s.chosen): s for s in reversed(states) if not s.score.keeps_limits}
        for state in by_number.values():
            for schedule in shorter(state.schedule):
                other = search.state(state.chosen, schedule)
                if other.score.keeps_limits:
                    self._note(search.improved(other, _WHILE_SHRINKING))
                    break

    def confirm(self, progress: Progress) -> None:
        """Predict the best plan, the same in less or more time, and others with more or fewer probes."""
        self._searching(progress)
        progress.report(0.0, "Correcting the search")
        best, others, seen = self._best(), self._others(), set()
        confirmed: State | None = None
        # What is learned of the best plan may show that another one is needed: most often one with a probe more.
        for n in range(_CONFIRMATIONS):
            if best is None or best.chosen in seen:
                break
            best = self._put_right(best, _CORRECTIONS, _PUT_RIGHT)
            confirmed = self._confirmed_or_better(best, progress.part(0.2 * n, 0.2 * (n + 1)))
            seen |= {best.chosen, confirmed.chosen}
            if self._reaches(confirmed):
                break
            best = self._grown(confirmed, progress.part(0.2 * n, 0.2 * (n + 1)))
        if confirmed is not None and not self._reaches(confirmed):
            confirmed = self._looked_again(confirmed, progress.part(0.4, 0.5))
        if confirmed is not None:
            self._timed(confirmed, progress.part(0.5, 0.65))
        for n, other in enumerate(others[: _MOST_PLANS - 1]):
            part = progress.part(0.65 + 0.175 * n, 0.65 + 0.175 * (n + 1))
            state = self._put_right(other, 1, _PUT_RIGHT)
            if state.score.keeps_limits and len(self._confirmed) < _MOST_PREDICTED:
                self._predict(state, part)

    def proposal(self, progress: Progress) -> Proposal:
        """Return the plans none of which another beats in everything."""
        plans = _front(self._good())
        reached = any(p.covered_frac >= self._request.coverage_frac for p in plans)
        binds = "" if reached else self._what_binds(plans, progress)
        if not plans:
            plans = sorted(self._confirmed.values(), key=lambda p: len(p.broken))[:1]
        return Proposal(plans=tuple(plans), reached=reached, binds=binds, unlimited=self._places.unlimited)

    def best_so_far(self) -> Proposal:
        """Return what was confirmed, or a preview of the best that was searched, of a search that was stopped."""
        plans = _front(self._good())
        if not plans:
            best = None if self._search is None else self._best()
            if best is None or not best.chosen:
                raise Cancelled
            case = self._judge.case_with(best)
            plans = [self._judge.plan(case, best, services.preview(case, self._volume, no_progress()))]
        reached = any(p.covered_frac >= self._request.coverage_frac and not p.broken for p in plans)
        return Proposal(plans=tuple(plans), reached=reached, binds="", unlimited=self._places.unlimited, cancelled=True)

    # ---------------------------------------------------------------- what was searched

    def _searching(self, progress: Progress) -> Search:
        search = self._searched
        search.progress = progress
        return search

    @property
    def _searched(self) -> Search:
        assert self._search is not None, "prepare comes first"
        return self._search

    def _grown(self, state: State, progress: Progress) -> State:
        """Add paths while that helps; two that do not help are tried, since the second may make good what the first does not."""
        search, left = self._searching(progress), self._request.most - len(self._case.plan.probes)
        best, behind = state, 0
        while len(state.chosen) < left and behind < 2 and not self._reaches(state):
            progress.report(len(state.chosen) / left, f"Choosing {self._count(state) + 1} probes")
            grown = search.grown(state)
            if grown is None:
                break
            state = self._note(search.improved(grown, _WHILE_GROWING))
            behind = 0 if state.score.value > best.score.value else behind + 1
            best = max(best, state, key=lambda s: s.score.value)
        return state if self._reaches(state) else best

    def _put_right(self, state: State, rounds: int, tries: int) -> State:
        """Correct the coarse model by previews of a plan, and better the plan from there.

        What the coarse model is off, at a root in a steep gradient by many kelvins, depends on where the probes lie: what is
        learned of one plan holds for those that differ from it by few exchanges.
        """
        for _ in range(rounds if self._count(state) else 0):
            case = self._judge.case_with(state)
            state = self._searched.learn(
                state, self._judge.read(services.preview(case, self._volume, self._searched.quiet))
            )
            better = self._note(self._searched.improved(state, tries))
            if better.chosen == state.chosen:
                return better
            state = better
        return state

    def _confirmed_or_better(self, state: State, progress: Progress) -> State:
        """Predict a plan; while it breaks a limit or falls short, learn from that and predict a better one."""
        for n in range(_CONFIRMATIONS):
            plan = self._predict(state, progress.part(n / _CONFIRMATIONS, (n + 1) / _CONFIRMATIONS))
            state = self._searched.learn(state, self._judge.read(plan.zone))
            if not plan.broken and plan.covered_frac >= self._request.coverage_frac:
                break
            better = self._note(self._searched.improved(state, _PUT_RIGHT))
            if better.chosen == state.chosen:
                break
            state = better
        return state

    def _timed(self, confirmed: State, progress: Progress) -> None:
        """Predict a plan in less or more time; where none that was predicted keeps the limits, in ever less time until one does."""
        if not self._good():
            confirmed = self._learned(confirmed, progress.part(0.0, 0.25))
        for n in range(_SHORTENINGS):
            timed = self._in_other_time(confirmed)
            if timed is None:
                return
            confirmed = self._learned(timed, progress.part(0.25 * (n + 1), 0.25 * (n + 2)))
            if self._good():
                return

    def _learned(self, state: State, progress: Progress) -> State:
        """Predict a plan, and return it as it is seen by what that says."""
        return self._searched.learn(state, self._judge.read(self._predict(state, progress).zone))

    def _looked_again(self, confirmed: State, progress: Progress) -> State:
        """Look for more where it was not enough, with what was learned, but no farther off than at first: plans that broke a
        limit may have kept others from where nothing binds."""
        self._searched.goal = replace(self._searched.goal, guard_k=_GUARD_K)
        good = {key: plan for key, plan in self._confirmed.items() if not plan.broken}
        if not good:
            return confirmed
        best = max(good, key=lambda key: good[key].covered_frac)
        start = self._searched.learn(self._searched.state(*best), self._judge.read(good[best].zone))
        found = self._note(self._searched.improved(self._grown(start, progress.part(0.0, 0.5)), _ONCE_GROWN))
        if found.chosen == start.chosen:
            return confirmed
        return self._confirmed_or_better(found, progress.part(0.5, 1.0))

    def _count(self, state: State) -> int:
        return len(state.chosen) + len(self._case.plan.probes)

    def _note(self, state: State) -> State:
        self._noted[state.chosen, state.schedule] = None
        return state

    def _reaches(self, state: State) -> bool:
        enough = min(self._request.coverage_frac + _TO_SPARE, 1.0)
        return state.score.keeps_limits and state.score.covered_frac >= enough

    def _states(self) -> list[State]:
        """Every plan that was noted, by what is known now."""
        noted = [key for key in self._noted if key[0] or self._case.plan.probes]
        return [self._searched.state(*key) for key in noted]

    def _within_limits(self) -> list[State]:
        """Those that keep the limits; without any, all."""
        states = self._states()
        return [s for s in states if s.score.keeps_limits] or states

    def _best(self) -> State | None:
        """The plan with fewest probes that reaches the goal; else the one that covers most."""
        noted = self._within_limits()
        enough = [s for s in noted if self._reaches(s)]
        if enough:
            return min(enough, key=lambda s: (len(s.chosen), -s.score.value))
        return max(noted, key=lambda s: s.score.value, default=None)

    def _others(self) -> list[State]:
        """Plans with more or fewer probes than the best that are worth it, those with about as many first."""
        best = self._best()
        if best is None:
            return []
        front: list[State] = []
        for state in sorted(self._within_limits(), key=lambda s: (len(s.chosen), -s.score.covered_frac)):
            if not front or state.score.covered_frac > front[-1].score.covered_frac + _WORTH_A_PROBE:
                front.append(state)
        others = [s for s in front if len(s.chosen) != len(best.chosen)]
        return sorted(others, key=lambda s: (abs(len(s.chosen) - len(best.chosen)), -len(s.chosen)))

    def _in_other_time(self, best: State) -> State | None:
        """A plan in the shortest time that is enough or keeps the limits, or in a longer time that covers more; None without one."""
        # Of these probes it is known how far the search is off: no farther guard is needed.
        self._searched.goal = replace(self._searched.goal, guard_k=_GUARD_K)
        best = self._searched.state(best.chosen, best.schedule)
        found, covered = None, best.score.covered_frac
        if not best.score.keeps_limits or self._reaches(best):
            for schedule in shorter(best.schedule):
                tried = self._searched.state(best.chosen, schedule)
                if best.score.keeps_limits and not self._reaches(tried):
                    break
                found = tried
                if not best.score.keeps_limits and tried.score.keeps_limits:
                    break
            return found
        for schedule in longer(best.schedule, cold=self._cold):
            tried = self._searched.state(best.chosen, schedule)
            if tried.score.keeps_limits and tried.score.covered_frac > covered + _WORTH_A_PROBE:
                found, covered = tried, tried.score.covered_frac
        return found

    # ---------------------------------------------------------------- what was predicted

    def _good(self) -> list[ProposedPlan]:
        return [plan for plan in self._confirmed.values() if not plan.broken]

    def _predict(self, state: State, progress: Progress) -> ProposedPlan:
        key = (state.chosen, state.schedule)
        if key not in self._confirmed:
            case = self._judge.case_with(state)
            progress.report(0.0, f"Predicting {len(case.plan.probes)} probes")
            zone = services.predict(case, self._volume, progress)
            plan = self._confirmed[key] = self._judge.plan(case, state, zone)
            if plan.broken:
                goal = self._searched.goal
                self._searched.goal = replace(goal, guard_k=goal.guard_k + _GUARD_MORE_K)
        return self._confirmed[key]

    def _what_binds(self, plans: Sequence[ProposedPlan], progress: Progress) -> str:
        best = self._best()
        assert best is not None
        free = replace(self._goal, ignored=frozenset(range(len(self._places.spared))))
        search = self._searching(progress)
        within = max(plans, key=lambda p: p.covered_frac, default=None)
        margins = None if within is None else self._judge.read(within.zone)
        return what_binds(search.with_goal(free), best, self._request, len(self._case.plan.probes), self._goal, margins)


def _front(plans: Sequence[ProposedPlan]) -> list[ProposedPlan]:
    """Plans that no other one beats in coverage, spare to the limits, probes and time; fewest probes first."""

    def merits(plan: ProposedPlan) -> Floats:
        spare_k = plan.nearest.spare_k if plan.nearest else np.inf
        return np.array([plan.covered_frac, spare_k, -len(plan.probes), -plan.seconds])

    def beaten(plan: ProposedPlan) -> bool:
        mine = merits(plan)
        return any(
            (merits(other) >= mine).all() and (merits(other) > mine).any() for other in plans if other is not plan
        )

    return sorted((p for p in plans if not beaten(p)), key=lambda p: (len(p.probes), p.seconds))
