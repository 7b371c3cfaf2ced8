"""Cells a prediction is computed on: those of its grid around the applicators, and larger ones farther out.

What is far from every applicator changes slowly from place to place. Cells there are whole boxes of the grid's cells, as
wide along each axis as their distance allows, so that a third of the cells, or fewer, do for the same zone. Where
nothing is driven from applicators (closed forms, start fields without probes), or cement cures, the mesh is the grid.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats, VoxelGrid
from planning.thermal.request import ThermalRequest
from planning.thermal.wells import Wells, reach_mm

Indices = npt.NDArray[np.int64]
Singles = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Coarsening:
    """Cells are the grid's up to ``full_mm`` from the active parts, then wider by a part of the distance beyond."""

    full_mm: float
    growth: float
    widest_mm: float


_NEAR = _Coarsening(full_mm=14.0, growth=0.25, widest_mm=6.0)
"""Against cells of one size (four cryoprobes, one electrode): volumes within 0.1 and 0.5 %, temperatures within 0.1 °C rms."""
_PREVIEW = _Coarsening(full_mm=8.0, growth=1.0, widest_mm=20.0)


@dataclass(frozen=True, eq=False)
class Mesh:
    """Rectilinear cells made of whole cells of a grid.

    Attributes
    ----------
    grid : VoxelGrid
        Along L, P and S.
    begins : tuple of ndarray of int64, along k, j and i
        First cell of the grid of every cell of the mesh, and the end: shape (n + 1,).
    """

    grid: VoxelGrid
    begins: tuple[Indices, Indices, Indices]

    @property
    def shape(self) -> tuple[int, int, int]:
        k, j, i = (len(b) - 1 for b in self.begins)
        return (k, j, i)

    @property
    def is_grid(self) -> bool:
        """Whether every cell is one cell of the grid."""
        return self.shape == self.grid.shape_kji

    @cached_property
    def widths_m(self) -> tuple[Floats, Floats, Floats]:
        """Widths of the cells along k, j and i."""
        k, j, i = (np.diff(b) * s * 1e-3 for b, s in zip(self.begins, self.grid.spacing_ijk_mm[::-1], strict=True))
        return (k, j, i)

    @cached_property
    def fine_m3(self) -> float:
        """Volume of a cell of the grid, and of all cells near the applicators."""
        return float(np.prod(self.grid.spacing_ijk_mm)) * 1e-9

    def sample(self, field: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """Return the values that a field of the grid has in the middles of the mesh's cells."""
        if self.is_grid:
            return np.ascontiguousarray(field)
        return np.ascontiguousarray(field[np.ix_(*((b[:-1] + b[1:] - 1) // 2 for b in self.begins))])

    def mean(self, field: npt.NDArray[np.floating]) -> Singles:
        """Return the means of a field of the grid over the mesh's cells: what a density keeps its integral by."""
        out: npt.NDArray[np.floating] = field
        if not self.is_grid:
            for axis, begin in enumerate(self.begins):
                widths = np.diff(begin).reshape([-1 if a == axis else 1 for a in range(3)])
                out = np.add.reduceat(out, begin[:-1], axis=axis) / widths
        return np.ascontiguousarray(out, np.float32)

    def on_grid(self, field: Singles) -> Singles:
        """Return a field of the mesh on the grid, linear between the middles of cells; as it is where they are equal."""
        if self.is_grid:
            return field
        out = field
        for axis, begin in enumerate(self.begins):
            middles = 0.5 * (begin[:-1] + begin[1:] - 1)
            at = np.interp(np.arange(begin[-1]), middles, np.arange(len(middles)))
            low = np.minimum(at.astype(int), max(len(middles) - 2, 0))
            part = (at - low).astype(np.float32).reshape([-1 if a == axis else 1 for a in range(3)])
            high = np.minimum(low + 1, len(middles) - 1)
            lower = out.take(low, axis)
            out = lower + part * (out.take(high, axis) - lower)
        return np.ascontiguousarray(out)

    def index_of(self, ijk: Floats) -> Floats:
        """Return places in the grid, by its continuous index, as continuous indices (k, j, i) of the mesh."""
        return np.stack(
            [
                np.interp(ijk[..., 2 - axis], 0.5 * (begin[:-1] + begin[1:] - 1), np.arange(len(begin) - 1))
                for axis, begin in enumerate(self.begins)
            ],
            axis=-1,
        )

    def wells(self, wells: Wells) -> Wells:
        """Return wells of the grid with flat indices of the mesh, whose cells there are those of the grid."""
        return wells if self.is_grid else wells.moved(self.flat)

    def flat(self, flat: Indices) -> Indices:
        """Return the flat indices of the mesh's cells that hold cells of the grid."""
        kji = np.unravel_index(flat, self.grid.shape_kji)
        own = tuple(np.searchsorted(b, n, side="right") - 1 for b, n in zip(self.begins, kji, strict=True))
        return np.asarray(np.ravel_multi_index(own, self.shape), np.int64)


def make_mesh(request: ThermalRequest) -> Mesh:
    """Return the cells to compute a request on."""
    grid = request.grid
    if not request.applicators or request.curing is not None or request.resolution == "everywhere":
        return Mesh(grid, _axes(tuple(np.arange(n + 1) for n in grid.shape_kji)))
    how = _NEAR if request.resolution == "near" else _PREVIEW
    reach = max(how.full_mm, *(reach_mm(a, grid.spacing_ijk_mm) for a in request.applicators))
    ends = grid.to_ijk(np.concatenate([a.active_points_mm for a in request.applicators]))
    axes = []
    for axis in range(3):
        spacing = float(grid.spacing_ijk_mm[axis])
        margin = reach / spacing
        low = max(math.floor(ends[:, axis].min() - margin), 0)
        high = min(math.ceil(ends[:, axis].max() + margin) + 1, grid.shape_kji[2 - axis])
        below = _outwards(low, spacing, how)
        above = _outwards(grid.shape_kji[2 - axis] - high, spacing, how)
        axes.append(np.concatenate([low - below[:0:-1], np.arange(low, high), high + above]))
    return Mesh(grid, _axes(tuple(axes[::-1])))


def _axes(axes: tuple[npt.NDArray[np.integer], ...]) -> tuple[Indices, Indices, Indices]:
    k, j, i = (np.asarray(a, np.int64) for a in axes)
    return (k, j, i)


def _outwards(count: int, spacing_mm: float, how: _Coarsening) -> Indices:
    """Edges of ever wider cells that together are ``count`` cells of the grid, from 0."""
    edges = [0]
    widest = max(int(how.widest_mm / spacing_mm), 2)
    while edges[-1] < count:
        wanted = int(1.0 + how.growth * edges[-1])
        left = count - edges[-1]
        width = min(wanted, widest, left)
        # no more than half a cell would be left over: the last two share it
        edges.append(count if left - width <= 0.5 * width else edges[-1] + width)
    return np.array(edges, np.int64)
