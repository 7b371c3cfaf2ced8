"""What lies around a target, on a grid that thousands of paths are followed through in a second.

The distances here are those of voxels and screen paths; what is shown of a path that was chosen is measured on surfaces
(`clearance`) and on the CT itself (`passage`).
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats, VoxelGrid
from imaging.labels import Mask
from imaging.later import edt, ndimage
from imaging.resample import rasterise, resample_hu
from imaging.structures import BONES, FORAMINA, StructureKind, Tube
from imaging.volume import Volume
from planning.catalogue.rules import LimitId, PathRules
from planning.errors import PlanError
from planning.model.case import Case, Structure
from planning.trajectory.near_tubes import lay_tubes
from planning.trajectory.passage import GAS_BELOW_HU
from planning.trajectory.thin_parts import lay_thin_parts

SPACING_MM = 1.5
_BEYOND_LIMITS_MM = 3.0
"""So far beyond the levels of its limit the distance to a structure is known."""
_SOFTENED_CELLS = 1.0
_MOST_PARTS = 63
OF_NO_RULE = 255


class Medium(enum.IntEnum):
    """What a cell is full of."""

    OUTSIDE = 0
    SOFT = 1
    GAS = 2
    LESION = 3
    CANCELLOUS = 4
    CORTEX = 5


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Surroundings:
    """Fields that paths are followed through.

    Attributes
    ----------
    grid : VoxelGrid
        Of all fields; cells are cubes along LPS.
    spare_mm : ndarray of float32
        How much farther the nearest sensitive structure is than it must be from the surface of a needle; below 0 a needle
        may not be there. Its tolerance is not in it.
    spare_of : ndarray of uint8
        Which rule that is, into `rules`.
    nearness : ndarray of float32
        What the nearness of sensitive structures costs there.
    medium : ndarray of uint8
        `Medium`.
    bone : ndarray of float32
        Share of bone, softened, whose slope is normal to its surface.
    part : ndarray of uint8
        Bone with a name or foramen, into `parts`; 0 is none.
    rules : tuple of str
        Ids of the limits of distances.
    parts : tuple of Structure or None
        The first is None.
    needle_radius_mm : float
    """

    grid: VoxelGrid
    spare_mm: npt.NDArray[np.float32]
    spare_of: npt.NDArray[np.uint8]
    nearness: npt.NDArray[np.float32]
    medium: npt.NDArray[np.uint8]
    bone: npt.NDArray[np.float32]
    part: npt.NDArray[np.uint8]
    rules: tuple[LimitId, ...]
    parts: tuple[Structure | None, ...]
    needle_radius_mm: float

    def covers(self, entries_mm: Floats, target_mm: Floats) -> bool:
        """Whether all paths from entries to a target lie within."""
        low, high = self.grid.bounds_mm
        places = np.vstack([entries_mm, target_mm])
        return bool((places.min(axis=0) >= low - SPACING_MM).all() and (places.max(axis=0) <= high + SPACING_MM).all())


def surroundings(
    case: Case, volume: Volume, low_mm: Floats, high_mm: Floats, needle_radius_mm: float, rules: PathRules
) -> Surroundings:
    """Return the fields of a box of the patient.

    Parameters
    ----------
    case : Case
        With skin and bone outlined.
    volume : Volume
        The CT of the case.
    low_mm, high_mm : ndarray, shape (3,)
        LPS corners of the box; it ends where the CT does.
    needle_radius_mm : float
    rules : PathRules

    Raises
    ------
    PlanError
        ``no-skin``, ``no-bone``: without them nothing can be said of a way in.
    """
    body = [s for s in case.structures if s.kind is StructureKind.SKIN]
    bones = sorted((s for s in case.structures if s.kind in BONES), key=lambda s: s.kind is not StructureKind.BONE)
    _require(body, "skin", "no-skin")
    _require(bones, "bone", "no-bone")
    ct_low, ct_high = case.image.grid.bounds_mm
    low, high = np.maximum(low_mm, ct_low), np.minimum(high_mm, ct_high)
    grid = VoxelGrid.along_axes(np.eye(3), low, high, SPACING_MM, case.image.grid.frame_uid)
    inside = _union(body, grid)
    in_bone, hu = _union(bones, grid), resample_hu(volume, grid)
    medium = np.where(inside, np.uint8(Medium.SOFT), np.uint8(Medium.OUTSIDE))
    medium[inside & (hu <= GAS_BELOW_HU)] = Medium.GAS
    medium[_union(case.of_kind(StructureKind.LESION), grid) & inside] = Medium.LESION
    cortex = hu >= rules.cortex_above_hu.value
    medium[in_bone & ~cortex], medium[in_bone & cortex] = Medium.CANCELLOUS, Medium.CORTEX
    named = [s for s in case.structures if s.kind in FORAMINA or (s.kind in BONES and s.kind is not StructureKind.BONE)]
    named = sorted(named, key=lambda s: s.kind in FORAMINA)[:_MOST_PARTS]
    part = np.zeros(grid.shape_kji, np.uint8)
    for n, structure in enumerate(named, 1):
        part[_union([structure], grid)] = n
    spare, spare_of, nearness = _distances(case, grid, needle_radius_mm, rules)
    return Surroundings(
        grid=grid, spare_mm=spare, spare_of=spare_of, nearness=nearness, medium=medium, part=part,
        bone=ndimage.gaussian_filter(in_bone.astype(np.float32), _SOFTENED_CELLS, truncate=2.0),
        rules=tuple(rules.distances), parts=(None, *named), needle_radius_mm=needle_radius_mm,
    )  # fmt: skip


def _require(found: Sequence[Structure], what: str, code: str) -> None:
    if not found:
        raise PlanError(
            f"No {what} is outlined, so no way in can be judged.",
            code=code,
            hint="Find the structures first, or outline it.",
        )


def _union(structures: Sequence[Structure], grid: VoxelGrid) -> npt.NDArray[np.bool_]:
    inside = np.zeros(grid.shape_kji, np.bool_)
    for structure in structures:
        inside |= rasterise(structure.shape, grid)
    return inside


def _distances(
    case: Case, grid: VoxelGrid, needle_radius_mm: float, rules: PathRules
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """What is spared of every limit at the narrowest, whose limit that is, and what all of it costs."""
    spare = np.full(grid.shape_kji, rules.tolerance_mm.value + _BEYOND_LIMITS_MM, np.float32)
    spare_of = np.full(grid.shape_kji, OF_NO_RULE, np.uint8)
    nearness = np.zeros(grid.shape_kji, np.float32)
    for n, limit in enumerate(rules.distances.values()):
        shapes = [s.shape for s in case.structures if s.kind in limit.kinds]
        if not shapes:
            continue
        levels_mm = max(limit.caution or 0.0, limit.refused_below + rules.tolerance_mm.value)
        reach_mm = levels_mm + needle_radius_mm + _BEYOND_LIMITS_MM
        away = np.full(grid.shape_kji, reach_mm, np.float32)
        lay_tubes(away, grid, [s for s in shapes if isinstance(s, Tube)], reach_mm)
        for shape in shapes:
            if isinstance(shape, Mask):
                _lay_mask(away, grid, shape, reach_mm)
        away -= needle_radius_mm
        left = away - limit.refused_below
        np.copyto(spare_of, np.uint8(n), where=left < spare)
        np.minimum(spare, left, out=spare)
        if limit.caution is not None and limit.weight > 0:
            room = (limit.caution - away) * np.float32(limit.weight / (limit.caution - limit.refused_below))
            np.maximum(nearness, room, out=nearness)
    return spare, spare_of, nearness


def _lay_mask(away_mm: npt.NDArray[np.float32], grid: VoxelGrid, mask: Mask, reach_mm: float) -> None:
    """Take the distance to a mask where it is smaller, measured on cells around it that may lie beyond the grid."""
    if mask.count == 0:
        return
    cells = int(np.ceil(reach_mm / SPACING_MM))
    low, high = mask.grid.crop(mask.box.start_kji, mask.box.stop_kji).bounds_mm
    ends = grid.to_ijk(np.array([low, high]))[:, ::-1]
    start = np.maximum(np.floor(ends[0]).astype(int), -cells) - cells
    stop = np.minimum(np.ceil(ends[1]).astype(int) + 1, np.array(grid.shape_kji) + cells) + cells
    first, last = np.maximum(start, 0), np.minimum(stop, grid.shape_kji)
    if (first >= last).any():
        return
    around = grid.crop(tuple(start.tolist()), tuple(stop.tolist()))
    inside = rasterise(mask, around)
    # From centre to centre of cells: the surface lies half a cell before the nearest of them.
    measured = edt.edt(~inside, anisotropy=(SPACING_MM,) * 3, parallel=2) - np.float32(SPACING_MM / 2)
    np.minimum(measured, np.float32(reach_mm), out=measured)
    lay_thin_parts(measured, around, mask, reach_mm)
    here = tuple(slice(a, b) for a, b in zip(first, last, strict=True))
    there = tuple(slice(a, b) for a, b in zip(first - start, last - start, strict=True))
    np.minimum(away_mm[here], measured[there], out=away_mm[here])
