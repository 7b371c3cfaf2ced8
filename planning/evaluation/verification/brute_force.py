"""What a tube feels in a zone, read at points so dense that nothing between them matters, and judged level by level.

Nothing of `planning.evaluation` and `imaging.distance` is used. A tube is the body that balls of its radius sweep along its
centreline; every point that is read lies in one of these balls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats, VoxelGrid
from imaging.structures import StructureKind, Tube
from planning.catalogue.devices import device
from planning.catalogue.rules import load_path_rules
from planning.catalogue.thresholds import Level, Mode, Thresholds
from planning.model.case import Probe
from planning.model.judgement import Judgement
from planning.model.zone import PredictedZone
from planning.trajectory.verification.exact import to_tube_mm

_ALONG_MM = 0.15
_WALL_MM = 0.2
_WITHIN_MM = 0.5
_LEAST_MIN = 0.001
Figures = tuple[float, float | None, float]
"""Extreme temperature, dose in minutes, distance to the needle in millimetres."""
_OF_LEVEL = {Level.CAUTION: Judgement.CAUTION, Level.ALARM: Judgement.ALARM, Level.INJURY: Judgement.INJURY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Felt:
    """What one structure feels, and what it amounts to.

    Attributes
    ----------
    extreme_c : float
    cem43_min : float or None
        None for cold.
    needle_mm : float
        From wall to wall, of the nearest probe; below 0 where one passes through.
    thermal : Judgement
        What temperature and dose amount to.
    judgement : Judgement
        What they and the needle amount to.
    """

    extreme_c: float
    cem43_min: float | None
    needle_mm: float
    thermal: Judgement
    judgement: Judgement


def figures_of(tube: Tube, zone: PredictedZone, probes: Sequence[Probe]) -> Figures:
    """Return the extreme temperature, the largest dose and the distance to the nearest probe of a tube.

    Parameters
    ----------
    tube : Tube
    zone : PredictedZone
        Best on a fine grid.
    probes : sequence of Probe
        At least one, without tines.
    """
    points = dense_points(tube)
    read_c = interpolated(zone.extreme_c, zone.grid, points, zone.body_c)
    extreme_c = float(read_c.min() if zone.cold else read_c.max())
    dose_min = None
    if zone.cem43_min is not None:
        # A kelvin doubles a dose: between voxels its logarithm is nearer to a straight line than itself.
        doublings = np.log2(np.maximum(zone.cem43_min, _LEAST_MIN))
        dose_min = float(np.exp2(interpolated(doublings, zone.grid, points, float(np.log2(_LEAST_MIN))).max()))
    needle_mm = min(to_tube_mm(tube, p.entry_mm, p.tip_mm) - device(p.device_id).diameter_mm / 2 for p in probes)
    return extreme_c, dose_min, needle_mm


def graded(kind: StructureKind, mode: Mode, figures: Figures, thresholds: Thresholds) -> Felt:
    """Return what a structure feels with what it amounts to, level by level."""
    extreme_c, cem43_min, needle_mm = figures
    thermal = thermal_judgement(kind, mode, extreme_c, cem43_min, thresholds)
    return Felt(
        extreme_c=extreme_c, cem43_min=cem43_min, needle_mm=needle_mm, thermal=thermal,
        judgement=max(thermal, needle_judgement(kind, needle_mm)),
    )  # fmt: skip


def thermal_judgement(
    kind: StructureKind, mode: Mode, extreme_c: float, dose_min: float | None, thresholds: Thresholds
) -> Judgement:
    """Return what a temperature and a dose amount to."""
    found = [Judgement.WITHIN]
    for limits in thresholds.structures:
        if limits.mode is not mode or kind not in limits.kinds:
            continue
        for limit in limits.limits:
            bound_c, bound_min = limit.temperature_c, limit.cem43_min
            beyond_k = -np.inf if bound_c is None else (extreme_c - bound_c) * (1 if mode is Mode.HEAT else -1)
            if beyond_k >= 0 or (bound_min is not None and dose_min is not None and dose_min > bound_min):
                found.append(_OF_LEVEL[limit.level])
    return max(found)


def needle_judgement(kind: StructureKind, needle_mm: float) -> Judgement:
    """Return what a needle's distance amounts to."""
    if needle_mm < 0:
        return Judgement.ALARM
    ruled = load_path_rules().limit_of(kind)
    if ruled is None:
        return Judgement.WITHIN
    for bound_mm, grade in ((ruled[1].alarm, Judgement.ALARM), (ruled[1].caution, Judgement.CAUTION)):
        if bound_mm is not None and needle_mm < bound_mm:
            return grade
    return Judgement.WITHIN


