"""Compiled loops that keep extremes and thermal dose over time."""

from __future__ import annotations

import math

from numba import njit, prange


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
    t = min(t, 90.0)
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
                if cem43[k, j, i] > stasis_min:
                    alive[k + 1, j + 1, i + 1] = 0.0
