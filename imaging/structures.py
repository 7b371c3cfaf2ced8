"""The vocabulary of structures, shared by segmentation, phantom, planning and pictures."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.errors import GeometryError
from imaging.geometry import Floats

SPINE_LEVELS = (*(f"T{n}" for n in range(1, 13)), *(f"L{n}" for n in range(1, 6)))
"""Vertebrae above the sacrum that are named, from above downwards."""
ROOT_LEVELS = (*SPINE_LEVELS, "S1", "S2", "S3", "S4", "S5")
SACRAL_ROOT_LEVELS = ROOT_LEVELS[-6:]
"""L5 to S5: the roots that a plan in the sacrum must know about."""

# Pairs of point and segment measured in one go: their arrays stay within a core's cache.
_PAIRS_AT_ONCE = 20_000
_SEGMENTS_AT_ONCE = 8


class StructureKind(enum.StrEnum):
    """What a structure is, which decides its tissue, its thresholds and its colour.

    ``SKIN`` is the whole body, whose surface is the skin. ``BONE`` is all bone; the named bones are parts of it.
    ``NERVE`` is a nerve that is no single root: the lumbosacral trunk. ``DISC`` is all discs that are outlined, ``SI_CARTILAGE``
    the cartilage of one sacroiliac joint.
    """

    LESION = "lesion"
    BONE = "bone"
    CANAL = "canal"
    THECAL_SAC = "thecal_sac"
    ROOT = "root"
    BOWEL = "bowel"
    BLADDER = "bladder"
    VESSEL = "vessel"
    SKIN = "skin"
    METAL = "metal"
    CORD = "cord"
    NERVE = "nerve"
    EPIDURAL_FAT = "epidural_fat"
    SACRUM = "sacrum"
    COCCYX = "coccyx"
    ILIUM = "ilium"
    VERTEBRA = "vertebra"
    VENTRAL_FORAMEN = "ventral_foramen"
    DORSAL_FORAMEN = "dorsal_foramen"
    DISC = "disc"
    SI_CARTILAGE = "si_cartilage"


BONES = frozenset(
    {StructureKind.BONE, StructureKind.SACRUM, StructureKind.COCCYX, StructureKind.ILIUM, StructureKind.VERTEBRA}
)
"""Kinds that are bone."""
SPANNING_BODY = BONES | {StructureKind.SKIN}
"""Kinds as large as the image: their surfaces, densities and distances take seconds, and tell little."""
FORAMINA = frozenset({StructureKind.VENTRAL_FORAMEN, StructureKind.DORSAL_FORAMEN})
"""Channels through the sacrum, S1 to S4 on both sides: landmarks, not tissue."""
FORAMEN_LEVELS = ROOT_LEVELS[-5:-1]


class Side(enum.StrEnum):
    """The patient's side."""

    LEFT = "L"
    RIGHT = "R"


@dataclass(frozen=True, slots=True, eq=False)
class Tube:
    """A nerve or canal: a centreline with a radius at each of its points.

    Attributes
    ----------
    points_mm : ndarray, shape (n, 3)
        LPS, from the spinal end to the peripheral end; at least two different points.
    radii_mm : ndarray, shape (n,)

    Raises
    ------
    GeometryError
        If there are fewer than two different points, or a radius is not above zero.
    """

    points_mm: Floats
    radii_mm: Floats

    def __post_init__(self) -> None:
        points = np.array(self.points_mm, dtype=np.float64).reshape(-1, 3)
        radii = np.array(np.broadcast_to(np.asarray(self.radii_mm, float), len(points)))
        if len(points) < 2 or not np.isfinite(points).all() or np.ptp(points, axis=0).max() == 0:
            raise GeometryError(
                "A centreline needs at least two different points.",
                code="tube-too-short",
                hint="Place one more point along the structure.",
            )
        if not (np.isfinite(radii).all() and (radii > 0).all()):
            raise GeometryError("A tube needs a radius above 0 mm at every point.", code="tube-radius")
        points.setflags(write=False)
        radii.setflags(write=False)
        object.__setattr__(self, "points_mm", points)
        object.__setattr__(self, "radii_mm", radii)

    @property
    def length_mm(self) -> float:
        return float(np.linalg.norm(np.diff(self.points_mm, axis=0), axis=1).sum())

    def resampled(self, step_mm: float) -> Tube:
        """Return the same tube with points at most ``step_mm`` apart; its ends stay where they are."""
        along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(self.points_mm, axis=0), axis=1))])
        at = np.linspace(0.0, along[-1], max(int(np.ceil(along[-1] / step_mm)), 1) + 1)
        points = np.stack([np.interp(at, along, self.points_mm[:, axis]) for axis in range(3)], axis=1)
        return Tube(points, np.interp(at, along, self.radii_mm))

    def contains(self, lps_mm: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Whether points of shape (n, 3) lie in the tube."""
        return self.within(lps_mm, 0.0)

    def within(self, lps_mm: npt.ArrayLike, distance_mm: float) -> npt.NDArray[np.bool_]:
        """Whether points of shape (n, 3) lie in the tube or no farther from its wall than a distance."""
        points = np.atleast_2d(np.asarray(lps_mm, float))
        inside = np.zeros(len(points), bool)
        if not len(points):
            return inside
        lowest, highest = points.min(axis=0), points.max(axis=0)
        # A long nerve is looked at piece by piece: most points are far from most of it.
        for first in range(0, len(self.points_mm) - 1, _SEGMENTS_AT_ONCE):
            part = slice(first, first + _SEGMENTS_AT_ONCE + 1)
            reach_mm = self.radii_mm[part].max() + distance_mm
            low, high = self.points_mm[part].min(axis=0) - reach_mm, self.points_mm[part].max(axis=0) + reach_mm
            if (low > highest).any() or (high < lowest).any():
                continue
            near = np.flatnonzero(((points >= low) & (points <= high)).all(axis=1) & ~inside)
            inside[near] = self._signed_mm(points[near], part) <= distance_mm
        return inside

    def signed_distance_mm(self, lps_mm: npt.ArrayLike) -> Floats:
        """Return the distance of points to the tube's wall, negative inside.

        Parameters
        ----------
        lps_mm : array_like, shape (n, 3)

        Returns
        -------
        ndarray, shape (n,)
            Exact for constant radius; between points of different radius the wall is a cone and the distance
            is taken at the closest point of the axis.
        """
        return self._signed_mm(np.atleast_2d(np.asarray(lps_mm, float)), slice(None))

    def _signed_mm(self, points: Floats, part: slice) -> Floats:
        """The distance of points to the wall of a part of the tube."""
        at_once = max(_PAIRS_AT_ONCE // max(len(self.points_mm[part]) - 1, 1), 1)
        parts = [self._distance_mm(points[n : n + at_once], part) for n in range(0, len(points), at_once)]
        return np.concatenate(parts) if parts else np.empty(0)

    def _distance_mm(self, points: Floats, part: slice) -> Floats:
        """The distance of every point to its closest segment."""
        start, axis = self.points_mm[part][:-1], np.diff(self.points_mm[part], axis=0)
        radii = self.radii_mm[part]
        length2 = np.einsum("mi,mi->m", axis, axis)
        away = points[:, None] - start
        along = np.clip(np.einsum("nmi,mi->nm", away, axis) / np.where(length2 > 0, length2, 1.0), 0, 1)
        away -= along[..., None] * axis
        radius = radii[:-1] + along * np.diff(radii)
        wall: Floats = (np.sqrt(np.einsum("nmi,nmi->nm", away, away)) - radius).min(axis=1)
        return wall
