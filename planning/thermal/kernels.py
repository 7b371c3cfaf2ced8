"""Compiled inner loops of the bio-heat solver: one stage of a step.

All arrays are C-contiguous, without ghost layers, and in SI. What is stepped is the *content* of a cell: its enthalpy,
given as the temperature the cell would have if it neither froze nor boiled. In thawed tissue, which is nearly all of it,
content and temperature are the same, and a stage is plain arithmetic on fields; planes with ice or steam go through the
freezing range, Kirchhoff's average and the boiling range.

Only the cells of a window take part: some planes, some rows of them, and whole rows, so that the cells of a plane lie
side by side in memory and every loop runs over all of them at once. Ghost cells around it have a temperature and a half
resistivity of their own. The half resistivity is 1 / (2 k), so that the harmonic mean over two cells of widths a and b is
1 / (r_a a + r_b b): a ghost of 0 is a face held at the ghost's temperature, a huge one is insulated. Temperatures are
worked out plane by plane in buffers that stay in the processor's cache.

Loops over cells are functions of their own, which LLVM puts in the place of their calls; inlined by numba (``inline``) they
would not be vectorised.
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
    LOW_CONTENT,
    REFERENCE_C,
    SPAN_C,
    VAPOUR_C,
    VAPOUR_SHARE,
)

FAST = {"error_model": "numpy", "fastmath": {"contract", "reassoc", "arcp", "nsz"}}
"""No exceptions from divisions, no promise on the order of sums; not-a-number stays visible."""
LOOP = {**FAST, "forceinline": True}
"""For loops over the cells of a plane: to hand over a dozen arrays would take as long as a hundred cells."""

_MAY_BOIL_C = np.float32(80.0)
LEAST_ROOT = np.float32(0.02)
_NO_HEAT = np.float32(1e20)
"""Half resistivity of ghosts beyond which nothing goes through a face."""
_BODY = np.float32(REFERENCE_C)
_CELLS_OF_TILE = 7000
"""Of one plane of a tile, about."""


@njit(cache=True, nogil=True, inline="always", **FAST)
def below_freezing(deep, slope):  # type: ignore[no-untyped-def]
    """Kelvins below the freezing range, from the content below it over the heat capacity at its lower end.

    The heat capacity of ice falls by ``slope`` of its value there per kelvin, so that the content is a parabola.
    """
    return 2.0 * deep / (1.0 + math.sqrt(max(1.0 - 2.0 * slope * deep, LEAST_ROOT)))


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


@njit(cache=True, nogil=True, **LOOP)
def _state(content, change, k_body, slope, freezes_c, t, r):  # type: ignore[no-untyped-def]
    """Temperatures and half resistivities of cells as if thawed; returns how many may freeze, and how many may boil."""
    half, one, cold, hot = np.float32(0.5), np.float32(1.0), np.float32(0.0), np.float32(0.0)
    for m in range(len(t)):
        now = content[m] + change[m]
        t[m] = now
        r[m] = half / (k_body[m] * (one + slope[m] * (now - _BODY)))
        cold += np.float32(now < freezes_c)
        hot += np.float32(now > _MAY_BOIL_C)
    return cold, hot


@njit(cache=True, nogil=True, **LOOP)
def _boil(medium, k_body, slope, table, t, r):  # type: ignore[no-untyped-def]
    """Spread what goes beyond boiling over the heat that steam takes."""
    for m in range(len(t)):
        if t[m] > _MAY_BOIL_C:
            n = medium[m]
            over = t[m] - table[VAPOUR_C, n]
            if over > 0:
                t[m] = table[VAPOUR_C, n] + over * table[VAPOUR_SHARE, n]
                r[m] = np.float32(0.5) / (k_body[m] * (np.float32(1.0) + slope[m] * (t[m] - _BODY)))


@njit(cache=True, nogil=True, **LOOP)
def _thawed_integral(k_body, slope, high, t, q):  # type: ignore[no-untyped-def]
    """Integral of k over the temperature of thawed cells, from the upper end of the freezing range."""
    half, one = np.float32(0.5), np.float32(1.0)
    for m in range(len(q)):
        q[m] = k_body[m] * (t[m] - high[m]) * (one + slope[m] * (half * (t[m] + high[m]) - _BODY))


@njit(cache=True, nogil=True, **LOOP)
def _frozen(k_body, slope, high, span, inv_low, scale, cold_slope, k_cold, k_cold_slope, t, r, q):  # type: ignore[no-untyped-def]
    """Turn contents, in ``t``, of cells some of which are frozen, into temperature, half resistivity and integral of k.

    What these depend on are fields, as in `ICE_ROWS`: looked up in the table of media they would take three times as long.
    Divisions and roots take most of the time, and there are no more than need be.
    """
    zero, one, half = np.float32(0.0), np.float32(1.0), np.float32(0.5)
    for m in range(len(t)):
        x = t[m] - high[m]
        above = x if x > zero else zero
        share = x * inv_low[m]
        part = share if share > zero else zero
        part = part if part < one else one
        deep = share - one
        deep = (deep if deep > zero else zero) * scale[m]
        root = one - (one + one) * cold_slope[m] * deep
        root = root if root > LEAST_ROOT else LEAST_ROOT
        below = (deep + deep) / (one + np.sqrt(root))
        k_high = k_body[m] * (one + slope[m] * (high[m] - _BODY))
        change, frozen_k = k_cold[m] - k_high, span[m] * part
        warm_k = k_body[m] * (one + slope[m] * (high[m] + above - _BODY))
        cold_k = (k_high + change * part) * (one + k_cold_slope[m] * below)
        t[m] = high[m] + above - frozen_k - below
        r[m] = half / (warm_k if x > zero else cold_k)
        q[m] = (
            k_body[m] * above * (one + slope[m] * (high[m] + half * above - _BODY))
            - frozen_k * (k_high + half * change * part)
            - k_cold[m] * below * (one + half * k_cold_slope[m] * below)
        )


@njit(cache=True, nogil=True, **LOOP)
def _flux(wa, wb, ta, tb, ra, rb, out):  # type: ignore[no-untyped-def]
    """Heat in W/m² from cells b to cells a, planes of ``wa`` and ``wb`` thick: harmonic means."""
    for m in range(len(out)):
        out[m] = (tb[m] - ta[m]) / (wa * ra[m] + wb * rb[m])


@njit(cache=True, nogil=True, **LOOP)
def _flux_beside(wa, wb, ta, tb, ra, rb, out):  # type: ignore[no-untyped-def]
    """As `_flux`, every cell with a width of its own."""
    for m in range(len(out)):
        out[m] = (tb[m] - ta[m]) / (wa[m] * ra[m] + wb[m] * rb[m])


@njit(cache=True, nogil=True, **LOOP)
def _same_medium(inv_apart, qa, qb, ma, mb, out):  # type: ignore[no-untyped-def]
    """Average the conductivity over temperature between cells of one medium (Kirchhoff).

    A freezing front inside a cell then does not lag by the resistance of the half-frozen cell.
    """
    for m in range(len(out)):
        out[m] += np.float32(ma[m] == mb[m]) * ((qb[m] - qa[m]) * inv_apart - out[m])


@njit(cache=True, nogil=True, **LOOP)
def _pairs_in_ice(inv_apart, q, medium, step, out):  # type: ignore[no-untyped-def]
    """As `_same_medium`, between the cells of a plane and those ``step`` further on, every pair with a distance of its own."""
    qb, mb = q[step:], medium[step:]
    for m in range(len(out)):
        out[m] += np.float32(medium[m] == mb[m]) * ((qb[m] - q[m]) * inv_apart[m] - out[m])


@njit(cache=True, nogil=True, **LOOP)
def _begin(c3, inv_wk, inv_wj, inv_wi, below, above, south, north, west, east, inv_c, kept, out):  # type: ignore[no-untyped-def]
    """Change of cells after the first stage, by the heat through their faces; its rate in K/s is kept."""
    for m in range(len(out)):
        rate = inv_c[m] * (
            inv_wk * (above[m] - below[m]) + inv_wj[m] * (north[m] - south[m]) + inv_wi[m] * (east[m] - west[m])
        )
        kept[m] = rate
        out[m] = c3 * rate


@njit(cache=True, nogil=True, **LOOP)
def _combine(  # type: ignore[no-untyped-def]
    c0, c1, c3, c4, inv_wk, inv_wj, inv_wi, below, above, south, north, west, east, inv_c, mid, kept, out
):
    """Change of cells after a stage, from those of the two before, its rate and the first stage's rate."""
    for m in range(len(out)):
        rate = inv_c[m] * (
            inv_wk * (above[m] - below[m]) + inv_wj[m] * (north[m] - south[m]) + inv_wi[m] * (east[m] - west[m])
        )
        out[m] = c0 * mid[m] + c1 * out[m] + c3 * rate + c4 * kept[m]


