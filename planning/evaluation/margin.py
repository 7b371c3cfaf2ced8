"""The margin all over a lesion's surface: how far the zone's surface lies beyond it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from imaging.distance import closest_points, sample
from imaging.geometry import Floats, VoxelGrid
from imaging.labels import Mask
from imaging.later import spatial
from imaging.surface import Mesh, surface_of_field
from planning.model.point import Point
from planning.model.zone import PredictedZone
from planning.trajectory.clearance import whole_surface

MAP_ROWS, MAP_COLUMNS = 45, 90
_LOOKED_AT = 24
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MarginMap:
    """Signed distances from a lesion's surface to a zone's.

    Attributes
    ----------
    surface : Mesh
        The lesion's.
    margin_mm : ndarray, shape (n,)
        At every corner of it, negative where the lesion reaches beyond the zone.
    area_mm2 : ndarray, shape (n,)
        What of the surface every corner stands for.
    known_within_mm : ndarray, shape (n,)
        The voxels of the lesion say no better where its surface lies: half a voxel along the surface's normal.
    """

    surface: Mesh
    margin_mm: Floats
    area_mm2: Floats
    known_within_mm: Floats

    @property
    def smallest(self) -> int:
        """The corner with the smallest margin."""
        return int(self.margin_mm.argmin())

    @property
    def smallest_mm(self) -> float:
        return float(self.margin_mm.min())

    @property
    def smallest_within_mm(self) -> tuple[float, float]:
        """Between what the smallest margin may lie, wherever in its voxels the surface of the lesion does."""
        return float((self.margin_mm - self.known_within_mm).min()), float(
            (self.margin_mm + self.known_within_mm).min()
        )

    def place(self, corner: int) -> Point:
        """Return where a corner lies, LPS."""
        x, y, z = self.surface.points_mm[corner].tolist()
        return (x, y, z)

    def share_at_least(self, margin_mm: float) -> float:
        """Return the share of the surface that has a margin."""
        return float(self.area_mm2[self.margin_mm >= margin_mm].sum() / self.area_mm2.sum())

    def quantile_mm(self, share: float) -> float:
        """Return the margin that a share of the surface does not exceed."""
        order = np.argsort(self.margin_mm)
        reached = np.cumsum(self.area_mm2[order])
        n = int(np.searchsorted(reached, share * reached[-1]))
        return float(self.margin_mm[order[min(n, len(order) - 1)]])


def margin_map(lesion: Mask, zone: PredictedZone, isotherm_c: float) -> MarginMap | None:
    """Return the margin all over a lesion; None where the zone never reaches the isotherm.

    Parameters
    ----------
    lesion : Mask
        In the frame of the zone, not empty.
    zone : PredictedZone
    isotherm_c : float
    """
    return margin_of_surface(whole_surface(lesion), lesion.grid, zone, isotherm_c)


def margin_of_surface(
    surface: Mesh, voxels: VoxelGrid | None, zone: PredictedZone, isotherm_c: float
) -> MarginMap | None:
    """Return the margin all over a surface; None where the zone never reaches the isotherm.

    Parameters
    ----------
    surface : Mesh
        Not empty.
    voxels : VoxelGrid or None
        Those the surface was made from; None if it is known exactly.
    zone : PredictedZone
    isotherm_c : float
    """
    of_zone = surface_of_field(zone.extreme_c, zone.grid, isotherm_c, below=zone.cold)
    if of_zone.empty:
        return None
    points = surface.points_mm
    _, distance_mm = closest_points(of_zone, points)
    field_c = sample(zone.extreme_c, zone.grid, points, outside=zone.body_c)
    inside = field_c <= isotherm_c if zone.cold else field_c >= isotherm_c
    area_mm2, normal = _corners(surface)
    known_within_mm = np.zeros(len(points))
    if voxels is not None:
        known_within_mm = 0.5 * np.abs(normal @ voxels.directions) @ voxels.spacing_ijk_mm
    return MarginMap(
        surface=surface,
        margin_mm=np.where(inside, distance_mm, -distance_mm),
        area_mm2=area_mm2,
        known_within_mm=known_within_mm,
    )


def corner_areas_mm2(surface: Mesh) -> Floats:
    """Return the area that every corner of a surface stands for, shape (n,)."""
    return _corners(surface)[0]


@lru_cache(maxsize=8)
def _corners(surface: Mesh) -> tuple[Floats, Floats]:
    """Area that every corner stands for, shape (n,), and unit normal, shape (n, 3)."""
    a, b, c = (surface.points_mm[surface.triangles[:, n]] for n in range(3))
    twice = np.cross(b - a, c - a)
    area = np.linalg.norm(twice, axis=1) / 2
    count = len(surface.points_mm)
    share = np.zeros(count)
    normal = np.zeros((count, 3))
    for n in range(3):
        share += np.bincount(surface.triangles[:, n], area / 3, count)
        for axis in range(3):
            normal[:, axis] += np.bincount(surface.triangles[:, n], twice[:, axis], count)
    return share, normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)


@dataclass(frozen=True, slots=True, eq=False)
class UnrolledMap:
    """A lesion's surface unrolled about its middle, as a map of the earth: equal areas of direction are equally large.

    Seen from the front: the patient's right on the left, head up, back at both ends.

    Attributes
    ----------
    corner : ndarray of int, shape (MAP_ROWS, MAP_COLUMNS)
        The corner of the surface with the smallest margin in the direction of every cell; -1 off the map.
    """

    corner: Indices


def unrolled(found: MarginMap) -> UnrolledMap:
    """Return the unrolled map of a surface (Mollweide's projection).

    A surface that folds has several places in one direction: the worst is shown.
    """
    points = found.surface.points_mm
    middle = (points * found.area_mm2[:, None]).sum(axis=0) / found.area_mm2.sum()
    away_mm = np.maximum(np.linalg.norm(points - middle, axis=1), 1e-9)
    towards, on_map = _directions()
    cells = np.flatnonzero(on_map)
    tree = spatial.cKDTree((points - middle) / away_mm[:, None])
    apart, near = tree.query(towards.reshape(-1, 3)[cells], k=min(_LOOKED_AT, len(points)))
    # Besides the nearest, all corners whose patch of the surface lies in that direction.
    reach = np.sqrt(found.area_mm2) / away_mm + 2.0 / MAP_ROWS
    hit = apart <= reach[near]
    hit[:, 0] = True
    worst = np.where(hit, found.margin_mm[near], np.inf).argmin(axis=1)
    corner = np.full(MAP_ROWS * MAP_COLUMNS, -1, np.int64)
    corner[cells] = near[np.arange(len(cells)), worst]
    return UnrolledMap(corner.reshape(MAP_ROWS, MAP_COLUMNS))


@lru_cache(maxsize=1)
def _directions() -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Direction of every cell of the map, LPS, shape (rows, columns, 3), and whether it is on the map."""
    y = 1 - (np.arange(MAP_ROWS) + 0.5) * 2 / MAP_ROWS
    x = (np.arange(MAP_COLUMNS) + 0.5) * 4 / MAP_COLUMNS - 2
    x, y = np.meshgrid(x, y)
    on_map = (x / 2) ** 2 + y**2 <= 1
    theta = np.arcsin(np.clip(y, -1, 1))
    latitude = np.arcsin(np.clip((2 * theta + np.sin(2 * theta)) / np.pi, -1, 1))
    longitude = np.clip(np.pi * x / (2 * np.maximum(np.cos(theta), 1e-9)), -np.pi, np.pi)
    # Longitude 0 looks forward, to the patient's left is positive.
    flat = np.cos(latitude)
    return np.stack([flat * np.sin(longitude), -flat * np.cos(longitude), np.sin(latitude)], axis=-1), on_map
