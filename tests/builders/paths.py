"""A round patient with a lesion in the middle, and what stands in the way of a needle from behind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from imaging.labels import Mask
from imaging.structures import Side, StructureKind, Tube
from imaging.volume import Provenance, Volume
from planning.model.case import Case, ImageReference, Probe, ProbeId
from planning.model.naming import make_structure
from tests.builders.cases import centred_grid

GRID = centred_grid(72, 2.0)
BODY_MM, LESION_MM = 60.0, 8.0
SHORT, NO_LENGTH = "icerod-1.5", "icesphere-1.5"


def places(grid=GRID):
    """LPS of all voxels, shape (k, j, i, 3)."""
    k, j, i = np.indices(grid.shape_kji)
    return grid.to_lps(np.stack([i, j, k], axis=-1))


def patient(*structures, gas=None, plate=True, grid=GRID):
    """A case and its CT: a ball of muscle, a plate of bone across its middle, a lesion in the plate, and what is given.

    Parameters
    ----------
    structures : Structure
    gas : ndarray of bool, optional
        Voxels of gas.
    plate : bool
        A plate of bone, 24 mm thick, in front of which and behind which is muscle.
    """
    at = places(grid)
    away = np.linalg.norm(at, axis=-1)
    body, lesion = away <= BODY_MM, away <= LESION_MM
    bone = body & (np.abs(at[..., 1]) <= 12) & plate
    hu = np.where(body, 50, -1000)
    hu[bone] = 250
    hu[bone & (np.abs(at[..., 1]) >= 9)] = 900
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


def made_of(kind, voxels, grid=GRID, **changes):
    return make_structure(kind, Mask.from_array(grid, voxels), **changes)


def nerve(points, level="S1", side=Side.LEFT, radius_mm=2.0, **changes):
    points = np.asarray(points, float)
    return make_structure(
        StructureKind.ROOT, Tube(points, np.full(len(points), radius_mm)), level=level, side=side, **changes
    )


def needle(entry_mm, tip_mm=(0.0, 0.0, 0.0), device_id=NO_LENGTH, name="C9"):
    return Probe(id=ProbeId(name), name=name, device_id=device_id, entry_mm=tuple(entry_mm), tip_mm=tuple(tip_mm))
