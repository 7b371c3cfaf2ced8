"""A body with a plate of bone in it, told by what 3D shows of it."""

from __future__ import annotations

import numpy as np

from app.representations.scene import Scene, SurfaceCache
from imaging.structures import StructureKind
from imaging.volume import Provenance, Volume
from planning.model.naming import make_structure
from planning.operations.structures import put_structure
from tests.builders.cases import FRAME, ball, centred_grid, empty_case

SIZE_PX = (160, 160)
HEIGHT_MM = 160.0
GRID = centred_grid(80, 2.0)
PLATE_MM = 20.0
"""The plate is 8 mm thick and lies so far behind the middle, 100 mm wide and high."""


def body_with_plate(table: bool = False) -> Volume:
    """A block of muscle with a plate of bone behind its middle, and a table behind it all, as noisy as a CT is."""
    x, y, z = np.moveaxis(GRID.to_lps(np.indices(GRID.shape_kji).reshape(3, -1).T[:, ::-1]), 1, 0)
    hu = np.full(x.shape, -1000.0)
    hu[(abs(x) < 70) & (abs(y) < 50) & (abs(z) < 70)] = 50
    hu[(abs(y - PLATE_MM) < 4) & (abs(x) < 50) & (abs(z) < 50)] = 800
    if table:
        hu[(y > 64) & (y < 70)] = 400
    hu += np.random.default_rng(0).normal(0, 12, hu.shape)
    made = Provenance(kind="phantom", description="Plate", synthetic=True)
    return Volume(hu=hu.reshape(GRID.shape_kji).astype(np.int16), grid=GRID, provenance=made)


def marked(*shapes, volume=None, probes=(), **changes) -> Scene:
    """A scene of some structures, each of a kind and a shape, with their surfaces made."""
    case, surfaces = empty_case(GRID), SurfaceCache()
    for kind, shape in shapes:
        case = put_structure(case, make_structure(kind, shape))
    case = case.with_plan(probes=tuple(probes))
    for structure in case.structures:
        surfaces.make(structure)
    return Scene(case=case, surfaces=surfaces, volume=volume, **changes)


def hidden_lesion():
    """A lesion that the plate hides from behind."""
    return StructureKind.LESION, ball(GRID, 10, (0, 0, 0))


__all__ = ["FRAME", "GRID", "HEIGHT_MM", "PLATE_MM", "SIZE_PX", "body_with_plate", "hidden_lesion", "marked"]
