"""The vertebral column from T10 to L5: where its vertebrae and discs stand, and the canal through them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType

import numpy as np

from imaging.geometry import Floats
from imaging.phantom.dimensions import SPINE_LEVELS, at_level, number
from imaging.phantom.lattice import Field, Lattice
from imaging.phantom.lumbar import CanalRoom, Level, Placed
from imaging.phantom.shapes import smooth_max

_CANAL_GAP_MM = 0.3
_FACET_GAP_MM = 1.8


@dataclass(frozen=True, eq=False)
class Station:
    """A vertebra of the column with the disc below it.

    Attributes
    ----------
    name : str
    body, disc : Level
        Frames in the middle of the vertebral body and of the disc.
    """

    name: str
    body: Level
    disc: Level

    def of(self, dimension: str) -> float:
        """Return the vertebra's number of a row of dimensions."""
        return at_level(dimension, self.name)

    @property
    def thoracic(self) -> bool:
        return self.name.startswith("T")

    @property
    def back_v(self) -> float:
        """``v`` of the back wall of the body."""
        return 0.25 * (self.of("endplate_upper_depth_mm") + self.of("endplate_lower_depth_mm"))

    @property
    def canal_v(self) -> float:
        """``v`` of the middle of the canal."""
        return self.back_v + _CANAL_GAP_MM + 0.5 * self.of("canal_sagittal_mm")

    @property
    def pedicle_u(self) -> float:
        return 0.5 * (self.of("canal_width_mm") + self.of("pedicle_width_mm"))

    @property
    def pedicle_s(self) -> float:
        """``s`` of the middle of the pedicle, whose upper edge stands a little below the upper endplate."""
        notch = 0.3 if self.thoracic else 1.2
        return -self.body.half_height_mm + notch + 0.5 * self.of("pedicle_height_mm")

    @property
    def pedicle_lower_s(self) -> float:
        return self.pedicle_s + 0.5 * self.of("pedicle_height_mm")

    def facet(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Return the left joint below: middles of its upper and lower process, and the directions along and across it.

        In the frame of the disc. The lower process belongs to this vertebra and lies behind and nearer the midline.
        """
        angle = np.deg2rad(self.of("facet_angle_deg"))
        along = np.array([np.sin(angle), np.cos(angle), 0.0])
        across = np.array([-np.cos(angle), np.sin(angle), 0.0])
        thick, wide = self.facet_half_mm
        front = float(np.hypot(wide * along[1], thick * across[1]))
        u = self.of("facet_u_mm")
        off = thick + 0.5 * _FACET_GAP_MM
        upper = np.array([u - off * across[0], self.back_v + self.of("foramen_width_mm") + front, 0.0])
        return upper, upper + 2 * off * across, along, across

    @property
    def facet_half_mm(self) -> tuple[float, float]:
        """Half thickness and half width of an articular process."""
        return (2.6, 5.2) if self.of("facet_angle_deg") > 90 else (3.6, 6.6)


@lru_cache(maxsize=2)
def stations(slope_deg: float) -> Mapping[str, Station]:
    """Return the column by name, from L5 upwards, stacked on the upper endplate of S1."""
    out: dict[str, Station] = {}
    at, angle = np.zeros(2), slope_deg
    for name in reversed(SPINE_LEVELS):
        depth = 0.5 * (at_level("endplate_upper_depth_mm", name) + at_level("endplate_lower_depth_mm", name))
        body_wedge = at_level("body_wedge_deg", name)
        body_high = at_level("body_back_height_mm", name) + depth * np.tan(np.deg2rad(body_wedge / 2))
        levels = []
        plan = ((at_level("disc_height_mm", name), at_level("disc_wedge_deg", name)), (body_high, body_wedge))
        for height, wedge in plan:
            angle -= wedge / 2
            up = np.array([-np.sin(np.deg2rad(angle)), np.cos(np.deg2rad(angle))])
            middle = at + up * height / 2
            levels.append(Level(name, (float(middle[0]), float(middle[1])), float(angle), float(height / 2), wedge))
            at, angle = at + up * height, angle - wedge / 2
        out[name] = Station(name, levels[1], levels[0])
    return MappingProxyType(out)


@dataclass(frozen=True, eq=False)
class Body:
    """A vertebral body or a disc in its own frame: kidney-shaped, waisted, with tilted and hollow faces.

    Attributes
    ----------
    level : Level
    upper_mm, lower_mm : tuple of float
        Half width and half depth of the two faces.
    waist : float
        Share by which the middle is narrower; below zero it bulges.
    dish_mm : float
        Depth of the hollow of each face.
    edge_mm : float
    """

    level: Level
    upper_mm: tuple[float, float]
    lower_mm: tuple[float, float]
    waist: float
    dish_mm: float
    edge_mm: float

    @property
    def box_mm(self) -> tuple[Floats, Floats]:
        wide, deep = (max(a, b) for a, b in zip(self.upper_mm, self.lower_mm, strict=True))
        reach = np.array([wide, deep, self.level.half_height_mm + 5]) + 3
        return -reach, reach

    def distance(self, lattice: Lattice) -> Field:
        u, v, s = lattice.xyz
        half = np.float32(self.level.half_height_mm)
        at = np.clip(s / half, -1, 1)
        # The full width of a face is reached below its rounded rim.
        share = np.float32(0.5) * (np.clip(at * np.float32(1.3), -1, 1) + 1)
        wide, deep = (
            np.float32(a) + share * np.float32(b - a) for a, b in zip(self.upper_mm, self.lower_mm, strict=True)
        )
        hollow = np.float32(self.waist) * (1 - at * at)
        # The back wall stays nearly straight: it is the front of the canal.
        girth_v = 1 - hollow * np.where(v > 0, np.float32(0.35), np.float32(1.0))
        notch = np.float32(1.4) * np.exp(-((u / np.float32(10)) ** 2)) * (v > 0)
        a = np.abs(u) / (wide * (1 - hollow))
        b = np.abs(v) / (deep * girth_v + np.float32(0.7) * (v > 0) - notch)
        across = np.sqrt(a * a + b * b - np.float32(0.3) * np.minimum(a * a * b * b, 2))
        side = (across - 1) * deep
        tilt = np.float32(np.tan(np.deg2rad(self.level.wedge_deg / 2)))
        dish = np.float32(self.dish_mm) * np.clip(1 - across**4, 0, 1)
        faces = np.abs(s) - half + v * tilt + dish
        return np.asarray(smooth_max(side, faces, self.edge_mm), dtype=np.float32)


def canal_room(station: Station, reach_mm: float, forward_mm: float = 0.0) -> Placed:
    """Return the canal along one vertebra, if wanted with its front wall drawn forward into body and disc."""
    half_width_mm, half_depth_mm = (
        station.of("canal_width_mm") / 2,
        station.of("canal_sagittal_mm") / 2 + forward_mm / 2,
    )
    return Placed(CanalRoom(half_width_mm, half_depth_mm, station.canal_v - forward_mm / 2, reach_mm), station.body)


@dataclass(frozen=True, eq=False)
class Column:
    """The stations that a phantom has, from L5 upwards.

    Attributes
    ----------
    top : str
        The highest vertebra with nerves; one more stands above it.
    """

    top: str

    @cached_property
    def stations(self) -> Mapping[str, Station]:
        every = stations(number("sacral_slope_deg"))
        shown = SPINE_LEVELS[SPINE_LEVELS.index(self.top) - 1 :]
        return MappingProxyType({name: every[name] for name in every if name in shown})

    @property
    def downwards(self) -> tuple[Station, ...]:
        """The stations from above downwards."""
        return tuple(self.stations.values())[::-1]

    @cached_property
    def nerve_levels(self) -> tuple[str, ...]:
        """Names from the top level down to L5."""
        return SPINE_LEVELS[SPINE_LEVELS.index(self.top) :]

    @cached_property
    def bodies(self) -> tuple[Level, ...]:
        """Frames of the bodies from L5 upwards."""
        return tuple(s.body for s in self.stations.values())
