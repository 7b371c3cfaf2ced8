"""Compiled loops of one step: its stages, with what the applicators read from the grid and give to it."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from planning.thermal.kernels import FAST, LEAST_ROOT, LOOP, cell_widths, stage, tiles_of
from planning.thermal.properties import (
    COLD_SLOPE,
    DEEP_SCALE,
    HIGH_C,
    INV_LOW_CONTENT,
    K_BODY,
    K_COLD,
    K_COLD_SLOPE,
    K_HIGH,
    K_SLOPE,
    REFERENCE_C,
    SPAN_C,
    VAPOUR_C,
    VAPOUR_SHARE,
)


@njit(cache=True, nogil=True, **FAST)
def advance(  # type: ignore[no-untyped-def]
    coefficients, widths, ghost_c, ghost_r, window, content, changes, fields, source, source_scale, source_w, some_held,
    freezes_c, table, cell_m3, wells, drive, threads, energy_j, t_read,
):  # fmt: skip
    """All stages of one step. The result is in the first of ``changes`` after an odd number of stages, as it always is.

    Fields are flat, shape (nk, nj * ni), as in `kernels.stage`.
    ``energy_j`` gets the heat through faces (less what held cells carry away), from the source of the cells, and of every
    point.
    """
    d_a, d_b, m0 = changes
    in_plane = cell_widths(widths, window[2], window[3])
    tiles = tiles_of(window, threads)
    sums = np.zeros(tiles)
    cells, start, local, weight, columns, length_m, log_ratio, row_of = wells
    held, wall_c, fixed_w = drive
    points = len(length_m)
    any_held, any_works = held.any(), held.any() or fixed_w.any()
    power, given = np.zeros(2 + points), np.zeros(len(cells), np.float32)
    power0, e_old, e_mid, e_new = np.zeros(2 + points), np.zeros(2 + points), np.zeros(2 + points), np.zeros(2 + points)
    for n in range(len(coefficients)):
        c = coefficients[n]
        d_mid, d_new = (d_b, d_a) if n % 2 == 0 else (d_a, d_b)
        if any_held:
            read_wells(n == 0, cells, start, local, weight, columns, content, d_mid, t_read)
        if any_works:
            well_power(t_read, wall_c, held, fixed_w, length_m, log_ratio, row_of, table, power[2:])
        stage(
            n == 0, c, widths, in_plane, ghost_c, ghost_r, window, tiles, (content, d_mid, d_new, m0), fields, source,
            source_scale, some_held, freezes_c, table, sums,
        )  # fmt: skip
        if any_works:
            give_wells(n == 0, c[2], power[2:], 1.0 / cell_m3, cells, start, local, weight, given, fields[1], d_new, m0)
        power[0], power[1] = sums.sum(), source_w
        if n == 0:
            power0[:] = power
        for e in range(2 + points):
            e_new[e] = c[0] * e_mid[e] + c[1] * e_old[e] + c[2] * power[e] + c[3] * power0[e]
        e_old, e_mid, e_new = e_mid, e_new, e_old
    energy_j[:] = e_mid


@njit(cache=True, nogil=True, **FAST)
def read_wells(first, cells, start, local, weight, columns, content, d_mid, out):  # type: ignore[no-untyped-def]
    """Weighted mean temperature around every quadrature point.

    Indices are unsigned here and in `give_wells`: with a look at each whether it counts from the end it takes twice as long.
    """
    flat, change = content.reshape(-1), d_mid.reshape(-1)
    t = np.empty(len(cells), np.float32)
    for n in range(len(cells)):
        at = cells[n]
        t[n] = flat[at] if first else flat[at] + change[at]
    _temperatures_of(columns, t)
    for p in range(len(start) - 1):
        total = np.float32(0.0)
        for e in range(start[p], start[p + 1]):
            total += weight[e] * t[local[e]]
        out[p] = total


@njit(cache=True, nogil=True, **LOOP)
def _temperatures_of(columns, t):  # type: ignore[no-untyped-def]
    """Turn contents, in ``t``, into temperatures, as `kernels.temperature_of`, every cell with a column of the table.

    Without look-ups and branches it takes a fifth of the time.
    """
    zero, one = np.float32(0.0), np.float32(1.0)
    for n in range(len(t)):
        x = t[n] - columns[HIGH_C, n]
        share = x * columns[INV_LOW_CONTENT, n]
        part = share if share > zero else zero
        deep = share - one
        deep = (deep if deep > zero else zero) * columns[DEEP_SCALE, n]
        root = one - (one + one) * columns[COLD_SLOPE, n] * deep
        below = (deep + deep) / (one + np.sqrt(root if root > LEAST_ROOT else LEAST_ROOT))
        frozen_c = columns[HIGH_C, n] - columns[SPAN_C, n] * (part if part < one else one) - below
        over = t[n] - columns[VAPOUR_C, n]
        boiling_c = columns[VAPOUR_C, n] + over * columns[VAPOUR_SHARE, n]
        t[n] = frozen_c if x < zero else (boiling_c if over > zero else t[n])


@njit(cache=True, nogil=True, inline="always")
def _conductivity_integral(t, table, n):  # type: ignore[no-untyped-def]
    """Kirchhoff's integral of k over temperature, from the upper end of the freezing range."""
    high, span, at_high = table[HIGH_C, n], table[SPAN_C, n], table[K_HIGH, n]
    over = t - high
    if over >= 0.0:
        return table[K_BODY, n] * over * (1.0 + table[K_SLOPE, n] * (0.5 * (t + high) - REFERENCE_C))
    part = min(-over / span, 1.0) if span > 0.0 else 1.0
    below = max(-over - span, 0.0)
    freezing = span * part * (at_high + 0.5 * (table[K_COLD, n] - at_high) * part)
    return -freezing - table[K_COLD, n] * below * (1.0 + 0.5 * table[K_COLD_SLOPE, n] * below)


