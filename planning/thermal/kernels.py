"""Compiled inner loops of the bio-heat solver: enthalpy to temperature, one stage, heat through the faces.

All arrays are padded by one ghost layer on every side and held in SI. ``half_r`` is 1 / (2 k), so that the harmonic
mean of two cells is 1 / (half_r_a + half_r_b); a ghost of 0 is a face held at the ghost's temperature, a huge one is
an insulated face.
"""

from __future__ import annotations

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
    METABOLIC,
    MOVES,
    PERFUSION,
    SPAN_C,
)

_FAST = {"error_model": "numpy", "fastmath": {"contract", "reassoc", "arcp", "nsz"}}
"""No exceptions from divisions, no promise on the order of sums; not-a-number stays visible."""

PLAIN, RUNS, MIXED = 2, 1, 0
_SHORTEST_RUN = 12


@njit(cache=True, nogil=True, parallel=True, **_FAST)
def fill_state(h, medium, rows, t, half_r, theta):  # type: ignore[no-untyped-def]
    """Temperature, half resistivity and conductivity integral of all cells from their enthalpy."""
    nk, nj, ni = h.shape
    for k in prange(1, nk - 1):
        for j in range(1, nj - 1):
            for i in range(1, ni - 1):
                x, y = i, i + 1
                row = rows[medium[k, j, i]]
                _state_run(row, h[k, j, x:y], t[k, j, x:y], half_r[k, j, x:y], theta[k, j, x:y])


@njit(cache=True, nogil=True, **_FAST)
def _state_run(row, h, t_out, r_out, theta_out):  # type: ignore[no-untyped-def]
    """Temperature, 1 / (2 k) and the integral of k over temperature of a run of cells of one medium."""
    high, span, inv_warm, inv_cold = row[HIGH_C], row[SPAN_C], row[INV_C_WARM], row[INV_C_COLD]
    k_warm, k_change, inv_h_low, h_low = row[K_WARM], row[K_COLD] - row[K_WARM], row[INV_H_LOW], row[H_LOW]
    k_cold, zero, one, half = row[K_COLD], np.float32(0.0), np.float32(1.0), np.float32(0.5)
    # one array written in each loop, or the compiler gives up proving that they do not overlap
    for i in range(len(h)):
        part = h[i] * inv_h_low
        part = part if part > zero else zero
        part = part if part < one else one
        below = h[i] - h_low
        above = h[i] if h[i] > zero else zero
        t_out[i] = high + above * inv_warm - span * part + (below if below < zero else zero) * inv_cold
    for i in range(len(h)):
        part = h[i] * inv_h_low
        part = part if part > zero else zero
        part = part if part < one else one
        r_out[i] = half / (k_warm + k_change * part)
    for i in range(len(h)):
        part = h[i] * inv_h_low
        part = part if part > zero else zero
        part = part if part < one else one
        below = h[i] - h_low
        above = h[i] if h[i] > zero else zero
        theta_out[i] = (
            k_warm * above * inv_warm
            - span * part * (k_warm + half * k_change * part)
            + k_cold * (below if below < zero else zero) * inv_cold
        )


@njit(cache=True, nogil=True, **_FAST)
def _conduction_plain(inv_h2, t, half_r, theta, k, j, rate):  # type: ignore[no-untyped-def]
    """As `_conduction` for a row that lies with all its neighbours in one medium, but for the faces of the box."""
    wk, wj, wi = inv_h2
    own, west, east = theta[k, j, 1:-1], theta[k, j, :-2], theta[k, j, 2:]
    south, north = theta[k, j - 1, 1:-1], theta[k, j + 1, 1:-1]
    down, up = theta[k - 1, j, 1:-1], theta[k + 1, j, 1:-1]
    for i in range(len(rate)):
        q = own[i]
        rate[i] = (
            wk * ((down[i] - q) + (up[i] - q))
            + wj * ((south[i] - q) + (north[i] - q))
            + wi * ((west[i] - q) + (east[i] - q))
        )
    n = len(rate)
    for at, ghost in ((0, 0), (n - 1, n + 1)):
        across = (t[k, j, ghost] - t[k, j, at + 1]) / (half_r[k, j, ghost] + half_r[k, j, at + 1])
        rate[at] += wi * (across - (theta[k, j, ghost] - own[at]))


