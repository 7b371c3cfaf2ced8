"""Bone as a mixture of mineral matrix and marrow, by the bone volume fraction that CT suggests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from planning.catalogue import TissueTable
from planning.tissue.medium import Frozen, Medium, medium_of

BINS = 10
"""Number of bone media; medium n has a bone volume fraction of (n + 0.5) / BINS."""

_MATRIX_S_M, _MARROW_S_M = 0.021, 0.2984
"""Two-phase Bruggeman fit to micro-CT data (preprints 202308.1520)."""


def bone_volume_fraction(hu: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Return the bone volume fraction for Hounsfield units, between 0 and 1.

    Mass density after Schneider 2000 (1.017 + 0.592e-3 HU g/cm³ above 100 HU, 1.003 + 1.169e-3 HU below), read as a
    mixture of marrow (1.005 g/cm³, half red and half yellow) and cortical bone (1.908 g/cm³). Uncalibrated scanners
    shift it: an estimate, not a measurement.
    """
    hu = np.asarray(hu, float)
    density = np.where(hu >= 100, 1.017 + 0.592e-3 * hu, 1.003 + 1.169e-3 * hu)
    return np.asarray(np.clip((density - 1.005) / (1.908 - 1.005), 0.0, 1.0))


def bruggeman_s_m(fraction: float) -> float:
    """Return the electrical conductivity of bone of one volume fraction, two-phase Bruggeman mixture."""
    b = (3 * fraction - 1) * _MATRIX_S_M + (2 - 3 * fraction) * _MARROW_S_M
    return float((b + np.sqrt(b * b + 8 * _MATRIX_S_M * _MARROW_S_M)) / 4)


def bone_media(table: TissueTable) -> tuple[Medium, ...]:
    """Return the media of bone from marrow (first) to compact bone (last)."""
    marrow = (medium_of(table, "red_marrow"), medium_of(table, "yellow_marrow"))
    compact, trabecular = medium_of(table, "cortical_bone"), medium_of(table, "cancellous_bone")
    rise_1_k = trabecular.conductivity_rise_1_k
    return tuple(
        replace(_mixture(marrow, compact, (n + 0.5) / BINS), conductivity_rise_1_k=rise_1_k) for n in range(BINS)
    )


def _mixture(marrow: tuple[Medium, Medium], compact: Medium, fraction: float) -> Medium:
    """Volume averages of heat capacity and perfusion, geometric mean of conductivity, Bruggeman for σ."""
    parts = ((marrow[0], (1 - fraction) / 2), (marrow[1], (1 - fraction) / 2), (compact, fraction))
    density = sum(m.density_kg_m3 * w for m, w in parts)
    mass = [(m, m.density_kg_m3 * w / density) for m, w in parts]
    ice = [(m.frozen, w) for m, w in mass if m.frozen is not None]
    return Medium(
        name=f"Bone, volume fraction {fraction:.2f}",
        density_kg_m3=density,
        specific_heat_j_kgk=sum(m.specific_heat_j_kgk * w for m, w in mass),
        conductivity_w_mk=float(np.exp(sum(np.log(m.conductivity_w_mk) * w for m, w in parts))),
        perfusion_1_s=sum(m.perfusion_1_s * w for m, w in parts),
        metabolic_w_m3=sum(m.metabolic_w_m3 * w for m, w in parts),
        electrical_conductivity_s_m=bruggeman_s_m(fraction),
        electrical_temperature_coefficient_1_k=compact.electrical_temperature_coefficient_1_k,
        vapour_c=compact.vapour_c,
        frozen=Frozen(
            conductivity_w_mk=float(
                np.exp(sum(np.log(m.frozen.conductivity_w_mk) * w for m, w in parts if m.frozen is not None))
            ),
            specific_heat_j_kgk=sum(f.specific_heat_j_kgk * w for f, w in ice),
            latent_heat_j_kg=sum(f.latent_heat_j_kg * w for f, w in ice),
            freezing_low_c=min(f.freezing_low_c for f, _ in ice),
            freezing_high_c=max(f.freezing_high_c for f, _ in ice),
            conductivity_rise_1_k=sum(m.frozen.conductivity_rise_1_k * w for m, w in parts if m.frozen is not None),
            heat_capacity_fall_1_k=sum(f.heat_capacity_fall_1_k * f.specific_heat_j_kgk * w for f, w in ice)
            / sum(f.specific_heat_j_kgk * w for f, w in ice),
        ),
    )
