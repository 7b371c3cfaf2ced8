"""Property tables of media in SI units, indexed by medium, for the compiled kernels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from planning.tissue import Medium

BLOOD_J_M3K = 1050.0 * 3617.0
"""Volumetric heat capacity of blood (IT'IS V4.x, and the bench-top format)."""

_FASTEST_M2_S = 0.5e-6
"""Gases and metals are given so much heat capacity that they conduct temperature no faster than this: a pocket of gas
stores no heat that matters, and its conductivity, which does, stays."""

N_COLUMNS = 16
(
    HIGH_C, LOW_C, SPAN_C, C_WARM, C_COLD, INV_C_WARM, INV_C_COLD, H_LOW, INV_H_LOW, K_WARM, K_COLD, PERFUSION,
    METABOLIC, MOVES,
) = range(14)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class PropertyTable:
    """One row a medium, columns by the constants of this module.

    Enthalpy is per volume and zero at the upper end of the freezing range; ``h_low`` is that of the lower end.
    ``moves`` is 0 for media held at their temperature.
    """

    rows: Floats

    def enthalpy(self, temperature_c: npt.ArrayLike, medium: npt.NDArray[np.integer]) -> Floats:
        """Return the enthalpy in J/m³ of media at temperatures, same shape as ``medium``."""
        row = self.rows[medium]
        t = np.broadcast_to(np.asarray(temperature_c, float), medium.shape)
        high, low, h_low = row[..., HIGH_C], row[..., LOW_C], row[..., H_LOW]
        span = np.where(high > low, high - low, 1.0)
        within = h_low * (high - t) / span
        below = h_low + (t - low) * row[..., C_COLD]
        return np.asarray(np.where(t >= high, (t - high) * row[..., C_WARM], np.where(t <= low, below, within)))

    def fastest_rate_1_s(self, spacing_m: Floats, present: npt.NDArray[np.integer], *, cold: bool) -> float:
        """Return a bound on the largest decay rate of any cell by conduction and perfusion."""
        rows = self.rows[present]
        states = [(rows[:, K_WARM], rows[:, C_WARM])]
        if cold:
            states.append((rows[:, K_COLD], rows[:, C_COLD]))
        k_max = max(float(k.max()) for k, _ in states)
        geometry = 4.0 * float((1.0 / spacing_m**2).sum())
        worst = 0.0
        for k, c in states:
            face = 2 * k * k_max / (k + k_max)
            worst = max(worst, float(((geometry * face) / c * rows[:, MOVES]).max()))
        return worst + float((rows[:, PERFUSION] / rows[:, C_WARM]).max())


def property_table(media: tuple[Medium, ...]) -> PropertyTable:
    """Return the table of some media, converted to SI."""
    rows = np.zeros((len(media), N_COLUMNS))
    for row, m in zip(rows, media, strict=True):
        c_warm = max(m.density_kg_m3 * m.specific_heat_j_kgk, m.conductivity_w_mk / _FASTEST_M2_S)
        row[C_WARM] = row[C_COLD] = c_warm
        row[K_WARM] = row[K_COLD] = m.conductivity_w_mk
        row[PERFUSION] = m.perfusion_1_s * BLOOD_J_M3K
        row[METABOLIC] = m.metabolic_w_m3
        row[MOVES] = 0.0 if m.held else 1.0
        if m.frozen is None:
            row[HIGH_C] = row[LOW_C] = -300.0
            row[INV_C_WARM] = row[INV_C_COLD] = 1 / c_warm
            continue
        f = m.frozen
        row[HIGH_C], row[LOW_C] = f.freezing_high_c, f.freezing_low_c
        row[C_COLD] = m.density_kg_m3 * f.specific_heat_j_kgk
        row[K_COLD] = f.conductivity_w_mk
        row[SPAN_C] = f.freezing_high_c - f.freezing_low_c
        row[INV_C_WARM], row[INV_C_COLD] = 1 / row[C_WARM], 1 / row[C_COLD]
        sensible = (f.freezing_high_c - f.freezing_low_c) * 0.5 * (row[C_WARM] + row[C_COLD])
        row[H_LOW] = -(m.density_kg_m3 * f.latent_heat_j_kg + sensible)
        row[INV_H_LOW] = 1 / row[H_LOW] if row[H_LOW] < 0 else 0.0
    return PropertyTable(rows)
