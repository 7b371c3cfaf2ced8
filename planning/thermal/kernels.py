"""Compiled inner loops of the bio-heat solver: one stage of a step.

All arrays are C-contiguous, without ghost layers, and in SI. What is stepped is the *content* of a cell: its enthalpy,
given as the temperature the cell would have if it neither froze nor boiled. In thawed tissue, which is nearly all of it,
content and temperature are the same, and a stage is plain arithmetic on fields, without a look at the table of media;
rows with ice or steam go through the freezing range, Kirchhoff's average and the boiling range.

Only the cells of a window take part; ghost cells around it have a temperature and a half resistivity of their own. The
half resistivity is 1 / (2 k), so that the harmonic mean over two cells of widths a and b is 1 / (r_a a + r_b b): a ghost
of 0 is a face held at the ghost's temperature, a huge one is insulated. Temperatures are worked out plane by plane in
buffers that stay in the processor's cache.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from planning.thermal.properties import (
    COLD_RATIO,
    COLD_SLOPE,
    HIGH_C,
    INV_LOW_CONTENT,
    K_BODY,
    K_COLD,
    K_COLD_SLOPE,
    K_HIGH,
    K_SLOPE,
    LOW_CONTENT,
    REFERENCE_C,
    SPAN_C,
    VAPOUR_C,
    VAPOUR_SHARE,
)

FAST = {"error_model": "numpy", "fastmath": {"contract", "reassoc", "arcp", "nsz"}}
"""No exceptions from divisions, no promise on the order of sums; not-a-number stays visible."""

_MAY_BOIL_C = np.float32(80.0)
_LEAST_ROOT = np.float32(0.02)
_BODY, _NEAR_BODY_K = np.float32(REFERENCE_C), np.float32(1.0)


@njit(cache=True, nogil=True, inline="always", **FAST)
def below_freezing(deep, slope):  # type: ignore[no-untyped-def]
    """Kelvins below the freezing range, from the content below it over the heat capacity at its lower end.

    The heat capacity of ice falls by ``slope`` of its value there per kelvin, so that the content is a parabola.
    """
    return 2.0 * deep / (1.0 + math.sqrt(max(1.0 - 2.0 * slope * deep, _LEAST_ROOT)))


@njit(cache=True, nogil=True, inline="always", **FAST)
def temperature_of(content, table, n):  # type: ignore[no-untyped-def]
    """Temperature of one cell of medium ``n`` from its content."""
    x = content - table[HIGH_C, n]
    if x >= 0.0:
        over = content - table[VAPOUR_C, n]
        return content if over <= 0.0 else table[VAPOUR_C, n] + over * table[VAPOUR_SHARE, n]
    part = min(x * table[INV_LOW_CONTENT, n], 1.0)
    deep = max(table[LOW_CONTENT, n] - x, 0.0) * table[COLD_RATIO, n]
    return table[HIGH_C, n] - table[SPAN_C, n] * part - below_freezing(deep, table[COLD_SLOPE, n])


@njit(cache=True, nogil=True, parallel=True, **FAST)
def temperatures(content, medium, table, out):  # type: ignore[no-untyped-def]
    """Temperature of all cells."""
    nk, nj, ni = content.shape
    for k in prange(nk):
        for j in range(nj):
            for i in range(ni):
                out[k, j, i] = temperature_of(content[k, j, i], table, medium[k, j, i])


@njit(cache=True, nogil=True, inline="always", **FAST)
def _thawed_row(content, half_r, t, r, freezes_c):  # type: ignore[no-untyped-def]
    """State of a row as if nothing in it froze or boiled; returns how many cells may do either, or are not at body heat."""
    cold, hot, other = np.float32(0.0), np.float32(0.0), np.float32(0.0)
    for i in range(len(t)):
        x = content[i]
        t[i] = x
        r[i] = half_r[i]
        cold += np.float32(x < freezes_c)
        hot += np.float32(x > _MAY_BOIL_C)
        other += np.float32(abs(x - _BODY) > _NEAR_BODY_K)
    return cold, hot, other


@njit(cache=True, nogil=True, inline="always", **FAST)
def _changed_row(content, change, half_r, t, r, freezes_c):  # type: ignore[no-untyped-def]
    """As `_thawed_row`, of the content with its change since the start of the step."""
    cold, hot, other = np.float32(0.0), np.float32(0.0), np.float32(0.0)
    for i in range(len(t)):
        x = content[i] + change[i]
        t[i] = x
        r[i] = half_r[i]
        cold += np.float32(x < freezes_c)
        hot += np.float32(x > _MAY_BOIL_C)
        other += np.float32(abs(x - _BODY) > _NEAR_BODY_K)
    return cold, hot, other


@njit(cache=True, nogil=True, **FAST)
def _boil(medium, table, t):  # type: ignore[no-untyped-def]
    """Spread what goes beyond boiling over the heat that steam takes."""
    for i in range(len(t)):
        n = medium[i]
        over = t[i] - table[VAPOUR_C, n]
        if over > 0:
            t[i] = table[VAPOUR_C, n] + over * table[VAPOUR_SHARE, n]


@njit(cache=True, nogil=True, **FAST)
def _conduct_better(medium, table, t, r):  # type: ignore[no-untyped-def]
    """Let the conductivity of a thawed row follow its temperature."""
    slope = table[K_SLOPE]
    for i in range(len(t)):
        r[i] /= np.float32(1.0) + slope[medium[i]] * (t[i] - _BODY)


@njit(cache=True, nogil=True, **FAST)
def _frozen_row(medium, table, t, r, q):  # type: ignore[no-untyped-def]
    """Turn the contents of a row with frozen cells, in ``t``, into temperature, half resistivity and integral of k."""
    zero, one, half = np.float32(0.0), np.float32(1.0), np.float32(0.5)
    for i in range(len(t)):
        n = medium[i]
        high, x = table[HIGH_C, n], t[i] - table[HIGH_C, n]
        above = x if x > zero else zero
        part = x * table[INV_LOW_CONTENT, n]
        part = part if part > zero else zero
        part = part if part < one else one
        deep = table[LOW_CONTENT, n] - x
        deep = (deep if deep > zero else zero) * table[COLD_RATIO, n]
        root = one - (one + one) * table[COLD_SLOPE, n] * deep
        root = root if root > _LEAST_ROOT else _LEAST_ROOT
        below = (deep + deep) / (one + np.sqrt(root))
        slope, cold_slope = table[K_SLOPE, n], table[K_COLD_SLOPE, n]
        change, span = table[K_COLD, n] - table[K_HIGH, n], table[SPAN_C, n] * part
        warm_k = table[K_BODY, n] * (one + slope * (high + above - _BODY))
        cold_k = (table[K_HIGH, n] + change * part) * (one + cold_slope * below)
        t[i] = high + above - span - below
        r[i] = half / (warm_k if x > zero else cold_k)
        q[i] = (
            table[K_BODY, n] * above * (one + slope * (high + half * above - _BODY))
            - span * (table[K_HIGH, n] + half * change * part)
            - table[K_COLD, n] * below * (one + half * cold_slope * below)
        )


@njit(cache=True, nogil=True)
def _between_cold(t, freezes_c):  # type: ignore[no-untyped-def]
    """Begin and end of the part of a row outside which nothing may freeze."""
    a, b = 0, len(t)
    while a < b and t[a] >= freezes_c:
        a += 1
    while b > a and t[b - 1] >= freezes_c:
        b -= 1
    return a, b


@njit(cache=True, nogil=True, **FAST)
def _thawed_integral(t, medium, table, q):  # type: ignore[no-untyped-def]
    """Integral of k over temperature of a row without frozen cells."""
    half, one = np.float32(0.5), np.float32(1.0)
    for i in range(len(t)):
        n = medium[i]
        high = table[HIGH_C, n]
        q[i] = table[K_BODY, n] * (t[i] - high) * (one + table[K_SLOPE, n] * (half * (t[i] + high) - _BODY))


@njit(cache=True, nogil=True, inline="always", **FAST)
def _flux(wa, wb, ta, tb, ra, rb, out):  # type: ignore[no-untyped-def]
    """Heat in W/m² from row b to row a, whose cells are ``wa`` and ``wb`` wide: harmonic means."""
    for i in range(len(out)):
        out[i] = (tb[i] - ta[i]) / (wa * ra[i] + wb * rb[i])


@njit(cache=True, nogil=True, inline="always", **FAST)
def _flux_along(w, t, r, out):  # type: ignore[no-untyped-def]
    """Heat in W/m² from every cell of a row, with a ghost at either end, to the one before."""
    for i in range(len(out)):
        out[i] = (t[i + 1] - t[i]) / (w[i] * r[i] + w[i + 1] * r[i + 1])


@njit(cache=True, nogil=True, **FAST)
def _same_medium(inv_apart, qa, qb, ma, mb, out):  # type: ignore[no-untyped-def]
    """Average the conductivity over temperature between cells of one medium (Kirchhoff).

    A freezing front inside a cell then does not lag by the resistance of the half-frozen cell.
    """
    for i in range(len(out)):
        out[i] += np.float32(ma[i] == mb[i]) * ((qb[i] - qa[i]) * inv_apart - out[i])


@njit(cache=True, nogil=True, **FAST)
def _same_medium_along(w, q, m, out):  # type: ignore[no-untyped-def]
    """As `_same_medium`, between the cells of one row."""
    for i in range(len(m) - 1):
        inv_apart = np.float32(2.0) / (w[i] + w[i + 1])
        out[i] += np.float32(m[i] == m[i + 1]) * ((q[i + 1] - q[i]) * inv_apart - out[i])


@njit(cache=True, nogil=True, inline="always", **FAST)
def _warming(wk, wj, inv_wi, below, above, south, north, along, inv_c, rate):  # type: ignore[no-untyped-def]
    """Rate of a row in K/s from the heat through the faces of its cells."""
    for i in range(len(rate)):
        rate[i] = inv_c[i] * (
            wk * (above[i] - below[i]) + wj * (north[i] - south[i]) + inv_wi[i] * (along[i + 1] - along[i])
        )


@njit(cache=True, nogil=True, inline="always", **FAST)
def _combine(c0, c1, c3, c4, mid, kept, rate, out):  # type: ignore[no-untyped-def]
    """Change of a row after a stage, from those of the two before, its rate and the first stage's rate."""
    for i in range(len(out)):
        out[i] = c0 * mid[i] + c1 * out[i] + c3 * rate[i] + c4 * kept[i]


