"""Shapes that paint media into property fields: a gas pocket, a fluid-filled canal, a bone block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats, VoxelGrid
from planning.errors import PlanError
from planning.tissue.fields import TissueFields
from planning.tissue.medium import Medium

_TOUCHING_MM = 1e-6

Point = npt.ArrayLike


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sphere:
    """All points within a radius."""

    centre_mm: Point
    radius_mm: float

    def holds(self, points_mm: Floats) -> npt.NDArray[np.bool_]:
        """Return which points of shape (..., 3) lie inside."""
        return np.asarray(np.linalg.norm(points_mm - np.asarray(self.centre_mm), axis=-1) <= self.radius_mm)

    def bounds_mm(self) -> tuple[Floats, Floats]:
        """Return the lowest and highest coordinates, each of shape (3,)."""
        return _around(self.centre_mm, np.full(3, self.radius_mm))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Ellipsoid:
    """Semi-axes along L, P and S."""

    centre_mm: Point
    radii_mm: Point

    def holds(self, points_mm: Floats) -> npt.NDArray[np.bool_]:
        """Return which points of shape (..., 3) lie inside."""
        scaled = (points_mm - np.asarray(self.centre_mm)) / np.asarray(self.radii_mm)
        return np.asarray(np.linalg.norm(scaled, axis=-1) <= 1.0)

    def bounds_mm(self) -> tuple[Floats, Floats]:
        """Return the lowest and highest coordinates, each of shape (3,)."""
        return _around(self.centre_mm, np.asarray(self.radii_mm, float))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Box:
    """Edges along L, P and S."""

    centre_mm: Point
    size_mm: Point

    def holds(self, points_mm: Floats) -> npt.NDArray[np.bool_]:
        """Return which points of shape (..., 3) lie inside."""
        away = np.abs(points_mm - np.asarray(self.centre_mm))
        return np.asarray((away <= 0.5 * np.asarray(self.size_mm)).all(axis=-1))

    def bounds_mm(self) -> tuple[Floats, Floats]:
        """Return the lowest and highest coordinates, each of shape (3,)."""
        return _around(self.centre_mm, 0.5 * np.asarray(self.size_mm, float))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Cylinder:
    """Flat ends across an axis of any length above zero; ``centre_mm`` is half-way between them."""

    centre_mm: Point
    axis: Point
    radius_mm: float
    length_mm: float

    def holds(self, points_mm: Floats) -> npt.NDArray[np.bool_]:
        """Return which points of shape (..., 3) lie inside."""
        along, across = _along_and_across(points_mm, self.centre_mm, self.axis)
        return np.asarray((np.abs(along) <= 0.5 * self.length_mm) & (across <= self.radius_mm))

    def bounds_mm(self) -> tuple[Floats, Floats]:
        """Return the lowest and highest coordinates, each of shape (3,)."""
        unit = _unit(self.axis)
        flat_ends = self.radius_mm * np.sqrt(np.maximum(1.0 - unit**2, 0.0))
        return _around(self.centre_mm, 0.5 * self.length_mm * np.abs(unit) + flat_ends)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Capsule:
    """All points within a radius of the line between two points, as a fluid runs along a needle."""

    start_mm: Point
    stop_mm: Point
    radius_mm: float

    def holds(self, points_mm: Floats) -> npt.NDArray[np.bool_]:
        """Return which points of shape (..., 3) lie inside."""
        start, line = np.asarray(self.start_mm, float), np.subtract(self.stop_mm, self.start_mm)
        part = np.clip((points_mm - start) @ line / max(float(line @ line), 1e-12), 0.0, 1.0)
        return np.asarray(np.linalg.norm(points_mm - start - part[..., None] * line, axis=-1) <= self.radius_mm)

    def bounds_mm(self) -> tuple[Floats, Floats]:
        """Return the lowest and highest coordinates, each of shape (3,)."""
        ends = np.array([self.start_mm, self.stop_mm], float)
        return ends.min(axis=0) - self.radius_mm, ends.max(axis=0) + self.radius_mm


Shape = Sphere | Ellipsoid | Box | Cylinder | Capsule


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Region:
    """A shape filled with one medium."""

    medium: Medium
    shape: Shape


def painted(fields: TissueFields, regions: Sequence[Region]) -> TissueFields:
    """Return property fields with regions painted over them in order; a later one wins.

    A voxel belongs to a region that holds its centre.

    Parameters
    ----------
    fields : TissueFields
    regions : sequence of Region

    Raises
    ------
    PlanError
        ``region-outside`` or ``region-too-small``, with the number of the region in ``context["region"]``;
        ``tissue-fields-invalid`` with too many media.
    """
    medium, media = fields.medium.copy(), list(fields.media)
    sigma = None if fields.sigma_s_m is None else fields.sigma_s_m.copy()
    for n, region in enumerate(regions):
        part = _voxels_around(fields.grid, region.shape, n)
        inside = region.shape.holds(_centres_mm(fields.grid, part))
        if not inside.any():
            raise _refusal(n, "region-too-small", "holds the centre of no voxel")
        if region.medium not in media:
            media.append(region.medium)
        medium[part][inside] = min(media.index(region.medium), 255)
        if sigma is not None:
            sigma[part][inside] = region.medium.electrical_conductivity_s_m
    return TissueFields(grid=fields.grid, medium=medium, media=tuple(media), sigma_s_m=sigma, findings=fields.findings)


def _voxels_around(grid: VoxelGrid, shape: Shape, number: int) -> tuple[slice, slice, slice]:
    """Slices of the grid that hold a shape, or a refusal where part of it lies outside the box."""
    low, high = shape.bounds_mm()
    lowest, highest = grid.bounds_mm
    half = 0.5 * grid.spacing_ijk_mm + _TOUCHING_MM
    if (low < lowest - half).any() or (high > highest + half).any():
        raise _refusal(number, "region-outside", "lies outside the box")
    begin = np.maximum(np.ceil(grid.to_ijk(low) - 1e-9), 0).astype(int)
    end = np.minimum(np.floor(grid.to_ijk(high) + 1e-9), np.array(grid.shape_kji[::-1]) - 1).astype(int)
    i, j, k = (slice(int(a), int(b) + 1) for a, b in zip(begin, end, strict=True))
    return (k, j, i)


def _centres_mm(grid: VoxelGrid, part: tuple[slice, slice, slice]) -> Floats:
    """LPS centres of the voxels of a part of a grid, shape (nk, nj, ni, 3)."""
    k, j, i = np.meshgrid(*(np.arange(s.start, s.stop) for s in part), indexing="ij")
    return grid.to_lps(np.stack([i, j, k], axis=-1))


def _around(centre_mm: Point, half_mm: Floats) -> tuple[Floats, Floats]:
    centre = np.asarray(centre_mm, float)
    return centre - half_mm, centre + half_mm


def _unit(axis: Point) -> Floats:
    vector = np.asarray(axis, float)
    return np.asarray(vector / np.linalg.norm(vector))


def _along_and_across(points_mm: Floats, centre_mm: Point, axis: Point) -> tuple[Floats, Floats]:
    """Signed distance along an axis from a centre, and distance from the axis."""
    away, unit = points_mm - np.asarray(centre_mm, float), _unit(axis)
    along = away @ unit
    return along, np.asarray(np.linalg.norm(away - along[..., None] * unit, axis=-1))


def _refusal(number: int, code: str, reason: str) -> PlanError:
    return PlanError(
        f"Region {number + 1} {reason}.",
        code=code,
        hint="Move it, or change its size or the spacing.",
        context={"region": number},
    )
