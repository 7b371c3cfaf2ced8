"""Compiled inner loops of the bio-heat solver: one stage of a step, and what is kept after a step.

All arrays are C-contiguous, without ghost layers, and in SI. Only the cells of a window take part; ghost cells around
it have a temperature and a half resistivity of their own, where ``half_r`` is 1 / (2 k), so that the harmonic mean of two
cells is 1 / (half_r_a + half_r_b): a ghost of 0 is a face held at the ghost's temperature, a huge one is insulated.

A stage reads the enthalpy at the start of the step and the changes since then, and works out temperatures plane by
plane in buffers that stay in the processor's cache. Where no cell of a row and its neighbours is frozen, which is nearly
everywhere, the loops are plain arithmetic; rows in ice go through the freezing range and Kirchhoff's average.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from planning.thermal.damage import DOSE_FROM_C, DOSE_UP_TO_C
from planning.thermal.properties import (
    BLOOD_W_M3,
    DEAD,
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
def _slab(  # type: ignore[no-untyped-def]
    first,
    c,
    inv_h2,
    ghost_c,
    ghost_r,
    window,
    k_from,
    k_to,
    h0,
    d_mid,
    d_new,
    m0,
    medium,
    source,
    source_scale,
    some_held,
    table,
):
    """One stage of the planes ``k_from`` to ``k_to`` of a window; returns heat of living tissue and through faces."""
    wk, wj, wi = inv_h2
    c0, c1, c3, c4 = c[0], c[1], c[2], c[3]
    kw0, kw1, j0, j1, i0, i1 = window[0], window[1], window[2], window[3], window[4], window[5]
    nj, ni = j1 - j0, i1 - i0
    # Three planes of temperature, half resistivity and conductivity integral, with one ghost around.
    t = np.full((3, nj + 2, ni + 2), ghost_c, np.float32)
    r = np.zeros((3, nj + 2, ni + 2), np.float32)
    q = np.zeros((3, nj + 2, ni + 2), np.float32)
    frozen = np.zeros((3, nj + 2), np.bool_)
    has_theta = np.zeros((3, nj + 2), np.bool_)
    h = np.empty(ni, np.float32)
    f_down, f_up = np.zeros((nj, ni), np.float32), np.zeros((nj, ni), np.float32)
    f_south, f_north = np.zeros(ni, np.float32), np.zeros(ni, np.float32)
    f_x, rate, living = np.zeros(ni + 1, np.float32), np.empty(ni, np.float32), np.empty(ni, np.float32)
    dense = source.shape[0] > 0
    alive_w, faces_w = 0.0, 0.0
    for k in range(k_from - 1, k_to + 1):
        p = k % 3
        r[p, 0, :], r[p, nj + 1, :] = ghost_r[2], ghost_r[3]
        r[p, :, 0], r[p, :, ni + 1] = ghost_r[4], ghost_r[5]
        frozen[p], has_theta[p] = False, False
        outside = k < kw0 or k >= kw1
        if outside:
            t[p], r[p] = ghost_c, ghost_r[0] if k < kw0 else ghost_r[1]
        else:
            for j in range(nj):
                own = medium[k, j0 + j, i0:i1]
                start = h0[k, j0 + j, i0:i1]
                if first:
                    h[:] = start
                else:
                    changed = d_mid[k, j0 + j, i0:i1]
                    for i in range(ni):
                        h[i] = start[i] + changed[i]
                tj, rj = t[p, j + 1, 1:-1], r[p, j + 1, 1:-1]
                if _thawed_row(h, own, table, tj, rj) > 0:
                    _frozen_row(h, own, table, tj, rj, q[p, j + 1, 1:-1])
                    frozen[p, j + 1] = has_theta[p, j + 1] = True
        if k < k_from:
            continue
        b = (k - 1) % 3
        for j in range(nj):
            ta, ra, tb, rb = t[b, j + 1, 1:-1], r[b, j + 1, 1:-1], t[p, j + 1, 1:-1], r[p, j + 1, 1:-1]
            inner = k > kw0 and not outside
            if inner and (frozen[b, j + 1] or frozen[p, j + 1]):
                ma, mb = medium[k - 1, j0 + j, i0:i1], medium[k, j0 + j, i0:i1]
                _need_theta(b, j + 1, t, medium[k - 1, j0 + j, i0:i1], table, q, has_theta)
                _need_theta(p, j + 1, t, medium[k, j0 + j, i0:i1], table, q, has_theta)
                _flux_in_ice(wk, ta, tb, ra, rb, q[b, j + 1, 1:-1], q[p, j + 1, 1:-1], ma, mb, f_up[j])
            else:
                _flux(wk, ta, tb, ra, rb, f_up[j])
            if k == kw0:
                faces_w -= _sum(f_up[j])
            elif k == kw1:
                faces_w += _sum(f_up[j])
        if k > k_from:
            at = k - 1
            _flux(wj, t[b, 0, 1:-1], t[b, 1, 1:-1], r[b, 0, 1:-1], r[b, 1, 1:-1], f_south)
            faces_w -= _sum(f_south)
            for j in range(nj):
                row = j0 + j
                own = medium[at, row, i0:i1]
                tj, rj = t[b, j + 1], r[b, j + 1]
                _flux(wi, tj[:-1], tj[1:], rj[:-1], rj[1:], f_x)
                if frozen[b, j + 1]:
                    qj = q[b, j + 1]
                    _flux_in_ice(
                        wi, tj[1:-2], tj[2:-1], rj[1:-2], rj[2:-1], qj[1:-2], qj[2:-1], own[:-1], own[1:], f_x[1:-1]
                    )
                faces_w += f_x[ni] - f_x[0]
                tn, rn = t[b, j + 2, 1:-1], r[b, j + 2, 1:-1]
                if j + 1 < nj and (frozen[b, j + 1] or frozen[b, j + 2]):
                    north = medium[at, row + 1, i0:i1]
                    _need_theta(b, j + 1, t, own, table, q, has_theta)
                    _need_theta(b, j + 2, t, north, table, q, has_theta)
                    _flux_in_ice(
                        wj, tj[1:-1], tn, rj[1:-1], rn, q[b, j + 1, 1:-1], q[b, j + 2, 1:-1], own, north, f_north
                    )
                else:
                    _flux(wj, tj[1:-1], tn, rj[1:-1], rn, f_north)
                if j + 1 == nj:
                    faces_w += _sum(f_north)
                alive_w += _living(tj[1:-1], own, table, frozen[b, j + 1], living)
                down, up = f_down[j], f_up[j]
                for i in range(ni):
                    rate[i] = (up[i] - down[i]) + (f_north[i] - f_south[i]) + (f_x[i + 1] - f_x[i]) + living[i]
                if dense:
                    given = source[at, row, i0:i1]
                    for i in range(ni):
                        rate[i] += source_scale * given[i]
                if some_held:
                    alive_w -= _hold(own, table, rate)
                out, kept = d_new[at, row, i0:i1], m0[at, row, i0:i1]
                if first:
                    kept[:] = rate
                    for i in range(ni):
                        out[i] = c3 * rate[i]
                else:
                    mid = d_mid[at, row, i0:i1]
                    for i in range(ni):
                        out[i] = c0 * mid[i] + c1 * out[i] + c3 * rate[i] + c4 * kept[i]
                f_south, f_north = f_north, f_south
        f_down, f_up = f_up, f_down
    return alive_w, faces_w


@njit(cache=True, nogil=True, **FAST)
def _need_theta(p, j, t, medium, table, q, has_theta):  # type: ignore[no-untyped-def]
    """Work out the conductivity integral of a row without frozen cells beside one with them."""
    if not has_theta[p, j]:
        _thawed_theta(t[p, j, 1:-1], medium, table, q[p, j, 1:-1])
        has_theta[p, j] = True


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


@njit(cache=True, nogil=True, parallel=True, **FAST)
def finish_cold(window, h0, change, medium, table, extreme, bounds):  # type: ignore[no-untyped-def]
    """Take the change of a step into the enthalpy and keep the lowest temperatures; ``bounds`` gets every plane's."""
    k0, k1, j0, j1, i0, i1 = window[0], window[1], window[2], window[3], window[4], window[5]
    for k in prange(k0, k1):
        low, high = np.inf, -np.inf
        for j in range(j0, j1):
            for i in range(i0, i1):
                h = h0[k, j, i] + change[k, j, i]
                h0[k, j, i] = h
                t = temperature_of(h, table, medium[k, j, i])
                # Written so that not-a-number is kept, and found by the check that follows.
                if not t >= extreme[k, j, i]:
                    extreme[k, j, i] = t
                low, high = (t if not t >= low else low), (t if not t <= high else high)
        bounds[k, 0], bounds[k, 1] = low, high


