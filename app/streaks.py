"""What metal may have misled: its streaks cross the slices it lies in, and proposals there say so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from imaging.geometry import Floats
from imaging.labels import Mask
from imaging.structures import StructureKind
from planning.model import Structure

_SLICE_CM2 = 0.3
"""Metal of this area in a slice throws streaks: a screw does, clips and seeds hardly do; an assumption."""
_BESIDE_MM, _LEAST_PART = 50.0, 0.05
"""They are strong so near to it, and mislead what has this part of itself there; assumptions."""
_SURE = 0.6
WORDS = "metal lies in its slices: streaks may have misled it"
_NOT_MISLED = (StructureKind.SKIN, StructureKind.METAL)


def doubted(structure: Structure, metal: Structure | None) -> Structure:
    """Return a proposal, less sure of itself where streaks of metal cross it.

    Parameters
    ----------
    structure : Structure
        Unchanged if it is confirmed, or if it does not say how sure it is.
    metal : Structure or None
        On the grid of the CT.
    """
    if metal is None or structure.confirmed or structure.confidence is None or structure.kind in _NOT_MISLED:
        return structure
    if may_be_misled(structure) or not _crossed(structure, metal):
        return structure
    return replace(structure, origin=f"{structure.origin}; {WORDS}", confidence=_SURE * structure.confidence)


def may_be_misled(structure: Structure) -> bool:
    """Return whether a proposal says that streaks may have misled it."""
    return WORDS in structure.origin


def _crossed(structure: Structure, metal: Structure) -> bool:
    assert isinstance(metal.shape, Mask)
    mask = metal.shape
    grid, part = mask.grid, mask.array(mask.box)
    # the axis of the voxels that runs along the patient is the one slices follow each other on
    along = int(np.abs(grid.directions[2]).argmax())
    spacing = np.delete(grid.spacing_ijk_mm, along)
    area_cm2 = part.sum(axis=tuple(n for n in range(3) if n != 2 - along)) * float(np.prod(spacing)) / 100
    slices = np.zeros(grid.shape_kji[2 - along], bool)
    first = mask.box.start_kji[2 - along]
    slices[first : first + len(area_cm2)] = area_cm2 > _SLICE_CM2
    at = grid.to_ijk(_places_mm(structure))
    low, high = np.array(mask.box.start_kji)[::-1], np.array(mask.box.stop_kji)[::-1]
    beside = np.maximum(np.maximum(low - at, at - high), 0.0) * grid.spacing_ijk_mm
    beside[:, along] = 0.0
    index = np.clip(np.rint(at[:, along]).astype(int), 0, len(slices) - 1)
    return bool((slices[index] & (np.linalg.norm(beside, axis=1) < _BESIDE_MM)).mean() > _LEAST_PART)


def _places_mm(structure: Structure) -> Floats:
    shape = structure.shape
    return shape.points_mm() if isinstance(shape, Mask) else shape.points_mm
