"""A medium: the numbers the solver needs for one tissue."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from planning.catalogue import FrozenRecord, TissueTable
from planning.errors import PlanError

WATER_TO_ICE_J_KG = 334e3
"""Latent heat of water, which gives the water content of a medium from its latent heat of freezing."""
_FROZEN_VALUES_AT_C = -40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """How a medium behaves in ice.

    The latent heat is spread evenly over the freezing range; both ends equal means a sharp front. Conductivity and heat
    capacity are those at the lower end of the range.

    Attributes
    ----------
    conductivity_rise_1_k, heat_capacity_fall_1_k : float
        Part of the value at the lower end by which it grows, or falls, per kelvin below it.
    """

    conductivity_w_mk: float
    specific_heat_j_kgk: float
    latent_heat_j_kg: float
    freezing_low_c: float
    freezing_high_c: float
    conductivity_rise_1_k: float = 0.0
    heat_capacity_fall_1_k: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Medium:
    """Thermal and electrical properties of one tissue.

    Attributes
    ----------
    conductivity_w_mk : float
        At 37 °C.
    conductivity_rise_1_k : float
        Part of it by which it grows per kelvin above 37 °C, and falls below.
    perfusion_1_s : float
        ω in ρ_b c_b ω (T_b − T); acts above the freezing range only.
    electrical_temperature_coefficient_1_k : float
        β in σ = σ₀ (1 + β (T − 37 °C)).
    vapour_c : float or None
        Above it the electrical conductivity falls by two decades; None for a medium that does not boil.
    frozen : Frozen or None
        None for a medium that does not freeze.
    held : bool
        True for a large vessel: its flow keeps it at blood temperature.

    Raises
    ------
    PlanError
        ``medium-invalid``, naming the medium and the property, if a number is impossible.
    """

    name: str
    density_kg_m3: float
    specific_heat_j_kgk: float
    conductivity_w_mk: float
    conductivity_rise_1_k: float = 0.0
    perfusion_1_s: float = 0.0
    metabolic_w_m3: float = 0.0
    electrical_conductivity_s_m: float = 0.0
    electrical_temperature_coefficient_1_k: float = 0.0
    vapour_c: float | None = None
    frozen: Frozen | None = None
    held: bool = False

    def __post_init__(self) -> None:
        above_zero = {"density_kg_m3", "specific_heat_j_kgk", "conductivity_w_mk"}
        numbers = [(f.name, getattr(self, f.name)) for f in fields(self)]
        if self.frozen is not None:
            frozen = self.frozen
            above_zero |= {"frozen.conductivity_w_mk", "frozen.specific_heat_j_kgk"}
            numbers += [(f"frozen.{f.name}", getattr(frozen, f.name)) for f in fields(frozen)]
            if frozen.freezing_low_c > frozen.freezing_high_c:
                raise self._refusal("frozen.freezing_low_c", "lies above freezing_high_c")
        for key, value in numbers:
            if not isinstance(value, (int, float)) or isinstance(value, bool):
                continue
            if not math.isfinite(value):
                raise self._refusal(key, "is not a finite number")
            if value < 0 and not key.endswith(("_c", "coefficient_1_k")):
                raise self._refusal(key, "is below zero")
            if value == 0 and key in above_zero:
                raise self._refusal(key, "is zero")

    def _refusal(self, key: str, reason: str) -> PlanError:
        return PlanError(
            f"The medium '{self.name}' cannot be used: {key} {reason}.",
            code="medium-invalid",
            context={"medium": self.name, "key": key},
        )


def medium_of(table: TissueTable, tissue_id: str, *, held: bool = False) -> Medium:
    """Return a tissue of the catalogue as a medium.

    Raises
    ------
    PlanError
        If the table has no such tissue.
    """
    record = table[tissue_id]
    frozen, rise = record.frozen, record.conductivity_rise_1_k
    conducts = record.electrical_conductivity_s_m.value
    boils = frozen is not None
    return Medium(
        name=record.name,
        density_kg_m3=record.density_kg_m3.value,
        specific_heat_j_kgk=record.specific_heat_j_kgk.value,
        conductivity_w_mk=record.conductivity_w_mk.value,
        conductivity_rise_1_k=0.0 if rise is None else rise.value,
        perfusion_1_s=record.perfusion_1_s.value,
        metabolic_w_m3=record.metabolic_w_m3.value,
        electrical_conductivity_s_m=conducts,
        electrical_temperature_coefficient_1_k=table.electrical_temperature_coefficient_1_k.value if boils else 0.0,
        vapour_c=100.0 if boils else None,
        frozen=None if frozen is None else _frozen(table, frozen, record.conductivity_w_mk.value),
        held=held,
    )


def _frozen(table: TissueTable, record: FrozenRecord, thawed_w_mk: float) -> Frozen:
    """A tissue in ice, which changes with temperature as its share of ice does; the record's values are those at -40 °C."""
    k_w_mk, c_j_kgk = record.conductivity_w_mk.value, record.specific_heat_j_kgk.value
    added = max(1.0 - thawed_w_mk / k_w_mk, 0.0)
    ice_j_kgk = record.latent_heat_j_kg.value / WATER_TO_ICE_J_KG * table.ice_specific_heat_j_kgk.value
    rise_1_k = table.ice_conductivity_rise_1_k.value * added
    fall_1_k = table.ice_heat_capacity_fall_1_k.value * min(ice_j_kgk / c_j_kgk, 1.0)
    warmer_k = record.freezing_low_c - _FROZEN_VALUES_AT_C
    less, more = 1.0 - rise_1_k * warmer_k, 1.0 + fall_1_k * warmer_k
    return Frozen(
        conductivity_w_mk=k_w_mk * less,
        specific_heat_j_kgk=c_j_kgk * more,
        latent_heat_j_kg=record.latent_heat_j_kg.value,
        freezing_low_c=record.freezing_low_c,
        freezing_high_c=record.freezing_high_c,
        conductivity_rise_1_k=rise_1_k / less,
        heat_capacity_fall_1_k=fall_1_k / more,
    )
