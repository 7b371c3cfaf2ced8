"""Compiled pieces of the potential solver: a seven-point operator and its multigrid cycle.

A level holds conductances in S: ``kx[k, j, i]`` joins cell i to i + 1 (likewise ``ky``, ``kz``) and ``extra`` ties a
cell to ground. Coarse cells are aggregates of 2 x 2 x 2; their conductances are sums, less as their middles are farther
apart (a half for cells of one size), which corrects the stiffness of piecewise constant coarse functions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt
from numba import njit, prange

from imaging.geometry import Floats

_FAST = {"error_model": "numpy", "fastmath": {"contract", "reassoc", "arcp", "nsz"}}
_SMALLEST = 6
_COARSE_SWEEPS = 12
_TOO_SMALL_FOR_THREADS = 40_000


Singles = npt.NDArray[np.float32]


@dataclass(slots=True, eq=False)
class Grid:
    """One level of the hierarchy with its work arrays."""

    kx: Singles
    ky: Singles
    kz: Singles
    extra: Singles
    inv_diagonal: Singles
    x: Singles
    b: Singles
    r: Singles


@njit(cache=True, nogil=True, parallel=True, **_FAST)
def face_conductances(sigma, widths_m, kx, ky, kz):  # type: ignore[no-untyped-def]
    """Harmonic means of the conductivity at faces, as conductances; widths of the cells along k, j and i."""
    nk, nj, ni = sigma.shape
    wk, wj, wi = widths_m
    for k in prange(nk):
        for j in range(nj):
            for i in range(ni):
                s = sigma[k, j, i]
                if i < ni - 1:
                    kx[k, j, i] = 2 * wj[j] * wk[k] / (wi[i] / s + wi[i + 1] / sigma[k, j, i + 1])
                if j < nj - 1:
                    ky[k, j, i] = 2 * wi[i] * wk[k] / (wj[j] / s + wj[j + 1] / sigma[k, j + 1, i])
                if k < nk - 1:
                    kz[k, j, i] = 2 * wi[i] * wj[j] / (wk[k] / s + wk[k + 1] / sigma[k + 1, j, i])


@njit(cache=True, nogil=True, inline="always", **_FAST)
def _neighbours(kx, ky, kz, x, k, j, i):  # type: ignore[no-untyped-def]
    nk, nj, ni = x.shape
    total = 0.0
    if i > 0:
        total += kx[k, j, i - 1] * x[k, j, i - 1]
    if i < ni - 1:
        total += kx[k, j, i] * x[k, j, i + 1]
    if j > 0:
        total += ky[k, j - 1, i] * x[k, j - 1, i]
    if j < nj - 1:
        total += ky[k, j, i] * x[k, j + 1, i]
    if k > 0:
        total += kz[k - 1, j, i] * x[k - 1, j, i]
    if k < nk - 1:
        total += kz[k, j, i] * x[k + 1, j, i]
    return total


@njit(cache=True, nogil=True, parallel=True, **_FAST)
def invert_diagonal(kx, ky, kz, extra, out):  # type: ignore[no-untyped-def]
    """One over the diagonal of the operator."""
    nk, nj, ni = out.shape
    for k in prange(nk):
        for j in range(nj):
            for i in range(ni):
                total = extra[k, j, i] + kx[k, j, i] + ky[k, j, i] + kz[k, j, i]
                if i > 0:
                    total += kx[k, j, i - 1]
                if j > 0:
                    total += ky[k, j - 1, i]
                if k > 0:
                    total += kz[k - 1, j, i]
                out[k, j, i] = 1.0 / total


@njit(cache=True, nogil=True, parallel=True, **_FAST)
def sweep(kx, ky, kz, inv_diagonal, x, b, colour):  # type: ignore[no-untyped-def]
    """Gauss-Seidel on the cells of one colour of a chequerboard."""
    nk, nj, ni = x.shape
    for k in prange(nk):
        for j in range(nj):
            for i in range((k + j + colour) % 2, ni, 2):
                x[k, j, i] = (b[k, j, i] + _neighbours(kx, ky, kz, x, k, j, i)) * inv_diagonal[k, j, i]


@njit(cache=True, nogil=True, parallel=True, **_FAST)
def apply_operator(kx, ky, kz, inv_diagonal, x, out):  # type: ignore[no-untyped-def]
    """The operator on ``x``; returns the inner product of the two."""
    nk, nj, ni = x.shape
    dot = 0.0
    for k in prange(nk):
        part = 0.0
        for j in range(nj):
            for i in range(ni):
                y = x[k, j, i] / inv_diagonal[k, j, i] - _neighbours(kx, ky, kz, x, k, j, i)
                out[k, j, i] = y
                part += y * x[k, j, i]
        dot += part
    return dot


@njit(cache=True, nogil=True, parallel=True, **_FAST)
def _restrict(fine, coarse):  # type: ignore[no-untyped-def]
    nk, nj, ni = fine.shape
    for k in prange(coarse.shape[0]):
        for j in range(coarse.shape[1]):
            for i in range(coarse.shape[2]):
                total = 0.0
                for c in range(2 * k, min(2 * k + 2, nk)):
                    for b in range(2 * j, min(2 * j + 2, nj)):
                        for a in range(2 * i, min(2 * i + 2, ni)):
                            total += fine[c, b, a]
                coarse[k, j, i] = total


@njit(cache=True, nogil=True, parallel=True, **_FAST)
def _prolong(coarse, fine):  # type: ignore[no-untyped-def]
    nk, nj, ni = fine.shape
    for k in prange(nk):
        for j in range(nj):
            for i in range(ni):
                fine[k, j, i] += coarse[k // 2, j // 2, i // 2]


@njit(cache=True, nogil=True, **_FAST)
def _coarse_faces(k_fine, k_coarse, axis, nearer):  # type: ignore[no-untyped-def]
    nk, nj, ni = k_fine.shape
    for k in range(nk):
        for j in range(nj):
            for i in range(ni):
                at = k if axis == 0 else j if axis == 1 else i
                # the last cell of an even number has no face beyond
                if at % 2 == 1 and at // 2 < len(nearer):
                    k_coarse[k // 2, j // 2, i // 2] += nearer[at // 2] * k_fine[k, j, i]


def level(kx: Singles, ky: Singles, kz: Singles, extra: Singles) -> Grid:
    """Return a level of the hierarchy."""
    inv = np.empty_like(kx)
    invert_diagonal(kx, ky, kz, extra, inv)
    return Grid(kx, ky, kz, extra, inv, np.zeros_like(kx), np.zeros_like(kx), np.zeros_like(kx))


def hierarchy(finest: Grid, widths_m: tuple[Floats, Floats, Floats]) -> list[Grid]:
    """Return all levels, finest first; ``widths_m`` are those of its cells along k, j and i."""
    levels = [finest]
    widths: tuple[Floats, ...] = widths_m
    while min(levels[-1].kx.shape) > _SMALLEST:
        fine = levels[-1]
        shape = tuple((n + 1) // 2 for n in fine.kx.shape)
        kz, ky, kx, extra = (np.zeros(shape, np.float32) for _ in range(4))
        for source, target, axis in ((fine.kz, kz, 0), (fine.ky, ky, 1), (fine.kx, kx, 2)):
            _coarse_faces(source, target, axis, _nearer(widths[axis]))
        _restrict(fine.extra, extra)
        levels.append(level(kx, ky, kz, extra))
        widths = tuple(np.add.reduceat(w, np.arange(0, len(w), 2)) for w in widths)
    return levels


def _nearer(widths_m: Floats) -> Singles:
    """For every pair of coarse cells, how far apart the fine cells at their common face are over how far they are."""
    coarse = np.add.reduceat(widths_m, np.arange(0, len(widths_m), 2))
    fine = widths_m[1:-1:2] + widths_m[2::2]
    return np.asarray(fine / (coarse[:-1] + coarse[1:]), np.float32)


def cycle(levels: list[Grid], b: Singles) -> Singles:
    """Return one symmetric V-cycle applied to ``b``; the answer is a work array of the finest level."""
    levels[0].b[...] = b
    threads = numba.get_num_threads()
    try:
        _cycle(levels, 0)
    finally:
        numba.set_num_threads(threads)
    return levels[0].x


def _cycle(levels: list[Grid], n: int) -> None:
    g = levels[n]
    threads = numba.get_num_threads()
    if g.x.size < _TOO_SMALL_FOR_THREADS:
        numba.set_num_threads(1)
    g.x.fill(0.0)
    sweeps = _COARSE_SWEEPS if n == len(levels) - 1 else 1
    for _ in range(sweeps):
        for colour in (0, 1):
            sweep(g.kx, g.ky, g.kz, g.inv_diagonal, g.x, g.b, colour)
    if n < len(levels) - 1:
        apply_operator(g.kx, g.ky, g.kz, g.inv_diagonal, g.x, g.r)
        np.subtract(g.b, g.r, out=g.r)
        _restrict(g.r, levels[n + 1].b)
        _cycle(levels, n + 1)
        numba.set_num_threads(threads if g.x.size >= _TOO_SMALL_FOR_THREADS else 1)
        _prolong(levels[n + 1].x, g.x)
    for _ in range(sweeps):
        for colour in (1, 0):
            sweep(g.kx, g.ky, g.kz, g.inv_diagonal, g.x, g.b, colour)
