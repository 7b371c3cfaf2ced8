"""Sacrum and coccyx in coordinates along the sacral axis: plate, canal, crests, foramina."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from imaging.geometry import Floats
from imaging.phantom.curve import SpineCurve
from imaging.phantom.dimensions import number, row
from imaging.phantom.hip import HIP
from imaging.phantom.lattice import Field, Lattice
from imaging.phantom.shapes import cone_distance, smooth_max, smooth_min
from imaging.phantom.slab import Slab

# Control surfaces of the plate over (u, s), drawn by eye after the shapes in one CT (see dimensions.CT_SHAPE).
_U = (0.0, 15.0, 24.0, 35.0, 46.0, 58.0, 70.0)
_S = (0.0, 8.0, 15.0, 25.0, 35.0, 45.0, 55.0, 65.0, 75.0, 85.0, 95.0, 108.0)
_FRONT = (
    (-16.5, -15, -13.5, -12.5, -11, -9.5, -8.5, -7, -6, -5.5, -5, -4),
    (-14.5, -14, -13.0, -12.5, -11, -9.5, -8.5, -7, -6, -5.5, -5, -4),
    (-3.0, -10, -13.0, -13.0, -11.5, -10, -9, -7.5, -6.5, -5.5, -4.5, -3.5),
    (7.0, -3, -13.0, -15.0, -13.5, -11, -9, -7.5, -6, -4.5, -3, -2.5),
    (10.0, 0, -14.0, -18.0, -17.0, -14, -10.5, -8, -5.5, -4, -3, -2),
    (12.0, 4, -15.0, -21.0, -21.0, -17, -12, -8, -5, -3, -2, -2),
    (13.0, 6, -15.0, -22.0, -22.0, -18, -12, -8, -5, -3, -2, -2),
)
_BACK = (
    (16.0, 29, 33.5, 30.0, 26.0, 23.5, 20.5, 18.0, 15.5, 13.0, 9.0, 4.0),
    (20.0, 28, 31.0, 29.0, 25.0, 22.5, 19.5, 17.0, 14.5, 12.0, 8.5, 4.5),
    (22.0, 26, 28.0, 28.0, 25.0, 22.0, 19.0, 16.0, 13.0, 10.5, 7.5, 4.5),
    (21.0, 24, 26.5, 27.5, 26.0, 22.5, 18.5, 15.0, 11.5, 9.0, 6.5, 4.0),
    (19.0, 20, 22.0, 24.0, 24.5, 21.5, 17.5, 13.5, 10.0, 7.5, 6.0, 4.0),
    (16.0, 16, 17.0, 18.5, 20.0, 18.0, 14.0, 11.0, 8.0, 6.0, 5.0, 4.0),
    (15.0, 15, 15.5, 17.0, 18.0, 16.0, 12.0, 10.0, 7.0, 5.0, 4.0, 3.0),
)
_OUTLINE = (
    (-24, -1), (24, -1), (30, 2), (46, -1), (60, 1), (68, 8), (68, 36), (60, 50), (49, 60), (40, 70), (34, 82),
    (31, 92), (26, 100), (17, 104), (11, 110), (-11, 110), (-17, 104), (-26, 100), (-31, 92), (-34, 82), (-40, 70),
    (-49, 60), (-60, 50), (-68, 36), (-68, 8), (-60, 1), (-46, -1), (-30, 2),
)  # fmt: skip

_PLATE = Slab(
    tuple(-x for x in _U[:0:-1]) + _U,
    _S,
    _FRONT[:0:-1] + _FRONT,
    _BACK[:0:-1] + _BACK,
    _OUTLINE,
    edge_mm=4.0,
    ripple_mm=0.45,
)

FORAMEN_LEVELS = ("S1", "S2", "S3", "S4")


@dataclass(frozen=True, slots=True)
class Tunnel:
    """A row of points (u, v, s) with radii: a foramen, or part of the bone."""

    points: tuple[tuple[float, float, float], ...]
    radii: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Sacrum:
    """Geometry of the sacrum on its axis.

    Attributes
    ----------
    curve : SpineCurve
    lumbarised : bool
        S1 keeps a disc of its own above S2.
    """

    curve: SpineCurve
    lumbarised: bool = False

    @property
    def plate(self) -> Slab:
        return _PLATE

    def front_v(self, u: float, s: float) -> float:
        """Return ``v`` of the pelvic surface."""
        return float(self.plate.sample(self.plate.low[0], np.array([u], np.float32), np.array([s], np.float32))[0])

    def back_v(self, u: float, s: float) -> float:
        """Return ``v`` of the dorsal surface, without its crests."""
        return float(self.plate.sample(self.plate.high[0], np.array([u], np.float32), np.array([s], np.float32))[0])

    def canal_front_v(self, s: float) -> float:
        """Return ``v`` of the front wall of the canal."""
        return float(np.interp(s, row("canal_s_mm"), row("canal_front_v_mm")))

    def canal_half_width(self, s: float) -> float:
        return float(np.interp(s, row("canal_s_mm"), row("canal_half_width_mm")))

    @cached_property
    def ventral_tunnels(self) -> tuple[Tunnel, ...]:
        """The left ventral foramina S1 to S4, from the canal to the groove on the pelvic surface."""
        tunnels = []
        ends, radii, lateral = row("segment_ends_mm"), row("foramen_ventral_radius_mm"), row("foramen_ventral_u_mm")
        for s, r, u in zip(ends[:4], radii, lateral, strict=True):
            wall, front = self.canal_front_v(s), self.front_v(u, s)
            tunnels.append(
                Tunnel(
                    (
                        (0.46 * self.canal_half_width(s - 9), self.canal_front_v(s - 9) + 0.45 * r + 0.3, s - 9),
                        (0.5 * u + 3.0, wall + 0.1 * r, s - 3.5),
                        (0.82 * u + 1.0, 0.5 * (wall + front), s - 0.5),
                        (u, front - 1.0, s + 1.5),
                        (u + 8.0, self.front_v(u + 8, s + 5) - 3.5, s + 5.0),
                    ),
                    (0.5 * r, 0.72 * r, 0.86 * r, r, 0.8 * r),
                )
            )
        return tuple(tunnels)

    @cached_property
    def dorsal_tunnels(self) -> tuple[Tunnel, ...]:
        """The left dorsal foramina S1 to S4, from the canal to behind the dorsal surface."""
        tunnels = []
        ends, radii, lateral = row("segment_ends_mm"), row("foramen_dorsal_radius_mm"), row("foramen_dorsal_u_mm")
        for s, r, u in zip(ends[:4], radii, lateral, strict=True):
            inner = (0.62 * u, self.canal_front_v(s) + 0.7 * r, s - 2.5)
            outer = (u, self.back_v(u, s) + 2.0, s + 1.5)
            tunnels.append(Tunnel((inner, outer), (0.95 * r, r)))
        return tuple(tunnels)

    def dorsal_mouth(self, tunnel: Tunnel) -> tuple[float, float, float]:
        """Return where the axis of a dorsal foramen leaves the back of the bone; the channel itself goes on behind it."""
        inner, outer = np.array(tunnel.points)
        u, v, s = np.linspace(inner, outer, 200).T
        at = int((v > self.plate.sample(self.plate.high[0], u, s)).argmax())
        return float(u[at]), float(v[at]), float(s[at])

    @cached_property
    def _crests(self) -> tuple[Tunnel, ...]:
        """Median, intermediate and lateral crests and the upper facets of S1 (left and middle)."""
        parts = []
        for s, high, r in ((17.0, 8.0, 3.4), (40.0, 6.0, 3.2), (62.0, 4.0, 3.0), (78.0, 2.0, 2.4)):
            v = self.back_v(0, s)
            parts.append(Tunnel(((0, v - 3, s - 6), (0, v + high - 1.5, s + 1), (0, v - 2, s + 10)), (r, r, r - 0.6)))
        for s in (20.0, 44.0, 66.0, 84.0):
            v = self.back_v(13, s)
            parts.append(Tunnel(((13, v - 1.5, s - 3), (13, v - 1.0, s + 3)), (3.0, 2.6)))
        for s, u in ((22.0, 37.0), (45.0, 31.0), (66.0, 27.0), (84.0, 24.0)):
            v = self.back_v(u, s)
            parts.append(Tunnel(((u, v - 2.5, s - 4), (u - 1, v - 1.5, s + 3)), (4.2, 3.4)))
        parts.append(Tunnel(((21, 21, 12), (24.0, 25, 1), (25.5, 26, -9)), (8.0, 7.4, 6.4)))
        parts.append(Tunnel(((11.0, 6.0, 91), (10.5, 6.5, 101)), (2.8, 2.0)))
        return tuple(parts)

    @property
    def box_mm(self) -> tuple[Floats, Floats]:
        return np.array([-72.0, -32.0, -120.0]), np.array([72.0, 74.0, 24.0])

    def canal_distance(self, u: Field, v: Field, s: Field) -> Field:
        """Distance to the triangular canal, from above S1 to the hiatus."""
        at = row("canal_s_mm")
        front, depth, half = (
            np.interp(s, at, row(name)).astype(np.float32)
            for name in ("canal_front_v_mm", "canal_depth_mm", "canal_half_width_mm")
        )
        lean = ((np.sqrt(u * u + np.float32(16)) - np.float32(1.5)) * depth + (v - front - depth) * half) / np.hypot(
            depth, half
        )
        ends = np.maximum(np.float32(at[0]) - s, s - np.float32(at[-1]))
        across = smooth_max(np.asarray(lean, np.float32), front - v, 5.0)
        return np.asarray(np.maximum(across, ends), dtype=np.float32)

    def distance(self, lattice: Lattice, *, cut: bool = True) -> Field:
        """Signed distance to the bone; without ``cut`` the lateral mass runs on into the hip bone."""
        u, v, s = (np.broadcast_to(c, lattice.shape_kji) for c in self.curve.local(lattice))
        side = np.abs(u)
        out = self.plate.distance(side, s, v)
        self._combine(out, lattice, side, v, s, self._crests, -1.0, 5.5)
        canal = self.canal_distance(u, v, s)
        out = smooth_max(out, -canal, 1.0)
        self._combine(out, lattice, side, v, s, self.ventral_tunnels, 1.0, 2.0)
        self._combine(out, lattice, side, v, s, self.dorsal_tunnels, 1.0, 3.0)
        if self.lumbarised:
            out = smooth_max(out, -self.disc_distance(u, v, s), 1.0)
        if cut:
            _, y, z = lattice.xyz
            inner, slope = HIP.inner(y, z)
            out = smooth_max(out, (side - inner) * slope + np.float32(number("si_joint_gap_mm")), 2.0)
        return out

    def disc_distance(self, u: Field, v: Field, s: Field) -> Field:
        """Distance to the free disc between S1 and S2 of a lumbarised S1, and the cleft lateral to it."""
        thick = np.where(np.abs(u) < 17, np.float32(3.2), np.float32(1.4))
        return np.asarray(np.abs(s - np.float32(30.0)) - thick - np.float32(0.08) * v, dtype=np.float32)

    def _combine(
        self,
        out: Field,
        lattice: Lattice,
        side: Field,
        v: Field,
        s: Field,
        tunnels: tuple[Tunnel, ...],
        sign: float,
        blend: float,
    ) -> None:
        """Add (``sign`` -1) or carve (1) tunnels on both sides, in place and only where they are."""
        for tunnel in tunnels:
            uvs = np.array(tunnel.points, float)
            path = self.curve.to_patient(uvs)
            reach = max(tunnel.radii) + blend + 6.0
            for flip in (1.0, -1.0) if uvs[:, 0].any() else (1.0,):
                ends = path * np.array([flip, 1.0, 1.0])
                where = lattice.window(ends.min(axis=0) - reach, ends.max(axis=0) + reach)
                if where is None:
                    continue
                near = (side[where], v[where], s[where])
                near_mm = np.min(
                    [
                        cone_distance(*near, p, q, r0, r1)
                        for p, q, r0, r1 in zip(uvs[:-1], uvs[1:], tunnel.radii[:-1], tunnel.radii[1:], strict=True)
                    ],
                    axis=0,
                )
                if sign < 0:
                    out[where] = smooth_min(out[where], near_mm, blend)
                else:
                    out[where] = smooth_max(out[where], -near_mm, blend)
