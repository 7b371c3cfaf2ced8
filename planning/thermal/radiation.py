"""Laser fibres and microwave antennas: heat from light and waves, spread as published for either.

A bare fibre in tissue that scatters much more than it absorbs is a point source of diffuse light: fluence falls as
exp(-r / d) / r, so that the heat of P watts is P / (4 pi d² r) exp(-r / d), with the penetration depth d = 1 / mu_eff
(diffusion approximation, Welch and van Gemert, Optical-Thermal Response of Laser-Irradiated Tissue, 2nd ed. 2011).

An antenna radiates a cylindrical wave from its active length: power per area falls as exp(-rho / d) / rho, and the heat
of P watts over the length L is P / (2 pi L d rho) exp(-rho / d), where d is half the depth at which the field strength
falls to 1/e. Sleeves and slots shape the ends of real antennas; this form is the envelope.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats, VoxelGrid
from planning.thermal.applicator import Applicator, Laser, Microwave

_FINE_MM = 3.0
"""Cells this near the source are averaged over parts of themselves."""
_PARTS = 5
_DEPTHS = 14.0
"""Beyond so many penetration depths nothing arrives."""


def is_radiator(applicator: Applicator) -> bool:
    """Return whether an applicator heats by light or waves."""
    return isinstance(applicator.drive, (Laser, Microwave))


def heat_at_1_w(grid: VoxelGrid, applicator: Applicator) -> npt.NDArray[np.float32]:
    """Return the heat of one watt in W/m³.

    Parameters
    ----------
    grid : VoxelGrid
        Along L, P and S.
    applicator : Applicator
        Driven by `Laser` or `Microwave`.

    Returns
    -------
    ndarray of float32, shape ``grid.shape_kji``
        Sums to one watt over the grid: what would pass its faces is given inside.
    """
    out = np.zeros(grid.shape_kji, np.float32)
    part = _part(grid, applicator)
    begin_ijk = np.array([s.start for s in part])[::-1]
    shape = tuple(s.stop - s.start for s in part)
    kji = np.indices(shape).reshape(3, -1).T
    centres = grid.to_lps(kji[:, ::-1] + begin_ijk)
    heat = _heat(applicator, centres)
    near = _distance_mm(applicator, centres) < _FINE_MM
    heat[near] = np.mean([_heat(applicator, centres[near] + offset) for offset in _offsets(grid)], axis=0)
    cell_m3 = float(np.prod(grid.spacing_ijk_mm)) * 1e-9
    out[part] = (heat / (heat.sum() * cell_m3)).reshape(shape)
    return out


def _part(grid: VoxelGrid, applicator: Applicator) -> tuple[slice, slice, slice]:
    """The part of the grid that the heat reaches."""
    assert isinstance(applicator.drive, (Laser, Microwave))
    reach_mm = _DEPTHS * applicator.drive.penetration_mm + _FINE_MM
    ends = grid.to_ijk(np.stack([applicator.tip_mm, applicator.end_mm]))[:, ::-1]
    margin = reach_mm / grid.spacing_ijk_mm[::-1]
    low = np.clip(np.floor(ends.min(axis=0) - margin), 0, None).astype(int)
    high = np.minimum(np.ceil(ends.max(axis=0) + margin).astype(int) + 1, grid.shape_kji)
    k, j, i = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    return (k, j, i)


def _offsets(grid: VoxelGrid) -> Iterable[Floats]:
    """Centres of the parts of a cell; an odd number would put one on a source in the cell's middle."""
    steps = (np.arange(_PARTS + 1) + 0.5) / (_PARTS + 1) - 0.5
    return np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3) * grid.spacing_ijk_mm


def _distance_mm(applicator: Applicator, points_mm: Floats) -> Floats:
    """From the fibre's tip, or from the active part of an antenna; shape (n,)."""
    offset = points_mm - applicator.tip_mm
    if isinstance(applicator.drive, Laser):
        return np.asarray(np.linalg.norm(offset, axis=1))
    along = np.clip(offset @ applicator.direction, 0.0, applicator.active_length_mm)
    return np.asarray(np.linalg.norm(offset - along[:, None] * applicator.direction, axis=1))


def _heat(applicator: Applicator, points_mm: Floats) -> Floats:
    """Heat at points, but for a factor; the same form holds around the ends of an antenna."""
    assert isinstance(applicator.drive, (Laser, Microwave))
    distance = np.maximum(_distance_mm(applicator, points_mm), 1e-3)
    return np.asarray(np.exp(-distance / applicator.drive.penetration_mm) / distance)
