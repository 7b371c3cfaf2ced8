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
def _need_theta(p, j, t, medium, table, q, has_theta):  # type: ignore[no-untyped-def]
    """Work out the conductivity integral of a row without frozen cells beside one with them."""
    if not has_theta[p, j]:
        _thawed_theta(t[p, j, 1:-1], medium, table, q[p, j, 1:-1])
        has_theta[p, j] = True


@njit(cache=True, nogil=True, **FAST)
def _plane_state(first, k, window, h0, d_mid, medium, table, t, r, q, frozen):  # type: ignore[no-untyped-def]
    """State of one plane into its buffers, which have a ghost around."""
    j0, j1, i0, i1 = window[2], window[3], window[4], window[5]
    h = np.empty(i1 - i0, np.float32)
    for j in range(j1 - j0):
        own, start = medium[k, j0 + j, i0:i1], h0[k, j0 + j, i0:i1]
        if first:
            h[:] = start
        else:
            changed = d_mid[k, j0 + j, i0:i1]
            for i in range(len(h)):
                h[i] = start[i] + changed[i]
        tj, rj = t[j + 1, 1:-1], r[j + 1, 1:-1]
        if _thawed_row(h, own, table, tj, rj) > 0:
            _frozen_row(h, own, table, tj, rj, q[j + 1, 1:-1])
            frozen[j + 1] = True


@njit(cache=True, nogil=True, **FAST)
def _between_planes(w, k, window, medium, table, t, r, q, frozen, has_theta, out):  # type: ignore[no-untyped-def]
    """Fluxes from plane ``k`` to the one below, both in their buffers; returns their sum where it is a face."""
    j0, j1, i0, i1 = window[2], window[3], window[4], window[5]
    b, p = (k - 1) % 3, k % 3
    inside = window[0] < k < window[1]
    total = 0.0
    for j in range(j1 - j0):
        ta, ra, tb, rb = t[b, j + 1, 1:-1], r[b, j + 1, 1:-1], t[p, j + 1, 1:-1], r[p, j + 1, 1:-1]
        if inside and (frozen[b, j + 1] or frozen[p, j + 1]):
            ma, mb = medium[k - 1, j0 + j, i0:i1], medium[k, j0 + j, i0:i1]
            _need_theta(b, j + 1, t, ma, table, q, has_theta)
            _need_theta(p, j + 1, t, mb, table, q, has_theta)
            _flux_in_ice(w, ta, tb, ra, rb, q[b, j + 1, 1:-1], q[p, j + 1, 1:-1], ma, mb, out[j])
        else:
            _flux(w, ta, tb, ra, rb, out[j])
        if not inside:
            total += _sum(out[j])
    return total if k == window[1] else -total


@njit(cache=True, nogil=True, **FAST)
def _along_row(w, j, own, t, r, q, frozen, out):  # type: ignore[no-untyped-def]
    """Fluxes along row ``j`` of a plane; returns what enters through its two ends."""
    tj, rj = t[j], r[j]
    _flux(w, tj[:-1], tj[1:], rj[:-1], rj[1:], out)
    if frozen[j]:
        qj = q[j]
        _flux_in_ice(w, tj[1:-2], tj[2:-1], rj[1:-2], rj[2:-1], qj[1:-2], qj[2:-1], own[:-1], own[1:], out[1:-1])
    return out[len(out) - 1] - out[0]


@njit(cache=True, nogil=True, **FAST)
def _across_rows(w, b, j, own, north, last, t, r, q, frozen, has_theta, table, out):  # type: ignore[no-untyped-def]
    """Fluxes from row ``j + 1`` of buffer ``b`` to row ``j``; returns their sum where it is a face."""
    ta, ra, tb, rb = t[b, j, 1:-1], r[b, j, 1:-1], t[b, j + 1, 1:-1], r[b, j + 1, 1:-1]
    if not last and (frozen[b, j] or frozen[b, j + 1]):
        _need_theta(b, j, t, own, table, q, has_theta)
        _need_theta(b, j + 1, t, north, table, q, has_theta)
        _flux_in_ice(w, ta, tb, ra, rb, q[b, j, 1:-1], q[b, j + 1, 1:-1], own, north, out)
    else:
        _flux(w, ta, tb, ra, rb, out)
    return _sum(out) if last else np.float32(0.0)


