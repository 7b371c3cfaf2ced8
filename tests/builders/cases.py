"""Cases on an isotropic 1 mm CT centred on the origin, with balls for masks and zones of known shape."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from imaging.geometry import VoxelGrid
from imaging.labels import Mask
from imaging.structures import Side, StructureKind, Tube
from planning.catalogue import Mode
from planning.model.case import Case, ImageReference
from planning.model.naming import make_structure
from planning.model.zone import Fidelity, PredictedZone
from planning.services import prediction_digest

FRAME = "1.2.826.0.1"
CRYO, RF = "icerod-1.5", "osteocool-10"


def centred_grid(half_mm=40, spacing_mm=1.0, frame=FRAME, centre_mm=(0.0, 0.0, 0.0)):
    """A cube of voxels whose middle voxel lies at ``centre_mm``."""
    n = 2 * round(half_mm / spacing_mm) + 1
    return VoxelGrid.axis_aligned((n, n, n), spacing_mm, np.asarray(centre_mm) - (n - 1) / 2 * spacing_mm, frame)


def distances_mm(grid, centre_mm=(0.0, 0.0, 0.0)):
    """Distance of every voxel's centre from a point."""
    kji = np.indices(grid.shape_kji).reshape(3, -1).T
    return np.linalg.norm(grid.to_lps(kji[:, ::-1]) - centre_mm, axis=1).reshape(grid.shape_kji)


def ball(grid, radius_mm, centre_mm=(0.0, 0.0, 0.0)):
    """The voxels whose centres lie in a ball."""
    return Mask.from_array(grid, distances_mm(grid, centre_mm) <= radius_mm)


def straight_tube(start_mm, stop_mm, radius_mm=2.0):
    return Tube(np.array([start_mm, stop_mm], float), np.full(2, radius_mm))


def empty_case(grid=None, **changes):
    grid = grid or centred_grid()
    reference = ImageReference(
        kind="phantom", location="test", series_uid="1.2.3", digest="ct-digest", grid=grid, description="Test CT"
    )
    return replace(Case(name="A case", image=reference), **changes)


def lesion(mask, **changes):
    return make_structure(StructureKind.LESION, mask, **changes)


def root(level, side, shape, **changes):
    return make_structure(StructureKind.ROOT, shape, level=level, side=Side(side), **changes)


def zone_of(case, extreme_c, grid=None, mode=Mode.COLD, **changes):
    """A zone whose extreme temperature is a function of the distance from the origin."""
    grid = grid or centred_grid()
    values = np.asarray(extreme_c(distances_mm(grid)), np.float32)
    zone = PredictedZone(
        grid=grid,
        extreme_c=values,
        cem43_min=None if mode is Mode.COLD else np.zeros(grid.shape_kji, np.float32),
        mode=mode,
        fidelity=Fidelity.PHYSICS,
        digest=prediction_digest(case),
        model="closed form",
    )
    return replace(zone, **changes)


def ice_ball(radius_mm, isotherm_c=-20.0, slope_c_mm=4.0):
    """A cold field that reads ``isotherm_c`` at a radius and rises by ``slope_c_mm`` outwards up to 37 °C."""
    return lambda r_mm: np.clip(isotherm_c + slope_c_mm * (r_mm - radius_mm), -140.0, 37.0)


def hot_ball(radius_mm, isotherm_c=50.0, slope_c_mm=2.0):
    """A hot field that reads ``isotherm_c`` at a radius and falls by ``slope_c_mm`` outwards down to 37 °C."""
    return lambda r_mm: np.clip(isotherm_c - slope_c_mm * (r_mm - radius_mm), 37.0, 100.0)


def uniform(value_c):
    return lambda r_mm: np.full_like(r_mm, value_c)