@njit(cache=True, nogil=True, **LOOP)
def _heated(first, c3, scale, source, inv_c, kept, out):  # type: ignore[no-untyped-def]
    """Add what a source of heat does in a stage."""
    keeps = np.float32(first)
    for m in range(len(out)):
        rate = scale * source[m] * inv_c[m]
        out[m] += c3 * rate
        kept[m] += keeps * rate


@njit(cache=True, nogil=True, **LOOP)
def _through(flux, wj, wi):  # type: ignore[no-untyped-def]
    """Heat in W through faces of cells."""
    total = np.float32(0.0)
    for m in range(len(flux)):
        total += flux[m] * wj[m] * wi[m]
    return total


@njit(cache=True, nogil=True, **LOOP)
def _edge(flux, wi):  # type: ignore[no-untyped-def]
    """Heat in W per m of thickness through the outer faces of one row."""
    total = np.float32(0.0)
    for m in range(len(flux)):
        total += flux[m] * wi[m]
    return total


@njit(cache=True, nogil=True, **LOOP)
def _held(wk, wj, wi, below, above, south, north, west, east, inv_c):  # type: ignore[no-untyped-def]
    """What the cells of a plane that keep their temperature carry away, in W."""
    total = 0.0
    for m in range(len(inv_c)):
        if inv_c[m] == 0:
            into = (above[m] - below[m]) / wk + (north[m] - south[m]) / wj[m] + (east[m] - west[m]) / wi[m]
            total += into * wk * wj[m] * wi[m]
    return total


