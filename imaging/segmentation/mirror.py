"""Copy a structure to the other side of the body."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.errors import ImagingError
from imaging.geometry import Floats
from imaging.labels import Box, Mask
from imaging.midplane import midplane_of
from imaging.structures import Tube
from imaging.volume import Volume

_LEFT = np.array([1.0, 0.0, 0.0])


@dataclass(frozen=True, slots=True, eq=False)
class MirrorPlane:
    """The plane between left and right: a point of it and the unit vector across it."""

    point_mm: Floats
    normal: Floats

    def reflect(self, points_mm: npt.ArrayLike) -> Floats:
        """Return points of shape (n, 3) on the other side."""
        points = np.asarray(points_mm, float)
        return points - 2 * ((points - self.point_mm) @ self.normal)[..., None] * self.normal


def midline(first_mm: npt.ArrayLike, second_mm: npt.ArrayLike) -> MirrorPlane:
    """Return the mirror plane through two points of the midline, as upright to left-right as they allow.

    Raises
    ------
    ImagingError
        ``midline-points`` if they lie closer than 5 mm, or one beside the other.
    """
    first, second = np.asarray(first_mm, float), np.asarray(second_mm, float)
    along = second - first
    length_mm = float(np.linalg.norm(along))
    if length_mm < 5.0 or abs(along[0]) > 0.7 * length_mm:
        raise ImagingError(
            "These two points do not give a midline.", code="midline-points",
            hint="Place them apart from each other from front to back, or from top to bottom.",
        )  # fmt: skip
    along /= length_mm
    normal = _LEFT - (_LEFT @ along) * along
    return MirrorPlane(first, normal / np.linalg.norm(normal))


def symmetry_of(volume: Volume) -> MirrorPlane:
    """Return the plane of symmetry of a CT's bones.

    Raises
    ------
    ImagingError
        ``no-midplane`` if the two sides are not alike: one of them is cut off, or there is no body.
    """
    found = midplane_of(volume)
    return MirrorPlane(found.point_mm, found.axes[:, 0])


def mirrored(shape: Mask | Tube, plane: MirrorPlane) -> Mask | Tube:
    """Return a structure copied to the other side.

    Raises
    ------
    ImagingError
        ``mirror-outside`` if the CT does not show that place.
    """
    if isinstance(shape, Tube):
        return Tube(plane.reflect(shape.points_mm), shape.radii_mm)
    grid = shape.grid
    there = plane.reflect(shape.points_mm())
    low, high = there.min(axis=0), there.max(axis=0)
    box = Box.around(grid, low, high)
    if not len(there) or box.empty or not grid.contains(there).any():
        raise ImagingError("The other side lies outside the CT.", code="mirror-outside", hint="Check the midline.")
    centres = grid.crop(box.start_kji, box.stop_kji).to_lps(np.indices(box.shape_kji).reshape(3, -1).T[:, ::-1])
    kji = np.rint(grid.to_ijk(plane.reflect(centres))).astype(int)[:, ::-1] - np.array(shape.box.start_kji)
    source = shape.array(shape.box)
    valid = ((kji >= 0) & (kji < source.shape)).all(axis=1)
    out = np.zeros(len(centres), bool)
    out[valid] = source[tuple(kji[valid].T)]
    return Mask.from_array(grid, out.reshape(box.shape_kji), box.start_kji)
