"""Copy a structure to the other side of the body."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from imaging.errors import ImagingError
from imaging.geometry import Floats
from imaging.labels import Box, Mask
from imaging.structures import Tube
from imaging.volume import Volume

_LEFT = np.array([1.0, 0.0, 0.0])
_COARSE_MM = 4.0
_TURNS_DEG = np.arange(-24.0, 24.5, 1.0)


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
    """Return the plane about which bone and skin of a CT are most alike, up to 24 degrees off the CT's own axes.

    Raises
    ------
    ImagingError
        ``no-symmetry`` if the two sides are not alike: one of them is cut off, or there is no body.
    """
    step = np.maximum(np.rint(_COARSE_MM / volume.grid.spacing_ijk_mm[::-1]), 1).astype(int)
    hu = np.clip(volume.hu[:: step[0], :: step[1], :: step[2]].astype(np.float32), -200, 500) + 200
    spacing_mm = volume.grid.spacing_ijk_mm[::-1] * step
    directions = volume.grid.directions
    sign = np.sign(directions[0, 0]) or 1.0
    turns, found = [], []
    for axis in (1, 0):  # Seen from the front, then from below.
        turn, at_mm, alike = _most_alike(
            hu.mean(axis=axis), spacing_mm[2 if axis else 1 : 3], spacing_mm[0 if axis else 1]
        )
        turns.append(np.deg2rad(turn))
        found.append((at_mm, alike))
    if min(alike for _, alike in found) < 0.8:
        raise ImagingError(
            "The two sides of this CT are not alike enough to find its midline.", code="no-symmetry",
            hint="Give two points of the midline.",
        )  # fmt: skip
    normal = directions[:, 0] + np.tan(turns[1]) * directions[:, 1] + np.tan(turns[0]) * directions[:, 2]
    point = volume.grid.centre_mm + found[1][0] * directions[:, 0]
    return MirrorPlane(point, sign * normal / np.linalg.norm(normal))


def _most_alike(picture: npt.NDArray[np.float32], _spacing: Floats, row_mm: float) -> tuple[float, float, float]:
    """Turn, place from the middle, and likeness of the best mirror line across the columns of a picture."""
    column_mm = float(_spacing[-1])
    square = ndimage.zoom(picture, (row_mm / column_mm, 1.0), order=1)
    best = (0.0, 0.0, -1.0)
    for turn in _TURNS_DEG:
        turned = ndimage.rotate(square, turn, reshape=False, order=1, mode="nearest")
        turned = turned - turned.mean()
        n = turned.shape[1]
        spectrum = np.fft.rfft(turned, 2 * n, axis=1)
        # A row laid over itself mirrored, at all places at once.
        overlap = np.fft.irfft((spectrum * spectrum).sum(axis=0), 2 * n) / max(float((turned**2).sum()), 1e-9)
        at = int(overlap.argmax())
        if overlap[at] > best[2]:
            best = (float(turn), (at / 2 - (n - 1) / 2) * column_mm, float(overlap[at]))
    return best


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
