"""Compiled inner loops of the bio-heat solver: one stage of a step, and what is kept after a step.

All arrays are C-contiguous, without ghost layers, and in SI. Only the cells of a window take part; ghost cells around
it have a temperature and a half resistivity of their own, where ``half_r`` is 1 / (2 k), so that the harmonic mean of two
cells is 1 / (half_r_a + half_r_b): a ghost of 0 is a face held at the ghost's temperature, a huge one is insulated.

A stage reads the enthalpy at the start of the step and the changes since then, and works out temperatures plane by
plane in buffers that stay in the processor's cache. Where no cell of a row and its neighbours is frozen, which is nearly
everywhere, the loops are plain arithmetic; rows in ice go through the freezing range and Kirchhoff's average.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from planning.thermal.properties import (
    BLOOD_W_M3,
    H_LOW,
    HALF_R_WARM,
    HIGH_C,
    INV_C_COLD,
    INV_C_WARM,
    INV_H_LOW,
    K_COLD,
    K_WARM,
    MOVES,
    PERFUSION,
    SPAN_C,
    VAPOUR_C,
    VAPOUR_SHARE,
)

FAST = {"error_model": "numpy", "fastmath": {"contract", "reassoc", "arcp", "nsz"}}
"""No exceptions from divisions, no promise on the order of sums; not-a-number stays visible."""

_MAY_BOIL_C = np.float32(80.0)


@njit(cache=True, nogil=True, inline="always", **FAST)
def temperature_of(h, table, n):  # type: ignore[no-untyped-def]
    """Temperature of one cell of medium ``n`` from its enthalpy."""
    if h >= 0.0:
        t = table[HIGH_C, n] + h * table[INV_C_WARM, n]
        over = t - table[VAPOUR_C, n]
        return t if over <= 0.0 else table[VAPOUR_C, n] + over * table[VAPOUR_SHARE, n]
    part = min(h * table[INV_H_LOW, n], 1.0)
    below = min(h - table[H_LOW, n], 0.0)
    return table[HIGH_C, n] - table[SPAN_C, n] * part + below * table[INV_C_COLD, n]


@njit(cache=True, nogil=True, parallel=True, **FAST)
def temperatures(h, medium, table, out):  # type: ignore[no-untyped-def]
    """Temperature of all cells."""
    nk, nj, ni = h.shape
    for k in prange(nk):
        for j in range(nj):
            for i in range(ni):
                out[k, j, i] = temperature_of(h[k, j, i], table, medium[k, j, i])


@njit(cache=True, nogil=True, **FAST)
def _boil(medium, table, t):  # type: ignore[no-untyped-def]
    """Spread what goes beyond boiling over the heat that steam takes."""
    for i in range(len(t)):
        n = medium[i]
        over = t[i] - table[VAPOUR_C, n]
        if over > 0:
            t[i] = table[VAPOUR_C, n] + over * table[VAPOUR_SHARE, n]


@njit(cache=True, nogil=True, **FAST)
def _thawed_row(h, medium, table, t, half_r):  # type: ignore[no-untyped-def]
    """State of a row as if nothing in it were frozen; returns how many cells are."""
    high, inv_c, resistance = table[HIGH_C], table[INV_C_WARM], table[HALF_R_WARM]
    frozen, hot = np.float32(0.0), np.float32(0.0)
    for i in range(len(h)):
        n = medium[i]
        t[i] = high[n] + h[i] * inv_c[n]
        frozen += np.float32(h[i] < np.float32(0.0))
        hot += np.float32(t[i] > _MAY_BOIL_C)
    if hot > 0:
        _boil(medium, table, t)
    for i in range(len(h)):
        half_r[i] = resistance[medium[i]]
    return frozen


@njit(cache=True, nogil=True, **FAST)
def _frozen_row(h, medium, table, t, half_r, theta):  # type: ignore[no-untyped-def]
    """State of a row with frozen cells: temperature, half resistivity, integral of k over temperature."""
    zero, one, half = np.float32(0.0), np.float32(1.0), np.float32(0.5)
    for i in range(len(h)):
        n, x = medium[i], h[i]
        part = x * table[INV_H_LOW, n]
        part = part if part > zero else zero
        part = part if part < one else one
        below = x - table[H_LOW, n]
        below = (below if below < zero else zero) * table[INV_C_COLD, n]
        above = (x if x > zero else zero) * table[INV_C_WARM, n]
        k_warm, change, span = table[K_WARM, n], table[K_COLD, n] - table[K_WARM, n], table[SPAN_C, n] * part
        t[i] = table[HIGH_C, n] + above - span + below
        half_r[i] = half / (k_warm + change * part)
        theta[i] = k_warm * above - span * (k_warm + half * change * part) + table[K_COLD, n] * below


@njit(cache=True, nogil=True, **FAST)
def _thawed_theta(t, medium, table, theta):  # type: ignore[no-untyped-def]
    """Integral of k over temperature of a row without frozen cells."""
    for i in range(len(t)):
        n = medium[i]
        theta[i] = table[K_WARM, n] * (t[i] - table[HIGH_C, n])


@njit(cache=True, nogil=True, **FAST)
def _flux(w, ta, tb, ra, rb, out):  # type: ignore[no-untyped-def]
    """Heat from b to a through the faces between two rows, over the spacing: harmonic means."""
    for i in range(len(out)):
        out[i] = w * (tb[i] - ta[i]) / (ra[i] + rb[i])


@njit(cache=True, nogil=True, **FAST)
def _flux_in_ice(w, ta, tb, ra, rb, qa, qb, ma, mb, out):  # type: ignore[no-untyped-def]
    """As `_flux`, but between cells of one medium the conductivity is averaged over temperature (Kirchhoff).

    A freezing front inside a cell then does not lag by the resistance of the half-frozen cell.
    """
    for i in range(len(out)):
        across = (tb[i] - ta[i]) / (ra[i] + rb[i])
        same = np.float32(ma[i] == mb[i])
        out[i] = w * (across + same * ((qb[i] - qa[i]) - across))


@njit(cache=True, nogil=True, **FAST)
def _living(t, medium, table, frozen, out):  # type: ignore[no-untyped-def]
    """Heat from blood and metabolism of a row, none in ice; returns its sum."""
    blood, perfusion, high = table[BLOOD_W_M3], table[PERFUSION], table[HIGH_C]
    total = np.float32(0.0)
    if frozen:
        for i in range(len(t)):
            n = medium[i]
            out[i] = np.float32(t[i] >= high[n]) * (blood[n] - perfusion[n] * t[i])
    else:
        for i in range(len(t)):
            n = medium[i]
            out[i] = blood[n] - perfusion[n] * t[i]
    for i in range(len(t)):
        total += out[i]
    return total


@njit(cache=True, nogil=True, **FAST)
def _hold(medium, table, rate):  # type: ignore[no-untyped-def]
    """Let cells of held media keep their temperature; returns what they carry away."""
    moves = table[MOVES]
    total = np.float32(0.0)
    for i in range(len(rate)):
        total += (np.float32(1.0) - moves[medium[i]]) * rate[i]
    for i in range(len(rate)):
        rate[i] *= moves[medium[i]]
    return total


@njit(cache=True, nogil=True, **FAST)
def _sum(values):  # type: ignore[no-untyped-def]
    total = np.float32(0.0)
    for i in range(len(values)):
        total += values[i]
    return total


@njit(cache=True, nogil=True, **FAST)
def _plane_state(first, k, window, h0, d_mid, medium, table, t, r, q, frozen):  # type: ignore[no-untyped-def]
    """State of one plane into its buffers, which have a ghost around; returns whether anything is frozen."""
    j0, j1, i0, i1 = window[2], window[3], window[4], window[5]
    h = np.empty(i1 - i0, np.float32)
    some = False
    for j in range(j1 - j0):
        own, start = medium[k, j0 + j, i0:i1], h0[k, j0 + j, i0:i1]
        if first:
            h[:] = start
        else:
            changed = d_mid[k, j0 + j, i0:i1]
            for i in range(len(h)):
                h[i] = start[i] + changed[i]
        tj, rj = t[j + 1, 1:-1], r[j + 1, 1:-1]
        frozen[j + 1] = _thawed_row(h, own, table, tj, rj) > 0
        if frozen[j + 1]:
            _frozen_row(h, own, table, tj, rj, q[j + 1, 1:-1])
            some = True
    return some


@njit(cache=True, nogil=True, **FAST)
def _all_theta(k, window, medium, table, t, q, frozen):  # type: ignore[no-untyped-def]
    """Work out the conductivity integral of those rows of a plane that have no frozen cells."""
    j0, j1, i0, i1 = window[2], window[3], window[4], window[5]
    for j in range(j1 - j0):
        if not frozen[j + 1]:
            _thawed_theta(t[j + 1, 1:-1], medium[k, j0 + j, i0:i1], table, q[j + 1, 1:-1])


@njit(cache=True, nogil=True, **FAST)
def _between_planes(w, k, window, medium, t, r, q, frozen, out):  # type: ignore[no-untyped-def]
    """Fluxes from plane ``k`` to the one below, both in their buffers; returns what enters where that is a face."""
    j0, j1, i0, i1 = window[2], window[3], window[4], window[5]
    b, p = (k - 1) % 3, k % 3
    inside = window[0] < k < window[1]
    total = 0.0
    for j in range(j1 - j0):
        n, to = j + 1, out[j]
        ta, ra, tb, rb = t[b, n, 1:-1], r[b, n, 1:-1], t[p, n, 1:-1], r[p, n, 1:-1]
        if inside and (frozen[b, n] or frozen[p, n]):
            ma, mb = medium[k - 1, j0 + j, i0:i1], medium[k, j0 + j, i0:i1]
            _flux_in_ice(w, ta, tb, ra, rb, q[b, n, 1:-1], q[p, n, 1:-1], ma, mb, to)
        else:
            _flux(w, ta, tb, ra, rb, to)
        if not inside:
            total += _sum(to)
    return total if k == window[1] else -total


@njit(cache=True, nogil=True, **FAST)
def _change(  # type: ignore[no-untyped-def]
    first, c, wj, wi, k, window, d_mid, d_new, m0, medium, source, source_scale, some_held, table, t, r, q, frozen,
    down, up,
):  # fmt: skip
    """Combine what comes to the cells of one plane into their changes; returns living heat, and through its sides.

    Row by row, so that all temporaries stay in the nearest cache.
    """
    j0, i0, i1 = window[2], window[4], window[5]
    nj, ni = window[3] - j0, i1 - i0
    c0, c1, c3, c4 = c[0], c[1], c[2], c[3]
    south, north = np.empty(ni, np.float32), np.empty(ni, np.float32)
    along, rate, living = np.empty(ni + 1, np.float32), np.empty(ni, np.float32), np.empty(ni, np.float32)
    _flux(wj, t[0, 1:-1], t[1, 1:-1], r[0, 1:-1], r[1, 1:-1], south)
    alive_w, sides_w = 0.0, -_sum(south)
    for j in range(nj):
        n, row = j + 1, j0 + j
        own, tn, rn = medium[k, row, i0:i1], t[n], r[n]
        ta, ra, tb, rb = tn[1:-1], rn[1:-1], t[n + 1, 1:-1], r[n + 1, 1:-1]
        _flux(wi, tn[:-1], tn[1:], rn[:-1], rn[1:], along)
        if frozen[n]:
            _flux_in_ice(
                wi, tn[1:-2], tn[2:-1], rn[1:-2], rn[2:-1], q[n, 1:-2], q[n, 2:-1], own[:-1], own[1:], along[1:-1]
            )
        sides_w += along[ni] - along[0]
        if n < nj and (frozen[n] or frozen[n + 1]):
            next_own = medium[k, row + 1, i0:i1]
            _flux_in_ice(wj, ta, tb, ra, rb, q[n, 1:-1], q[n + 1, 1:-1], own, next_own, north)
        else:
            _flux(wj, ta, tb, ra, rb, north)
        alive_w += _living(ta, own, table, frozen[n], living)
        below, above = down[j], up[j]
        for i in range(ni):
            rate[i] = (above[i] - below[i]) + (north[i] - south[i]) + (along[i + 1] - along[i]) + living[i]
        if source.shape[0] > 0:
            given = source[k, row, i0:i1]
            for i in range(ni):
                rate[i] += source_scale * given[i]
        if some_held:
            alive_w -= _hold(own, table, rate)
        out, kept = d_new[k, row, i0:i1], m0[k, row, i0:i1]
        if first:
            kept[:] = rate
            for i in range(ni):
                out[i] = c3 * rate[i]
        else:
            mid = d_mid[k, row, i0:i1]
            for i in range(ni):
                out[i] = c0 * mid[i] + c1 * out[i] + c3 * rate[i] + c4 * kept[i]
        south, north = north, south
    return alive_w, sides_w + _sum(south)


@njit(cache=True, nogil=True, **FAST)
def _slab(  # type: ignore[no-untyped-def]
    first, c, inv_h2, ghost_c, ghost_r, window, k_from, k_to, h0, d_mid, d_new, m0, medium, source, source_scale,
    some_held, table,
):  # fmt: skip
    """One stage of the planes ``k_from`` to ``k_to`` of a window; returns heat of living tissue and through faces."""
    wk, wj, wi = inv_h2
    shape = (window[3] - window[2] + 2, window[5] - window[4] + 2)
    # Three planes of temperature, half resistivity and conductivity integral, with one ghost around.
    t, r, q = np.empty((3, *shape), np.float32), np.empty((3, *shape), np.float32), np.zeros((3, *shape), np.float32)
    frozen, icy = np.zeros((3, shape[0]), np.bool_), np.zeros(3, np.bool_)
    down, up = np.zeros((shape[0] - 2, shape[1] - 2), np.float32), np.zeros((shape[0] - 2, shape[1] - 2), np.float32)
    t[:] = ghost_c
    r[:, 0, :], r[:, -1, :], r[:, :, 0], r[:, :, -1] = ghost_r[2], ghost_r[3], ghost_r[4], ghost_r[5]
    alive_w, faces_w = 0.0, 0.0
    for k in range(k_from - 1, k_to + 1):
        p, b = k % 3, (k - 1) % 3
        if window[0] <= k < window[1]:
            icy[p] = _plane_state(first, k, window, h0, d_mid, medium, table, t[p], r[p], q[p], frozen[p])
            if icy[p] or icy[b]:
                _all_theta(k, window, medium, table, t[p], q[p], frozen[p])
        else:
            t[p, 1:-1, 1:-1], r[p, 1:-1, 1:-1] = ghost_c, ghost_r[0] if k < window[0] else ghost_r[1]
            frozen[p], icy[p] = False, False
        if k < k_from:
            continue
        if icy[p] and not icy[b] and k > window[0]:
            _all_theta(k - 1, window, medium, table, t[b], q[b], frozen[b])
        at_face_w = _between_planes(wk, k, window, medium, t, r, q, frozen, up)
        if k == window[0] or k == window[1]:
            faces_w += at_face_w
        if k > k_from:
            living_w, sides_w = _change(
                first, c, wj, wi, k - 1, window, d_mid, d_new, m0, medium, source, source_scale, some_held, table,
                t[b], r[b], q[b], frozen[b], down, up,
            )  # fmt: skip
            alive_w, faces_w = alive_w + living_w, faces_w + sides_w
        down, up = up, down
    return alive_w, faces_w


@njit(cache=True, nogil=True, parallel=True, **FAST)
def stage(  # type: ignore[no-untyped-def]
    first,
    c,
    inv_h2,
    ghost_c,
    ghost_r,
    window,
    h0,
    d_mid,
    d_new,
    m0,
    medium,
    source,
    source_scale,
    some_held,
    table,
    sums,
):
    """One stage of the super-time-stepping: ``d_new`` becomes the combined change of enthalpy since ``h0``.

    ``c`` holds mu, nu, mu~ dt and gamma~ dt of d_mid, of d_new before, of the rate and of the first stage's rate, which
    that stage stores in ``m0``. ``sums`` gets the heat of living tissue and through the faces of the window, per volume
    of a cell, of every slab; there is one slab for every thread.
    """
    slabs = len(sums)
    n = window[1] - window[0]
    for s in prange(slabs):
        alive_w, faces_w = _slab(
            first, c, inv_h2, ghost_c, ghost_r, window, window[0] + n * s // slabs, window[0] + n * (s + 1) // slabs, h0,
            d_mid, d_new, m0, medium, source, source_scale, some_held, table,
        )  # fmt: skip
        sums[s, 0], sums[s, 1] = alive_w, faces_w
