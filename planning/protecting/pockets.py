"""Pockets that would protect: beside the place that comes to harm, of whatever is allowed, each tried in the engine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from imaging.geometry import Floats
from imaging.progress import Progress
from imaging.structures import StructureKind, Tube
from planning.catalogue.agents import Agent, agent, load_agents
from planning.catalogue.devices import device
from planning.catalogue.own_thresholds import load_thresholds
from planning.catalogue.thresholds import Level, Mode
from planning.errors import PlanError
from planning.evaluation.structures import surface_points
from planning.model.case import Case
from planning.model.protection import Pocket
from planning.model.zone import PredictedZone
from planning.operations.protection import add_pocket
from planning.protecting.needs import ProtectionNeed
from planning.protecting.trials import Trials

MOST_NEEDS = 4
"""So many structures are tried for: the gravest."""
HELPS_K = 1.0
"""Less than this is no protection."""
_BESIDE_MM = 4.0
"""A pocket reaches so far beyond a nerve's surface."""
_RADIUS_MM, _HALF_LENGTH_MM = 5.0, 8.0
_PACK_RADIUS_MM, _PACK_HALF_LENGTH_MM = 10.0, 15.0
_NEIGHBOURHOOD_MM = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PocketProposal:
    """A pocket that would protect a structure.

    Attributes
    ----------
    pocket : Pocket
        As `add_pocket` would place it.
    for_id, for_name : str
        The structure.
    without_c, with_c : float
        Its coldest or hottest temperature without and with it.
    others : tuple of str
        Names of other structures that it makes worse by a kelvin or more.
    """

    pocket: Pocket
    for_id: str
    for_name: str
    without_c: float
    with_c: float
    others: tuple[str, ...] = ()

    @property
    def relief_k(self) -> float:
        """How much nearer to the body's temperature the structure stays."""
        return abs(self.with_c - self.without_c)


def allowed_agents(kind: StructureKind, mode: Mode) -> tuple[Agent, ...]:
    """Return what may protect a kind of structure in a mode, as the agents' sources say."""
    return tuple(a for a in load_agents().values() if kind in a.kinds and a.allowed(mode))


def propose_pockets(
    case: Case, zone: PredictedZone, needs: tuple[ProtectionNeed, ...], trials: Trials, progress: Progress
) -> tuple[tuple[PocketProposal, ...], tuple[str, ...]]:
    """Return the pockets that help, those that help most first, and what no pocket helps.

    Parameters
    ----------
    case : Case
    zone : PredictedZone
    needs : tuple of ProtectionNeed
        The gravest first.
    trials : Trials
    progress : Progress

    Returns
    -------
    proposals : tuple of PocketProposal
    helpless : tuple of str
        Ids of structures that were tried for in vain.
    """
    as_it_is, sign = trials.as_it_is_c, 1 if zone.cold else -1
    asked = [(need, pocket) for need in needs[:MOST_NEEDS] for pocket in _candidates(case, zone, need)]
    found: list[PocketProposal] = []
    known: dict[object, dict[str, float] | None] = {}
    for n, (need, pocket) in enumerate(asked):
        progress.report(n / len(asked), f"Trying what protects: {n} of {len(asked)}")
        alike = _as_the_engine_sees_it(pocket, zone)
        if alike not in known:
            known[alike] = trials.extremes_c((*case.plan.pockets, pocket), progress)
        after = known[alike]
        if after is None or sign * (after[need.risk.id] - as_it_is[need.risk.id]) < HELPS_K:
            continue
        if any(_comes_to_alarm(case, name, as_it_is[name], c, zone) for name, c in after.items()):
            continue
        worse = [name for name, c in after.items() if sign * (c - as_it_is[name]) <= -HELPS_K]
        found.append(
            PocketProposal(
                pocket=pocket, for_id=need.risk.id, for_name=need.risk.name, without_c=as_it_is[need.risk.id],
                with_c=after[need.risk.id], others=tuple(case.structure(name).name for name in worse),
            )
        )  # fmt: skip
    tried = {need.risk.id for need in needs[:MOST_NEEDS]}
    order = [need.risk.id for need in needs]
    found.sort(key=lambda p: (order.index(p.for_id), -p.relief_k))
    return tuple(found), tuple(sorted(tried - {p.for_id for p in found}, key=order.index))


