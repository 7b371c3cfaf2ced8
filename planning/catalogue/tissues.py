"""Thermal and electrical properties of tissues, each value with source and range."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from planning.catalogue.toml_file import STRICT, read_toml
from planning.errors import PlanError
from resources import resource

Text = Annotated[str, Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class SourcedValue:
    """A number with its citation and, where the literature disagrees, its range."""

    value: Annotated[float, Field(ge=0)]
    source: Text
    low: Annotated[float, Field(ge=0)] | None = None
    high: Annotated[float, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _ordered(self) -> SourcedValue:
        if (self.low is not None and self.low > self.value) or (self.high is not None and self.high < self.value):
            raise ValueError("the value lies outside its own range")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class FrozenRecord:
    """How a tissue behaves in ice. Latent heat is that of pure ice times ``water_fraction``, unless given."""

    conductivity_w_mk: SourcedValue
    specific_heat_j_kgk: SourcedValue
    latent_heat_j_kg: SourcedValue
    freezing_low_c: Annotated[float, Field(ge=-30, lt=5)]
    freezing_high_c: Annotated[float, Field(gt=-30, le=5)]
    range_source: Text

    @model_validator(mode="after")
    def _ordered(self) -> FrozenRecord:
        if self.freezing_low_c > self.freezing_high_c:
            raise ValueError("freezing_low_c lies above freezing_high_c")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class TissueRecord:
    """One tissue of the table. Absent frozen values mean that it does not freeze (gas, metal, cement)."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    name: Text
    density_kg_m3: SourcedValue
    specific_heat_j_kgk: SourcedValue
    conductivity_w_mk: SourcedValue
    conductivity_rise_1_k: SourcedValue | None = None
    perfusion_1_s: SourcedValue
    metabolic_w_m3: SourcedValue
    electrical_conductivity_s_m: SourcedValue
    frozen: FrozenRecord | None = None
    notes: str = ""

    @model_validator(mode="after")
    def _conducts(self) -> TissueRecord:
        for key in ("density_kg_m3", "specific_heat_j_kgk", "conductivity_w_mk"):
            if getattr(self, key).value <= 0:
                raise ValueError(f"{key} must be above zero")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class _TissueFile:
    blood_density_kg_m3: SourcedValue
    blood_specific_heat_j_kgk: SourcedValue
    electrical_temperature_coefficient_1_k: SourcedValue
    ice_specific_heat_j_kgk: SourcedValue
    ice_conductivity_rise_1_k: SourcedValue
    ice_heat_capacity_fall_1_k: SourcedValue
    tissues: tuple[TissueRecord, ...]

    @model_validator(mode="after")
    def _unique(self) -> _TissueFile:
        ids = [t.id for t in self.tissues]
        if twice := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"tissue {', '.join(twice)} is given twice")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class TissueTable:
    """All tissues by id, with the properties of blood that perfusion carries heat with, and of the ice in tissue.

    Frozen values are those at -40 °C; ``ice_conductivity_rise_1_k`` and ``ice_heat_capacity_fall_1_k`` are parts of them
    per kelvin below.
    """

    tissues: Mapping[str, TissueRecord]
    blood_density_kg_m3: SourcedValue
    blood_specific_heat_j_kgk: SourcedValue
    electrical_temperature_coefficient_1_k: SourcedValue
    ice_specific_heat_j_kgk: SourcedValue
    ice_conductivity_rise_1_k: SourcedValue
    ice_heat_capacity_fall_1_k: SourcedValue

    def __getitem__(self, tissue_id: str) -> TissueRecord:
        """Return one tissue.

        Raises
        ------
        PlanError
            ``tissue-unknown``, naming the id and the ids that exist.
        """
        if tissue_id not in self.tissues:
            raise PlanError(
                f"There is no tissue '{tissue_id}' in the table.",
                code="tissue-unknown",
                hint=f"Known tissues: {', '.join(self.tissues)}.",
            )
        return self.tissues[tissue_id]


def read_tissues(file: Traversable | Path) -> TissueTable:
    """Return the tissue table of one file; raises DomainError naming file, key and reason."""
    content = read_toml(file, _TissueFile)
    return TissueTable(
        tissues=MappingProxyType({t.id: t for t in content.tissues}),
        blood_density_kg_m3=content.blood_density_kg_m3,
        blood_specific_heat_j_kgk=content.blood_specific_heat_j_kgk,
        electrical_temperature_coefficient_1_k=content.electrical_temperature_coefficient_1_k,
        ice_specific_heat_j_kgk=content.ice_specific_heat_j_kgk,
        ice_conductivity_rise_1_k=content.ice_conductivity_rise_1_k,
        ice_heat_capacity_fall_1_k=content.ice_heat_capacity_fall_1_k,
    )


@cache
def load_tissues() -> TissueTable:
    """Return the tissue table that ships with the program."""
    return read_tissues(resource("tissues", "tissues.toml"))
