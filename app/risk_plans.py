"""Random plans in phantoms with their true structures, many of which bring a root, the canal or the sac near a level."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from app.path_verification import phantom_case
from imaging.geometry import Floats
from imaging.labels import Mask
from imaging.structures import StructureKind, Tube
from imaging.volume import Volume
from planning import services
from planning.catalogue import Phase
from planning.catalogue.devices import builtin_devices, device
from planning.catalogue.own_thresholds import load_thresholds
from planning.catalogue.thresholds import Mode
from planning.errors import PlanError
from planning.evaluation.verification.brute_force import interpolated
from planning.model import Case
from planning.model.case import Structure
from planning.model.zone import PredictedZone
from planning.operations.probes import add_probe
from planning.trajectory.skin_entry import entry_on_skin

MEMBERS = (
    "lytic-s2-24", "mixed-s3-30", "lytic-s1-38", "sclerotic-ala-45", "mixed-midline-52", "small-woman", "large-man", "prone-turned",
    "sacralised-l5", "lumbarised-s1", "screws-l5-s1", "sclerotic-s4-14", "slices-5", "lytic-midline-60", "spine", "two-lesions",
    "noisy", "lytic-ala-76", "contrast", "spine-man-prone",
)  # fmt: skip
"""Patients of the phantom family whose lesion lies near roots, of all sizes, postures, anatomies and scanners."""
PLANS_A_PATIENT = 5
JUDGED_KINDS = (
    StructureKind.ROOT, StructureKind.NERVE, StructureKind.CANAL, StructureKind.THECAL_SAC, StructureKind.CORD,
)  # fmt: skip
_SEED = 20_240
_ATTEMPTS = 60
_WITHIN_MM = 35.0
"""A root, canal or sac so near to the target may be what the plan comes near to."""
_LEAN_DEG = 60.0
_APART_MM = (7.0, 15.0)
_SHIFTS_MM = np.arange(-24.0, 25.0, 1.0)
_LOOKS = 3
"""The fast model knows neither tissue nor schedule: how often a preview tells it by how much it is off."""
_OFF_K = 5.0
"""The standard deviation of what is wanted at a structure around one of its levels."""
_PROBES = {Mode.COLD: (0.5, 0.35, 0.15), Mode.HEAT: (0.7, 0.25, 0.05)}
"""Shares of plans with one, two and three: of several electrodes the recomputation takes minutes."""
_MINUTES = {Mode.COLD: (3, 4, 5, 6, 8), Mode.HEAT: (2, 3, 4, 5)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomPlan:
    """One plan of the study.

    Attributes
    ----------
    seed : int
    member : str
        Of the phantom family.
    case : Case
    volume : Volume
    """

    seed: int
    member: str
    case: Case
    volume: Volume

    @property
    def words(self) -> str:
        """Seed, patient, probes and minutes in short."""
        phases = "–".join(f"{p.duration_s / 60:g}" for p in self.case.plan.schedule)
        probes = self.case.plan.probes
        return f"{self.seed}: {self.member}, {len(probes)} × {device(probes[0].device_id).name}, {phases} min"


def random_plan(seed: int) -> RandomPlan:
    """Return the plan of a seed, the same one every time; plans of consecutive seeds share a patient."""
    member = MEMBERS[seed // PLANS_A_PATIENT % len(MEMBERS)]
    case, volume = _patient(member)
    return RandomPlan(seed=seed, member=member, case=plan_in(case, volume, seed), volume=volume)


@lru_cache(maxsize=1)
def _patient(member: str) -> tuple[Case, Volume]:
    return phantom_case(member)


def judged(case: Case) -> list[tuple[Structure, Tube]]:
    """Return the structures of a case that have levels and a centreline, with it."""
    return [(s, s.shape) for s in case.structures if s.kind in JUDGED_KINDS and isinstance(s.shape, Tube)]


def plan_in(case: Case, volume: Volume, seed: int) -> Case:
    """Return a case with random probes that can be placed, and a random schedule: by cold for even seeds, by heat for odd ones.

    Parameters
    ----------
    case : Case
        With a lesion and without probes.
    volume : Volume
    seed : int

    Raises
    ------
    PlanError
        Why none of many plans could be placed.
    """
    rng = np.random.default_rng((_SEED, seed))
    mode = (Mode.COLD, Mode.HEAT)[seed % 2]
    why = PlanError("There is nothing to plan.", code="no-path")
    for _ in range(_ATTEMPTS):
        try:
            return _drawn(case, volume, mode, rng)
        except PlanError as error:
            why = error
    raise why


def _drawn(case: Case, volume: Volume, mode: Mode, rng: np.random.Generator) -> Case:
    fitting = sorted(d.id for d in builtin_devices().values() if d.is_cold is (mode is Mode.COLD) and d.tines is None)
    device_id = str(rng.choice(fitting))
    lesion = next(s for s in case.of_kind(StructureKind.LESION) if isinstance(s.shape, Mask))
    assert isinstance(lesion.shape, Mask)
    target = rng.choice(lesion.shape.points_mm())
    towards = _direction(rng)
    kind, spared, nearest = _spared(case, target, rng)
    tips = _tips(target, towards, device(device_id).active_length_mm, mode, rng)
    wanted_c = float(rng.choice(_levels_c(kind, mode)) + rng.normal(0.0, _OFF_K))
    case = case.with_plan(schedule=_schedule(mode, rng))
    off_k = 0.0
    for _ in range(_LOOKS):
        moved = _shifted(case, device_id, tips, towards, nearest - target, spared, wanted_c - off_k)
        entries = [entry_on_skin(volume, tip, tip + 40.0 * towards) for tip in moved]
        placed = _with_probes(case, device_id, entries, moved)
        expected_c = _felt_c(services.estimate(placed), spared, moved.mean(axis=0))
        off_k = _felt_c(services.preview(placed, volume), spared, moved.mean(axis=0)) - expected_c
    return placed


def _direction(rng: np.random.Generator) -> Floats:
    """A direction from tip to hub, leaning from straight back by up to a limit, any way round."""
    lean, around = np.radians(rng.uniform(0.0, _LEAN_DEG)), rng.uniform(0.0, 2 * np.pi)
    return np.array([np.sin(lean) * np.cos(around), np.cos(lean), np.sin(lean) * np.sin(around)])


def _spared(case: Case, target: Floats, rng: np.random.Generator) -> tuple[StructureKind, Tube, Floats]:
    """What the plan is to come near to, and its place nearest to the target."""
    found = []
    for structure, tube in judged(case):
        nearest = tube.points_mm[np.linalg.norm(tube.points_mm - target, axis=1).argmin()]
        if np.linalg.norm(nearest - target) < _WITHIN_MM:
            found.append((structure.kind, tube, nearest))
    if not found:
        raise PlanError("Nothing that is judged lies near the lesion.", code="no-path")
    return found[int(rng.integers(len(found)))]


def _tips(target: Floats, towards: Floats, active_mm: float, mode: Mode, rng: np.random.Generator) -> Floats:
    """Tips of one to three parallel probes, the middle of their active parts around the target."""
    across = np.cross(towards, (0.0, 0.0, 1.0))
    across /= np.linalg.norm(across)
    other = np.cross(towards, across)
    count, apart_mm, turn = (
        int(rng.choice(3, p=_PROBES[mode])) + 1,
        rng.uniform(*_APART_MM),
        rng.uniform(0.0, 2 * np.pi),
    )
    angles = turn + 2 * np.pi * np.arange(count) / count
    # Corners of an equal polygon, so far from its middle that neighbours are as far apart as drawn.
    out_mm = 0.0 if count == 1 else apart_mm / (2 * np.sin(np.pi / count))
    spread = out_mm * (np.cos(angles)[:, None] * across + np.sin(angles)[:, None] * other)
    return np.asarray(target - 0.5 * active_mm * towards + spread)


def _schedule(mode: Mode, rng: np.random.Generator) -> tuple[Phase, ...]:
    """One phase of a few minutes; every fourth plan by cold thaws and freezes again."""
    first = Phase(kind="on", duration_s=60.0 * int(rng.choice(_MINUTES[mode])))
    if mode is Mode.HEAT or rng.random() > 0.25:
        return (first,)
    return first, Phase(kind="off", duration_s=120.0), Phase(kind="on", duration_s=180.0)


def _levels_c(kind: StructureKind, mode: Mode) -> list[float]:
    """Temperatures that are levels of a kind."""
    limits = load_thresholds().of(kind, mode)
    return [] if limits is None else [v.temperature_c for v in limits.limits if v.temperature_c is not None]


def _shifted(
    case: Case, device_id: str, tips: Floats, towards: Floats, way: Floats, spared: Tube, wanted_c: float
) -> Floats:
    """The tips moved towards a structure, or away, until the fast model expects about what is wanted there."""
    way = way / max(float(np.linalg.norm(way)), 1e-9)
    off_k = []
    for shift_mm in _SHIFTS_MM:
        moved = tips + shift_mm * way
        zone = services.estimate(_with_probes(case, device_id, moved + 100.0 * towards, moved))
        off_k.append(abs(_felt_c(zone, spared, moved.mean(axis=0)) - wanted_c))
    return np.asarray(tips + _SHIFTS_MM[int(np.argmin(off_k))] * way)


def _with_probes(case: Case, device_id: str, entries: Iterable[Floats], tips: Floats) -> Case:
    for entry, tip in zip(entries, tips, strict=True):
        case = add_probe(case, device_id, entry, tip)
    return case


def _felt_c(zone: PredictedZone, tube: Tube, from_mm: Floats) -> float:
    """About what a tube feels: read where its wall looks at the probes."""
    axis = tube.resampled(1.0)
    out = from_mm - axis.points_mm
    away_mm = np.maximum(np.linalg.norm(out, axis=1), 1e-9)
    wall = axis.points_mm + out * (np.minimum(axis.radii_mm, away_mm) / away_mm)[:, None]
    read_c = interpolated(zone.extreme_c, zone.grid, wall, zone.body_c)
    return float(read_c.min() if zone.cold else read_c.max())
