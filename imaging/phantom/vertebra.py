"""The bones of the column: vertebrae with arch and processes, discs, ligaments and ribs, in the patient frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from imaging.phantom.column import Body, Column, Station, canal_room
from imaging.phantom.curve import SpineCurve
from imaging.phantom.dimensions import row
from imaging.phantom.lattice import Field, Lattice
from imaging.phantom.lumbar import Level, Placed
from imaging.phantom.nerves import smooth_path
from imaging.phantom.shapes import Bar, Chain, Difference, Grown, Mirrored, Shape, Union

_LAMINA_HALF_MM = 3.1
_JOINT_MM = 1.6
_HOLLOW_MM = 1.5
_DOWN = (0.0, 0.0, 1.0)

# Middle of a rib over the chest wall as (x, y) from its neck forwards, and how far it has dropped; drawn by eye.
_RIB = (
    (36, 13, 2), (50, 22, 6), (66, 26, 13), (86, 21, 24), (105, 4, 39), (117, -22, 56), (121, -50, 70), (116, -78, 78),
    (100, -100, 76),
)  # fmt: skip
_RIB_POINTS = {"T12": 4, "T11": 6, "T10": 8, "T9": 9, "T8": 9}
_RIB_STEP_MM = 26.0


def _bar(
    level: Level,
    ends: npt.ArrayLike,
    thick: tuple[float, float],
    wide: tuple[float, float],
    axis: npt.ArrayLike = _DOWN,
) -> Bar:
    """Return a bar drawn in the frame of a level."""
    start, stop = level.to_patient(ends)
    return Bar(start, stop, thick, wide, level.to_patient(axis)[0] - level.to_patient([(0, 0, 0)])[0])


def _sides(parts: Sequence[Shape]) -> list[Shape]:
    return [*parts, *(Mirrored(part) for part in parts)]


@dataclass(frozen=True, eq=False)
class Vertebra:
    """The bone of one station.

    Attributes
    ----------
    station : Station
    above : Station or None
        The vertebra that its upper articular processes meet.
    sacral_facet : Shape or None
        For L5: the left upper facet of the sacrum.
    joined : bool
        Broad transverse processes reach the sacrum.
    """

    station: Station
    above: Station | None
    sacral_facet: Shape | None = None
    joined: bool = False

    @cached_property
    def body(self) -> Placed:
        s = self.station
        upper = (s.of("endplate_upper_width_mm") / 2, s.of("endplate_upper_depth_mm") / 2)
        lower = (s.of("endplate_lower_width_mm") / 2, s.of("endplate_lower_depth_mm") / 2)
        return Placed(Body(s.body, upper, lower, 0.11, 1.1, 2.4), s.body)

    @cached_property
    def pedicle(self) -> Bar:
        """The left pedicle."""
        s = self.station
        ends = ((s.pedicle_u, s.back_v - 8, s.pedicle_s), (s.pedicle_u, s.back_v + 8.5, s.pedicle_s))
        a, b = s.of("pedicle_width_mm") / 2, s.of("pedicle_height_mm") / 2
        return _bar(s.body, ends, (a, a), (b, b))

    @cached_property
    def lower_process(self) -> Bar:
        """The left lower articular process."""
        s = self.station
        _, middle, along, _ = s.facet()
        thick, wide = s.facet_half_mm
        ends = (middle + (0, 0, -7.5), middle + (0, 0, 6.0))
        return _bar(s.disc, ends, (thick, thick * 0.9), (wide, wide * 0.85), along)

    @cached_property
    def upper_process(self) -> Bar | None:
        """The left upper articular process."""
        if self.above is None:
            return None
        middle, _, along, across = self.above.facet()
        thick, wide = self.above.facet_half_mm
        # Thick enough to reach into the process that it meets: carved out by that one, its face becomes hollow.
        middle = middle + _HOLLOW_MM * across
        thick += _HOLLOW_MM
        ends = (middle + (0, 0, -6.0), middle + (0, 0, 7.0))
        return _bar(self.above.disc, ends, (thick * 0.9, thick), (wide * 0.9, wide), along)

    def _pillar(self) -> list[Shape]:
        """Bone between pedicle, articular processes and lamina."""
        s = self.station
        root = s.body.to_patient([(s.pedicle_u - 0.5, s.back_v + 9.0, s.pedicle_s + 0.5)])[0]
        lower = np.asarray(self.lower_process.start)
        parts: list[Shape] = [Chain([root, lower], [4.6 if s.thoracic else 5.4, 4.2])]
        if self.upper_process is not None:
            parts.append(Chain([root, self.upper_process.stop], [4.4 if s.thoracic else 5.4, 3.8]))
        return parts

    def _lamina(self) -> Bar:
        s = self.station
        side = (0.5 * s.of("canal_width_mm") + 1.0, s.back_v + 0.6 * s.of("canal_sagittal_mm") + 2.5, 4.0)
        middle = (0.5, s.canal_v + 0.5 * s.of("canal_sagittal_mm") + _LAMINA_HALF_MM + 0.4, 6.0)
        high = (10.5, 11.0) if s.thoracic else (9.5, 8.5)
        return _bar(s.body, (side, middle), (_LAMINA_HALF_MM,) * 2, high, (0.0, 0.3, 1.0))

    def _spine(self) -> list[Shape]:
        s = self.station
        base = s.canal_v + 0.5 * s.of("canal_sagittal_mm") + 4.5
        tip = s.of("spine_tip_mm")
        drop, high = (17.0, 5.5) if s.thoracic else (12.0, 8.2)
        plate = _bar(s.body, ((0, base, 7), (0, tip - 4, drop)), (2.6, 2.8), (8.0, high), (0, 0.1, 1))
        knob = Chain(s.body.to_patient([(0, tip - 4, drop - 2), (0, tip - 3.4, drop + high - 3.5)]), [3.4, 4.0])
        return [plate, knob]

    def _transverse(self) -> list[Shape]:
        s = self.station
        u, v, half = s.pedicle_u + 1.0, s.back_v + 9.0, s.of("transverse_width_mm") / 2
        if s.thoracic:
            return [_bar(s.body, ((u, v + 2, -3), (half - 3.5, v + 11, -5)), (4.4, 3.6), (6.0, 4.8))]
        if s.name == "L5":
            part = _bar(s.body, ((u + 1, v - 1, s.pedicle_s), (half - 4, v + 1, -5)), (5.2, 3.6), (6.8, 5.0))
        else:
            part = _bar(s.body, ((u, v, -3), (half - 4, v + 3, -5)), (4.2, 2.7), (6.6, 4.6))
        return [part]

    @cached_property
    def _bone(self) -> Union:
        halves: list[Shape] = [self.pedicle, self.lower_process, *self._pillar(), self._lamina(), *self._transverse()]
        if self.upper_process is not None:
            halves.append(self.upper_process)
        whole = Union([self.body, *_sides(halves), *self._spine()], 2.2)
        if not self.joined:
            return whole
        wing = Chain(self.station.body.to_patient([(22, 15, -2), (38, 17, 4), (45, 16, 16)]), [9, 11, 11])
        return Union([whole, *_sides([wing])], 4.0)

    @cached_property
    def holes(self) -> tuple[Shape, ...]:
        """What is carved out: the canal, and room for the processes that this vertebra meets."""
        s = self.station
        canal = canal_room(s, s.body.half_height_mm + 14.0)
        cut: list[Shape] = []
        if self.above is not None:
            neighbour = Vertebra(self.above, None)
            cut += _sides([Grown(neighbour.lower_process, _JOINT_MM)])
        if self.sacral_facet is not None:
            cut += _sides([Grown(self.sacral_facet, _JOINT_MM)])
        return (canal, *cut)

    @cached_property
    def joints(self) -> tuple[tuple[Shape, Shape], ...]:
        """Pairs of the room for a process of a neighbour and the own process that faces it, on both sides."""
        own: list[Shape] = []
        if self.upper_process is not None:
            own += _sides([self.upper_process])
        if self.sacral_facet is not None:
            own += _sides([self.lower_process])
        return tuple(zip(self.holes[1:], own, strict=True))

    @cached_property
    def solid(self) -> Difference:
        return Difference(self._bone, self.holes, 0.8)

    @property
    def box_mm(self) -> tuple[Floats, Floats]:
        return self.solid.box_mm

    def distance(self, lattice: Lattice) -> Field:
        return self.solid.distance(lattice)


def disc(station: Station, below: Station | None) -> Placed:
    """Return the disc below a vertebra, filling the hollows of the faces it lies between."""
    s = station
    upper = (s.of("endplate_lower_width_mm") / 2 - 0.5, s.of("endplate_lower_depth_mm") / 2 - 0.3)
    lower = upper
    if below is not None:
        lower = (below.of("endplate_upper_width_mm") / 2 - 0.5, below.of("endplate_upper_depth_mm") / 2 - 0.3)
    level = s.disc
    thicker = Level(level.name, level.centre_yz_mm, level.inclination_deg, level.half_height_mm + 1.6, level.wedge_deg)
    return Placed(Body(thicker, upper, lower, -0.03, 0.0, 1.5), level)


def sacral_facet(curve: SpineCurve) -> Chain:
    """Return the left upper facet of the sacrum, as the sacrum draws it."""
    return Chain(curve.to_patient([(21, 21, 12), (24, 25, 1), (25.5, 26, -9)]), [8.0, 7.4, 6.4])


def vertebrae(column: Column, curve: SpineCurve, *, joined_l5: bool) -> dict[str, Vertebra]:
    """Return the bones of a column by name, from L5 upwards."""
    names = list(column.stations)
    out = {}
    for n, name in enumerate(names):
        above = column.stations[names[n + 1]] if n + 1 < len(names) else None
        lowest = name == "L5"
        facet = sacral_facet(curve) if lowest else None
        out[name] = Vertebra(column.stations[name], above, facet, lowest and joined_l5)
    return out


def ligaments(column: Column) -> list[Shape]:
    """Return the yellow ligaments between laminae and the ligaments between the spines; by eye."""
    parts: list[Shape] = []
    for upper, lower in pairwise(column.downwards):
        top = upper.body.to_patient([(6.0, upper.canal_v + 0.5 * upper.of("canal_sagittal_mm") + 1.4, 10.0)])[0]
        end = lower.body.to_patient([(6.5, lower.canal_v + 0.5 * lower.of("canal_sagittal_mm") + 0.6, -4.0)])[0]
        parts += _sides([Bar(top, end, (1.9, 1.9), (6.5, 6.0), (1.0, -0.35, 0.0))])
        between = [(0, lv.of("spine_tip_mm") - 14, 14.0 if lv is upper else 2.0) for lv in (upper, lower)]
        a, b = upper.body.to_patient([between[0]])[0], lower.body.to_patient([between[1]])[0]
        parts.append(Bar(a, b, (1.3, 1.3), (11.0, 11.0), (0.0, 1.0, 0.0)))
    return parts


def ribs(column: Column) -> list[tuple[str, Shape]]:
    """Return the left ribs by name: those of the shown thoracic vertebrae with head and neck, and arcs of the next two."""
    out: list[tuple[str, Shape]] = []
    thoracic = [name for name in column.stations if name.startswith("T")]
    if not thoracic:
        return out
    thick, wide = row("rib_half_axes_mm")
    highest = column.stations[thoracic[-1]]
    for name in _RIB_POINTS:
        station = column.stations.get(name)
        heads: list[tuple[float, float, float]] = []
        if station is None:
            steps = int(highest.name[1:]) - int(name[1:])
            if steps <= 0:
                continue
            z0 = highest.body.centre_yz_mm[1] + _RIB_STEP_MM * steps
        else:
            outer = station.pedicle_u + station.of("pedicle_width_mm") / 2
            joint = (outer + 4.8, station.back_v - 1.0, station.pedicle_s - 1.0)
            neck = (outer + 12.0, station.back_v + 6.5, station.pedicle_s - 0.5)
            heads = [tuple(p) for p in station.body.to_patient([joint, neck]).tolist()]
            z0 = heads[-1][2]
        arc = [(float(x), float(y), z0 - float(drop)) for x, y, drop in _RIB[: _RIB_POINTS[name]]]
        points = smooth_path(np.array([*heads, *arc]))
        points = points[np.unique(np.linspace(0, len(points) - 1, len(points) // 9 + 2).astype(int))]
        flat = [Bar(p, q, (thick, thick), (wide, wide), (0.0, 0.0, 1.0)) for p, q in pairwise(points)]
        out.append((name, Union(flat)))
    return out
