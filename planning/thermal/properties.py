"""Property tables of media in SI units, indexed by medium, for the compiled kernels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from planning.tissue import Medium
from planning.tissue.medium import WATER_TO_ICE_J_KG

BLOOD_J_M3K = 1050.0 * 3617.0
"""Volumetric heat capacity of blood (IT'IS V4.x, and the bench-top format)."""

_FASTEST_M2_S = 0.2e-6
"""Gases and metals are given so much heat capacity that they conduct temperature no faster than this: a pocket of gas
stores no heat that matters, and its conductivity, which does, stays."""

(
    HIGH_C, SPAN_C, LOW_CONTENT, INV_LOW_CONTENT, COLD_RATIO, COLD_SLOPE, K_BODY, K_SLOPE, K_HIGH, K_COLD, K_COLD_SLOPE,
    CAPACITY, VAPOUR_C, VAPOUR_SHARE, DEEP_SCALE,
) = range(15)  # fmt: skip
"""Rows of the kernels' table; its columns are media. Contents are relative to the upper end of the freezing range.
DEEP_SCALE is COLD_RATIO times minus LOW_CONTENT."""

ICE_ROWS = (HIGH_C, SPAN_C, INV_LOW_CONTENT, DEEP_SCALE, COLD_SLOPE, K_COLD, K_COLD_SLOPE)
"""Rows of the table that the kernels have as fields, in this order."""

REFERENCE_C = 37.0
"""Conductivities of thawed tissue are given at this temperature."""

DEAD = 128
"""Medium n + 128 is medium n without blood and metabolism."""

WATER_TO_STEAM_J_KG = 2.257e6

BOILING_SPAN_C = 5.0
"""A medium boils from its boiling point to this much above it."""

_NEVER_C = -300.0
_NEVER_BOILS_C = 1e9


@dataclass(frozen=True, slots=True, eq=False)
class PropertyTable:
    """Properties of media, every attribute of shape (n_media,).

    The *content* of a cell is its enthalpy, given as the temperature it would have if it neither froze nor boiled, so
    that it is the temperature of thawed tissue; ``low_content`` is that of the lower end of the freezing range, relative
    to the upper. In ice conductivity and heat capacity change linearly from their values at the lower end, by
    ``k_cold_slope`` (up) and ``cold_slope`` (down) of them per kelvin; above it conductivity follows ``k_slope`` from
    37 °C.
    """

    high_c: Floats
    span_c: Floats
    c_warm: Floats
    c_cold: Floats
    cold_slope: Floats
    low_content: Floats
    k_warm: Floats
    k_slope: Floats
    k_cold: Floats
    k_cold_slope: Floats
    perfusion_w_m3k: Floats
    metabolic_w_m3: Floats
    vapour_c: Floats
    c_boiling: Floats
    held: npt.NDArray[np.bool_]

    @property
    def k_high(self) -> Floats:
        """Conductivity of thawed tissue at the upper end of its freezing range."""
        return self.k_warm * (1 + self.k_slope * (self.high_c - REFERENCE_C))

    def k_at(self, temperature_c: Floats, medium: npt.NDArray[np.integer]) -> Floats:
        """Return the conductivity of thawed media at temperatures."""
        return np.asarray(self.k_warm[medium] * (1 + self.k_slope[medium] * (temperature_c - REFERENCE_C)))

    def content(self, temperature_c: npt.ArrayLike, medium: npt.NDArray[np.integer]) -> npt.NDArray[np.float32]:
        """Return the content of media at temperatures, same shape as ``medium``."""
        if np.ndim(temperature_c) == 0:
            every = self.content(np.full(len(self.high_c), temperature_c), np.arange(len(self.high_c)))
            return np.asarray(every[medium])
        t = np.asarray(temperature_c, np.float64)
        high, span = self.high_c[medium], self.span_c[medium]
        over = t - high
        part = np.clip(-over / np.where(span > 0, span, 1.0), 0.0, 1.0)
        below = np.maximum(-over - span, 0.0)
        deep = below * (1 - 0.5 * self.cold_slope[medium] * below) * (self.c_cold / self.c_warm)[medium]
        frozen = high + self.low_content[medium] * part - deep
        boiling = np.maximum(t - self.vapour_c[medium], 0.0) * (self.c_boiling / self.c_warm - 1)[medium]
        return np.asarray(np.where(over >= 0, t + boiling, frozen), np.float32)

    def unperturbed_c(self, body_c: float, blood_c: float, after_s: float) -> Floats:
        """Return what each medium would be at, far from everything, after some time with blood and metabolism."""
        w = self.perfusion_w_m3k
        rate = w / self.c_warm
        settled = blood_c + self.metabolic_w_m3 / np.where(w > 0, w, 1.0)
        perfused = settled + (body_c - settled) * np.exp(-rate * after_s)
        still = body_c + self.metabolic_w_m3 * after_s / self.c_warm
        return np.where(self.held, body_c, np.where(w > 0, perfused, still))

    def conductivity_integral(self, temperature_c: Floats, medium: npt.NDArray[np.integer]) -> Floats:
        """Return Kirchhoff's integral of k over temperature in W/m, from the upper end of the freezing range."""
        high, span, cold = self.high_c[medium], self.span_c[medium], self.k_cold[medium]
        over, at_high = temperature_c - high, self.k_high[medium]
        part = np.clip(-over / np.where(span > 0, span, 1.0), 0.0, 1.0)
        below = np.maximum(-over - span, 0.0)
        freezing = -span * part * (at_high + 0.5 * (cold - at_high) * part)
        frozen = freezing - cold * below * (1 + 0.5 * self.k_cold_slope[medium] * below)
        return np.asarray(np.where(over >= 0, over * self.k_at(0.5 * (temperature_c + high), medium), frozen))

    def temperature_of_integral(self, integral_w_m: Floats, medium: npt.NDArray[np.integer]) -> Floats:
        """Return the temperature at which `conductivity_integral` has a value."""
        high, span, at_high, cold = (a[medium] for a in (self.high_c, self.span_c, self.k_high, self.k_cold))
        frozen = -0.5 * span * (at_high + cold)
        above = high + _inverse(np.maximum(integral_w_m, 0.0), at_high, (self.k_warm * self.k_slope)[medium])
        change = (cold - at_high) / np.where(span > 0, span, 1.0)
        within = high - _inverse(np.maximum(-integral_w_m, 0.0), at_high, change)
        deep = np.maximum(frozen - integral_w_m, 0.0)
        below = high - span - _inverse(deep, cold, cold * self.k_cold_slope[medium])
        return np.asarray(np.where(integral_w_m >= 0, above, np.where(integral_w_m >= frozen, within, below)))

    def fastest_rate_1_s(
        self,
        spacing_m: Floats,
        present: npt.NDArray[np.integer],
        hottest_c: float,
        coldest: tuple[Floats, Floats] | None,
    ) -> float:
        """Return a bound on the largest decay rate of any cell by conduction.

        Parameters
        ----------
        spacing_m : ndarray, shape (3,)
        present : ndarray of int
            The media to look at.
        hottest_c : float
        coldest : tuple of ndarray, or None
            From `at_coldest`; None where none of the media freezes.
        """
        thawed_k = [self.k_warm, self.k_warm * (1 + self.k_slope * (hottest_c - REFERENCE_C))]
        k, c = thawed_k, [self.c_warm, self.c_warm]
        if coldest is not None:
            cold_k, cold_c = coldest
            k, c = [*thawed_k, self.k_high, cold_k], [self.c_warm, self.c_warm, self.c_warm, cold_c]
        k_now, c_now = np.array(k)[:, present], np.array(c)[:, present]
        k_max = k_now.max()
        # No face of a cell conducts better than that to the best conductor.
        rate = 2 * k_now * k_max / (k_now + k_max) / c_now * ~self.held[present]
        return 4.0 * float((1.0 / spacing_m**2).sum()) * float(rate.max())

    def at_coldest(self, coldest_c: Floats) -> tuple[Floats, Floats]:
        """Return conductivity and heat capacity per volume of every medium at its coldest, where it freezes there."""
        below = np.maximum(self.high_c - self.span_c - coldest_c, 0.0)
        freezes = coldest_c < self.high_c
        k = np.where(freezes, self.k_cold * (1 + self.k_cold_slope * below), np.maximum(self.k_high, self.k_warm))
        fall = np.maximum(1 - self.cold_slope * below, 0.1)
        return k, np.where(freezes, self.c_cold * fall, self.c_warm)

    def living(self, dt_s: float, blood_c: float) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return what blood and metabolism do in a while: a cell at T changes by the second less the first times T.

        Exact where nothing else changes; both of shape (2 x 128,), nothing for dead tissue and held media.
        """
        n, w = len(self.high_c), self.perfusion_w_m3k
        drawn, gained = np.zeros(2 * DEAD), np.zeros(2 * DEAD)
        drawn[:n] = -np.expm1(-w / self.c_warm * dt_s)
        settled_c = blood_c + self.metabolic_w_m3 / np.where(w > 0, w, 1.0)
        gained[:n] = np.where(w > 0, drawn[:n] * settled_c, self.metabolic_w_m3 / self.c_warm * dt_s)
        drawn[:n][self.held], gained[:n][self.held] = 0.0, 0.0
        return drawn.astype(np.float32), gained.astype(np.float32)

    def ice_fields(self, medium: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return what freezing depends on as fields, shape (len(ICE_ROWS), *medium.shape)."""
        return np.ascontiguousarray(self.for_kernels()[list(ICE_ROWS)][:, medium])

    def for_kernels(self) -> npt.NDArray[np.float32]:
        """Return the table that the kernels read, shape (rows, 2 x 128)."""
        n = len(self.high_c)
        alive = slice(0, n)
        table = np.zeros((DEEP_SCALE + 1, 2 * DEAD))
        table[HIGH_C, alive], table[SPAN_C, alive] = self.high_c, self.span_c
        low = self.low_content
        table[LOW_CONTENT, alive] = low
        table[INV_LOW_CONTENT, alive] = np.where(low < 0, 1 / np.where(low < 0, low, -1.0), 0.0)
        table[COLD_RATIO, alive], table[COLD_SLOPE, alive] = self.c_warm / self.c_cold, self.cold_slope
        table[K_BODY, alive], table[K_SLOPE, alive], table[K_HIGH, alive] = self.k_warm, self.k_slope, self.k_high
        table[K_COLD, alive], table[K_COLD_SLOPE, alive] = self.k_cold, self.k_cold_slope
        table[CAPACITY, alive] = self.c_warm
        table[VAPOUR_C, alive], table[VAPOUR_SHARE, alive] = self.vapour_c, self.c_warm / self.c_boiling
        table[DEEP_SCALE, alive] = -low * self.c_warm / self.c_cold
        table[:, DEAD : DEAD + n] = table[:, alive]
        return table.astype(np.float32)


def _inverse(integral_w_m: Floats, k_w_mk: Floats, slope_w_mk2: Floats) -> Floats:
    """Kelvins over which a conductivity that changes linearly from ``k_w_mk`` has an integral."""
    root = np.sqrt(np.maximum(k_w_mk**2 + 2 * slope_w_mk2 * integral_w_m, 0.0))
    return np.asarray(2 * integral_w_m / (k_w_mk + root))


def property_table(media: tuple[Medium, ...]) -> PropertyTable:
    """Return the table of some media, converted to SI."""
    frozen = [m.frozen for m in media]
    density = np.array([m.density_kg_m3 for m in media])
    k_warm = np.array([m.conductivity_w_mk for m in media])
    c_warm = np.maximum(density * [m.specific_heat_j_kgk for m in media], k_warm / _FASTEST_M2_S)
    c_cold = np.array(
        [c if f is None else d * f.specific_heat_j_kgk for c, d, f in zip(c_warm, density, frozen, strict=True)]
    )
    span = np.array([0.0 if f is None else f.freezing_high_c - f.freezing_low_c for f in frozen])
    latent = np.array([0.0 if f is None else d * f.latent_heat_j_kg for d, f in zip(density, frozen, strict=True)])
    return PropertyTable(
        high_c=np.array([_NEVER_C if f is None else f.freezing_high_c for f in frozen]),
        span_c=span,
        c_warm=c_warm,
        c_cold=c_cold,
        cold_slope=np.array([0.0 if f is None else f.heat_capacity_fall_1_k for f in frozen]),
        low_content=-(latent / c_warm + span * 0.5 * (1 + c_cold / c_warm)),
        k_warm=k_warm,
        k_slope=np.array([m.conductivity_rise_1_k for m in media]),
        k_cold=np.array([k if f is None else f.conductivity_w_mk for k, f in zip(k_warm, frozen, strict=True)]),
        k_cold_slope=np.array([0.0 if f is None else f.conductivity_rise_1_k for f in frozen]),
        perfusion_w_m3k=np.array([m.perfusion_1_s for m in media]) * BLOOD_J_M3K,
        vapour_c=np.array([_NEVER_BOILS_C if m.vapour_c is None else m.vapour_c for m in media]),
        c_boiling=c_warm + latent / WATER_TO_ICE_J_KG * WATER_TO_STEAM_J_KG / BOILING_SPAN_C,
        metabolic_w_m3=np.array([m.metabolic_w_m3 for m in media]),
        held=np.array([m.held for m in media]),
    )