@njit(cache=True, nogil=True)
def well_power(t_read, wall_c, held, fixed_w, length_m, log_ratio, row_of, table, out):  # type: ignore[no-untyped-def]
    """Heat in W that every quadrature point gives to the grid: held walls by conductance, others as prescribed."""
    for p in range(len(out)):
        out[p] = fixed_w[p]
        if held[p]:
            n = row_of[p]
            drop = _conductivity_integral(wall_c[p], table, n) - _conductivity_integral(t_read[p], table, n)
            out[p] += 2.0 * math.pi * length_m[p] * drop / log_ratio[p]


@njit(cache=True, nogil=True, **FAST)
def fastest_of_wells(held, wells, medium, k_w_mk, capacity_j_m3k):  # type: ignore[no-untyped-def]
    """How fast walls that are held could change a touched cell, in m³/s: a rate, times the volume of the cell.

    ``medium`` are the cells'; conductivity and heat capacity are those of media.
    """
    cells, start, local, weight, _, length_m, log_ratio, row_of = wells
    load_w_k = np.zeros(len(cells))
    for p in range(len(held)):
        if held[p]:
            conductance_w_k = 2.0 * math.pi * length_m[p] * k_w_mk[row_of[p]] / log_ratio[p]
            for e in range(start[p], start[p + 1]):
                load_w_k[local[e]] += weight[e] * conductance_w_k
    fastest = 0.0
    for n in range(len(cells)):
        fastest = max(fastest, load_w_k[n] / capacity_j_m3k[medium[n]])
    return fastest


@njit(cache=True, nogil=True, **FAST)
def give_wells(  # type: ignore[no-untyped-def]
    first, c3, power, inv_volume, cells, start, local, weight, given, inv_capacity, d_new, m0
):
    """Add what the quadrature points give to the changes of the touched cells."""
    given[:] = 0.0
    for p in range(len(start) - 1):
        amount = np.float32(power[p] * inv_volume)
        for e in range(start[p], start[p + 1]):
            given[local[e]] += amount * weight[e]
    change, rate, inv_c = d_new.reshape(-1), m0.reshape(-1), inv_capacity.reshape(-1)
    for n in range(len(cells)):
        given[n] *= inv_c[cells[n]]
        change[cells[n]] += c3 * given[n]
        if first:
            rate[cells[n]] += given[n]