@njit(cache=True, nogil=True, **LOOP)
def _row_ends(first, c3, ghost_c, ghost_r, wk, wj, wi, t, r, inv_c, kept, out):  # type: ignore[no-untyped-def]
    """Add what the heat through the outer faces of a plane's first and last columns does in a stage.

    Returns the W that enter there less what held cells carry away of it. ``wi`` are the widths along a row.
    """
    total = np.float32(0.0)
    for end in range(2):
        if ghost_r[end] < _NO_HEAT:
            column = slice(end * (len(wi) - 1), None, len(wi))
            total += _column_faces(
                first, c3, ghost_c, ghost_r[end], wi[column.start], wj[column], t[column], r[column], inv_c[column],
                kept[column], out[column],
            )  # fmt: skip
    return total * wk


@njit(cache=True, nogil=True, **LOOP)
def _column_faces(first, c3, ghost_c, ghost_r, wi, wj, t, r, inv_c, kept, out):  # type: ignore[no-untyped-def]
    """As `_row_ends`, of one column, in W per m of thickness."""
    total, zero, inv_wi = np.float32(0.0), np.float32(0.0), np.float32(1.0) / wi
    for m in range(len(t)):
        flux = (ghost_c - t[m]) / (wi * (ghost_r + r[m]))
        rate = inv_c[m] * flux * inv_wi
        out[m] += c3 * rate
        if first:
            kept[m] += rate
        total += np.float32(inv_c[m] > zero) * flux * wj[m]
    return total


@njit(cache=True, nogil=True, **LOOP)
def _plane_state(k, cells, content, change, k_body, slope, ice, medium, table, freezes_c, t, r, q):  # type: ignore[no-untyped-def]
    """State of some cells of one plane into their buffers; returns whether any is frozen."""
    cold, hot = _state(content[k, cells], change, k_body[k, cells], slope[k, cells], freezes_c, t, r)
    if hot > 0:
        _boil(medium[k, cells], k_body[k, cells], slope[k, cells], table, t, r)
    if cold == 0:
        return False
    _thawed_integral(k_body[k, cells], slope[k, cells], ice[0, k, cells], t, q)
    begin, end = 0, len(t)
    while t[begin] >= freezes_c:
        begin += 1
    while t[end - 1] >= freezes_c:
        end -= 1
    s, f = slice(begin, end), slice(cells.start + begin, cells.start + end)
    _frozen(
        k_body[k, f], slope[k, f], ice[0, k, f], ice[1, k, f], ice[2, k, f], ice[3, k, f], ice[4, k, f], ice[5, k, f],
        ice[6, k, f], t[s], r[s], q[s],
    )  # fmt: skip
    return True


