"""Compiled inner loops of the bio-heat solver: enthalpy to temperature, one stage, wells, budgets and damage.

All arrays are padded by one ghost layer on every side and held in SI. ``half_r`` is 1 / (2 k), so that the harmonic
mean of two cells is 1 / (half_r_a + half_r_b); a ghost of 0 is a face held at the ghost's temperature, a huge one is
an insulated face.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from planning.thermal.properties import (
    C_COLD,
    C_WARM,
    H_LOW,
    HIGH_C,
    K_COLD,
    K_WARM,
    LOW_C,
    METABOLIC,
    MOVES,
    PERFUSION,
)

_LN2 = math.log(2.0)


@njit(cache=True, nogil=True, inline="always")
def _state(h, row):  # type: ignore[no-untyped-def]
    """Temperature and 1 / (2 k) of a cell from its enthalpy."""
    if h >= 0.0:
        return row[HIGH_C] + h / row[C_WARM], 0.5 / row[K_WARM]
    if h <= row[H_LOW]:
        return row[LOW_C] + (h - row[H_LOW]) / row[C_COLD], 0.5 / row[K_COLD]
    part = h / row[H_LOW]
    k = row[K_WARM] + (row[K_COLD] - row[K_WARM]) * part
    return row[HIGH_C] + (row[LOW_C] - row[HIGH_C]) * part, 0.5 / k


@njit(cache=True, nogil=True, parallel=True)
def fill_state(h, medium, rows, t, half_r):  # type: ignore[no-untyped-def]
    """Temperature and half resistivity of all cells from their enthalpy."""
    nk, nj, ni = h.shape
    for k in prange(1, nk - 1):
        for j in range(1, nj - 1):
            for i in range(1, ni - 1):
                t[k, j, i], half_r[k, j, i] = _state(h[k, j, i], rows[medium[k, j, i]])


@njit(cache=True, nogil=True, parallel=True)
def stage(  # type: ignore[no-untyped-def]
    first, c, inv_h2, blood_c, h0, h1, h2, m0, medium, rows, alive, source, t, half_r, h_new, t_new, half_r_new, sums
):
    """One stage of the super-time-stepping: rate of every cell, combined enthalpy, its new temperature.

    ``c`` holds mu, nu, 1 - mu - nu, mu~ dt and gamma~ dt; the first stage stores its rate in ``m0``. ``sums`` gets
    the heat from blood and metabolism of every plane.
    """
    nk, nj, ni = h0.shape
    wk, wj, wi = inv_h2
    for k in prange(1, nk - 1):
        total = 0.0
        for j in range(1, nj - 1):
            for i in range(1, ni - 1):
                row = rows[medium[k, j, i]]
                tc = t[k, j, i]
                rc = half_r[k, j, i]
                rate = wk * (
                    (t[k - 1, j, i] - tc) / (half_r[k - 1, j, i] + rc)
                    + (t[k + 1, j, i] - tc) / (half_r[k + 1, j, i] + rc)
                )
                rate += wj * (
                    (t[k, j - 1, i] - tc) / (half_r[k, j - 1, i] + rc)
                    + (t[k, j + 1, i] - tc) / (half_r[k, j + 1, i] + rc)
                )
                rate += wi * (
                    (t[k, j, i - 1] - tc) / (half_r[k, j, i - 1] + rc)
                    + (t[k, j, i + 1] - tc) / (half_r[k, j, i + 1] + rc)
                )
                if tc >= row[HIGH_C]:
                    living = row[PERFUSION] * alive[k, j, i] * (blood_c - tc) + row[METABOLIC] * alive[k, j, i]
                    rate += living
                    total += living
                rate = (rate + source[k, j, i]) * row[MOVES]
                if first:
                    m0[k, j, i] = rate
                    h = h0[k, j, i] + c[3] * rate
                else:
                    h = c[0] * h1[k, j, i] + c[1] * h2[k, j, i] + c[2] * h0[k, j, i] + c[3] * rate + c[4] * m0[k, j, i]
                h_new[k, j, i] = h
                t_new[k, j, i], half_r_new[k, j, i] = _state(h, row)
        sums[k] = total


@njit(cache=True, nogil=True)
def boundary_power(t, half_r, inv_h2):  # type: ignore[no-untyped-def]
    """Heat through the faces of the box per volume of a cell, summed, positive inwards."""
    nk, nj, ni = t.shape
    wk, wj, wi = inv_h2
    total = 0.0
    for j in range(1, nj - 1):
        for i in range(1, ni - 1):
            total += wk * (t[0, j, i] - t[1, j, i]) / (half_r[0, j, i] + half_r[1, j, i])
            total += wk * (t[nk - 1, j, i] - t[nk - 2, j, i]) / (half_r[nk - 1, j, i] + half_r[nk - 2, j, i])
    for k in range(1, nk - 1):
        for i in range(1, ni - 1):
            total += wj * (t[k, 0, i] - t[k, 1, i]) / (half_r[k, 0, i] + half_r[k, 1, i])
            total += wj * (t[k, nj - 1, i] - t[k, nj - 2, i]) / (half_r[k, nj - 1, i] + half_r[k, nj - 2, i])
        for j in range(1, nj - 1):
            total += wi * (t[k, j, 0] - t[k, j, 1]) / (half_r[k, j, 0] + half_r[k, j, 1])
            total += wi * (t[k, j, ni - 1] - t[k, j, ni - 2]) / (half_r[k, j, ni - 1] + half_r[k, j, ni - 2])
    return total


@njit(cache=True, nogil=True, inline="always")
def _conductivity_integral(t, row):  # type: ignore[no-untyped-def]
    """Kirchhoff's integral of k over temperature, from the lower end of the freezing range."""
    if t <= row[LOW_C]:
        return row[K_COLD] * (t - row[LOW_C])
    span = row[HIGH_C] - row[LOW_C]
    if t >= row[HIGH_C]:
        return 0.5 * (row[K_COLD] + row[K_WARM]) * span + row[K_WARM] * (t - row[HIGH_C])
    x = t - row[LOW_C]
    return row[K_COLD] * x + 0.5 * (row[K_WARM] - row[K_COLD]) * x * x / span


