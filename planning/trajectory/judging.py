"""Whether one path keeps to the rules, and what it costs: measured on surfaces and on the CT itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from imaging.geometry import Floats
from imaging.labels import Mask, voxels_of
from imaging.structures import BONES, FORAMINA, StructureKind, Tube
from imaging.volume import Volume
from planning.catalogue.devices import device
from planning.catalogue.rules import LimitId, PathLimit, PathRules, PreferenceId, load_path_rules
from planning.model.case import Case, Probe, Structure
from planning.model.judgement import Judgement
from planning.model.room import Room
from planning.quantities import length_text
from planning.trajectory.clearance import Clearance, clearances, outside_mm, where_tightest
from planning.trajectory.passage import Passage, Passed, passage

JOINT_MM = 3.0
FORAMEN_MM = 2.0
"""So much way in both bones of the joint, or in a foramen, is more than the edge of voxels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathFinding:
    """What one rule says of a path.

    Attributes
    ----------
    rule : str
        Id of the limit.
    judgement : Judgement
    value : float or None
        What was measured, in the rule's unit; None where it is not known.
    sentence : str
    source : str
    clearance : Clearance or None
        Of a distance: where it is.
    """

    rule: LimitId
    judgement: Judgement
    value: float | None
    sentence: str
    source: str
    clearance: Clearance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PathJudgement:
    """What the rules say of a path.

    Attributes
    ----------
    probe : Probe
    findings : tuple of PathFinding
        Gravest first; what is within its limits is not among them.
    near : tuple of Clearance
        All distances, nearest first.
    costs : mapping of str to (float, float)
        What every preference measured, and what that costs.
    nearness : float
        What the nearness of sensitive structures costs.
    way : Passage or None
        None where no bone is outlined: what the way is through is not known then.
    """

    probe: Probe
    findings: tuple[PathFinding, ...]
    near: tuple[Clearance, ...]
    costs: dict[PreferenceId, tuple[float, float]]
    nearness: float
    way: Passage | None

    @property
    def refused(self) -> tuple[PathFinding, ...]:
        """What forbids the path."""
        return tuple(f for f in self.findings if f.judgement >= Judgement.ALARM)

    @property
    def cost(self) -> float:
        return sum(cost for _, cost in self.costs.values()) + self.nearness


def judge_path(case: Case, volume: Volume, probe: Probe, rules: PathRules | None = None) -> PathJudgement:
    """Judge one path by all rules.

    Parameters
    ----------
    case : Case
    volume : Volume
    probe : Probe
        It need not be one of the plan; the plan's probe of the same id is not in its way.
    rules : PathRules, optional
        The user's by default.
    """
    rules = rules or load_path_rules()
    way = passage(case, volume, probe, rules) if any(s.kind in BONES for s in case.structures) else None
    kinds = [kind for limit in rules.distances.values() for kind in limit.kinds]
    near = tuple(_where_it_matters(case, probe, c, rules) for c in clearances(case, probe, kinds))
    findings = [*_distances(case, probe, near, rules), *_of_the_room(case, probe, way, rules)]
    findings.sort(key=lambda f: -f.judgement)
    return PathJudgement(
        probe=probe,
        findings=tuple(findings),
        near=near,
        costs=_costs(case, probe, way, rules),
        nearness=max((_nearness(c, rules) for c in near), default=0.0),
        way=way,
    )


def lean_deg(direction: Floats, room: Room) -> Floats:
    """Return the angles between shafts, unit vectors from tip to hub of shape (..., 3), and the vertical."""
    return np.asarray(np.degrees(np.arccos(np.clip(direction @ room.posture.up, -1, 1))))


def out_of_slice_deg(direction: Floats, room: Room) -> Floats:
    """Return the angles between shafts, unit vectors of shape (..., 3), and the slices of the tilted gantry."""
    return np.asarray(np.degrees(np.arcsin(np.clip(np.abs(direction @ room.slice_normal), 0, 1))))