@njit(cache=True, nogil=True)
def cell_widths(widths, j0, j1):  # type: ignore[no-untyped-def]
    """Widths of the cells of a plane along j, with a ghost row at either end, and along i; and one over them.

    Then two over the sum of the widths of each cell and its next, along j and along i.
    """
    _, all_wj, all_wi = widths
    ni, last = len(all_wi), len(all_wj) - 1
    wj, wi = np.empty((j1 - j0 + 2) * ni, np.float32), np.empty((j1 - j0 + 2) * ni, np.float32)
    for row in range(j1 - j0 + 2):
        wj[row * ni : (row + 1) * ni] = all_wj[min(max(j0 - 1 + row, 0), last)]
        wi[row * ni : (row + 1) * ni] = all_wi
    one, two = np.float32(1.0), np.float32(2.0)
    return wj, wi, one / wj, one / wi, two / (wj[:-ni] + wj[ni:]), two / (wi[:-1] + wi[1:])


@njit(cache=True, nogil=True)
def tiles_of(window, threads):  # type: ignore[no-untyped-def]
    """Return how many tiles the rows of a window are worked on in: small enough for the cache, as many for every thread."""
    rows, of_row = window[3] - window[2], window[5] - window[4]
    rounds = max(int(rows * of_row / (threads * _CELLS_OF_TILE) + 0.5), 1)
    return min(threads * rounds, rows)


@njit(cache=True, nogil=True, **FAST)
def _tile(  # type: ignore[no-untyped-def]
    first, c, widths, in_plane, ghost_c, ghost_r, window, ja, jb, state, fields, source, source_scale, some_held,
    freezes_c, table,
):  # fmt: skip
    """One stage of the rows ``ja`` to ``jb`` of all planes of a window; returns the W through its faces and held cells.

    All fields are flat: their last axis is the cells of a plane. Buffers have a row more at either end: of cells, which
    are read only, or of ghosts.
    """
    content, d_mid, d_new, m0 = state
    k_body, inv_capacity, medium, slope, ice = fields
    all_wk, _, all_wi = widths
    k0, k1, j0, j1 = window[0], window[1], window[2], window[3]
    ni, one = len(all_wi), np.float32(1.0)
    rows = slice((ja - j0) * ni, (jb - j0 + 2) * ni)
    wj, wi, inv_wj, inv_wi = in_plane[0][rows], in_plane[1][rows], in_plane[2][rows], in_plane[3][rows]
    inv_apart_j, inv_apart_i = in_plane[4][rows], in_plane[5][rows]
    size = len(wj)
    own, inner = slice(ja * ni, jb * ni), slice(ni, size - ni)
    from_row, to_row = max(ja - 1, j0), min(jb + 1, j1)
    cells = slice(from_row * ni, to_row * ni)
    begin, end = (from_row - ja + 1) * ni, (to_row - ja + 1) * ni
    # Three planes of temperature, half resistivity and conductivity integral.
    t, r = np.empty((3, size), np.float32), np.empty((3, size), np.float32)
    q, icy = np.empty((3, size), np.float32), np.zeros(3, np.bool_)
    down, up = np.empty(size - 2 * ni, np.float32), np.empty(size - 2 * ni, np.float32)
    across, along = np.empty(size - ni, np.float32), np.zeros(size - 2 * ni + 1, np.float32)
    still = np.zeros(end - begin, np.float32)
    t[:] = ghost_c
    r[:, :ni], r[:, -ni:] = ghost_r[2], ghost_r[3]
    entering_w = 0.0
    for k in range(k0 - 1, k1 + 1):
        p, b = k % 3, (k - 1) % 3
        if k0 <= k < k1:
            change = still if first else d_mid[k, cells]
            icy[p] = _plane_state(
                k, cells, content, change, k_body, slope, ice, medium, table, freezes_c, t[p, begin:end], r[p, begin:end],
                q[p, begin:end],
            )  # fmt: skip
        else:
            t[p, inner], r[p, inner], icy[p] = ghost_c, ghost_r[0] if k < k0 else ghost_r[1], False
        if k < k0:
            continue
        tp, rp, tb, rb = t[p, inner], r[p, inner], t[b, inner], r[b, inner]
        wa, wb = all_wk[max(k - 1, 0)], all_wk[min(k, len(all_wk) - 1)]
        _flux(wa, wb, tb, tp, rb, rp, up)
        if k in (k0, k1):
            entering = _through(up, wj[inner], wi[inner])
            entering_w += entering if k == k1 else -entering
        elif icy[b] or icy[p]:
            for plane, buffer in ((k - 1, b), (k, p)):
                if not icy[buffer]:
                    _thawed_integral(
                        k_body[plane, cells], slope[plane, cells], ice[0, plane, cells], t[buffer, begin:end],
                        q[buffer, begin:end],
                    )  # fmt: skip
            _same_medium(np.float32(2.0) / (wa + wb), q[b, inner], q[p, inner], medium[k - 1, own], medium[k, own], up)
        if k > k0:
            inv_c, wk = inv_capacity[k - 1, own], all_wk[k - 1]
            _flux_beside(wj[:-ni], wj[ni:], t[b, :-ni], t[b, ni:], r[b, :-ni], r[b, ni:], across)
            _flux_beside(wi[ni : -ni - 1], wi[ni + 1 : -ni], tb[:-1], tb[1:], rb[:-1], rb[1:], along[1:-1])
            if icy[b]:
                _pairs_in_ice(inv_apart_j[begin:], q[b, begin:end], medium[k - 1, cells], ni, across[begin : end - ni])
                _pairs_in_ice(inv_apart_i[ni:], q[b, inner], medium[k - 1, own], 1, along[1:-1])
            along[::ni] = 0.0
            south, north, west, east = across[:-ni], across[ni:], along[:-1], along[1:]
            out, kept = d_new[k - 1, own], m0[k - 1, own]
            if first:
                _begin(
                    c[2], one / wk, inv_wj[inner], inv_wi[inner], down, up, south, north, west, east, inv_c, kept, out
                )
            else:
                _combine(
                    c[0], c[1], c[2], c[3], one / wk, inv_wj[inner], inv_wi[inner], down, up, south, north, west, east,
                    inv_c, d_mid[k - 1, own], kept, out,
                )  # fmt: skip
            if ja == j0:
                entering_w -= wk * _edge(south[:ni], all_wi)
            if jb == j1:
                entering_w += wk * _edge(north[-ni:], all_wi)
            if some_held:
                entering_w -= _held(wk, wj[inner], wi[inner], down, up, south, north, west, east, inv_c)
            entering_w += _row_ends(first, c[2], ghost_c, ghost_r[4:], wk, wj[inner], all_wi, tb, rb, inv_c, kept, out)
            if source.shape[0] > 0:
                _heated(first, c[2], source_scale, source[k - 1, own], inv_c, kept, out)
        down, up = up, down
    return entering_w


