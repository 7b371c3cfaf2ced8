"""The fields of a prediction beside its applicators, with the profile that the cells hold spread over a voxel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats, VoxelGrid
from planning.thermal.bioheat import Bioheat, Singles
from planning.thermal.driving import Driver
from planning.thermal.near_field import NearField, Profile
from planning.thermal.properties import BOILING_SPAN_C, DEAD


class BesideWalls:
    """What the grid's cells beside applicators get to at the end of every phase, and when one starts or ends.

    Walls reach their extreme where they stop to work; between these times they change as the cells do.
    """

    def __init__(self, state: Bioheat, driver: Driver) -> None:
        self._state, self._driver = state, driver
        self._read: list[tuple[npt.NDArray[np.int64], Floats]] = []
        self._last: list[tuple[npt.NDArray[np.int64], Floats]] = []
        self._beside: dict[str, _Beside] = {}

    def read(self) -> None:
        """Read the cells beside the walls that work now."""
        grid, mesh = self._state.request.grid, self._state.mesh
        self._last = []
        for field in self._driver.near_fields():
            if field.slope_k_mm.any():
                name = field.applicator.id
                if name not in self._beside:
                    flat, at_mm = _cells_beside(grid, field)
                    self._beside[name] = _Beside(flat, mesh.flat(flat), field.at_places(at_mm))
                beside = self._beside[name]
                cells_c = self._state.temperature_at(beside.of_mesh)
                true_c = field.temperature_at(beside.profile, cells_c)
                self._last.append((beside.flat, self._possible_c(true_c, beside.of_mesh, cells_c)))
        self._read += self._last

    def at_points(self, points_mm: Floats, grid_c: Floats) -> Floats:
        """Return the present temperature at points of shape (n, 3) where the grid reads ``grid_c``."""
        grid, mesh, out = self._state.request.grid, self._state.mesh, np.array(grid_c, float)
        for field in self._driver.near_fields():
            low, high = field.bounds_mm
            near = ((points_mm >= low) & (points_mm <= high)).all(axis=1)
            if near.any() and field.slope_k_mm.any():
                ijk = np.clip(np.rint(grid.to_ijk(points_mm[near])).astype(int), 0, np.array(grid.shape_kji[::-1]) - 1)
                flat = mesh.flat(np.asarray(np.ravel_multi_index(tuple(ijk.T[::-1]), grid.shape_kji), np.int64))
                out[near] = self._possible_c(field.temperature_c(points_mm[near], out[near]), flat, out[near])
        return out

    def _possible_c(self, true_c: Floats, cells: npt.NDArray[np.int64], grid_c: Floats) -> Floats:
        """With the profile put back, but where a medium holds its temperature, and not beyond boiling."""
        table, n = self._state.table, self._state.medium.reshape(-1)[cells] % DEAD
        not_beyond_c = np.maximum(grid_c, table.vapour_c[n] + BOILING_SPAN_C)
        return np.where(table.held[n], grid_c, np.minimum(true_c, not_beyond_c))

    def onto_final(self, field_c: Singles) -> Singles:
        """Put what was read last into a field of the grid."""
        return self._onto(field_c, self._last)

    def onto_extreme(self, field_c: Singles) -> Singles:
        """Put all that was read into a field of extremes of the grid."""
        return self._onto(field_c, self._read)

    def _onto(self, field_c: Singles, read: list[tuple[npt.NDArray[np.int64], Floats]]) -> Singles:
        farther = np.minimum if self._state.request.is_cold else np.maximum
        out = field_c.reshape(-1)
        for flat, at_c in read:
            out[flat] = farther(out[flat], at_c)
        return out.reshape(field_c.shape)


@dataclass(frozen=True, slots=True, eq=False)
class _Beside:
    """Cells beside one applicator, by flat index of the grid and of the mesh."""

    flat: npt.NDArray[np.int64]
    of_mesh: npt.NDArray[np.int64]
    profile: Profile


def _cells_beside(grid: VoxelGrid, field: NearField) -> tuple[npt.NDArray[np.int64], Floats]:
    """Flat indices and middles of the cells that a near field reaches."""
    low, high = field.bounds_mm
    first = np.maximum(np.ceil(grid.to_ijk(low)), 0).astype(int)
    last = np.minimum(np.floor(grid.to_ijk(high)), np.array(grid.shape_kji[::-1]) - 1).astype(int)
    i, j, k = (g.reshape(-1) for g in np.meshgrid(*(np.arange(a, b + 1) for a, b in zip(first, last, strict=True))))
    places_mm = grid.to_lps(np.stack([i, j, k], axis=-1))
    # the box around an oblique probe is mostly far from it
    near = field.reaches(places_mm)
    flat = np.ravel_multi_index((k[near], j[near], i[near]), grid.shape_kji)
    return np.asarray(flat, np.int64), places_mm[near]