@njit(cache=True, nogil=True)
def read_points(flat, cells, start, local, weight, out):  # type: ignore[no-untyped-def]
    """Weighted mean of a field around every quadrature point."""
    for p in range(len(start) - 1):
        total = 0.0
        for e in range(start[p], start[p + 1]):
            total += weight[e] * flat[cells[local[e]]]
        out[p] = total


@njit(cache=True, nogil=True)
def well_power(t_read, wall_c, held, fixed_w, length_m, log_ratio, row_of, rows, out):  # type: ignore[no-untyped-def]
    """Heat in W that every quadrature point gives to the grid: held walls by conductance, others as prescribed."""
    for p in range(len(out)):
        out[p] = fixed_w[p]
        if held[p]:
            row = rows[row_of[p]]
            drop = _conductivity_integral(wall_c[p], row) - _conductivity_integral(t_read[p], row)
            out[p] += 2.0 * math.pi * length_m[p] * drop / log_ratio[p]


@njit(cache=True, nogil=True)
def scatter(power, inv_volume, base, flat, cells, start, local, weight):  # type: ignore[no-untyped-def]
    """Set the source of the touched cells to ``base`` plus what the quadrature points give, in W/m³."""
    for n in range(len(cells)):
        flat[cells[n]] = base[n]
    for p in range(len(start) - 1):
        amount = power[p] * inv_volume
        for e in range(start[p], start[p + 1]):
            flat[cells[local[e]]] += amount * weight[e]


@njit(cache=True, nogil=True, parallel=True)
def track_cold(t, extreme):  # type: ignore[no-untyped-def]
    """Keep the lowest temperature of every cell."""
    nk, nj, ni = extreme.shape
    for k in prange(nk):
        for j in range(nj):
            for i in range(ni):
                extreme[k, j, i] = min(extreme[k, j, i], t[k + 1, j + 1, i + 1])


@njit(cache=True, nogil=True, inline="always")
def _dose_rate(t):  # type: ignore[no-untyped-def]
    return 2.0 ** (t - 43.0) if t >= 43.0 else 4.0 ** (t - 43.0)


@njit(cache=True, nogil=True, parallel=True)
def track_heat(t_before, t, dt_min, stasis_min, extreme, cem43, alive):  # type: ignore[no-untyped-def]
    """Keep the highest temperature and add the thermal dose of one step; perfusion ends above ``stasis_min``."""
    nk, nj, ni = extreme.shape
    for k in prange(nk):
        for j in range(nj):
            for i in range(ni):
                a, b = t_before[k + 1, j + 1, i + 1], t[k + 1, j + 1, i + 1]
                extreme[k, j, i] = max(extreme[k, j, i], b)
                if max(a, b) < 38.5:
                    continue
                ra, rb = _dose_rate(a), _dose_rate(b)
                # exact for a temperature that changes linearly on one side of 43 °C
                mean = 0.5 * (ra + rb) if abs(a - b) < 0.05 else (rb - ra) / math.log(rb / ra)
                cem43[k, j, i] += mean * dt_min
                if cem43[k, j, i] >= stasis_min:
                    alive[k + 1, j + 1, i + 1] = 0.0


def padded(shape_kji: tuple[int, int, int], fill: float) -> np.ndarray:
    """Return a padded array of one value."""
    return np.full(tuple(n + 2 for n in shape_kji), fill)
