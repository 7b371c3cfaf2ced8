"""The skin that a needle can go in through."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats, VoxelGrid
from imaging.labels import Mask
from imaging.later import ndimage
from imaging.resample import rasterise
from imaging.structures import StructureKind
from imaging.surface import Mesh, surface_of_field
from planning.errors import PlanError
from planning.model.case import Case

_SPACING_MM = 2.5
_SOFTENED_CELLS = 1.0
_LOOKS_CELLS = 3.0
"""Where skin looks is told from it softened over so many cells: the staircase of its voxels looks everywhere."""
_AT_THE_EDGE_MM = 6.0
"""So near to where the CT ends its outline is no skin."""
FLATTEST_DEG = 87.0
"""Skin that looks so far from vertical or farther is no entry; an assumption."""


@dataclass(frozen=True, slots=True, eq=False)
class Skin:
    """The surface of the body, as far as the CT shows it.

    Attributes
    ----------
    mesh : Mesh
    outward : ndarray, shape (n, 3)
        Unit normals of its points.
    in_ct : ndarray of bool, shape (n,)
        Whether it is skin there, and not where the CT ends.
    """

    mesh: Mesh
    outward: Floats
    in_ct: npt.NDArray[np.bool_]


def skin_of(case: Case) -> Skin:
    """Return the skin of a case.

    Raises
    ------
    PlanError
        ``no-skin``.
    """
    for structure in case.of_kind(StructureKind.SKIN):
        if isinstance(structure.shape, Mask):
            return _skin(structure.shape)
    raise PlanError(
        "The skin is not outlined, so no entry can be looked for.",
        code="no-skin",
        hint="Find the structures first, or outline it.",
    )


def reachable(skin: Skin, up: Floats, target_mm: Floats, within_mm: float) -> npt.NDArray[np.int64]:
    """Return the points of the skin that look upwards, up to a distance from a target; indices of shape (n,).

    Parameters
    ----------
    skin : Skin
    up : ndarray, shape (3,)
        Away from the floor.
    target_mm : ndarray, shape (3,)
    within_mm : float
    """
    points = skin.mesh.points_mm
    seen = skin.in_ct & (skin.outward @ up > np.cos(np.radians(FLATTEST_DEG)))
    near = ((points - target_mm) ** 2).sum(axis=1) <= within_mm**2
    return np.flatnonzero(seen & near)


@lru_cache(maxsize=2)
def _skin(mask: Mask) -> Skin:
    low, high = mask.grid.bounds_mm
    grid = VoxelGrid.along_axes(np.eye(3), low, high, _SPACING_MM, mask.grid.frame_uid)
    voxels = rasterise(mask, grid).astype(np.float32)
    # Softened within itself: the body that the CT cuts does not shrink away from the cut.
    body = ndimage.gaussian_filter(voxels, _SOFTENED_CELLS, mode="nearest")
    mesh = surface_of_field(body, grid, 0.5, below=False)
    points = mesh.points_mm
    in_ct = np.all((points > low + _AT_THE_EDGE_MM) & (points < high - _AT_THE_EDGE_MM), axis=1)
    return Skin(mesh, _outward(voxels, grid, points), np.asarray(in_ct))


def _outward(voxels: npt.NDArray[np.float32], grid: VoxelGrid, points_mm: Floats) -> Floats:
    """Unit vectors down the slope of the softened body at places of its surface."""
    body = ndimage.gaussian_filter(voxels, _LOOKS_CELLS, mode="nearest")
    at_kji = grid.to_ijk(points_mm)[:, ::-1].T
    slopes = [
        ndimage.map_coordinates(np.gradient(body, axis=axis), at_kji, order=1, mode="nearest") for axis in (2, 1, 0)
    ]
    outward = -np.stack(slopes, axis=1)
    return np.asarray(outward / np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-12), float)