@njit(cache=True, nogil=True, **_FAST)
def _side(w, tc, rc, qc, mc, tn, rn, qn, mn, rate):  # type: ignore[no-untyped-def]
    """Add the heat from one neighbouring row."""
    for i in range(len(rate)):
        across = (tn[i] - tc[i]) / (rn[i] + rc[i])
        same = np.float32(mn[i] == mc[i])
        rate[i] += w * (across + same * ((qn[i] - qc[i]) - across))


@njit(cache=True, nogil=True, **_FAST)
def _conduction(inv_h2, t, r, q, m, k, j, rate):  # type: ignore[no-untyped-def]
    """Heat conducted into every cell of one row, in W/m³.

    Between cells of one medium the conductivity is averaged over temperature (Kirchhoff), so that a freezing front
    inside a cell does not lag by the resistance of the half-frozen cell; between media it is the harmonic mean.
    """
    rate[:] = np.float32(0.0)
    wk, wj, wi = inv_h2
    tc, rc, qc, mc = t[k, j, 1:-1], r[k, j, 1:-1], q[k, j, 1:-1], m[k, j, 1:-1]
    _side(wi, tc, rc, qc, mc, t[k, j, :-2], r[k, j, :-2], q[k, j, :-2], m[k, j, :-2], rate)
    _side(wi, tc, rc, qc, mc, t[k, j, 2:], r[k, j, 2:], q[k, j, 2:], m[k, j, 2:], rate)
    for b in (j - 1, j + 1):
        _side(wj, tc, rc, qc, mc, t[k, b, 1:-1], r[k, b, 1:-1], q[k, b, 1:-1], m[k, b, 1:-1], rate)
    for b in (k - 1, k + 1):
        _side(wk, tc, rc, qc, mc, t[b, j, 1:-1], r[b, j, 1:-1], q[b, j, 1:-1], m[b, j, 1:-1], rate)


@njit(cache=True, nogil=True, parallel=True)
def row_kinds(medium, out):  # type: ignore[no-untyped-def]
    """Sort the rows: `PLAIN` with all neighbours in one medium, `RUNS` of some length, or `MIXED` cell by cell."""
    nk, nj, ni = medium.shape
    for k in prange(1, nk - 1):
        for j in range(1, nj - 1):
            own = medium[k, j, 1]
            same, runs = True, 1
            for i in range(1, ni - 1):
                same = same and medium[k, j, i] == own and medium[k, j - 1, i] == own and medium[k, j + 1, i] == own
                same = same and medium[k - 1, j, i] == own and medium[k + 1, j, i] == own
                if i > 1 and medium[k, j, i] != medium[k, j, i - 1]:
                    runs += 1
            out[k, j] = PLAIN if same else RUNS if runs * _SHORTEST_RUN <= ni else MIXED


@njit(cache=True, nogil=True, **_FAST)
def _advance_run(row, c, blood_c, rate, life, src, t, mid, old, m, out):  # type: ignore[no-untyped-def]
    """Living tissue and combination of a run of cells of one medium.

    Returns the heat of living tissue, less what held media carried away.
    """
    high, perfusion, metabolic, moves = row[HIGH_C], row[PERFUSION], row[METABOLIC], row[MOVES]
    c0, c1, c3, c4 = c[0], c[1], c[3], c[4]
    zero, one = np.float32(0.0), np.float32(1.0)
    total = zero
    for i in range(len(rate)):
        living = life[i] * (perfusion * (blood_c - t[i]) + metabolic)
        living = living if t[i] >= high else zero
        r = rate[i] + living + src[i]
        total += living - (one - moves) * r
        rate[i] = r * moves
    for i in range(len(rate)):
        out[i] = c0 * mid[i] + c1 * old[i] + c3 * rate[i] + c4 * m[i]
    return total


