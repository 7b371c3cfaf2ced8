"""A round patient with a lesion in the middle, and what stands in the way of a needle from behind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats, VoxelGrid
from imaging.labels import Mask
from imaging.structures import Side, StructureKind, Tube
from imaging.volume import Provenance, Volume
from planning.model.case import Case, ImageReference, Probe, ProbeId, Structure
from planning.model.naming import make_structure
from planning.model.point import Point

Voxels = npt.NDArray[np.bool_]

BODY_MM, LESION_MM = 60.0, 8.0
SHORT, NO_LENGTH = "icerod-1.5", "icesphere-1.5"
"""Devices whose shaft is 175 mm long, and whose shaft's length is not published."""
_HALF_CELLS, _SPACING_MM = 36, 2.0
GRID = VoxelGrid.axis_aligned(
    (2 * _HALF_CELLS + 1,) * 3, _SPACING_MM, np.full(3, -_HALF_CELLS * _SPACING_MM), "1.2.826.0.1"
)
_PLATE_MM, _CORTEX_MM = 12.0, 9.0


def places(grid: VoxelGrid = GRID) -> Floats:
    """Return the LPS places of all voxels, shape (k, j, i, 3)."""
    k, j, i = np.indices(grid.shape_kji)
    return grid.to_lps(np.stack([i, j, k], axis=-1))


def patient(
    *structures: Structure, gas: Voxels | None = None, plate: bool = True, grid: VoxelGrid = GRID
) -> tuple[Case, Volume]:
    """Return a case and its CT: a ball of muscle, a plate of bone across its middle, a lesion in it, and what is given.

    Parameters
    ----------
    *structures : Structure
    gas : ndarray of bool, optional
        Voxels of gas.
    plate : bool
        A plate of bone, 24 mm thick, in front of which and behind which is muscle.
    grid : VoxelGrid
    """
    at = places(grid)
    away = np.linalg.norm(at, axis=-1)
    body, lesion = away <= BODY_MM, away <= LESION_MM
    bone = body & (np.abs(at[..., 1]) <= _PLATE_MM) & plate
    hu = np.where(body, 50, -1000)
    hu[bone] = 250
    hu[bone & (np.abs(at[..., 1]) >= _CORTEX_MM)] = 900
    hu[lesion] = 40
    if gas is not None:
        hu[gas] = -900
    volume = Volume(hu=hu.astype(np.int16), grid=grid, provenance=Provenance(kind="phantom"))
    made = (
        made_of(StructureKind.SKIN, body, grid),
        made_of(StructureKind.LESION, lesion, grid),
        *([made_of(StructureKind.BONE, bone & ~lesion, grid)] if bone.any() else []),
        *structures,
    )
    case = Case(name="round", image=replace(ImageReference.of(volume, "round"), patient_position="HFP"))
    return replace(case, structures=made), volume


def made_of(
    kind: StructureKind, voxels: Voxels, grid: VoxelGrid = GRID, *, level: str = "", side: Side | None = None,
    confirmed: bool = True,
) -> Structure:  # fmt: skip
    """Return a structure made of voxels."""
    return make_structure(kind, Mask.from_array(grid, voxels), level=level, side=side, confirmed=confirmed)


def nerve(
    points_mm: npt.ArrayLike,
    level: str = "S1",
    side: Side = Side.LEFT,
    radius_mm: float = 2.0,
    *,
    confirmed: bool = True,
) -> Structure:
    """Return a root along some points."""
    points = np.asarray(points_mm, float)
    tube = Tube(points, np.full(len(points), radius_mm))
    return make_structure(StructureKind.ROOT, tube, level=level, side=side, confirmed=confirmed)


def needle(
    entry_mm: npt.ArrayLike, tip_mm: npt.ArrayLike = (0.0, 0.0, 0.0), device_id: str = NO_LENGTH, name: str = "C9"
) -> Probe:
    """Return a probe that is of no plan yet."""
    return Probe(id=ProbeId(name), name=name, device_id=device_id, entry_mm=_point(entry_mm), tip_mm=_point(tip_mm))


def _point(at: npt.ArrayLike) -> Point:
    x, y, z = (float(v) for v in np.asarray(at, float))
    return x, y, z