def room_to_bore_mm(entries_mm: Floats, direction: Floats, beyond_mm: float, case: Case) -> Floats | None:
    """Return how far the ends of what stands out of the skin stay inside the bore.

    Parameters
    ----------
    entries_mm, direction : ndarray, shape (n, 3)
    beyond_mm : float
        What stands out: hub and hand.
    case : Case

    Returns
    -------
    ndarray, shape (n,), or None
        Negative outside; None where nobody said how wide the bore is.
    """
    room = case.plan.room
    if room.bore_mm is None:
        return None
    ends = entries_mm + beyond_mm * direction
    middle = case.image.grid.centre_mm[:2] if room.bore_centre_mm is None else np.asarray(room.bore_centre_mm)
    # The axis runs through the isocentre of the slice that the needle is put in.
    away = ends - np.column_stack([np.broadcast_to(middle, (len(ends), 2)), entries_mm[:, 2]])
    along = away @ room.slice_normal
    return np.asarray(room.bore_mm / 2 - np.sqrt(np.maximum((away**2).sum(axis=1) - along**2, 0.0)))


def _distances(case: Case, probe: Probe, near: tuple[Clearance, ...], rules: PathRules) -> Iterator[PathFinding]:
    """What every structure and other probe says, and every kind that is nowhere outlined."""
    unconfirmed: list[Clearance] = []
    for found in near:
        rule, limit = _limit_of(found, rules)
        there = found.tightest or found
        strays_mm = _strays_mm(there, probe.depth_mm, rules)
        refused = there.distance_mm - strays_mm < limit.refused_below
        if refused or limit.beyond(found.distance_mm, limit.caution):
            told = there if refused else found
            yield PathFinding(
                rule=rule, judgement=Judgement.ALARM if refused else Judgement.CAUTION, value=told.distance_mm,
                sentence=_distance_sentence(told, limit, strays_mm, refused=refused), source=limit.source,
                clearance=told,
            )  # fmt: skip
        elif not found.confirmed:
            unconfirmed.append(found)
    if unconfirmed:
        nearest = unconfirmed[0]
        more = f" and {len(unconfirmed) - 1} more" if len(unconfirmed) > 1 else ""
        yield PathFinding(
            rule=_limit_of(nearest, rules)[0], judgement=Judgement.UNCONFIRMED, value=nearest.distance_mm,
            sentence=f"Not confirmed: {nearest.name}, at {length_text(nearest.distance_mm)} by its proposed outline{more}.",
            source="They were proposed by the program and nobody has confirmed them.", clearance=nearest,
        )  # fmt: skip
    if missing := not_outlined(case, rules):
        yield PathFinding(
            rule=missing[0], judgement=Judgement.NOT_ASSESSED, value=None,
            sentence=f"Not assessed: {_listed([rules.limits[key].name for key in missing])}, of which nothing is outlined.",
            source="",
        )  # fmt: skip


def not_outlined(case: Case, rules: PathRules) -> list[LimitId]:
    """Return the limits of distances to structures of which a case has none; metal that nobody outlined is none."""
    present = {s.kind for s in case.structures}
    return [key for key, limit in rules.distances.items() if key != "metal" and not present.intersection(limit.kinds)]


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _strays_mm(found: Clearance, depth_mm: float, rules: PathRules) -> float:
    """How far a needle may stray at a place: least where it is held."""
    return rules.tolerance_mm.value * found.depth_mm / depth_mm


def _where_it_matters(case: Case, probe: Probe, found: Clearance, rules: PathRules) -> Clearance:
    """A distance with the place where the needle may touch by straying, should there be one beside the nearest place."""
    _, limit = _limit_of(found, rules)
    touched = found.distance_mm - _strays_mm(found, probe.depth_mm, rules) < limit.refused_below
    if touched or found.distance_mm - rules.tolerance_mm.value >= limit.refused_below:
        return found
    other = case.probe(found.id) if found.kind is None else case.structure(found.id)
    return where_tightest(other, probe, found, rules.tolerance_mm.value)


