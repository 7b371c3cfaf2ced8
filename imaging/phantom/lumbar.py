"""The lumbar vertebrae and discs above the sacrum, each in its own straight frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from imaging.phantom.dimensions import number, row
from imaging.phantom.lattice import Field, Lattice
from imaging.phantom.shapes import Chain, Difference, Mirrored, Shape, Union, smooth_max

_CANAL_V_MM, _CANAL_RADIUS_MM = 25.5, 9.6
_CANAL_FRONT_V_MM = 12.0
"""Within the bodies, which are painted over the canal."""
_OVERLAP_MM = 4.0


@dataclass(frozen=True, eq=False)
class Level:
    """A frame in the middle of a vertebral body or disc: u left, v back, s down along the axis.

    Attributes
    ----------
    name : str
    centre_yz_mm : tuple of float
    inclination_deg : float
    half_height_mm, wedge_deg : float
        Height in the middle, and the angle between its two faces (wider in front).
    """

    name: str
    centre_yz_mm: tuple[float, float]
    inclination_deg: float
    half_height_mm: float
    wedge_deg: float

    @cached_property
    def _local_from_patient(self) -> Floats:
        a = np.deg2rad(self.inclination_deg)
        return np.array([[1, 0, 0], [0, np.cos(a), np.sin(a)], [0, np.sin(a), -np.cos(a)]])

    @property
    def _centre(self) -> Floats:
        return np.array([0.0, *self.centre_yz_mm])

    def to_patient(self, uvs: npt.ArrayLike) -> Floats:
        """Map points (n, 3) of this frame to the patient."""
        return np.asarray(np.asarray(uvs, float).reshape(-1, 3) @ self._local_from_patient + self._centre)

    def local(self, lattice: Lattice) -> Lattice:
        turn = self._local_from_patient
        return Lattice(lattice.shape_kji, turn @ lattice.matrix, turn @ (lattice.offset - self._centre))


@dataclass(frozen=True, eq=False)
class Placed:
    """A shape drawn in the frame of a level."""

    shape: Shape
    level: Level

    @property
    def box_mm(self) -> tuple[Floats, Floats]:
        low, high = self.shape.box_mm
        corners = np.array(np.meshgrid(*zip(low, high, strict=True), indexing="ij")).reshape(3, -1).T
        points = self.level.to_patient(corners)
        return points.min(axis=0), points.max(axis=0)

    def distance(self, lattice: Lattice) -> Field:
        return self.shape.distance(self.level.local(lattice))


@dataclass(frozen=True, eq=False)
class Block:
    """A vertebral body or a disc: kidney-shaped across, waisted, with tilted faces."""

    level: Level
    half_width_mm: float
    half_depth_mm: float
    waist: float
    edge_mm: float

    @property
    def box_mm(self) -> tuple[Floats, Floats]:
        reach = np.array([self.half_width_mm, self.half_depth_mm, self.level.half_height_mm + 5]) + 3
        return -reach, reach

    def distance(self, lattice: Lattice) -> Field:
        u, v, s = lattice.xyz
        half = np.float32(self.level.half_height_mm)
        tilt = np.float32(np.tan(np.deg2rad(self.level.wedge_deg / 2)))
        faces = np.abs(s) - half + v * tilt
        level = np.clip(s / half, -1, 1)
        girth = 1 - np.float32(self.waist) * (1 - level * level)
        back = np.float32(self.half_depth_mm) * girth * np.where(v > 0, np.float32(0.94), np.float32(1.0))
        notch = np.float32(2.6) * np.exp(-((u / np.float32(11)) ** 2)) * (v > 0)
        a, b = np.abs(u) / (np.float32(self.half_width_mm) * girth), np.abs(v) / (back - notch)
        across = np.sqrt(a * a + b * b - np.float32(0.3) * np.minimum(a * a * b * b, 2))
        side = (across - 1) * np.float32(self.half_depth_mm)
        return np.asarray(smooth_max(side, np.broadcast_to(faces, side.shape), self.edge_mm), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class CanalRoom:
    """The canal along one vertebra, in the vertebra's frame: flat in front, vaulted behind."""

    half_width_mm: float
    half_depth_mm: float
    middle_v_mm: float
    reach_mm: float
    front_power: float = 3.0
    """How boxy the front is: 2 for an ellipse."""

    @property
    def box_mm(self) -> tuple[Floats, Floats]:
        middle, half = np.array([0.0, self.middle_v_mm, 0.0]), [self.half_width_mm, self.half_depth_mm, self.reach_mm]
        return middle - half, middle + half

    def distance(self, lattice: Lattice) -> Field:
        u, v, s = lattice.xyz
        a, b = np.float32(self.half_width_mm), np.float32(self.half_depth_mm)
        dv = v - np.float32(self.middle_v_mm)
        p, q = np.minimum(np.abs(u) / a, 3), np.minimum(np.abs(dv) / b, 3)
        n = np.float32(self.front_power)
        front, back = (p**n + q**n) ** (1 / n), (p**1.7 + q**1.7) ** np.float32(1 / 1.7)
        ring = (np.where(dv < 0, front, back) - 1) * np.minimum(a, b)
        ends = np.abs(s) - np.float32(self.reach_mm)
        return np.asarray(np.maximum(ring, ends), dtype=np.float32)