@njit(cache=True, nogil=True, **FAST)
def _weighted(values, w):  # type: ignore[no-untyped-def]
    total = np.float32(0.0)
    for i in range(len(values)):
        total += values[i] * w[i]
    return total


@njit(cache=True, nogil=True, **FAST)
def _held(wk, wj, wi, below, above, south, north, along, inv_c):  # type: ignore[no-untyped-def]
    """What the cells of a row that keep their temperature carry away, in W over the area of the row's cross-section."""
    total = np.float32(0.0)
    for i in range(len(inv_c)):
        if inv_c[i] == 0:
            into = (above[i] - below[i]) / wk + (north[i] - south[i]) / wj + (along[i + 1] - along[i]) / wi[i]
            total += into * wi[i]
    return total


@njit(cache=True, nogil=True, **FAST)
def _plane_state(first, k, window, content, d_mid, fields, table, freezes_c, some_slope, t, r, q, frozen):  # type: ignore[no-untyped-def]
    """State of one plane into its buffers, which have a ghost around; returns whether anything is frozen."""
    half_r, _, medium = fields
    j0, j1, i0, i1 = window[2], window[3], window[4], window[5]
    some = False
    for j in range(j1 - j0):
        row, tj, rj = j0 + j, t[j + 1, 1:-1], r[j + 1, 1:-1]
        if first:
            cold, hot, other = _thawed_row(content[k, row, i0:i1], half_r[k, row, i0:i1], tj, rj, freezes_c)
        else:
            cold, hot, other = _changed_row(
                content[k, row, i0:i1], d_mid[k, row, i0:i1], half_r[k, row, i0:i1], tj, rj, freezes_c
            )
        frozen[j + 1] = cold > 0
        if frozen[j + 1]:
            own, qj = medium[k, row, i0:i1], q[j + 1, 1:-1]
            a, b = _between_cold(tj, freezes_c)
            _thawed_integral(tj[:a], own[:a], table, qj[:a])
            _frozen_row(own[a:b], table, tj[a:b], rj[a:b], qj[a:b])
            _thawed_integral(tj[b:], own[b:], table, qj[b:])
            if some_slope:
                _conduct_better(own[:a], table, tj[:a], rj[:a])
                _conduct_better(own[b:], table, tj[b:], rj[b:])
            some = True
        else:
            if hot > 0:
                _boil(medium[k, row, i0:i1], table, tj)
            if some_slope and other > 0:
                _conduct_better(medium[k, row, i0:i1], table, tj, rj)
    return some