def judgement_of(found: Clearance, depth_mm: float, rules: PathRules) -> Judgement:
    """Return what a distance of a needle that goes in so deep amounts to by itself."""
    _, limit = _limit_of(found, rules)
    there = found.tightest or found
    if there.distance_mm - _strays_mm(there, depth_mm, rules) < limit.refused_below:
        return Judgement.ALARM
    if limit.beyond(found.distance_mm, limit.caution):
        return Judgement.CAUTION
    if not found.confirmed:
        return Judgement.UNCONFIRMED
    return Judgement.WITHIN if limit.caution is not None or limit.alarm is not None else Judgement.NOT_ASSESSED


def _limit_of(found: Clearance, rules: PathRules) -> tuple[LimitId, PathLimit]:
    ruled = None if found.kind is None else rules.limit_of(found.kind)
    return ruled or ("probes", rules.limits["probes"])


def _distance_sentence(found: Clearance, limit: PathLimit, strays_mm: float, *, refused: bool) -> str:
    what = "The tines" if found.by_tines else "The shaft"
    at = f"{length_text(found.depth_mm)} below the skin"
    if found.distance_mm < 0:
        return f"{what} passes through {found.name}, {at}."
    near = f"{what} passes {found.name} at {length_text(found.distance_mm)}, {at}"
    if not refused:
        return f"{near}."
    if found.distance_mm < limit.refused_below:
        return f"{near}: less than {length_text(limit.refused_below)}."
    least = f" leaves less than {length_text(limit.refused_below)}" if limit.refused_below else " may touch it"
    return f"{near}: a needle that strays by {length_text(strays_mm)}{least}."


def _of_the_room(case: Case, probe: Probe, way: Passage | None, rules: PathRules) -> Iterator[PathFinding]:
    """What gas, table, bore and the length of the shaft say."""
    applicator, room = device(probe.device_id), case.plan.room
    if way is None:
        yield _unknown("gas", "Not assessed: the way through gas and bone, as no bone is outlined.")
    else:
        gas_mm = way.length_mm(Passed.GAS)
        yield from _measured("gas", gas_mm, f"{length_text(gas_mm)} of gas lie on the way: bowel or lung.", rules)
    lean = float(lean_deg(probe.direction, room))
    yield from _measured(
        "vertical", lean, f"The hub leans {lean:.0f}° from vertical in a patient who lies {room.posture.value}.", rules
    )
    outside = outside_mm(applicator, probe.depth_mm)
    if outside is None:
        yield _unknown("hub", f"Not assessed: how long the shaft of {applicator.name} is.")
    else:
        sentence = f"The shaft, {applicator.shaft_length_mm:g}\u202fmm long, does not reach: {length_text(outside)} would stay outside."
        yield from _measured("hub", outside, sentence, rules)
    beyond_mm = rules.hand_mm.value + max(outside or 0.0, 0.0)
    free = room_to_bore_mm(np.array([probe.entry_mm]), probe.direction[None], beyond_mm, case)
    if free is None:
        yield _unknown("bore", "Not assessed: room for hub and hand, as the width of the bore is not given.")
    else:
        value = float(free[0])
        sentence = f"Hub and hand, {length_text(beyond_mm)} above the skin, have {length_text(value)} to the bore."
        yield from _measured("bore", value, sentence, rules)


def _measured(rule: LimitId, value: float, sentence: str, rules: PathRules) -> Iterator[PathFinding]:
    limit = rules.limits[rule]
    refused = limit.refused_below if limit.at_least else limit.alarm
    for level, judgement in ((refused, Judgement.ALARM), (limit.caution, Judgement.CAUTION)):
        if limit.beyond(value, level):
            yield PathFinding(rule=rule, judgement=judgement, value=value, sentence=sentence, source=limit.source)
            return


def _unknown(rule: LimitId, sentence: str) -> PathFinding:
    return PathFinding(rule=rule, judgement=Judgement.NOT_ASSESSED, value=None, sentence=sentence, source="")


