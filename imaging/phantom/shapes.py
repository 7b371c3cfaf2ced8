"""Signed distances of simple solids, and how they melt into each other. Negative inside, millimetres."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from imaging.phantom.lattice import Field, Lattice

FAR_MM = np.float32(50.0)

_AT_ONCE = 300_000


class Shape(Protocol):
    """A solid with a box around it and a signed distance."""

    @property
    def box_mm(self) -> tuple[Floats, Floats]:
        """Lowest and highest corner."""

    def distance(self, lattice: Lattice) -> Field:
        """Signed distance at the points of a lattice."""


def smooth_min(a: Field, b: Field, blend_mm: float) -> Field:
    """Return the union of two distances with a fillet of about ``blend_mm``."""
    if blend_mm <= 0:
        return np.minimum(a, b)
    h = np.maximum(np.float32(blend_mm) - np.abs(a - b), np.float32(0))
    return np.asarray(np.minimum(a, b) - h * h * np.float32(0.25 / blend_mm))


def smooth_max(a: Field, b: Field, blend_mm: float) -> Field:
    """Return the intersection of two distances with a rounded edge of about ``blend_mm``."""
    return -smooth_min(-a, -b, blend_mm)


def ellipsoid_distance(x: Field, y: Field, z: Field, centre: Floats, radii: Floats) -> Field:
    """Approximate distance to an ellipsoid with axes along x, y, z; exact on its surface."""
    a, b, c = (np.float32(1.0 / r) for r in radii)
    u, v, w = (x - np.float32(centre[0])) * a, (y - np.float32(centre[1])) * b, (z - np.float32(centre[2])) * c
    k0 = np.sqrt(u * u + v * v + w * w)
    u, v, w = u * a, v * b, w * c
    k1 = np.sqrt(u * u + v * v + w * w)
    return np.asarray(k0 * (k0 - 1) / np.maximum(k1, np.float32(1e-6)), dtype=np.float32)


def cone_distance(x: Field, y: Field, z: Field, start: Floats, stop: Floats, r0: float, r1: float) -> Field:
    """Distance to a capsule whose radius changes from ``r0`` to ``r1``."""
    axis = np.asarray(stop - start, np.float32)
    dx, dy, dz = x - np.float32(start[0]), y - np.float32(start[1]), z - np.float32(start[2])
    along = (dx * axis[0] + dy * axis[1] + dz * axis[2]) / np.float32(max(float(axis @ axis), 1e-9))
    np.clip(along, 0, 1, out=along)
    dx, dy, dz = dx - along * axis[0], dy - along * axis[1], dz - along * axis[2]
    return np.asarray(
        np.sqrt(dx * dx + dy * dy + dz * dz) - (np.float32(r0) + along * np.float32(r1 - r0)), dtype=np.float32
    )


def _cones_distance(lattice: Lattice, start: Floats, stop: Floats, r0: Floats, r1: Floats) -> Field:
    """Distance to the nearest of n capsules at once, for few points."""
    axis = np.asarray(stop - start, np.float32).T.reshape(3, -1, 1, 1, 1)
    base = np.asarray(start, np.float32).T.reshape(3, -1, 1, 1, 1)
    d = [c[None] - b for c, b in zip(lattice.xyz, base, strict=True)]
    along = d[0] * axis[0] + d[1] * axis[1] + d[2] * axis[2]
    along = np.clip(along / np.maximum((axis * axis).sum(axis=0), np.float32(1e-9)), 0, 1)
    d = [c - along * a for c, a in zip(d, axis, strict=True)]
    first, last = (np.asarray(r, np.float32).reshape(-1, 1, 1, 1) for r in (r0, r1))
    wall = np.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]) - (first + along * (last - first))
    return np.asarray(wall.min(axis=0), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Ellipsoid:
    """An ellipsoid with axes along x, y, z."""

    centre: tuple[float, float, float]
    radii: tuple[float, float, float]

    @property
    def box_mm(self) -> tuple[Floats, Floats]:
        return np.array(self.centre) - self.radii, np.array(self.centre) + self.radii

    def distance(self, lattice: Lattice) -> Field:
        return ellipsoid_distance(*lattice.xyz, np.array(self.centre), np.array(self.radii))


@dataclass(frozen=True, eq=False)
class Chain:
    """A tube along points with a radius at each."""

    points: npt.ArrayLike
    radii: npt.ArrayLike

    @property
    def box_mm(self) -> tuple[Floats, Floats]:
        points = np.asarray(self.points, float)
        reach = np.broadcast_to(np.asarray(self.radii, float), len(points))[:, None]
        return (points - reach).min(axis=0), (points + reach).max(axis=0)

    def distance(self, lattice: Lattice) -> Field:
        points = np.asarray(self.points, float)
        radii = np.broadcast_to(np.asarray(self.radii, float), len(points))
        out = np.full(lattice.shape_kji, FAR_MM)
        p, q, r0, r1 = points[:-1], points[1:], radii[:-1], radii[1:]
        whole = lattice.window(self.box_mm[0] - 4.0, self.box_mm[1] + 4.0)
        if whole is None:
            return out
        if len(p) * math.prod(part.stop - part.start for part in whole) <= _AT_ONCE:
            out[whole] = _cones_distance(lattice.crop(whole), p, q, r0, r1)
            return out
        reach = np.maximum(r0, r1)[:, None] + 4.0
        windows = lattice.windows(np.minimum(p, q) - reach, np.maximum(p, q) + reach)
        for n, where in enumerate(windows):
            if where is not None:
                np.minimum(
                    out[where], cone_distance(*lattice.crop(where).xyz, p[n], q[n], r0[n], r1[n]), out=out[where]
                )
        return out


@dataclass(frozen=True, eq=False)
class Bar:
    """A straight bar of elliptical section, tapering and rounded at both ends.

    Attributes
    ----------
    start, stop : array_like, shape (3,)
    thick_mm, wide_mm : tuple of float
        Half axes of the section at the start and at the stop.
    wide_axis : array_like, shape (3,)
        Direction of the wide half axis; what lies along the bar is left out.
    """

    start: npt.ArrayLike
    stop: npt.ArrayLike
    thick_mm: tuple[float, float]
    wide_mm: tuple[float, float]
    wide_axis: npt.ArrayLike

    @property
    def box_mm(self) -> tuple[Floats, Floats]:
        ends = np.array([self.start, self.stop], float)
        reach = np.array([max(a, b) for a, b in zip(self.thick_mm, self.wide_mm, strict=True)])[:, None]
        return (ends - reach).min(axis=0), (ends + reach).max(axis=0)

    def distance(self, lattice: Lattice) -> Field:
        start = np.asarray(self.start, float)
        axis = np.asarray(self.stop, float) - start
        length = float(np.linalg.norm(axis))
        axis = axis / length
        wide = np.asarray(self.wide_axis, float)
        wide = wide - (wide @ axis) * axis
        wide = wide / np.linalg.norm(wide)
        off = [c - np.float32(o) for c, o in zip(lattice.xyz, start, strict=True)]

        def component(direction: Floats) -> Field:
            x, y, z = (np.float32(c) for c in direction)
            return np.asarray(off[0] * x + off[1] * y + off[2] * z, dtype=np.float32)

        far = component(axis)
        along = np.clip(far, 0, np.float32(length))
        share = along / np.float32(length)
        a = np.float32(self.thick_mm[0]) + share * np.float32(self.thick_mm[1] - self.thick_mm[0])
        b = np.float32(self.wide_mm[0]) + share * np.float32(self.wide_mm[1] - self.wide_mm[0])
        least = np.minimum(a, b)
        p, q, r = component(np.cross(axis, wide)) / a, component(wide) / b, (far - along) / least
        k0 = np.sqrt(p * p + q * q + r * r)
        p, q, r = p / a, q / b, r / least
        k1 = np.sqrt(p * p + q * q + r * r)
        steep = np.where(k1 > np.float32(1e-5), k0 / np.maximum(k1, np.float32(1e-5)), least)
        return np.asarray(steep * (k0 - 1), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Union:
    """Shapes melted together with fillets of ``blend_mm``."""

    shapes: Sequence[Shape]
    blend_mm: float = 0.0

    @property
    def box_mm(self) -> tuple[Floats, Floats]:
        boxes = [shape.box_mm for shape in self.shapes]
        return np.min([b[0] for b in boxes], axis=0), np.max([b[1] for b in boxes], axis=0)

    def distance(self, lattice: Lattice) -> Field:
        out = np.full(lattice.shape_kji, FAR_MM)
        for shape in self.shapes:
            low, high = shape.box_mm
            margin = self.blend_mm + 4.0
            where = lattice.window(low - margin, high + margin)
            if where is not None:
                out[where] = smooth_min(out[where], shape.distance(lattice.crop(where)), self.blend_mm)
        return out


@dataclass(frozen=True, eq=False)
class Difference:
    """A shape with others carved out of it."""

    solid: Shape
    holes: Sequence[Shape]
    blend_mm: float = 0.0

    @property
    def box_mm(self) -> tuple[Floats, Floats]:
        return self.solid.box_mm

    def distance(self, lattice: Lattice) -> Field:
        out = self.solid.distance(lattice)
        for hole in self.holes:
            low, high = hole.box_mm
            margin = self.blend_mm + 4.0
            where = lattice.window(low - margin, high + margin)
            if where is not None:
                carved = -hole.distance(lattice.crop(where))
                out[where] = smooth_max(out[where], carved, self.blend_mm)
        return out


@dataclass(frozen=True, eq=False)
class Grown:
    """A shape made thicker (or thinner, below zero) on all sides."""

    shape: Shape
    by_mm: float

    @property
    def box_mm(self) -> tuple[Floats, Floats]:
        low, high = self.shape.box_mm
        return low - max(self.by_mm, 0.0), high + max(self.by_mm, 0.0)

    def distance(self, lattice: Lattice) -> Field:
        return self.shape.distance(lattice) - np.float32(self.by_mm)


@dataclass(frozen=True, eq=False)
class Loft:
    """Axial ellipses stacked along z: rows of ``(z, x, y, radius along, radius across, angle_deg)``.

    The first radius lies at ``angle_deg`` from x towards y. The ends are rounded off over ``cap_mm``.
    """

    rows: npt.ArrayLike
    cap_mm: float = 12.0
    power: float = 2.0

    @property
    def box_mm(self) -> tuple[Floats, Floats]:
        rows = np.asarray(self.rows, float)
        reach = rows[:, 3:5].max(axis=1)
        low = np.array([(rows[:, 1] - reach).min(), (rows[:, 2] - reach).min(), rows[:, 0].min()])
        high = np.array([(rows[:, 1] + reach).max(), (rows[:, 2] + reach).max(), rows[:, 0].max()])
        return low, high

    def distance(self, lattice: Lattice) -> Field:
        rows = np.asarray(self.rows, float)
        rows = rows[np.argsort(rows[:, 0])]
        x, y, z = lattice.xyz
        cx, cy, a, b, angle = (np.interp(z, rows[:, 0], rows[:, n]).astype(np.float32) for n in range(1, 6))
        if self.cap_mm > 0:
            from_end = np.minimum(z - np.float32(rows[0, 0]), np.float32(rows[-1, 0]) - z)
            inset = np.clip(1 - from_end / np.float32(self.cap_mm), 0, 0.999)
            shrink = np.sqrt(1 - inset * inset)
            a, b = a * shrink, b * shrink
        angle = np.deg2rad(angle)
        c, s = np.cos(angle), np.sin(angle)
        dx, dy = x - cx, y - cy
        u, v = np.abs(c * dx + s * dy) / a, np.abs(c * dy - s * dx) / b
        p = np.float32(self.power)
        ratio = np.hypot(u, v) if self.power == 2.0 else (u**p + v**p) ** (1 / p)
        radial = (ratio - 1) / np.maximum(ratio, np.float32(0.05)) * np.hypot(dx, dy)
        flat = (ratio - 1) * np.minimum(a, b)
        out = np.where(ratio > 1, radial, flat).astype(np.float32)
        beyond = np.maximum(np.float32(rows[0, 0]) - z, z - np.float32(rows[-1, 0]))
        return np.asarray(np.maximum(out, np.broadcast_to(beyond, out.shape)), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Mirrored:
    """A shape reflected at x = 0."""

    shape: Shape

    @property
    def box_mm(self) -> tuple[Floats, Floats]:
        low, high = self.shape.box_mm
        return np.array([-high[0], low[1], low[2]]), np.array([-low[0], high[1], high[2]])

    def distance(self, lattice: Lattice) -> Field:
        flip = np.diag([-1.0, 1.0, 1.0])
        return self.shape.distance(Lattice(lattice.shape_kji, flip @ lattice.matrix, flip @ lattice.offset))
