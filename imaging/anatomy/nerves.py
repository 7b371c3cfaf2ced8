"""Proposals for the spinal canal and the sacral roots, with how sure they are and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from imaging.anatomy.canal import Canal, SpineImage, find_canal, spine_image
from imaging.anatomy.foramina import ForamenPair, find_sacral_levels, name_levels
from imaging.anatomy.roots import RootTracer
from imaging.geometry import Floats, VoxelGrid
from imaging.labels import Box, Mask
from imaging.midplane import midplane_of
from imaging.progress import Progress
from imaging.structures import SACRAL_ROOT_LEVELS, Side, Tube
from imaging.volume import Volume

_WIDEST_MM = 18.0

ROOT_RADIUS_MM = {"L5": 2.65, "S1": 2.69, "S2": 2.25, "S3": 1.5, "S4": 1.0, "S5": 1.0}
"""Half the diameters on MR neurography 5 mm from the ganglion, L5 5.29 and S1 5.38 mm (EVIDENCE S108). Below S1 nobody
published one: 4.5, 3 and 2 mm are assumed for S2 to S4, and S5 as thin as S4."""
MEASURED_RADII = ("L5", "S1")
"""Levels whose radius was measured; those of the others are assumed."""

_CLEAR_HU, _FAINT_HU = 80.0, 35.0
"""Contrast of a foramen against the bone around that is surely one, and the least that is taken for one."""
_SURE, _UNSURE = 0.75, 0.5
_LIKE_ENOUGH = 0.75
_AT_EDGE_MM = 8.0
_THROUGH_BONE_MM = 3.0
_OF_NUMBERS = ("counted from the tail", "may belong to", "levels are uncertain")


@dataclass(frozen=True, slots=True, eq=False)
class RootProposal:
    """One root of one side.

    Attributes
    ----------
    tube : Tube
    foramen_mm : ndarray, shape (3,)
        Middle of the ventral opening of its foramen, LPS.
    confidence : float
        0 to 1.
    reasons : tuple of str
        What lowers the confidence.
    """

    level: str
    side: Side
    tube: Tube
    foramen_mm: Floats
    confidence: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class NerveProposals:
    """What was found of canal and roots.

    Attributes
    ----------
    canal : Mask
    course : Tube
        Centreline of the canal with the radius of the circle of the same area.
    canal_confidence : float
    roots : tuple of RootProposal
    doubts : tuple of str
        What could not be found, and what is uncertain about the numbering.
    """

    canal: Mask
    course: Tube
    canal_confidence: float
    roots: tuple[RootProposal, ...]
    doubts: tuple[str, ...]


def propose_nerves(volume: Volume, progress: Progress) -> NerveProposals:
    """Return canal and sacral roots of a CT.

    Parameters
    ----------
    volume : Volume
    progress : Progress

    Raises
    ------
    ImagingError
        ``no-midplane`` where the two sides of the image do not resemble each other, and ``no-canal`` where no channel as long as a vertebra is enclosed by bone near the plane of symmetry.
    Cancelled
    """
    progress.report(0.0, "Plane of symmetry")
    midplane = midplane_of(volume)
    progress.report(0.25, "Spinal canal")
    image = spine_image(volume, midplane)
    canal = find_canal(image, midplane)
    progress.report(0.5, "Sacral foramina")
    levels = find_sacral_levels(image, canal)
    named, doubts = name_levels(levels)
    if midplane.likeness < _LIKE_ENOUGH:
        doubts.append("left and right look little alike, so that the middle of the body is uncertain")
    progress.report(0.6, "Sacral roots")
    roots = _roots(volume, image, canal, named, doubts, progress) if named else ()
    missing = [level for level in SACRAL_ROOT_LEVELS if level not in {r.level for r in roots}]
    if missing:
        doubts.append(f"no proposal for {', '.join(missing)}: draw them by points")
    course = Tube(canal.spine.points_mm, np.maximum(canal.radii_mm, 0.5))
    progress.report(0.95, "Canal")
    return NerveProposals(canal_mask(canal, volume.grid), course, _canal_confidence(canal), roots, tuple(doubts))


def _canal_confidence(canal: Canal) -> float:
    """How much of the canal's wall was seen."""
    return float(np.clip(canal.seen.mean() / 0.8, 0.0, 1.0))