def _costs(case: Case, probe: Probe, way: Passage | None, rules: PathRules) -> dict[PreferenceId, tuple[float, float]]:
    """What every preference measured, and what it costs."""
    met = [c.angle_deg for c in way.crossings if c.inwards and c.angle_deg is not None] if way else []
    others = [p for p in case.plan.probes if p.id != probe.id]
    holes = [float(np.linalg.norm(np.subtract(p.entry_mm, probe.entry_mm))) for p in others]
    values: dict[PreferenceId, float] = {
        "length": probe.depth_mm,
        "slice": float(out_of_slice_deg(probe.direction, case.plan.room)),
        "vertical": float(lean_deg(probe.direction, case.plan.room)),
        "normal": max(met, default=0.0),
        "cortex": way.length_mm(Passed.CORTEX) if way else 0.0,
        "joint": float(_joint_is_crossed(case, probe)),
        "foramen": float(bool(foramina_on(case, probe))),
        "shared_skin": min(holes, default=0.0),
        "aim": off_the_middle_mm(case, probe),
    }
    return {key: (value, float(rules.preferences[key].cost(value))) for key, value in values.items()}


def _joint_is_crossed(case: Case, probe: Probe) -> bool:
    return all(
        any(mm_within(case, probe, s.id) >= JOINT_MM for s in case.of_kind(kind))
        for kind in (StructureKind.ILIUM, StructureKind.SACRUM)
    )


def foramina_on(case: Case, probe: Probe) -> list[str]:
    """Return the names of the foramina that a path runs in."""
    return [s.name for s in case.structures if s.kind in FORAMINA and mm_within(case, probe, s.id) >= FORAMEN_MM]


def mm_within(case: Case, probe: Probe, structure_id: str) -> float:
    """Return how much of a path lies in a structure."""
    return mm_within_each(probe, [case.structure(structure_id)])[structure_id]


def mm_within_each(probe: Probe, structures: Iterable[Structure]) -> dict[str, float]:
    """Return how much of a path lies in each of some structures, by id."""
    steps = max(int(np.ceil(probe.depth_mm)), 1) * 2
    at = (np.arange(steps) + 0.5) / steps
    points = np.asarray(probe.entry_mm) + at[:, None] * np.subtract(probe.tip_mm, probe.entry_mm)
    grid, voxels = None, np.zeros((0, 3), np.int64)
    found: dict[str, float] = {}
    for structure in structures:
        shape = structure.shape
        if isinstance(shape, Tube):
            inside = shape.contains(points)
        else:
            # Nearly all masks of a case lie on one grid.
            if shape.grid is not grid:
                grid, voxels = shape.grid, voxels_of(shape.grid, points)
            inside = shape.contains_voxels(voxels)
        found[structure.id] = float(inside.mean() * probe.depth_mm)
    return found


def off_the_middle_mm(case: Case, probe: Probe) -> float:
    """Return how far the middle of the active part lies from that of the nearest lesion; 0 without a lesion."""
    active = np.asarray(probe.tip_mm) + probe.direction * device(probe.device_id).active_length_mm / 2
    middles = [middle_mm(s.shape) for s in case.of_kind(StructureKind.LESION)]
    return min((float(np.linalg.norm(active - m)) for m in middles), default=0.0)


@lru_cache(maxsize=16)
def middle_mm(shape: Mask | Tube) -> Floats:
    """Return the middle of a shape, LPS, shape (3,)."""
    points = shape.points_mm() if isinstance(shape, Mask) else shape.points_mm
    return np.asarray(points.mean(axis=0))


def _nearness(found: Clearance, rules: PathRules) -> float:
    """What it costs to lie between the two levels of a distance."""
    _, limit = _limit_of(found, rules)
    if limit.caution is None:
        return 0.0
    share = (limit.caution - found.distance_mm) / (limit.caution - limit.refused_below)
    return float(limit.weight * np.clip(share, 0.0, None))
