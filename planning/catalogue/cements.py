"""Bone cements: the heat they give off while they cure, how fast they do, and what was measured with them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from planning.catalogue.tissues import SourcedValue, load_tissues
from planning.catalogue.toml_file import STRICT, read_toml
from planning.errors import PlanError
from resources import resource

Text = Annotated[str, Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class MeasuredTemperature:
    """What a study measured in the canal, where cement had leaked, or in the cement, to stand beside a prediction."""

    place: Literal["canal", "leak", "cement"]
    words: Text
    high_c: float
    low_c: float | None = None
    source: Text


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class HandlingTime:
    """A measured handling time, in words, with its source."""

    words: Text
    source: Text


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class CementKind:
    """A cement.

    Attributes
    ----------
    tissue : str
        Whose density, heat capacity and conductivity it has, in the tissue table.
    assumed_s_curve, assumed_clock, assumed_shape : str
        What no source gives, in sentences.
    polymerisation_heat_j_mol, molar_mass_g_mol : SourcedValue
        Of the monomer.
    monomer_frac, converted_frac : SourcedValue
        Mass of the monomer in the mixture, and the part of it that reacts.
    half_time_s, reference_c : SourcedValue
        When half has reacted, at which temperature.
    activation_j_mol : SourcedValue
        How strongly cold delays it.
    fastest_c : SourcedValue
        Above this temperature it is not taken to run faster.
    order : SourcedValue
        Steepness of the S-curve.
    injected_c : SourcedValue
        Temperature it is usually injected at.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    name: Text
    tissue: Text
    use: Text
    assumed_s_curve: Text
    assumed_clock: Text
    assumed_shape: Text
    polymerisation_heat_j_mol: SourcedValue
    molar_mass_g_mol: SourcedValue
    monomer_frac: SourcedValue
    converted_frac: SourcedValue
    half_time_s: SourcedValue
    reference_c: SourcedValue
    activation_j_mol: SourcedValue
    fastest_c: SourcedValue
    order: SourcedValue
    injected_c: SourcedValue
    measured: tuple[MeasuredTemperature, ...] = ()
    handling: tuple[HandlingTime, ...] = ()

    @property
    def heat_j_kg(self) -> float:
        """Heat of cure of the mixture, derived from the chemistry of its monomer."""
        per_kg_of_monomer = self.polymerisation_heat_j_mol.value / (self.molar_mass_g_mol.value * 1e-3)
        return per_kg_of_monomer * self.monomer_frac.value * self.converted_frac.value

    @model_validator(mode="after")
    def _possible(self) -> CementKind:
        if self.tissue not in load_tissues().tissues:
            raise ValueError(f"there is no tissue '{self.tissue}' in the table")
        for key in ("polymerisation_heat_j_mol", "molar_mass_g_mol", "half_time_s", "activation_j_mol"):
            if getattr(self, key).value <= 0:
                raise ValueError(f"{key} must be above zero")
        for key in ("monomer_frac", "converted_frac"):
            if not 0 < getattr(self, key).value <= 1:
                raise ValueError(f"{key} must lie between 0 and 1")
        if self.order.value < 1:
            raise ValueError("order must be at least 1")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class _CementFile:
    cements: Annotated[tuple[CementKind, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _unique(self) -> _CementFile:
        ids = [c.id for c in self.cements]
        if twice := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"cement {', '.join(twice)} is given twice")
        return self


def read_cements(file: Traversable | Path) -> Mapping[str, CementKind]:
    """Return the cements of one file by id; raises DomainError naming file, key and reason."""
    return MappingProxyType({c.id: c for c in read_toml(file, _CementFile).cements})


@cache
def load_cements() -> Mapping[str, CementKind]:
    """Return the cements that ship with the program, by id."""
    return read_cements(resource("cement", "cements.toml"))


def cement_kind(kind_id: str) -> CementKind:
    """Return one cement.

    Raises
    ------
    PlanError
        ``cement-kind-unknown``, with the ids that exist.
    """
    kinds = load_cements()
    if kind_id not in kinds:
        raise PlanError(
            f"There is no cement '{kind_id}'.", code="cement-kind-unknown", hint=f"Known are: {', '.join(kinds)}."
        )
    return kinds[kind_id]
