"""What a plan comes to, as a zone of the thermal engine shows it and as the rules of paths have it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from imaging.distance import sample
from imaging.geometry import Floats
from imaging.volume import Volume
from planning import services
from planning.catalogue.thresholds import Thresholds
from planning.evaluation.grid_error import grid_errors_k
from planning.evaluation.structures import StructureRisk, judge_structures
from planning.evaluation.verdict import PelvicRule, pelvic_roots
from planning.model.case import Case
from planning.model.point import Point
from planning.model.zone import Fidelity, PredictedZone
from planning.operations.probes import add_probe
from planning.optimise.coarse import CoarseModel, Temperatures
from planning.optimise.goal import Goal
from planning.optimise.plans import ProposedPlan, Reached
from planning.optimise.pool import Pool, openings_of
from planning.optimise.search import State
from planning.trajectory.judging import judge_path

_OFF = ", within what the grid may be off"


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
    thresholds : Thresholds
    """

    def __init__(
        self, case: Case, volume: Volume, pool: Pool, model: CoarseModel, goal: Goal, thresholds: Thresholds
    ) -> None:
        self._case, self._volume, self._pool, self._model, self._goal = case, volume, pool, model, goal
        self._thresholds = thresholds

    def case_with(self, state: State) -> Case:
        """Return the case with a plan."""
        case = self._case
        for n in state.chosen:
            probe = self._pool.probe(n)
            case = add_probe(case, probe.device_id, probe.entry_mm, probe.tip_mm)
        return case.with_plan(schedule=state.schedule)

    def read(self, zone: PredictedZone) -> Temperatures:
        """Return what a zone says of the places: of those to be spared with what a prediction's grid may be off."""
        read = self._model.read(zone.extreme_c, zone.grid, zone.body_c)
        on_mm = services.GRID_SPACING_MM if zone.fidelity is Fidelity.PREVIEW else None
        off_k = grid_errors_k(zone, self._goal.places.spared_mm, on_mm)
        return replace(read, spared_c=read.spared_c + (-off_k if zone.cold else off_k))

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
        places = self._goal.places
        covered = self._goal.covered(self.read(zone).target_c)
        lesion_c = sample(zone.extreme_c, zone.grid, places.targets.lesion_mm, outside=zone.body_c)
        # As the verdict has it: on the whole surface of every structure, not at the places of a search.
        risks = {risk.id: risk for risk in judge_structures(case, zone, self._thresholds)}
        spared = sorted((self._reached(n, risks, zone) for n in range(len(places.spared))), key=lambda r: r.spare_k)
        broken = [
            f"{r.structure.name} gets to {r.reached_words}{_OFF if r.spare_k + r.off_k > 0 else ''}."
            for r in spared
            if r.spare_k <= 0
        ]
        broken += self._doses_broken(risks)
        # Whatever limit was asked for: one side's S2 and S3 stay complete in every proposal.
        pelvic = pelvic_roots(tuple(risks.values()))
        if pelvic.rule is PelvicRule.BROKEN:
            broken.insert(0, f"{pelvic.sentence} One side's S2 and S3 must stay complete.")
        for probe in case.plan.probes[len(self._case.plan.probes) :]:
            judged = judge_path(case, self._volume, probe, self._pool.rules)
            broken += [f"{probe.name}: {finding.sentence}" for finding in judged.refused]
        return ProposedPlan(
            probes=case.plan.probes,
            schedule=state.schedule,
            covered_frac=float(covered.mean()),
            lesion_frac=float(self._goal.covered(lesion_c).mean()),
            covers=places.targets.words,
            spared=tuple(spared),
            broken=tuple(dict.fromkeys(broken)),
            openings=openings_of([p.entry_mm for p in case.plan.probes]),
            path_cost=float(self._pool.cost[list(state.chosen)].sum()),
            zone=zone,
        )

    def _reached(self, n: int, risks: Mapping[str, StructureRisk], zone: PredictedZone) -> Reached:
        """What a structure gets to; body heat where the zone does not come near it."""
        places = self._goal.places
        structure, risk = places.spared[n], risks[places.spared[n].id]
        return Reached(
            structure=structure,
            extreme_c=zone.body_c if risk.extreme_c is None else risk.extreme_c,
            limit_c=float(places.limits_c[n]),
            where_mm=risk.extreme_at_mm or _point(places.spared_mm[places.spared_of == n][0]),
            cold=self._goal.cold,
            off_k=0.0 if risk.exposure is None else abs(risk.exposure.judged_c - risk.exposure.extreme_c),
        )

    def _doses_broken(self, risks: Mapping[str, StructureRisk]) -> list[str]:
        """Structures whose dose reaches its limit."""
        places, said = self._goal.places, []
        for structure, limit_min in zip(places.spared, places.dose_limits_min, strict=True):
            felt = risks[structure.id].exposure
            dose_min = None if felt is None else felt.judged_cem43_min
            if dose_min is not None and dose_min >= limit_min:
                said.append(f"{structure.name} may get {dose_min:.0f} min CEM43 of {limit_min:.0f} min.")
        return said


def _point(place: Floats) -> Point:
    x, y, z = place.tolist()
    return (x, y, z)
