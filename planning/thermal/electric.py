"""The quasi-static potential div(sigma grad phi) = 0 around radiofrequency electrodes, and its heat."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit, prange

from imaging.geometry import Floats
from imaging.progress import Progress
from planning.errors import SolverError
from planning.thermal import multigrid
from planning.thermal.wells import Wells

_TOLERANCE = 5e-4
_MOST_ITERATIONS = 200
LEAST_S_M = 1e-4
"""Gas conducts this much, so that every cell has a potential."""


Singles = npt.NDArray[np.float32]


@dataclass(slots=True, eq=False)
class UnitSolution:
    """The potential of the electrodes of one generator at 1 V (bipolar: 1 V between the poles).

    Attributes
    ----------
    phi : ndarray of float32, shape of the mesh, V
    conductance_s : float
        Current per volt.
    density_w_m3 : ndarray of float32, shape of the mesh
        Heat of the cells at 1 V.
    well_w : ndarray, shape (n_points,)
        Heat between the electrode's surface and the radius the grid resolves, per quadrature point, at 1 V.
    current_a : ndarray, shape (n_points,)
        Current of every quadrature point at 1 V.
    bipolar : bool
    """

    phi: Singles
    conductance_s: float
    density_w_m3: npt.NDArray[np.float32]
    well_w: Floats
    current_a: Floats
    bipolar: bool

    def share_of(self, owner_of_point: npt.NDArray[np.int64], owner: int) -> float:
        """Return the part of the current that one electrode carries."""
        total = float(np.abs(self.current_a).sum())
        return float(np.abs(self.current_a[owner_of_point == owner]).sum()) / total if total > 0 else 0.0


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def heat_density(kx, ky, kz, phi, widths_m, out):  # type: ignore[no-untyped-def]
    """Half of the power of every face to either of its cells, per volume."""
    nk, nj, ni = phi.shape
    wk, wj, wi = widths_m
    for k in prange(nk):
        for j in range(nj):
            for i in range(ni):
                p = phi[k, j, i]
                total = 0.0
                if i > 0:
                    total += kx[k, j, i - 1] * (phi[k, j, i - 1] - p) ** 2
                if i < ni - 1:
                    total += kx[k, j, i] * (phi[k, j, i + 1] - p) ** 2
                if j > 0:
                    total += ky[k, j - 1, i] * (phi[k, j - 1, i] - p) ** 2
                if j < nj - 1:
                    total += ky[k, j, i] * (phi[k, j + 1, i] - p) ** 2
                if k > 0:
                    total += kz[k - 1, j, i] * (phi[k - 1, j, i] - p) ** 2
                if k < nk - 1:
                    total += kz[k, j, i] * (phi[k + 1, j, i] - p) ** 2
                out[k, j, i] = 0.5 * total / (wk[k] * wj[j] * wi[i])


class Electric:
    """Operator and solver for one mesh; the conductivity may change between solutions.

    Parameters
    ----------
    widths_m : tuple of ndarray
        Of the cells along k, j and i.
    wells : Wells
        With flat indices of the mesh.
    ground : {"far", "faces"}
        As in the request.
    """

    def __init__(self, widths_m: tuple[Floats, Floats, Floats], wells: Wells, ground: str) -> None:
        shape = tuple(len(w) for w in widths_m)
        self.wells, self._ground = wells, ground
        self._kx, self._ky, self._kz = (np.zeros(shape, np.float32) for _ in range(3))
        self._widths_m = widths_m
        self._cells = wells.cells
        self._sigma = np.zeros(shape, np.float32)
        self._levels: dict[tuple[int, ...], list[multigrid.Grid]] = {}
        self._load: dict[tuple[int, ...], Floats] = {}

    def set_conductivity(self, sigma_s_m: npt.NDArray[np.floating]) -> None:
        """Use another conductivity field, shape of the grid."""
        self._sigma = np.maximum(sigma_s_m, LEAST_S_M).astype(np.float32)
        multigrid.face_conductances(self._sigma, self._widths_m, self._kx, self._ky, self._kz)
        self._levels.clear()

    def solve(self, owners: tuple[int, ...], guess: Singles | None, progress: Progress) -> UnitSolution:
        """Return the potential of some electrodes of the wells, all at 1 V, or with 1 V between their two poles.

        Raises
        ------
        SolverError
            ``potential-diverged``, with the electrodes' numbers and the remaining residual.
        Cancelled
        """
        w = self.wells
        mine = np.isin(w.owner, owners)
        bipolar = bool((w.pole[mine] == 2).any())
        levels = self._levels.get(owners) or self._build(bipolar, owners)
        g = np.where(mine, self._point_conductances(), 0.0)
        volts = np.where(w.pole == 2, -0.5, 0.5 if bipolar else 1.0)
        b = np.zeros(self._sigma.size, np.float32)
        self._spread(g * volts, b)
        phi = np.zeros(self._sigma.shape, np.float32) if guess is None else guess.copy()
        self._conjugate_gradients(levels, g, b.reshape(phi.shape), phi, owners, progress)
        drop = volts - self._read(phi)
        current = float((g * drop)[w.pole == 1].sum())
        density = np.empty(phi.shape, np.float32)
        heat_density(self._kx, self._ky, self._kz, phi, self._widths_m, density)
        return UnitSolution(phi, current, density, g * drop**2, g * drop, bipolar)

    def _build(self, bipolar: bool, owners: tuple[int, ...]) -> list[multigrid.Grid]:
        extra = np.zeros(self._sigma.shape, np.float32)
        if not bipolar:
            self._add_ground(extra, owners)
        w = self.wells
        g = np.where(np.isin(w.owner, owners), self._point_conductances(), 0.0)
        load = np.zeros(len(w.cells))
        np.add.at(load, w.local, w.weight**2 * np.repeat(g, np.diff(w.start)))
        precondition = extra.copy()
        precondition.reshape(-1)[self._cells] += load.astype(np.float32)
        finest = multigrid.level(self._kx, self._ky, self._kz, precondition)
        self._load[owners] = load
        self._levels[owners] = multigrid.hierarchy(finest, self._widths_m)
        return self._levels[owners]

    def _add_ground(self, extra: Singles, owners: tuple[int, ...]) -> None:
        """Tie the faces of the box to 0 V, directly or through the tissue that goes on to a far electrode."""
        points = np.flatnonzero(np.isin(self.wells.owner, owners))
        shape = extra.shape
        middles = [np.cumsum(w) - 0.5 * w for w in self._widths_m]
        cells = np.stack(np.unravel_index(self.wells.centre_cell[points], shape))
        axes = [m - np.mean(m[c]) for m, c in zip(middles, cells, strict=True)]
        for axis in range(3):
            across = [a for a in range(3) if a != axis]
            area = self._widths_m[across[0]][:, None] * self._widths_m[across[1]]
            for end in (0, -1):
                face: list[int | slice] = [slice(None)] * 3
                face[axis] = end
                half = 0.5 * self._widths_m[axis][end]
                normal = abs(axes[axis][end]) + half
                r2 = normal**2 + axes[across[0]][:, None] ** 2 + axes[across[1]] ** 2
                beyond = 0.0 if self._ground == "faces" else r2 / normal
                extra[tuple(face)] += self._sigma[tuple(face)] * area / (half + beyond)

    def _point_conductances(self) -> Floats:
        w = self.wells
        return np.asarray(2 * math.pi * w.length_m * self._sigma.reshape(-1)[w.centre_cell] / w.log_ratio)

    def _read(self, phi: Singles) -> Floats:
        w = self.wells
        values = phi.reshape(-1)[self._cells[w.local]] * w.weight
        return np.asarray(np.add.reduceat(values, w.start[:-1]))

    def _spread(self, per_point: Floats, flat: Singles) -> None:
        w = self.wells
        local = np.bincount(w.local, w.weight * np.repeat(per_point, np.diff(w.start)), minlength=len(w.cells))
        flat[self._cells] += local.astype(np.float32)

    def _apply(self, level: multigrid.Grid, load: Floats, g: Floats, x: Singles, out: Singles) -> float:
        multigrid.apply_operator(level.kx, level.ky, level.kz, level.inv_diagonal, x, out)
        flat, local = out.reshape(-1), x.reshape(-1)[self._cells]
        flat[self._cells] -= (load * local).astype(np.float32)
        self._spread(g * self._read(x), flat)
        return float(np.vdot(x, out))

    def _conjugate_gradients(
        self,
        levels: list[multigrid.Grid],
        g: Floats,
        b: Singles,
        x: Singles,
        owners: tuple[int, ...],
        progress: Progress,
    ) -> None:
        r, q, load = np.empty_like(x), np.empty_like(x), self._load[owners]
        self._apply(levels[0], load, g, x, q)
        np.subtract(b, q, out=r)
        wanted = _TOLERANCE * float(np.linalg.norm(b))
        p, rz = np.zeros_like(x), 1.0
        for iteration in range(_MOST_ITERATIONS):
            if float(np.linalg.norm(r)) <= wanted:
                return
            if progress.cancelled:
                progress.report(0.0)
            z = multigrid.cycle(levels, r)
            rz, before = float(np.vdot(r, z)), rz
            p *= np.float32(rz / before if iteration else 0.0)
            p += z
            step = rz / self._apply(levels[0], load, g, p, q)
            x += np.float32(step) * p
            r -= np.float32(step) * q
        raise SolverError(
            f"The electric potential of probe {owners[0] + 1} did not converge in {_MOST_ITERATIONS} iterations "
            f"(residual {float(np.linalg.norm(r)) / max(float(np.linalg.norm(b)), 1e-30):.1e}).",
            code="potential-diverged",
            hint="No zone is shown. Check the electrical conductivities around the probe.",
        )
