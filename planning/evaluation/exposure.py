"""What of a structure passes which level, from when on: lengths of nerve, volumes, times."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from imaging.distance import sample
from imaging.geometry import Floats, VoxelGrid
from imaging.labels import Box, Mask
from imaging.structures import StructureKind, Tube
from imaging.surface import surface_of_tube
from planning.catalogue.thresholds import Level, Limit, Mode, Thresholds
from planning.evaluation.dose import DOSE_PER_K, dose_at_min
from planning.evaluation.grid_error import grid_error_k
from planning.model.case import Structure
from planning.model.point import Point
from planning.model.zone import PredictedZone

_STEP_MM = 0.5
_SIDES = 16
_SHELLS = 3
"""Rings of points across a tube, each standing for the same area."""
_FINEST_MM = 1.5
"""Voxels longer than this are read at several places."""
_KNOWN_WITHIN_K = 2.0
"""So near must the recorded curve come to the extreme for its time to be that of the extreme."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """How much of a structure passes one level.

    Attributes
    ----------
    temperature_c, cem43_min : float or None
        The level: one of both.
    level : Level
        The gravest that this value stands for in any structure.
    from_s : float or None
        When the first place of it passes a temperature; None where no curve says so.
    length_mm : float or None
        Of a nerve, measured along its axis, wherever any part of its cross-section passes the level; None for other shapes.
    volume_mm3 : float or None
        None for the skin, which has none.
    """

    temperature_c: float | None = None
    cem43_min: float | None = None
    level: Level
    from_s: float | None
    length_mm: float | None
    volume_mm3: float | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Cumulative:
    """The volume that passes each of some values.

    Attributes
    ----------
    values : ndarray, shape (n,)
        Temperatures in °C or doses in minutes, from mild to grave.
    volume_mm3 : ndarray, shape (n,)
        Falling.
    """

    values: Floats
    volume_mm3: Floats


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Exposure:
    """What a structure feels.

    Attributes
    ----------
    extreme_c : float
        Coldest or hottest temperature anywhere in it.
    extreme_at_mm : tuple of float or None
        Where.
    extreme_at_s : float or None
        When; None where no curve says so.
    cem43_min : float or None
        Largest thermal dose, for heat.
    judged_c, judged_cem43_min : float or None
        Temperature and dose that it is judged by: graver than those predicted by as much as the grid may be off.
    crossings : tuple of Crossing
        Of every level on file for any structure, mild before grave; those that nothing passes are left out.
    by_temperature, by_dose : Cumulative or None
        Volume against temperature and dose; None where there is no volume or no dose.
    """

    extreme_c: float
    extreme_at_mm: Point | None
    extreme_at_s: float | None
    cem43_min: float | None
    judged_c: float
    judged_cem43_min: float | None
    crossings: tuple[Crossing, ...] = ()
    by_temperature: Cumulative | None = None
    by_dose: Cumulative | None = None

    def short_of(self, limit: Limit, *, cold: bool) -> bool:
        """Whether what is predicted stays short of a limit, which only what the grid may be off reaches."""
        bound_c = limit.temperature_c
        reached = bound_c is not None and (self.extreme_c <= bound_c if cold else self.extreme_c >= bound_c)
        return not reached and (limit.cem43_min is None or (self.cem43_min or 0.0) <= limit.cem43_min)

    def crossing(self, temperature_c: float) -> Crossing | None:
        """Return what passes a temperature that is a level, or None where nothing does."""
        return next((c for c in self.crossings if c.temperature_c == temperature_c), None)


def exposure_of(structure: Structure, surface_mm: Floats, zone: PredictedZone, thresholds: Thresholds) -> Exposure:
    """Return what a structure feels in a zone.

    The part of it outside the computed grid is at body temperature: the grid reaches to where the probes change nothing.

    Parameters
    ----------
    structure : Structure
    surface_mm : ndarray, shape (n, 3)
        Points on its surface within the zone's grid.
    zone : PredictedZone
    thresholds : Thresholds
    """
    inner_mm, inner_mm3 = _inner_points(structure, zone.grid)
    points = np.concatenate([surface_mm, inner_mm])
    doses = None
    if zone.cem43_min is not None:
        doses = dose_at_min(zone.cem43_min, zone.grid, points)
    largest_dose = None if doses is None else float(doses.max(initial=0.0))
    if len(points) == 0:
        return Exposure(
            extreme_c=zone.body_c, extreme_at_mm=None, extreme_at_s=None, cem43_min=largest_dose,
            judged_c=zone.body_c, judged_cem43_min=largest_dose,
        )  # fmt: skip
    values_c = sample(zone.extreme_c, zone.grid, points, outside=zone.body_c)
    worst = int(values_c.argmin() if zone.cold else values_c.argmax())
    extreme_c = float(values_c[worst])
    x, y, z = points[worst].tolist()
    curve_c = zone.curves_c.get(structure.id)
    inner = slice(len(surface_mm), None)
    has_volume = structure.kind is not StructureKind.SKIN
    along = _Along.of(structure.shape, zone) if isinstance(structure.shape, Tube) else None
    crossings = []
    for level, temperature_c, cem43_min in levels_of(thresholds, zone.mode):
        by_dose = temperature_c is None
        read, bound = (doses, cem43_min) if by_dose else (values_c, temperature_c)
        if read is None or bound is None:
            continue
        beyond = _beyond(read, bound, zone.cold and not by_dose)
        if not beyond.any():
            continue
        crossings.append(
            Crossing(
                temperature_c=temperature_c,
                cem43_min=cem43_min,
                level=level,
                from_s=None if by_dose else first_passing_s(zone.times_s, curve_c, bound, cold=zone.cold),
                length_mm=None if along is None else along.length_beyond_mm(bound, by_dose=by_dose),
                volume_mm3=float(inner_mm3[beyond[inner]].sum()) if has_volume else None,
            )
        )
    off_k = grid_error_k(zone, (x, y, z))
    return Exposure(
        extreme_c=extreme_c,
        extreme_at_mm=(x, y, z),
        extreme_at_s=_when(zone, curve_c, extreme_c),
        cem43_min=largest_dose,
        judged_c=extreme_c - off_k if zone.cold else extreme_c + off_k,
        judged_cem43_min=None if largest_dose is None else largest_dose * DOSE_PER_K**off_k,
        crossings=tuple(crossings),
        by_temperature=_cumulative_c(values_c[inner], inner_mm3, zone) if has_volume else None,
        by_dose=_cumulative_dose(doses[inner], inner_mm3) if has_volume and doses is not None else None,
    )


def levels_of(thresholds: Thresholds, mode: Mode) -> list[tuple[Level, float | None, float | None]]:
    """Return all levels of a mode: temperatures, then doses, mild before grave.

    Returns
    -------
    list of tuple
        The gravest level a value stands for in any structure, and the temperature or the dose.
    """
    temperatures: dict[float, Level] = {}
    doses: dict[float, Level] = {}
    for limit in (limit for s in thresholds.structures if s.mode is mode for limit in s.limits):
        for value, known in ((limit.temperature_c, temperatures), (limit.cem43_min, doses)):
            if value is not None:
                known[value] = max(known.get(value, limit.level), limit.level, key=lambda level: level.rank)
    in_order = sorted(temperatures, reverse=mode is Mode.COLD)
    by_temperature: list[tuple[Level, float | None, float | None]] = [(temperatures[c], c, None) for c in in_order]
    return by_temperature + [(doses[m], None, m) for m in sorted(doses)]


def first_passing_s(times_s: Floats, curve_c: Floats | None, bound_c: float, *, cold: bool) -> float | None:
    """Return when a curve first passes a temperature, interpolated between its times; None if it never does."""
    if curve_c is None or len(curve_c) == 0:
        return None
    beyond = _beyond(curve_c, bound_c, cold)
    if not beyond.any():
        return None
    n = int(beyond.argmax())
    if n == 0:
        return float(times_s[0])
    part = (bound_c - curve_c[n - 1]) / (curve_c[n] - curve_c[n - 1])
    return float(times_s[n - 1] + part * (times_s[n] - times_s[n - 1]))


def _beyond(values: Floats, bound: float, cold: bool) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return values <= bound if cold else values >= bound


def _when(zone: PredictedZone, curve_c: Floats | None, extreme_c: float) -> float | None:
    """When the extreme is reached, if the curve came to it."""
    if curve_c is None or len(curve_c) == 0:
        return None
    n = int(curve_c.argmin() if zone.cold else curve_c.argmax())
    return float(zone.times_s[n]) if abs(curve_c[n] - extreme_c) <= _KNOWN_WITHIN_K else None


@dataclass(frozen=True, slots=True, eq=False)
class _Along:
    """The worst temperature and dose of every cross-section of a nerve, and where along it they lie."""

    at_mm: Floats
    extreme_c: Floats
    cem43_min: Floats
    cold: bool

    @classmethod
    def of(cls, tube: Tube, zone: PredictedZone) -> _Along:
        sections = _sections(tube)
        flat = sections.reshape(-1, 3)
        extreme_c = sample(zone.extreme_c, zone.grid, flat, outside=zone.body_c).reshape(sections.shape[:2])
        dose = np.zeros(len(sections))
        if zone.cem43_min is not None:
            dose = dose_at_min(zone.cem43_min, zone.grid, flat).reshape(sections.shape[:2]).max(axis=1)
        axis = sections[:, 0]
        at_mm = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(axis, axis=0), axis=1))])
        return cls(at_mm, extreme_c.min(axis=1) if zone.cold else extreme_c.max(axis=1), dose, zone.cold)

    def length_beyond_mm(self, bound: float, *, by_dose: bool) -> float:
        """Length beyond a level, its ends interpolated between the sections."""
        values = self.cem43_min if by_dose else self.extreme_c
        excess = bound - values if self.cold and not by_dose else values - bound
        first, second = excess[:-1], excess[1:]
        step = np.where(first == second, 1.0, first - second)
        # Of every piece the share on the far side of the level.
        crossed = np.where(first >= 0, first / step, 1 - first / step)
        share = np.where((first >= 0) & (second >= 0), 1.0, np.where((first < 0) & (second < 0), 0.0, crossed))
        return float((share * np.diff(self.at_mm)).sum())


@lru_cache(maxsize=64)
def _sections(tube: Tube) -> Floats:
    """Points of the cross-sections of a tube, shape (n, 1 + shells * sides, 3): the axis first, the wall last."""
    axis = tube.resampled(_STEP_MM).points_mm
    wall = surface_of_tube(tube, _SIDES, _STEP_MM).points_mm[: len(axis) * _SIDES].reshape(len(axis), _SIDES, 3)
    out = wall - axis[:, None]
    shells = [axis[:, None] + n / _SHELLS * out for n in range(1, _SHELLS + 1)]
    return np.concatenate([axis[:, None], *shells], axis=1)


@lru_cache(maxsize=64)
def _tube_points(tube: Tube) -> tuple[Floats, Floats]:
    """Points throughout a tube, shape (n, 3), and the volume each stands for, shape (n,)."""
    sections = _sections(tube)
    fine = tube.resampled(_STEP_MM)
    axis = fine.points_mm
    out = sections[:, -_SIDES:] - axis[:, None]
    shells = [axis[:, None] + np.sqrt((n + 0.5) / _SHELLS) * out for n in range(_SHELLS)]
    steps = np.linalg.norm(np.diff(axis, axis=0), axis=1)
    lengths = np.concatenate([[0.0], steps / 2]) + np.concatenate([steps / 2, [0.0]])
    each = np.pi * fine.radii_mm**2 * lengths / (_SHELLS * _SIDES)
    return np.concatenate(shells, axis=1).reshape(-1, 3), np.repeat(each, _SHELLS * _SIDES)


def _inner_points(structure: Structure, grid: VoxelGrid) -> tuple[Floats, Floats]:
    """Points throughout a structure within a grid, shape (n, 3), and the volume each stands for, shape (n,)."""
    nothing = np.zeros((0, 3)), np.zeros(0)
    if isinstance(structure.shape, Tube):
        points, volume_mm3 = _tube_points(structure.shape)
        within = grid.contains(points)
        return points[within], volume_mm3[within]
    if structure.kind is StructureKind.SKIN:
        return nothing
    mask: Mask = structure.shape
    low, high = grid.bounds_mm
    box = Box.around(mask.grid, low, high)
    if box.empty:
        return nothing
    kji = np.argwhere(mask.array(box)) + np.array(box.start_kji)
    offsets = places_in_voxel(mask.grid)
    ijk = (kji[:, None, ::-1] + offsets).reshape(-1, 3)
    points = mask.grid.to_lps(ijk)
    each = float(np.prod(mask.grid.spacing_ijk_mm)) / len(offsets)
    within = grid.contains(points)
    return points[within], np.full(int(within.sum()), each)


def places_in_voxel(grid: VoxelGrid) -> Floats:
    """Return where a voxel is read, from its centre, in voxels along i, j, k, shape (n, 3): long ones at several places."""
    parts = [np.arange(n) for n in np.maximum(np.ceil(grid.spacing_ijk_mm / _FINEST_MM).astype(int), 1)]
    centred = [(part + 0.5) / len(part) - 0.5 for part in parts]
    return np.stack(np.meshgrid(*centred, indexing="ij"), axis=-1).reshape(-1, 3)


def _cumulative_c(values_c: Floats, volume_mm3: Floats, zone: PredictedZone) -> Cumulative:
    """Volume by temperature, in whole degrees from the body's to the extreme."""
    sign = -1 if zone.cold else 1
    grave = values_c.min(initial=zone.body_c) if zone.cold else values_c.max(initial=zone.body_c)
    steps = np.arange(int(np.ceil(abs(grave - zone.body_c))) + 1, dtype=np.float64)
    # What lies a hair on the other side of the body's temperature counts as at it.
    beyond_k = np.maximum(sign * (values_c - zone.body_c), 0.0)
    return Cumulative(values=zone.body_c + sign * steps, volume_mm3=_volumes_beyond(beyond_k, volume_mm3, steps))


def _cumulative_dose(doses_min: Floats, volume_mm3: Floats) -> Cumulative:
    """Volume by dose, in steps of a fifth of a decade from a tenth of a minute to a thousand."""
    values = np.power(10.0, np.arange(-5, 16) / 5)
    return Cumulative(values=values, volume_mm3=_volumes_beyond(doses_min, volume_mm3, values))


def _volumes_beyond(read: Floats, volume_mm3: Floats, bounds: Floats) -> Floats:
    """The volume whose value is at or above each of some rising bounds."""
    order = np.argsort(read)
    summed = np.concatenate([[0.0], np.cumsum(volume_mm3[order])])
    return np.asarray(summed[-1] - summed[np.searchsorted(read[order], bounds, side="left")])
