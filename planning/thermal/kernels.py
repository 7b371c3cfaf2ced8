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
    H_LOW,
    HIGH_C,
    INV_C_COLD,
    INV_C_WARM,
    INV_H_LOW,
    K_COLD,
    K_WARM,
    LOW_C,
    METABOLIC,
    MOVES,
    PERFUSION,
    SPAN_C,
)

_FAST = {"error_model": "numpy", "fastmath": {"contract", "reassoc", "arcp", "nsz"}}
"""No exceptions from divisions, no promise on the order of sums; not-a-number stays visible."""


@njit(cache=True, nogil=True, inline="always", **_FAST)
def _state(h, row):  # type: ignore[no-untyped-def]
    """Temperature and 1 / (2 k) of a cell from its enthalpy."""
    part = min(max(h * row[INV_H_LOW], 0.0), 1.0)
    half_r = 0.5 / (row[K_WARM] + (row[K_COLD] - row[K_WARM]) * part)
    warm = row[HIGH_C] + max(h, 0.0) * row[INV_C_WARM]
    return warm - row[SPAN_C] * part + min(h - row[H_LOW], 0.0) * row[INV_C_COLD], half_r


@njit(cache=True, nogil=True, parallel=True, **_FAST)
def fill_state(h, medium, rows, t, half_r):  # type: ignore[no-untyped-def]
    """Temperature and half resistivity of all cells from their enthalpy."""
    nk, nj, ni = h.shape
    for k in prange(1, nk - 1):
        for j in range(1, nj - 1):
            for i in range(1, ni - 1):
                t[k, j, i], half_r[k, j, i] = _state(h[k, j, i], rows[medium[k, j, i]])


@njit(cache=True, nogil=True, **_FAST)
def _conduction(inv_h2, t, half_r, k, j, rate):  # type: ignore[no-untyped-def]
    """Heat conducted into every cell of one row, in W/m³."""
    wk, wj, wi = inv_h2
    n = len(rate)
    tc, tw, te = t[k, j, 1:-1], t[k, j, :-2], t[k, j, 2:]
    ts, tn, td, tu = t[k, j - 1, 1:-1], t[k, j + 1, 1:-1], t[k - 1, j, 1:-1], t[k + 1, j, 1:-1]
    rc, rw, re = half_r[k, j, 1:-1], half_r[k, j, :-2], half_r[k, j, 2:]
    rs, rn = half_r[k, j - 1, 1:-1], half_r[k, j + 1, 1:-1]
    rd, ru = half_r[k - 1, j, 1:-1], half_r[k + 1, j, 1:-1]
    for i in range(n):
        x, r = tc[i], rc[i]
        rate[i] = (
            wk * ((td[i] - x) / (rd[i] + r) + (tu[i] - x) / (ru[i] + r))
            + wj * ((ts[i] - x) / (rs[i] + r) + (tn[i] - x) / (rn[i] + r))
            + wi * ((tw[i] - x) / (rw[i] + r) + (te[i] - x) / (re[i] + r))
        )


@njit(cache=True, nogil=True, **_FAST)
def _advance_run(row, c, blood_c, rate, life, src, t, start, mid, old, m, out, t_out, r_out):  # type: ignore[no-untyped-def]
    """Living tissue, combination and new state of a run of cells of one medium.

    Returns the heat of living tissue, less what held media carried away.
    """
    high, perfusion, metabolic, moves = row[HIGH_C], row[PERFUSION], row[METABOLIC], row[MOVES]
    k_warm, k_change, inv_h_low, h_low = row[K_WARM], row[K_COLD] - row[K_WARM], row[INV_H_LOW], row[H_LOW]
    span, inv_warm, inv_cold = row[SPAN_C], row[INV_C_WARM], row[INV_C_COLD]
    c0, c1, c3, c4 = c[0], c[1], c[3], c[4]
    zero, one, half = np.float32(0.0), np.float32(1.0), np.float32(0.5)
    total = zero
    n = len(rate)
    # one array written in each loop, or the compiler gives up proving that they do not overlap
    for i in range(n):
        living = life[i] * (perfusion * (blood_c - t[i]) + metabolic)
        living = living if t[i] >= high else zero
        r = rate[i] + living + src[i]
        total += living - (one - moves) * r
        rate[i] = r * moves
    for i in range(n):
        out[i] = c0 * mid[i] + c1 * old[i] + c3 * rate[i] + c4 * m[i]
    for i in range(n):
        h = start[i] + out[i]
        part = h * inv_h_low
        part = part if part > zero else zero
        part = part if part < one else one
        below = h - h_low
        t_out[i] = (
            high + (h if h > zero else zero) * inv_warm - span * part + (below if below < zero else zero) * inv_cold
        )
    for i in range(n):
        part = (start[i] + out[i]) * inv_h_low
        part = part if part > zero else zero
        part = part if part < one else one
        r_out[i] = half / (k_warm + k_change * part)
    return total


@njit(cache=True, nogil=True, parallel=True, **_FAST)
def stage(  # type: ignore[no-untyped-def]
    first, c, inv_h2, blood_c, h0, d1, d2, m0, medium, rows, alive, source, t, half_r, d_new, t_new, half_r_new, sums
):
    """One stage of the super-time-stepping: rate of every cell, combined change of enthalpy, new temperature.

    ``c`` holds mu, nu, 0, mu~ dt and gamma~ dt; changes of enthalpy since ``h0`` are combined, so that single
    precision suffices. The first stage stores its rate in ``m0``. ``sums`` gets the heat from blood and metabolism of
    every plane. Cells are worked on in runs of one medium, whose properties then are constants of a vector loop.
    """
    nk, nj, ni = h0.shape
    n = ni - 2
    for k in prange(1, nk - 1):
        total = 0.0
        rate = np.empty(n, np.float32)
        for j in range(1, nj - 1):
            _conduction(inv_h2, t, half_r, k, j, rate)
            media = medium[k, j, 1:-1]
            a = 0
            while a < n:
                own = media[a]
                e = a + 1
                while e < n and media[e] == own:
                    e += 1
                x, y = a + 1, e + 1
                total += _advance_run(
                    rows[own], c, blood_c, rate[a:e], alive[k, j, x:y], source[k, j, x:y], t[k, j, x:y],
                    h0[k, j, x:y], d1[k, j, x:y], d2[k, j, x:y], m0[k, j, x:y], d_new[k, j, x:y], t_new[k, j, x:y],
                    half_r_new[k, j, x:y],
                )  # fmt: skip
                a = e
            if first:
                m0[k, j, 1:-1] = rate
        sums[k] = total


@njit(cache=True, nogil=True, parallel=True, **_FAST)
def add_change(h, change):  # type: ignore[no-untyped-def]
    """Add the change of a step to the enthalpy."""
    nk, nj, ni = h.shape
    for k in prange(1, nk - 1):
        for j in range(1, nj - 1):
            for i in range(1, ni - 1):
                h[k, j, i] += change[k, j, i]


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
