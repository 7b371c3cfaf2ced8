"""A margin in true millimetres around or within a structure, kept clear of others, and what of it was achieved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.errors import ImagingError
from imaging.labels import Bools, Box, Mask
from imaging.resample import rasterise
from imaging.segmentation.distance_field import distance_field
from imaging.structures import Tube

Distances = npt.NDArray[np.float32]

_WIDEST_MM = 40.0


@dataclass(frozen=True, slots=True, eq=False)
class Clearance:
    """A structure that a margin keeps away from, by so many millimetres; 0 only leaves it out."""

    shape: Mask | Tube
    distance_mm: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Margin:
    """A structure with a margin.

    Attributes
    ----------
    mask : Mask
    achieved_mm : float
        Mean distance between the old surface and the new one, where nothing but the margin shaped it.
    least_mm : float
        The smallest distance from the old surface to a voxel outside the new mask; below zero where the old structure
        itself was cut.
    """

    mask: Mask
    achieved_mm: float
    least_mm: float


def with_margin(
    mask: Mask, margin_mm: float, *, clear_of: Sequence[Clearance] = (), within: Mask | None = None
) -> Margin:
    """Return a structure grown, or with a negative margin shrunk.

    Parameters
    ----------
    mask : Mask
    margin_mm : float
        Up to 40 either way, and not 0.
    clear_of : sequence of Clearance
    within : Mask, optional
        The result does not leave it: bone, for a margin that ends at its outside.

    Raises
    ------
    ImagingError
        ``margin-range``, ``mask-empty``, or ``margin-nothing-left``.
    """
    if not 0 < abs(margin_mm) <= _WIDEST_MM:
        raise ImagingError(f"A margin of {margin_mm:g} mm cannot be made.", code="margin-range",
                           hint=f"Choose one up to {_WIDEST_MM:g} mm, not 0; below 0 shrinks.")  # fmt: skip
    reach_mm = max(margin_mm, 0.0) + 3 * float(mask.grid.spacing_ijk_mm.max())
    field = distance_field(mask, reach_mm)
    around = np.ceil(reach_mm / mask.grid.spacing_ijk_mm[::-1]).astype(int)
    box = _grown(mask.box, around, mask.grid.shape_kji)
    away_mm = field.on(mask.grid, box)
    # Beyond the margin and one voxel more nobody asks.
    asked = away_mm <= margin_mm + float(mask.grid.spacing_ijk_mm.max())
    free = _free(mask, box, asked, clear_of, within)
    grown = (away_mm <= margin_mm) & free
    if not grown.any():
        raise ImagingError("Nothing is left of the structure.", code="margin-nothing-left",
                           hint="Shrink it by less, or keep it clear of less.")  # fmt: skip
    surface = [(a + b)[pairs] / 2 for a, b, pairs in _faces(away_mm, grown, free)]
    met = np.concatenate(surface) if surface else np.empty(0)
    outside_mm = away_mm[~grown]
    return Margin(
        Mask.from_array(mask.grid, grown, box.start_kji),
        float(met.mean()) if met.size else 0.0,
        float(outside_mm.min()) if outside_mm.size else float(margin_mm),
    )


def _free(mask: Mask, box: Box, asked: Bools, clear_of: Sequence[Clearance], within: Mask | None) -> Bools:
    """Which voxels the margin may take, among those that are asked for."""
    free = np.ones(box.shape_kji, bool)
    part = mask.grid.crop(box.start_kji, box.stop_kji)
    for clearance in clear_of:
        shape, distance_mm = clearance.shape, clearance.distance_mm
        if distance_mm < 0:
            raise ImagingError("A clearance below 0 mm cannot be kept.", code="margin-range")
        if isinstance(shape, Tube):
            kji = np.argwhere(asked & free)
            taken = shape.within(part.to_lps(kji[:, ::-1]), distance_mm)
            free[tuple(kji[taken].T)] = False
        elif distance_mm == 0:
            free &= ~rasterise(shape, part)
        elif shape.count:
            shape.grid.require_same(mask.grid, "The other structure")
            field = (
                distance_field(_near(shape, box, distance_mm), distance_mm + 2.0)
                if _touches(shape, box, distance_mm)
                else None
            )
            if field is not None:
                free &= field.on(mask.grid, box) > distance_mm
    if within is not None:
        within.grid.require_same(mask.grid, "The structure it is to stay within")
        free &= within.array(box)
    return free


def _grown(box: Box, around: npt.NDArray[np.int64], shape_kji: tuple[int, int, int]) -> Box:
    start = np.maximum(np.array(box.start_kji) - around, 0).tolist()
    stop = np.minimum(np.array(box.stop_kji) + around, shape_kji).tolist()
    return Box((start[0], start[1], start[2]), (stop[0], stop[1], stop[2]))


def _reach_box(mask: Mask, box: Box, distance_mm: float) -> Box:
    return _grown(box, np.ceil((distance_mm + 2.0) / mask.grid.spacing_ijk_mm[::-1]).astype(int), mask.grid.shape_kji)


def _touches(shape: Mask, box: Box, distance_mm: float) -> bool:
    return bool(shape.array(_reach_box(shape, box, distance_mm)).any())


def _near(shape: Mask, box: Box, distance_mm: float) -> Mask:
    """The part of a large structure that can matter in a box."""
    around = _reach_box(shape, box, distance_mm)
    return Mask.from_array(shape.grid, shape.array(around), around.start_kji)


def _faces(away_mm: Distances, grown: Bools, free: Bools) -> Iterator[tuple[Distances, Distances, Bools]]:
    """Pairs of neighbours inside and outside, both of which the margin was free to take."""
    for axis in range(3):
        first = [slice(None)] * 3
        second = [slice(None)] * 3
        first[axis], second[axis] = slice(None, -1), slice(1, None)
        a, b = tuple(first), tuple(second)
        pairs = (grown[a] != grown[b]) & free[a] & free[b]
        if pairs.any():
            yield away_mm[a], away_mm[b], pairs
