"""The hip bone: a curved plate over its outline as seen from the side, with crest, socket, rami and the upper femur."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from imaging.geometry import Floats
from imaging.phantom.dimensions import number, row
from imaging.phantom.lattice import Field, Lattice
from imaging.phantom.shapes import Chain, Ellipsoid, Union, smooth_max, smooth_min
from imaging.phantom.slab import Slab

# Distances of the inner and outer surface from the midline over (y, z), and the outline in (y, z); drawn by eye after
# the shapes in one CT (see dimensions.CT_SHAPE).
_Y = (-80.0, -60.0, -40.0, -20.0, 0.0, 20.0, 40.0, 60.0)
_Z = (-130.0, -110.0, -90.0, -70.0, -56.0, -44.0, -32.0, -20.0, 0.0, 20.0, 40.0)
_INNER = (
    (80, 92, 104, 110, 113, 118, 124, 129, 132, 130, 120),
    (66, 72, 88, 100, 106, 111, 117, 122, 128, 126, 116),
    (58, 57, 68, 88, 95, 101, 107, 112, 120, 119, 110),
    (58, 56, 60, 67, 78, 86, 92, 97, 104, 108, 103),
    (60, 58, 60, 62, 62, 62, 63, 65, 72, 88, 93),
    (60, 60, 60, 60, 57, 57, 58, 58, 61, 70, 82),
    (58, 58, 58, 58, 51, 51, 52, 53, 57, 65, 74),
    (56, 56, 56, 54, 47, 46, 46, 48, 54, 62, 68),
)
_OUTER = (
    (94, 102, 112, 117, 121, 127, 132, 136, 138, 136, 126),
    (90, 95, 100, 108, 113, 119, 125, 130, 135, 133, 123),
    (84, 100, 104, 105, 106, 111, 117, 121, 128, 128, 118),
    (80, 100, 102, 99, 97, 99, 103, 107, 113, 118, 112),
    (80, 92, 94, 86, 84, 84, 85, 86, 88, 98, 102),
    (80, 82, 84, 82, 80, 80, 80, 80, 80, 84, 92),
    (70, 71, 72, 72, 70, 71, 72, 73, 74, 77, 84),
    (62, 62, 62, 63, 61, 61, 64, 67, 69, 72, 78),
)
_OUTLINE = (
    (-82, -28), (-74, -8), (-54, 14), (-30, 30), (-6, 38), (14, 34), (32, 20), (48, 6), (62, -10), (69, -26),
    (66, -40), (58, -50), (46, -55), (34, -60), (23, -68), (17, -80), (17, -95), (24, -106), (29, -114), (18, -122),
    (12, -136), (2, -146), (-18, -148), (-38, -138), (-48, -118), (-54, -95), (-62, -78), (-66, -66), (-66, -54),
    (-74, -44),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class HipBone:
    """The left hip bone; mirror it for the right."""

    @cached_property
    def plate(self) -> Slab:
        return Slab(_Y, _Z, _INNER, _OUTER, _OUTLINE, edge_mm=9.0, ripple_mm=0.8)

    def inner(self, y: Field, z: Field) -> tuple[Field, Field]:
        """Distance of the inner surface from the midline, and the factor from that to a distance across it."""
        height, slope = self.plate.low
        return self.plate.sample(height, y, z), self.plate.sample(slope, y, z)

    def outer(self, y: Field, z: Field) -> tuple[Field, Field]:
        """Distance of the outer surface from the midline, and the factor from that to a distance across it."""
        height, slope = self.plate.high
        return self.plate.sample(height, y, z), self.plate.sample(slope, y, z)

    def rim(self, y: Field, z: Field) -> Field:
        """Signed distance to the outline seen from the side."""
        return self.plate.sample(self.plate.outline, y, z)

    @cached_property
    def _crest(self) -> Chain:
        """The thick lip of the crest from the anterior to the posterior superior spine."""
        yz = np.array(_OUTLINE[:10], float)
        centre = np.array([-10.0, -15.0])
        yz = centre + (yz - centre) * 0.93
        y, z = yz.astype(np.float32).T
        x = 0.5 * (self.inner(y, z)[0] + self.outer(y, z)[0])
        radii = (5.5, 5.5, 5.8, 6.2, 6.0, 5.5, 6.0, 7.5, 8.0, 7.0)
        return Chain(np.column_stack([x, yz]), np.array(radii))

    @cached_property
    def _lower(self) -> Union:
        """Ischium and pubic rami."""
        return Union(
            (
                Chain([(74, 8, -122), (68, 14, -150), (62, 8, -178)], [13, 14, 17]),
                Chain([(80, -42, -116), (48, -68, -127), (18, -82, -140)], [11, 7.5, 9]),
                Chain([(12, -82, -142), (13, -78, -155), (36, -40, -188)], [9.5, 8, 6]),
            ),
            6.0,
        )

    @property
    def box_mm(self) -> tuple[Floats, Floats]:
        return np.array([2.0, -92.0, -200.0]), np.array([145.0, 76.0, 46.0])

    def distance(self, lattice: Lattice) -> Field:
        x, y, z = lattice.xyz
        out = self.plate.distance(y, z, x)
        for part, blend in ((self._crest, 6.0), (self._lower, 8.0)):
            where = lattice.window(part.box_mm[0] - 10, part.box_mm[1] + 10)
            if where is not None:
                out[where] = smooth_min(out[where], part.distance(lattice.crop(where)), blend)
        socket = hip_joint()
        where = lattice.window(socket.box_mm[0] - 6, socket.box_mm[1] + 6)
        if where is not None:
            out[where] = smooth_max(out[where], -socket.distance(lattice.crop(where)), 2.0)
        return out


def hip_centre() -> tuple[float, float, float]:
    """Return the middle of the left femoral head."""
    x, y, z = row("hip_centre_mm")
    return (x, y, z)


def hip_joint() -> Ellipsoid:
    """Return the ball that head and cartilage of the left hip joint fill."""
    return Ellipsoid(hip_centre(), (27.0, 27.0, 27.0))


def femur() -> Union:
    """Return the upper end of the left femur."""
    x, y, z = hip_centre()
    r = number("femoral_head_radius_mm")
    return Union(
        (
            Ellipsoid((x, y, z), (r, r, r)),
            Chain([(x + 6, y + 3, z - 3), (126, -2, -134)], [15, 14]),
            Ellipsoid((137, 6, -132), (14, 19, 22)),
            Chain([(131, 0, -145), (126, -4, -220)], [17, 15]),
        ),
        7.0,
    )


HIP = HipBone()