@njit(cache=True, nogil=True, **FAST)
def _integrals_beside(k, window, medium, table, t, q, frozen, frozen_in_other):  # type: ignore[no-untyped-def]
    """Work out the conductivity integral of rows without ice beside rows with it, in their plane or in one next to it."""
    j0, j1, i0, i1 = window[2], window[3], window[4], window[5]
    for j in range(j1 - j0):
        n = j + 1
        if not frozen[n] and (frozen[n - 1] or frozen[n + 1] or frozen_in_other[n]):
            _thawed_integral(t[n, 1:-1], medium[k, j0 + j, i0:i1], table, q[n, 1:-1])


@njit(cache=True, nogil=True, **FAST)
def _between_planes(k, window, widths, medium, t, r, q, frozen, out):  # type: ignore[no-untyped-def]
    """Fluxes from plane ``k`` to the one below, both in their buffers; returns the W that enter where that is a face."""
    all_wk, all_wj, all_wi = widths
    j0, j1, i0, i1 = window[2], window[3], window[4], window[5]
    b, p = (k - 1) % 3, k % 3
    inside = window[0] < k < window[1]
    wa, wb = all_wk[max(k - 1, 0)], all_wk[min(k, len(all_wk) - 1)]
    entering_w = 0.0
    for j in range(j1 - j0):
        n, to = j + 1, out[j]
        _flux(wa, wb, t[b, n, 1:-1], t[p, n, 1:-1], r[b, n, 1:-1], r[p, n, 1:-1], to)
        if not inside:
            entering_w += _weighted(to, all_wi[i0 + 1 : i1 + 1]) * all_wj[j0 + j]
        elif frozen[b, n] or frozen[p, n]:
            ma, mb = medium[k - 1, j0 + j, i0:i1], medium[k, j0 + j, i0:i1]
            _same_medium(np.float32(2.0) / (wa + wb), q[b, n, 1:-1], q[p, n, 1:-1], ma, mb, to)
    return entering_w if k == window[1] else -entering_w


