"""What each sensitive structure feels: distances, extreme temperature, dose, and the level they reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from imaging.distance import sample, smallest_signed_distance_mm
from imaging.geometry import Floats
from imaging.labels import Mask
from imaging.structures import ROOT_LEVELS, SACRAL_ROOT_LEVELS, Side, StructureKind, Tube
from imaging.surface import Mesh, surface_of_field, surface_of_tube
from planning.catalogue.rules import load_path_rules
from planning.catalogue.thresholds import Level, Limit, StructureThresholds, Thresholds
from planning.evaluation.exposure import Exposure, exposure_of
from planning.model.case import Case, Probe, Structure
from planning.model.judgement import Judgement
from planning.model.naming import make_structure, root_id
from planning.model.point import Point
from planning.model.zone import PredictedZone
from planning.trajectory.clearance import clearance, whole_surface

EXPECTED_KINDS = (
    StructureKind.CANAL,
    StructureKind.THECAL_SAC,
    StructureKind.BOWEL,
    StructureKind.BLADDER,
    StructureKind.VESSEL,
    StructureKind.SKIN,
)
"""What every plan must know about, besides the roots."""
SENSITIVE_KINDS = (
    *EXPECTED_KINDS, StructureKind.CORD, StructureKind.NERVE, StructureKind.DISC, StructureKind.SI_CARTILAGE,
)  # fmt: skip
"""What is judged wherever it is marked, besides the roots."""


_AROUND_MM = 0.75
"""Places around a tube are read so near to each other: 2 mm apart a canal beside a needle reads 0.8 K too mild."""
_OF_LEVEL = {Level.CAUTION: Judgement.CAUTION, Level.ALARM: Judgement.ALARM, Level.INJURY: Judgement.INJURY}


def judgement_of(level: Level) -> Judgement:
    """Return what crossing a level amounts to."""
    return _OF_LEVEL[level]


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureRisk:
    """What a plan does to one structure.

    Attributes
    ----------
    id, name : str
    kind : StructureKind
    level : str
        Root level; empty for other kinds.
    side : Side or None
    judgement : Judgement
    needle_mm : float or None
        Smallest distance between the surfaces of structure and any probe with its tines, negative if pierced.
    needle_name : str
        The probe it is measured to.
    needle_by_tines : bool
        It is measured to the probe's tines, in whichever way they are turned.
    isotherm_mm : mapping of float to float or None
        Signed distance from the structure's surface to each isotherm, by temperature, negative inside the
        zone; None where the zone never reaches that temperature.
    exposure : Exposure or None
        What it feels; None if it is not segmented.
    limit : Limit or None
        The thermal limit it crosses.
    needle_limit_mm : float or None
        The needle distance it falls below.
    needle_judgement : Judgement
        What the needle alone amounts to.
    confirmed : bool
        Whether the user drew or accepted it; what nobody confirmed is never counted as safe.
    reason : str
        Why it is judged so, with the source.
    """

    id: str
    name: str
    kind: StructureKind
    level: str
    side: Side | None
    judgement: Judgement
    needle_mm: float | None = None
    needle_name: str = ""
    needle_by_tines: bool = False
    isotherm_mm: Mapping[float, float | None]
    exposure: Exposure | None = None
    limit: Limit | None = None
    needle_limit_mm: float | None = None
    needle_judgement: Judgement = Judgement.NOT_ASSESSED
    confirmed: bool = True
    reason: str = ""

    @property
    def extreme_c(self) -> float | None:
        """Coldest or hottest temperature in it."""
        return None if self.exposure is None else self.exposure.extreme_c

    @property
    def extreme_at_mm(self) -> Point | None:
        """Where that is."""
        return None if self.exposure is None else self.exposure.extreme_at_mm

    @property
    def cem43_min(self) -> float | None:
        """Largest thermal dose, for heat."""
        return None if self.exposure is None else self.exposure.cem43_min

    @property
    def needle_text(self) -> str:
        """What of a probe it is measured to: ``R1`` for its shaft, ``tines of R1``."""
        return f"tines of {self.needle_name}" if self.needle_by_tines else self.needle_name


def judge_structures(case: Case, zone: PredictedZone, thresholds: Thresholds) -> tuple[StructureRisk, ...]:
    """Return the risk of every structure that should be looked at, segmented or not.

    Parameters
    ----------
    case : Case
    zone : PredictedZone
    thresholds : Thresholds

    Returns
    -------
    tuple of StructureRisk
        Roots from L5 to S5, and of higher levels those of which one side is marked, right before left; then the other
        kinds. One that the case does not have is ``NOT_ASSESSED``.
    """
    isotherms_c = thresholds.isotherms(zone.mode).isotherms_c
    present: list[Structure] = []
    for structure in case.structures:
        if structure.kind is StructureKind.ROOT or structure.kind in SENSITIVE_KINDS:
            zone.grid.require_same_frame(case.image.grid, structure.name)
            present.append(structure)
    points: dict[str, Floats] = {s.id: _surface_points(s, zone) for s in present}
    exposures = {s.id: exposure_of(s, points[s.id], zone, thresholds) for s in present}
    distances = _isotherm_distances(
        {name: _with_place(points[name], felt.extreme_at_mm) for name, felt in exposures.items()}, zone, isotherms_c
    )
    risks: dict[str, StructureRisk] = {
        s.id: _judge(s, exposures[s.id], distances[s.id], case.plan.probes, thresholds.of(s.kind, zone.mode))
        for s in present
    }
    listed = []
    for absent in _expected({s.level for s in present if s.kind is StructureKind.ROOT}):
        listed.append(risks.pop(absent.id, absent))
    return (*listed, *risks.values())


def _expected(marked: Set[str]) -> list[StructureRisk]:
    """Every structure a plan in the sacrum, and around roots that are marked, must know about, as not assessed."""

    def missing(structure_id: str, name: str, kind: StructureKind, level: str, side: Side | None) -> StructureRisk:
        return StructureRisk(
            id=structure_id, name=name, kind=kind, level=level, side=side,
            judgement=Judgement.NOT_ASSESSED, isotherm_mm={}, reason="It is not segmented.",
        )  # fmt: skip

    roots = [
        missing(root_id(level, side), f"{level} {side.value}", StructureKind.ROOT, level, side)
        for level in ROOT_LEVELS
        if level in SACRAL_ROOT_LEVELS or level in marked
        for side in (Side.RIGHT, Side.LEFT)
    ]
    stand_in = Tube(np.array([[0.0, 0, 0], [0, 0, 1]]), np.ones(2))
    others = [make_structure(kind, stand_in) for kind in EXPECTED_KINDS]
    return roots + [missing(s.id, s.name, s.kind, "", None) for s in others]


def _surface_points(structure: Structure, zone: PredictedZone) -> Floats:
    """Points on a structure's surface within the zone's grid, shape (n, 3); for a tube its axis too."""
    points = surface_points(structure.shape)
    return np.asarray(points[zone.grid.contains(points)])


@lru_cache(maxsize=64)
def surface_points(shape: Mask | Tube) -> Floats:
    """Points on the whole surface of a shape, made once for as long as the shape is in use."""
    if isinstance(shape, Tube):
        sides = max(4 * int(np.ceil(np.pi / 2 * shape.radii_mm.max() / _AROUND_MM)), 16)
        wall = surface_of_tube(shape, sides, step_mm=0.5).points_mm
        ends = [_ball_points(shape.points_mm[n], float(shape.radii_mm[n])) for n in (0, -1)]
        return np.concatenate([wall, shape.resampled(0.5).points_mm, *ends])
    points = whole_surface(shape).points_mm
    # Where the CT cuts the structure there is a face that is not its surface.
    ijk = shape.grid.to_ijk(points)
    last = np.array(shape.grid.shape_kji[::-1]) - 1
    return np.asarray(points[((ijk > 0.8) & (ijk < last - 0.8)).all(axis=1)])


def _ball_points(centre_mm: Floats, radius_mm: float) -> Floats:
    """Points evenly on a ball, along a spiral: a tube ends in balls, as it does in every mask made of it."""
    count = int(np.ceil(4 * np.pi * (radius_mm / _AROUND_MM) ** 2)) + 8
    height = 1 - (2 * np.arange(count) + 1) / count
    turn, ring = np.pi * (1 + np.sqrt(5)) * np.arange(count), np.sqrt(1 - height * height)
    return np.asarray(centre_mm + radius_mm * np.stack([ring * np.cos(turn), ring * np.sin(turn), height], axis=1))


def _with_place(points: Floats, place_mm: Point | None) -> Floats:
    """Points on a surface and the worst place within: a zone may lie wholly inside a structure."""
    return points if place_mm is None else np.concatenate([points, [place_mm]])


def _isotherm_distances(
    points: Mapping[str, Floats], zone: PredictedZone, isotherms_c: Sequence[float]
) -> dict[str, dict[float, float | None]]:
    """Signed distance of every structure to every isotherm."""
    distances: dict[str, dict[float, float | None]] = {name: dict.fromkeys(isotherms_c) for name in points}
    felt_c = {name: sample(zone.extreme_c, zone.grid, at_mm, outside=zone.body_c) for name, at_mm in points.items()}
    asked: list[tuple[str, float, Mesh, npt.NDArray[np.bool_]]] = []
    for isotherm_c in isotherms_c:
        surface = surface_of_field(zone.extreme_c, zone.grid, isotherm_c, below=zone.cold)
        if surface.empty:
            continue
        for name, values_c in felt_c.items():
            if len(values_c):
                inside = values_c <= isotherm_c if zone.cold else values_c >= isotherm_c
                asked.append((name, isotherm_c, surface, inside))

    def measured(one: tuple[str, float, Mesh, npt.NDArray[np.bool_]]) -> float:
        name, _, surface, inside = one
        return smallest_signed_distance_mm(surface, points[name], inside)

    # Neither trees nor triangles hold the interpreter's lock.
    with ThreadPoolExecutor() as pool:
        for (name, isotherm_c, *_), found_mm in zip(asked, pool.map(measured, asked), strict=True):
            distances[name][isotherm_c] = found_mm
    return distances


def _judge(
    structure: Structure,
    exposure: Exposure,
    isotherm_mm: Mapping[float, float | None],
    probes: Sequence[Probe],
    limits: StructureThresholds | None,
) -> StructureRisk:
    needle_mm, needle_name, by_tines = _needle_distance(structure, probes)
    limit = limits.crossed(exposure.judged_c, exposure.judged_cem43_min or 0.0) if limits else None
    judgement, reason = _heat_or_cold_level(limits, limit)
    by_needle, needle_limit_mm, needle_reason = _needle_level(structure.kind, needle_mm)
    if by_needle >= Judgement.CAUTION and by_needle > judgement:
        judgement, reason = by_needle, needle_reason
    else:
        needle_limit_mm = None
    if not structure.confirmed and judgement in (Judgement.WITHIN, Judgement.NOT_ASSESSED):
        judgement, reason = Judgement.UNCONFIRMED, "It was proposed by the program and nobody has confirmed it."
    return StructureRisk(
        id=structure.id, name=structure.name, kind=structure.kind, level=structure.level, side=structure.side,
        judgement=judgement, needle_mm=needle_mm, needle_name=needle_name, needle_by_tines=by_tines, isotherm_mm=isotherm_mm,
        exposure=exposure, limit=limit, needle_limit_mm=needle_limit_mm,
        needle_judgement=by_needle, confirmed=structure.confirmed, reason=reason,
    )  # fmt: skip


def _heat_or_cold_level(limits: StructureThresholds | None, limit: Limit | None) -> tuple[Judgement, str]:
    """What temperature and dose amount to, with the reason."""
    if limits is None or not limits.assessed:
        return Judgement.NOT_ASSESSED, "No published limit for this structure is on file."
    if limit is None:
        return Judgement.WITHIN, "All its limits hold."
    return _OF_LEVEL[limit.level], f"{limit.source} ({limit.species})"


def _needle_level(kind: StructureKind, needle_mm: float | None) -> tuple[Judgement, float | None, str]:
    """What the needle's distance amounts to, the distance it falls below, and the reason."""
    if needle_mm is None:
        return Judgement.NOT_ASSESSED, None, ""
    if needle_mm < 0:
        return Judgement.ALARM, 0.0, "A probe passes through it."
    ruled = load_path_rules().limit_of(kind)
    if ruled is None or (ruled[1].alarm is None and ruled[1].caution is None):
        return Judgement.NOT_ASSESSED, None, "No published distance for this structure is on file."
    limit = ruled[1]
    for bound_mm, grade in ((limit.alarm, Judgement.ALARM), (limit.caution, Judgement.CAUTION)):
        if bound_mm is not None and needle_mm < bound_mm:
            return grade, bound_mm, limit.source
    return Judgement.WITHIN, None, ""


def _needle_distance(structure: Structure, probes: Sequence[Probe]) -> tuple[float | None, str, bool]:
    """Surface-to-surface distance to the nearest probe, and whether to its tines; the skin is pierced by design and has none."""
    if structure.kind is StructureKind.SKIN or not probes:
        return None, "", False
    found = [(clearance(structure, probe), probe.name) for probe in probes]
    nearest, name = min(found, key=lambda f: f[0].distance_mm)
    return nearest.distance_mm, name, nearest.by_tines
