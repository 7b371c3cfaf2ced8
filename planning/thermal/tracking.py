"""Compiled loops at the end of a step: extremes, thermal dose, and how far the disturbance has reached."""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from planning.thermal.damage import DOSE_FROM_C, DOSE_UP_TO_C
from planning.thermal.kernels import FAST, temperature_of
from planning.thermal.properties import DEAD


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
