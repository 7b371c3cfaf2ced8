"""The temperature at an applicator, where the grid holds it spread over about a voxel.

The engine gives the heat of every quadrature point on an applicator's axis to the cells around it with a Gaussian
weight of width s (see `planning.thermal.wells`). What the grid holds differs from the temperature of the points' own
heat by A/2 erfc(R / (sqrt(2) s)) / R per length, where R is the distance and A the slope of T over ln r, which follows from
the temperature that the grid has under the weight. So the true profile can be put back: down to the surface, and inside
of it the applicator's own temperature.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import erfc

from imaging.geometry import Floats, VoxelGrid
from planning.thermal.applicator import Applicator
from planning.thermal.wells import kernel_width_mm, make_wells

_REACH_WIDTHS = 3.5
_NO_NEARER_MM = 1e-3


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class NearField:
    """What one applicator at work adds to the temperature of the grid at one time.

    Attributes
    ----------
    own_c : float
        Temperature of the applicator's body.
    points_mm : ndarray, shape (n_points, 3)
        Quadrature points.
    slope_k_mm : ndarray, shape (n_points,)
        A of every point, times its length.
    width_mm : float
        Of the Gaussian.
    """

    applicator: Applicator
    own_c: float
    points_mm: Floats
    slope_k_mm: Floats
    width_mm: float

    @property
    def bounds_mm(self) -> tuple[Floats, Floats]:
        """Lowest and highest coordinates of where it matters, each of shape (3,)."""
        ends = np.stack([self.applicator.tip_mm, self.applicator.end_mm])
        reach = _REACH_WIDTHS * self.width_mm
        return ends.min(axis=0) - reach, ends.max(axis=0) + reach

    def temperature_c(self, points_mm: Floats, grid_c: Floats) -> Floats:
        """Return the temperature at points of shape (..., 3) where the grid reads ``grid_c``."""
        true_c = np.array(grid_c, float)
        for at_mm, slope_k_mm in zip(self.points_mm, self.slope_k_mm, strict=True):
            r = np.maximum(np.linalg.norm(points_mm - at_mm, axis=-1), _NO_NEARER_MM)
            true_c -= 0.5 * slope_k_mm * erfc(r / (np.sqrt(2) * self.width_mm)) / r
        along, across = along_and_across(self.applicator, points_mm)
        # No place is beyond both the grid and the wall that drives it.
        low, high = np.minimum(grid_c, self.own_c), np.maximum(grid_c, self.own_c)
        return np.where(body_holds(self.applicator, along, across), self.own_c, np.clip(true_c, low, high))


def near_field(applicator: Applicator, own_c: float, field_c: npt.NDArray[np.floating], grid: VoxelGrid) -> NearField:
    """Return the near field of an applicator whose body is at ``own_c`` in a field of the engine."""
    wells = make_wells(grid, (applicator,))
    cells = wells.cells[wells.local]
    read_c = np.add.reduceat(field_c.reshape(-1)[cells] * wells.weight, wells.start[:-1])
    kji = np.stack(np.unravel_index(cells, grid.shape_kji))
    weighted_mm = grid.to_lps(kji[::-1].T) * wells.weight[:, None]
    return NearField(
        applicator=applicator,
        own_c=own_c,
        points_mm=np.add.reduceat(weighted_mm, wells.start[:-1]),
        slope_k_mm=(read_c - own_c) / wells.log_ratio * wells.length_m * 1e3,
        width_mm=kernel_width_mm(applicator.radius_mm, grid.spacing_ijk_mm),
    )


def along_and_across(applicator: Applicator, points_mm: Floats) -> tuple[Floats, Floats]:
    """Return distance from the tip along the axis, and from the axis, of points of shape (..., 3)."""
    away = points_mm - applicator.tip_mm
    along = away @ applicator.direction
    return along, np.asarray(np.linalg.norm(away - along[..., None] * applicator.direction, axis=-1))


def body_holds(applicator: Applicator, along_mm: Floats, across_mm: Floats) -> npt.NDArray[np.bool_]:
    """Whether places lie in the body of the active part, a cylinder with flat ends."""
    within = (along_mm >= 0) & (along_mm <= applicator.active_length_mm)
    return np.asarray(within & (across_mm <= applicator.radius_mm))
