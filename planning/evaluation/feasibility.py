"""What in a plan cannot be done as planned: shafts that do not reach, electrodes that never have their turn."""

from __future__ import annotations

from planning.catalogue.devices import device
from planning.evaluation.concern import PlanConcern
from planning.evaluation.protection_ways import protection_ways
from planning.model.case import Case
from planning.model.generator import SharedGenerator
from planning.model.judgement import Judgement
from planning.quantities import length_text, seconds_text

_ROUNDS_UP_MM = 0.0999


def plan_concerns(case: Case) -> tuple[PlanConcern, ...]:
    """Return what in a plan cannot be done as planned, whatever the zone is."""
    turns = [c for shared in case.plan.generators for c in _never_works(case, shared)]
    return (*short_shafts(case), *turns, *protection_ways(case))


def short_shafts(case: Case) -> tuple[PlanConcern, ...]:
    """Return the probes whose shaft is shorter than their path from the skin to the tip."""
    found = []
    for probe in case.plan.probes:
        source = device(probe.device_id)
        shaft_mm = source.shaft_length_mm
        if shaft_mm is None or probe.depth_mm <= shaft_mm:
            continue
        origin = source.origin_of("shaft_length_mm")
        found.append(
            PlanConcern(
                id=probe.id,
                sentence=f"The shaft of {probe.name}, {shaft_mm:g}\u202fmm long, does not reach: its tip lies "
                f"{length_text(probe.depth_mm + _ROUNDS_UP_MM)} below the skin.",
                reason=f"Length of the shaft of {source.name}: {origin}",
                judgement=Judgement.ALARM,
            )
        )
    return tuple(found)


def _never_works(case: Case, shared: SharedGenerator) -> list[PlanConcern]:
    """The electrodes whose turn comes only after the end of the longest working phase; turns begin anew in each."""
    dwell_s = shared.dwell_s
    if dwell_s is None:
        return []
    longest_s = max(phase.duration_s for phase in case.plan.phases if phase.kind == "on")
    members = [p for p in case.plan.probes if p.id in shared.probe_ids]
    idle = [p.id for place, p in enumerate(members) if place * dwell_s >= longest_s]
    if not idle:
        return []
    return [
        PlanConcern(
            id=idle[0],
            sentence=f"{case.probe_names(idle)} never {'has its' if len(idle) == 1 else 'have their'} turn: "
            f"{case.probe_names(shared.probe_ids)} work {seconds_text(dwell_s)} each, and the longest phase of heating "
            f"lasts {seconds_text(longest_s)}.",
            reason="The turns begin anew with every phase. Shorten them, or lengthen the phase.",
            judgement=Judgement.CAUTION,
        )
    ]
