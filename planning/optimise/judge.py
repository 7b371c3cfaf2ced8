"""What a plan comes to, as a zone of the thermal engine shows it and as the rules of paths have it."""

from __future__ import annotations

from imaging.geometry import Floats
from imaging.volume import Volume
from planning.model.case import Case
from planning.model.point import Point
from planning.model.zone import PredictedZone
from planning.operations.probes import add_probe
from planning.optimise.coarse import CoarseModel, Temperatures
from planning.optimise.goal import Goal
from planning.optimise.plans import ProposedPlan, Reached
from planning.optimise.pool import Pool, openings_of
from planning.optimise.search import State
from planning.trajectory.judging import judge_path

_LEAST_SPARE_K = 0.5
"""A prediction is not exact enough to call a structure spared that stays within its limit by less."""


class Judge:
    """Makes plans of what was searched.

    Parameters
    ----------
    case : Case
        With the probes that every plan has.
    volume : Volume
    pool : Pool
    model : CoarseModel
        Knows the places that a field is read at.
    goal : Goal
    """

    def __init__(self, case: Case, volume: Volume, pool: Pool, model: CoarseModel, goal: Goal) -> None:
        self._case, self._volume, self._pool, self._model, self._goal = case, volume, pool, model, goal

    def case_with(self, state: State) -> Case:
        """Return the case with a plan."""
        case = self._case
        for n in state.chosen:
            probe = self._pool.probe(n)
            case = add_probe(case, probe.device_id, probe.entry_mm, probe.tip_mm)
        return case.with_plan(schedule=state.schedule)

    def read(self, zone: PredictedZone) -> Temperatures:
        """Return what a zone says of the places."""
        return self._model.read(zone.extreme_c, zone.grid, zone.body_c)

    def plan(self, case: Case, state: State, zone: PredictedZone) -> ProposedPlan:
        """Return a plan with what it reaches, spares and breaks.

        Parameters
        ----------
        case : Case
            As `case_with` made it.
        state : State
        zone : PredictedZone
            Of this case.
        """
        places, found = self._goal.places, self.read(zone)
        covered = self._goal.covered(found.target_c)
        spared = self._reached(found, state)
        broken = [f"{r.structure.name} gets to {r.reached_words}." for r in spared if r.spare_k < _LEAST_SPARE_K]
        broken += self._doses_broken(zone)
        for probe in case.plan.probes[len(self._case.plan.probes) :]:
            judged = judge_path(case, self._volume, probe, self._pool.rules)
            broken += [f"{probe.name}: {finding.sentence}" for finding in judged.refused]
        return ProposedPlan(
            probes=case.plan.probes,
            schedule=state.schedule,
            covered_frac=float(covered.mean()),
            lesion_frac=float(covered[places.off_lesion_mm == 0].mean()),
            spared=tuple(spared),
            broken=tuple(dict.fromkeys(broken)),
            openings=openings_of([p.entry_mm for p in case.plan.probes]),
            path_cost=float(self._pool.cost[list(state.chosen)].sum()),
            zone=zone,
        )

    def _reached(self, found: Temperatures, state: State) -> list[Reached]:
        """What every structure gets to, nearest to its limit first."""
        places = self._goal.places
        worst = self._goal.score(found, state.schedule, 0.0).worst
        spared = [
            Reached(
                structure=structure,
                extreme_c=float(found.spared_c[worst[n]]),
                limit_c=float(places.limits_c[n]),
                where_mm=_point(places.spared_mm[worst[n]]),
                cold=self._goal.cold,
            )
            for n, structure in enumerate(places.spared)
        ]
        return sorted(spared, key=lambda r: r.spare_k)

    def _doses_broken(self, zone: PredictedZone) -> list[str]:
        """Structures whose dose reaches its limit."""
        if zone.cem43_min is None:
            return []
        places = self._goal.places
        dose_min = self._model.read(zone.cem43_min, zone.grid, 0.0).spared_c
        said = []
        for n, structure in enumerate(places.spared):
            most_min = float(dose_min[places.spared_of == n].max())
            if most_min >= places.dose_limits_min[n]:
                said.append(f"{structure.name} gets {most_min:.0f} min CEM43 of {places.dose_limits_min[n]:.0f} min.")
        return said


def _point(place: Floats) -> Point:
    x, y, z = place.tolist()
    return (x, y, z)