@njit(cache=True, nogil=True, **FAST)
def _change(  # type: ignore[no-untyped-def]
    first, c, k, window, widths, d_mid, d_new, m0, fields, source, source_scale, some_held, t, r, q, frozen, down, up,
):  # fmt: skip
    """Combine what comes to the cells of one plane into their changes; returns the W through its sides and held cells.

    Row by row, so that all temporaries stay in the nearest cache.
    """
    all_wk, all_wj, all_wi = widths
    _, inv_capacity, medium = fields
    j0, i0, i1 = window[2], window[4], window[5]
    nj, ni, last = window[3] - j0, i1 - i0, len(all_wj) - 1
    one, wk, wi = np.float32(1.0), all_wk[k], all_wi[i0 : i1 + 2]
    inv_wi = np.empty(ni, np.float32)
    inv_wi[:] = one / wi[1:-1]
    south, north = np.empty(ni, np.float32), np.empty(ni, np.float32)
    along, rate = np.empty(ni + 1, np.float32), np.empty(ni, np.float32)
    _flux(all_wj[max(j0 - 1, 0)], all_wj[j0], t[0, 1:-1], t[1, 1:-1], r[0, 1:-1], r[1, 1:-1], south)
    entering_w, held_w = -_weighted(south, wi[1:-1]) * wk, 0.0
    for j in range(nj):
        n, row = j + 1, j0 + j
        wj, w_next = all_wj[row], all_wj[min(row + 1, last)]
        inv_c = inv_capacity[k, row, i0:i1]
        _flux_along(wi, t[n], r[n], along)
        _flux(wj, w_next, t[n, 1:-1], t[n + 1, 1:-1], r[n, 1:-1], r[n + 1, 1:-1], north)
        if frozen[n]:
            _same_medium_along(wi[1:-1], q[n, 1:-1], medium[k, row, i0:i1], along[1:-1])
        if n < nj and (frozen[n] or frozen[n + 1]):
            own, other = medium[k, row, i0:i1], medium[k, row + 1, i0:i1]
            _same_medium(np.float32(2.0) / (wj + w_next), q[n, 1:-1], q[n + 1, 1:-1], own, other, north)
        entering_w += (along[ni] - along[0]) * wj * wk
        _warming(one / wk, one / wj, inv_wi, down[j], up[j], south, north, along, inv_c, rate)
        if source.shape[0] > 0:
            given = source[k, row, i0:i1]
            for i in range(ni):
                rate[i] += source_scale * given[i] * inv_c[i]
        if some_held:
            held_w += _held(wk, wj, wi[1:-1], down[j], up[j], south, north, along, inv_c) * wk * wj
        out, kept = d_new[k, row, i0:i1], m0[k, row, i0:i1]
        if first:
            kept[:] = rate
            for i in range(ni):
                out[i] = c[2] * rate[i]
        else:
            _combine(c[0], c[1], c[2], c[3], d_mid[k, row, i0:i1], kept, rate, out)
        south, north = north, south
    return entering_w + _weighted(south, wi[1:-1]) * wk - held_w


