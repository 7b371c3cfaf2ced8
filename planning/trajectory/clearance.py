"""How near a needle comes to a structure, from surface to surface, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from imaging.distance import largest_reach_mm, nearest_place, rough_distance_mm
from imaging.geometry import Floats
from imaging.labels import Mask
from imaging.structures import StructureKind, Tube
from imaging.surface import Mesh, surface_of_mask
from planning.catalogue.devices import Device, device
from planning.model.case import Case, Probe, Structure
from planning.model.point import Point
from planning.thermal.tines import swept_points_mm

_STEP_MM = 2.0
_FINE_STEP_MM = 0.25
_LONGEST_PIECE_MM = 0.5
_STEP_ALONG_TINES_MM = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearance:
    """The smallest distance between a needle and something else.

    Attributes
    ----------
    id, name : str
        Of the structure, or of the other probe.
    kind : StructureKind or None
        None of another probe.
    distance_mm : float
        Between the surfaces; negative where the needle goes through.
    needle_at_mm, other_at_mm : tuple of float
        LPS places of the smallest distance: on the axis of the needle, and on the surface of the other.
    depth_mm : float
        From the skin to the place on the needle, along the shaft.
    by_tines : bool
        It is measured to the needle's tines, in whichever way they are turned.
    confirmed : bool
    tightest : Clearance or None
        Where a needle that strays is likelier to touch it than at the smallest distance: deeper, as it strays most at its tip.
        None where it is the same place, or where straying does not matter.
    """

    id: str
    name: str
    kind: StructureKind | None
    distance_mm: float
    needle_at_mm: Point
    other_at_mm: Point
    depth_mm: float
    by_tines: bool = False
    confirmed: bool = True
    tightest: Clearance | None = None

    def followed(self, probe: Probe) -> Clearance:
        """Return the distance of a needle that has moved since to the same place: near it, never too small."""
        entry, tip = np.asarray(probe.entry_mm, float), np.asarray(probe.tip_mm, float)
        there = np.asarray([self.other_at_mm], float)
        at, _, apart_mm = between_segments(entry, tip, there, there)
        needle_at = entry + at[0] * (tip - entry)
        return replace(
            self, needle_at_mm=_point(needle_at), depth_mm=float(at[0]) * probe.depth_mm,
            distance_mm=float(apart_mm[0]) - device(probe.device_id).diameter_mm / 2,
            tightest=None if self.tightest is None else self.tightest.followed(probe),
        )  # fmt: skip


def clearances(case: Case, probe: Probe, kinds: Iterable[StructureKind]) -> tuple[Clearance, ...]:
    """Return the distances of a probe to all structures of some kinds and to the other probes, nearest first.

    Parameters
    ----------
    case : Case
    probe : Probe
        It need not be one of the plan.
    kinds : iterable of StructureKind
    """
    wanted = set(kinds)
    found = [clearance(s, probe) for s in case.structures if s.kind in wanted]
    found += [between_probes(other, probe) for other in case.plan.probes if other.id != probe.id]
    return tuple(sorted(found, key=lambda c: c.distance_mm))


def clearance(structure: Structure, probe: Probe) -> Clearance:
    """Return the distance of a probe to a structure, its tines included."""
    source = device(probe.device_id)
    best = (*axis_to(structure.shape, probe.entry_mm, probe.tip_mm), source.diameter_mm / 2, False)
    if source.tines is not None:
        tines = swept_points_mm(source.tines, probe.tip_mm, probe.entry_mm, _STEP_ALONG_TINES_MM)
        by_tines = (*_of_points(structure.shape, tines), source.tines.diameter_mm / 2, True)
        best = min(best, by_tines, key=lambda b: b[0] - b[3])
    from_axis_mm, needle_at, other_at, radius_mm, tines_nearer = best
    return Clearance(
        id=structure.id, name=structure.name, kind=structure.kind, distance_mm=from_axis_mm - radius_mm,
        needle_at_mm=_point(needle_at), other_at_mm=_point(other_at), depth_mm=_depth_mm(probe, needle_at),
        by_tines=tines_nearer, confirmed=structure.confirmed,
    )  # fmt: skip


def between_probes(other: Probe, probe: Probe) -> Clearance:
    """Return the distance between the shafts of two probes within the body."""
    at, on_other, apart_mm = between_segments(
        np.asarray(probe.entry_mm, float), np.asarray(probe.tip_mm, float),
        np.asarray([other.entry_mm], float), np.asarray([other.tip_mm], float),
    )  # fmt: skip
    radii_mm = (device(probe.device_id).diameter_mm + device(other.device_id).diameter_mm) / 2
    needle_at = np.asarray(probe.entry_mm) + at[0] * np.subtract(probe.tip_mm, probe.entry_mm)
    other_at = np.asarray(other.entry_mm) + on_other[0] * np.subtract(other.tip_mm, other.entry_mm)
    return Clearance(
        id=other.id, name=other.name, kind=None, distance_mm=float(apart_mm[0]) - radii_mm,
        needle_at_mm=_point(needle_at), other_at_mm=_point(other_at), depth_mm=_depth_mm(probe, needle_at),
    )  # fmt: skip


def where_tightest(other: Structure | Probe, probe: Probe, nearest: Clearance, strays_mm: float) -> Clearance:
    """Return a distance with the place where a needle that strays is likeliest to touch.

    Parameters
    ----------
    other : Structure or Probe
    probe : Probe
    nearest : Clearance
        The smallest distance of the two.
    strays_mm : float
        How far the tip may come to lie beside its path; less so nearer to the skin, where the needle is held.
    """
    entry, tip = np.asarray(probe.entry_mm, float), np.asarray(probe.tip_mm, float)
    at = np.linspace(0.0, 1.0, max(int(np.ceil(probe.depth_mm / _FINE_STEP_MM)), 1) + 1)
    points, off_mm = entry + at[:, None] * (tip - entry), strays_mm * at
    radius_mm = device(probe.device_id).diameter_mm / 2
    if isinstance(other, Structure):
        signed_mm, needle_at, other_at = _of_points(other.shape, points, off_mm)
    else:
        axis = Tube(
            np.array([other.entry_mm, other.tip_mm], float), np.full(2, device(other.device_id).diameter_mm / 2)
        )
        signed_mm, needle_at, _ = _of_points(axis, points, off_mm)
        other_at = _on_axis(axis, needle_at)
    there = replace(
        nearest, distance_mm=signed_mm - radius_mm, needle_at_mm=_point(needle_at), other_at_mm=_point(other_at),
        depth_mm=_depth_mm(probe, needle_at), by_tines=False,
    )  # fmt: skip
    elsewhere = _left_mm(there, probe, strays_mm) < _left_mm(nearest, probe, strays_mm)
    return replace(nearest, tightest=there) if elsewhere else nearest


def _left_mm(found: Clearance, probe: Probe, strays_mm: float) -> float:
    return found.distance_mm - strays_mm * found.depth_mm / probe.depth_mm


def outside_mm(applicator: Device, depth_mm: float) -> float | None:
    """Return how much of a shaft stays outside the skin; None where its length is not known."""
    return None if applicator.shaft_length_mm is None else applicator.shaft_length_mm - depth_mm


@lru_cache(maxsize=64)
def whole_surface(mask: Mask) -> Mesh:
    """Return the surface of a mask, made once for as long as the mask is in use."""
    return surface_of_mask(mask)


def axis_to(shape: Mask | Tube, entry_mm: Point, tip_mm: Point) -> tuple[float, Floats, Floats]:
    """Return the signed distance from the axis of a straight needle to a surface, and the places on both, shape (3,)."""
    entry, tip = np.asarray(entry_mm, float), np.asarray(tip_mm, float)
    if isinstance(shape, Tube):
        return _between_tube_and_line(shape, entry, tip)
    depth_mm = float(np.linalg.norm(entry - tip))
    coarse = np.linspace(0.0, 1.0, max(int(np.ceil(depth_mm / _STEP_MM)), 1) + 1)
    points = entry + coarse[:, None] * (tip - entry)
    surface = whole_surface(shape)
    rough_mm = np.where(shape.contains(points), -1.0, 1.0) * rough_distance_mm(surface, points)
    # Only where the needle may come nearest is it measured to the surface itself, and between these places too.
    # Voxels and the smooth surface differ by a triangle's reach as to what lies inside.
    near = coarse[rough_mm <= rough_mm.min() + 3 * largest_reach_mm(surface) + _STEP_MM / 2]
    margin = _STEP_MM / depth_mm
    low, high = max(near[0] - margin, 0.0), min(near[-1] + margin, 1.0)
    fine = np.linspace(low, high, int(np.ceil((high - low) * depth_mm / _FINE_STEP_MM)) + 1)
    return _of_points(shape, entry + fine[:, None] * (tip - entry))


def _of_points(shape: Mask | Tube, points: Floats, taken_off_mm: Floats | float = 0.0) -> tuple[float, Floats, Floats]:
    """Smallest signed distance of any point to a surface, less what is taken off it; the point, and the place there."""
    if isinstance(shape, Tube):
        signed = shape.signed_distance_mm(points)
        n = int((signed - taken_off_mm).argmin())
        return float(signed[n]), points[n], _on_wall(shape, points[n])
    inside = shape.contains(points)
    signed_mm, n, surface_at = nearest_place(whole_surface(shape), points, inside, taken_off_mm, by_surface=True)
    return signed_mm, points[n], surface_at


def _between_tube_and_line(tube: Tube, entry: Floats, tip: Floats) -> tuple[float, Floats, Floats]:
    """Distance of a straight line to the wall of a tube: the closest places of the line and of every piece of the axis."""
    tube = _in_short_pieces(tube)
    on_line, on_axis, apart_mm = between_segments(entry, tip, tube.points_mm[:-1], tube.points_mm[1:])
    radius_mm = tube.radii_mm[:-1] + on_axis * np.diff(tube.radii_mm)
    n = int((apart_mm - radius_mm).argmin())
    needle_at = entry + on_line[n] * (tip - entry)
    axis_at = tube.points_mm[n] + on_axis[n] * (tube.points_mm[n + 1] - tube.points_mm[n])
    return float(apart_mm[n] - radius_mm[n]), needle_at, _towards(axis_at, needle_at, float(radius_mm[n]))


@lru_cache(maxsize=64)
def _in_short_pieces(tube: Tube) -> Tube:
    """The same tube in pieces so short that its nearest wall lies across the nearest place of its axis, where it widens too."""
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(tube.points_mm, axis=0), axis=1))])
    # Its own points stay, or corners would be cut.
    at = np.union1d(along, np.arange(0.0, along[-1], _LONGEST_PIECE_MM))
    points = np.stack([np.interp(at, along, tube.points_mm[:, axis]) for axis in range(3)], axis=1)
    return Tube(points, np.interp(at, along, tube.radii_mm))


def _on_axis(tube: Tube, point: Floats) -> Floats:
    _, on_axis, apart_mm = between_segments(point, point, tube.points_mm[:-1], tube.points_mm[1:])
    n = int(apart_mm.argmin())
    return np.asarray(tube.points_mm[n] + on_axis[n] * (tube.points_mm[n + 1] - tube.points_mm[n]))


def _on_wall(tube: Tube, point: Floats) -> Floats:
    _, on_axis, apart_mm = between_segments(point, point, tube.points_mm[:-1], tube.points_mm[1:])
    radius_mm = tube.radii_mm[:-1] + on_axis * np.diff(tube.radii_mm)
    n = int((apart_mm - radius_mm).argmin())
    axis_at = tube.points_mm[n] + on_axis[n] * (tube.points_mm[n + 1] - tube.points_mm[n])
    return _towards(axis_at, point, float(radius_mm[n]))


def _towards(start: Floats, stop: Floats, by_mm: float) -> Floats:
    away = stop - start
    length_mm = float(np.linalg.norm(away))
    return start if length_mm < 1e-9 else start + away * by_mm / length_mm


def between_segments(start: Floats, stop: Floats, starts: Floats, stops: Floats) -> tuple[Floats, Floats, Floats]:
    """The closest places of one segment and of each of many, as fractions of their lengths, and their distance.

    Ericson, Real-Time Collision Detection, 5.1.9; either may be a point.
    """
    along, others, between = stop - start, stops - starts, start - starts
    a, e = float(along @ along), np.einsum("ni,ni->n", others, others)
    b, c, f = others @ along, between @ along, np.einsum("ni,ni->n", others, between)
    safe_e = np.where(e > 0, e, 1.0)
    denominator = a * e - b * b
    parallel = denominator <= 1e-12 * max(a, 1e-12) * safe_e
    s = np.where(parallel, 0.0, np.clip((b * f - c * e) / np.where(parallel, 1.0, denominator), 0.0, 1.0))
    t = np.where(e > 0, (b * s + f) / safe_e, 0.0)
    clipped = np.clip(t, 0.0, 1.0)
    if a > 0:
        s = np.where((t != clipped) | (e <= 0), np.clip((b * clipped - c) / a, 0.0, 1.0), s)
    gap = between + s[:, None] * along - clipped[:, None] * others
    return s, clipped, np.linalg.norm(gap, axis=1)


def _depth_mm(probe: Probe, at: Floats) -> float:
    return float(np.clip(np.subtract(at, probe.entry_mm) @ -probe.direction, 0.0, probe.depth_mm))


def _point(at: Floats) -> Point:
    x, y, z = (float(v) for v in at)
    return x, y, z