@lru_cache(maxsize=32)
def dense_points(tube: Tube) -> Floats:
    """Return points of the wall and throughout a tube, none farther from others than half a millimetre, shape (n, 3)."""
    steps = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(tube.points_mm, axis=0), axis=1))])
    at = np.linspace(0.0, steps[-1], int(np.ceil(steps[-1] / _ALONG_MM)) + 1)
    centres = np.stack([np.interp(at, steps, tube.points_mm[:, n]) for n in range(3)], axis=1)
    radii_mm = np.interp(at, steps, tube.radii_mm)
    # A polyline's direction anywhere is that of its piece.
    piece = np.clip(np.searchsorted(steps, at, side="right") - 1, 0, len(steps) - 2)
    along = np.diff(tube.points_mm, axis=0)[piece]
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    across = np.cross(along, np.eye(3)[np.abs(along).argmin(axis=1)])
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    other = np.cross(along, across)
    found = [
        centre + radius * disc @ np.stack([a, b])
        for centre, radius, disc, a, b in zip(
            centres, radii_mm, map(_disc, np.round(radii_mm, 1)), across, other, strict=True
        )
    ]
    # Between two discs of a bend, and beyond both ends, are only balls.
    found += [c + r * _sphere(float(np.round(r, 1))) for c, r in zip(tube.points_mm, tube.radii_mm, strict=True)]
    return np.concatenate(found)


@lru_cache(maxsize=256)
def _disc(radius_mm: float) -> Floats:
    """Points of a disc of radius 1, as dense as one of a radius needs, its rim most of all."""
    shells = int(np.ceil(radius_mm / _WITHIN_MM))
    found = [np.zeros((1, 2))]
    for n in range(1, shells + 1):
        count = int(np.ceil(2 * np.pi * radius_mm * n / shells / (_WALL_MM if n == shells else _WITHIN_MM)))
        angle = 2 * np.pi * np.arange(count) / count
        found.append(n / shells * np.stack([np.cos(angle), np.sin(angle)], axis=1))
    return np.concatenate(found)


@lru_cache(maxsize=256)
def _sphere(radius_mm: float) -> Floats:
    """Points evenly on a sphere of radius 1, along a spiral, as dense as one of a radius needs."""
    count = int(np.ceil(4 * np.pi * (radius_mm / _WALL_MM) ** 2))
    height = 1 - (2 * np.arange(count) + 1) / count
    turn = np.pi * (1 + np.sqrt(5)) * np.arange(count)
    ring = np.sqrt(1 - height * height)
    return np.stack([ring * np.cos(turn), ring * np.sin(turn), height], axis=1)


def interpolated(field: npt.NDArray[np.floating], grid: VoxelGrid, points_mm: Floats, outside: float) -> Floats:
    """Return a field at points, linear along each axis between the eight voxels around."""
    shape = np.array(field.shape)
    kji = grid.to_ijk(points_mm)[:, ::-1]
    within = ((kji >= 0) & (kji <= shape - 1)).all(axis=1)
    kji = kji[within]
    low = np.minimum(np.floor(kji).astype(np.int64), shape - 2)
    part = kji - low
    first = (low[:, 0] * shape[1] + low[:, 1]) * shape[2] + low[:, 2]
    flat = np.ascontiguousarray(field).reshape(-1)
    read = np.zeros(len(kji))
    for corner in np.ndindex(2, 2, 2):
        weight = np.prod([part[:, n] if corner[n] else 1 - part[:, n] for n in range(3)], axis=0)
        read += weight * flat[first + (corner[0] * shape[1] + corner[1]) * shape[2] + corner[2]]
    found = np.full(len(points_mm), outside)
    found[within] = read
    return found