def _comes_to_alarm(case: Case, structure_id: str, before_c: float, after_c: float, zone: PredictedZone) -> bool:
    """Whether a structure that was short of its alarm comes to it: what protects one root must not cost another."""
    limits = load_thresholds().of(case.structure(structure_id).kind, zone.mode)
    alarm = limits.at(Level.ALARM) if limits else None
    if alarm is None or alarm.temperature_c is None:
        return False
    alarm_c = alarm.temperature_c
    return before_c > alarm_c >= after_c if zone.cold else before_c < alarm_c <= after_c


def _as_the_engine_sees_it(pocket: Pocket, zone: PredictedZone) -> object:
    """What of a pocket changes a temperature: a balloon full of saline is saline to ice, and keeps the current out."""
    kind = agent(pocket.agent_id)
    given_c = zone.body_c if pocket.temperature_c is None else pocket.temperature_c
    keeps_current_out = kind.insulates and not zone.cold
    return pocket.start_mm, pocket.stop_mm, pocket.radius_mm, kind.tissue, given_c, keeps_current_out


def _candidates(case: Case, zone: PredictedZone, need: ProtectionNeed) -> list[Pocket]:
    """A pocket of everything that is allowed, beside the place that comes to harm; none where it would leave the CT."""
    made = []
    for kind in allowed_agents(need.risk.kind, zone.mode):
        start, stop, radius_mm = _shape(case, need, kind)
        try:
            made.append(add_pocket(case, kind.id, start, radius_mm, stop_mm=stop).plan.pockets[-1])
        except PlanError:
            continue
    return made


def _shape(case: Case, need: ProtectionNeed, kind: Agent) -> tuple[Floats, Floats, float]:
    """Both ends and the radius of a pocket beside the place that comes to harm, on the side of the probes."""
    at = np.asarray(need.risk.extreme_at_mm, float)
    shape = case.structure(need.risk.id).shape
    out = _to_probes(case, at)
    if isinstance(shape, Tube):
        n = int(np.linalg.norm(shape.points_mm - at, axis=1).argmin())
        along = _unit(shape.points_mm[min(n + 1, len(shape.points_mm) - 1)] - shape.points_mm[max(n - 1, 0)])
        radius_mm, centre, half_mm = float(shape.radii_mm[n]) + _BESIDE_MM, at, _HALF_LENGTH_MM
    else:
        along = _tangent(surface_points(shape), at)
        if kind.outside_body:
            radius_mm, half_mm = _PACK_RADIUS_MM, _PACK_HALF_LENGTH_MM
            centre = at - (radius_mm - 1.0) * out
        else:
            radius_mm, half_mm = _RADIUS_MM, _HALF_LENGTH_MM
            # Under the skin it lies wholly within; beside an organ it is drawn over its wall, which keeps its place.
            centre = at + (radius_mm + 1.0 if need.risk.kind is StructureKind.SKIN else radius_mm / 2) * out
    return centre - half_mm * along, centre + half_mm * along, radius_mm


def _to_probes(case: Case, at: Floats) -> Floats:
    """Unit vector from a place to the nearest working part of a probe."""
    best: tuple[float, Floats] | None = None
    for probe in case.plan.probes:
        tip, hub = np.asarray(probe.tip_mm), probe.direction
        length_mm = device(probe.device_id).active_length_mm
        there = tip + np.clip((at - tip) @ hub, 0.0, length_mm) * hub
        away = float(np.linalg.norm(there - at))
        if best is None or away < best[0]:
            best = away, there - at
    assert best is not None
    return _unit(best[1])


def _tangent(points: Floats, at: Floats) -> Floats:
    """Along which way a surface goes on farthest around a place."""
    near = points[np.linalg.norm(points - at, axis=1) < _NEIGHBOURHOOD_MM]
    if len(near) < 3:
        return np.array([0.0, 0.0, 1.0])
    return np.asarray(np.linalg.svd(near - near.mean(axis=0), full_matrices=False)[2][0])


def _unit(vector: Floats) -> Floats:
    length = float(np.linalg.norm(vector))
    return np.array([0.0, 0.0, 1.0]) if length < 1e-9 else np.asarray(vector / length)


def with_temperature(pocket: Pocket) -> str:
    """Return of what a pocket is, and how warm it is given."""
    kind = agent(pocket.agent_id)
    return kind.name if pocket.temperature_c is None else f"{kind.name} at {pocket.temperature_c:g}\u202f°C"


def placed(case: Case, proposal: PocketProposal) -> Case:
    """Return the case with a proposed pocket; raises PlanError as `add_pocket`."""
    pocket = proposal.pocket
    return add_pocket(
        case, pocket.agent_id, pocket.start_mm, pocket.radius_mm, stop_mm=pocket.stop_mm,
        temperature_c=pocket.temperature_c,
    )  # fmt: skip
