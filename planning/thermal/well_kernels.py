"""Compiled loops of the applicators: what quadrature points read from the grid and give to it."""

from __future__ import annotations

import math

from numba import njit

from planning.thermal.properties import HIGH_C, K_COLD, K_WARM, LOW_C


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