@njit(cache=True, nogil=True, inline="always")
def _dose_rate(t):  # type: ignore[no-untyped-def]
    return 2.0 ** (t - 43.0) if t >= 43.0 else 4.0 ** (t - 43.0)


@njit(cache=True, nogil=True, inline="always")
def _dose(before_c, after_c):  # type: ignore[no-untyped-def]
    """Equivalent minutes at 43 °C per minute, for a temperature that changes linearly on one side of 43 °C."""
    before_c, after_c = min(before_c, DOSE_UP_TO_C), min(after_c, DOSE_UP_TO_C)
    a, b = _dose_rate(before_c), _dose_rate(after_c)
    return 0.5 * (a + b) if abs(after_c - before_c) < 0.05 else (b - a) / math.log(b / a)


@njit(cache=True, nogil=True, parallel=True, **FAST)
def finish_heat(window, h0, change, medium, table, dt_min, stasis_min, extreme, cem43, bounds):  # type: ignore[no-untyped-def]
    """Take the change of a step into the enthalpy; keep the highest temperatures and add the dose.

    Perfusion and metabolism end above ``stasis_min``: the cell's medium becomes its dead twin.
    """
    k0, k1, j0, j1, i0, i1 = window[0], window[1], window[2], window[3], window[4], window[5]
    for k in prange(k0, k1):
        low, high = np.inf, -np.inf
        for j in range(j0, j1):
            for i in range(i0, i1):
                n = medium[k, j, i]
                before = temperature_of(h0[k, j, i], table, n)
                h = h0[k, j, i] + change[k, j, i]
                h0[k, j, i] = h
                t = temperature_of(h, table, n)
                if not t <= extreme[k, j, i]:
                    extreme[k, j, i] = t
                low, high = (t if not t >= low else low), (t if not t <= high else high)
                if max(before, t) < DOSE_FROM_C:
                    continue
                cem43[k, j, i] += _dose(before, t) * dt_min
                if cem43[k, j, i] > stasis_min and n < DEAD:
                    medium[k, j, i] = n + DEAD
        bounds[k, 0], bounds[k, 1] = low, high


