"""What a reader measures and notes on the images. No prediction depends on it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from imaging.geometry import Floats
from planning.model.look import OwnColour
from planning.model.point import Point

_SHORTEST_MM = 0.1
_FLAT_MM = 0.05
_UNIT = 1e-4
_ELLIPSE_CORNERS = 96


class AnnotationKind(enum.StrEnum):
    """Everything that can be measured or noted."""

    DISTANCE = "distance"
    ANGLE = "angle"
    ELLIPSE = "ellipse"
    POLYGON = "polygon"
    ARROW = "arrow"
    NOTE = "note"

    @property
    def points(self) -> int:
        """How many points it has; of a polygon the fewest."""
        return {AnnotationKind.NOTE: 1, AnnotationKind.ANGLE: 3, AnnotationKind.POLYGON: 3}.get(self, 2)

    @property
    def is_region(self) -> bool:
        """Whether it encloses voxels whose densities are told."""
        return self in (AnnotationKind.ELLIPSE, AnnotationKind.POLYGON)

    @property
    def says_words(self) -> bool:
        """Whether its words are what it is there for."""
        return self in (AnnotationKind.ARROW, AnnotationKind.NOTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A measurement or a note in a plane.

    Attributes
    ----------
    id : str
        ``annotation-1``.
    kind : AnnotationKind
    points_mm : tuple of Point
        LPS, all in one plane. Of a distance its ends; of an angle an end, the vertex and the other end; of an ellipse two
        opposite corners of the rectangle around it; of a polygon its corners; of an arrow its tip and its other end.
    right, down : tuple of float
        Unit vectors of the plane in LPS, as it was seen on the screen.
    words : str
        What the user calls it or has to say; empty where nothing was said.
    locked : bool
        It is not moved, reworded or removed until it is unlocked.
    colour : OwnColour or None
        None has the usual one of measurements.
    """

    id: str
    kind: AnnotationKind
    points_mm: tuple[Point, ...]
    right: Point
    down: Point
    words: str = ""
    locked: bool = False
    colour: OwnColour | None = None

    @property
    def name(self) -> str:
        """Its words, or its kind and number: ``Distance 1``."""
        return self.words or f"{self.kind.value.capitalize()} {self.id.rpartition('-')[2]}"

    @property
    def normal(self) -> Floats:
        """Unit vector across its plane, shape (3,)."""
        return np.cross(self.right, self.down)

    @property
    def flat_mm(self) -> Floats:
        """Its points along the axes of its plane, from the first point on, shape (n, 2)."""
        return self.to_flat(np.array(self.points_mm))

    @property
    def centre_mm(self) -> Point:
        """The middle of its points."""
        x, y, z = np.mean(self.points_mm, axis=0).tolist()
        return (x, y, z)

    @property
    def handles_mm(self) -> tuple[Point, ...]:
        """Where it is taken hold of: its points; of an ellipse all four corners of the rectangle around it."""
        if self.kind is not AnnotationKind.ELLIPSE:
            return self.points_mm
        (x0, y0), (x1, y1) = self.flat_mm.tolist()
        corners = self.to_lps(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]))
        return tuple((x, y, z) for x, y, z in corners.tolist())

    @property
    def outline_mm(self) -> Floats:
        """Corners of the region it encloses, LPS, shape (n, 3); without a region its points."""
        if self.kind is not AnnotationKind.ELLIPSE:
            return np.array(self.points_mm)
        start, stop = self.flat_mm
        turned = np.linspace(0, 2 * np.pi, _ELLIPSE_CORNERS + 1)[:-1, None]
        around = np.concatenate([np.cos(turned), np.sin(turned)], axis=1)
        return self.to_lps((start + stop) / 2 + around * (stop - start) / 2)

    @property
    def length_mm(self) -> float | None:
        """Length of a distance; None of other kinds."""
        if self.kind is not AnnotationKind.DISTANCE:
            return None
        start, stop = self.points_mm
        return float(np.linalg.norm(np.subtract(stop, start)))

    @property
    def angle_deg(self) -> float | None:
        """Angle at the vertex, 0 to 180; None of other kinds, and while an arm has no length."""
        if self.kind is not AnnotationKind.ANGLE:
            return None
        arms = np.array(self.points_mm)[[0, 2]] - self.points_mm[1]
        lengths = np.linalg.norm(arms, axis=1)
        if lengths.min() < _SHORTEST_MM:
            return None
        return float(np.degrees(np.arccos(np.clip(arms[0] @ arms[1] / lengths.prod(), -1.0, 1.0))))

    @property
    def area_mm2(self) -> float | None:
        """Area of a region, by its formula and not by counting voxels; None of other kinds."""
        if self.kind is AnnotationKind.ELLIPSE:
            width, height = np.abs(np.diff(self.flat_mm, axis=0))[0]
            return float(np.pi / 4 * width * height)
        if self.kind is not AnnotationKind.POLYGON:
            return None
        x, y = self.flat_mm.T
        return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)

    @property
    def fault(self) -> str:
        """What makes no sense about it; empty where all is well."""
        axes = np.array([self.right, self.down])
        if not np.allclose(axes @ axes.T, np.eye(2), atol=_UNIT):
            return "its plane has no two axes at right angles"
        if not np.isfinite(self.points_mm).all():
            return "a coordinate is not a number"
        count, wanted = len(self.points_mm), self.kind.points
        if count < wanted or (count > wanted and self.kind is not AnnotationKind.POLYGON):
            least = "at least " if self.kind is AnnotationKind.POLYGON else ""
            return f"it needs {least}{wanted} point{'s' if wanted > 1 else ''} and has {count}"
        if (np.abs((np.array(self.points_mm) - self.points_mm[0]) @ self.normal) > _FLAT_MM).any():
            return "its points do not lie in one plane"
        if self.kind is AnnotationKind.NOTE:
            return ""
        if self.kind is AnnotationKind.ELLIPSE:
            return "it has no area" if np.abs(np.diff(self.flat_mm, axis=0)).min() < _SHORTEST_MM else ""
        around = (*self.points_mm, self.points_mm[0]) if self.kind is AnnotationKind.POLYGON else self.points_mm
        if min(np.linalg.norm(np.subtract(a, b)) for a, b in pairwise(around)) < _SHORTEST_MM:
            return "two of its points are the same: it has no length there"
        if self.kind is AnnotationKind.POLYGON and _crosses_itself(self.flat_mm):
            return "its outline crosses itself"
        return ""

    def to_flat(self, lps_mm: Floats) -> Floats:
        """Return points of shape (n, 3) along the axes of the plane, from the first point on, shape (n, 2)."""
        return np.asarray((lps_mm - self.points_mm[0]) @ np.array([self.right, self.down]).T)

    def to_lps(self, flat_mm: Floats) -> Floats:
        """Return points of the plane, shape (n, 2), in LPS, shape (n, 3)."""
        return np.asarray(self.points_mm[0] + flat_mm @ np.array([self.right, self.down]))

    def in_plane(self, lps_mm: Floats) -> Floats:
        """Return the places of the plane nearest to points of shape (n, 3)."""
        return self.to_lps(self.to_flat(lps_mm))


def _crosses_itself(flat_mm: Floats) -> bool:
    """Whether two edges of a closed outline, that are no neighbours, cross or touch."""
    edges = list(zip(flat_mm, np.roll(flat_mm, -1, axis=0), strict=True))
    last = len(edges) - 1
    return any(
        _cross(*edges[m], *edges[n])
        for m, n in combinations(range(len(edges)), 2)
        if n - m > 1 and not (m == 0 and n == last)
    )


def _cross(a: Floats, b: Floats, c: Floats, d: Floats) -> bool:
    # Edges on one line, one behind the other, are apart although every turn below is none.
    if (np.maximum(a, b) < np.minimum(c, d)).any() or (np.maximum(c, d) < np.minimum(a, b)).any():
        return False

    def turn(p: Floats, q: Floats, r: Floats) -> float:
        return float((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))

    return turn(a, b, c) * turn(a, b, d) <= 0 and turn(c, d, a) * turn(c, d, b) <= 0
