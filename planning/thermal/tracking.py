"""Compiled loops at the ends of a step: blood and metabolism, extremes, thermal dose, and how far the disturbance goes."""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from planning.thermal.damage import DOSE_FROM_C, DOSE_UP_TO_C
from planning.thermal.kernels import FAST, LOOP, temperature_of
from planning.thermal.properties import CAPACITY, DEAD, HIGH_C

_FELL_K = np.float32(-2.0)
"""Only a cell whose content fell by so much in a step can be an error of that step."""


@njit(cache=True, nogil=True, inline="always", **FAST)
def _living(content, table, n, drawn, gained):  # type: ignore[no-untyped-def]
    """Kelvins that blood and metabolism bring over a while: none in ice."""
    if content < table[HIGH_C, n]:
        return np.float32(0.0)
    return gained[n] - drawn[n] * temperature_of(content, table, n)


@njit(cache=True, nogil=True, parallel=True, **FAST)
def live(window, content, medium, table, drawn, gained, widths, brought_j):  # type: ignore[no-untyped-def]
    """Let blood and metabolism act for half a step; ``brought_j`` gets every plane's heat."""
    k0, k1, j0, j1, i0, i1 = window[0], window[1], window[2], window[3], window[4], window[5]
    wk, wj, wi = widths
    for k in prange(k0, k1):
        total = 0.0
        for j in range(j0, j1):
            area_m2 = wk[k] * wj[j]
            for i in range(i0, i1):
                n = medium[k, j, i]
                change = _living(content[k, j, i], table, n, drawn, gained)
                content[k, j, i] += change
                total += change * table[CAPACITY, n] * area_m2 * wi[i]
        brought_j[k] = total


@njit(cache=True, nogil=True, parallel=True, **FAST)
def finish_cold(  # type: ignore[no-untyped-def]
    window, content, change, after_c, medium, table, drawn, gained, widths, extreme, lowest, highest, taken_j, brought_j
):
    """Take the change of a step into the content, let blood act, and keep the lowest temperatures.

    ``after_c`` are the temperatures after the change, from `undershoots`. ``lowest`` gets every plane's lowest temperature by
    medium, ``highest`` its highest, ``taken_j`` the heat its cells took up by the change, and ``brought_j`` what blood and
    metabolism brought.
    """
    k0, k1, j0, j1 = window[0], window[1], window[2], window[3]
    wk, wj, wi = widths
    for k in prange(k0, k1):
        high, taken, brought = np.float32(-np.inf), 0.0, 0.0
        lowest[k, :] = np.inf
        for j in range(j0, j1):
            took, got, high = _finish_row(
                content[k, j], change[k, j], after_c[k, j], medium[k, j], table, drawn, gained, wi, extreme[k, j],
                lowest[k], high,
            )  # fmt: skip
            taken += took * wk[k] * wj[j]
            brought += got * wk[k] * wj[j]
        highest[k], taken_j[k], brought_j[k] = high, taken, brought


@njit(cache=True, nogil=True, **LOOP)
def _finish_row(  # type: ignore[no-untyped-def]
    content, change, after_c, medium, table, drawn, gained, wi, extreme, lowest, high
):
    """As `finish_cold`, of a row; returns the heat taken up and brought, by area, and the highest temperature so far."""
    taken, brought = np.float32(0.0), np.float32(0.0)
    for i in range(len(content)):
        n = medium[i]
        x, t = content[i] + change[i], after_c[i]
        capacity = table[CAPACITY, n] * wi[i]
        taken += change[i] * capacity
        if x >= table[HIGH_C, n]:
            gain = gained[n] - drawn[n] * t
            brought += gain * capacity
            x += gain
            t = temperature_of(x, table, n)
        content[i] = x
        # Not-a-number is kept, and found by the check that follows.
        if not t >= extreme[i]:
            extreme[i] = t
        if not t >= lowest[n]:
            lowest[n] = t
        high = max(high, t)
    return taken, brought, high


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
def finish_heat(  # type: ignore[no-untyped-def]
    window, content, change, medium, table, drawn, gained, widths, dt_min, stasis_min, extreme, cem43, lowest, highest,
    taken_j, brought_j,
):  # fmt: skip
    """As `finish_cold`, but keep the highest temperatures and add the dose.

    Perfusion and metabolism end above ``stasis_min``: the cell's medium becomes its dead twin.
    """
    k0, k1, j0, j1, i0, i1 = window[0], window[1], window[2], window[3], window[4], window[5]
    wk, wj, wi = widths
    for k in prange(k0, k1):
        high, taken, brought = -np.inf, 0.0, 0.0
        lowest[k, :] = np.inf
        for j in range(j0, j1):
            area_m2 = wk[k] * wj[j]
            for i in range(i0, i1):
                n = medium[k, j, i]
                capacity = table[CAPACITY, n] * area_m2 * wi[i]
                before = temperature_of(content[k, j, i], table, n)
                x = content[k, j, i] + change[k, j, i]
                gain = _living(x, table, n, drawn, gained)
                taken += change[k, j, i] * capacity
                brought += gain * capacity
                content[k, j, i] = x + gain
                t = temperature_of(x + gain, table, n)
                if not t <= extreme[k, j, i]:
                    extreme[k, j, i] = t
                if t < lowest[k, n] or t != t:
                    lowest[k, n] = t
                high = max(high, t)
                if max(before, t) < DOSE_FROM_C:
                    continue
                cem43[k, j, i] += _dose(before, t) * dt_min
                if cem43[k, j, i] > stasis_min and n < DEAD:
                    medium[k, j, i] = n + DEAD
        highest[k], taken_j[k], brought_j[k] = high, taken, brought