@njit(cache=True, nogil=True, **FAST)
def advance(  # type: ignore[no-untyped-def]
    coefficients, inv_h2, ghost_c, ghost_r, window, h0, d_a, d_b, m0, medium, source, source_scale, source_w, some_held, table, cell_m3,
    wells, drive, sums, energy_j, t_read,
):  # fmt: skip
    """All stages of one step. The result is in ``d_a`` after an odd number of stages, as it always is.

    ``energy_j`` gets the heat from living tissue, through faces, from the source of the cells, and of every point.
    """
    cells, start, local, weight, length_m, log_ratio, row_of = wells
    held, wall_c, fixed_w = drive
    points = len(length_m)
    power, given = np.zeros(3 + points), np.zeros(len(cells))
    power0, e_old, e_mid, e_new = np.zeros(3 + points), np.zeros(3 + points), np.zeros(3 + points), np.zeros(3 + points)
    for n in range(len(coefficients)):
        c = coefficients[n]
        d_mid, d_new = (d_b, d_a) if n % 2 == 0 else (d_a, d_b)
        read_wells(n == 0, cells, start, local, weight, h0, d_mid, medium, table, t_read)
        well_power(t_read, wall_c, held, fixed_w, length_m, log_ratio, row_of, table, power[3:])
        stage(
            n == 0,
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
        )
        give_wells(n == 0, c[2], power[3:], 1.0 / cell_m3, cells, start, local, weight, given, medium, table, d_new, m0)
        power[0], power[1], power[2] = sums[:, 0].sum() * cell_m3, sums[:, 1].sum() * cell_m3, source_w
        if n == 0:
            power0[:] = power
        for e in range(3 + points):
            e_new[e] = c[0] * e_mid[e] + c[1] * e_old[e] + c[2] * power[e] + c[3] * power0[e]
        e_old, e_mid, e_new = e_mid, e_new, e_old
    energy_j[:] = e_mid