def _roots(
    volume: Volume,
    image: SpineImage,
    canal: Canal,
    named: dict[str, ForamenPair],
    doubts: list[str],
    progress: Progress,
) -> tuple[RootProposal, ...]:
    tracer = RootTracer(volume, image, canal, named)
    found = []
    for n, (level, pair) in enumerate(named.items()):
        for side in Side:
            progress.report(0.65 + 0.3 * n / len(named), f"Root {level} {side.value}")
            course = tracer.trace(pair, side)
            confidence, reasons = _confidence(pair, side, course.through_bone_mm, tuple(doubts))
            inside = volume.grid.contains(course.points_mm)
            points = course.points_mm[: len(inside) if inside.all() else int(inside.argmin())]
            if len(points) < 2 or not _well_inside(volume.grid, course.mouth_mm):
                doubts.append(f"the foramen of {level} {side.value} lies at the edge of the image")
                continue
            tube = Tube(points, np.full(len(points), ROOT_RADIUS_MM[level]))
            found.append(RootProposal(level, side, tube, course.mouth_mm, confidence, reasons))
    return tuple(found)


def _well_inside(grid: VoxelGrid, point_mm: Floats) -> bool:
    around = point_mm + _AT_EDGE_MM * np.concatenate([np.eye(3), -np.eye(3)])
    return bool(grid.contains(around).all())


def _confidence(
    pair: ForamenPair, side: Side, through_bone_mm: float, doubts: tuple[str, ...]
) -> tuple[float, tuple[str, ...]]:
    """From how clear the foramen is, whether its fellow is seen, and what stands in the way."""
    clear = float(np.clip((pair.contrast_hu - _FAINT_HU) / (_CLEAR_HU - _FAINT_HU), 0.0, 1.0))
    confidence = _UNSURE + (1 - _UNSURE) * clear
    reasons = []
    if clear < _UNSURE:
        reasons.append("its foramen is hardly darker than the bone around it")
    if side not in pair.seen:
        confidence *= _UNSURE
        reasons.append("its foramen was not found: the other side's was mirrored")
    if through_bone_mm > _THROUGH_BONE_MM:
        confidence *= _SURE
        reasons.append(f"its course crosses {through_bone_mm:.0f} mm of what reads like bone")
    if any(words in d for d in doubts for words in _OF_NUMBERS):
        confidence *= _SURE
        reasons.append("its number is uncertain")
    return confidence, tuple(reasons)


def canal_mask(canal: Canal, grid: VoxelGrid) -> Mask:
    """Return the voxels within the canal's wall."""
    spine = canal.spine
    box = Box.around(grid, spine.points_mm.min(axis=0) - _WIDEST_MM, spine.points_mm.max(axis=0) + _WIDEST_MM)
    if box.empty:
        return Mask.empty(grid)
    kji = np.indices(box.shape_kji).reshape(3, -1).T + np.array(box.start_kji)
    places = grid.to_lps(kji[:, ::-1])
    away, nearest = cKDTree(spine.points_mm).query(places, distance_upper_bound=_WIDEST_MM)
    near = np.flatnonzero(np.isfinite(away))
    row, offset = nearest[near], places[near] - spine.points_mm[nearest[near]]
    left, front, along = (np.einsum("nc,nc->n", offset, axis[row]) for axis in (spine.left, spine.front, spine.down))
    rays = canal.wall_mm.shape[1]
    angle = (np.arctan2(front, left) % (2 * np.pi)) * rays / (2 * np.pi)
    first = np.floor(angle).astype(int) % rays
    part = angle - np.floor(angle)
    wall = (1 - part) * canal.wall_mm[row, first] + part * canal.wall_mm[row, (first + 1) % rays]
    inside = np.zeros(len(kji), bool)
    inside[near] = (np.hypot(left, front) <= wall) & (abs(along) <= 2.0)
    return Mask.from_array(grid, inside.reshape(box.shape_kji), box.start_kji)