def lumbar_levels(slope_deg: float) -> tuple[Sequence[Level], Sequence[Level]]:
    """Return the vertebrae L5, L4, L3 and the discs below each, stacked on the upper endplate of S1."""
    vertebrae: list[Level] = []
    discs: list[Level] = []
    at, angle, disc = np.zeros(2), slope_deg, number("lumbar_disc_mm")
    plan = (("L5", 12.0, 9.0, 13.2), ("L4", 10.0, 5.0, 13.8), ("L3", 8.0, 3.0, 14.0))
    for name, disc_wedge, body_wedge, half in plan:
        for kind, height, wedge in (("disc", disc, disc_wedge), ("body", 2 * half, body_wedge)):
            angle -= wedge / 2
            up = np.array([-np.sin(np.deg2rad(angle)), np.cos(np.deg2rad(angle))])
            middle = at + up * height / 2
            level = Level(name, (float(middle[0]), float(middle[1])), angle, height / 2, wedge)
            (discs if kind == "disc" else vertebrae).append(level)
            at, angle = at + up * height, angle - wedge / 2
    return tuple(vertebrae), tuple(discs)


def _pedicle(level: Level) -> tuple[float, float]:
    """``u`` of the middle of the left pedicle, and its radius."""
    return (17.5, 6.2) if level.name == "L5" else (15.0, 5.2)


def _arch(level: Level) -> list[Shape]:
    """The left half of the posterior elements, and the spinous process."""
    big = level.name == "L5"
    pedicle_u, pedicle_r = _pedicle(level)
    transverse = 46.0 if big else 43.0
    return [
        Chain([(pedicle_u, 9, -5), (pedicle_u, 25, -4)], [pedicle_r + 0.6, pedicle_r]),
        Chain([(pedicle_u, 26, -3), (13, 34, 4), (3, 39, 10)], [6.4, 5.6, 5.0]),
        Chain([(pedicle_u, 26, -5), (pedicle_u + 3, 28, -13), (pedicle_u + 4, 29, -20)], [6.4, 6.4, 5.4]),
        Chain([(14, 33, 6), (16, 36, 15), (16.5, 36, 22 if big else 24)], [6.0, 6.8, 6.2]),
        Chain(
            [(pedicle_u + 2, 17, -5), (31, 20, -7), (transverse, 21, -10)],
            [7.4, 6.0, 4.6] if big else [5.2, 4.2, 3.6],
        ),
    ]


def vertebra(level: Level) -> Placed:
    """Return a vertebra with its arch and processes."""
    wide, deep, _ = row("lumbar_body_half_mm")
    arch = _arch(level)
    reach = 52.0 if level.name == "L5" else 60.0
    spine = [
        Chain([(0, 38, 8), (0, reach, 13)], [4.2, 3.6]),
        Chain([(0, 40, 14), (0, reach - 1, 19)], [4.2, 4.2]),
    ]
    bone = Union(
        [Block(level, wide, deep, 0.10, 3.0), *arch, *(Mirrored(part) for part in arch), *spine],
        3.0,
    )
    canal = Chain([(0, _CANAL_V_MM, -30), (0, _CANAL_V_MM, 30)], [_CANAL_RADIUS_MM, _CANAL_RADIUS_MM])
    return Placed(Difference(bone, (canal,), 1.5), level)


def wide_transverse(level: Level) -> Placed:
    """Return the broad transverse processes that join a sacralised L5 to the sacrum."""
    part = Chain([(20, 15, -2), (36, 17, 4), (44, 16, 16)], [9, 11, 11])
    return Placed(Union((part, Mirrored(part)), 4.0), level)


def disc(level: Level) -> Placed:
    """Return the disc of a level, bulging a little."""
    wide, deep, _ = row("lumbar_body_half_mm")
    return Placed(Block(level, wide - 0.5, deep - 0.3, -0.02, 2.0), level)


def canal_room(level: Level) -> Placed:
    """Return the canal along a body or a disc: from behind them to the arch, as wide as the pedicles leave it."""
    pedicle_u, pedicle_r = _pedicle(level)
    back_mm = _CANAL_V_MM + _CANAL_RADIUS_MM
    half_depth_mm = (back_mm - _CANAL_FRONT_V_MM) / 2
    reach_mm, boxy = level.half_height_mm + _OVERLAP_MM, 8.0
    return Placed(CanalRoom(pedicle_u - pedicle_r, half_depth_mm, back_mm - half_depth_mm, reach_mm, boxy), level)


def canal_points(vertebrae: Sequence[Level]) -> Floats:
    """Return the middle of the lumbar canal from above downwards, shape (n, 3)."""
    points = [level.to_patient([(0, _CANAL_V_MM, s)]) for level in reversed(vertebrae) for s in (-12.0, 12.0)]
    return np.concatenate(points)