@njit(cache=True, nogil=True, **_FAST)
def _advance_mixed(rows, media, c, blood_c, rate, life, src, t, start, mid, old, m, out, t_out, r_out, q_out):  # type: ignore[no-untyped-def]
    """As `_advance_run` and `_state_run` for a row whose media change from cell to cell."""
    c0, c1, c3, c4 = c[0], c[1], c[3], c[4]
    zero, one, half = np.float32(0.0), np.float32(1.0), np.float32(0.5)
    total = zero
    for i in range(len(rate)):
        n = media[i]
        high, k_warm = rows[n, HIGH_C], rows[n, K_WARM]
        living = life[i] * (rows[n, PERFUSION] * (blood_c - t[i]) + rows[n, METABOLIC])
        living = living if t[i] >= high else zero
        r = rate[i] + living + src[i]
        total += living - (one - rows[n, MOVES]) * r
        r *= rows[n, MOVES]
        rate[i] = r
        d = c0 * mid[i] + c1 * old[i] + c3 * r + c4 * m[i]
        out[i] = d
        h = start[i] + d
        if h >= zero:
            t_out[i] = high + h * rows[n, INV_C_WARM]
            r_out[i] = half / k_warm
            q_out[i] = k_warm * h * rows[n, INV_C_WARM]
            continue
        part = h * rows[n, INV_H_LOW]
        part = part if part < one else one
        below = h - rows[n, H_LOW]
        below = (below if below < zero else zero) * rows[n, INV_C_COLD]
        change = rows[n, K_COLD] - k_warm
        t_out[i] = high - rows[n, SPAN_C] * part + below
        r_out[i] = half / (k_warm + change * part)
        q_out[i] = rows[n, K_COLD] * below - rows[n, SPAN_C] * part * (k_warm + half * change * part)
    return total


@njit(cache=True, nogil=True, parallel=True, **_FAST)
def stage(  # type: ignore[no-untyped-def]
    first, c, inv_h2, blood_c, h0, d1, d2, m0, medium, kinds, rows, alive, source, state, d_new, state_new, sums
):
    """One stage of the super-time-stepping: rate of every cell, combined change of enthalpy, new state.

    ``c`` holds mu, nu, 0, mu~ dt and gamma~ dt; changes of enthalpy since ``h0`` are combined, so that single
    precision suffices. ``state`` holds temperature, half resistivity and conductivity integral. The first stage stores
    its rate in ``m0``. ``sums`` gets the heat from blood and metabolism of every plane. Cells are worked on in runs of
    one medium, whose properties then are constants of a vector loop.
    """
    nk, nj, ni = h0.shape
    n = ni - 2
    t, half_r, theta = state
    t_new, r_new, theta_new = state_new
    for k in prange(1, nk - 1):
        total = 0.0
        rate = np.empty(n, np.float32)
        h = np.empty(n, np.float32)
        for j in range(1, nj - 1):
            if kinds[k, j] == PLAIN:
                _conduction_plain(inv_h2, t, half_r, theta, k, j, rate)
            else:
                _conduction(inv_h2, t, half_r, theta, medium, k, j, rate)
            media, start, out = medium[k, j, 1:-1], h0[k, j, 1:-1], d_new[k, j, 1:-1]
            if kinds[k, j] == MIXED:
                total += _advance_mixed(
                    rows, media, c, blood_c, rate, alive[k, j, 1:-1], source[k, j, 1:-1], t[k, j, 1:-1], start,
                    d1[k, j, 1:-1], d2[k, j, 1:-1], m0[k, j, 1:-1], out, t_new[k, j, 1:-1], r_new[k, j, 1:-1],
                    theta_new[k, j, 1:-1],
                )  # fmt: skip
            a = n if kinds[k, j] == MIXED else 0
            while a < n:
                own = media[a]
                e = a + 1
                while e < n and media[e] == own:
                    e += 1
                x, y = a + 1, e + 1
                row = rows[own]
                total += _advance_run(
                    row, c, blood_c, rate[a:e], alive[k, j, x:y], source[k, j, x:y], t[k, j, x:y], d1[k, j, x:y],
                    d2[k, j, x:y], m0[k, j, x:y], out[a:e],
                )  # fmt: skip
                for i in range(a, e):
                    h[i] = start[i] + out[i]
                _state_run(row, h[a:e], t_new[k, j, x:y], r_new[k, j, x:y], theta_new[k, j, x:y])
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
