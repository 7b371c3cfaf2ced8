"""Property tables of media in SI units, indexed by medium, for the compiled kernels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from planning.tissue import Medium

BLOOD_J_M3K = 1050.0 * 3617.0
"""Volumetric heat capacity of blood (IT'IS V4.x, and the bench-top format)."""

_FASTEST_M2_S = 0.2e-6
"""Gases and metals are given so much heat capacity that they conduct temperature no faster than this: a pocket of gas
stores no heat that matters, and its conductivity, which does, stays."""

(
    HIGH_C, SPAN_C, INV_C_WARM, INV_C_COLD, H_LOW, INV_H_LOW, K_WARM, K_COLD, HALF_R_WARM, PERFUSION, BLOOD_W_M3,
    MOVES, VAPOUR_C, VAPOUR_SHARE,
) = range(14)  # fmt: skip
"""Rows of the kernels' table; its columns are media."""

DEAD = 128
"""Medium n + 128 is medium n without blood and metabolism."""

WATER_TO_ICE_J_KG, WATER_TO_STEAM_J_KG = 334e3, 2.257e6
"""Latent heats of water; the first gives the water content of a medium from its latent heat of freezing."""

BOILING_SPAN_C = 5.0
"""A medium boils from its boiling point to this much above it."""

_NEVER_C = -300.0
_NEVER_BOILS_C = 1e9


@dataclass(frozen=True, slots=True, eq=False)
class PropertyTable:
    """Properties of media, every attribute of shape (n_media,).

    Enthalpy is per volume and zero at the upper end of the freezing range; ``h_low`` is that of the lower end.
    """

    high_c: Floats
    span_c: Floats
    c_warm: Floats
    c_cold: Floats
    h_low: Floats
    k_warm: Floats
    k_cold: Floats
    perfusion_w_m3k: Floats
    metabolic_w_m3: Floats
    vapour_c: Floats
    c_boiling: Floats
    held: npt.NDArray[np.bool_]

    def enthalpy(self, temperature_c: npt.ArrayLike, medium: npt.NDArray[np.integer]) -> npt.NDArray[np.float32]:
        """Return the enthalpy in J/m³ of media at temperatures, same shape as ``medium``."""
        if np.ndim(temperature_c) == 0:
            every = self.enthalpy(np.full(len(self.high_c), temperature_c), np.arange(len(self.high_c)))
            return np.asarray(every[medium])
        t = np.asarray(temperature_c, np.float64)
        over = t - self.high_c[medium]
        part = np.clip(-over / np.where(self.span_c > 0, self.span_c, 1.0)[medium], 0.0, 1.0)
        below = np.minimum(over + self.span_c[medium], 0.0) * self.c_cold[medium]
        frozen = self.h_low[medium] * part + below
        boiling = np.maximum(t - self.vapour_c[medium], 0.0) * (self.c_boiling - self.c_warm)[medium]
        return np.asarray(np.where(over >= 0, over * self.c_warm[medium] + boiling, frozen), np.float32)

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
        over, span = temperature_c - self.high_c[medium], self.span_c[medium]
        warm, cold = self.k_warm[medium], self.k_cold[medium]
        part = np.clip(-over / np.where(span > 0, span, 1.0), 0.0, 1.0)
        freezing = -span * part * (warm + 0.5 * (cold - warm) * part)
        return np.asarray(np.where(over >= 0, warm * over, freezing + cold * np.minimum(over + span, 0.0)))

    def temperature_of_integral(self, integral_w_m: Floats, medium: npt.NDArray[np.integer]) -> Floats:
        """Return the temperature at which `conductivity_integral` has a value."""
        high, span, warm, cold = (a[medium] for a in (self.high_c, self.span_c, self.k_warm, self.k_cold))
        frozen = -0.5 * span * (warm + cold)
        change = np.where(cold == warm, 1.0, cold - warm)
        # within the range k runs linearly: span part (warm + change part / 2) = -integral
        root = np.sqrt(np.maximum(warm**2 - 2 * change * integral_w_m / np.where(span > 0, span, 1.0), 0.0))
        linear = integral_w_m / warm
        within = np.where(cold == warm, linear, -span * (root - warm) / change)
        below = (integral_w_m - frozen) / cold - span
        return np.asarray(high + np.where(integral_w_m >= 0, linear, np.where(integral_w_m >= frozen, within, below)))

    def fastest_rate_1_s(self, spacing_m: Floats, present: npt.NDArray[np.integer], *, cold: bool) -> float:
        """Return a bound on the largest decay rate of any cell by conduction and perfusion."""
        states = [(self.k_warm[present], self.c_warm[present])]
        if cold:
            states.append((self.k_cold[present], self.c_cold[present]))
        k_max = max(float(k.max()) for k, _ in states)
        geometry = 4.0 * float((1.0 / spacing_m**2).sum())
        worst = 0.0
        for k, c in states:
            face = 2 * k * k_max / (k + k_max)
            worst = max(worst, float((geometry * face / c * ~self.held[present]).max()))
        return worst + float((self.perfusion_w_m3k[present] / self.c_warm[present]).max())

    def for_kernels(self, blood_c: float) -> npt.NDArray[np.float32]:
        """Return the table that the kernels read, shape (rows, 2 x 128)."""
        n = len(self.high_c)
        alive, moves = slice(0, n), ~self.held
        table = np.zeros((VAPOUR_SHARE + 1, 2 * DEAD))
        table[HIGH_C, alive], table[SPAN_C, alive] = self.high_c, self.span_c
        table[INV_C_WARM, alive], table[INV_C_COLD, alive] = 1 / self.c_warm, 1 / self.c_cold
        table[H_LOW, alive] = self.h_low
        table[INV_H_LOW, alive] = np.where(self.h_low < 0, 1 / np.where(self.h_low < 0, self.h_low, -1.0), 0.0)
        table[K_WARM, alive], table[K_COLD, alive] = self.k_warm, self.k_cold
        table[HALF_R_WARM, alive] = 0.5 / self.k_warm
        table[MOVES, alive] = moves
        table[VAPOUR_C, alive], table[VAPOUR_SHARE, alive] = self.vapour_c, self.c_warm / self.c_boiling
        table[:, DEAD : DEAD + n] = table[:, alive]
        table[PERFUSION, alive] = moves * self.perfusion_w_m3k
        table[BLOOD_W_M3, alive] = moves * (self.perfusion_w_m3k * blood_c + self.metabolic_w_m3)
        return table.astype(np.float32)


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
        h_low=-(latent + span * 0.5 * (c_warm + c_cold)),
        k_warm=k_warm,
        k_cold=np.array([k if f is None else f.conductivity_w_mk for k, f in zip(k_warm, frozen, strict=True)]),
        perfusion_w_m3k=np.array([m.perfusion_1_s for m in media]) * BLOOD_J_M3K,
        vapour_c=np.array([_NEVER_BOILS_C if m.vapour_c is None else m.vapour_c for m in media]),
        c_boiling=c_warm + latent / WATER_TO_ICE_J_KG * WATER_TO_STEAM_J_KG / BOILING_SPAN_C,
        metabolic_w_m3=np.array([m.metabolic_w_m3 for m in media]),
        held=np.array([m.held for m in media]),
    )