@njit(cache=True, nogil=True, parallel=True, **FAST)
def stage(  # type: ignore[no-untyped-def]
    first, c, widths, in_plane, ghost_c, ghost_r, window, tiles, state, fields, source, source_scale, some_held,
    freezes_c, table, sums,
):  # fmt: skip
    """One stage of the super-time-stepping: the new change becomes the combined change of the content since the step began.

    Rows are worked on in tiles, all planes of one before the next, so that what a plane leaves for the plane above is still
    in the cache.

    Parameters
    ----------
    first : bool
        Whether it is the step's first, whose rate is kept.
    c : ndarray, shape (4,)
        mu, nu, mu~ dt and gamma~ dt of the change before, of the new change as it was, of the rate and of the first rate.
    widths : tuple of ndarray
        Of the cells along k, j and i.
    in_plane : tuple of ndarray
        From `cell_widths`.
    tiles : int
    state : tuple of ndarray, shape (nk, nj * ni)
        Content, change before, new change, first rate.
    fields : tuple of ndarray
        Conductivity at body temperature, one over heat capacity (0 in cells that are held), medium and the slope of the
        conductivity, shape (nk, nj * ni); properties of ice as in `ICE_ROWS`, of no cells where none freezes.
    source : ndarray, shape (nk, nj * ni) or (0, 0)
    sums : ndarray
        Gets the W through the faces of the window, less what held cells carry away, of every tile.
    """
    n = window[3] - window[2]
    for s in prange(tiles):
        sums[s] = _tile(
            first, c, widths, in_plane, ghost_c, ghost_r, window, window[2] + n * s // tiles,
            window[2] + n * (s + 1) // tiles, state, fields, source, source_scale, some_held, freezes_c, table,
        )  # fmt: skip