@njit(cache=True, nogil=True, **FAST)
def _slab(  # type: ignore[no-untyped-def]
    first, c, widths, ghost_c, ghost_r, window, k_from, k_to, content, d_mid, d_new, m0, fields, source, source_scale,
    flags, freezes_c, table,
):  # fmt: skip
    """One stage of the planes ``k_from`` to ``k_to`` of a window; returns the W through faces and held cells."""
    some_held, some_slope = flags
    medium = fields[2]
    shape = (window[3] - window[2] + 2, window[5] - window[4] + 2)
    # Three planes of temperature, half resistivity and conductivity integral, with one ghost around.
    t, r, q = np.empty((3, *shape), np.float32), np.empty((3, *shape), np.float32), np.zeros((3, *shape), np.float32)
    frozen, icy = np.zeros((3, shape[0]), np.bool_), np.zeros(3, np.bool_)
    down, up = np.zeros((shape[0] - 2, shape[1] - 2), np.float32), np.zeros((shape[0] - 2, shape[1] - 2), np.float32)
    t[:] = ghost_c
    r[:, 0, :], r[:, -1, :], r[:, :, 0], r[:, :, -1] = ghost_r[2], ghost_r[3], ghost_r[4], ghost_r[5]
    entering_w = 0.0
    for k in range(k_from - 1, k_to + 1):
        p, b = k % 3, (k - 1) % 3
        if window[0] <= k < window[1]:
            icy[p] = _plane_state(
                first, k, window, content, d_mid, fields, table, freezes_c, some_slope, t[p], r[p], q[p], frozen[p]
            )
            if icy[p] or icy[b]:
                _integrals_beside(k, window, medium, table, t[p], q[p], frozen[p], frozen[b])
        else:
            t[p, 1:-1, 1:-1], r[p, 1:-1, 1:-1] = ghost_c, ghost_r[0] if k < window[0] else ghost_r[1]
            frozen[p], icy[p] = False, False
        if k < k_from:
            continue
        if icy[p] and k > window[0]:
            _integrals_beside(k - 1, window, medium, table, t[b], q[b], frozen[b], frozen[p])
        at_face_w = _between_planes(k, window, widths, medium, t, r, q, frozen, up)
        if k == window[0] or k == window[1]:
            entering_w += at_face_w
        if k > k_from:
            entering_w += _change(
                first, c, k - 1, window, widths, d_mid, d_new, m0, fields, source, source_scale, some_held, t[b], r[b],
                q[b], frozen[b], down, up,
            )  # fmt: skip
        down, up = up, down
    return entering_w


@njit(cache=True, nogil=True, parallel=True, **FAST)
def stage(  # type: ignore[no-untyped-def]
    first, c, widths, ghost_c, ghost_r, window, content, d_mid, d_new, m0, fields, source, source_scale, flags, freezes_c,
    table, sums,
):  # fmt: skip
    """One stage of the super-time-stepping: ``d_new`` becomes the combined change of the content since the step began.

    ``c`` holds mu, nu, mu~ dt and gamma~ dt of d_mid, of d_new before, of the rate and of the first stage's rate, which
    that stage stores in ``m0``. ``widths`` are those of the cells along k, j and, with a ghost at either end, i.
    ``fields`` are half resistivity, one over the heat capacity (0 in cells that are held) and medium. ``sums`` gets the
    W through the faces of the window, less what held cells carry away, of every slab; there is one slab for every
    thread.
    """
    slabs = len(sums)
    n = window[1] - window[0]
    for s in prange(slabs):
        sums[s] = _slab(
            first, c, widths, ghost_c, ghost_r, window, window[0] + n * s // slabs, window[0] + n * (s + 1) // slabs,
            content, d_mid, d_new, m0, fields, source, source_scale, flags, freezes_c, table,
        )  # fmt: skip