@njit(cache=True, nogil=True)
def read_wells(first, cells, start, local, weight, h0, d_mid, medium, table, out):  # type: ignore[no-untyped-def]
    """Weighted mean temperature around every quadrature point."""
    flat, change, media = h0.reshape(-1), d_mid.reshape(-1), medium.reshape(-1)
    t = np.empty(len(cells))
    for n in range(len(cells)):
        at = cells[n]
        h = flat[at] if first else flat[at] + change[at]
        t[n] = temperature_of(h, table, media[at])
    for p in range(len(start) - 1):
        total = 0.0
        for e in range(start[p], start[p + 1]):
            total += weight[e] * t[local[e]]
        out[p] = total


@njit(cache=True, nogil=True, inline="always")
def _conductivity_integral(t, table, n):  # type: ignore[no-untyped-def]
    """Kirchhoff's integral of k over temperature, from the upper end of the freezing range."""
    over = t - table[HIGH_C, n]
    if over >= 0.0:
        return table[K_WARM, n] * over
    span = table[SPAN_C, n]
    part = min(-over / span, 1.0) if span > 0.0 else 1.0
    change = table[K_COLD, n] - table[K_WARM, n]
    return table[K_COLD, n] * (over + span * part) - span * part * (table[K_WARM, n] + 0.5 * change * part)


@njit(cache=True, nogil=True)
def well_power(t_read, wall_c, held, fixed_w, length_m, log_ratio, row_of, table, out):  # type: ignore[no-untyped-def]
    """Heat in W that every quadrature point gives to the grid: held walls by conductance, others as prescribed."""
    for p in range(len(out)):
        out[p] = fixed_w[p]
        if held[p]:
            n = row_of[p]
            drop = _conductivity_integral(wall_c[p], table, n) - _conductivity_integral(t_read[p], table, n)
            out[p] += 2.0 * math.pi * length_m[p] * drop / log_ratio[p]


@njit(cache=True, nogil=True)
def give_wells(  # type: ignore[no-untyped-def]
    first, c3, power, inv_volume, cells, start, local, weight, given, medium, table, d_new, m0
):
    """Add what the quadrature points give to the changes of the touched cells."""
    given[:] = 0.0
    for p in range(len(start) - 1):
        amount = power[p] * inv_volume
        for e in range(start[p], start[p + 1]):
            given[local[e]] += amount * weight[e]
    change, rate, media = d_new.reshape(-1), m0.reshape(-1), medium.reshape(-1)
    for n in range(len(cells)):
        given[n] *= table[MOVES, media[cells[n]]]
        change[cells[n]] += c3 * given[n]
        if first:
            rate[cells[n]] += given[n]


@njit(cache=True, nogil=True)
def shell_deviation(window, grown, h0, medium, table, expected_c):  # type: ignore[no-untyped-def]
    """For each side of a window, the largest departure of its outermost layers from what its medium would have."""
    out = np.zeros(6)
    k0, k1, j0, j1, i0, i1 = window[0], window[1], window[2], window[3], window[4], window[5]
    for k in range(k0, k1):
        for j in range(j0, j1):
            edge = k - k0 < grown or k1 - 1 - k < grown or j - j0 < grown or j1 - 1 - j < grown
            i = i0
            while i < i1:
                if not edge and i == i0 + grown and i1 - grown > i:
                    i = i1 - grown
                n = medium[k, j, i]
                off = abs(temperature_of(h0[k, j, i], table, n) - expected_c[n])
                if k - k0 < grown:
                    out[0] = max(out[0], off)
                if k1 - 1 - k < grown:
                    out[1] = max(out[1], off)
                if j - j0 < grown:
                    out[2] = max(out[2], off)
                if j1 - 1 - j < grown:
                    out[3] = max(out[3], off)
                if i - i0 < grown:
                    out[4] = max(out[4], off)
                if i1 - 1 - i < grown:
                    out[5] = max(out[5], off)
                i += 1
    return out