@njit(cache=True, nogil=True, **FAST)
def _combine(first, c, rate, mid, out, kept):  # type: ignore[no-untyped-def]
    """The change of enthalpy of a row after this stage."""
    c0, c1, c3, c4 = c[0], c[1], c[2], c[3]
    if first:
        kept[:] = rate
        for i in range(len(rate)):
            out[i] = c3 * rate[i]
    else:
        for i in range(len(rate)):
            out[i] = c0 * mid[i] + c1 * out[i] + c3 * rate[i] + c4 * kept[i]


@njit(cache=True, nogil=True, **FAST)
def _slab(  # type: ignore[no-untyped-def]
    first, c, inv_h2, ghost_c, ghost_r, window, k_from, k_to, h0, d_mid, d_new, m0, medium, source, source_scale,
    some_held, table,
):  # fmt: skip
    """One stage of the planes ``k_from`` to ``k_to`` of a window; returns heat of living tissue and through faces."""
    wk, wj, wi = inv_h2
    j0, i0, i1 = window[2], window[4], window[5]
    nj, ni = window[3] - j0, i1 - i0
    # Three planes of temperature, half resistivity and conductivity integral, with one ghost around.
    t = np.full((3, nj + 2, ni + 2), ghost_c, np.float32)
    r, q = np.zeros((3, nj + 2, ni + 2), np.float32), np.zeros((3, nj + 2, ni + 2), np.float32)
    frozen, has_theta = np.zeros((3, nj + 2), np.bool_), np.zeros((3, nj + 2), np.bool_)
    down, up = np.zeros((nj, ni), np.float32), np.zeros((nj, ni), np.float32)
    south, north = np.zeros(ni, np.float32), np.zeros(ni, np.float32)
    along, rate, living = np.zeros(ni + 1, np.float32), np.empty(ni, np.float32), np.empty(ni, np.float32)
    alive_w, faces_w = 0.0, 0.0
    for k in range(k_from - 1, k_to + 1):
        p, b = k % 3, (k - 1) % 3
        r[p, 0, :], r[p, nj + 1, :] = ghost_r[2], ghost_r[3]
        r[p, :, 0], r[p, :, ni + 1] = ghost_r[4], ghost_r[5]
        frozen[p] = False
        if window[0] <= k < window[1]:
            _plane_state(first, k, window, h0, d_mid, medium, table, t[p], r[p], q[p], frozen[p])
        else:
            t[p], r[p] = ghost_c, ghost_r[0] if k < window[0] else ghost_r[1]
        has_theta[p] = frozen[p]
        if k < k_from:
            continue
        on_face = _between_planes(wk, k, window, medium, table, t, r, q, frozen, has_theta, up)
        if k == window[0] or k == window[1]:
            faces_w += on_face
        if k > k_from:
            at = k - 1
            _flux(wj, t[b, 0, 1:-1], t[b, 1, 1:-1], r[b, 0, 1:-1], r[b, 1, 1:-1], south)
            faces_w -= _sum(south)
            for j in range(nj):
                row, last = j0 + j, j + 1 == nj
                own, next_own = medium[at, row, i0:i1], medium[at, row + (0 if last else 1), i0:i1]
                faces_w += _along_row(wi, j + 1, own, t[b], r[b], q[b], frozen[b], along)
                faces_w += _across_rows(wj, b, j + 1, own, next_own, last, t, r, q, frozen, has_theta, table, north)
                alive_w += _living(t[b, j + 1, 1:-1], own, table, frozen[b, j + 1], living)
                below, above = down[j], up[j]
                for i in range(ni):
                    rate[i] = (above[i] - below[i]) + (north[i] - south[i]) + (along[i + 1] - along[i]) + living[i]
                if source.shape[0] > 0:
                    given = source[at, row, i0:i1]
                    for i in range(ni):
                        rate[i] += source_scale * given[i]
                if some_held:
                    alive_w -= _hold(own, table, rate)
                _combine(first, c, rate, d_mid[at, row, i0:i1], d_new[at, row, i0:i1], m0[at, row, i0:i1])
                south, north = north, south
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