@njit(cache=True, nogil=True, parallel=True, **FAST)
def undershoots(  # type: ignore[no-untyped-def]
    window, content, change, medium, table, driven, freezes_c, below_k, after_c, found
):
    """Count, by plane, the frozen cells that a step left below all reason; ``after_c`` gets the temperatures it leads to.

    Without a sink of its own a cell that is much colder than the mean of its neighbours warms: one that cooled to there is
    an error of the step. ``driven`` are the cells that applicators touch.
    """
    k0, k1, j0, j1 = window[0], window[1], window[2], window[3]
    for k in prange(k0, k1):
        for j in range(j0, j1):
            _after(content[k, j], change[k, j], medium[k, j], table, after_c[k, j])
    for k in prange(k0 + 1, k1 - 1):
        count = 0
        for j in range(j0 + 1, j1 - 1):
            t = after_c[k, j]
            count += _too_cold(
                content[k, j], change[k, j], driven[k, j], t, after_c[k - 1, j], after_c[k + 1, j], after_c[k, j - 1],
                after_c[k, j + 1], freezes_c, np.float32(below_k),
            )  # fmt: skip
        found[k] = count


@njit(cache=True, nogil=True, **LOOP)
def _after(content, change, medium, table, out):  # type: ignore[no-untyped-def]
    """Temperatures of a row after a change."""
    for i in range(len(out)):
        out[i] = temperature_of(content[i] + change[i], table, medium[i])


@njit(cache=True, nogil=True, **LOOP)
def _too_cold(  # type: ignore[no-untyped-def]
    content, change, driven, t, below, above, south, north, freezes_c, below_k
):
    """Count the frozen cells of a row, other than at its ends, that fell to far below the mean of their neighbours."""
    count, sixth = 0, np.float32(1 / 6)
    for i in range(1, len(t) - 1):
        around = below[i] + above[i] + south[i] + north[i] + t[i - 1] + t[i + 1]
        fell = (content[i] + change[i] < freezes_c) & (change[i] < _FELL_K) & (not driven[i])
        count += fell & (t[i] < sixth * around - below_k)
    return count


@njit(cache=True, nogil=True, parallel=True, **FAST)
def take(window, content, change, medium, table, widths, taken_j):  # type: ignore[no-untyped-def]
    """Take the change of a part of a step into the content; ``taken_j`` gets every plane's heat."""
    k0, k1, j0, j1, i0, i1 = window[0], window[1], window[2], window[3], window[4], window[5]
    wk, wj, wi = widths
    for k in prange(k0, k1):
        taken = 0.0
        for j in range(j0, j1):
            area_m2 = wk[k] * wj[j]
            for i in range(i0, i1):
                content[k, j, i] += change[k, j, i]
                taken += change[k, j, i] * table[CAPACITY, medium[k, j, i]] * area_m2 * wi[i]
        taken_j[k] = taken


@njit(cache=True, nogil=True)
def shell_deviation(window, grown, content, medium, table, expected_c):  # type: ignore[no-untyped-def]
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
                off = abs(temperature_of(content[k, j, i], table, n) - expected_c[n])
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
